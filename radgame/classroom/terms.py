"""The conditions of an assignment, and what they allow at a moment. Pure.

What becomes of work: a case submitted in time counts; after closing it is refused, or taken as
late where late work is accepted; once the time limit is over nothing more is taken. What was never
submitted stays a draft, which the learner keeps and nobody marks. A set that was begun and has
cases left when it closes is partial; one that was never begun was missed.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# A submit that was on its way when the time ran out is still taken.
GRACE: Final = timedelta(seconds=30)


class FeedbackTime(StrEnum):
    """When a learner sees what became of a case."""

    AT_ONCE = "at_once"
    AFTER_SET = "after_set"
    AFTER_CLOSE = "after_close"
    AFTER_STUDY = "after_study"


class Refusal(StrEnum):
    """Why nothing can be submitted now."""

    NOT_OPEN_YET = "not_open_yet"
    CLOSED = "closed"
    OUT_OF_TIME = "out_of_time"


class Fate(StrEnum):
    """What has become of a learner's work on an assignment."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    COMPLETE = "complete"
    LATE = "late"
    """Complete, and some of it submitted after closing."""
    PARTIAL = "partial"
    """Some cases were submitted, and no more can be."""
    ABANDONED = "abandoned"
    """It was begun, nothing was submitted, and no more can be."""
    MISSED = "missed"
    """It was never begun, and no longer can be."""


@dataclass(frozen=True, slots=True)
class Terms:
    opens_at: datetime
    closes_at: datetime | None
    accepts_late: bool
    time_limit_s: int | None
    feedback: FeedbackTime


@dataclass(frozen=True, slots=True)
class Work:
    """What a learner has done. ``last_at``: the last submit; ``finished_at``: of the whole set.

    ``study_finished_at``: of the study that the assignment is a part of.
    """

    started_at: datetime | None = None
    submitted: int = 0
    of: int = 0
    last_at: datetime | None = None
    finished_at: datetime | None = None
    study_finished_at: datetime | None = None


def deadline(terms: Terms, started_at: datetime | None) -> datetime | None:
    """The last moment for a submit, without the grace; None where there is none."""
    ends = []
    if terms.closes_at is not None and not terms.accepts_late:
        ends.append(terms.closes_at)
    if terms.time_limit_s is not None and started_at is not None:
        ends.append(started_at + timedelta(seconds=terms.time_limit_s))
    return min(ends, default=None)


def refusal(terms: Terms, started_at: datetime | None, now: datetime) -> Refusal | None:
    """Why a case cannot be submitted now; None when it can."""
    if now < terms.opens_at:
        return Refusal.NOT_OPEN_YET
    if terms.closes_at is not None and not terms.accepts_late and now > terms.closes_at + GRACE:
        return Refusal.CLOSED
    if terms.time_limit_s is None or started_at is None:
        return None
    ends_at = started_at + timedelta(seconds=terms.time_limit_s)
    return Refusal.OUT_OF_TIME if now > ends_at + GRACE else None


def is_late(terms: Terms, submitted_at: datetime) -> bool:
    return terms.closes_at is not None and submitted_at > terms.closes_at + GRACE


def feedback_is_open(terms: Terms, work: Work, now: datetime) -> bool:
    """Whether the learner may see what became of what they submitted.

    After the set: when it is finished, or when no more can be submitted. After it closes: then,
    whether or not late work is taken. After a study: when they have done its last test, or it is
    closed.
    """
    match terms.feedback:
        case FeedbackTime.AT_ONCE:
            return True
        case FeedbackTime.AFTER_SET:
            return work.finished_at is not None or _is_over(terms, work, now)
        case FeedbackTime.AFTER_CLOSE:
            return _has_closed(terms, now)
        case FeedbackTime.AFTER_STUDY:
            return work.study_finished_at is not None or _has_closed(terms, now)


def keeps_films(terms: Terms, work: Work, now: datetime) -> bool:
    """Whether the learner may not see the answers elsewhere: it is to do, or feedback is to come.

    Where late work is taken it is to do until it is done.
    """
    if work.finished_at is None and not _is_over(terms, work, now):
        return True
    return not feedback_is_open(terms, work, now)


def fate(terms: Terms, work: Work, now: datetime) -> Fate:
    """What has become of the work, in one word.

    A set that was gone through is complete whatever was counted: withdrawn cases are stepped over.
    """
    if work.finished_at is not None or (work.of and work.submitted >= work.of):
        late = work.last_at is not None and is_late(terms, work.last_at)
        return Fate.LATE if late else Fate.COMPLETE
    if not _is_over(terms, work, now):
        return Fate.NOT_STARTED if work.started_at is None else Fate.UNDER_WAY
    if work.started_at is None:
        return Fate.MISSED
    return Fate.PARTIAL if work.submitted else Fate.ABANDONED


def _has_closed(terms: Terms, now: datetime) -> bool:
    return terms.closes_at is not None and now > terms.closes_at + GRACE


def _is_over(terms: Terms, work: Work, now: datetime) -> bool:
    return refusal(terms, work.started_at, now) in {Refusal.CLOSED, Refusal.OUT_OF_TIME}


def order_of(positions: Sequence[int], *, seed: int, reader: int, shuffled: bool) -> list[int]:
    """The places of the set in the order in which this learner plays them.

    Shuffled, it is the same at every visit, and another for everybody.
    """
    ordered = sorted(positions)
    if shuffled:
        random.Random(f"{seed}/{reader}").shuffle(ordered)  # noqa: S311 - an order is no secret
    return ordered
