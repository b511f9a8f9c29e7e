"""What the templates of studies are given: reads only, in a constant number of queries."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Play
from radgame.classroom.assigning import CLOSING_FIRST, size_in_game
from radgame.classroom.models import (
    Arm,
    Assignment,
    Cohort,
    Enrolment,
    Membership,
    Trial,
    TrialPart,
)
from radgame.minus import with_minus

from .chart import IntervalChart, Row, interval_chart
from .forms import ExtendForm
from .ledger import Ledger, Taker, parts_of, read_ledger
from .results import ArmResult, GameResult, pair_of, results_of
from .services import is_closed
from .statistics import FEWEST, Comparison, Estimate

Phase = TrialPart.Phase
NOTHING = "–"


# --- figures in words ---------------------------------------------------------------


def points(share: float | None) -> str:
    """A score as points of 100.

    >>> points(0.4567), points(None)
    ('45.7', '–')
    """
    return NOTHING if share is None else with_minus(f"{_rounded(share):.1f}")


def signed(share: float | None) -> str:
    """A change in points, with its sign.

    >>> signed(0.0812), signed(-0.02)
    ('+8.1', '−2.0')
    """
    return NOTHING if share is None else with_minus(f"{_rounded(share):+.1f}")


def interval(estimate: Estimate | None) -> str:
    """From where to where, in points."""
    if estimate is None:
        return NOTHING
    return _("%(low)s to %(high)s") % {"low": signed(estimate.low), "high": signed(estimate.high)}


def plain(value: float | None, digits: int) -> str:
    return NOTHING if value is None else with_minus(f"{value:.{digits}f}")


def plain_interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return NOTHING
    return _("%(low)s to %(high)s") % {
        "low": plain(estimate.low, 2),
        "high": plain(estimate.high, 2),
    }


def _rounded(share: float) -> float:
    # Nothing is no less than nothing: −0.0 is written 0.0.
    return round(100 * share, 1) + 0.0


# --- for who teaches -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArmRow:
    """An arm's figures in one game, as cells."""

    name: str
    n: int
    pre: str
    post: str
    change: str
    interval: str
    sd: str
    relative: str
    seconds_pre: str
    seconds_training: str
    seconds_post: str


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """Two arms against each other, as cells."""

    label: str
    difference: str
    difference_interval: str
    hedges_g: str
    hedges_g_interval: str
    adjusted: str
    adjusted_interval: str


@dataclass(frozen=True, slots=True)
class GameSection:
    game: Play
    arms: tuple[ArmRow, ...]
    comparisons: tuple[ComparisonRow, ...]
    chart: IntervalChart | None
    too_few: str


@dataclass(frozen=True, slots=True)
class TakerRow:
    """Somebody who takes part; ``scores`` holds before, after and change for each game."""

    name: str
    code: str
    arm: str
    stage: str
    scores: tuple[tuple[str, str, str], ...]


def study_context(trial: Trial, *, extend_form: ExtendForm | None = None) -> dict[str, Any]:
    """The protocol, how far everybody is, and what came of it."""
    ledger = read_ledger(trial)
    results = results_of(ledger)
    now = timezone.now()
    return {
        "trial": trial,
        "cohort": trial.cohort,
        "is_open": trial.opens_at <= now and not is_closed(trial, now),
        "is_closed": is_closed(trial, now),
        "games": [game.label for game in ledger.games],
        "arms": arm_lines(ledger),
        "same_tests": trial.pre_set_id == trial.post_set_id,
        "sizes": {
            "pre": _sizes(ledger, Phase.PRE),
            "post": _sizes(ledger, Phase.POST),
        },
        "results": results,
        "sections": [section_of(result) for result in results.games],
        "takers": taker_rows(ledger, closed=is_closed(trial, now)),
        "fewest": FEWEST,
        "learners": Membership.objects.learners().filter(cohort=trial.cohort_id).count(),
        "extend_form": extend_form or ExtendForm(trial=trial),
        "tables": table_files(),
    }


# The tables that can be saved, by the name in their address; ``exports`` makes them.
TABLES = ("arms", "comparisons", "learners", "attempts", "shown")


@dataclass(frozen=True, slots=True)
class TableFile:
    name: str
    label: str


def table_files() -> list[TableFile]:
    labels = (
        _("Arms"),
        _("Arms against each other"),
        _("Who takes part, by code"),
        _("Every submitted case"),
        _("Every film shown with its answer"),
    )
    return [TableFile(name, label) for name, label in zip(TABLES, labels, strict=True)]


