"""The preview: grey, small, without metadata, and windowed as asked."""

import io

import numpy as np
import pytest
from PIL import Image

from radgame.imaging.preview import apply_window, render_preview
from tests.imaging.files import ramp


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_windowing_maps_its_edges_to_black_and_white() -> None:
    pixels = np.array([[0, 100, 150, 200, 65535]], np.uint16)
    assert apply_window(pixels, center=150, width=100).tolist() == [[0, 0, 128, 255, 255]]


@pytest.mark.parametrize("width", [0, -1, float("nan")])
def test_a_window_without_width_is_refused(width: float) -> None:
    with pytest.raises(ValueError, match="width must be above 0"):
        apply_window(ramp(), center=1, width=width)


def test_seven_megapixels_of_noise_fit_the_limit() -> None:
    noise = np.random.default_rng(0).integers(0, 4096, (3000, 2400)).astype(np.uint16)
    data = render_preview(noise, center=2047.5, width=4095)
    assert len(data) <= 150_000
    assert max(opened(data).size) <= 1280


def test_a_film_keeps_its_shape_and_is_never_enlarged() -> None:
    wide = render_preview(np.tile(ramp(100, 200), (10, 10)), center=2047.5, width=4095)
    assert opened(wide).size == (1280, 640)
    assert opened(render_preview(ramp(40, 50), center=2047.5, width=4095)).size == (50, 40)


def test_the_preview_is_grey_webp_without_metadata() -> None:
    data = render_preview(ramp(300, 400), center=2047.5, width=4095)
    picture = opened(data)
    assert picture.format == "WEBP"
    assert not {"exif", "icc_profile", "xmp"} & set(picture.info)
    # A lossy WebP without extensions is RIFF, size, WEBP and one VP8 chunk, nothing more.
    assert (data[:4], data[8:16]) == (b"RIFF", b"WEBPVP8 ")
    assert int.from_bytes(data[16:20], "little") + 20 in (len(data), len(data) - 1)
    red, green, blue = (np.asarray(band, int) for band in picture.convert("RGB").split())
    assert np.abs(red - green).max() <= 1
    assert np.abs(blue - green).max() <= 1


def test_quality_and_size_fall_until_it_fits() -> None:
    noise = np.random.default_rng(0).integers(0, 4096, (600, 600)).astype(np.uint16)
    data = render_preview(noise, center=2047.5, width=4095, max_bytes=5_000)
    assert len(data) <= 5_000
    assert opened(data).width < 600


def test_an_impossible_limit_is_an_error() -> None:
    with pytest.raises(ValueError, match="max_bytes is too small"):
        render_preview(ramp(), center=2047.5, width=4095, max_bytes=10)
