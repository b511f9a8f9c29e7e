"""What an assignment allows and what becomes of work: tables by hand, and what always holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.classroom.terms import (
    GRACE,
    Fate,
    FeedbackTime,
    Refusal,
    Terms,
    Work,
    deadline,
    fate,
    feedback_is_open,
    is_late,
    order_of,
    refusal,
)

OPENS = datetime(2026, 11, 2, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=7)
HOUR = timedelta(hours=1)


def terms(
    *,
    closes: datetime | None = CLOSES,
    late: bool = False,
    limit_s: int | None = None,
    feedback: FeedbackTime = FeedbackTime.AT_ONCE,
) -> Terms:
    return Terms(OPENS, closes, late, limit_s, feedback)


@pytest.mark.parametrize(
    ("given_terms", "started", "now", "expected"),
    [
        (terms(), None, OPENS - HOUR, Refusal.NOT_OPEN_YET),
        (terms(), None, OPENS, None),
        (terms(), OPENS, CLOSES, None),
        (terms(), OPENS, CLOSES + GRACE, None),
        (terms(), OPENS, CLOSES + HOUR, Refusal.CLOSED),
        (terms(late=True), OPENS, CLOSES + HOUR, None),
        (terms(closes=None), OPENS, CLOSES + 1000 * HOUR, None),
        (terms(limit_s=3600), None, OPENS + 5 * HOUR, None),
        (terms(limit_s=3600), OPENS, OPENS + HOUR, None),
        (terms(limit_s=3600), OPENS, OPENS + 2 * HOUR, Refusal.OUT_OF_TIME),
        (terms(limit_s=3600, late=True), OPENS, OPENS + 2 * HOUR, Refusal.OUT_OF_TIME),
        (terms(limit_s=3600), CLOSES - HOUR / 2, CLOSES + HOUR, Refusal.CLOSED),
    ],
)
def test_when_a_case_can_be_submitted(
    given_terms: Terms, started: datetime | None, now: datetime, expected: Refusal | None
) -> None:
    assert refusal(given_terms, started, now) == expected


@pytest.mark.parametrize(
    ("given_terms", "started", "expected"),
    [
        (terms(), OPENS, CLOSES),
        (terms(late=True), OPENS, None),
        (terms(limit_s=3600), OPENS, OPENS + HOUR),
        (terms(limit_s=3600), None, CLOSES),
        (terms(limit_s=3600), CLOSES - HOUR / 2, CLOSES),
        (terms(closes=None), None, None),
    ],
)
def test_the_last_moment(
    given_terms: Terms, started: datetime | None, expected: datetime | None
) -> None:
    assert deadline(given_terms, started) == expected


@pytest.mark.parametrize(
    ("work", "now", "late", "expected"),
    [
        (Work(of=5), OPENS, False, Fate.NOT_STARTED),
        (Work(of=5), CLOSES + HOUR, False, Fate.MISSED),
        (Work(of=5), CLOSES + HOUR, True, Fate.NOT_STARTED),
        (Work(OPENS, 0, 5), OPENS + HOUR, False, Fate.UNDER_WAY),
        (Work(OPENS, 0, 5), CLOSES + HOUR, False, Fate.ABANDONED),
        (Work(OPENS, 3, 5, OPENS + HOUR), CLOSES + HOUR, False, Fate.PARTIAL),
        (Work(OPENS, 5, 5, OPENS + HOUR), CLOSES + HOUR, False, Fate.COMPLETE),
        (Work(OPENS, 5, 5, CLOSES + HOUR), CLOSES + 2 * HOUR, True, Fate.LATE),
        (Work(OPENS, 3, 5, OPENS + HOUR), CLOSES + HOUR, True, Fate.UNDER_WAY),
    ],
)
def test_what_has_become_of_the_work(work: Work, now: datetime, late: bool, expected: Fate) -> None:
    assert fate(terms(late=late), work, now) == expected


@pytest.mark.parametrize(
    ("feedback", "work", "now", "expected"),
    [
        (FeedbackTime.AT_ONCE, Work(OPENS, 1, 5), OPENS + HOUR, True),
        (FeedbackTime.AFTER_SET, Work(OPENS, 4, 5), OPENS + HOUR, False),
        (FeedbackTime.AFTER_SET, Work(OPENS, 5, 5, None, OPENS + HOUR), OPENS + HOUR, True),
        (FeedbackTime.AFTER_SET, Work(OPENS, 4, 5), CLOSES + HOUR, True),
        (FeedbackTime.AFTER_CLOSE, Work(OPENS, 5, 5, None, OPENS + HOUR), CLOSES, False),
        (FeedbackTime.AFTER_CLOSE, Work(OPENS, 1, 5), CLOSES + HOUR, True),
    ],
)
def test_when_feedback_is_shown(
    feedback: FeedbackTime, work: Work, now: datetime, expected: bool
) -> None:
    assert feedback_is_open(terms(feedback=feedback), work, now) is expected


def test_feedback_after_a_study_waits_for_its_end_or_the_learners() -> None:
    study = terms(feedback=FeedbackTime.AFTER_STUDY)
    done = Work(started_at=OPENS, finished_at=OPENS + HOUR)
    assert not feedback_is_open(study, done, OPENS + 2 * HOUR)
    assert feedback_is_open(study, replace(done, study_finished_at=OPENS + HOUR), OPENS + 2 * HOUR)
    assert study.closes_at is not None
    assert not feedback_is_open(study, done, study.closes_at)
    assert feedback_is_open(study, done, study.closes_at + 2 * GRACE)


any_terms = st.builds(
    terms,
    closes=st.none() | st.just(CLOSES),
    late=st.booleans(),
    limit_s=st.none() | st.integers(60, 10_000),
    feedback=st.sampled_from([FeedbackTime.AT_ONCE, FeedbackTime.AFTER_SET]),
)
moments = st.integers(0, 20 * 24 * 3600).map(lambda seconds: OPENS + timedelta(seconds=seconds))


@given(any_terms, moments, moments)
def test_once_it_is_over_it_stays_over(
    given_terms: Terms, started: datetime, now: datetime
) -> None:
    over = {Refusal.CLOSED, Refusal.OUT_OF_TIME}
    if refusal(given_terms, started, now) in over:
        assert refusal(given_terms, started, now + HOUR) in over


@given(any_terms, moments, moments)
def test_what_is_taken_before_the_last_moment_is_never_late(
    given_terms: Terms, started: datetime, now: datetime
) -> None:
    last = deadline(given_terms, started)
    if last is not None and started <= now <= last:
        assert refusal(given_terms, started, now) is None
        if not given_terms.accepts_late:
            assert not is_late(given_terms, now)


@given(st.sets(st.integers(0, 500), max_size=60), st.integers(0, 2**31), st.integers(1, 10**6))
def test_an_order_has_every_place_once_and_stays(
    positions: set[int], seed: int, reader: int
) -> None:
    order = order_of(list(positions), seed=seed, reader=reader, shuffled=True)
    assert sorted(order) == sorted(positions)
    assert order == order_of(sorted(positions), seed=seed, reader=reader, shuffled=True)


def test_orders_differ_between_learners_and_a_fixed_one_does_not() -> None:
    places = list(range(20))
    orders = {tuple(order_of(places, seed=7, reader=r, shuffled=True)) for r in range(10)}
    assert len(orders) == 10
    assert order_of(places, seed=7, reader=3, shuffled=False) == places
