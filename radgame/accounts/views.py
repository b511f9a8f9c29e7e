"""Entrances for people: sign up or in, from a guest's visit too."""

from allauth.account.views import LoginView, SignupView
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase

from .models import User


def set_guest_aside(request: HttpRequest) -> None:
    """Let allauth see a guest as nobody, so that its sign-up and sign-in pages open."""
    user = request.user
    if user.is_authenticated and user.is_guest:
        request.guest = User.objects.get(pk=user.pk)  # type: ignore[attr-defined]
        request.user = AnonymousUser()


def signup(request: HttpRequest) -> HttpResponseBase:
    set_guest_aside(request)
    response: HttpResponseBase = SignupView.as_view()(request)
    return response


def sign_in(request: HttpRequest) -> HttpResponseBase:
    set_guest_aside(request)
    response: HttpResponseBase = LoginView.as_view()(request)
    return response
