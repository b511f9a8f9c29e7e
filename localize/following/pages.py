"""What the pages about marks are given: reads only, in a constant number of queries."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case, Play, ReferenceReader
from radgame.charts import Plot, Point, plot
from radgame.classroom.following.faces import Face, faces_of
from radgame.classroom.following.frame import Following, follow, frame_context
from radgame.classroom.following.kept import KEPT_S, Gathered
from radgame.classroom.following.statistics import Interval, mean_interval
from radgame.classroom.models import Cohort
from radgame.tables import FileKind
from scoring.localization.froc import Analysis, analyse

from .marks import Answers, Rated, answers_of, gather_marks, rated

SAMPLES: Final = 1000
SEED: Final = 1
# Below this nothing is claimed: attempts with confidence, and cases of either kind.
ENOUGH: Final = 20
ENOUGH_CASES: Final = 5
CASES_PER_PAGE: Final = 50


class NotRead(Exception):
    """A file was asked for before everything had been read; the message says how far it is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the attempts have been read; the page asks again until they all are."""

    done: int
    of: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.of if self.of else 100


def _reading(gathered: Gathered) -> Reading | None:
    return None if gathered.is_whole else Reading(gathered.rows, gathered.of)


def _whole(following: Following) -> Answers:
    """Everything, for a file. Raises ``NotRead`` while the page is still reading."""
    gathered = gather_marks(following.asked)
    reading = _reading(gathered)
    if reading is not None:
        raise NotRead(
            _("%(done)d of %(of)d cases have been read. Ask again in a moment.")
            % {"done": reading.done, "of": reading.of}
        )
    return answers_of(gathered, following.asked, following.people)


def _is_about_marks(following: Following) -> bool:
    return following.asked.game == Play.LOCALIZE


# --- confidence --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confidence:
    """The analysis, None where too little was rated; what it rests on, in either case."""

    analysis: Analysis | None
    rated: Rated
    normal: int
    abnormal: int
    readers: int


def confidence_context(cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    """FROC and AFROC of what is asked for."""
    following = follow(cohort, query)
    name = "localize:follow_confidence"
    if not _is_about_marks(following):
        return frame_context(following, name, is_about_marks=False)
    gathered = gather_marks(following.asked)
    reading = _reading(gathered)
    if reading is not None:
        return frame_context(following, name, is_about_marks=True, reading=reading)
    told = _confidence(following, gathered)
    analysis = told.analysis
    return frame_context(
        following,
        name,
        is_about_marks=True,
        told=told,
        analysis=analysis,
        froc=_froc(analysis) if analysis else None,
        afroc=_afroc(analysis) if analysis else None,
        samples=SAMPLES,
        enough=ENOUGH,
        enough_cases=ENOUGH_CASES,
        files=_files(following, "localize:follow_confidence_file"),
    )


def _files(following: Following, name: str) -> list[tuple[FileKind, str]]:
    return [(kind, following.url(name, kind)) for kind in FileKind]


def _confidence(following: Following, gathered: Gathered) -> Confidence:
    """Kept by what it is made of: the bootstrap takes longer than all the rest."""
    asked = following.asked
    made_of = (gathered.stamps, asked.since, asked.before, following.people, SAMPLES, SEED)
    digest = hashlib.sha256(repr(made_of).encode()).hexdigest()
    key = f"following-confidence-1-{digest}"
    kept: Confidence | None = cache.get(key)
    if kept is None:
        kept = analyse_confidence(answers_of(gathered, asked, following.people))
        cache.set(key, kept, KEPT_S)
    return kept


def analyse_confidence(answers: Answers) -> Confidence:
    """The analysis where enough was rated, with cases of either kind."""
    found = rated(answers)
    study = found.study
    if study is None:
        return Confidence(None, found, 0, 0, 0)
    normal = int(study.is_normal.any(axis=0).sum())
    abnormal = int(study.lesions.any(axis=(0, 2)).sum())
    is_enough = found.attempts >= ENOUGH and min(normal, abnormal) >= ENOUGH_CASES
    analysis = analyse(study, samples=SAMPLES, seed=SEED) if is_enough else None
    # The study itself is as large as all attempts, and nobody asks for it again.
    slim = Rated(None, found.attempts, found.of)
    return Confidence(analysis, slim, normal, abnormal, study.read.shape[0])


def _froc(analysis: Analysis) -> Plot:
    """Lesions localised over other marks a case; the axis ends a little behind the last point."""
    points = [
        Point(one.nlf.value, one.llf.value, one.llf.low, one.llf.high) for one in analysis.points
    ]
    last = max(point.x for point in points)
    return plot([("", [Point(0.0, 0.0), *points])], x_range=(0, max(0.2, last)))


def _afroc(analysis: Analysis) -> Plot:
    """Lesions localised over normal cases with another mark, joined to (1, 1)."""
    points = [
        Point(one.fpf.value, one.llf.value, one.llf.low, one.llf.high) for one in analysis.points
    ]
    return plot([("", [Point(0.0, 0.0), *points, Point(1.0, 1.0)])], x_range=(0, 1))


def confidence_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """The operating points, then the figure of merit. Raises ``NotRead``."""
    following = follow(cohort, query)
    head = [_("Figure"), _("Confidence at least"), _("Value"), _("Low"), _("High")]
    if not _is_about_marks(following):
        return head, []
    _whole(following)
    analysis = _confidence(following, gather_marks(following.asked)).analysis
    if analysis is None:
        return head, []
    rows: list[list[object]] = []
    for point in analysis.points:
        for figure, one in (("LLF", point.llf), ("NLF", point.nlf), ("FPF", point.fpf)):
            bounds = (round(one.value, 4), round(one.low, 4), round(one.high, 4))
            rows.append([figure, point.threshold, *bounds])
    merit = analysis.merit
    bounds = (round(merit.value, 4), round(merit.low, 4), round(merit.high, 4))
    rows.append([_("AFROC figure of merit"), "", *bounds])
    return head, rows


# --- radiologists ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WithOne:
    """Of one radiologist: agreement with learners, and with other radiologists, in per cent."""

    name: str
    cases: int
    percent: int
    interval: Interval | None
    others_percent: int | None

    @property
    def low(self) -> int:
        return round(100 * self.interval.low) if self.interval else 0

    @property
    def high(self) -> int:
        return round(100 * self.interval.high) if self.interval else 0


@dataclass(frozen=True, slots=True)
class CaseAgreement:
    """One case: the mean of ``n`` learners with each radiologist, and of those among themselves."""

    case: int
    n: int
    mean: float
    with_each: tuple[tuple[str, float], ...]
    between: float | None

    @property
    def percent(self) -> int:
        return round(100 * self.mean)

    @property
    def between_percent(self) -> int | None:
        return None if self.between is None else round(100 * self.between)

    @property
    def percents(self) -> list[tuple[str, int]]:
        return [(name, round(100 * share)) for name, share in self.with_each]


def radiologists_context(person: User, cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    """How far learners agree with each radiologist, and radiologists with one another."""
    following = follow(cohort, query)
    name = "localize:follow_radiologists"
    if not _is_about_marks(following):
        return frame_context(following, name, is_about_marks=False)
    gathered = gather_marks(following.asked)
    reading = _reading(gathered)
    if reading is not None:
        return frame_context(following, name, is_about_marks=True, reading=reading)
    answers = answers_of(gathered, following.asked, following.people)
    names = _names(answers)
    cases = case_agreements(answers, names)
    page = Paginator(cases, CASES_PER_PAGE).get_page(query.get("page", ""))
    faces = faces_of(person, [one.case for one in page])
    return frame_context(
        following,
        name,
        is_about_marks=True,
        radiologists=with_each(answers, names),
        page=page,
        rows=_with_faces(list(page), faces),
        files=_files(following, "localize:follow_radiologists_file"),
        each_files=_files(following, "localize:follow_each_radiologist_file"),
    )


def _with_faces(
    cases: Sequence[CaseAgreement], faces: Mapping[int, Face]
) -> list[tuple[CaseAgreement, Face | None]]:
    return [(one, faces.get(one.case)) for one in cases]


def _names(answers: Answers) -> dict[int, str]:
    """Radiologists by key; with the dataset's name, since each dataset has its reader 1."""
    keys = np.unique(answers.radiologists["radiologist"]).tolist()
    rows = ReferenceReader.objects.filter(pk__in=keys).select_related("dataset")
    several = len({row.dataset_id for row in rows}) > 1
    return {row.pk: f"{row.dataset.name}: {row.name}" if several else row.name for row in rows}


