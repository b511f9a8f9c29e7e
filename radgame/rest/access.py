"""The one door to tokens: everybody sees their own."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from radgame.accounts.models import User

from .models import AccessToken


def tokens_of(person: User) -> QuerySet[AccessToken]:
    """Those that still open something, the newest first."""
    return AccessToken.objects.filter(person=person, expires_at__gt=timezone.now())


def get_token(person: User, token_id: int) -> AccessToken:
    return get_object_or_404(AccessToken, pk=token_id, person=person)
