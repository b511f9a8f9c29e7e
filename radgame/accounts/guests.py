"""Let somebody in who has not signed up."""

from allauth.core.internal import ratelimit
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse

from .models import User

# One address can open this many guest visits before it has to wait or sign up.
GUEST_RATE = {"guest": "30/h/ip"}


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
