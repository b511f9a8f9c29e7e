"""The geometry of charts: from figures to coordinates of an SVG picture. Pure.

A template draws what comes out of here and writes the same figures as a table below. Coordinates
are in units of the picture's ``viewBox``, y downwards; colours are the style sheet's matter.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720.0
HEIGHT: Final = 240.0
LEFT: Final = 60.0
RIGHT: Final = 16.0
TOP: Final = 12.0
BOTTOM: Final = 28.0


@dataclass(frozen=True, slots=True)
class Point:
    """A figure at ``x``; ``low`` and ``high`` bound it where its uncertainty is known."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """``line`` and ``band`` are path data; a band is empty where no point has bounds."""

    line: str
    band: str
    dots: tuple[tuple[float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM


def line_chart(
    points: Sequence[Point],
    *,
    x_labels: Sequence[tuple[float, str]],
    y_range: tuple[float, float] | None = None,
) -> LineChart:
    """A line through the points, in order of x, with its band of uncertainty.

    ``x_labels``: where the axis is labelled, and with what. Raises ValueError without points.
    """
    if not points:
        raise ValueError("A line needs a point.")
    points = sorted(points, key=lambda point: point.x)
    lows = [point.y if point.low is None else point.low for point in points]
    highs = [point.y if point.high is None else point.high for point in points]
    low, high = y_range or (min(lows), max(highs))
    ticks = round_ticks(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])
    first, last = points[0].x, points[-1].x

    def across(x: float) -> float:
        span = last - first
        share = (x - first) / span if span else 0.5
        return _short(LEFT + share * (WIDTH - LEFT - RIGHT))

    def up(y: float) -> float:
        share = (y - low) / (high - low) if high > low else 0.5
        return _short(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))

    dots = tuple((across(point.x), up(point.y)) for point in points)
    edge = [(across(point.x), up(value)) for point, value in zip(points, highs, strict=True)]
    under = [(across(point.x), up(value)) for point, value in zip(points, lows, strict=True)]
    has_band = any(point.low is not None for point in points)
    return LineChart(
        line=_path(dots),
        band=_path([*edge, *reversed(under)]) + "Z" if has_band else "",
        dots=dots,
        x_ticks=tuple(Tick(across(x), label) for x, label in x_labels if first <= x <= last),
        y_ticks=tuple(Tick(up(value), format_number(value)) for value in ticks),
    )


def round_ticks(low: float, high: float, *, about: int = 4) -> list[float]:
    """Round values from at or below ``low`` to at or above ``high``, some ``about`` of them.

    >>> round_ticks(1480, 1730)
    [1400.0, 1500.0, 1600.0, 1700.0, 1800.0]
    """
    if not high > low:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    start, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(start, end + 1)]


def format_number(value: float) -> str:
    """As few digits as tell it: 1500, 0.25."""
    return f"{value:.10g}"


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y) in enumerate(points))


def _short(value: float) -> float:
    return round(value, 1)
