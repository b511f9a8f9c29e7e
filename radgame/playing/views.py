"""The entrances that are the same in every game; a game's own views hand them its rows."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from radgame.accounts.guests import admit
from radgame.accounts.models import User
from radgame.cases.access import get_case_set
from radgame.cases.models import CaseSet
from radgame.classroom.access import get_assignment
from radgame.classroom.models import Assignment
from radgame.progress.models import Flag
from radgame.progress.practice import NothingToPractise
from radgame.progress.services import raise_flag

from . import pages, services
from .access import get_attempt, get_exposure, get_sitting
from .assigned import NotTaken, refuse_work, shows_feedback, way_on
from .forms import DraftForm, FlagForm, LeaveForm
from .models import A, BaseExposure, GameRows, S
from .practice import open_practice
from .showing import Showing, leave_shown, start_showing


def reader_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def start(request: HttpRequest, rows: GameRows[S, A], slug: str) -> HttpResponse:
    """Open a set, or go on where the reader stopped; a stranger plays as a guest."""
    case_set = get_case_set(request.user, slug, rows.play)
    refused = admit(request)
    if refused is not None:
        return refused
    try:
        started = services.start_sitting(rows=rows, reader=reader_of(request), case_set=case_set)
    except NotTaken as reserved:
        return _not_taken(request, case_set, reserved)
    except services.NothingToPlay:
        return _nothing_to_play(request, rows, case_set)
    if started.attempt is None:
        return redirect(f"{rows.space}:summary", started.sitting.pk)
    return redirect(f"{rows.space}:attempt", started.attempt.pk)


def _nothing_to_play(request: HttpRequest, rows: GameRows[S, A], case_set: CaseSet) -> HttpResponse:
    context = {"case_set": case_set, "sets_url": pages.sets_url(rows)}
    return render(request, "playing/nothing_to_play.html", context, status=409)


def start_assigned(
    request: HttpRequest, rows: GameRows[S, A], assignment_id: uuid.UUID
) -> HttpResponse:
    """Begin what a cohort was assigned, or go on with it."""
    reader = reader_of(request)
    assignment = get_assignment(reader, assignment_id, rows.play)
    if assignment.mode == Assignment.Mode.PASSIVE:
        return _start_showing(request, rows, assignment)
    try:
        started = services.start_assigned(rows=rows, reader=reader, assignment=assignment)
    except (NotTaken, services.NothingToPlay) as refused:
        begun = rows.sittings._default_manager.filter(reader=reader, assignment=assignment).first()
        return _not_taken(request, assignment, refused, _summary_url(rows, begun))
    if started.attempt is None:
        return redirect(f"{rows.space}:summary", started.sitting.pk)
    return redirect(f"{rows.space}:attempt", started.attempt.pk)


def over(request: HttpRequest, rows: GameRows[S, A], attempt: A) -> HttpResponse | None:
    """In place of a film whose answer would be refused, why, and the way to what was submitted."""
    if attempt.is_submitted or attempt.sitting.assignment_id is None:
        return None
    try:
        refuse_work(attempt.sitting)
    except NotTaken as refused:
        sitting: Any = attempt.sitting
        return _not_taken(request, sitting.assignment, refused, _summary_url(rows, sitting))
    return None


def _summary_url(rows: GameRows[S, A], sitting: S | None) -> str:
    return "" if sitting is None else reverse(f"{rows.space}:summary", args=[sitting.pk])


def _start_showing(
    request: HttpRequest, rows: GameRows[S, A], assignment: Assignment
) -> HttpResponse:
    try:
        started = start_showing(rows=rows, reader=reader_of(request), assignment=assignment)
    except (NotTaken, services.NothingToPlay) as refused:
        return _not_taken(request, assignment, refused)
    return _to_shown(rows, started)


def _to_shown(rows: GameRows[S, A], started: Showing) -> HttpResponse:
    """To the case that is shown now; after the last one, to where the assignment came from."""
    if started.exposure is None:
        return redirect(way_on(started.sitting))
    return redirect(f"{rows.space}:shown", started.exposure.pk)


def _not_taken(
    request: HttpRequest, played: Any, refused: Exception, summary_url: str = ""
) -> HttpResponse:
    """``played``: the assignment, or the set, that the page is headed with.

    ``summary_url``: of what was begun of it.
    """
    context = {"played": played, "refusal": str(refused), "summary_url": summary_url}
    return render(request, "playing/not_taken.html", context, status=409)


def shown(
    request: HttpRequest,
    rows: GameRows[S, A],
    exposure_id: uuid.UUID,
    context: Callable[[BaseExposure], dict[str, Any]],
) -> HttpResponse:
    """A case with its answer, as long as its reader has not gone on from it."""
    exposure = get_exposure(rows, reader_of(request), exposure_id)
    if exposure.left_at is not None:
        return redirect(way_on(exposure.sitting))
    assignment = exposure.sitting.assignment
    if assignment is not None:
        try:
            refuse_work(exposure.sitting)
        except NotTaken as refused:
            return _not_taken(request, assignment, refused)
    return render(request, f"{rows.space}/shown_page.html", context(exposure))


def leave(request: HttpRequest, rows: GameRows[S, A], exposure_id: uuid.UUID) -> HttpResponse:
    """Go on from a case that was shown; a time that cannot be read is the server's own."""
    exposure = get_exposure(rows, reader_of(request), exposure_id)
    form = LeaveForm(request.POST)
    elapsed_s = form.cleaned_data["elapsed_s"] if form.is_valid() else None
    try:
        return _to_shown(rows, leave_shown(rows=rows, exposure=exposure, elapsed_s=elapsed_s))
    except NotTaken as refused:
        return _not_taken(request, exposure.sitting.assignment, refused)


