"""What a cohort's answers say of each case: how hard it was, and whom it told apart. Pure.

The definitions are in docs/following.md.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from .records import Floats, Integers, Records
from .statistics import Z95, Interval, wilson

# Fewer learners than this correlate by chance; the interval of ten goes half way round.
FEWEST_LEARNERS: Final = 10
# A learner's other cases say how able they are once there are some.
FEWEST_OTHERS: Final = 5


@dataclass(frozen=True, slots=True)
class Discrimination:
    """The corrected point-biserial correlation of a case with the rest, of ``n`` learners."""

    value: float
    interval: Interval
    n: int


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Of seconds: a quarter were as quick as ``first``, half as quick as ``median``."""

    first: float
    median: float
    third: float


@dataclass(frozen=True, slots=True)
class Item:
    """One case: ``n`` learners read it, ``right`` of them had everything right."""

    case: int
    n: int
    mean: float
    right: int
    discrimination: Discrimination | None
    seconds: Quartiles

    @property
    def share(self) -> float:
        return self.right / self.n

    @property
    def interval(self) -> Interval:
        """Wilson's, of the share that had everything right."""
        return wilson(self.right, self.n)


def item_statistics(records: Records) -> list[Item]:
    """One item for each case, the hardest first: lowest mean score, then the fewest all right.

    Of everybody the first time at a case counts: whoever reads it again knows it.
    """
    firsts = records.first_of_each()
    if not len(firsts):
        return []
    right = firsts.is_right.astype(np.float64)
    rest = rest_scores(firsts)
    items = []
    order = np.argsort(firsts.case, kind="stable")
    cases, starts = np.unique(firsts.case[order], return_index=True)
    for case, places in zip(cases, np.split(order, starts[1:]), strict=True):
        items.append(
            Item(
                case=int(case),
                n=len(places),
                mean=float(firsts.score[places].mean()),
                right=int(right[places].sum()),
                discrimination=correlate(right[places], rest[places]),
                seconds=quartiles(firsts.seconds[places]),
            )
        )
    return sorted(items, key=lambda item: (item.mean, item.share, item.case))


def rest_scores(firsts: Records) -> Floats:
    """For each row the mean score of the same reader's other rows; NaN with too few of them."""
    if not len(firsts):
        return np.zeros(0)
    _readers, who = np.unique(firsts.reader, return_inverse=True)
    others = np.bincount(who)[who] - 1
    sums = np.bincount(who, firsts.score)[who] - firsts.score
    return np.where(others >= FEWEST_OTHERS, sums / np.maximum(others, 1), np.nan)


def correlate(right: Floats, rest: Floats) -> Discrimination | None:
    """Pearson's correlation of being all right, 0 or 1, with the rest score.

    That is the point-biserial one, and corrected, since the case is not in the rest. None where
    fewer than ``FEWEST_LEARNERS`` have a rest score, and where there is nothing to tell apart:
    all or none were right, or all are equally able. The interval is Fisher's.
    """
    known = ~np.isnan(rest)
    x, y = right[known], rest[known]
    n = len(x)
    if n < FEWEST_LEARNERS or np.ptp(x) == 0 or np.ptp(y) < 1e-12:
        return None
    x, y = x - x.mean(), y - y.mean()
    value = float(np.clip((x @ y) / math.sqrt((x @ x) * (y @ y)), -1.0, 1.0))
    return Discrimination(value, fisher_interval(value, n), n)


def fisher_interval(value: float, n: int, *, z: float = Z95) -> Interval:
    """Of a correlation of ``n`` pairs, n > 3, by Fisher's transformation (Metron 1921; 1: 3)."""
    if abs(value) >= 1.0:
        return Interval(value, value)
    middle, spread = math.atanh(value), z / math.sqrt(n - 3)
    return Interval(math.tanh(middle - spread), math.tanh(middle + spread))


def quartiles(values: Floats) -> Quartiles:
    """Interpolated linearly between neighbours; ValueError without a value."""
    if not len(values):
        raise ValueError("Nothing has no quartiles.")
    first, median, third = np.quantile(values, [0.25, 0.5, 0.75])
    return Quartiles(float(first), float(median), float(third))


@dataclass(frozen=True, slots=True)
class CaseMeans:
    """Columns of shape (cases,), in ascending order of the cases."""

    case: Integers
    score: Floats
    seconds: Floats
    """The median."""


def case_means(firsts: Records) -> CaseMeans:
    """Of each case the mean score, and the median of seconds."""
    order = np.lexsort((firsts.seconds, firsts.case))
    cases, starts, counts = np.unique(firsts.case[order], return_index=True, return_counts=True)
    if not len(cases):
        return CaseMeans(cases, np.zeros(0), np.zeros(0))
    seconds = firsts.seconds[order]
    middle = (seconds[starts + (counts - 1) // 2] + seconds[starts + counts // 2]) / 2
    return CaseMeans(cases, np.add.reduceat(firsts.score[order], starts) / counts, middle)
