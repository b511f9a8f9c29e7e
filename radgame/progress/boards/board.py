"""What a board is, and the small protocol behind which its order is kept. Pure.

A store knows keys and points; names and everything else a page shows come from the database
(``pages.py``). There are three: two for the site's boards, which hold 100,000 readers
(``database.py``, ``sorted_sets.py``), and one for a group that fits into a page's memory (below).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Span(StrEnum):
    ALL = "all"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Board:
    """One order of readers. ``then``: by their points of seven days ago."""

    game: str
    span: Span = Span.ALL
    then: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Somebody on a board, by key, and what they stand there by."""

    reader_id: int
    points: int


class Store(Protocol):
    """The order of boards: more points first, and at the same points the lower key.

    Positions count from 0 and are all different; ranks, which ties share, are made of ``above``.
    """

    def size(self, board: Board) -> int:
        """How many are on it."""
        ...

    def above(self, board: Board, points: Sequence[int]) -> list[int]:
        """For each of these points, how many have more."""
        ...

    def places(self, board: Board, start: int, count: int) -> list[Place]:
        """``count`` places from position ``start`` on; fewer at the end."""
        ...

    def position(self, board: Board, reader_id: int) -> int | None:
        """Where a reader stands; None when they are not on it."""
        ...


@dataclass(frozen=True, slots=True)
class Ladder:
    """How many stand on each step: the points, most first, and how many have more than those.

    There are some thousand steps however many readers, so with it every rank and page is found
    at a cost that does not grow with them.
    """

    steps: tuple[int, ...]
    above: tuple[int, ...]
    size: int

    @classmethod
    def of(cls, counts: Iterable[tuple[int, int]]) -> "Ladder":
        """From points and how many have them, in any order."""
        steps, above, size = [], [], 0
        for points, count in sorted(counts, reverse=True):
            steps.append(points)
            above.append(size)
            size += count
        return cls(tuple(steps), tuple(above), size)

    def above_points(self, points: int) -> int:
        """How many have more than these, which need be nobody's."""
        step = bisect_left(self.steps, -points, key=lambda own: -own)
        return self.above[step] if step < len(self.steps) else self.size

    def step_at(self, position: int) -> tuple[int, int]:
        """The points at a position, and how many with the same points stand before it.

        Raises ``IndexError`` outside the board.
        """
        if not 0 <= position < self.size:
            raise IndexError(position)
        step = bisect_left(self.above, position + 1) - 1
        return self.steps[step], position - self.above[step]


class SmallStore:
    """A group's boards, ordered in memory: its cost is that of the group."""

    def __init__(self, boards: dict[Board, Iterable[Place]]) -> None:
        self._places = {
            board: sorted(places, key=lambda place: (-place.points, place.reader_id))
            for board, places in boards.items()
        }

    def size(self, board: Board) -> int:
        return len(self._of(board))

    def above(self, board: Board, points: Sequence[int]) -> list[int]:
        places = self._of(board)
        return [bisect_left(places, -own, key=lambda place: -place.points) for own in points]

    def places(self, board: Board, start: int, count: int) -> list[Place]:
        return self._of(board)[start : start + count]

    def position(self, board: Board, reader_id: int) -> int | None:
        held = (n for n, place in enumerate(self._of(board)) if place.reader_id == reader_id)
        return next(held, None)

    def _of(self, board: Board) -> list[Place]:
        return self._places.get(board, [])
