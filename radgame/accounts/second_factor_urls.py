"""allauth's pages of the second factor. A guest has no password, so no second to it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path

from .views import set_guest_aside

View = Callable[..., HttpResponseBase]


def _not_for_guests(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_guest:
            return redirect("account_signup")
        return view(request, *args, **kwargs)

    return guarded


def _authenticate(request: HttpRequest) -> HttpResponseBase:
    """The second step of signing in, from a guest's visit too."""
    set_guest_aside(request)
    response: HttpResponseBase = base.authenticate(request)
    return response


urlpatterns = [
    path("", _not_for_guests(base.index), name="mfa_index"),
    path("authenticate/", _authenticate, name="mfa_authenticate"),
    path("reauthenticate/", _not_for_guests(base.reauthenticate), name="mfa_reauthenticate"),
    path("app/on/", _not_for_guests(totp.activate_totp), name="mfa_activate_totp"),
    path("app/off/", _not_for_guests(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("codes/", _not_for_guests(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "codes/new/",
        _not_for_guests(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "codes/download/",
        _not_for_guests(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
