"""Intervals and items against figures worked out by hand."""

import pytest

from radgame.classroom.following.statistics import wilson

# Newcombe 1998, table I, method 3.
PUBLISHED = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]


@pytest.mark.parametrize(("part", "of", "low", "high"), PUBLISHED)
def test_wilsons_interval_is_the_published_one(part: int, of: int, low: float, high: float) -> None:
    interval = wilson(part, of)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("part", "of"), [(0, 1), (1, 1), (7, 7), (3.5, 7)])
def test_the_interval_holds_its_share_and_stays_in_zero_to_one(part: float, of: float) -> None:
    interval = wilson(part, of)
    assert 0 <= interval.low <= part / of + 1e-12
    assert part / of - 1e-12 <= interval.high <= 1


@pytest.mark.parametrize(("part", "of"), [(0, 0), (2, 1), (-1, 5)])
def test_what_is_no_share_has_no_interval(part: int, of: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(part, of)
