"""The account page of tokens: look, make, revoke. The key is in the answer to "make" alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from radgame.accounts.access import reader_required
from radgame.accounts.models import User

from .access import get_token, tokens_of
from .forms import TokenForm
from .tokens import TokenRefused, revoke_token

View = Callable[..., HttpResponseBase]


def not_for_guests(view: View) -> View:
    """A guest has no account page; they are asked to sign up."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if cast(User, request.user).is_guest:
            return redirect("account_signup")
        return view(request, *args, **kwargs)

    return reader_required(guarded)


# A token outlives the session it was made in: whoever finds one open must not make one.
_lately_signed_in: Callable[[View], View] = reauthentication_required


@not_for_guests
@require_safe
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens, by name and first characters."""
    found = tokens_of(cast(User, request.user))
    return render(request, "account/tokens.html", {"tokens": found})


@not_for_guests
@_lately_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def make(request: HttpRequest) -> HttpResponse:
    """Make one, and show its key once."""
    person = cast(User, request.user)
    form = TokenForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        try:
            made = form.make()
        except TokenRefused as refused:
            form.add_error(None, str(refused))
        else:
            return render(request, "account/token_made.html", {"made": made})
    status = 422 if form.is_bound else 200
    return render(request, "account/token_form.html", {"form": form}, status=status)


@not_for_guests
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    token = get_token(cast(User, request.user), token_id)
    revoke_token(token=token)
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("account_tokens")
