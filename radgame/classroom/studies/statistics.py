"""What a study found, from two scores a learner. Pure; the formulas are in docs/studies.md.

Scores lie in [0, 1], and a change is a difference of two. Nothing here corrects for many
comparisons.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Final

import numpy as np
from scipy.special import nctdtrinc, stdtrit

FEWEST: Final = 10
"""Learners who did both tests, in each arm: below, only means are told, and nothing is claimed."""

CONFIDENCE: Final = 0.95
_TAIL: Final = (1 - CONFIDENCE) / 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A learner's mean score in the pre-test and in the post-test, and the arm by number."""

    arm: int
    pre: float
    post: float

    @property
    def change(self) -> float:
        return self.post - self.pre


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its confidence interval at ``CONFIDENCE``."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArmChange:
    """How an arm's learners did; what rests on too few, or on no spread, is None.

    ``relative``: the mean change as a share of the mean pre-test score, as the paper tells it.
    """

    n: int
    pre: float | None = None
    post: float | None = None
    change: float | None = None
    sd: float | None = None
    interval: Estimate | None = None
    relative: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against another, by number: the first's change less the second's.

    ``difference``: of the mean changes (Welch). ``hedges_g``: the same in pooled standard
    deviations of the change. ``adjusted``: of the post-test at the same pre-test score (ANCOVA).
    """

    first: int
    second: int
    difference: Estimate | None = None
    hedges_g: Estimate | None = None
    adjusted: Estimate | None = None


def arm_change(pairs: Sequence[Pair]) -> ArmChange:
    """How those of one arm changed; without anybody there is nothing to tell."""
    if not pairs:
        return ArmChange(n=0)
    changes = [pair.change for pair in pairs]
    pre, change = fmean(pair.pre for pair in pairs), fmean(changes)
    enough = len(pairs) >= FEWEST
    return ArmChange(
        n=len(pairs),
        pre=pre,
        post=fmean(pair.post for pair in pairs),
        change=change,
        sd=stdev(changes) if enough else None,
        interval=mean_interval(changes) if enough else None,
        relative=change / pre if enough and pre > 0 else None,
    )


def compare(pairs: Sequence[Pair], arms: int) -> list[Comparison]:
    """Each arm against each later one; the estimates are None where an arm has too few learners."""
    by_arm = [[pair.change for pair in pairs if pair.arm == arm] for arm in range(arms)]
    enough = [arm for arm in range(arms) if len(by_arm[arm]) >= FEWEST]
    adjusted = adjusted_differences([pair for pair in pairs if pair.arm in enough])
    return [
        Comparison(
            first,
            second,
            difference=mean_difference(by_arm[first], by_arm[second]),
            hedges_g=hedges_g(by_arm[first], by_arm[second]),
            adjusted=adjusted.get((first, second)),
        )
        if first in enough and second in enough
        else Comparison(first, second)
        for first in range(arms)
        for second in range(first + 1, arms)
    ]


def mean_interval(values: Sequence[float]) -> Estimate:
    """The mean with Student's interval; two values at least.

    Not the percentile bootstrap: with ten or twenty values that is too narrow, since it takes the
    values' own spread for the population's (Efron and Tibshirani 1993, ch. 12).
    """
    mean = fmean(values)
    half = _t(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)


def mean_difference(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """The difference of two means with Welch's interval: neither spread is taken for the other."""
    parts = [stdev(values) ** 2 / len(values) for values in (first, second)]
    difference = fmean(first) - fmean(second)
    if not sum(parts):
        return Estimate(difference, difference, difference)
    freedom = sum(parts) ** 2 / sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (first, second), strict=True)
    )
    half = _t(freedom) * math.sqrt(sum(parts))
    return Estimate(difference, difference - half, difference + half)


def hedges_g(first: Sequence[float], second: Sequence[float]) -> Estimate | None:
    """The standardised difference of two means, corrected for small samples (Hedges 1981).

    Its interval inverts the noncentral t distribution. None where nobody differs from anybody.
    """
    sizes = len(first), len(second)
    freedom = sum(sizes) - 2
    spread = sum(
        (size - 1) * stdev(values) ** 2 for size, values in zip(sizes, (first, second), strict=True)
    )
    if not spread:
        return None
    correction = math.exp(
        math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2) - math.log(freedom / 2) / 2
    )
    cohens_d = (fmean(first) - fmean(second)) / math.sqrt(spread / freedom)
    scale = math.sqrt(1 / sizes[0] + 1 / sizes[1])
    statistic = cohens_d / scale
    low, high = (float(nctdtrinc(freedom, tail, statistic)) * scale for tail in (1 - _TAIL, _TAIL))
    return Estimate(correction * cohens_d, correction * low, correction * high)


def adjusted_differences(pairs: Sequence[Pair]) -> dict[tuple[int, int], Estimate]:
    """Differences of the post-test between arms, at the same pre-test score, by pair of arms.

    One least-squares fit: post on arm, with one slope on the pre-test for all. Empty where the fit
    is not determined: fewer than two arms, or everybody had the same pre-test score.
    """
    arms = sorted({pair.arm for pair in pairs})
    freedom = len(pairs) - len(arms) - 1
    if len(arms) < 2 or freedom < 1:
        return {}
    centre = fmean(pair.pre for pair in pairs)
    # Columns: the pre-test, then one for each arm; shape (learners, arms + 1).
    design = np.array(
        [[pair.pre - centre, *(float(pair.arm == arm) for arm in arms)] for pair in pairs]
    )
    post = np.array([pair.post for pair in pairs])
    fitted, _residual, rank, _singular = np.linalg.lstsq(design, post, rcond=None)
    if rank < design.shape[1]:
        return {}
    variance = float(((post - design @ fitted) ** 2).sum()) / freedom
    covariance = variance * np.linalg.inv(design.T @ design)
    found = {}
    for i, first in enumerate(arms, start=1):
        for j, second in list(enumerate(arms, start=1))[i:]:
            difference = float(fitted[i] - fitted[j])
            error = math.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
            half = _t(freedom) * error
            found[first, second] = Estimate(difference, difference - half, difference + half)
    return found


def _t(freedom: float) -> float:
    return float(stdtrit(freedom, 1 - _TAIL))
