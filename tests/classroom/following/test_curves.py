"""Learning curves by hand: steps of ten, and nothing below twenty cases."""

import numpy as np
import pytest

from radgame.classroom.following.curves import (
    cohort_curve,
    expected_scores,
    learner_change,
    learner_curve,
)
from radgame.classroom.following.items import CaseMeans, case_means
from radgame.classroom.following.records import Records
from radgame.classroom.following.statistics import difference, mean_interval, wilson


def played(scores: dict[int, list[float]]) -> Records:
    """By reader, scores on the cases 0, 1, … in the order of reading; readers in turn."""
    rows = [
        (reader, case, score, float(case))
        for reader, own in scores.items()
        for case, score in enumerate(own)
    ]
    readers, cases, values, at = (np.array(column) for column in zip(*rows, strict=True))
    return Records(readers, cases, values.astype(float), np.full(len(rows), 20.0), at)


def means_of(records: Records) -> CaseMeans:
    return case_means(records.first_of_each())


def test_nineteen_cases_are_no_curve_and_twenty_are() -> None:
    nineteen, twenty = played({1: [0.5] * 19}), played({1: [0.5] * 20})
    assert learner_curve(nineteen, means_of(nineteen)) == ()
    assert len(learner_curve(twenty, means_of(twenty))) == 2


def test_a_learners_steps_are_means_of_ten() -> None:
    own = played({1: [0.2] * 10 + [0.8] * 10 + [1.0] * 3})
    first, second = learner_curve(own, means_of(own))
    assert (first.first, first.last, first.mean) == (1, 10, pytest.approx(0.2))
    # The three that are left over are in no step.
    assert (second.first, second.last, second.mean) == (11, 20, pytest.approx(0.8))
    assert second.interval.low == pytest.approx(wilson(8, 10).low)
    assert second.interval.high == pytest.approx(wilson(8, 10).high)


def test_the_order_is_that_of_submitting_and_a_second_time_counts_for_nothing() -> None:
    own = played({1: [0.0] * 10 + [1.0] * 10})
    backwards = Records(own.reader, own.case, own.score, own.seconds, -own.at)
    again = Records(
        *(
            np.concatenate([column, column])
            for column in (own.reader, own.case, own.score, own.seconds)
        ),
        np.concatenate([own.at, own.at + 100]),
    )
    means = means_of(own)
    assert [step.mean for step in learner_curve(backwards, means)] == [1.0, 0.0]
    assert [step.mean for step in learner_curve(again, means)] == [0.0, 1.0]


def test_the_cohorts_step_is_the_mean_of_its_learners() -> None:
    steps = cohort_curve(played({1: [0.2] * 20, 2: [0.4] * 20, 3: [0.9] * 9}))
    assert [step.mean for step in steps] == pytest.approx([0.3, 0.3])
    # Nine cases are no step.
    assert [step.learners for step in steps] == [2, 2]
    assert steps[0].interval.high == pytest.approx(mean_interval([0.2, 0.4]).high)


def test_one_learner_is_no_cohort_and_one_step_no_curve() -> None:
    assert cohort_curve(played({1: [0.5] * 40})) == ()
    assert cohort_curve(played({1: [0.5] * 10, 2: [0.5] * 10})) == ()


def test_a_step_ends_the_curve_where_one_learner_is_left() -> None:
    steps = cohort_curve(played({1: [0.5] * 30, 2: [0.6] * 20}))
    assert [step.last for step in steps] == [10, 20]


def test_harder_cases_are_no_decline() -> None:
    # Everybody scores 0.9 on the first ten cases and 0.5 on the last; the learner is 0.1 below
    # at first, and equal at last.
    everybody = played({1: [0.8] * 10 + [0.5] * 10, 2: [1.0] * 10 + [0.5] * 10})
    own = everybody.of_readers([1])
    change = learner_change(own, means_of(everybody))
    assert change is not None
    assert change.last < change.first
    assert change.gain == pytest.approx(0.1)


def test_a_case_nobody_read_has_no_expectation() -> None:
    own = played({1: [0.5, 0.5]})
    known = own.where(np.array([True, False]))
    assert expected_scores(own, means_of(known))[0] == 0.5
    assert np.isnan(expected_scores(own, means_of(known))[1])


def test_students_interval_is_the_textbooks() -> None:
    # Mean 0.5, standard deviation 0.1, n = 5: t(4; 0.975) = 2.7764.
    values = [0.5 - 0.1 * np.sqrt(2), 0.5, 0.5, 0.5, 0.5 + 0.1 * np.sqrt(2)]
    interval = mean_interval(values)
    assert interval.high - 0.5 == pytest.approx(2.7764 * 0.1 / np.sqrt(5), abs=1e-4)
    assert 0.5 - interval.low == pytest.approx(interval.high - 0.5)


def test_one_value_has_no_spread() -> None:
    with pytest.raises(ValueError, match="no spread"):
        mean_interval([0.5])


def test_nineteen_cases_are_no_change() -> None:
    own = played({1: [0.5] * 19})
    assert learner_change(own, means_of(own)) is None


def test_the_difference_of_two_means_is_the_textbooks() -> None:
    # Two groups of ten with standard deviation 0.2: t(18; 0.975) = 2.1009 times 0.2 √(2/10).
    before = np.array([0.3, 0.7] * 5) * 0.9486832980505138
    after = before + 0.25
    value, interval = difference(before, after)
    assert np.std(before, ddof=1) == pytest.approx(0.2)
    assert value == pytest.approx(0.25)
    half = 2.1009 * 0.2 * np.sqrt(2 / 10)
    assert (interval.low, interval.high) == pytest.approx((0.25 - half, 0.25 + half), abs=1e-4)


def test_one_value_has_no_difference() -> None:
    with pytest.raises(ValueError, match="no spread"):
        difference(np.array([0.5]), np.array([0.5, 0.6]))
