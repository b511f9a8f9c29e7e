"""The rules of tokens: made, found again by what was sent, revoked."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.prepared import PreparedGet, Slot

from .models import AccessToken, Scope

# So that whoever finds one in a file knows what it is, and programs that look for keys find it.
PREFIX: Final = "radgame_"
START: Final = len(PREFIX) + 4
_WELL_FORMED: Final = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")

MOST_TOKENS: Final = 20
MOST_DAYS: Final = 365
# A token that is used all the time is not written at every use.
USE_KEPT_TO: Final = timedelta(hours=1)


# Every request of a program begins with it.
_TOKEN: Final = PreparedGet(
    lambda: (
        AccessToken.objects.select_related("person")
        .filter(
            digest=Slot("digest", AccessToken._meta.get_field("digest")), person__is_active=True
        )
        .order_by()
    )
)


class TokenRefused(ValueError):
    """The token cannot be made; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new token with its key, which nobody can be told again."""

    token: AccessToken
    key: str


def scopes_of(person: User) -> list[Scope]:
    """What this person could let a token do."""
    scopes = [Scope.PLAY]
    if person.may_teach:
        scopes.append(Scope.TEACH)
    if person.is_staff:
        scopes.append(Scope.STAFF)
    return scopes


def make_token(
    *, person: User, name: str, scopes: Sequence[str], is_read_only: bool, days: int
) -> Made:
    """A token that ends after so many days.

    Raises ``TokenRefused`` for a guest, a scope that is not theirs, and more tokens than one needs.
    """
    if person.is_guest:
        raise TokenRefused(_("Sign up first: a guest has no tokens."))
    if not scopes or set(scopes) - set(scopes_of(person)):
        raise TokenRefused(_("Choose what the token may be used for, of what you may do yourself."))
    if not 1 <= days <= MOST_DAYS:
        raise TokenRefused(_("A token lasts 1 to %(most)d days.") % {"most": MOST_DAYS})
    AccessToken.objects.filter(person=person, expires_at__lte=timezone.now()).delete()
    if AccessToken.objects.filter(person=person).count() >= MOST_TOKENS:
        raise TokenRefused(
            _("You have %(most)d tokens already. Revoke one that you do not need.")
            % {"most": MOST_TOKENS}
        )
    key = PREFIX + secrets.token_urlsafe(32)
    token = AccessToken.objects.create(
        person=person,
        name=name,
        digest=digest_of(key),
        start=key[:START],
        scopes=[scope.value for scope in Scope if scope in scopes],
        is_read_only=is_read_only,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return Made(token, key)


def digest_of(key: str) -> str:
    """What is stored. A key is 256 random bits, so one round without salt cannot be guessed."""
    return hashlib.sha256(key.encode()).hexdigest()


def find_token(key: str, now: datetime) -> AccessToken | None:
    """The token of this key with its person in one query; None where it opens nothing."""
    if not _WELL_FORMED.fullmatch(key):
        return None
    token = _TOKEN.first(digest=digest_of(key))
    return token if token is not None and token.is_open(now) else None


def note_use(*, token: AccessToken, now: datetime) -> None:
    """Keep when it was used, to the hour: one conditional update, and mostly none."""
    if token.last_used_at is None or now - token.last_used_at > USE_KEPT_TO:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)


def revoke_token(*, token: AccessToken) -> None:
    """Nobody gets in with it from now on; nothing of it is kept."""
    token.delete()
