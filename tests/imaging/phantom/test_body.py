"""Proportions of the people the films are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radgame.imaging.phantom.body import (
    Body,
    dome,
    heart_edges,
    lateral_edge,
    lung_air,
    make_body,
)
from radgame.imaging.phantom.skeleton import all_ribs
from radgame.imaging.phantom.vessels import hilum_y
from tests.imaging.phantom.films import RECIPES, demo


def person(seed: int, *, sex: str = "M", heart: float | None = None, build: float = 0.0) -> Body:
    return make_body(
        np.random.default_rng(seed),
        age_years=50,
        sex=sex,
        heart=heart,
        build=build,
        inspiration=0.0,
        spine_bow=0.0,
    )


def measured_ratio(body: Body) -> float:
    """Greatest heart width over greatest inner width of the chest, read off the outlines."""
    y = np.arange(0, 300, dtype=np.float32)
    right, left = heart_edges(body, y)
    chest = lateral_edge(body, -1, y) + lateral_edge(body, 1, y)
    return float((left.max() - right.min()) / chest.max())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["F", "M"]), st.floats(-1, 1))
def test_a_healthy_heart_is_less_than_half_as_wide_as_the_chest(
    seed: int, sex: str, build: float
) -> None:
    assert 0.37 < measured_ratio(person(seed, sex=sex, build=build)) < 0.5


@pytest.mark.parametrize("key", ["demo-07", "demo-28"])
def test_an_enlarged_heart_is_wider_than_the_limit_on_its_film(key: str) -> None:
    spec = RECIPES[key].lesions[0]
    assert spec.finding == "cardiomegaly"
    assert measured_ratio(person(3, heart=0.655 - 0.08 * spec.subtlety)) > 0.55
    film = demo(key)
    x_min, _, x_max, _ = film.lesions[0].boxes[0]
    # No chest on these films is wider inside than 300 mm.
    assert (x_max - x_min) * film.spacing_mm / 300 > 0.45


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["F", "M"]))
def test_the_right_dome_stands_higher_and_the_left_hilum_stands_higher(seed: int, sex: str) -> None:
    body = person(seed, sex=sex)
    x = np.array([60.0], np.float32)
    assert dome(body, -1, -x)[0] < dome(body, 1, x)[0]
    assert hilum_y(body, 1) < hilum_y(body, -1)


def test_there_are_twelve_ribs_on_each_side_and_they_fall_forwards() -> None:
    ribs = all_ribs(person(5), np.random.default_rng(5))
    assert [(r.side, r.number) for r in ribs] == [(s, n) for s in (-1, 1) for n in range(1, 13)]
    for rib in ribs:
        head, front = rib.axis[0], rib.axis[-1]
        assert front[1] > head[1] + 5
        assert np.all(np.sign(rib.axis[:, 0][10:]) == rib.side)
    heads = [r.axis[0][1] for r in ribs[:12]]
    assert heads == sorted(heads)


def test_there_is_no_lung_outside_the_cage_or_far_below_the_dome() -> None:
    body = person(8)
    y = np.linspace(-60, 320, 96, dtype=np.float32)[:, None]
    x = np.linspace(-180, 180, 121, dtype=np.float32)[None, :]
    for side in (-1, 1):
        air = lung_air(body, side, x, y)
        assert air.max() > 100
        assert air.min() == 0
        outside = np.abs(x) > lateral_edge(body, side, y) + 0.5
        assert air[outside].max() == 0
        assert air[(y > dome(body, side, x) + 80) & (np.abs(x) < 400)].max() == 0
        assert air[:, (x * side < 0)[0]].max() == 0


def test_women_have_breast_shadows_and_men_none() -> None:
    assert person(1, sex="M").breast == 0
    assert person(1, sex="F").breast > 10
