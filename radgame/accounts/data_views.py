"""The entrances to one's own data: look, take along, take away."""

from typing import Final, cast

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from .access import reader_required
from .data_forms import DeleteForm
from .models import User
from .own_data import DeletionRefused, delete_person, export_pieces, obstacles_of

# A whole file is work for the site; and a session left open must not be used to guess a password.
EXPORT_RATE: Final = {"export": "10/h/user"}
DELETE_RATE: Final = {"delete_account": "5/m/user"}


@reader_required
@require_safe
@never_cache
def own_data(request: HttpRequest) -> HttpResponse:
    """What the site holds of somebody, in words, and what they can do about it."""
    return render(request, "account/own_data.html")


@reader_required
@require_http_methods(["POST"])
@never_cache
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything in one JSON file, sent as it is read."""
    refused = _too_often(request, "export", EXPORT_RATE)
    return refused or export_response(cast(User, request.user))


def export_response(person: User) -> StreamingHttpResponse:
    """The file of a person's data, to be saved under the day's name."""
    now = timezone.now()
    return StreamingHttpResponse(
        (piece.encode() for piece in export_pieces(person, now)),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="radgame-{now:%Y-%m-%d}.json"'},
    )


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: HttpRequest) -> HttpResponse:
    """Say what is deleted and what stays; with the password, do it."""
    person = User.objects.get(pk=cast(User, request.user).pk)
    form = DeleteForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_bound:
        refused = _too_often(request, "delete_account", DELETE_RATE)
        if refused is not None:
            return refused
    obstacles = obstacles_of(person)
    if not obstacles and form.is_valid():
        try:
            delete_person(person=person)
        except DeletionRefused as refusal:
            obstacles = refusal.sentences
        else:
            logout(request)
            messages.success(request, _("Your account and your data are deleted."))
            return redirect("home")
    context = {"form": form, "obstacles": obstacles}
    return render(request, "account/delete.html", context, status=422 if form.is_bound else 200)


def _too_often(request: HttpRequest, action: str, rate: dict[str, str]) -> HttpResponse | None:
    refused: HttpResponse | None = ratelimit.consume_or_429(
        request, app="radgame", action=action, config=rate, user=request.user
    )
    return refused
