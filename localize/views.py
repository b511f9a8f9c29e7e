"""The pages of the box game: fetch through access, check a form, call one service, render once."""

import uuid
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from radgame.accounts.access import reader_required
from radgame.playing import views as playing
from radgame.playing.access import may_read_feedback
from radgame.playing.assigned import NotTaken
from radgame.playing.pages import set_rows
from radgame.playing.views import reader_of

from . import pages, services
from .access import get_attempt, get_feedback, get_shown_attempt, get_words
from .flagging import flag_explanation as flag_words
from .forms import AnswerForm, FlagWordsForm, WaitForm
from .models import ROWS, Attempt

# htmx stops to ask when it is answered so.
STOP_POLLING = 286


@require_safe
@never_cache
def sets(request: HttpRequest) -> HttpResponse:
    """Choose a case set."""
    return render(request, "localize/sets.html", {"rows": set_rows(ROWS, request.user)})


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
    return playing.over(request, ROWS, found) or _screen(request, found)


@reader_required
@require_POST
def draft(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    return playing.draft(request, ROWS, attempt_id, services.read_draft)


@reader_required
@require_POST
def submit(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """Commit the answer and show the feedback in its place."""
    found = get_attempt(reader_of(request), attempt_id)
    fresh = not found.is_submitted
    if fresh:
        form = AnswerForm(request.POST, rules=services.answer_rules(found.case))
        if not form.is_valid():
            return HttpResponse(form.first_error, status=422, content_type="text/plain")
        try:
            found = services.submit_attempt(attempt=found, **form.cleaned_data)
        except NotTaken as refused:
            return HttpResponse(str(refused), status=422, content_type="text/plain")
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("localize:attempt", found.pk)
    return _screen(request, found, fresh=fresh)


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


@reader_required
@require_safe
@never_cache
def explanations(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """What has come of the words that an open page of feedback waits for."""
    reader = reader_of(request)
    found = get_feedback(reader, attempt_id)
    form = WaitForm(request.GET)
    if not form.is_valid():
        return HttpResponse(status=422)
    context = pages.awaited_context(found, reader, **form.cleaned_data)
    status = 200 if context["wait"] else STOP_POLLING
    return render(request, "localize/words_awaited.html", context, status=status)


@reader_required
@require_POST
def flag_explanation(
    request: HttpRequest, attempt_id: uuid.UUID, explanation_id: int
) -> HttpResponse:
    """Take a reader's flag on a model's words, and thank for it in place."""
    reader = reader_of(request)
    found, words = get_words(reader, attempt_id, explanation_id)
    form = FlagWordsForm(request.POST)
    if form.is_valid():
        flag_words(explanation_id=explanation_id, reader=reader, **form.cleaned_data)
        words = replace(words, is_flagged=True)
    context = {"words": words, "attempt": found, "is_own": True, "form": form}
    return render(request, "localize/words.html", context)


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
    return render(request, f"localize/{name}_{kind}.html", context)
