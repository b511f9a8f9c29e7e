"""Learners by findings: what each finds, misses and marks falsely. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FEWEST: Final = 5
"""Below this many occasions a share says nothing, and none is shown."""

LEVELS: Final = 5


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody submitted: cases, their mean score in [0, 1], seconds in all."""

    cases: int
    mean: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Lines about one finding, of one reader or of all (None); no ``finding``: not in our list."""

    reader: int | None
    finding: int | None
    found: int
    there: int
    missed: int
    false: int


class Measure(StrEnum):
    """What a cell of the map tells of a learner and a finding."""

    FOUND = "found"
    """Of what was on the films, the share that was found."""
    FALSE = "false"
    """False marks, or false statements, a case read."""
    MISSED = "missed"
    """Of what was on the films, the share that was neither marked nor said at all."""

    @property
    def is_bad(self) -> bool:
        """Whether more of it is worse."""
        return self is not Measure.FOUND


# From here on a cell is as dark as it gets: everything found or missed; a false mark in every
# fourth case, which is a lot for one finding.
FULL: Final = {Measure.FOUND: 1.0, Measure.MISSED: 1.0, Measure.FALSE: 0.25}


@dataclass(frozen=True, slots=True)
class Cell:
    """``count`` of, or in, so many occasions; the share is None below ``FEWEST``."""

    count: int = 0
    of: int = 0
    full: float = 1.0

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of >= FEWEST else None

    @property
    def percent(self) -> int | None:
        return None if self.share is None else round(100 * self.share)

    @property
    def level(self) -> int:
        """The shade, 0 to 4 in even steps."""
        return min(LEVELS - 1, int(LEVELS * (self.share or 0.0) / self.full))


@dataclass(frozen=True, slots=True)
class Row:
    """A learner, or all of them. ``cells`` are in the order of the map's findings."""

    work: Work | None
    missed: int
    false: int
    cells: tuple[Cell, ...]

    @property
    def mean_percent(self) -> int | None:
        return None if self.work is None else round(100 * self.work.mean)

    @property
    def seconds_a_case(self) -> float | None:
        return None if self.work is None else self.work.seconds / self.work.cases

    @property
    def missed_a_case(self) -> float | None:
        return None if self.work is None else self.missed / self.work.cases

    @property
    def false_a_case(self) -> float | None:
        return None if self.work is None else self.false / self.work.cases


def make_cell(tally: Tally | None, measure: Measure, cases: int) -> Cell:
    """The cell of one finding; ``cases``: that were read, which false marks are set against."""
    full = FULL[measure]
    match measure:
        case Measure.FALSE:
            return Cell(tally.false if tally else 0, cases, full)
        case Measure.FOUND:
            return Cell(tally.found, tally.there, full) if tally else Cell(full=full)
        case Measure.MISSED:
            return Cell(tally.missed, tally.there, full) if tally else Cell(full=full)


def finding_order(
    tallies: Iterable[Tally],
    names: Mapping[int, str],
    measure: Measure = Measure.FOUND,
    cases: int = 0,
) -> list[int]:
    """The findings that have something to tell, the worst first, those with too few last."""
    cells = {
        tally.finding: make_cell(tally, measure, cases)
        for tally in tallies
        if tally.finding in names and (tally.false if measure is Measure.FALSE else tally.there)
    }
    sign = -1 if measure.is_bad else 1

    def key(finding: int) -> tuple[bool, float, str]:
        share = cells[finding].share
        return share is None, sign * (share or 0.0), names[finding]

    return sorted((finding for finding in cells if finding is not None), key=key)


def make_row(
    work: Work | None,
    tallies: Sequence[Tally],
    findings: Sequence[int],
    measure: Measure = Measure.FOUND,
) -> Row:
    """One row of what these tallies say; they are of one reader, or of all."""
    by_finding = {tally.finding: tally for tally in tallies}
    cases = work.cases if work else 0
    return Row(
        work=work,
        missed=sum(tally.missed for tally in tallies),
        false=sum(tally.false for tally in tallies),
        cells=tuple(make_cell(by_finding.get(f), measure, cases) for f in findings),
    )


def total(works: Iterable[Work]) -> Work | None:
    """The work of all together; the mean is over cases, so that who did more counts for more."""
    done = list(works)
    cases = sum(work.cases for work in done)
    if not cases:
        return None
    mean = sum(work.cases * work.mean for work in done) / cases
    return Work(cases, mean, sum(work.seconds for work in done))
