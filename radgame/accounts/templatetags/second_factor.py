"""Advice to those whose account opens other people's results."""

from typing import Any

from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import template
from django.core.exceptions import ValidationError

from radgame.accounts.models import User

register = template.Library()


@register.inclusion_tag("mfa/advice.html", takes_context=True)
def advise_second_factor(context: dict[str, Any]) -> dict[str, bool]:
    """A line with a link, for instructors and staff who sign in with a password alone."""
    user = context["request"].user
    return {"advised": isinstance(user, User) and user.may_teach and not is_mfa_enabled(user)}


@register.simple_tag(takes_context=True)
def may_turn_on(context: dict[str, Any]) -> bool:
    """Whether allauth would let this person turn one on: not with an unconfirmed address."""
    try:
        validate_can_add_authenticator(context["request"].user)
    except ValidationError:
        return False
    return True
