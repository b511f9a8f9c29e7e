"""Let somebody in who has not signed up."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from allauth.core.internal import ratelimit
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse

from .models import User

# One address can open this many guest visits before it has to wait or sign up.
GUEST_RATE = {"guest": "30/h/ip"}
FORGET_AFTER_DAYS: Final = 30
# With all that is theirs, in one transaction: on SQLite nobody else writes meanwhile.
FORGET_AT_ONCE: Final = 20


def admit(request: HttpRequest) -> HttpResponse | None:
    """Make a guest of a stranger; gives the refusal when their address has had too many."""
    if request.user.is_authenticated:
        return None
    refused = ratelimit.consume_or_429(request, app="radgame", action="guest", config=GUEST_RATE)
    if refused is not None:
        limited: HttpResponse = refused
        return limited
    guest = User.objects.create_guest()
    login(request, guest, backend="radgame.accounts.backends.ReaderBackend")
    return None


def forget_guests(*, before: datetime) -> Iterator[int]:
    """Delete guests whose last visit began before then, some at a time; gives how many each time.

    What was given is committed, so whoever stops in between has not worked in vain.
    """
    stale = User.objects.filter(is_guest=True, last_login__lt=before).order_by("pk")
    while keys := list(stale.values_list("pk", flat=True)[:FORGET_AT_ONCE]):
        # Asked again: somebody may have signed up in this moment.
        stale.filter(pk__in=keys).delete()
        yield len(keys)
