"""The site's board, and the settings in which somebody says whether to be on it."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from radgame.accounts.access import reader_required
from radgame.accounts.forms import SettingsForm
from radgame.accounts.models import User

from .pages import Asked, board_context, site_page
from .wishes import keep_settings


@reader_required
@require_safe
@never_cache
def site_board(request: HttpRequest) -> HttpResponse:
    """Those who chose to be seen by the whole site."""
    reader = cast(User, request.user)
    page = site_page(reader, Asked.of(request.GET))
    return render(request, "progress/board.html", board_context(page, reader, is_site=True))


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def settings(request: HttpRequest) -> HttpResponse:
    """Name, clock and boards. Here, not with the accounts, since boards follow at once."""
    person = cast(User, request.user)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=person)
    if form.is_valid():
        keep_settings(form=form)
        messages.success(request, _("Saved."))
        return redirect("account_settings")
    status = 422 if form.is_bound else 200
    return render(request, "account/settings.html", {"form": form}, status=status)
