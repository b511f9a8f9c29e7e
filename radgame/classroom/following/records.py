"""What was submitted, as columns of figures. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A score that is at least this is a case with everything right; sums of floats fall short of 1.
ALL_RIGHT: Final = 0.999


@dataclass(frozen=True)
class Records:
    """One row for each case that somebody submitted; all columns of shape (rows,).

    ``reader`` and ``case`` are primary keys, ``score`` is in [0, 1], ``at`` in seconds since 1970.
    """

    reader: Integers
    case: Integers
    score: Floats
    seconds: Floats
    at: Floats

    def __len__(self) -> int:
        return len(self.reader)

    def where(self, mask: "Mask | Integers") -> "Records":
        """The rows of a mask, or those of these places in their order."""
        return Records(
            self.reader[mask], self.case[mask], self.score[mask], self.seconds[mask], self.at[mask]
        )

    def is_of(self, readers: Collection[int]) -> Mask:
        return np.isin(self.reader, np.fromiter(readers, np.int64, len(readers)))

    def of_readers(self, readers: Collection[int]) -> "Records":
        return self.where(self.is_of(readers))

    def is_between(self, since: datetime | None, before: datetime | None) -> Mask:
        """From one moment on and before another; None is an open end."""
        mask = np.ones(len(self), bool)
        if since is not None:
            mask &= self.at >= since.timestamp()
        if before is not None:
            mask &= self.at < before.timestamp()
        return mask

    def first_of_each(self) -> "Records":
        """Of everybody the first time at each case, in the order in which they were submitted."""
        return self._firsts

    @cached_property
    def _firsts(self) -> "Records":
        order = np.argsort(self.at, kind="stable")
        # Reader and case as one number: two columns would be sorted far more slowly.
        width = int(self.case.max(initial=0)) + 1
        _pairs, first = np.unique(self.reader[order] * width + self.case[order], return_index=True)
        return self.where(order[np.sort(first)])

    @property
    def is_right(self) -> Mask:
        """Whether everything was right, row by row."""
        return self.score >= ALL_RIGHT

    def by_reader(self) -> Iterator[tuple[int, "Records"]]:
        return self._groups(self.reader)

    def by_case(self) -> Iterator[tuple[int, "Records"]]:
        return self._groups(self.case)

    def _groups(self, key: Integers) -> Iterator[tuple[int, "Records"]]:
        """Rows by key in ascending order, each group in the order of the rows."""
        if not len(self):
            return
        order = np.argsort(key, kind="stable")
        found, starts = np.unique(key[order], return_index=True)
        ordered = self.where(order)
        ends = [*starts[1:], len(order)]
        for one, start, end in zip(found, starts, ends, strict=True):
            yield int(one), ordered.where(np.arange(start, end))


@dataclass(frozen=True, slots=True)
class Lines:
    """What became of each finding of each row; all columns of shape (lines,).

    ``row``: a place in the records. ``finding``: a primary key, ``concept`` and ``result`` numbers
    of ``played``; -1 where there is none.
    """

    row: Integers
    finding: NDArray[np.int32]
    concept: NDArray[np.int16]
    result: NDArray[np.int8]

    def where(self, mask: Mask) -> "Lines":
        return Lines(self.row[mask], self.finding[mask], self.concept[mask], self.result[mask])


def in_order(records: Records) -> Records:
    """The rows as they were submitted."""
    return records.where(np.argsort(records.at, kind="stable"))
