"""FROC and AFROC: how well readers localise what is there, by how sure they say they are.

A mark with a rating either localises a lesion or does not. Readers' operating points come of
asking how many of each have at least a rating. The definitions, and why the analysis is this one,
are in docs/following.md; the sources:

- Bunch, Hamilton, Sanderson, Simmons, Proc. SPIE 127 (1977) 124 (FROC);
- Chakraborty, Winter, Radiology 174 (1990) 873 (AFROC);
- Chakraborty, Berbaum, Medical Physics 31 (2004) 2313 (the figure of merit, JAFROC).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL: Final = 0.95
# Samples that are worked out at once: five hundred readers of two hundred cases stay within
# some megabytes.
AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Study:
    """What readers marked; ratings are 1 to K, higher is surer, and 0 is a lesion left unmarked.

    ``lesions``: shape (readers, cases, K + 1), of each case the number of lesions by the rating of
    the mark that localised it. ``others``: the same shape, the number of marks that localised
    nothing; nothing at rating 0. ``read``: shape (readers, cases), whether the reader read the
    case; one that was not read has neither lesions nor marks.

    Raises ValueError where shapes do not fit, counts are negative, a mark is rated 0, or something
    was marked that was not read.
    """

    lesions: NDArray[np.int64]
    others: NDArray[np.int64]
    read: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shape = self.lesions.shape
        if len(shape) != 3 or shape[2] < 2:
            raise ValueError(f"Lesions of shape {shape} are not by reader, case and rating.")
        if self.others.shape != shape or self.read.shape != shape[:2]:
            raise ValueError("Lesions, other marks and what was read do not fit each other.")
        if (self.lesions < 0).any() or (self.others < 0).any():
            raise ValueError("There cannot be fewer than none.")
        if self.others[:, :, 0].any():
            raise ValueError("A mark has a rating of 1 or more.")
        if self.lesions[~self.read].any() or self.others[~self.read].any():
            raise ValueError("What was not read has no marks.")

    @property
    def is_normal(self) -> NDArray[np.bool_]:
        """Shape (readers, cases): read, and without a lesion."""
        return self.read & ~self.lesions.any(axis=2)

    @property
    def highest(self) -> NDArray[np.int64]:
        """Shape (readers, cases): the highest rating of a mark that localised nothing, else 0."""
        ratings = np.arange(self.others.shape[2])
        return np.asarray(np.max((self.others > 0) * ratings, axis=2), np.int64)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its bootstrap interval; the interval is NaN where no sample had the figure."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What is marked with at least the rating ``threshold``, of the mean reader.

    ``llf``: of the lesions, the share that was localised. ``nlf``: other marks a case. ``fpf``: of
    the cases without a lesion, the share with another mark.
    """

    threshold: int
    llf: Estimate
    nlf: Estimate
    fpf: Estimate


@dataclass(frozen=True, slots=True)
class Analysis:
    """``points`` from the surest to the least sure rating. ``merit``: the AFROC figure of merit.

    ``readers`` and ``cases`` that have been read, ``normal`` cases without a lesion.
    """

    points: tuple[OperatingPoint, ...]
    merit: Estimate
    readers: int
    cases: int
    normal: int


def analyse(study: Study, *, samples: int, seed: int) -> Analysis:
    """The mean reader's operating points and figure of merit, with 95 % intervals.

    The figure of merit is the chance that a lesion is rated higher than the highest rated other
    mark of a case without lesions, ties counting half: the area under the AFROC curve whose last
    point is joined to (1, 1) by a straight line. In [0, 1], higher is better; a reader who marks
    nothing has 0.5. It is the mean over those readers who read both lesions and normal cases, and
    likewise every share is the mean over readers who have it; NaN where none has.

    Intervals are percentiles of ``samples`` bootstrap samples, of cases and of readers, each drawn
    with replacement on its own; equal seeds give equal intervals. One reader is not resampled, so
    that the interval is then for that reader.
    """
    readers, cases = study.read.shape
    whole = _figures(study, np.ones((cases, 1)), np.ones((readers, 1)))[:, 0]
    drawn = (
        np.concatenate(
            [_figures(study, *weights) for weights in _samples(readers, cases, samples, seed)],
            axis=1,
        )
        if samples
        else np.zeros((len(whole), 0))
    )
    estimates = [_estimate(value, row) for value, row in zip(whole, drawn, strict=True)]
    top = study.lesions.shape[2] - 1
    return Analysis(
        points=tuple(
            OperatingPoint(top - place, *estimates[1 + 3 * place : 4 + 3 * place])
            for place in range(top)
        ),
        merit=estimates[0],
        readers=int(study.read.any(axis=1).sum()),
        cases=int(study.read.any(axis=0).sum()),
        normal=int(study.is_normal.any(axis=0).sum()),
    )


def _samples(readers: int, cases: int, samples: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
    """How often each case and each reader is in a sample: shapes (cases, n) and (readers, n)."""
    rng = np.random.default_rng(seed)
    for start in range(0, samples, AT_ONCE):
        count = min(AT_ONCE, samples - start)
        of_cases = rng.multinomial(cases, np.full(cases, 1 / cases), count)
        of_readers = rng.multinomial(readers, np.full(readers, 1 / readers), count)
        yield of_cases.T.astype(np.float64), of_readers.T.astype(np.float64)


def _figures(study: Study, of_cases: Floats, of_readers: Floats) -> Floats:
    """The merit, then llf, nlf and fpf at each rating from the highest: shape (1 + 3 K, n).

    ``of_cases`` (cases, n) and ``of_readers`` (readers, n): how often each counts in each sample.
    """
    ratings = range(study.lesions.shape[2])
    # float32 holds these counts exactly, and is multiplied twice as fast.
    weights = of_cases.astype(np.float32)

    def total(counts: NDArray[np.bool_] | NDArray[np.int64]) -> Floats:
        return np.asarray(counts.astype(np.float32) @ weights, np.float64)

    highest, is_normal = study.highest, study.is_normal
    lesions = [total(study.lesions[:, :, rating]) for rating in ratings]
    normals = [total(is_normal & (highest == rating)) for rating in ratings]
    others = [total(study.others[:, :, rating]) for rating in ratings]
    all_lesions, all_normals, read = sum(lesions), sum(normals), total(study.read)

    higher = np.zeros_like(lesions[0])
    below = np.zeros_like(lesions[0])
    for lesion, normal in zip(lesions, normals, strict=True):
        higher += lesion * (below + normal / 2)
        below += normal
    rows = [_mean_reader(higher, all_lesions * all_normals, of_readers)]
    found, marked, spoilt = (np.zeros_like(lesions[0]) for _figure in range(3))
    for rating in reversed(ratings[1:]):
        found = found + lesions[rating]
        marked = marked + others[rating]
        spoilt = spoilt + normals[rating]
        rows.append(_mean_reader(found, all_lesions, of_readers))
        rows.append(_mean_reader(marked, read, of_readers))
        rows.append(_mean_reader(spoilt, all_normals, of_readers))
    return np.stack(rows)


def _mean_reader(part: Floats, of: "Floats | int", of_readers: Floats) -> Floats:
    """The mean share over readers who have one: shape (n,) of (readers, n); NaN without any."""
    whole = np.broadcast_to(np.asarray(of, np.float64), part.shape)
    has = whole > 0
    share = np.divide(part, whole, out=np.zeros_like(part), where=has)
    count = (has * of_readers).sum(axis=0)
    total = (share * of_readers).sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean


def _estimate(value: float, drawn: Floats) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return Estimate(float(value), float("nan"), float("nan"))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Estimate(float(value), float(low), float(high))