def kept(request: HttpRequest, rows: GameRows[S, A], attempt: A) -> HttpResponse:
    """A submitted case whose feedback is not open yet."""
    kind = "screen" if request.htmx else "page"  # type: ignore[attr-defined]
    context = pages.kept_context(rows, attempt)
    return render(request, f"playing/kept_{kind}.html", context)


def practise(request: HttpRequest, rows: GameRows[S, A]) -> HttpResponse:
    """A set made for the reader, at once on its first film."""
    try:
        case_set = open_practice(rows=rows, reader=reader_of(request))
    except NothingToPractise:
        return render(request, "playing/nothing_to_practise.html", status=409)
    return start(request, rows, case_set.slug)


def draft(
    request: HttpRequest,
    rows: GameRows[S, A],
    attempt_id: uuid.UUID,
    read: Callable[[A, str], dict[str, Any]],
) -> HttpResponse:
    """Keep the answer in the making; ``read`` checks it for its attempt."""
    form = DraftForm(request.body)
    if not form.is_valid():
        return JsonResponse({"message": form.first_error}, status=422)
    sent = form.cleaned_data
    attempt = get_attempt(rows, reader_of(request), attempt_id)
    try:
        answer = read(attempt, sent.pop("answer_text"))
        revision = services.keep_draft(rows=rows, attempt=attempt, answer=answer, **sent)
    except services.AnswerError as error:
        return JsonResponse({"message": str(error)}, status=422)
    except services.DraftRefused as refused:
        return JsonResponse({"message": str(refused)}, status=409)
    return JsonResponse({"revision": revision})


def following(request: HttpRequest, rows: GameRows[S, A], attempt_id: uuid.UUID) -> HttpResponse:
    """Go to the next case, or to the summary after the last."""
    attempt = get_attempt(rows, reader_of(request), attempt_id)
    try:
        next_attempt = services.advance(rows=rows, attempt=attempt)
    except NotTaken as refused:
        sitting: Any = attempt.sitting
        played = sitting.assignment or sitting.case_set
        return _not_taken(request, played, refused, _summary_url(rows, sitting))
    if next_attempt is None:
        return redirect(f"{rows.space}:summary", attempt.sitting_id)
    return redirect(f"{rows.space}:attempt", next_attempt.pk)


def summary(request: HttpRequest, rows: GameRows[S, A], sitting_id: uuid.UUID) -> HttpResponse:
    """How the set went, and which films to look at again."""
    sitting = get_sitting(rows, reader_of(request), sitting_id)
    return render(
        request, "playing/summary.html", {"summary": pages.sitting_summary(rows, sitting)}
    )


def flag(
    request: HttpRequest,
    rows: GameRows[S, A],
    attempt_id: uuid.UUID,
    lines: Callable[[A], Sequence[pages.Disputable]],
) -> HttpResponse:
    """Take a dispute; the comment stays in the field when something is wrong with it.

    ``lines`` gives what may be disputed, each with its number and headline.
    """
    attempt = get_attempt(rows, reader_of(request), attempt_id)
    form = FlagForm(request.POST)
    if attempt.outcome is None or not shows_feedback(attempt.sitting):
        return HttpResponse(status=409)
    if form.is_valid():
        about = pages.headline_of(lines(attempt), form.cleaned_data["line"])
        raise_flag(outcome=attempt.outcome, about=about, **form.cleaned_data)
        if not request.htmx:  # type: ignore[attr-defined]
            return redirect(f"{rows.space}:attempt", attempt.pk)
        form = FlagForm()
    context = {
        "attempt": attempt,
        "is_own": True,
        "flags": tuple(Flag.objects.filter(outcome=attempt.outcome)),
        "lines": lines(attempt),
        "flag_form": form,
        "flag_url": pages.flag_url(rows, attempt),
    }
    return render(request, "playing/flags.html", context)
