"""Ages, parts of the body, windows and fingerprints."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.imaging.age import age_between, age_to_show, parse_age
from radgame.imaging.anatomy import body_part
from radgame.imaging.fingerprint import pixel_fingerprint
from radgame.imaging.windows import Window, default_window, full_window, window_presets
from tests.imaging.files import ramp


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("057Y", 57),
        ("003M", 0.25),
        ("012W", 84 / 365.25),
        ("045D", 45 / 365.25),
        ("62", 62),
        (" 81 ", 81),
        ("62.0", 62),
        ("000D", 0),
        ("057y", 57),
        ("", None),
        (None, None),
        ("[AGE]", None),
        ("999Y", None),
        ("-5Y", None),
        ("5 Y 3 M", None),
        ("٦٢", None),
    ],
)
def test_ages_are_read_in_every_unit(text: str | None, years: float | None) -> None:
    assert parse_age(text) == (None if years is None else pytest.approx(years))


@given(st.text(max_size=6))
def test_any_text_is_an_age_or_none(text: str) -> None:
    years = parse_age(text)
    assert years is None or 0 <= years <= 130


@pytest.mark.parametrize(
    ("born", "examined", "years"),
    [
        (date(2000, 2, 29), date(2020, 2, 28), 19),
        (date(2000, 2, 29), date(2020, 2, 29), 20),
        (date(2020, 1, 15), date(2020, 4, 14), 2 / 12),
        (date(2020, 1, 15), date(2020, 1, 15), 0),
        (date(2020, 1, 15), date(2019, 1, 15), None),
    ],
)
def test_ages_between_dates_are_whole_steps(
    born: date, examined: date, years: float | None
) -> None:
    assert age_between(born, examined) == (None if years is None else pytest.approx(years))


def test_nobody_is_shown_older_than_ninety() -> None:
    assert (age_to_show(104.0), age_to_show(90.0), age_to_show(89.0)) == (90.0, 90.0, 89.0)
    assert age_to_show(None) is None


@pytest.mark.parametrize(
    ("levels", "part"),
    [
        ([["CHEST"], [], ["HIP"]], "chest"),
        ([["HIP"], [], ["CHEST AND HIP"]], "hip"),
        ([[""], ["W033 Chest PA"], ["KNEE"]], "chest"),
        ([[""], [""], ["XR CHEST AND ABDOMEN"]], "chest"),
        ([["TSPINE"], [], []], "spine"),
        ([["THORACIC SPINE"], [], []], "spine"),
        ([["Thorax"], [], []], "chest"),
        ([["RIBS"], [], []], "chest"),
        ([["HAND"], [], []], "hand"),
        ([["SHIP"], ["HANDLED WITH CARE"], ["No Finding"]], ""),
        ([[], [], []], ""),
    ],
)
def test_the_nearest_clear_word_names_the_part(levels: list[list[str]], part: str) -> None:
    assert body_part(levels) == part


def test_windows_have_edges_and_a_least_width() -> None:
    assert Window.between(10, 10) == Window(10, 1)
    assert (full_window(8).low, full_window(8).high) == (0, 255)
    assert full_window(12) == Window(2047.5, 4095)


def test_presets_move_from_dark_to_bright() -> None:
    presets = {preset.name: preset for preset in window_presets(ramp(300, 300))}
    assert (presets["full"].center, presets["full"].width) == (2047.5, 4095)
    assert presets["lung"].center < presets["bone"].center < presets["mediastinum"].center


@pytest.mark.parametrize("value", [0, 7, 65535])
def test_a_uniform_picture_has_windows_too(value: int) -> None:
    pixels = np.full((30, 30), value, np.uint16)
    assert default_window(pixels) == Window(value, 1)
    assert all(preset.width == 1 for preset in window_presets(pixels))


def test_windows_are_those_of_the_brighter_picture_when_it_is_brighter() -> None:
    shifted = default_window(ramp(200, 200) + np.uint16(1000))
    assert shifted.center == pytest.approx(default_window(ramp(200, 200)).center + 1000)


def test_the_fingerprint_is_that_of_size_and_samples() -> None:
    pixels = np.array([[1, 2, 3], [4, 5, 6]], np.uint16)
    # sha256 of 02000000 03000000 0100 0200 0300 0400 0500 0600
    assert (
        pixel_fingerprint(pixels)
        == "e4de40895f05a224d55b98eae99201486e73d8ae1b948e7e3cb5ec07eb1d03a9"
    )
    assert pixel_fingerprint(pixels.reshape(3, 2)) != pixel_fingerprint(pixels)
    assert pixel_fingerprint(np.asfortranarray(pixels)) == pixel_fingerprint(pixels)


def test_only_uint16_pictures_have_a_fingerprint() -> None:
    with pytest.raises(ValueError, match="two-dimensional uint16"):
        pixel_fingerprint(np.zeros((2, 2)))  # type: ignore[arg-type]
