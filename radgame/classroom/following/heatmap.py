"""Learners by findings: how much of what is there each finds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Cell:
    """``found`` of those ``there``; the share is None below ``FEWEST``."""

    found: int = 0
    there: int = 0

    @property
    def share(self) -> float | None:
        return self.found / self.there if self.there >= FEWEST else None

    @property
    def percent(self) -> int | None:
        return None if self.share is None else round(100 * self.share)

    @property
    def level(self) -> int:
        """The shade, 0 to 4 in even steps."""
        return min(LEVELS - 1, int(LEVELS * (self.share or 0.0)))


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


def finding_order(tallies: Iterable[Tally], names: Mapping[int, str]) -> list[int]:
    """The findings that were there at all, the least found first, those with too few last."""
    cells = {t.finding: Cell(t.found, t.there) for t in tallies if t.finding in names and t.there}

    def key(finding: int) -> tuple[bool, float, str]:
        share = cells[finding].share
        return share is None, share or 0.0, names[finding]

    return sorted((finding for finding in cells if finding is not None), key=key)


def make_row(work: Work | None, tallies: Sequence[Tally], findings: Sequence[int]) -> Row:
    """One row of what these tallies say; they are of one reader, or of all."""
    by_finding = {tally.finding: Cell(tally.found, tally.there) for tally in tallies}
    return Row(
        work=work,
        missed=sum(tally.missed for tally in tallies),
        false=sum(tally.false for tally in tallies),
        cells=tuple(by_finding.get(finding, Cell()) for finding in findings),
    )


def total(works: Iterable[Work]) -> Work | None:
    """The work of all together; the mean is over cases, so that who did more counts for more."""
    done = list(works)
    cases = sum(work.cases for work in done)
    if not cases:
        return None
    mean = sum(work.cases * work.mean for work in done) / cases
    return Work(cases, mean, sum(work.seconds for work in done))
