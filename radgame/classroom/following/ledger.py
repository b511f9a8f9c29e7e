"""What the ledger says of a cohort's work: reads only, each one query.

Only outcomes of the cohort's own assignments, by those who learn in it now: whoever joins was told
that instructors see what one does in what they assign. What learners play freely is theirs.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Avg, Count, Q, QuerySet, Sum

from radgame.cases.models import Play
from radgame.classroom.models import Assignment, AssignmentMember, Cohort, Membership
from radgame.progress.models import Outcome, OutcomeLine

from .asked import Asked
from .heatmap import Tally, Work


@dataclass(frozen=True, slots=True)
class Codes:
    """The results of lines in a game: ``there`` are those about something that is on the film."""

    found: tuple[str, ...]
    there: tuple[str, ...]
    missed: tuple[str, ...]
    false: tuple[str, ...]


CODES: Final = {
    Play.LOCALIZE: Codes(
        found=("hit",),
        there=("hit", "misplaced", "wrong_finding", "missed"),
        missed=("missed",),
        false=("false_mark",),
    ),
    Play.REPORT: Codes(
        found=("matched",),
        there=("matched", "partly", "missed"),
        missed=("missed",),
        false=("false",),
    ),
}


def learners_of(cohort: Cohort) -> QuerySet[Membership]:
    """Who learns in it now, by name."""
    learners = Membership.objects.learners().filter(cohort=cohort)
    return learners.select_related("person").order_by("person__username")


def assignments_of(cohort: Cohort) -> list[Assignment]:
    """All, the newest first; of withdrawn ones too what was submitted stays."""
    return list(cohort.assignments.select_related("case_set"))


def _of(asked: Asked, prefix: str = "") -> Q:
    """The outcomes that were asked for, without whose they are."""
    found = Q(
        **{
            f"{prefix}game": asked.game.value,
            f"{prefix}assignment__in": [assignment.pk for assignment in asked.assignments],
        }
    )
    if asked.since is not None:
        found &= Q(**{f"{prefix}occurred_at__gte": asked.since})
    if asked.before is not None:
        found &= Q(**{f"{prefix}occurred_at__lt": asked.before})
    return found


def work_by_reader(asked: Asked, readers: Collection[int]) -> dict[int, Work]:
    rows = (
        Outcome.objects.filter(_of(asked), reader__in=readers)
        .values("reader")
        .annotate(cases=Count("pk"), mean=Avg("score"), total=Sum("seconds"))
    )
    return {row["reader"]: Work(row["cases"], row["mean"], row["total"]) for row in rows}


def tallies(asked: Asked, readers: Collection[int], *, each: bool) -> list[Tally]:
    """How the lines of these readers went, by finding; ``each``: reader by reader."""
    codes = CODES[asked.game]
    groups = ["outcome__reader", "finding"] if each else ["finding"]
    rows: Iterable[dict[str, Any]] = (
        OutcomeLine.objects.filter(_of(asked, "outcome__"), outcome__reader__in=readers)
        .values(*groups)
        .annotate(
            found=Count("pk", filter=Q(result__in=codes.found)),
            there=Count("pk", filter=Q(result__in=codes.there)),
            lost=Count("pk", filter=Q(result__in=codes.missed)),
            invented=Count("pk", filter=Q(result__in=codes.false)),
        )
    )
    return [
        Tally(
            reader=row.get("outcome__reader"),
            finding=row["finding"],
            found=row["found"],
            there=row["there"],
            missed=row["lost"],
            false=row["invented"],
        )
        for row in rows
    ]


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
    named: dict[uuid.UUID, set[int]] = {}
    rows = AssignmentMember.objects.filter(assignment__in=[a.pk for a in assignments])
    for key, person in rows.values_list("assignment", "membership__person"):
        named.setdefault(key, set()).add(person)
    return named
