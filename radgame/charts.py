"""The geometry of charts: from figures to coordinates of an SVG picture. Pure.

A template draws what comes out of here and writes the same figures as a table below. Coordinates
are in units of the picture's ``viewBox``, y downwards; colours are the style sheet's matter.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .minus import with_minus

WIDTH: Final = 720.0
HEIGHT: Final = 240.0
LEFT: Final = 60.0
RIGHT: Final = 16.0
TOP: Final = 12.0
BOTTOM: Final = 28.0
# Of a label at a line, as large as it is on a phone; how far its foot is from the dot.
LABEL_HEIGHT: Final = 24.0
LABEL_ABOVE: Final = 10.0
LABEL_BELOW: Final = 22.0


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


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of a bar chart, with its figure and where its label stands."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    value: float
    label: str


@dataclass(frozen=True, slots=True)
class BarChart:
    bars: tuple[Bar, ...]
    y_ticks: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM


def bar_chart(values: Sequence[float], labels: Sequence[str]) -> BarChart:
    """A column for each value, none below 0, from the left in order.

    Raises ValueError without values, and where labels are missing.
    """
    if not values or len(values) != len(labels):
        raise ValueError("A bar needs a value and a label.")
    ticks = [tick for tick in round_ticks(0, max(values) or 1) if tick >= 0]
    each = (WIDTH - LEFT - RIGHT) / len(values)

    def up(value: float) -> float:
        return _short(HEIGHT - BOTTOM - value / ticks[-1] * (HEIGHT - TOP - BOTTOM))

    return BarChart(
        bars=tuple(
            Bar(
                x=_short(LEFT + number * each + 1),
                y=up(value),
                width=_short(each - 2),
                height=_short(HEIGHT - BOTTOM - up(value)),
                middle=_short(LEFT + (number + 0.5) * each),
                value=value,
                label=label,
            )
            for number, (value, label) in enumerate(zip(values, labels, strict=True))
        ),
        y_ticks=tuple(Tick(up(tick), format_number(tick)) for tick in ticks),
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve of a plot: path data, and its dots; ``band`` as of a line chart.

    ``label_y``: where the label at its last dot stands, clear of the others.
    """

    label: str
    line: str
    band: str
    dots: tuple[tuple[float, float], ...]
    label_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over two axes of figures."""

    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM


def plot(
    curves: Sequence[tuple[str, Sequence[Point]]],
    *,
    x_range: tuple[float, float],
    y_range: tuple[float, float] = (0.0, 1.0),
    height: float = HEIGHT,
) -> Plot:
    """Curves in the order of their points. Raises ValueError for a curve without a point."""
    x_ticks, y_ticks = round_ticks(*x_range), round_ticks(*y_range)
    x_low, x_high = min(x_range[0], x_ticks[0]), max(x_range[1], x_ticks[-1])
    y_low, y_high = min(y_range[0], y_ticks[0]), max(y_range[1], y_ticks[-1])

    def across(x: float) -> float:
        return _short(LEFT + (x - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT))

    def up(y: float) -> float:
        return _short(height - BOTTOM - (y - y_low) / (y_high - y_low) * (height - TOP - BOTTOM))

    def curve(label: str, points: Sequence[Point]) -> Curve:
        if not points:
            raise ValueError("A curve needs a point.")
        dots = tuple((across(point.x), up(point.y)) for point in points)
        bounded = [point for point in points if point.low is not None and point.high is not None]
        edge = [(across(point.x), up(point.high or 0.0)) for point in bounded]
        under = [(across(point.x), up(point.low or 0.0)) for point in bounded]
        band = _path([*edge, *reversed(under)]) + "Z" if bounded else ""
        return Curve(label, _path(dots), band, dots)

    drawn = [curve(label, points) for label, points in curves]
    return Plot(
        curves=tuple(_labelled(drawn, bottom=height - BOTTOM)),
        x_ticks=tuple(Tick(across(tick), format_number(tick)) for tick in x_ticks),
        y_ticks=tuple(Tick(up(tick), format_number(tick)) for tick in y_ticks),
        height=height,
        bottom=height - BOTTOM,
    )


def _labelled(curves: Sequence[Curve], *, bottom: float) -> list[Curve]:
    """Each label above its last dot; below it where another's already stands there."""
    named = [number for number, curve in enumerate(curves) if curve.label]
    heights: dict[int, float] = {}
    above = -LABEL_HEIGHT
    for number in sorted(named, key=lambda number: curves[number].dots[-1][1]):
        dot = curves[number].dots[-1][1]
        wished = max(dot - LABEL_ABOVE, LABEL_HEIGHT * 0.75)
        if wished < above + LABEL_HEIGHT:
            wished = max(dot + LABEL_BELOW, above + LABEL_HEIGHT)
        heights[number] = above = wished
    # What would hang below the axis pushes up what stands over it.
    limit = bottom - 4
    for number in sorted(heights, key=lambda number: -heights[number]):
        heights[number] = min(heights[number], limit)
        limit = heights[number] - LABEL_HEIGHT
    return [
        replace(curve, label_y=_short(heights.get(number, 0.0)))
        for number, curve in enumerate(curves)
    ]


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
    return with_minus(f"{value:.10g}")


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y) in enumerate(points))


def _short(value: float) -> float:
    return round(value, 1)
