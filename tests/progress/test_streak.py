"""Streaks by hand, and what no streak may do."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.progress.streak import MOST_FREEZES, Streak, as_of, played

MONDAY = date(2026, 11, 2)


def after(days: list[int]) -> Streak:
    streak = Streak()
    for number in days:
        streak = played(streak, MONDAY + timedelta(days=number))
    return streak


@pytest.mark.parametrize(
    ("days", "length", "freezes", "longest"),
    [
        ([0], 1, 0, 1),
        ([0, 1, 2], 3, 0, 3),
        ([0, 0, 0], 1, 0, 1),
        ([0, 2], 1, 0, 1),
        (list(range(7)), 7, 1, 7),
        ([*range(7), 8], 8, 0, 8),
        ([*range(7), 9], 1, 0, 7),
        (list(range(14)), 14, 2, 14),
        ([*range(14), 16], 15, 0, 15),
        (list(range(35)), 35, 2, 35),
    ],
)
def test_streaks_by_hand(days: list[int], length: int, freezes: int, longest: int) -> None:
    streak = after(days)
    assert (streak.days, streak.freezes, streak.longest) == (length, freezes, longest)


def test_today_is_not_missed_until_it_is_over() -> None:
    streak = after([0, 1])
    assert as_of(streak, MONDAY + timedelta(days=2)).days == 2
    assert as_of(streak, MONDAY + timedelta(days=3)).days == 0


def test_a_frozen_day_is_shown_as_used() -> None:
    streak = after(list(range(7)))
    assert as_of(streak, MONDAY + timedelta(days=8)) == Streak(
        days=7, last=MONDAY + timedelta(days=6), freezes=0, longest=7
    )


def test_a_day_that_comes_late_changes_nothing() -> None:
    streak = after([0, 1, 2])
    assert played(streak, MONDAY) == streak


@given(st.sets(st.integers(0, 120), min_size=1))
def test_no_streak_is_longer_than_the_days_played(days: set[int]) -> None:
    streak = after(sorted(days))
    assert 1 <= streak.days <= streak.longest <= len(days)
    assert 0 <= streak.freezes <= MOST_FREEZES


@given(st.sets(st.integers(0, 60), min_size=1), st.integers(0, 60))
def test_one_more_day_of_play_never_shortens_the_longest(days: set[int], extra: int) -> None:
    assert after(sorted(days | {extra})).longest >= after(sorted(days)).longest - 1
