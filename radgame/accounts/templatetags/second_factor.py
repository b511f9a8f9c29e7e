"""Advice to those whose account opens other people's results."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django import template

from radgame.accounts.models import User

register = template.Library()


@register.inclusion_tag("mfa/advice.html", takes_context=True)
def advise_second_factor(context: dict[str, Any]) -> dict[str, bool]:
    """A line with a link, for instructors and staff who sign in with a password alone."""
    user = context["request"].user
    return {"advised": isinstance(user, User) and user.may_teach and not is_mfa_enabled(user)}