@dataclass(frozen=True, slots=True)
class ArmLine:
    """An arm in the protocol."""

    arm: Arm
    sizes: str


def arm_lines(ledger: Ledger) -> list[ArmLine]:
    return [
        ArmLine(arm, _sizes(ledger, Phase.TRAINING, number))
        for number, arm in enumerate(ledger.arms)
    ]


def _sizes(ledger: Ledger, phase: Phase, arm: int | None = None) -> str:
    """How many cases each game has in it."""
    told = []
    for game in ledger.games:
        part = ledger.part(phase, game, arm)
        size = size_in_game(part.assignment.case_set, game.value)
        told.append(_("%(size)d in %(game)s") % {"size": size, "game": game.label})
    return ", ".join(told)


def section_of(result: GameResult) -> GameSection:
    few = [row.arm.name for row in result.arms if row.change.n < FEWEST]
    return GameSection(
        game=result.game,
        arms=tuple(arm_row(row) for row in result.arms),
        comparisons=tuple(comparison_row(row, result) for row in result.comparisons),
        chart=_chart(result),
        too_few=", ".join(few),
    )


def arm_row(row: ArmResult) -> ArmRow:
    return ArmRow(
        name=row.arm.name,
        n=row.change.n,
        pre=points(row.change.pre),
        post=points(row.change.post),
        change=signed(row.change.change),
        interval=interval(row.change.interval),
        sd=points(row.change.sd),
        relative=signed(row.change.relative),
        seconds_pre=plain(row.times.pre, 0),
        seconds_training=plain(row.times.training, 0),
        seconds_post=plain(row.times.post, 0),
    )


def comparison_row(row: Comparison, result: GameResult) -> ComparisonRow:
    names = {
        "first": result.arms[row.first].arm.name,
        "second": result.arms[row.second].arm.name,
    }
    return ComparisonRow(
        label=_("%(first)s less %(second)s") % names,
        difference=signed(row.difference.value if row.difference else None),
        difference_interval=interval(row.difference),
        hedges_g=plain(row.hedges_g.value if row.hedges_g else None, 2),
        hedges_g_interval=plain_interval(row.hedges_g),
        adjusted=signed(row.adjusted.value if row.adjusted else None),
        adjusted_interval=interval(row.adjusted),
    )


def _chart(result: GameResult) -> IntervalChart | None:
    rows = [
        Row(
            label=row.arm.name,
            value=100 * row.change.change,
            low=None if row.change.interval is None else 100 * row.change.interval.low,
            high=None if row.change.interval is None else 100 * row.change.interval.high,
            note=_("%(change)s, n %(n)d")
            % {"change": signed(row.change.change), "n": row.change.n},
        )
        for row in result.arms
        if row.change.change is not None
    ]
    return interval_chart(rows) if rows else None


def taker_rows(ledger: Ledger, *, closed: bool) -> list[TakerRow]:
    return [_taker_row(ledger, taker, closed=closed) for taker in ledger.takers]


def _taker_row(ledger: Ledger, taker: Taker, *, closed: bool) -> TakerRow:
    scores = []
    for game in ledger.games:
        pair = pair_of(ledger, taker, game)
        scores.append(
            (NOTHING, NOTHING, NOTHING)
            if pair is None
            else (points(pair.pre), points(pair.post), signed(pair.change))
        )
    return TakerRow(
        name=taker.enrolment.membership.person.display_name,
        code=taker.enrolment.code,
        arm=NOTHING if taker.arm is None else ledger.arms[taker.arm].name,
        stage=stage_words(taker.enrolment, closed=closed),
        scores=tuple(scores),
    )


def stage_words(enrolment: Enrolment, *, closed: bool) -> str:
    """Where somebody is; where they stopped, if the study is closed or they left the cohort."""
    phase = enrolment.phase
    if phase is None:
        return _("done")
    stopped = closed or enrolment.membership.left_at is not None
    match phase:
        case Phase.PRE:
            return _("stopped in the pre-test") if stopped else _("in the pre-test")
        case Phase.TRAINING:
            return _("stopped in training") if stopped else _("in training")
        case Phase.POST:
            return _("stopped in the post-test") if stopped else _("in the post-test")


