"""The geometry of intervals side by side: a dot with its whisker for each row. Pure.

Coordinates are in units of the picture's ``viewBox``; colours are the style sheet's matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from radgame.charts import Tick, format_number, round_ticks

WIDTH: Final = 720.0
LEFT: Final = 180.0
RIGHT: Final = 24.0
TOP: Final = 8.0
ROW: Final = 44.0
FOOT: Final = 48.0


@dataclass(frozen=True, slots=True)
class Row:
    """A value; ``low`` and ``high`` where its uncertainty is known. ``note``: said at the dot."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A row as it is drawn; without a whisker where nothing is claimed."""

    label: str
    note: str
    y: float
    x: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """``zero``: where no change lies."""

    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    zero: float
    height: float
    bottom: float
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT


def interval_chart(rows: Sequence[Row]) -> IntervalChart:
    """The rows from the top down, on one axis that holds zero. Raises ValueError without rows."""
    if not rows:
        raise ValueError("There is nothing to draw.")
    bounds = [
        bound for row in rows for bound in (row.value, row.low, row.high) if bound is not None
    ]
    ticks = round_ticks(min(0.0, *bounds), max(0.0, *bounds))
    low, high = ticks[0], ticks[-1]

    def across(value: float) -> float:
        return round(LEFT + (value - low) / (high - low) * (WIDTH - RIGHT - LEFT), 1)

    bottom = TOP + ROW * len(rows)
    return IntervalChart(
        marks=tuple(
            Mark(
                label=row.label,
                note=row.note,
                y=round(TOP + ROW * (number + 0.6), 1),
                x=across(row.value),
                low=None if row.low is None else across(row.low),
                high=None if row.high is None else across(row.high),
            )
            for number, row in enumerate(rows)
        ),
        ticks=tuple(Tick(across(value), format_number(value)) for value in ticks),
        zero=across(0.0),
        height=bottom + FOOT,
        bottom=bottom,
    )
