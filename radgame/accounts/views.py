"""Entrances for people: play as a guest, sign up or in from there."""

from allauth.account.views import LoginView, SignupView
from allauth.core.internal import ratelimit
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from .models import User

# One address can open this many guest visits before it has to wait or sign up.
GUEST_RATE = {"guest": "30/h/ip"}


def _set_guest_aside(request: HttpRequest) -> None:
    """Let allauth see a guest as nobody, so that its sign-up and sign-in pages open."""
    user = request.user
    if user.is_authenticated and user.is_guest:
        request.guest = User.objects.get(pk=user.pk)  # type: ignore[attr-defined]
        request.user = AnonymousUser()


def signup(request: HttpRequest) -> HttpResponseBase:
    _set_guest_aside(request)
    response: HttpResponseBase = SignupView.as_view()(request)
    return response


def sign_in(request: HttpRequest) -> HttpResponseBase:
    _set_guest_aside(request)
    response: HttpResponseBase = LoginView.as_view()(request)
    return response


@require_POST
def play_as_guest(request: HttpRequest) -> HttpResponse:
    """Open a guest's visit and go where they were going."""
    if request.user.is_anonymous:
        refused = ratelimit.consume_or_429(
            request, app="radgame", action="guest", config=GUEST_RATE
        )
        if refused is not None:
            limited: HttpResponse = refused
            return limited
        guest = User.objects.create_guest()
        login(request, guest, backend="django.contrib.auth.backends.ModelBackend")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "localize:sets"
    return redirect(target)
