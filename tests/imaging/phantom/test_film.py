"""Whole films: bytes, boxes, sides, the notice."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from radgame.imaging.phantom import LABEL, LesionSpec, Recipe, make_film
from tests.imaging.phantom.films import (
    LESION_KEYS,
    NORMAL_KEYS,
    RECIPES,
    SCALE,
    demo,
    film_of,
    small,
    without,
)

# One film per kind of finding: (recipe, index of the lesion in it).
SAMPLES: dict[str, tuple[str, int]] = {}
for _key in LESION_KEYS:
    for _index, _spec in enumerate(RECIPES[_key].lesions):
        SAMPLES.setdefault(_spec.finding, (_key, _index))


def change(key: str, index: int) -> NDArray[np.float64]:
    """What the lesion does to the pixels, in absolute grey levels."""
    with_it, without_it = demo(key).pixels, without(key, index).pixels
    return np.abs(with_it.astype(np.float64) - without_it.astype(np.float64))


def test_the_same_recipe_gives_the_same_bytes() -> None:
    recipe = replace(RECIPES["demo-02"], scale=SCALE)
    first, second = make_film(recipe), make_film(pickle.loads(pickle.dumps(recipe)))  # noqa: S301
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert replace(first, pixels=second.pixels) == second


def test_another_seed_gives_another_film() -> None:
    recipe = small(RECIPES["demo-01"])
    other = make_film(replace(recipe, seed=recipe.seed + 1000))
    assert np.mean(other.pixels != film_of(recipe).pixels) > 0.5


def test_a_process_pool_can_carry_the_generator() -> None:
    assert pickle.loads(pickle.dumps(make_film)) is make_film  # noqa: S301


def test_noise_changes_the_grain_but_not_the_boxes() -> None:
    quiet = demo("demo-12")
    loud = make_film(replace(RECIPES["demo-12"], scale=SCALE))
    assert loud.lesions == quiet.lesions
    assert 0.5 < np.abs(loud.pixels.astype(float) - quiet.pixels).mean() < 60


@pytest.mark.parametrize("key", sorted(RECIPES))
def test_pixels_are_twelve_bits_and_span_the_range(key: str) -> None:
    film = demo(key)
    assert film.pixels.dtype == np.uint16
    assert film.pixels.max() <= 4095
    assert film.pixels.max() > 3300
    assert film.pixels.min() < 300
    assert film.pixels.shape == (264, 256)
    assert film.spacing_mm == pytest.approx(0.3 / SCALE)
    assert (film.view, film.window_center, film.window_width) == ("PA", 2048.0, 4096.0)


@pytest.mark.parametrize("key", LESION_KEYS)
def test_boxes_lie_on_the_film_and_enclose_something(key: str) -> None:
    film = demo(key)
    rows, cols = film.pixels.shape
    assert len(film.lesions) == len(RECIPES[key].lesions)
    for lesion in film.lesions:
        assert lesion.boxes
        for x_min, y_min, x_max, y_max in lesion.boxes:
            assert 0 <= x_min < x_max <= cols
            assert 0 <= y_min < y_max <= rows
            assert min(x_max - x_min, y_max - y_min) >= 2


@pytest.mark.parametrize("finding", sorted(SAMPLES))
def test_the_boxes_hold_the_change_that_the_lesion_makes(finding: str) -> None:
    key, index = SAMPLES[finding]
    difference = change(key, index)
    # What scatter and tone processing carry away from the lesion is faint: look at the rest.
    strong = np.where(difference > 0.25 * difference.max(), difference, 0)
    rows, cols = np.indices(strong.shape) + 0.5
    centre_x = (strong * cols).sum() / strong.sum()
    centre_y = (strong * rows).sum() / strong.sum()
    boxes = demo(key).lesions[index].boxes
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    assert left <= centre_x <= right
    assert top <= centre_y <= bottom
    margin = 5  # pixels of 1.5 mm: detector blur and edge enhancement
    inside = strong[
        max(int(top) - margin, 0) : int(bottom) + margin,
        max(int(left) - margin, 0) : int(right) + margin,
    ].sum()
    # Of a scoliosis the box holds the main curve; the counter-curve below it lies outside.
    share = 0.65 if finding == "scoliosis" else 0.8
    assert inside > share * strong.sum()


@pytest.mark.parametrize(
    "finding", ["nodule-mass", "consolidation", "calcification", "pleural-effusion", "fracture"]
)
def test_a_lesion_leaves_the_rest_of_the_anatomy_alone(finding: str) -> None:
    key, index = SAMPLES[finding]
    difference = change(key, index)
    x_min, y_min, x_max, y_max = (int(v) for v in demo(key).lesions[index].boxes[0])
    away = np.ones(difference.shape, bool)
    away[max(y_min - 25, 0) : y_max + 25, max(x_min - 25, 0) : x_max + 25] = False
    assert difference.max() > 60
    assert difference[away].max() < 0.25 * difference.max()


@pytest.mark.parametrize("key", LESION_KEYS)
def test_the_patients_right_is_on_the_left_of_the_picture(key: str) -> None:
    film = demo(key)
    middle = film.pixels.shape[1] / 2
    for lesion in film.lesions:
        if lesion.finding in {"catheter", "heart-device", "scoliosis"}:
            continue  # these cross the midline
        centres = [(box[0] + box[2]) / 2 for box in lesion.boxes]
        if lesion.side == "right":
            assert max(centres) < middle
        elif lesion.side == "left":
            assert min(centres) > middle
        elif lesion.side == "both":
            assert min(centres) < middle < max(centres)


@pytest.mark.parametrize("key", NORMAL_KEYS)
def test_normal_films_have_no_lesions(key: str) -> None:
    assert demo(key).lesions == ()


@pytest.mark.parametrize("zone", ["upper", "middle", "lower"])
def test_a_nodule_lies_in_the_zone_it_was_asked_for(zone: str) -> None:
    expected = {"upper": (0.2, 0.45), "middle": (0.35, 0.62), "lower": (0.5, 0.8)}[zone]
    spec = LesionSpec("nodule-mass", "right", zone, 20.0, 0.2)  # type: ignore[arg-type]
    film = film_of(small(Recipe("zone", 7, 50, "M", "Cough.", (spec,))))
    _, y_min, _, y_max = film.lesions[0].boxes[0]
    assert expected[0] < (y_min + y_max) / 2 / film.pixels.shape[0] < expected[1]


@pytest.mark.parametrize("size_mm", [12.0, 24.0, 40.0])
def test_a_nodules_box_has_the_size_of_the_nodule(size_mm: float) -> None:
    spec = LesionSpec("nodule-mass", "right", "middle", size_mm, 0.1)
    film = film_of(small(Recipe("size", 11, 50, "M", "Cough.", (spec,))))
    x_min, y_min, x_max, y_max = film.lesions[0].boxes[0]
    # Projected 1.0 to 1.15 times its size, lobulated by a few per cent, to the pixel.
    for side_px in (x_max - x_min, y_max - y_min):
        assert 0.85 * size_mm - 1.5 < side_px * film.spacing_mm < 1.3 * size_mm + 3.0


def test_a_subtle_nodule_is_fainter_than_an_obvious_one() -> None:
    def contrast(subtlety: float) -> float:
        spec = LesionSpec("nodule-mass", "left", "middle", 16.0, subtlety)
        recipe = small(Recipe("faint", 13, 50, "F", "Cough.", (spec,)))
        bare = film_of(replace(recipe, lesions=()))
        return float(np.abs(film_of(recipe).pixels.astype(float) - bare.pixels).max())

    assert contrast(0.9) < 0.6 * contrast(0.0)


def test_the_notice_and_the_marker_stay_clear_of_the_lungs() -> None:
    recipe = small(RECIPES["demo-01"])
    bare = film_of(replace(recipe, burn_in=False)).pixels
    rows, cols = np.nonzero(film_of(recipe).pixels != bare)
    height, width = bare.shape
    notice = rows > 0.9 * height
    assert notice.sum() > 400
    assert np.abs(cols[notice].mean() - width / 2) < 3
    marker = ~notice
    assert marker.any()
    assert rows[marker].max() < 0.16 * height
    assert (np.abs(cols[marker] / width - 0.5) > 0.38).all()


def test_the_notice_says_what_the_film_is() -> None:
    assert LABEL == "SYNTHETIC - NOT A PATIENT"


def test_an_unknown_finding_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown finding"):
        LesionSpec("aneurysm")


def test_a_subtlety_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="subtlety"):
        LesionSpec("nodule-mass", subtlety=1.5)


@pytest.mark.parametrize("scale", [0.0, 0.05, 1.5])
def test_a_scale_outside_its_range_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        make_film(replace(RECIPES["demo-01"], scale=scale))
