"""Feedback opens by the clock as well as by a submit: what the schedule looks for."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from radgame.classroom.models import Assignment
from radgame.classroom.terms import FeedbackTime, Work, feedback_is_open
from radgame.progress.models import Outcome
from radgame.progress.services import release_outcomes

from .assigned import shows_feedback
from .models import GameRows


def release_opened(*, games: Iterable[GameRows[Any, Any]]) -> int:
    """Release every outcome whose reader may see its feedback by now; gives how many."""
    by_game = {rows.space: rows for rows in games}
    withheld = Outcome.objects.filter(is_withheld=True).order_by()
    keys = set(withheld.values_list("assignment", flat=True).distinct())
    known = Assignment.objects.in_bulk(keys)
    return sum(_release(key, known.get(key), by_game) for key in sorted(key for key in keys if key))


def _release(
    key: uuid.UUID, assignment: Assignment | None, by_game: dict[str, GameRows[Any, Any]]
) -> int:
    if assignment is None:
        # Nobody is left to withhold it for.
        return release_outcomes(assignment=key)
    waits_for_all = assignment.feedback == FeedbackTime.AFTER_CLOSE
    if waits_for_all and not feedback_is_open(assignment.terms, Work(), timezone.now()):
        return 0
    readers = set(
        Outcome.objects.filter(is_withheld=True, assignment=key).values_list("reader", flat=True)
    )
    sittings = by_game[assignment.game].sittings._default_manager.filter(
        assignment=key, reader__in=readers
    )
    still = set()
    for sitting in sittings:
        sitting.assignment = assignment
        if not shows_feedback(sitting):
            still.add(sitting.reader_id)
    return release_outcomes(assignment=key, readers=readers - still)
