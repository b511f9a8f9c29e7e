"""What the templates of following are given: reads only, in a constant number of queries."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Finding, Play
from radgame.classroom.models import Assignment, Cohort

from . import ledger
from .asked import Asked, AskedForm, Order
from .heatmap import FEWEST, Row, Tally, Work, finding_order, make_row, total

LEARNERS_PER_PAGE: Final = 50
NAMES_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class LearnerRow:
    person: User
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


@dataclass(frozen=True, slots=True)
class Following:
    """What every page of following begins with."""

    cohort: Cohort
    form: AskedForm
    asked: Asked
    learners: list[User]
    work: dict[int, Work]
    query: str
    """The question as the end of an address, without the page."""


def follow(cohort: Cohort, query: QueryDict) -> Following:
    """The question, the learners, and what each has done: three queries."""
    form = AskedForm(query, cohort=cohort, assignments=ledger.assignments_of(cohort))
    asked = form.asked()
    learners = list(ledger.learners_of(cohort))
    work = ledger.work_by_reader(asked, [person.pk for person in learners])
    kept = query.copy()
    kept.pop("page", None)
    return Following(
        cohort, form, asked, _ordered(learners, work, asked.order), work, kept.urlencode()
    )


def _ordered(learners: Sequence[User], work: Mapping[int, Work], order: Order) -> list[User]:
    """Whoever has done nothing has no score: last by score, first by cases."""

    def by_mean(person: User) -> tuple[bool, float]:
        done = work.get(person.pk)
        return done is None, 0.0 if done is None else done.mean

    def by_cases(person: User) -> int:
        done = work.get(person.pk)
        return 0 if done is None else done.cases

    match order:
        case Order.NAME:
            return list(learners)
        case Order.MEAN:
            return sorted(learners, key=by_mean)
        case Order.CASES:
            return sorted(learners, key=by_cases)


def follow_context(cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    """The heat map of one page of learners, the whole cohort above it, and who has not begun."""
    following = follow(cohort, query)
    people = [person.pk for person in following.learners]
    names = finding_names()
    overall = ledger.tallies(following.asked, people, each=False)
    findings = finding_order(overall, names)
    page = Paginator(following.learners, LEARNERS_PER_PAGE).get_page(query.get("page", ""))
    return {
        "cohort": cohort,
        "form": following.form,
        "query": following.query,
        "page": page,
        "is_report": following.asked.game == Play.REPORT,
        "findings": [names[finding] for finding in findings],
        "everybody": make_row(total(following.work.values()), overall, findings),
        "rows": learner_rows(following, list(page), findings),
        "unstarted": unstarted(following.form.assignments, following.learners),
        "fewest": FEWEST,
    }


def finding_names() -> dict[int, str]:
    return dict(Finding.objects.values_list("pk", "name"))


def learner_rows(
    following: Following, people: Collection[User], findings: Sequence[int]
) -> list[LearnerRow]:
    """Their rows in the order they are given in; one query."""
    found = ledger.tallies(following.asked, [person.pk for person in people], each=True)

    def reader(tally: Tally) -> int:
        return tally.reader or 0

    by_reader = {key: list(rows) for key, rows in groupby(sorted(found, key=reader), reader)}
    return [
        LearnerRow(
            person,
            make_row(following.work.get(person.pk), by_reader.get(person.pk, []), findings),
        )
        for person in people
    ]


def unstarted(assignments: Sequence[Assignment], learners: Sequence[User]) -> list[Unstarted]:
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
    learners: Sequence[User],
    begun: Collection[int],
    named: Mapping[uuid.UUID, Collection[int]],
) -> Unstarted:
    only = named.get(assignment.pk)
    given = [person for person in learners if only is None or person.pk in only]
    waiting = [person for person in given if person.pk not in begun]
    names = tuple(person.display_name for person in waiting[:NAMES_SHOWN])
    return Unstarted(assignment, names, len(waiting), len(given))


def follow_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """The heat map of all learners for a file, with its counts, so that small ones show as such."""
    following = follow(cohort, query)
    names = finding_names()
    people = [person.pk for person in following.learners]
    findings = finding_order(ledger.tallies(following.asked, people, each=False), names)
    head = [_("Learner"), _("Name"), _("Cases"), _("Mean score"), _("Seconds")]
    head += [_("Missed"), _("False")]
    for finding in findings:
        head += [
            _("%(finding)s, found") % {"finding": names[finding]},
            _("%(finding)s, there") % {"finding": names[finding]},
        ]
    rows = learner_rows(following, following.learners, findings)
    return head, [_file_row(learner) for learner in rows]


def _file_row(learner: LearnerRow) -> list[object]:
    person, row = learner.person, learner.row
    work = row.work
    cells: list[object] = [person.username, person.get_full_name()]
    cells += [0, "", 0] if work is None else [work.cases, round(work.mean, 4), round(work.seconds)]
    cells += [row.missed, row.false]
    for cell in row.cells:
        cells += [cell.found, cell.there]
    return cells
