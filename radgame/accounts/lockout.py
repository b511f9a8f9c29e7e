"""Wrong passwords, counted by person and address (django-axes); the count lives in the cache alone.

Another address of the same person is counted apart, so that nobody can lock somebody else out from
afar; how many tries a person or an address has in all, allauth limits more widely.
"""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from axes.handlers.cache import AxesCacheHandler
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from .models import User


class CountedTries(AxesCacheHandler):  # type: ignore[misc]
    """Axes' own, but that a sign-in does not fail when the count is gone between two steps."""

    def user_login_failed(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().user_login_failed(*args, **kwargs)
        except ValueError:
            # It ran out, or Redis went away, just now. The next wrong password is the first.
            return


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """One name for one person, however it was typed: as user name or address, in any case."""
    given = credentials or {}
    typed = str(given.get("username") or given.get("email") or "").strip()
    person = get_user_by_username(typed) if typed else None
    if person is None and "@" in typed:
        person = next(iter(filter_users_by_email(typed)), None)
    return typed.casefold() if person is None else own_name(person)


def own_name(person: User) -> str:
    return person.username.casefold()


def counted_address(request: HttpRequest) -> str:
    """The visitor's, behind as many proxies as are trusted (``TRUSTED_PROXY_COUNT``)."""
    try:
        address: str = get_adapter().get_client_ip(request)
    except PermissionDenied:
        # Signed in by a program, or through a Unix socket.
        return ""
    return address


def forget_tries(request: HttpRequest, person: User) -> None:
    """Who has just set a new password need not wait."""
    AxesProxyHandler.reset_attempts(username=own_name(person), ip_address=counted_address(request))


def refuse(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Say that it was too many tries, and until when at the latest."""
    wait: timedelta = settings.AXES_COOLOFF_TIME
    context = {
        "until": timezone.now() + wait,
        "minutes": round(wait.total_seconds() / 60),
    }
    refused = render(request, "account/locked.html", context, status=429)
    refused["Retry-After"] = str(round(wait.total_seconds()))
    return refused
