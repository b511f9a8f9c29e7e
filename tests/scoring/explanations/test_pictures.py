"""What a model is shown of a film."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scoring.explanations import FilmPixels, FilmUnreadable
from scoring.explanations.pictures import (
    FRAME,
    INSET,
    SIDE,
    _cells,
    _window,
    close_up,
    open_film,
    whole_film,
)
from scoring.localization import Box
from tests.scoring.explanations.asking import LEFT_BASE, RIGHT_BASE, SIZE, blob_film


def shown_of(pixels: FilmPixels, size: tuple[int, int], regions: list[Box]) -> Image.Image:
    return close_up(pixels, whole_film(pixels), size, regions)


def framed(picture: object) -> np.ndarray:
    """Where a picture has the colour of a frame, rows × columns."""
    return (np.asarray(picture) == FRAME).all(axis=2)


def test_the_whole_film_is_shown_without_any_frame() -> None:
    pixels = blob_film(size=(2500, 3000))
    shown = whole_film(pixels)
    assert shown.size == (747, 896)
    assert shown.mode == "RGB"
    colours = np.asarray(shown)
    assert (colours[..., 0] == colours[..., 1]).all()
    assert abs(float(colours.mean()) - float(pixels.mean())) < 1


def test_a_small_film_is_not_blown_up() -> None:
    pixels = blob_film(size=(100, 80))
    assert np.array_equal(np.asarray(whole_film(pixels))[..., 0], pixels)


def test_the_film_itself_is_never_drawn_on() -> None:
    pixels = blob_film()
    before = pixels.copy()
    pixels.setflags(write=False)
    shown_of(pixels, SIZE, [RIGHT_BASE])
    assert np.array_equal(pixels, before)


def test_a_close_up_shows_the_region_framed_and_on_the_whole_film() -> None:
    pixels = np.full((1200, 1000), 50, np.uint8)
    pixels[900:1100, 100:300] = 200
    shown = shown_of(pixels, SIZE, [RIGHT_BASE])
    assert shown.size == (SIDE, SIDE)
    frames = framed(shown)
    inset = frames[:, :INSET]
    rows, columns = np.nonzero(inset)
    # Of a film of 1000 × 1200 on 299 columns: 100–300 → 30–90, 900–1100 → 269–329.
    assert (columns.min(), columns.max()) == (27, 92)
    assert (rows.min(), rows.max()) == (266, 331)
    enlarged = np.asarray(shown)[:, INSET:, 0]
    assert (enlarged > 150).mean() > 0.15
    assert frames[:, INSET:].any()


def test_no_pixel_of_a_region_is_hidden_by_its_frame() -> None:
    pixels = np.full((1200, 1000), 50, np.uint8)
    pixels[900:1100, 100:300] = 200
    frames = framed(shown_of(pixels, SIZE, [RIGHT_BASE]))
    enlarged = np.asarray(shown_of(pixels, SIZE, [RIGHT_BASE]))[..., 0]
    rows, columns = np.nonzero(frames[:, INSET + 10 :])
    inner = enlarged[rows.min() + 6 : rows.max() - 6, INSET + 10 + columns.min() + 6 :]
    assert inner[:, : columns.max() - columns.min() - 12].min() > 190


def test_every_region_is_shown_and_not_only_the_first() -> None:
    pixels = blob_film("none")
    pixels[900:1100, 700:900] = 255
    one = np.asarray(shown_of(pixels, SIZE, [RIGHT_BASE]))[:, INSET:, 1]
    two = np.asarray(shown_of(pixels, SIZE, [RIGHT_BASE, LEFT_BASE]))[:, INSET:, 1]
    assert (one > 240).sum() < (two > 240).sum() / 10


def test_a_film_that_is_smaller_than_its_source_shows_the_same() -> None:
    pixels = np.tile(np.linspace(0, 255, 1000).astype(np.uint8), (1200, 1))
    source = np.asarray(shown_of(pixels, SIZE, [RIGHT_BASE]), float)
    pixels = pixels[::2, ::2]
    smaller = np.asarray(shown_of(np.ascontiguousarray(pixels), SIZE, [RIGHT_BASE]), float)
    assert np.abs(source - smaller).mean() < 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 12, 50, 400])
def test_however_many_regions_there_are_each_has_a_cell_of_its_own(count: int) -> None:
    cells = _cells(count)
    assert len(cells) == count
    taken = np.zeros((SIDE, SIDE), int)
    for left, top, right, bottom in cells:
        assert right > left >= INSET
        assert bottom > top >= 0
        taken[top:bottom, left:right] += 1
    assert taken.max() == 1
    shown_of(blob_film("none", size=(200, 240)), (200, 240), [Box(10, 10, 30, 40)] * count)


@st.composite
def boxes_on_films(draw: st.DrawFn) -> tuple[Box, tuple[int, int]]:
    width, height = draw(st.integers(1, 400)), draw(st.integers(1, 400))
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    right, bottom = draw(st.integers(x + 1, width)), draw(st.integers(y + 1, height))
    return Box(x, y, right, bottom), (width, height)


@settings(max_examples=60, deadline=None)
@given(boxes_on_films(), st.floats(0.3, 3))
def test_a_window_holds_its_region_and_stays_on_the_film(
    case: tuple[Box, tuple[int, int]], shape: float
) -> None:
    box, film = case
    window = _window((box.x_min, box.y_min, box.x_max, box.y_max), film, shape)
    assert -1e-6 <= window[0] <= box.x_min + 1e-6
    assert -1e-6 <= window[1] <= box.y_min + 1e-6
    assert box.x_max - 1e-6 <= window[2] <= film[0] + 1e-6
    assert box.y_max - 1e-6 <= window[3] <= film[1] + 1e-6
    shown = shown_of(np.full((film[1], film[0]), 9, np.uint8), film, [box])
    assert shown.size == (SIDE, SIDE)


@pytest.mark.parametrize("error", [OSError("gone"), ValueError("odd"), FilmUnreadable("no")])
def test_a_film_that_cannot_be_loaded_is_unreadable(error: Exception) -> None:
    def fail(key: str) -> np.ndarray:
        raise error

    with pytest.raises(FilmUnreadable):
        open_film(fail, "film")


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint16),
        np.zeros((4, 4, 3), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 4), float),
    ],
)
def test_what_is_no_grey_film_is_unreadable(pixels: np.ndarray) -> None:
    with pytest.raises(FilmUnreadable, match="8-bit grey levels"):
        open_film(lambda key: pixels, "film")
