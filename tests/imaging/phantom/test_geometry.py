"""Projection, tubes and curves against hand calculation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from radgame.imaging.phantom.exposure import WATER_PER_MM, expose
from radgame.imaging.phantom.geometry import (
    FOCUS_TO_FILM_MM,
    Canvas,
    draw_tube,
    hermite,
    make_frame,
    round_profile,
    smooth_noise,
    smooth_path,
    upsample,
)

# Film magnification at z = 0: 1800 / (1800 - 130).
MAGNIFICATION = 1800 / 1670


def test_the_patients_left_falls_on_the_right_of_the_film() -> None:
    frame = make_frame(0.25, 0.0)
    cols, rows = frame.project(np.array([[50, 130, 0], [-50, 130, 0]], np.float32))
    centre = frame.cols / 2
    assert cols[0] - centre == pytest.approx(50 * MAGNIFICATION / 1.2, rel=1e-4)
    assert cols[1] - centre == pytest.approx(-50 * MAGNIFICATION / 1.2, rel=1e-4)
    assert rows[0] == rows[1]


def test_what_lies_farther_from_the_film_is_larger_on_it() -> None:
    frame = make_frame(0.25, 0.0)
    cols, _ = frame.project(np.array([[50, 130, -80], [50, 130, 80]], np.float32))
    front, back = cols - frame.cols / 2
    assert front == pytest.approx(50 * FOCUS_TO_FILM_MM / (1800 - 50) / 1.2, rel=1e-4)
    assert back == pytest.approx(50 * FOCUS_TO_FILM_MM / (1800 - 210) / 1.2, rel=1e-4)


def test_a_plane_and_the_projection_agree() -> None:
    frame = make_frame(0.25, 0.02, 1.03, (6.0, -4.0))
    for z in (0.0, 60.0):
        x, y = frame.plane(z)
        point = np.array([[x[0, 40], y[200, 0], z]], np.float32)
        cols, rows = frame.project(point)
        assert cols[0] == pytest.approx(40.5, abs=0.25)
        assert rows[0] == pytest.approx(200.5, abs=0.25)


@pytest.mark.parametrize("direction", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.6, 0.8, 0.0)])
def test_a_tubes_path_length_is_its_diameter_and_its_volume_is_kept(
    direction: tuple[float, float, float],
) -> None:
    frame = make_frame(0.5, 0.0)
    canvas = Canvas(frame)
    radius, length = 8.0, 100.0
    along = np.array(direction, np.float32) * length / 2
    middle = np.array([0, 130, 0], np.float32)
    draw_tube(canvas, np.stack([middle - along, middle + along]), radius, radius, capped=False)
    path = canvas.result()
    # Deposited points ripple by a few per cent; the detector's blur, 0.26 mm, levels them.
    seen = ndimage.gaussian_filter(path, 0.26 / frame.spacing_mm + 0.45)
    assert seen.max() == pytest.approx(2 * radius, rel=0.04)
    volume = path.sum() * (frame.spacing_mm / MAGNIFICATION) ** 2
    assert volume == pytest.approx(np.pi * radius**2 * length, rel=0.03)


def test_a_shell_is_brighter_at_its_edges_than_in_its_middle() -> None:
    frame = make_frame(0.5, 0.0)
    canvas = Canvas(frame)
    path = np.array([[0, 80, 0], [0, 180, 0]], np.float32)
    draw_tube(canvas, path, 10.0, 10.0, shell_mm=1.0, core=0.0, capped=False)
    profile = canvas.result()[frame.rows // 2]
    middle = profile[frame.cols // 2]
    # Through the middle, two walls of 1 mm; grazing the inside, 2 sqrt(10^2 - 9^2) = 8.7 mm.
    assert middle == pytest.approx(2.0, rel=0.1)
    assert profile.max() > 3 * middle


def test_a_tube_thinner_than_a_pixel_keeps_its_volume() -> None:
    frame = make_frame(0.25, 0.0)
    canvas = Canvas(frame)
    draw_tube(canvas, np.array([[0, 80, 0], [0, 180, 0]], np.float32), 0.2, 0.2, capped=False)
    volume = canvas.result().sum() * (frame.spacing_mm / MAGNIFICATION) ** 2
    assert volume == pytest.approx(np.pi * 0.04 * 100, rel=0.06)


def test_what_lies_off_the_film_is_dropped() -> None:
    canvas = Canvas(make_frame(0.25, 0.0))
    draw_tube(canvas, np.array([[400, 80, 0], [500, 80, 0]], np.float32), 3.0, 3.0)
    assert canvas.result().sum() == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=3, max_size=8))
def test_a_curve_meets_its_knots_and_never_overshoots(values: list[float]) -> None:
    knots = [float(k) for k in range(len(values))]
    curve = hermite(knots, values)
    assert curve(np.asarray(knots, np.float32)) == pytest.approx(values, abs=1e-3)
    dense = curve(np.linspace(-1, len(values), 200).astype(np.float32))
    assert dense.max() <= max(values) + 1e-3
    assert dense.min() >= min(values) - 1e-3


def test_upsampling_keeps_a_plane_a_plane() -> None:
    ramp = np.add.outer(np.arange(20), 2 * np.arange(30)).astype(np.float32)
    large = upsample(ramp, (40, 60))
    inner = large[4:-4, 4:-4]
    assert np.diff(inner, axis=0) == pytest.approx(0.5, abs=1e-4)
    assert np.diff(inner, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_noise_has_unit_variance_and_depends_on_its_generator_alone() -> None:
    first = smooth_noise(np.random.default_rng(3), (200, 200), 4.0)
    again = smooth_noise(np.random.default_rng(3), (200, 200), 4.0)
    assert np.array_equal(first, again)
    assert 0.7 < first.std() < 1.15


def test_a_round_profile_is_a_half_circle() -> None:
    u = np.array([0.0, 0.6, 0.8, 1.0, 1.4], np.float32)
    assert round_profile(u, 2.0) == pytest.approx([1.0, 0.8, 0.6, 0.0, 0.0], abs=1e-3)


def test_a_path_starts_and_ends_where_it_was_told() -> None:
    path = smooth_path([(0, 0, 0), (10, 20, 5), (40, 60, 8)])
    assert path[0] == pytest.approx([0, 0, 0], abs=0.5)
    assert path[-1] == pytest.approx([40, 60, 8], abs=2.5)


def test_exposure_follows_beer_lambert_where_nothing_scatters() -> None:
    frame = make_frame(0.1, 0.0)
    zero = np.zeros(frame.shape, np.float32)
    thin = zero.copy()
    thin[:, frame.cols // 2 :] = 20.0
    depth = expose(frame, thin, zero, zero, noise=None, dose=1.0)
    step = depth[frame.rows // 2, -10] - depth[frame.rows // 2, 10]
    assert step == pytest.approx(20.0 * WATER_PER_MM, rel=0.15)


def test_bone_and_metal_stop_more_than_water() -> None:
    frame = make_frame(0.1, 0.0)
    zero = np.zeros(frame.shape, np.float32)
    ten = zero + 10
    water, bone, metal = (
        float(expose(frame, a, b, c, noise=None, dose=1.0)[60, 60])
        for a, b, c in ((ten, zero, zero), (zero, ten, zero), (zero, zero, ten))
    )
    assert water < bone < metal
