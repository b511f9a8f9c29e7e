"""One learner within the cohort, of what it assigned and nothing else: constant queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.core.paginator import Paginator
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.classroom.assigning import work_of
from radgame.classroom.models import Assignment, Membership
from radgame.classroom.pages import fate_words
from radgame.classroom.terms import Fate, fate
from radgame.tables import FileKind

from . import ledger
from .case_pages import Share
from .curve_pages import StepRow, curve_chart
from .curves import ENOUGH, learner_curve
from .faces import Face, faces_of
from .frame import Following, follow, frame_context
from .heatmap import FEWEST, Tally
from .items import CaseMeans, case_means, quartiles
from .ledger import Submitted
from .pages import finding_names
from .records import Records
from .statistics import wilson
from .tallies import tallies

CASES_PER_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class GivenRow:
    """An assignment, and what became of this learner's work on it."""

    assignment: Assignment
    fate: Fate
    words: str
    submitted: int
    of: int
    mean_percent: int | None
    minutes: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What they make of one finding; ``share`` with Wilson's interval, None below ``FEWEST``."""

    name: str
    own: Tally
    share: Share | None
    cohort_percent: int | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case they submitted, beside what the cohort made of it."""

    one: Submitted
    face: Face | None
    url: str
    cohort_score: float
    cohort_seconds: float

    @property
    def percent(self) -> int:
        return round(100 * self.one.score)

    @property
    def cohort_percent(self) -> int:
        return round(100 * self.cohort_score)


@dataclass(frozen=True, slots=True)
class _Learner:
    """What every part of the page draws on."""

    learner: Membership
    following: Following
    own: Records
    means: CaseMeans
    everybody: Records


def _read(learner: Membership, query: QueryDict) -> _Learner:
    following = follow(learner.cohort, query)
    everybody = following.records
    return _Learner(
        learner,
        following,
        everybody.of_readers([learner.person_id]),
        case_means(everybody.first_of_each()),
        everybody,
    )


def learner_context(person: User, learner: Membership, query: QueryDict) -> dict[str, Any]:
    read = _read(learner, query)
    following, own = read.following, read.own
    steps = learner_curve(own, read.means) if len(own) else ()
    rows = ledger.submitted_by(following.asked, learner.person_id)
    page = Paginator(rows, CASES_PER_PAGE).get_page(query.get("page", ""))

    def url(name: str, *more: object) -> str:
        return following.url(name, learner.pk, *more)

    return frame_context(
        following,
        "",
        learner=learner,
        figures=_figures(read),
        given=given_rows(following.form.assignments, learner),
        findings=finding_rows(read),
        fewest=FEWEST,
        chart=curve_chart(steps, own=learner.person.display_name, others=_("Cohort, same cases")),
        steps=[StepRow(step) for step in steps],
        enough=ENOUGH,
        page=page,
        rows=_case_rows(person, read, [Submitted(*row) for row in page]),
        given_files=[(kind, url("classroom:learner_given_file", kind)) for kind in FileKind],
        cases_files=[(kind, url("classroom:learner_cases_file", kind)) for kind in FileKind],
        findings_files=[(kind, url("classroom:learner_findings_file", kind)) for kind in FileKind],
    )


def _figures(read: _Learner) -> dict[str, Any]:
    """A few numbers to begin with; none where nothing was submitted."""
    own = read.own
    if not len(own):
        return {}
    mean = wilson(min(float(own.score.sum()), len(own)), len(own))
    return {
        "cases": len(own),
        "mean": round(100 * float(own.score.mean())),
        "low": round(100 * mean.low),
        "high": round(100 * mean.high),
        "times": quartiles(own.seconds),
        "cohort_mean": round(100 * float(read.everybody.score.mean())),
        "cohort_times": quartiles(read.everybody.seconds),
    }


def given_rows(assignments: Sequence[Assignment], learner: Membership) -> list[GivenRow]:
    """What they were given, the newest first; what was withdrawn only where they did some of it."""
    named = ledger.named_in(assignments)
    done = ledger.done_by(assignments, learner.person_id)
    sittings = ledger.sittings_of(assignments, learner.person)
    now = timezone.now()
    rows = []
    for assignment in assignments:
        only, one = named.get(assignment.pk), done.get(assignment.pk)
        is_given = only is None or learner.person_id in only
        if one is None and (not is_given or assignment.withdrawn_at is not None):
            continue
        started_at, finished_at = sittings.get(assignment.pk, (None, None))
        work = work_of(
            assignment,
            started_at=started_at,
            finished_at=finished_at,
            submitted=one.cases if one else 0,
            last_at=one.last_at if one else None,
        )
        became = fate(assignment.terms, work, now)
        rows.append(
            GivenRow(
                assignment=assignment,
                fate=became,
                words=fate_words(became),
                submitted=work.submitted,
                of=work.of,
                mean_percent=round(100 * one.mean) if one else None,
                minutes=round(one.seconds / 60) if one else 0,
                last_at=work.last_at,
            )
        )
    return rows


def finding_rows(read: _Learner) -> list[FindingRow]:
    """Findings that were there or falsely seen, the least found first; one query."""
    names, played, game = finding_names(), read.following.played, read.following.asked.game
    own = [t for t in tallies(played, game, each=True) if t.reader == read.learner.person_id]
    everybody = {tally.finding: tally for tally in tallies(played, game, each=False)}
    rows = [
        FindingRow(
            name=names[tally.finding],
            own=tally,
            share=_share(tally),
            cohort_percent=_cohort_percent(everybody.get(tally.finding)),
        )
        for tally in own
        if tally.finding in names and (tally.there or tally.false)
    ]
    return sorted(
        rows, key=lambda row: (row.share is None, row.share.percent if row.share else 0, row.name)
    )


def _share(tally: Tally) -> Share | None:
    if tally.there < FEWEST:
        return None
    interval = wilson(tally.found, tally.there)
    return Share(
        round(100 * tally.found / tally.there),
        round(100 * interval.low),
        round(100 * interval.high),
    )


def _cohort_percent(tally: Tally | None) -> int | None:
    if tally is None or tally.there < FEWEST:
        return None
    return round(100 * tally.found / tally.there)


def _case_rows(person: User, read: _Learner, shown: Sequence[Submitted]) -> list[CaseRow]:
    faces = faces_of(person, {one.case for one in shown})
    rows = []
    for one in shown:
        score, seconds = _cohort_on(read.means, one)
        url = ""
        if one.attempt is not None:
            url = reverse(f"{read.following.asked.game.value}:attempt", args=[one.attempt])
        rows.append(CaseRow(one, faces.get(one.case), url, score, seconds))
    return rows


def _cohort_on(means: CaseMeans, one: Submitted) -> tuple[float, float]:
    """Mean score and median seconds; those of the learner, where they are the first to submit."""
    place = int(np.searchsorted(means.case, one.case))
    if place == len(means.case) or means.case[place] != one.case:
        return one.score, one.seconds
    return float(means.score[place]), float(means.seconds[place])


# --- files -------------------------------------------------------------------------


def given_table(learner: Membership, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """What they were given, and what became of it."""
    head = [_("Assignment"), _("Game"), _("State"), _("Submitted"), _("Cases"), _("Mean score, %")]
    head += [_("Minutes"), _("Last submit")]
    given = given_rows(follow(learner.cohort, query).form.assignments, learner)
    return head, [
        [
            *(row.assignment.title, row.assignment.get_game_display(), row.words),
            *(row.submitted, row.of, "" if row.mean_percent is None else row.mean_percent),
            *(row.minutes, row.last_at.isoformat() if row.last_at else ""),
        ]
        for row in given
    ]


def cases_table(learner: Membership, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """Every case they submitted, the lowest score first."""
    read = _read(learner, query)
    rows = [Submitted(*row) for row in ledger.submitted_by(read.following.asked, learner.person_id)]
    cases = Case.objects.filter(pk__in={one.case for one in rows})
    names = {
        key: (dataset, name)
        for key, dataset, name in cases.values_list("pk", "dataset__slug", "key")
    }
    head = [
        _("Dataset"),
        _("Case"),
        _("Submitted"),
        _("Score"),
        _("Cohort's mean score"),
        _("Seconds"),
        _("Cohort's median of seconds"),
    ]
    table: list[list[object]] = []
    for one in rows:
        score, seconds = _cohort_on(read.means, one)
        name = names.get(one.case, ("", ""))
        figures = [round(one.score, 4), round(score, 4), round(one.seconds, 1), round(seconds, 1)]
        table.append([*name, one.at.isoformat(), *figures])
    return head, table


def findings_table(learner: Membership, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    read = _read(learner, query)
    head = [_("Finding"), _("There"), _("Found"), _("Missed"), _("False"), _("Cohort found, %")]
    return head, [
        [
            row.name,
            row.own.there,
            row.own.found,
            row.own.missed,
            row.own.false,
            "" if row.cohort_percent is None else row.cohort_percent,
        ]
        for row in finding_rows(read)
    ]