def with_each(answers: Answers, names: Mapping[int, str]) -> list[WithOne]:
    """By name. The interval is Student's over learners, where there are two."""
    rows, attempts = answers.radiologists, answers.attempts
    readers = attempts["reader"][answers.radiologist_row]
    cases = attempts["case"][answers.radiologist_row]
    known = set(np.unique(attempts["case"]).tolist())
    between = {pair: share for pair, share in between_shares(answers).items() if pair[0] in known}
    made = []
    for key, name in sorted(names.items(), key=lambda pair: pair[1]):
        mine = rows["radiologist"] == key
        _people, who = np.unique(readers[mine], return_inverse=True)
        means = np.bincount(who, rows["share"][mine]) / np.bincount(who)
        others = [share for pair, share in between.items() if key in pair[1:]]
        made.append(
            WithOne(
                name=name,
                cases=len(np.unique(cases[mine])),
                percent=round(100 * float(means.mean())),
                interval=mean_interval(means) if len(means) > 1 else None,
                others_percent=round(100 * sum(others) / len(others)) if others else None,
            )
        )
    return made


def between_shares(answers: Answers) -> dict[tuple[int, int, int], float]:
    """By case and two radiologists; what was read last counts, as it was read of the newest."""
    columns = (answers.between[name].tolist() for name in ("case", "one", "other", "share"))
    return {(case, one, other): share for case, one, other, share in zip(*columns, strict=True)}


