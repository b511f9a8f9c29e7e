"""A few things worth having reached, each once. Pure.

None is for volume alone, none for speed, and none can be lost. What a rule must remember of a
reader's past is a small tally, so that an outcome costs the same however many came before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from .glicko2 import START_RATING, Rating, expected_score
from .schedule import Rest

NORMALS: Final = 10
FIRSTS: Final = 100
STREAK_DAYS: Final = 30
KEPT_DAYS: Final = 30
# Films with a finding, below which nothing is said of it.
FILMS: Final = 20
MASTERED: Final = 0.7
EVEN: Final = 0.5
ALL: Final = 0.999

# As mastery is shown: on a film of middling difficulty.
TYPICAL: Final = Rating(START_RATING, 0.0)


class Kind(StrEnum):
    NORMALS = "normals"
    FIRSTS = "firsts"
    MASTERED = "mastered"
    TURNED_ROUND = "turned_round"
    KEPT = "kept"
    STREAK = "streak"


@dataclass(frozen=True, slots=True)
class Earned:
    """``scope``: the finding it is about. ``figures``: what its sentence tells, as it was then."""

    kind: Kind
    game: str = ""
    scope: str = ""
    figures: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Met:
    """A finding on a film read for the first time: what was got of it, in [0, 1], and the rating.

    ``films``: how many the rating rests on afterwards. ``rest``: of a finding that was once missed,
    since it was met last; None for one that never was.
    """

    scope: str
    credit: float
    before: Rating
    after: Rating
    films: int
    rest: Rest | None


@dataclass(frozen=True, slots=True)
class First:
    """A first attempt. ``is_clear``: the film is normal, and was read as such; None: it is not."""

    game: str
    score: float
    is_clear: bool | None
    met: Sequence[Met]


@dataclass(frozen=True, slots=True)
class Tally:
    """``normals``: normal films in a row that were called so. ``firsts`` and ``right``: first
    attempts by game, and those in which nothing was missed or wrong. ``weak``: game and finding of
    what was once clearly below even."""

    normals: int = 0
    firsts: tuple[tuple[str, int], ...] = ()
    right: tuple[tuple[str, int], ...] = ()
    weak: frozenset[tuple[str, str]] = frozenset()

    def to_json(self) -> dict[str, Any]:
        return {
            "normals": self.normals,
            "firsts": dict(self.firsts),
            "right": dict(self.right),
            "weak": sorted(list(pair) for pair in self.weak),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Tally":
        return cls(
            normals=data["normals"],
            firsts=tuple(sorted(data["firsts"].items())),
            right=tuple(sorted(data["right"].items())),
            weak=frozenset((game, scope) for game, scope in data["weak"]),
        )


def read(tally: Tally, first: First) -> tuple[Tally, list[Earned]]:
    """The tally after a first attempt, and what was reached with it."""
    earned: list[Earned] = []
    normals = tally.normals
    if first.is_clear is not None:
        normals = normals + 1 if first.is_clear else 0
        if first.is_clear and normals == NORMALS:
            earned.append(Earned(Kind.NORMALS, first.game))
    firsts, right = dict(tally.firsts), dict(tally.right)
    firsts[first.game] = firsts.get(first.game, 0) + 1
    right[first.game] = right.get(first.game, 0) + (first.score >= ALL)
    if firsts[first.game] == FIRSTS:
        earned.append(Earned(Kind.FIRSTS, first.game, figures={"right": right[first.game]}))
    weak = set(tally.weak)
    for met in first.met:
        earned += _of_finding(first.game, met, weak)
    after = replace(
        tally,
        normals=normals,
        firsts=tuple(sorted(firsts.items())),
        right=tuple(sorted(right.items())),
        weak=frozenset(weak),
    )
    return after, earned


def _of_finding(game: str, met: Met, weak: set[tuple[str, str]]) -> list[Earned]:
    earned = []
    low, high = _bounds(met.after)
    known, is_weak = met.films >= FILMS, (game, met.scope) in weak
    was_mastered = met.films > FILMS and _bounds(met.before)[0] >= MASTERED
    if known and low >= MASTERED and not was_mastered:
        earned.append(Earned(Kind.MASTERED, game, met.scope, {"films": met.films}))
    if known and is_weak and low >= EVEN:
        weak.discard((game, met.scope))
        earned.append(Earned(Kind.TURNED_ROUND, game, met.scope, {"films": met.films}))
    if known and high < EVEN:
        weak.add((game, met.scope))
    if met.rest is not None and met.credit >= ALL and _is_kept(met.rest):
        earned.append(Earned(Kind.KEPT, game, met.scope, {"days": int(met.rest.days)}))
    return earned


def _is_kept(rest: Rest) -> bool:
    """Learnt, by being found again and again, and then left alone for a month: one lucky film
    after a long time off is not it."""
    return min(rest.days, rest.stability_days) >= KEPT_DAYS


def _bounds(rating: Rating) -> tuple[float, float]:
    """Of the share that is expected to be got, the 95 % interval."""
    low, high = rating.interval
    return expected_score(Rating(low), TYPICAL), expected_score(Rating(high), TYPICAL)


def lasted(before: int, after: int) -> list[Earned]:
    """What a streak of so many days, that was so long before, has reached."""
    return [Earned(Kind.STREAK)] if before < STREAK_DAYS <= after else []
