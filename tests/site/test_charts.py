"""Charts: nothing leaves the picture, and the axes are labelled in round figures."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.charts import (
    BOTTOM,
    HEIGHT,
    LABEL_HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Point,
    bar_chart,
    line_chart,
    plot,
    round_ticks,
)

values = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1480, 1730, [1400, 1500, 1600, 1700, 1800]),
        (0, 1, [0, 0.5, 1]),
        (0, 100, [0, 50, 100]),
        (3, 3, [2.5, 3, 3.5]),
        (0.12, 0.19, [0.12, 0.14, 0.16, 0.18, 0.2]),
    ],
)
def test_ticks_by_hand(low: float, high: float, ticks: list[float]) -> None:
    assert round_ticks(low, high) == pytest.approx(ticks)


def test_an_axis_below_nothing_is_labelled_with_a_minus() -> None:
    chart = line_chart([Point(0, -0.5), Point(1, 0.5)], x_labels=[])
    assert [tick.label for tick in chart.y_ticks] == ["−0.5", "0", "0.5"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.booleans())
def test_labels_at_curves_do_not_touch_and_stay_inside(lasts: list[float], alike: bool) -> None:
    ends = [lasts[0]] * len(lasts) if alike else lasts
    chart = plot(
        [(str(number), [Point(0, 0.5), Point(1, end)]) for number, end in enumerate(ends)],
        x_range=(0, 1),
    )
    feet = sorted(curve.label_y for curve in chart.curves)
    assert all(b - a >= LABEL_HEIGHT - 0.2 for a, b in itertools.pairwise(feet))
    assert feet[0] >= LABEL_HEIGHT * 0.75 - 0.1
    assert feet[-1] <= chart.bottom


def test_a_label_alone_stands_above_its_line_and_the_lower_of_two_near_ones_below() -> None:
    def feet(*lasts: float) -> list[float]:
        chart = plot([("a", [Point(0, 0.5), Point(1, y)]) for y in lasts], x_range=(0, 1))
        return [round(curve.label_y - curve.dots[-1][1], 1) for curve in chart.curves]

    assert feet(0.5) == [-10]
    assert feet(0.2, 0.8) == [-10, -10]
    assert feet(0.52, 0.5) == [-10, 22]


@given(values, values)
def test_ticks_cover_the_range_evenly(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = round_ticks(low, high)
    steps = [b - a for a, b in itertools.pairwise(ticks)]
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= high - 1e-6
    assert 2 <= len(ticks) <= 8
    assert max(steps) == pytest.approx(min(steps), rel=1e-6)


@given(st.lists(st.tuples(values, values, st.floats(0, 1e5)), min_size=1, max_size=30))
def test_everything_lies_inside_the_axes(figures: list[tuple[float, float, float]]) -> None:
    points = [Point(x, y, y - spread, y + spread) for x, y, spread in figures]
    chart = line_chart(points, x_labels=[(points[0].x, "a")])
    for x, y in chart.dots:
        assert LEFT <= x <= WIDTH - RIGHT
        assert TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1
    for tick in chart.y_ticks:
        assert TOP - 0.1 <= tick.at <= HEIGHT - BOTTOM + 0.1
    assert chart.line.startswith("M")
    assert chart.band.endswith("Z")


def test_a_line_goes_up_where_the_figures_do() -> None:
    chart = line_chart([Point(0, 1), Point(1, 2)], x_labels=[(0, "first"), (1, "last")])
    (x0, y0), (x1, y1) = chart.dots
    assert x0 < x1
    assert y0 > y1
    assert [tick.label for tick in chart.x_ticks] == ["first", "last"]
    assert chart.band == ""


def test_no_points_are_refused() -> None:
    with pytest.raises(ValueError, match="point"):
        line_chart([], x_labels=[])


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_bars_stand_side_by_side_on_the_axis(values: list[int]) -> None:
    chart = bar_chart(values, [str(value) for value in values])
    for bar, value in zip(chart.bars, values, strict=True):
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH - RIGHT + 0.2
        assert TOP - 0.1 <= bar.y <= HEIGHT - BOTTOM
        assert bar.y + bar.height == pytest.approx(HEIGHT - BOTTOM, abs=0.11)
        assert (bar.height == 0) or value > 0
    for one, two in itertools.pairwise(chart.bars):
        assert one.x + one.width <= two.x + 0.2


def test_a_bar_is_as_high_as_its_value() -> None:
    low, high = bar_chart([1, 2], ["a", "b"]).bars
    assert high.height == pytest.approx(2 * low.height, abs=0.2)


def test_bars_without_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        bar_chart([1.0], [])


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 1)), min_size=1, max_size=20),
    st.floats(0.1, 60),
)
def test_curves_of_a_plot_lie_inside_its_axes(
    figures: list[tuple[float, float]], last: float
) -> None:
    inside = [Point(min(x, last), y, max(0.0, y - 0.1), min(1.0, y + 0.1)) for x, y in figures]
    chart = plot([("a", inside), ("b", inside[:1])], x_range=(0, last))
    for curve in chart.curves:
        for x, y in curve.dots:
            assert LEFT <= x <= WIDTH - RIGHT
            assert TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1
        assert curve.band.endswith("Z")
    assert [curve.label for curve in chart.curves] == ["a", "b"]


def test_a_curve_without_bounds_has_no_band_and_one_without_points_is_refused() -> None:
    assert plot([("", [Point(0, 0), Point(1, 1)])], x_range=(0, 1)).curves[0].band == ""
    with pytest.raises(ValueError, match="point"):
        plot([("", [])], x_range=(0, 1))
