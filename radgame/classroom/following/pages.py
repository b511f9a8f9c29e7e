"""The heat map, and who has not begun: reads only, in a constant number of queries."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.cases.models import Finding
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.tables import FileKind

from . import ledger
from .frame import Following, Tab, follow, frame_context
from .heatmap import FEWEST, Measure, Row, Tally, finding_order, make_row, total
from .tallies import tallies

LEARNERS_PER_PAGE: Final = 50
NAMES_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class LearnerRow:
    learner: Membership
    row: Row


@dataclass(frozen=True, slots=True)
class Unstarted:
    """An open assignment that some have not begun: their first names in the list, and how many."""

    assignment: Assignment
    names: tuple[str, ...]
    count: int
    of: int

    @property
    def more(self) -> int:
        return self.count - len(self.names)


def findings_context(cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    """The heat map of one page of learners, the whole cohort above it, and who has not begun."""
    following = follow(cohort, query)
    measure = following.asked.measure
    names = finding_names()
    everybody = total(following.work.values())
    overall = tallies(following.played, following.asked.game, each=False)
    each = tallies(following.played, following.asked.game, each=True)
    findings = finding_order(overall, names, measure, everybody.cases if everybody else 0)
    page = Paginator(following.ordered, LEARNERS_PER_PAGE).get_page(query.get("page", ""))
    return frame_context(
        following,
        "classroom:follow",
        page=page,
        measure=measure.value,
        is_bad=measure.is_bad,
        switch=_switch(following),
        findings=[names[finding] for finding in findings],
        everybody=make_row(everybody, overall, findings, measure),
        rows=learner_rows(following, list(page), each, findings),
        unstarted=unstarted(following.form.assignments, following.learners),
        fewest=FEWEST,
        files=[(kind, following.url("classroom:follow_file", kind)) for kind in FileKind],
        ledger_files=[
            (kind, following.url("classroom:follow_ledger_file", kind)) for kind in FileKind
        ],
    )


def _switch(following: Following) -> list[Tab]:
    """The three things that the map can tell, as links."""
    labels = {
        Measure.FOUND: _("Found"),
        Measure.FALSE: _("False"),
        Measure.MISSED: _("Missed"),
    }
    rest = following.rest("show", "page")
    return [
        Tab(
            label,
            f"?{rest}&show={measure.value}" if rest else f"?show={measure.value}",
            measure is following.asked.measure,
        )
        for measure, label in labels.items()
    ]


def finding_names() -> dict[int, str]:
    return dict(Finding.objects.values_list("pk", "name"))


def learner_rows(
    following: Following,
    learners: Collection[Membership],
    each: Sequence[Tally],
    findings: Sequence[int],
) -> list[LearnerRow]:
    """Their rows in the order they are given in; ``each``: what their lines come to."""
    by_reader: dict[int | None, list[Tally]] = {}
    for tally in each:
        by_reader.setdefault(tally.reader, []).append(tally)
    return [
        LearnerRow(
            learner,
            make_row(
                following.work.get(learner.person_id),
                by_reader.get(learner.person_id, []),
                findings,
                following.asked.measure,
            ),
        )
        for learner in learners
    ]


def unstarted(assignments: Sequence[Assignment], learners: Sequence[Membership]) -> list[Unstarted]:
    """What is open now and not begun by everybody it is for, what closes first before all."""
    now = timezone.now()
    running = [a for a in assignments if _is_open(a, now)]
    begun, named = ledger.begun_by(running), ledger.named_in(running)
    rows = [_unstarted(a, learners, begun[a.pk], named) for a in running]
    rows.sort(key=_closing)
    return [row for row in rows if row.count]


def _closing(row: Unstarted) -> tuple[bool, datetime]:
    closes_at = row.assignment.closes_at
    return closes_at is None, closes_at or row.assignment.opens_at


def _is_open(assignment: Assignment, now: datetime) -> bool:
    closes_at = assignment.closes_at
    return (
        assignment.withdrawn_at is None
        and assignment.opens_at <= now
        and (closes_at is None or assignment.accepts_late or now < closes_at)
    )


def _unstarted(
    assignment: Assignment,
    learners: Sequence[Membership],
    begun: Collection[int],
    named: Mapping[uuid.UUID, Collection[int]],
) -> Unstarted:
    only = named.get(assignment.pk)
    given = [one for one in learners if only is None or one.person_id in only]
    waiting = [one for one in given if one.person_id not in begun]
    names = tuple(one.person.display_name for one in waiting[:NAMES_SHOWN])
    return Unstarted(assignment, names, len(waiting), len(given))


def findings_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """All that the map can tell of all learners, for a file: in counts, so that small ones show."""
    following = follow(cohort, query)
    names = finding_names()
    found = tallies(following.played, following.asked.game, each=True)
    told = {t.finding for t in found if t.there or t.false} & set(names)
    findings = sorted((key for key in told if key is not None), key=lambda key: names[key])
    by_cell = {(tally.reader, tally.finding): tally for tally in found}
    totals: dict[int | None, tuple[int, int]] = {}
    for tally in found:
        missed, false = totals.get(tally.reader, (0, 0))
        totals[tally.reader] = missed + tally.missed, false + tally.false
    head = [_("Learner"), _("Name"), _("Cases"), _("Mean score"), _("Seconds")]
    head += [_("Missed"), _("False")]
    for finding in findings:
        for counted in (_("found"), _("there"), _("missed"), _("false")):
            head.append(f"{names[finding]}, {counted}")
    rows: list[list[object]] = []
    for learner in following.ordered:
        person, work = learner.person, following.work.get(learner.person_id)
        cells: list[object] = [person.username, person.get_full_name()]
        cells += (
            [0, "", 0] if work is None else [work.cases, round(work.mean, 4), round(work.seconds)]
        )
        cells += totals.get(person.pk, (0, 0))
        for finding in findings:
            one = by_cell.get((person.pk, finding))
            cells += [one.found, one.there, one.missed, one.false] if one else [0, 0, 0, 0]
        rows.append(cells)
    return head, rows
