"""Item statistics by hand, and against formulas written another way."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.classroom.following.items import (
    case_means,
    correlate,
    fisher_interval,
    item_statistics,
    quartiles,
    rest_scores,
)
from radgame.classroom.following.records import Records


def records(*rows: tuple[int, int, float], seconds: float = 30.0) -> Records:
    """Of (reader, case, score), submitted one after the other."""
    readers, cases, scores = zip(*rows, strict=True)
    return Records(
        np.array(readers),
        np.array(cases),
        np.array(scores, float),
        np.full(len(rows), seconds),
        np.arange(len(rows), dtype=float),
    )


def test_difficulty_is_the_mean_and_the_share_of_all_right() -> None:
    rows = records((1, 7, 1.0), (2, 7, 0.5), (3, 7, 0.0), (4, 7, 1.0), (1, 8, 0.2))
    hard, easy = item_statistics(rows)
    assert (hard.case, hard.n, hard.mean, hard.right) == (8, 1, 0.2, 0)
    assert (easy.case, easy.n, easy.mean, easy.right, easy.share) == (7, 4, 0.625, 2, 0.5)
    # Wilson, 2 of 4.
    assert (easy.interval.low, easy.interval.high) == pytest.approx((0.1500, 0.8500), abs=5e-5)


def test_only_the_first_time_at_a_case_counts() -> None:
    (item,) = item_statistics(records((1, 7, 0.0), (1, 7, 1.0), (1, 7, 1.0)))
    assert (item.n, item.mean) == (1, 0.0)


def test_nothing_submitted_is_no_item() -> None:
    assert item_statistics(records((1, 1, 1.0)).of_readers([2])) == []


def test_the_rest_score_leaves_the_case_out() -> None:
    rows = records(*((1, case, case / 10) for case in range(6)))
    # Of 0, 0.1, …, 0.5 the others' mean: (1.5 − own) / 5.
    assert rest_scores(rows) == pytest.approx([0.30, 0.28, 0.26, 0.24, 0.22, 0.20])


def test_five_others_are_needed_for_a_rest_score() -> None:
    assert np.isnan(rest_scores(records(*((1, case, 0.5) for case in range(5))))).all()


def test_the_correlation_by_hand() -> None:
    # Five wrong with rests of mean 0.3, five right with rests of mean 0.5; the population's
    # standard deviation of all rests is √0.03: r = (0.5 − 0.3) / √0.03 · √(¼).
    rest = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.3, 0.4, 0.5, 0.6, 0.7])
    right = np.array([0.0] * 5 + [1.0] * 5)
    told = correlate(right, rest)
    assert told is not None
    assert told.value == pytest.approx(0.1 / math.sqrt(0.03))
    assert told.n == 10


@given(
    st.lists(
        st.tuples(st.booleans(), st.floats(0, 1).map(lambda value: round(value, 3))),
        min_size=10,
        max_size=40,
    )
)
def test_the_correlation_is_the_one_of_the_standard_library(
    pairs: list[tuple[bool, float]],
) -> None:
    right = [float(one) for one, _rest in pairs]
    rest = [value for _one, value in pairs]
    told = correlate(np.array(right), np.array(rest))
    if len(set(right)) < 2 or len(set(rest)) < 2:
        assert told is None
    else:
        assert told is not None
        assert told.value == pytest.approx(statistics.correlation(right, rest), abs=1e-9)
        assert -1 <= told.interval.low <= told.value <= told.interval.high <= 1


def test_nine_learners_and_learners_without_a_rest_correlate_with_nothing() -> None:
    right = np.array([0.0, 1.0] * 5)
    rest = np.linspace(0, 1, 10)
    assert correlate(right, rest) is not None
    assert correlate(right[:9], rest[:9]) is None
    rest[3] = np.nan
    assert correlate(right, rest) is None


def test_fishers_interval_is_the_published_one() -> None:
    # Fisher's own example in later editions of Statistical Methods: r = 0.5, n = 28.
    interval = fisher_interval(0.5, 28)
    assert (interval.low, interval.high) == pytest.approx((0.1558, 0.7362), abs=5e-4)


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=30))
def test_quartiles_are_those_of_the_standard_library(values: list[float]) -> None:
    told = quartiles(np.array(values))
    wanted = statistics.quantiles(values, n=4, method="inclusive")
    assert (told.first, told.median, told.third) == pytest.approx(tuple(wanted))


def test_nothing_has_no_quartiles() -> None:
    with pytest.raises(ValueError, match="quartiles"):
        quartiles(np.zeros(0))


def test_case_means_are_by_case() -> None:
    rows = records((1, 9, 0.4), (2, 9, 0.8), (1, 3, 1.0))
    means = case_means(rows)
    assert means.case.tolist() == [3, 9]
    assert means.score == pytest.approx([1.0, 0.6])
    assert means.seconds == pytest.approx([30.0, 30.0])


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(0, 500)), min_size=1, max_size=40))
def test_the_median_of_each_case_is_that_of_the_standard_library(
    rows: list[tuple[int, float]],
) -> None:
    cases = np.array([case for case, _seconds in rows])
    seconds = np.array([value for _case, value in rows])
    zeros = np.zeros(len(rows))
    means = case_means(Records(cases, cases, zeros, seconds, zeros))
    wanted = [statistics.median(seconds[cases == case].tolist()) for case in means.case]
    assert means.seconds.tolist() == pytest.approx(wanted)
