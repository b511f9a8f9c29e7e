"""The cases of a cohort as test items, and how long they take: reads only, constant queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.charts import bar_chart
from radgame.classroom.models import Cohort, Membership
from radgame.tables import FileKind

from .faces import Face, faces_of
from .frame import Following, Tab, follow, frame_context
from .items import FEWEST_LEARNERS, Item, Quartiles, item_statistics, quartiles
from .records import Floats

CASES_PER_PAGE: Final = 50
LEARNERS_PER_PAGE: Final = 50
# Upper ends of the columns, in seconds; the last is open.
TIME_STEPS: Final = (10, 20, 30, 45, 60, 90, 120, 180, 300, 600)


class By(StrEnum):
    """What the cases are ordered by."""

    HARD = "hard"
    TELLS = "tells"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Share:
    """Percents of an interval as a bar of a hundred units draws them."""

    percent: int
    low: int
    high: int

    @property
    def width(self) -> int:
        return max(1, self.high - self.low)

    @property
    def marker(self) -> float:
        """Where the bar is marked; the mark is centred on the share and stays inside."""
        return min(98.5, max(0.0, self.percent - 0.75))


@dataclass(frozen=True, slots=True)
class ItemRow:
    item: Item
    face: Face | None

    @property
    def mean_percent(self) -> int:
        return round(100 * self.item.mean)

    @property
    def right(self) -> Share:
        interval = self.item.interval
        return Share(
            round(100 * self.item.share), round(100 * interval.low), round(100 * interval.high)
        )

    @property
    def is_doubtful(self) -> bool:
        """Who is better at the rest is worse here: the case, or its reference, may be at fault."""
        told = self.item.discrimination
        return told is not None and told.value < 0


def cases_context(person: User, cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    """A page of cases as they were asked for, each with what the answers say of it."""
    following = follow(cohort, query)
    by = _by(query)
    items = _ordered(item_statistics(following.records), by)
    page = Paginator(items, CASES_PER_PAGE).get_page(query.get("page", ""))
    faces = faces_of(person, [item.case for item in page])
    return frame_context(
        following,
        "classroom:follow_cases",
        page=page,
        rows=[ItemRow(item, faces.get(item.case)) for item in page],
        orders=_orders(following, by),
        fewest=FEWEST_LEARNERS,
        files=[(kind, following.url("classroom:follow_cases_file", kind)) for kind in FileKind],
    )


def _by(query: QueryDict) -> By:
    asked = query.get("by", "")
    return By(asked) if asked in set(By) else By.HARD


def _orders(following: Following, by: By) -> list[Tab]:
    labels = {
        By.HARD: _("Hardest first"),
        By.TELLS: _("Least telling first"),
        By.SLOW: _("Slowest first"),
    }
    rest = following.rest("by", "page")
    return [
        Tab(label, f"?{rest}&by={one.value}" if rest else f"?by={one.value}", one is by)
        for one, label in labels.items()
    ]


def _ordered(items: Sequence[Item], by: By) -> list[Item]:
    match by:
        case By.HARD:
            return list(items)
        case By.SLOW:
            return sorted(items, key=lambda item: -item.seconds.median)
        case By.TELLS:
            return sorted(items, key=_telling)


def _telling(item: Item) -> tuple[bool, float]:
    """Those of which it is not known come last."""
    told = item.discrimination
    return told is None, told.value if told else 0.0


def cases_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    following = follow(cohort, query)
    items = _ordered(item_statistics(following.records), _by(query))
    cases = Case.objects.filter(pk__in=[item.case for item in items])
    names = {
        key: (dataset, name)
        for key, dataset, name in cases.values_list("pk", "dataset__slug", "key")
    }
    head = [
        _("Dataset"),
        _("Case"),
        _("Learners"),
        _("Mean score"),
        _("All right"),
        _("All right, share"),
        _("Share, low"),
        _("Share, high"),
        _("Discrimination"),
        _("Discrimination, low"),
        _("Discrimination, high"),
        _("Discrimination, learners"),
        _("Seconds, first quartile"),
        _("Seconds, median"),
        _("Seconds, third quartile"),
    ]
    return head, [[*names.get(item.case, ("", "")), *_figures(item)] for item in items]


def _figures(item: Item) -> list[object]:
    told, interval = item.discrimination, item.interval
    cells: list[object] = [item.n, round(item.mean, 4), item.right, round(item.share, 4)]
    cells += [round(interval.low, 4), round(interval.high, 4)]
    if told is None:
        cells += ["", "", "", ""]
    else:
        bounds = told.interval
        cells += [round(told.value, 4), round(bounds.low, 4), round(bounds.high, 4), told.n]
    return [*cells, *_seconds(item.seconds)]


def _seconds(times: Quartiles) -> list[object]:
    return [round(times.first, 1), round(times.median, 1), round(times.third, 1)]


# --- time --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeRow:
    """Quartiles of seconds, and where they lie on a scale of a hundred units."""

    name: str
    cases: int
    times: Quartiles
    scale: float

    @property
    def start(self) -> float:
        return self._at(self.times.first)

    @property
    def width(self) -> float:
        return max(0.8, self._at(self.times.third) - self.start)

    @property
    def marker(self) -> float:
        return max(0.0, self._at(self.times.median) - 0.75)

    def _at(self, seconds: float) -> float:
        return round(min(98.5, 100 * seconds / self.scale), 1)


@dataclass(frozen=True, slots=True)
class TimeStep:
    label: str
    count: int
    percent: int


def times_context(cohort: Cohort, query: QueryDict) -> dict[str, Any]:
    """How long cases take: all of them, and learner by learner."""
    following = follow(cohort, query)
    records = following.records
    if not len(records):
        return frame_context(following, "classroom:follow_times", overall=None)
    steps = time_steps(records.seconds)
    overall = quartiles(records.seconds)
    by_reader = {reader: quartiles(own.seconds) for reader, own in records.by_reader()}
    counts = {reader: len(own) for reader, own in records.by_reader()}
    scale = max((times.third for times in by_reader.values()), default=1.0) or 1.0
    slowest = sorted(
        (learner for learner in following.learners if learner.person_id in by_reader),
        key=lambda learner: -by_reader[learner.person_id].median,
    )
    page = Paginator(slowest, LEARNERS_PER_PAGE).get_page(query.get("page", ""))
    return frame_context(
        following,
        "classroom:follow_times",
        overall=overall,
        cases=len(records),
        chart=bar_chart([step.count for step in steps], [step.label for step in steps]),
        steps=steps,
        page=page,
        rows=[
            (
                learner,
                TimeRow(
                    learner.person.display_name,
                    counts[learner.person_id],
                    by_reader[learner.person_id],
                    scale,
                ),
            )
            for learner in page
        ],
        files=[(kind, following.url("classroom:follow_times_file", kind)) for kind in FileKind],
        steps_files=[
            (kind, following.url("classroom:follow_time_steps_file", kind)) for kind in FileKind
        ],
    )


def time_steps(seconds: Floats) -> list[TimeStep]:
    """How many cases took up to so long; ``seconds`` of shape (cases,), at least one."""
    edges = [0, *TIME_STEPS, np.inf]
    counts, _edges = np.histogram(seconds, edges)
    labels = [f"–{_short(step)}" for step in TIME_STEPS] + [f">{_short(TIME_STEPS[-1])}"]
    return [
        TimeStep(label, int(count), round(100 * int(count) / len(seconds)))
        for label, count in zip(labels, counts, strict=True)
    ]


def _short(seconds: int) -> str:
    """
    >>> _short(45), _short(90), _short(600)
    ('45 s', '1½ min', '10 min')
    """
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": seconds}
    half = "½" if seconds % 60 else ""
    return ngettext("%(minutes)s min", "%(minutes)s min", seconds // 60) % {
        "minutes": f"{seconds // 60}{half}"
    }


def time_steps_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """How many cases took how long; the last step has no upper end."""
    head = [_("More than, seconds"), _("Up to, seconds"), _("Cases"), "%"]
    records = follow(cohort, query).records
    if not len(records):
        return head, []
    ends = zip([0, *TIME_STEPS], [*TIME_STEPS, ""], strict=True)
    return head, [
        [*between, step.count, step.percent]
        for between, step in zip(ends, time_steps(records.seconds), strict=True)
    ]


def times_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], list[list[object]]]:
    """Learner by learner; case by case it stands in the table of cases."""
    following = follow(cohort, query)
    records = following.records
    by_reader = {
        reader: (len(own), quartiles(own.seconds), float(own.seconds.sum()))
        for reader, own in records.by_reader()
    }
    head = [
        _("Learner"),
        _("Name"),
        _("Cases"),
        _("Seconds, first quartile"),
        _("Seconds, median"),
        _("Seconds, third quartile"),
        _("Seconds in all"),
    ]
    return head, [_time_cells(one, by_reader.get(one.person_id)) for one in following.learners]


def _time_cells(learner: Membership, own: tuple[int, Quartiles, float] | None) -> list[object]:
    name = [learner.person.username, learner.person.get_full_name()]
    if own is None:
        return [*name, 0, "", "", "", 0]
    cases, times, total = own
    return [*name, cases, *_seconds(times), round(total)]
