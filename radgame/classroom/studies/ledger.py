"""What the ledger says of a study: reads only, in a constant number of queries."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F

from radgame.cases.models import Play
from radgame.classroom.models import Arm, Assignment, Enrolment, Trial, TrialPart
from radgame.progress.models import Outcome

Phase = TrialPart.Phase


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did in a part: cases, seconds, mean score (None for films that were shown)."""

    cases: int
    mean: float | None
    seconds_a_case: float


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody who takes part, with what they did by part."""

    enrolment: Enrolment
    arm: int | None
    done: dict[uuid.UUID, Done]

    @property
    def is_complete(self) -> bool:
        return self.enrolment.finished_at is not None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A study with everything that was done in it, added up for each learner and part."""

    trial: Trial
    arms: list[Arm]
    parts: list[TrialPart]
    takers: list[Taker]

    @property
    def games(self) -> list[Play]:
        played = {part.assignment.game for part in self.parts}
        return [play for play in Play if play.value in played]

    def part(self, phase: Phase, game: Play, arm: int | None = None) -> TrialPart:
        """Each game has one part of each phase, and of training one for each arm."""
        wanted = None if arm is None else self.arms[arm].pk
        return next(
            part
            for part in self.parts
            if part.phase == phase and part.assignment.game == game and part.arm_id == wanted
        )


def read_ledger(trial: Trial) -> Ledger:
    """Four queries, and one more for each game in which an arm is shown films."""
    arms = list(trial.arms.all())
    parts = parts_of(trial)
    numbers = {arm.pk: number for number, arm in enumerate(arms)}
    enrolments = list(
        trial.enrolments.select_related("membership__person").order_by("enrolled_at", "pk")
    )
    done = _done(parts)
    return Ledger(
        trial=trial,
        arms=arms,
        parts=parts,
        takers=[
            Taker(
                enrolment=enrolment,
                arm=None if enrolment.arm_id is None else numbers[enrolment.arm_id],
                done=done.get(enrolment.membership.person_id, {}),
            )
            for enrolment in enrolments
        ],
    )


def parts_of(trial: Trial) -> list[TrialPart]:
    return list(trial.parts.select_related("assignment__case_set").order_by("pk"))


def _done(parts: Sequence[TrialPart]) -> dict[int, dict[uuid.UUID, Done]]:
    """By reader and assignment."""
    found: dict[int, dict[uuid.UUID, Done]] = {}
    rows = (
        Outcome.objects.filter(assignment__in=[part.assignment_id for part in parts])
        .values_list("reader", "assignment")
        .annotate(Count("pk"), Avg("score"), Avg("seconds"))
    )
    for reader, assignment, cases, mean, seconds in rows:
        found.setdefault(reader, {})[assignment] = Done(cases, mean, seconds)
    for game, keys in shown_in(parts):
        # The games lie above; each names the way to what it showed like this.
        shown = f"{game.value}_sittings__exposures"
        seen = (
            Assignment.objects.filter(pk__in=keys, **{f"{shown}__left_at__isnull": False})
            .values_list(f"{game.value}_sittings__reader", "pk")
            .annotate(Count(shown), Avg(f"{shown}__seconds"))
        )
        for reader, assignment, cases, seconds in seen:
            found.setdefault(reader, {})[assignment] = Done(cases, None, seconds)
    return found


def shown_in(parts: Sequence[TrialPart]) -> Iterator[tuple[Play, list[uuid.UUID]]]:
    """The games in which films are shown with their answers, with the assignments that do."""
    for game in Play:
        keys = [
            part.assignment_id
            for part in parts
            if part.assignment.game == game and part.assignment.mode == Assignment.Mode.PASSIVE
        ]
        if keys:
            yield game, keys


# --- one row each, for the export ----------------------------------------------------


def attempts(parts: Sequence[TrialPart]) -> list[dict[str, Any]]:
    """Every submitted case, in the order in which they were."""
    rows = Outcome.objects.filter(assignment__in=[part.assignment_id for part in parts])
    return list(
        rows.order_by("occurred_at", "pk").values(
            *("reader", "assignment", "score", "seconds", "scorer_version", "is_first"),
            "occurred_at",
            public_id=F("case__public_id"),
        )
    )


def exposures(parts: Sequence[TrialPart]) -> list[dict[str, Any]]:
    """Every film that was shown with its answer."""
    found: list[Any] = []
    for game, keys in shown_in(parts):
        shown = f"{game.value}_sittings__exposures"
        found += list(
            Assignment.objects.filter(pk__in=keys, **{f"{shown}__isnull": False})
            .order_by(f"{shown}__shown_at", f"{shown}__pk")
            .values(
                reader=F(f"{game.value}_sittings__reader"),
                assignment=F("pk"),
                public_id=F(f"{shown}__case__public_id"),
                seconds=F(f"{shown}__seconds"),
                shown_at=F(f"{shown}__shown_at"),
                left_at=F(f"{shown}__left_at"),
            )
        )
    return found
