"""What a game holds of a person: sittings, and attempts with answers and results.

A result holds the reference standard as feedback shows it, so it is given when feedback is.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import F

from radgame.accounts.models import User
from radgame.accounts.own_data import CHUNK, Part, Row, plain_rows, register
from radgame.progress.own_data import withhold

from .assigned import shows_feedback
from .models import BaseAttempt, GameRows


def register_game(
    rows: GameRows[Any, Any],
    *,
    said_of: Callable[[Any], dict[str, Any]],
    prefetch: tuple[str, ...],
    covers: frozenset[str],
) -> None:
    """``said_of`` gives what the game adds to an attempt whose feedback is open."""
    space = rows.space

    def sittings(person: User) -> Iterator[Row]:
        return plain_rows(
            rows.sittings.objects.filter(reader=person),
            *("id", "order", "started_at", "finished_at"),
            set_slug=F("case_set__slug"),
            assigned=F("assignment_id"),
        )

    def attempts(person: User) -> Iterator[Row]:
        mine = (
            rows.attempts.objects.filter(reader=person)
            .order_by("pk")
            .select_related("case", "sitting__assignment")
            .prefetch_related(*prefetch)
        )
        for attempt in mine.iterator(chunk_size=CHUNK):
            yield attempt_row(attempt, said_of)

    def exposures(person: User) -> Iterator[Row]:
        return plain_rows(
            rows.shown.filter(reader=person),
            *("id", "sitting", "position", "shown_at", "left_at", "seconds"),
            shown_case=F("case__public_id"),
        )

    register(
        Part(
            f"{space}_exposures",
            exposures,
            frozenset({f"{space}.Exposure.reader", f"{space}.Exposure.sitting"}),
        )
    )
    register(Part(f"{space}_sittings", sittings, frozenset({f"{space}.Sitting.reader"})))
    own = frozenset(
        {f"{space}.Attempt.reader", f"{space}.Attempt.sitting", f"{space}.Sitting.case_set"}
    )
    register(Part(f"{space}_attempts", attempts, own | covers))
    withhold(lambda person: held_outcomes(rows, person))


def attempt_row(attempt: BaseAttempt, said_of: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """An attempt as it was sent in, and what became of it when its reader may see that."""
    told: dict[str, Any] = {
        "id": attempt.pk,
        "sitting": attempt.sitting_id,
        "case": attempt.case.public_id,
        "position": attempt.position,
        "status": attempt.status,
        "answer": attempt.answer,
        "started_at": attempt.started_at,
        "draft_saved_at": attempt.draft_saved_at,
        "submitted_at": attempt.submitted_at,
        "elapsed_s": attempt.elapsed_s,
    }
    if not attempt.is_submitted:
        return told
    if not shows_feedback(attempt.sitting):
        return {**told, "feedback": "not open yet"}
    return {
        **told,
        "result": attempt.result,
        "score": attempt.score,
        "scorer_version": attempt.scorer_version,
        "outcome": attempt.outcome_id,
        **said_of(attempt),
    }


def held_outcomes(rows: GameRows[Any, Any], person: User) -> set[int]:
    """The outcomes of assigned sittings that do not show their feedback yet."""
    assigned = rows.sittings.objects.filter(reader=person, assignment__isnull=False).select_related(
        "assignment"
    )
    held = [sitting.pk for sitting in assigned if not shows_feedback(sitting)]
    kept = rows.attempts.objects.filter(sitting__in=held, outcome__isnull=False)
    return set(kept.values_list("outcome", flat=True))
