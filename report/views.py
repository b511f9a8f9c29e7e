"""The pages of the report game: fetch through access, check a form, call one service."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from radgame.accounts.access import reader_required
from radgame.playing import views as playing
from radgame.playing.access import may_read_feedback
from radgame.playing.assigned import NotTaken
from radgame.playing.pages import set_rows
from radgame.playing.views import reader_of

from . import judging, pages, services
from .access import get_attempt, get_shown_attempt
from .forms import PollForm, ReadingForm
from .models import ROWS, Attempt

# htmx's own: the answer is swapped in, and nothing is asked again.
STOP_POLLING = 286


@require_safe
@never_cache
def sets(request: HttpRequest) -> HttpResponse:
    """Choose a case set."""
    return render(request, "report/sets.html", {"rows": set_rows(ROWS, request.user)})


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    return playing.start(request, ROWS, slug)


@reader_required
@require_POST
def start_assigned(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    return playing.start_assigned(request, ROWS, assignment_id)


@reader_required
@require_safe
@never_cache
def attempt(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """The one page of an attempt: in play before the submit, feedback after."""
    found = get_shown_attempt(reader_of(request), attempt_id)
    judging.ask_if_forgotten(attempt=found)
    return playing.over(request, ROWS, found) or _screen(request, found)


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
        try:
            found = services.submit_attempt(attempt=found, **form.cleaned_data)
        except NotTaken as refused:
            return HttpResponse(str(refused), status=422, content_type="text/plain")
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("report:attempt", found.pk)
    return _screen(request, found, fresh=fresh)


@reader_required
@require_safe
@never_cache
def judgement(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """What the feedback page asks until the second judge has answered, or it has asked enough."""
    found = get_shown_attempt(reader_of(request), attempt_id)
    form = PollForm(request.GET)
    if not (may_read_feedback(reader_of(request), found) and form.is_valid()):
        raise Http404
    context = pages.judgement_context(found, **form.cleaned_data)
    asks_on = context["opinion"] and context["opinion"].poll
    return render(
        request, "report/judgement.html", context, status=200 if asks_on else STOP_POLLING
    )


@reader_required
@require_POST
def following(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    return playing.following(request, ROWS, attempt_id)


@reader_required
@require_safe
@never_cache
def shown(request: HttpRequest, exposure_id: uuid.UUID) -> HttpResponse:
    """A case with its answer: nothing is asked."""
    return playing.shown(request, ROWS, exposure_id, pages.shown_context)


@reader_required
@require_POST
def leave(request: HttpRequest, exposure_id: uuid.UUID) -> HttpResponse:
    return playing.leave(request, ROWS, exposure_id)


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
    if found.is_submitted and not may_read_feedback(reader_of(request), found):
        return playing.kept(request, ROWS, found)
    context = (
        pages.feedback_context(found, reader_of(request), fresh=fresh)
        if found.is_submitted
        else pages.play_context(found)
    )
    name = "feedback" if found.is_submitted else "play"
    kind = "screen" if request.htmx else "page"  # type: ignore[attr-defined]
    return render(request, f"report/{name}_{kind}.html", context)
