"""Glicko-2 against Glickman's own example, a second solver, and what any rating must do."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from radgame.progress.glicko2 import (
    PERIOD_S,
    START_DEVIATION,
    TAU,
    Game,
    Rating,
    expected_score,
    rested,
    updated,
)

ratings = st.builds(
    Rating,
    value=st.floats(600, 2600),
    deviation=st.floats(30, 350),
    volatility=st.floats(0.03, 0.1),
)
scores = st.floats(0, 1)


def test_glickmans_example() -> None:
    player = Rating(1500, 200, 0.06)
    games = [
        Game(Rating(1400, 30), 1),
        Game(Rating(1550, 100), 0),
        Game(Rating(1700, 300), 0),
    ]
    after = updated(rested(player, PERIOD_S), games)
    # The paper grows the deviation after finding the volatility; the order moves the third digit.
    assert after.value == pytest.approx(1464.06, abs=0.1)
    assert after.deviation == pytest.approx(151.52, abs=0.1)
    assert after.volatility == pytest.approx(0.05999, abs=1e-5)


@given(ratings, st.lists(st.tuples(ratings, scores), min_size=1, max_size=6))
def test_the_volatility_is_the_root_that_another_solver_finds(
    player: Rating, met: list[tuple[Rating, float]]
) -> None:
    games = [Game(opponent, score) for opponent, score in met]
    after = updated(player, games)
    scale = 173.7178
    phi = player.deviation / scale
    g = [1 / math.sqrt(1 + 3 * (o.deviation / scale) ** 2 / math.pi**2) for o, _s in met]
    e = [expected_score(player, o) for o, _s in met]
    v = 1 / sum(gi * gi * ei * (1 - ei) for gi, ei in zip(g, e, strict=True))
    delta = v * sum(gi * (s - ei) for gi, ei, (_o, s) in zip(g, e, met, strict=True))
    a = math.log(player.volatility**2)

    def f(x: float) -> float:
        ex = math.exp(x)
        top = ex * (delta**2 - phi**2 - v - ex)
        return top / (2 * (phi**2 + v + ex) ** 2) - (x - a) / TAU**2

    root = brentq(f, a - 40, a + 40, xtol=1e-12)
    assert after.volatility == pytest.approx(math.exp(root / 2), rel=1e-4)


@given(ratings, ratings, scores)
def test_more_than_expected_raises_and_less_lowers(
    player: Rating, opponent: Rating, score: float
) -> None:
    after = updated(player, [Game(opponent, score)])
    surprise = score - expected_score(player, opponent)
    assert (after.value - player.value) * surprise >= 0
    assert after.deviation < player.deviation


@given(ratings, ratings, scores, scores)
def test_a_better_score_never_gives_a_lower_rating(
    player: Rating, opponent: Rating, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    worse = updated(player, [Game(opponent, low)])
    better = updated(player, [Game(opponent, high)])
    assert better.value >= worse.value


@given(ratings, ratings)
def test_two_expect_one_point_between_them_when_equally_known(one: Rating, other: Rating) -> None:
    same = Rating(other.value, one.deviation, other.volatility)
    assert expected_score(one, same) + expected_score(same, one) == pytest.approx(1)


@given(ratings, st.floats(0, 1e9))
def test_rest_makes_less_certain_and_never_more_than_a_stranger(
    player: Rating, seconds: float
) -> None:
    after = rested(player, seconds)
    assert after.value == player.value
    assert player.deviation <= after.deviation * (1 + 1e-12)
    assert after.deviation <= START_DEVIATION


def test_no_games_change_nothing() -> None:
    assert updated(Rating(1600, 80), []) == Rating(1600, 80)


def test_a_score_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="lies in"):
        updated(Rating(), [Game(Rating(), 1.5)])
