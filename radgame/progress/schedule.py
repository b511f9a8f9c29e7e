"""When a finding comes back: spaced repetition by the package ``fsrs``. Pure.

What is learnt is a finding, not a film, so each review is another film with the finding on it. A
card begins with the first miss: what was always seen needs no drill.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fsrs import Card, Rating, Scheduler

# Days, not minutes: nobody sits through steps of ten minutes at a workstation. No fuzz, so that
# the same history always gives the same dates.
SCHEDULER: Final = Scheduler(
    desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False
)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A card as it is stored, and when it is due."""

    card: dict[str, Any]
    due_at: datetime


def grade(credit: float) -> Rating:
    """From what was got of a finding, in [0, 1], to the answer that a card takes."""
    if credit >= 0.999:
        return Rating.Good
    return Rating.Hard if credit >= 0.5 else Rating.Again


@dataclass(frozen=True, slots=True)
class Rest:
    """Days that a finding was not met, and the days for which it was held to be remembered: after
    those, it is found nine times in ten."""

    days: float
    stability_days: float


def rest_before(card: Mapping[str, Any], at: datetime) -> Rest:
    """Since the card's last meeting; no time when that was later."""
    known = Card.from_dict(dict(card))  # type: ignore[arg-type]
    last = known.last_review
    days = 0.0 if last is None else max(0.0, (at - last).total_seconds() / 86_400)
    return Rest(days, known.stability or 0.0)


def met(
    card: Mapping[str, Any] | None, *, credit: float, at: datetime, key: int
) -> Scheduled | None:
    """The card after the finding was met once more; None while it was never missed.

    ``key`` names a card that is made here. A meeting from before the card's last one, booked late,
    changes nothing.
    """
    answer = grade(credit)
    if card is None:
        if answer is not Rating.Again:
            return None
        known = Card(card_id=key, due=at)
    else:
        known = Card.from_dict(dict(card))  # type: ignore[arg-type]
    if known.last_review is not None and at <= known.last_review:
        return Scheduled(dict(known.to_dict()), known.due)
    after, _log = SCHEDULER.review_card(known, answer, at)
    return Scheduled(dict(after.to_dict()), after.due)
