"""What the ledger says of a cohort's work: reads only, each one query.

Only outcomes of the cohort's own assignments, by those who learn in it now: whoever joins was told
that instructors see what one does in what they assign. What learners play freely is theirs.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Avg, Count, Max, Q, QuerySet, Sum

from radgame.accounts.models import User
from radgame.cases.models import Play
from radgame.classroom.models import Assignment, AssignmentMember, Cohort, Membership
from radgame.progress.models import Outcome

from .asked import Asked


def learners_of(cohort: Cohort) -> QuerySet[Membership]:
    """Who learns in it now, by name."""
    learners = Membership.objects.learners().filter(cohort=cohort)
    return learners.select_related("person").order_by("person__username")


def assignments_of(cohort: Cohort) -> list[Assignment]:
    """All, the newest first; of withdrawn ones too what was submitted stays."""
    # Of studies only their own pages tell: their arms are not comparable learner by learner.
    return list(cohort.assignments.alone().select_related("case_set"))


def _of(asked: Asked) -> Q:
    """The outcomes that were asked for, without whose they are."""
    found = Q(game=asked.game.value, assignment__in=asked.keys)
    if asked.since is not None:
        found &= Q(occurred_at__gte=asked.since)
    if asked.before is not None:
        found &= Q(occurred_at__lt=asked.before)
    return found


@dataclass(frozen=True, slots=True)
class Submitted:
    """A case that one learner submitted; ``attempt`` is None where its row is gone."""

    case: int
    score: float
    seconds: float
    at: datetime
    attempt: uuid.UUID | None


def submitted_by(asked: Asked, reader: int) -> QuerySet[Outcome, tuple[Any, ...]]:
    """The fields of ``Submitted``, the lowest score first."""
    # The games lie above; each names the way back like this (radgame.playing.models).
    attempt = f"{asked.game.value}_attempt__pk"
    return (
        Outcome.objects.filter(_of(asked), reader=reader)
        .order_by("score", "-occurred_at", "pk")
        .values_list("case", "score", "seconds", "occurred_at", attempt)
    )


@dataclass(frozen=True, slots=True)
class Done:
    """What one learner has done of one assignment."""

    cases: int
    mean: float
    seconds: float
    last_at: datetime


def done_by(assignments: Sequence[Assignment], reader: int) -> dict[uuid.UUID, Done]:
    """By assignment, for those of which something was submitted; one query."""
    rows = (
        Outcome.objects.filter(assignment__in=[a.pk for a in assignments], reader=reader)
        .values_list("assignment")
        .annotate(Count("pk"), Avg("score"), Sum("seconds"), Max("occurred_at"))
    )
    return {key: Done(*figures) for key, *figures in rows if key is not None}


def sittings_of(
    assignments: Sequence[Assignment], person: User
) -> dict[uuid.UUID, tuple[datetime, datetime | None]]:
    """By assignment, when this person began it and finished it: one query a game."""
    found: dict[uuid.UUID, tuple[datetime, datetime | None]] = {}
    for game in Play:
        keys = [assignment.pk for assignment in assignments if assignment.game == game]
        sittings = getattr(person, f"{game.value}_sittings").filter(assignment__in=keys)
        for key, started_at, finished_at in sittings.values_list(
            "assignment", "started_at", "finished_at"
        ):
            found[key] = (started_at, finished_at)
    return found


LEDGER_FIELDS: Final = (
    "pk",
    "reader__username",
    "game",
    "assignment",
    "case__dataset__slug",
    "case__key",
    "score",
    "seconds",
    "is_first",
    "occurred_at",
    "scorer_version",
    "lines__finding__slug",
    "lines__concept",
    "lines__result",
    "lines__weight",
)
READ_AT_ONCE: Final = 2000


def ledger_rows(asked: Asked, readers: Collection[int]) -> Iterator[tuple[Any, ...]]:
    """``LEDGER_FIELDS`` of every line, and of outcomes without one; read bit by bit."""
    rows = (
        Outcome.objects.filter(_of(asked), reader__in=readers)
        .order_by("pk", "lines__pk")
        .values_list(*LEDGER_FIELDS)
    )
    return rows.iterator(chunk_size=READ_AT_ONCE)


def begun_by(assignments: Sequence[Assignment]) -> dict[uuid.UUID, set[int]]:
    """By assignment, who has begun it: one query a game."""
    begun: dict[uuid.UUID, set[int]] = {assignment.pk: set() for assignment in assignments}
    for game in Play:
        # The games lie above; each names the way to its sittings like this.
        reader = f"{game.value}_sittings__reader"
        rows = Assignment.objects.filter(
            pk__in=[a.pk for a in assignments if a.game == game], **{f"{reader}__isnull": False}
        ).values_list("pk", reader)
        for key, person in rows:
            begun[key].add(person)
    return begun


def named_in(assignments: Sequence[Assignment]) -> dict[uuid.UUID, set[int]]:
    """For assignments that are for some people only, for whom; the others are not in it."""
    named: dict[uuid.UUID, set[int]] = {a.pk: set() for a in assignments if not a.is_for_all}
    rows = AssignmentMember.objects.filter(assignment__in=list(named))
    for key, person in rows.values_list("assignment", "membership__person"):
        named[key].add(person)
    return named
