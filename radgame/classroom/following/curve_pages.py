"""The learning curves of a cohort and its learners: reads only, constant queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _

from radgame.charts import Plot, Point, plot
from radgame.classroom.models import Cohort, Membership
from radgame.tables import FileKind

from .curves import ENOUGH, Change, Step, cohort_curve, learner_change, learner_curve
from .frame import Following, follow, frame_context
from .items import case_means
from .records import Records

LEARNERS_PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """From first to last in points of a hundred; None where too little was read."""

    learner: Membership
    cases: int
    change: Change | None

    @property
    def first(self) -> int:
        return round(100 * self.change.first) if self.change else 0

    @property
    def last(self) -> int:
        return round(100 * self.change.last) if self.change else 0

    @property
    def gain(self) -> int:
        return round(100 * self.change.gain) if self.change else 0

    @property
    def gain_low(self) -> int:
        return round(100 * self.change.interval.low) if self.change else 0

    @property
    def gain_high(self) -> int:
        return round(100 * self.change.interval.high) if self.change else 0


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step in points of a hundred."""

    step: Step

    @property
    def mean(self) -> int:
        return round(100 * self.step.mean)

    @property
    def low(self) -> int:
        return round(100 * self.step.interval.low)

    @property
    def high(self) -> int:
        return round(100 * self.step.interval.high)

    @property
    def expected(self) -> int:
        return round(100 * self.step.expected)


def curves_context(cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    """The cohort's curve with its band, and each learner's change on a page of them."""
    following = follow(cohort, query)
    records = following.records
    steps = cohort_curve(records)
    page = Paginator(following.learners, LEARNERS_PER_PAGE).get_page(query.get("page", ""))
    return frame_context(
        following,
        "classroom:follow_curves",
        chart=curve_chart(steps, own=_("Cohort")),
        steps=[StepRow(step) for step in steps],
        page=page,
        rows=change_rows(records, list(page)),
        enough=ENOUGH,
        has_work=len(records) > 0,
        files=[(kind, following.url("classroom:follow_curves_file", kind)) for kind in FileKind],
    )


def curve_chart(steps: Sequence[Step], *, own: str, others: str = "") -> Plot | None:
    """A curve over the number of cases read; with ``others`` what the cohort scored on them."""
    if len(steps) < 2:
        return None
    points = [Point(step.last, step.mean, step.interval.low, step.interval.high) for step in steps]
    curves: list[tuple[str, Sequence[Point]]] = [(own, points)]
    if others:
        curves.append((others, [Point(step.last, step.expected) for step in steps]))
    return plot(curves, x_range=(0, steps[-1].last))


def change_rows(records: Records, learners: Sequence[Membership]) -> list[ChangeRow]:
    """In the order of the learners."""
    own = dict(records.of_readers([one.person_id for one in learners]).by_reader())
    means = case_means(records.first_of_each())
    rows = []
    for learner in learners:
        mine = own.get(learner.person_id)
        change = learner_change(mine, means) if mine is not None else None
        cases = len(mine.first_of_each()) if mine is not None else 0
        rows.append(ChangeRow(learner, cases, change))
    return rows


def curves_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """The cohort's steps, then every learner's; who has none is not in it."""
    following = follow(cohort, query)
    records = following.records
    head = [
        _("Learner"),
        _("First case"),
        _("Last case"),
        _("Cases"),
        _("Learners"),
        _("Mean score"),
        _("Low"),
        _("High"),
        _("Cohort on the same cases"),
    ]
    rows = [_cells("", step) for step in cohort_curve(records)]
    for username, steps in _all_curves(following, records):
        rows += [_cells(username, step) for step in steps]
    return head, rows


def _all_curves(following: Following, records: Records) -> list[tuple[str, tuple[Step, ...]]]:
    names = {one.person_id: one.person.username for one in following.learners}
    means = case_means(records.first_of_each())
    curves = [(names[reader], learner_curve(own, means)) for reader, own in records.by_reader()]
    return sorted(curves)


def _cells(name: str, step: Step) -> list[object]:
    figures = [step.mean, step.interval.low, step.interval.high, step.expected]
    counts: list[object] = [step.first, step.last, step.cases, step.learners]
    return [name, *counts, *(round(figure, 4) for figure in figures)]
