"""Learning curves: how scores go with the number of cases read. Pure.

A curve is of blocks of ten cases in the order in which each learner submitted them. Below twenty
cases nothing is said. The definitions are in docs/following.md.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .items import CaseMeans, case_means
from .records import Floats, Records, in_order
from .statistics import Interval, difference, mean_interval, wilson

BLOCK: Final = 10
ENOUGH: Final = 20
"""Cases, below which no curve is drawn and no point of one."""


@dataclass(frozen=True, slots=True)
class Step:
    """A block of cases: the ``first`` to the ``last`` that were read.

    ``cases`` scores of ``learners`` people with this mean; ``expected``: what the cohort scored on
    the same cases at the mean.
    """

    first: int
    last: int
    cases: int
    learners: int
    mean: float
    interval: Interval
    expected: float


def learner_curve(own: Records, means: CaseMeans) -> tuple[Step, ...]:
    """One learner's steps; none below ``ENOUGH`` cases. What is left over of a block is left out.

    ``means``: of the whole cohort, from ``items.case_means``.
    The interval is Wilson's with the sum of scores for the hits: too wide rather than too narrow.
    """
    firsts = in_order(own.first_of_each())
    if len(firsts) < ENOUGH:
        return ()
    expected = expected_scores(firsts, means)
    steps = []
    for start in range(0, len(firsts) - BLOCK + 1, BLOCK):
        scores = firsts.score[start : start + BLOCK]
        steps.append(
            Step(
                first=start + 1,
                last=start + BLOCK,
                cases=BLOCK,
                learners=1,
                mean=float(scores.mean()),
                interval=wilson(min(float(scores.sum()), BLOCK), BLOCK),
                expected=float(expected[start : start + BLOCK].mean()),
            )
        )
    return tuple(steps)


def cohort_curve(records: Records) -> tuple[Step, ...]:
    """The cohort's steps: of each learner the mean of a block, and of these the mean.

    A block is only counted for who has read it to its end, and shown where two learners and
    ``ENOUGH`` cases are in it. The interval is Student's over learners, whose cases are not
    independent of one another.
    """
    firsts = in_order(records.first_of_each())
    if not len(firsts):
        return ()
    place = _places(firsts)
    expected = expected_scores(firsts, case_means(firsts))
    steps = []
    for block in range(int(place.max()) // BLOCK + 1):
        inside = place // BLOCK == block
        means, wanted = _means_of_whole_blocks(firsts, expected, inside)
        if len(means) < 2 or len(means) * BLOCK < ENOUGH:
            break
        steps.append(
            Step(
                first=block * BLOCK + 1,
                last=(block + 1) * BLOCK,
                cases=len(means) * BLOCK,
                learners=len(means),
                mean=float(means.mean()),
                interval=mean_interval(means),
                expected=float(wanted.mean()),
            )
        )
    return tuple(steps) if len(steps) > 1 else ()


def expected_scores(firsts: Records, means: CaseMeans) -> Floats:
    """What the cohort scored at the mean on the case of each row; NaN where nobody read it."""
    if not len(means.case):
        return np.full(len(firsts), np.nan)
    at = np.minimum(np.searchsorted(means.case, firsts.case), len(means.case) - 1)
    return np.where(means.case[at] == firsts.case, means.score[at], np.nan)


@dataclass(frozen=True, slots=True)
class Change:
    """From somebody's first ten cases to the last ten of their curve.

    ``gain``: the last mean less the first, after what the cohort scored on the same cases is
    taken off either, so that harder cases are no decline. It is in [-1, 1].
    """

    first: float
    last: float
    gain: float
    interval: Interval


def learner_change(own: Records, means: CaseMeans) -> Change | None:
    """None below ``ENOUGH`` cases. The interval is Student's for two groups of equal spread."""
    firsts = in_order(own.first_of_each())
    if len(firsts) < ENOUGH:
        return None
    end = len(firsts) // BLOCK * BLOCK
    first, last = firsts.score[:BLOCK], firsts.score[end - BLOCK : end]
    better = firsts.score - expected_scores(firsts, means)
    gain, interval = difference(better[:BLOCK], better[end - BLOCK : end])
    return Change(float(first.mean()), float(last.mean()), gain, interval)


def _places(firsts: Records) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each row, the how-manieth of its reader it is, from 0; rows are in order of time."""
    order = np.argsort(firsts.reader, kind="stable")
    _readers, starts, counts = np.unique(
        firsts.reader[order], return_index=True, return_counts=True
    )
    place = np.empty(len(firsts), np.int64)
    place[order] = np.arange(len(firsts)) - np.repeat(starts, counts)
    return place


def _means_of_whole_blocks(
    firsts: Records, expected: Floats, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[Floats, Floats]:
    """By learner with a whole block: its mean, and the cohort's on the same cases."""
    readers, who = np.unique(firsts.reader[inside], return_inverse=True)
    if not len(readers):
        return np.zeros(0), np.zeros(0)
    counts = np.bincount(who)
    whole = counts == BLOCK
    means = np.bincount(who, firsts.score[inside]) / counts
    wanted = np.bincount(who, expected[inside]) / counts
    return means[whole], wanted[whole]
