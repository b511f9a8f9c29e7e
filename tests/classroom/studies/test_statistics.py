"""Changes, intervals and effects against tables worked by hand and against scipy's own tests."""

import math
import random

import pytest
from scipy import stats

from radgame.classroom.studies.statistics import (
    FEWEST,
    Pair,
    adjusted_differences,
    arm_change,
    compare,
    hedges_g,
    mean_difference,
    mean_interval,
)


def pairs(arm: int, gain: float, count: int, seed: int = 1) -> list[Pair]:
    rng = random.Random(f"{arm}/{seed}")
    made = []
    for _number in range(count):
        pre = rng.uniform(0.2, 0.6)
        made.append(Pair(arm, pre, pre + gain + rng.gauss(0, 0.05)))
    return made


def test_a_change_worked_by_hand() -> None:
    # Changes 0.0, 0.1, …, 0.9: mean 0.45, SD 0.30277, t(9) = 2.26216.
    told = arm_change([Pair(0, 0.1, 0.1 + number / 10) for number in range(10)])
    assert told.n == 10
    assert told.pre == pytest.approx(0.1)
    assert told.change == pytest.approx(0.45)
    assert told.sd == pytest.approx(0.302765)
    assert told.relative == pytest.approx(4.5)
    assert told.interval is not None
    assert told.interval.low == pytest.approx(0.233415, abs=1e-6)
    assert told.interval.high == pytest.approx(0.666585, abs=1e-6)


def test_below_the_fewest_only_means_are_told() -> None:
    told = arm_change(pairs(0, 0.1, FEWEST - 1))
    assert told.change is not None
    assert (told.sd, told.interval, told.relative) == (None, None, None)
    [row] = compare([*pairs(0, 0.1, FEWEST - 1), *pairs(1, 0.2, FEWEST)], 2)
    assert (row.difference, row.hedges_g, row.adjusted) == (None, None, None)


def test_an_arm_without_anybody_tells_nothing() -> None:
    assert arm_change([]).n == 0
    assert arm_change([]).change is None


def test_without_a_pre_test_score_nothing_is_relative_to_it() -> None:
    assert arm_change([Pair(0, 0.0, number / 20) for number in range(10)]).relative is None


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = [pair.change for pair in pairs(0, 0.1, 17)]
    told = mean_interval(values)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (told.low, told.high) == pytest.approx((low, high))


def test_the_difference_of_two_means_is_welchs() -> None:
    first = [pair.change for pair in pairs(0, 0.2, 14)]
    second = [pair.change * 3 for pair in pairs(1, 0.1, 23)]
    told = mean_difference(first, second)
    low, high = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert (told.low, told.high) == pytest.approx((low, high))


def test_hedges_g_worked_by_hand() -> None:
    # Means 3 and 2, both SD 1.58114, so d = 0.63246; J(8) = 0.90270 (Hedges 1981, exact).
    told = hedges_g([1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 2.0, 3.0, 4.0])
    assert told is not None
    assert told.value == pytest.approx(0.63246 * 0.90270, abs=1e-4)


def test_the_interval_of_g_leaves_a_tail_on_either_side() -> None:
    first = [pair.change for pair in pairs(0, 0.2, 14)]
    second = [pair.change for pair in pairs(1, 0.15, 12)]
    told = hedges_g(first, second)
    assert told is not None
    scale = math.sqrt(1 / 14 + 1 / 12)
    statistic = float(stats.ttest_ind(first, second).statistic)
    correction = told.value / (statistic * scale)
    for end, tail in ((told.low, 0.975), (told.high, 0.025)):
        noncentrality = end / correction / scale
        assert stats.nct.cdf(statistic, 24, noncentrality) == pytest.approx(tail, abs=1e-6)


def test_nobody_who_differs_has_no_effect_size() -> None:
    assert hedges_g([0.1] * 10, [0.1] * 10) is None
    assert mean_difference([0.25] * 10, [0.125] * 10).low == 0.125


def test_the_adjusted_difference_finds_what_was_put_in() -> None:
    # post = 0.3 + 0.5 pre + 0.2 in the first arm, without noise.
    made = [
        Pair(arm, pre, 0.3 + 0.5 * pre + (0.2 if arm == 0 else 0.0))
        for arm, start in ((0, 0.1), (1, 0.3))
        for pre in (start + number / 40 for number in range(12))
    ]
    told = adjusted_differences(made)[0, 1]
    assert told.value == pytest.approx(0.2)
    assert told.high - told.low == pytest.approx(0, abs=1e-6)


def test_nothing_is_adjusted_where_everybody_had_the_same_pre_test_score() -> None:
    made = [Pair(arm, 0.5, 0.5 + number / 50) for arm in (0, 1) for number in range(12)]
    assert adjusted_differences(made) == {}


def test_each_arm_is_compared_with_each_later_one() -> None:
    made = [pair for arm in range(3) for pair in pairs(arm, arm / 10, 12)]
    told = compare(made, 3)
    assert [(row.first, row.second) for row in told] == [(0, 1), (0, 2), (1, 2)]
    assert all(row.difference and row.hedges_g and row.adjusted for row in told)


def test_an_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    # Skewed changes, n = 10: the reason for Student's interval instead of the percentile bootstrap.
    rng = random.Random(4)
    held = 0
    for _time in range(600):
        told = mean_interval([rng.betavariate(2, 5) for _number in range(10)])
        held += told.low <= 2 / 7 <= told.high
    assert 0.92 <= held / 600 <= 0.98
