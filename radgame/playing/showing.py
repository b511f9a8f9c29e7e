"""Cases that are shown with their answer: nothing is submitted and nothing is scored (ADR 14)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.classroom.models import Assignment

from .assigned import NotTaken, refuse_when_over, taken_back
from .models import BaseAttempt, BaseExposure, BaseSitting, GameRows
from .services import NothingToPlay, assigned_sitting, finish, next_place

Rows = GameRows[Any, Any]


@dataclass(frozen=True, slots=True)
class Showing:
    """A sitting, and the case that is shown in it; none when all have been seen."""

    sitting: BaseSitting
    exposure: BaseExposure | None


def start_showing(*, rows: Rows, reader: User, assignment: Assignment) -> Showing:
    """Begin to look at what was assigned, or go on with it.

    Raises ``NotTaken`` when it is not open, and ``NothingToPlay``.
    """
    if assignment.mode != Assignment.Mode.PASSIVE:
        raise ValueError("The assignment is for playing.")
    with transaction.atomic():
        sitting, _created = assigned_sitting(rows, reader, assignment)
        if sitting.finished_at is not None:
            return Showing(sitting, None)
        refuse_when_over(assignment, sitting.started_at)
        latest = rows.shown.filter(sitting=sitting).order_by("-position")
        shown = latest.first()
        if shown is not None and shown.left_at is None:
            return Showing(sitting, shown)
        return _show_next(rows, sitting, after=-1 if shown is None else shown.position)


def leave_shown(*, rows: Rows, exposure: BaseExposure, elapsed_s: float | None) -> Showing:
    """The reader goes on: the seconds are kept, and the next case is shown.

    ``elapsed_s``: with the page in view, as the page counts; None where it could not count. Leaving
    twice keeps the first time. Raises ``NotTaken`` when the next may not be shown any more.
    """
    now = timezone.now()
    with transaction.atomic():
        sitting = (
            rows.sittings._default_manager.select_for_update(of=("self",))
            .select_related("reader", "case_set")
            .get(pk=exposure.sitting_id)
        )
        left = rows.shown.filter(pk=exposure.pk, left_at=None)
        left.update(left_at=now, seconds=_seconds(exposure, elapsed_s, now))
        refused = taken_back(sitting)
        if not refused and _place_after(rows, sitting, exposure.position) is None:
            finish(sitting)
            return Showing(sitting, None)
    if refused:
        # Outside: what was looked at is kept.
        raise NotTaken(refused)
    with transaction.atomic():
        refuse_when_over(sitting.assignment, sitting.started_at)
        return _show_next(rows, sitting, after=exposure.position)


def _seconds(exposure: BaseExposure, elapsed_s: float | None, now: datetime) -> float:
    """Nobody can have looked longer than the case was open."""
    open_s = (now - exposure.shown_at).total_seconds()
    return open_s if elapsed_s is None else min(max(elapsed_s, 0.0), open_s)


def _place_after(rows: Rows, sitting: BaseSitting, position: int) -> Any:
    return next_place(sitting, Case.objects.playable_by(sitting.reader, rows.play), after=position)


def _show_next(rows: Rows, sitting: BaseSitting, *, after: int) -> Showing:
    place = _place_after(rows, sitting, after)
    if place is None and after < 0:
        raise NothingToPlay
    if place is None:
        finish(sitting)
        return Showing(sitting, None)
    position, item = place
    exposure, created = rows.shown.get_or_create(
        sitting=sitting,
        position=position,
        defaults={"reader": sitting.reader, "case_id": item.case_id},
    )
    if created:
        # One that lies open elsewhere would be submitted with the answer known.
        rows.attempts._default_manager.filter(
            reader=sitting.reader, case=item.case_id, status=BaseAttempt.Status.DRAFT
        ).update(was_shown=True)
    return Showing(sitting, exposure)
