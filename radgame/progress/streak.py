"""Days in a row, in the learner's own time zone, with a freeze for a life outside the hospital.

Seven days of a streak earn a freeze; at most two are kept. A day without play uses one, by itself.
So a weekend off after two weeks ends nothing, and a night on call never does.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

DAYS_FOR_A_FREEZE: Final = 7
MOST_FREEZES: Final = 2


@dataclass(frozen=True, slots=True)
class Streak:
    """``days``: days played in a row, frozen ones not counted. ``last``: the last day played."""

    days: int = 0
    last: date | None = None
    freezes: int = 0
    longest: int = 0


def played(streak: Streak, day: date) -> Streak:
    """The streak after play on ``day``; a day before the last one changes nothing."""
    if streak.last is None:
        return Streak(days=1, last=day, freezes=0, longest=max(1, streak.longest))
    if day <= streak.last:
        return streak
    missed = (day - streak.last).days - 1
    if missed > streak.freezes:
        return replace(streak, days=1, last=day, freezes=0)
    days = streak.days + 1
    freezes = streak.freezes - missed
    if days % DAYS_FOR_A_FREEZE == 0:
        freezes = min(MOST_FREEZES, freezes + 1)
    return Streak(days=days, last=day, freezes=freezes, longest=max(streak.longest, days))


def as_of(streak: Streak, today: date) -> Streak:
    """The streak as it stands today: none when more days were missed than are frozen.

    Today itself is not over, so it does not count as missed.
    """
    if streak.last is None:
        return streak
    missed = max(0, (today - streak.last).days - 1)
    if missed > streak.freezes:
        return replace(streak, days=0, freezes=0)
    return replace(streak, freezes=streak.freezes - missed)