def case_agreements(answers: Answers, names: Mapping[int, str]) -> list[CaseAgreement]:
    """Case by case, the least agreement first."""
    rows, attempts = answers.radiologists, answers.attempts
    cases = attempts["case"][answers.radiologist_row]
    between: dict[int, list[float]] = {}
    for (case, _one, _other), share in between_shares(answers).items():
        between.setdefault(case, []).append(share)
    made = []
    order = np.argsort(cases, kind="stable")
    found, starts = np.unique(cases[order], return_index=True)
    for case, places in zip(found.tolist(), np.split(order, starts[1:]), strict=False):
        keys, which = np.unique(rows["radiologist"][places], return_inverse=True)
        counts = np.bincount(which)
        means = np.bincount(which, rows["share"][places]) / counts
        each = [
            (names[key], mean)
            for key, mean in zip(keys.tolist(), means.tolist(), strict=True)
            if key in names
        ]
        pairs = between.get(case, [])
        made.append(
            CaseAgreement(
                case=case,
                n=int(counts.max()),
                mean=float(means.mean()),
                with_each=tuple(sorted(each)),
                between=sum(pairs) / len(pairs) if pairs else None,
            )
        )
    return sorted(made, key=lambda one: (one.mean, one.case))


def each_radiologist_table(
    cohort: Cohort, query: QueryDict
) -> tuple[list[str], list[list[object]]]:
    """A row for each radiologist, over all cases. Raises ``NotRead``."""
    following = follow(cohort, query)
    head = [_("Radiologist"), _("Cases"), _("Learners' agreement, %"), _("Low"), _("High")]
    head.append(_("Other radiologists' agreement, %"))
    if not _is_about_marks(following):
        return head, []
    answers = _whole(following)
    return head, [
        [
            *(one.name, one.cases, one.percent),
            *((one.low, one.high) if one.interval else ("", "")),
            "" if one.others_percent is None else one.others_percent,
        ]
        for one in with_each(answers, _names(answers))
    ]


def radiologists_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """A row for each case and radiologist. Raises ``NotRead``."""
    following = follow(cohort, query)
    head = [_("Dataset"), _("Case"), _("Learners"), _("Radiologist"), _("Agreement")]
    head.append(_("Radiologists among themselves"))
    if not _is_about_marks(following):
        return head, []
    answers = _whole(following)
    cases = case_agreements(answers, _names(answers))
    named = {
        key: (dataset, name)
        for key, dataset, name in Case.objects.filter(
            pk__in=[one.case for one in cases]
        ).values_list("pk", "dataset__slug", "key")
    }
    rows: list[list[object]] = [
        [
            *named.get(one.case, ("", "")),
            one.n,
            name,
            round(share, 4),
            "" if one.between is None else round(one.between, 4),
        ]
        for one in cases
        for name, share in one.with_each
    ]
    return head, rows