# --- for who takes part --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartRow:
    """One game of a phase, for the learner: how far they are, and where it goes on."""

    game_name: str
    done: int
    of: int
    is_begun: bool
    is_finished: bool
    start_url: str
    summary_url: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A phase; ``state``: before, now or after."""

    title: str
    state: str
    explanation: str
    parts: tuple[PartRow, ...]


def taking_part_context(trial: Trial, membership: Membership) -> dict[str, Any]:
    """The study as somebody in it sees it: nothing of the arms but their own, once it is drawn."""
    enrolment = (
        Enrolment.objects.filter(trial=trial, membership=membership).select_related("arm").first()
    )
    now = timezone.now()
    is_open = trial.opens_at <= now and not is_closed(trial, now)
    return {
        "trial": trial,
        "cohort": trial.cohort,
        "enrolment": enrolment,
        "is_open": is_open,
        "is_done": enrolment is not None and enrolment.phase is None,
        "closes_at": trial.closed_at or trial.closes_at,
        "steps": []
        if enrolment is None
        else _steps(trial, enrolment, membership.person_id, closed=is_closed(trial, now)),
    }


def _steps(trial: Trial, enrolment: Enrolment, person: int, *, closed: bool) -> list[StepRow]:
    order = [Phase.PRE, Phase.TRAINING, Phase.POST]
    now = enrolment.phase
    reached = len(order) if now is None else order.index(now)
    parts = [part for part in parts_of(trial) if part.arm_id in {None, enrolment.arm_id}]
    sittings = _own_sittings([part.assignment for part in parts], person)
    return [
        StepRow(
            title=str(phase.label),
            state="after" if number < reached else "now" if number == reached else "before",
            explanation=_explanation(phase, enrolment if number <= reached else None),
            parts=tuple(
                _part_row(part, sittings.get(part.assignment_id), closed=closed)
                for part in parts
                if part.phase == phase and number <= reached
            ),
        )
        for number, phase in enumerate(order)
    ]


def _explanation(phase: Phase, enrolment: Enrolment | None) -> str:
    """What a phase is like; of the training nothing before an arm was drawn."""
    if phase != Phase.TRAINING:
        return _("Without feedback; you see how you did when you have done the last test.")
    if enrolment is None or enrolment.arm is None:
        return _("How you train is drawn by lot when you have done the pre-test.")
    if enrolment.arm.mode == Arm.Mode.PASSIVE:
        return _(
            "You see each film with its answer. Nothing is asked and nothing is scored; the time "
            "you look is recorded. Go on when you have seen enough."
        )
    return _("You read each film, and see feedback at once.")


@dataclass(frozen=True, slots=True)
class _Own:
    key: uuid.UUID
    is_finished: bool
    done: int


def _own_sittings(assignments: Sequence[Assignment], person: int) -> dict[uuid.UUID, _Own]:
    """One query a game; the games lie above, and each names the way to its sittings like this."""
    found: dict[uuid.UUID, _Own] = {}
    for game in Play:
        sitting = f"{game.value}_sittings"
        rows = (
            Assignment.objects.filter(
                pk__in=[one.pk for one in assignments if one.game == game],
                **{f"{sitting}__reader": person},
            )
            .values_list("pk", f"{sitting}__pk", f"{sitting}__finished_at")
            .annotate(
                played=Count(
                    f"{sitting}__attempts",
                    filter=Q(**{f"{sitting}__attempts__status": "submitted"}),
                    distinct=True,
                ),
                seen=Count(
                    f"{sitting}__exposures",
                    filter=Q(**{f"{sitting}__exposures__left_at__isnull": False}),
                    distinct=True,
                ),
            )
        )
        for assignment, key, finished_at, played, seen in rows:
            found[assignment] = _Own(key, finished_at is not None, played + seen)
    return found


def _part_row(part: TrialPart, own: _Own | None, *, closed: bool = False) -> PartRow:
    assignment = part.assignment
    is_finished = own is not None and own.is_finished
    # Of films that were shown there is nothing to sum up.
    sums_up = (is_finished or closed) and assignment.mode != Assignment.Mode.PASSIVE
    return PartRow(
        game_name=str(Play(assignment.game).label),
        done=0 if own is None else own.done,
        of=size_in_game(assignment.case_set, assignment.game),
        is_begun=own is not None,
        is_finished=is_finished,
        start_url=reverse(f"{assignment.game}:start_assigned", args=[assignment.pk]),
        summary_url=reverse(f"{assignment.game}:summary", args=[own.key])
        if own is not None and sums_up
        else "",
    )


@dataclass(frozen=True, slots=True)
class OwnStudy:
    """A study on its learner's front door."""

    title: str
    cohort: str
    words: str
    is_begun: bool
    url: str


