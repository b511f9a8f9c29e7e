"""Boards from the database alone: where there is no Redis, or while it does not answer."""

from collections.abc import Sequence
from typing import Final

from django.core.cache import caches
from django.db.models import Count, QuerySet

from radgame.progress.models import Standing

from .board import Board, Ladder, Place, Span

# Counting is the one thing whose cost grows with the readers, so it is not done for every page.
FRESH_S: Final = 30.0


class DatabaseStore:
    """The site's boards by index; ranks are up to ``fresh_s`` seconds old, rows are not."""

    def __init__(self, fresh_s: float | None = None) -> None:
        self._fresh_s = FRESH_S if fresh_s is None else fresh_s

    def size(self, board: Board) -> int:
        return self._ladder(board).size

    def above(self, board: Board, points: Sequence[int]) -> list[int]:
        ladder = self._ladder(board)
        return [ladder.above_points(own) for own in points]

    def places(self, board: Board, start: int, count: int) -> list[Place]:
        ladder = self._ladder(board)
        if not 0 <= start < ladder.size:
            return []
        # From the step on, by index: what is skipped is at most those who share it.
        points, before = ladder.step_at(start)
        field = _points(board)
        rows = (
            _rows(board)
            .filter(**{f"{field}__lte": points})
            .order_by(f"-{field}", "reader_id")
            .values_list("reader_id", field)[before : before + count]
        )
        return [Place(*row) for row in rows]

    def position(self, board: Board, reader_id: int) -> int | None:
        field = _points(board)
        points = _rows(board).filter(reader=reader_id).values_list(field, flat=True).first()
        if points is None:
            return None
        tied = _rows(board).filter(**{field: points}, reader__lt=reader_id).count()
        return self._ladder(board).above_points(points) + tied

    def _ladder(self, board: Board) -> Ladder:
        key = _kept_under(board)
        kept: Ladder | None = caches["fragments"].get(key) if self._fresh_s else None
        if kept is None:
            field = _points(board)
            counts = _rows(board).order_by().values_list(field).annotate(Count("reader_id"))
            kept = Ladder.of(counts)
            caches["fragments"].set(key, kept, self._fresh_s)
        return kept


def forget_counts(game: str) -> None:
    """Count anew for the next page of this process: a change of one's own is seen at once."""
    caches["fragments"].delete_many(
        [_kept_under(Board(game, span, then)) for span in Span for then in (False, True)]
    )


def _kept_under(board: Board) -> str:
    return f"ladder:{board.game}:{board.span}:{board.then}"


def _points(board: Board) -> str:
    return "points_before" if board.then else "points"


def _rows(board: Board) -> QuerySet[Standing]:
    rows = Standing.objects.filter(game=board.game, is_public=True)
    if board.span is Span.WEEK:
        rows = rows.filter(is_weekly=True)
    return rows.filter(points_before__isnull=False) if board.then else rows
