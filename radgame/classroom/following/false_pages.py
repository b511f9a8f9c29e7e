"""The most common false findings, with the films they were seen on: constant queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case, Finding
from radgame.classroom.models import Cohort
from radgame.tables import FileKind
from scoring.reports.reader.lexicon import CONCEPTS

from .faces import Face, faces_of
from .frame import Following, follow, frame_context
from .played import CONCEPT_SLUGS
from .tallies import FalseOn, false_lines

FINDINGS_SHOWN: Final = 10
FILMS_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class FalseFilm:
    """A case on which ``learners`` of ``of`` who read it saw what is not there."""

    face: Face | None
    count: int
    learners: int
    of: int


@dataclass(frozen=True, slots=True)
class FalseFinding:
    """``count`` in all, on ``cases`` cases; the films it is most common on."""

    name: str
    count: int
    cases: int
    in_a_hundred: float
    films: tuple[FalseFilm, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the pages are made of: false lines by the name of their finding, most first."""

    by_name: list[tuple[str, list[FalseOn]]]
    read: int
    readers: dict[int, int]


def false_context(person: User, cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    following = follow(cohort, query)
    seen = _seen(following)
    shown = seen.by_name[:FINDINGS_SHOWN]
    faces = faces_of(person, {one.case for _name, lines in shown for one in lines[:FILMS_SHOWN]})
    return frame_context(
        following,
        "classroom:follow_false",
        rows=[_row(name, lines, seen, faces) for name, lines in shown],
        more=len(seen.by_name) - len(shown),
        has_work=bool(following.work),
        files=[(kind, following.url("classroom:follow_false_file", kind)) for kind in FileKind],
    )


def _row(name: str, lines: Sequence[FalseOn], seen: _Seen, faces: dict[int, Face]) -> FalseFinding:
    count = sum(one.count for one in lines)
    return FalseFinding(
        name=name,
        count=count,
        cases=len({one.case for one in lines}),
        in_a_hundred=100 * count / seen.read,
        films=tuple(
            FalseFilm(
                faces.get(one.case),
                one.count,
                one.learners,
                max(one.learners, seen.readers.get(one.case, 0)),
            )
            for one in lines[:FILMS_SHOWN]
        ),
    )


def _seen(following: Following) -> _Seen:
    lines = false_lines(following.played, following.asked.game)
    records = following.records.first_of_each()
    cases, counts = np.unique(records.case, return_counts=True)
    names = dict(Finding.objects.values_list("pk", "name"))
    named = sorted(((_name(one, names), one) for one in lines), key=lambda pair: pair[0])
    by_name = [
        (name, sorted((one for _name, one in pairs), key=lambda one: (-one.learners, one.case)))
        for name, pairs in groupby(named, key=lambda pair: pair[0])
    ]
    by_name.sort(key=lambda entry: (-sum(one.count for one in entry[1]), entry[0]))
    return _Seen(
        by_name,
        max(1, sum(work.cases for work in following.work.values())),
        dict(zip(cases.tolist(), counts.tolist(), strict=True)),
    )


def _name(one: FalseOn, names: dict[int, str]) -> str:
    """The finding's name in our list, else what a report was read as."""
    if one.finding is not None:
        return names[one.finding]
    if one.concept is None:
        return _("Other findings")
    return str(capfirst(CONCEPTS[CONCEPT_SLUGS[one.concept]].name))


def false_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """A row for each finding and case."""
    following = follow(cohort, query)
    seen = _seen(following)
    keys = {one.case for _name, lines in seen.by_name for one in lines}
    cases = Case.objects.filter(pk__in=keys).values_list("pk", "dataset__slug", "key")
    named = {key: (dataset, name) for key, dataset, name in cases}
    head = [_("Finding"), _("Dataset"), _("Case"), _("False"), _("Learners"), _("Read by")]
    rows: list[list[object]] = [
        [
            name,
            *named.get(one.case, ("", "")),
            one.count,
            one.learners,
            seen.readers.get(one.case, 0),
        ]
        for name, lines in seen.by_name
        for one in lines
    ]
    return head, rows