def taken_studies(person: User) -> list[OwnStudy]:
    """All that this person takes part in or took part in, in cohorts they are in: one query."""
    enrolments = (
        Enrolment.objects.filter(
            membership__person=person,
            membership__left_at__isnull=True,
            trial__cohort__archived_at__isnull=True,
        )
        .select_related("trial__cohort", "membership")
        .order_by("-enrolled_at")
    )
    now = timezone.now()
    return [
        OwnStudy(
            title=enrolment.trial.title,
            cohort=enrolment.trial.cohort.name,
            words=stage_words(enrolment, closed=is_closed(enrolment.trial, now)),
            is_begun=True,
            url=reverse("classroom:taking_part", args=[enrolment.trial_id]),
        )
        for enrolment in enrolments
    ]


def own_studies(person: User) -> list[OwnStudy]:
    """The studies that are open to this person and not done by them: one query."""
    now = timezone.now()
    mine = Q(enrolments__membership__person=person)
    trials = (
        Trial.objects.filter(
            Q(closes_at__isnull=True) | Q(closes_at__gt=now),
            cohort__in=Cohort.objects.attended_by(person).running(),
            opens_at__lte=now,
            closed_at__isnull=True,
        )
        .select_related("cohort")
        .annotate(
            begun=Count("enrolments", filter=mine),
            finished=Count("enrolments__finished_at", filter=mine),
        )
        .order_by(*CLOSING_FIRST)
    )
    return [
        OwnStudy(
            title=trial.title,
            cohort=trial.cohort.name,
            words=_("Study, begun") if trial.begun else _("Study: would you take part?"),
            is_begun=bool(trial.begun),
            url=reverse("classroom:taking_part", args=[trial.pk]),
        )
        for trial in trials
        if not trial.finished
    ]


class Stage(StrEnum):
    """Where somebody is in a study, or whether they are asked to begin."""

    INVITED = "invited"
    PRE = Phase.PRE.value
    TRAINING = Phase.TRAINING.value
    POST = Phase.POST.value
    DONE = "done"


@dataclass(frozen=True, slots=True)
class PartToDo:
    """A game of the phase somebody is in, which they have not finished."""

    assignment: Assignment
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class StudyOfLearner:
    trial: Trial
    stage: Stage
    is_open: bool
    next: tuple[PartToDo, ...]


def studies_of(person: User) -> list[StudyOfLearner]:
    """All that this person takes part in or may, what closes first before all: constant queries.

    Of an arm nothing is told but their own, once it is drawn.
    """
    now = timezone.now()
    trials = (
        Trial.objects.filter(
            cohort__in=Cohort.objects.attended_by(person).running(), opens_at__lte=now
        )
        .select_related("cohort")
        .order_by(*CLOSING_FIRST, "pk")
    )
    enrolments = {
        one.trial_id: one
        for one in Enrolment.objects.filter(trial__in=trials, membership__person=person)
    }
    shown = [one for one in trials if one.pk in enrolments or not is_closed(one, now)]
    parts = _parts_now([one for one in enrolments.values() if one.phase is not None])
    sittings = _own_sittings([part.assignment for part in parts], person.pk)
    return [
        _of_learner(
            trial,
            enrolments.get(trial.pk),
            [part for part in parts if part.trial_id == trial.pk],
            sittings,
            now,
        )
        for trial in shown
    ]


def _parts_now(enrolments: Sequence[Enrolment]) -> list[TrialPart]:
    """What belongs to the phases that these people are in."""
    by_trial = {one.trial_id: one for one in enrolments}
    parts = (
        TrialPart.objects.filter(trial__in=by_trial)
        .select_related("assignment__case_set")
        .order_by("assignment__game")
    )
    return [
        part
        for part in parts
        if part.phase == by_trial[part.trial_id].phase
        and part.arm_id in {None, by_trial[part.trial_id].arm_id}
    ]


def _of_learner(
    trial: Trial,
    enrolment: Enrolment | None,
    parts: Sequence[TrialPart],
    sittings: dict[uuid.UUID, _Own],
    now: datetime,
) -> StudyOfLearner:
    if enrolment is None:
        stage = Stage.INVITED
    else:
        stage = Stage.DONE if enrolment.phase is None else Stage(enrolment.phase)
    is_open = not is_closed(trial, now)
    rows = [(part, _part_row(part, sittings.get(part.assignment_id))) for part in parts]
    return StudyOfLearner(
        trial,
        stage,
        is_open,
        tuple(
            PartToDo(part.assignment, row.done, row.of)
            for part, row in rows
            if is_open and not row.is_finished
        ),
    )
