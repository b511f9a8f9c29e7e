"""The pages of the box game: fetch through access, check a form, call one service, render once."""

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from radgame.accounts.access import reader_required
from radgame.accounts.guests import admit
from radgame.accounts.models import User
from radgame.cases.access import get_case_set
from radgame.cases.models import Play
from radgame.progress.services import raise_flag

from . import pages, services
from .access import get_attempt, get_sitting
from .answers import AnswerError
from .forms import AnswerForm, DraftForm, FlagForm
from .models import Attempt


def _reader(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_safe
@never_cache
def sets(request: HttpRequest) -> HttpResponse:
    """Choose a case set."""
    return render(request, "localize/sets.html", {"rows": pages.set_rows(request.user)})


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a set, or go on where the reader stopped; a stranger plays as a guest."""
    case_set = get_case_set(request.user, slug, Play.LOCALIZE)
    refused = admit(request)
    if refused is not None:
        return refused
    try:
        started = services.start_sitting(reader=_reader(request), case_set=case_set)
    except services.NothingToPlay:
        return render(request, "localize/nothing_to_play.html", {"case_set": case_set}, status=409)
    if started.attempt is None:
        return redirect("localize:summary", started.sitting.pk)
    return redirect("localize:attempt", started.attempt.pk)


@reader_required
@require_safe
@never_cache
def attempt(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """The one page of an attempt: in play before the submit, feedback after."""
    return _screen(request, get_attempt(_reader(request), attempt_id))


@reader_required
@require_POST
def draft(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """Keep the answer in the making."""
    form = DraftForm(request.body)
    if not form.is_valid():
        return JsonResponse({"message": form.first_error}, status=422)
    try:
        revision = services.save_draft(
            attempt=get_attempt(_reader(request), attempt_id), **form.cleaned_data
        )
    except AnswerError as error:
        return JsonResponse({"message": str(error)}, status=422)
    except services.DraftRefused as refused:
        return JsonResponse({"message": str(refused)}, status=409)
    return JsonResponse({"revision": revision})


@reader_required
@require_POST
def submit(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """Commit the answer and show the feedback in its place."""
    found = get_attempt(_reader(request), attempt_id)
    fresh = not found.is_submitted
    if fresh:
        form = AnswerForm(request.POST, rules=services.answer_rules(found.case))
        if not form.is_valid():
            return HttpResponse(form.first_error, status=422, content_type="text/plain")
        found = services.submit_attempt(attempt=found, **form.cleaned_data)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("localize:attempt", found.pk)
    return _screen(request, found, fresh=fresh)


@reader_required
@require_POST
def following(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """Go to the next case, or to the summary after the last."""
    found = get_attempt(_reader(request), attempt_id)
    next_attempt = services.advance(attempt=found)
    if next_attempt is None:
        return redirect("localize:summary", found.sitting_id)
    return redirect("localize:attempt", next_attempt.pk)


@reader_required
@require_safe
@never_cache
def summary(request: HttpRequest, sitting_id: uuid.UUID) -> HttpResponse:
    """How the set went, and which films to look at again."""
    sitting = get_sitting(_reader(request), sitting_id)
    return render(request, "localize/summary.html", {"summary": pages.sitting_summary(sitting)})


@reader_required
@require_POST
def flag(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """Take a dispute; the comment stays in the field when something is wrong with it."""
    found = get_attempt(_reader(request), attempt_id)
    form = FlagForm(request.POST)
    if found.outcome is None:
        return HttpResponse(status=409)
    if form.is_valid():
        raise_flag(
            outcome=found.outcome,
            line=form.cleaned_data["line"],
            comment=form.cleaned_data["comment"],
        )
        if not request.htmx:  # type: ignore[attr-defined]
            return redirect("localize:attempt", found.pk)
        form = FlagForm()
    return render(request, "localize/flags.html", pages.flags_context(found, form))


def _screen(request: HttpRequest, found: Attempt, *, fresh: bool = False) -> HttpResponse:
    context = (
        pages.feedback_context(found, fresh=fresh)
        if found.is_submitted
        else pages.play_context(found)
    )
    name = "feedback" if found.is_submitted else "play"
    kind = "screen" if request.htmx else "page"  # type: ignore[attr-defined]
    return render(request, f"localize/{name}_{kind}.html", context)
