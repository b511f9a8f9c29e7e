"""Glicko-2: a rating with its uncertainty, moved by what was achieved against what was expected.

M. E. Glickman, "Example of the Glicko-2 system" (2013, revised 2022), glicko.net. The steps below
are numbered as there. A learner plays against cases: the score of an attempt, anywhere in [0, 1],
is the learner's; what is missing to 1 is the case's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

START_RATING: Final = 1500.0
START_DEVIATION: Final = 350.0
START_VOLATILITY: Final = 0.06
# Glickman: 0.3 to 1.2; small, since a reader does not change overnight.
TAU: Final = 0.5
# One rating period; over it the deviation of who does not play grows by the volatility.
PERIOD_S: Final = 7 * 24 * 3600.0

_SCALE: Final = 173.7178
_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Rating:
    """``value`` on Elo's scale; ``deviation``: one standard error of it, at most 350."""

    value: float = START_RATING
    deviation: float = START_DEVIATION
    volatility: float = START_VOLATILITY

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return self.value - 1.96 * self.deviation, self.value + 1.96 * self.deviation


@dataclass(frozen=True, slots=True)
class Game:
    """Against whom, and what came of it: 1 all, 0 nothing."""

    opponent: Rating
    score: float


def expected_score(player: Rating, opponent: Rating) -> float:
    """What the player is expected to score against this opponent, in (0, 1)."""
    g = _g(opponent.deviation / _SCALE)
    return 1 / (1 + math.exp(-g * (player.value - opponent.value) / _SCALE))


def rested(rating: Rating, seconds: float) -> Rating:
    """The rating after a time without games: no other value, but less certain (step 6)."""
    periods = max(0.0, seconds) / PERIOD_S
    phi = rating.deviation / _SCALE
    grown = math.sqrt(phi * phi + periods * rating.volatility**2) * _SCALE
    return Rating(rating.value, min(grown, START_DEVIATION), rating.volatility)


def updated(rating: Rating, games: Sequence[Game]) -> Rating:
    """The rating after these games, all played at once; the same rating after none.

    Raises ValueError for a score outside [0, 1]. Time that passed is the business of ``rested``.
    """
    if any(not 0 <= game.score <= 1 for game in games):
        raise ValueError("A score lies in [0, 1].")
    if not games:
        return rating
    # Step 2.
    mu = (rating.value - START_RATING) / _SCALE
    phi = rating.deviation / _SCALE
    terms = [
        (_g(game.opponent.deviation / _SCALE), expected_score(rating, game.opponent), game.score)
        for game in games
    ]
    # Steps 3 and 4.
    variance = 1 / sum(g * g * e * (1 - e) for g, e, _score in terms)
    surprise = sum(g * (score - e) for g, e, score in terms)
    delta = variance * surprise
    # Steps 5 to 7. No time has passed, so the deviation is not grown by the volatility here.
    volatility = _new_volatility(phi, variance, delta, rating.volatility)
    phi_new = 1 / math.sqrt(1 / (phi * phi) + 1 / variance)
    mu_new = mu + phi_new * phi_new * surprise
    return Rating(START_RATING + _SCALE * mu_new, _SCALE * phi_new, volatility)


def _g(phi: float) -> float:
    return 1 / math.sqrt(1 + 3 * phi * phi / (math.pi * math.pi))


def _new_volatility(phi: float, variance: float, delta: float, sigma: float) -> float:
    """Step 5: the root of f by the Illinois method."""
    a = math.log(sigma * sigma)

    def f(x: float) -> float:
        e = math.exp(x)
        above = e * (delta * delta - phi * phi - variance - e)
        return above / (2 * (phi * phi + variance + e) ** 2) - (x - a) / (TAU * TAU)

    low = a
    if delta * delta > phi * phi + variance:
        high = math.log(delta * delta - phi * phi - variance)
    else:
        k = 1
        while f(a - k * TAU) < 0:
            k += 1
        high = a - k * TAU
    f_low, f_high = f(low), f(high)
    while abs(high - low) > _TOLERANCE:
        middle = low + (low - high) * f_low / (f_high - f_low)
        f_middle = f(middle)
        if f_middle * f_high <= 0:
            low, f_low = high, f_high
        else:
            f_low /= 2
        high, f_high = middle, f_middle
    return math.exp(low / 2)
