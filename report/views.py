"""The pages of the report game: fetch through access, check a form, call one service."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from radgame.accounts.access import reader_required
from radgame.playing import views as playing
from radgame.playing.pages import set_rows
from radgame.playing.views import reader_of

from . import pages, services
from .access import get_attempt, get_shown_attempt
from .forms import ReadingForm
from .models import ROWS, Attempt


@require_safe
@never_cache
def sets(request: HttpRequest) -> HttpResponse:
    """Choose a case set."""
    return render(request, "report/sets.html", {"rows": set_rows(ROWS, request.user)})


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    return playing.start(request, ROWS, slug)


@reader_required
@require_safe
@never_cache
def attempt(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """The one page of an attempt: in play before the submit, feedback after."""
    return _screen(request, get_shown_attempt(reader_of(request), attempt_id))


@reader_required
@require_POST
def draft(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    return playing.draft(request, ROWS, attempt_id, services.read_attempt_draft)


@reader_required
@require_POST
def submit(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """Commit the reading and show the feedback in its place."""
    found = get_attempt(reader_of(request), attempt_id)
    fresh = not found.is_submitted
    if fresh:
        form = ReadingForm(request.POST, rules=services.reading_rules(found))
        if not form.is_valid():
            return HttpResponse(form.first_error, status=422, content_type="text/plain")
        found = services.submit_attempt(attempt=found, **form.cleaned_data)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("report:attempt", found.pk)
    return _screen(request, found, fresh=fresh)


@reader_required
@require_POST
def following(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    return playing.following(request, ROWS, attempt_id)


@reader_required
@require_safe
@never_cache
def summary(request: HttpRequest, sitting_id: uuid.UUID) -> HttpResponse:
    return playing.summary(request, ROWS, sitting_id)


@reader_required
@require_POST
def flag(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    return playing.flag(request, ROWS, attempt_id, pages.disputable)


def _screen(request: HttpRequest, found: Attempt, *, fresh: bool = False) -> HttpResponse:
    context = (
        pages.feedback_context(found, reader_of(request), fresh=fresh)
        if found.is_submitted
        else pages.play_context(found)
    )
    name = "feedback" if found.is_submitted else "play"
    kind = "screen" if request.htmx else "page"  # type: ignore[attr-defined]
    return render(request, f"report/{name}_{kind}.html", context)
