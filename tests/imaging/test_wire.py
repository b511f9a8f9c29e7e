"""The RGF1 format: the worked example of docs/pixel-format.md, round trips, size, refusals."""

import gzip
import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from radgame.imaging import wire
from radgame.imaging.errors import BadPixelMessage, TooLarge
from radgame.imaging.raster import read_raster
from radgame.imaging.wire import decode_pixels, encode_pixels
from tests.imaging.files import DATA, needs_data

EXAMPLE = np.array([[10, 12, 11], [13, 13, 65535]], np.uint16)
EXAMPLE_HEAD = "52474631 03000000 02000000 10 04 0000"
EXAMPLE_PLANES = "140401060019 000000000000"


def message(head: str = EXAMPLE_HEAD, planes: str = EXAMPLE_PLANES) -> bytes:
    return gzip.compress(bytes.fromhex(head + planes))


def png_bytes(pixels: np.ndarray) -> int:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=9, optimize=True)
    return len(buffer.getvalue())


def slow_decode(data: bytes) -> np.ndarray:
    """The pseudo-code of docs/pixel-format.md, pixel by pixel."""
    raw = gzip.decompress(data)
    _, columns, rows, _, predictor, _ = struct.unpack_from("<4sIIBBH", raw)
    n = columns * rows
    x = [0] * n
    for i in range(n):
        z = raw[16 + i] | raw[16 + n + i] << 8
        r = (z >> 1) ^ -(z & 1)
        y, c = divmod(i, columns)
        if predictor == 0 or i == 0:
            p = 0
        elif y == 0:
            p = x[i - 1]
        elif c == 0:
            p = x[i - columns]
        else:
            left, up, corner = x[i - 1], x[i - columns], x[i - columns - 1]
            p = {1: left, 2: up, 3: (left + up) // 2, 4: sorted((left, up, left + up - corner))[1]}[
                predictor
            ]
        x[i] = (p + r) & 0xFFFF
    return np.array(x, np.uint16).reshape(rows, columns)


def test_the_worked_example_decodes() -> None:
    assert decode_pixels(message()).tolist() == EXAMPLE.tolist()


@pytest.mark.parametrize(
    ("predictor", "low", "high"),
    [
        (0, "1418161a1a01", "000000000000"),
        (1, "14040106001b", "000000000000"),
        (2, "140401060217", "000000000000"),
        (3, "140401060219", "000000000000"),
        (4, "140401060019", "000000000000"),
    ],
)
def test_each_predictor_gives_the_residuals_computed_by_hand(
    predictor: int, low: str, high: str
) -> None:
    assert wire._planes(EXAMPLE, predictor) == (bytes.fromhex(low), bytes.fromhex(high))
    head = f"52474631 03000000 02000000 10 0{predictor} 0000"
    assert decode_pixels(message(head, low + high)).tolist() == EXAMPLE.tolist()


pictures = hnp.arrays(
    np.uint16,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.one_of(st.integers(0, 65535), st.sampled_from([0, 1, 32767, 32768, 65535])),
)


@given(pictures)
@settings(max_examples=150, deadline=None)
def test_any_picture_survives_the_round_trip(pixels: np.ndarray) -> None:
    data = encode_pixels(pixels)
    assert np.array_equal(decode_pixels(data), pixels)
    assert np.array_equal(slow_decode(data), pixels)


@given(pictures, st.integers(0, 4))
@settings(max_examples=150, deadline=None)
def test_every_predictor_undoes_itself(pixels: np.ndarray, predictor: int) -> None:
    low, high = wire._planes(pixels, predictor)
    bits = max(1, int(pixels.max()).bit_length())
    head = struct.pack("<4sIIBBH", b"RGF1", pixels.shape[1], pixels.shape[0], bits, predictor, 0)
    data = gzip.compress(head + low + high)
    assert np.array_equal(decode_pixels(data), pixels)
    assert np.array_equal(slow_decode(data), pixels)


def test_the_header_says_size_bits_and_predictor() -> None:
    raw = gzip.decompress(encode_pixels(np.full((3, 5), 1023, np.uint16)))
    assert len(raw) == 16 + 2 * 15
    assert struct.unpack_from("<4sIIB", raw) == (b"RGF1", 5, 3, 10)
    assert raw[14:16] == b"\0\0"
    assert gzip.decompress(encode_pixels(np.zeros((1, 1), np.uint16)))[12] == 1


def test_equal_pixels_give_equal_bytes_without_a_time_or_a_name() -> None:
    first, second = encode_pixels(EXAMPLE), encode_pixels(EXAMPLE.copy())
    assert first == second
    assert first[:10] == bytes.fromhex("1f8b0800000000 00 00ff")


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.zeros((1, 1)), id="one pixel"),
        pytest.param(np.full((300, 400), 77), id="uniform"),
        pytest.param(np.add.outer(np.arange(300) * 3, np.arange(400) * 7), id="slope"),
        pytest.param(np.add.outer(np.arange(500) ** 2, np.arange(400) ** 2) // 8, id="bowl"),
        pytest.param(np.random.default_rng(1).integers(0, 256, (300, 301)), id="8-bit noise"),
        pytest.param(np.random.default_rng(2).integers(0, 4096, (300, 301)), id="12-bit noise"),
        pytest.param(np.random.default_rng(3).integers(0, 65536, (300, 301)), id="16-bit noise"),
        pytest.param(np.random.default_rng(4).integers(0, 256, (300, 301)) * 257, id="stretched"),
        pytest.param(np.indices((300, 300)).sum(0) % 2 * 65535, id="chessboard"),
    ],
)
def test_synthetic_pictures_are_never_larger_than_a_png(pixels: np.ndarray) -> None:
    picture = pixels.astype(np.uint16)
    data = encode_pixels(picture)
    assert np.array_equal(decode_pixels(data), picture)
    assert len(data) <= png_bytes(picture)


@needs_data
@pytest.mark.parametrize("folder", ["padchest_gr", "rexgradient", "nih_cxr14", "chestx_det"])
def test_real_films_are_never_larger_than_a_png(folder: str) -> None:
    files = sorted((DATA / folder / "images").glob("*.png"))[:2]
    assert files
    for file in files:
        pixels = read_raster(file).pixels
        data = encode_pixels(pixels)
        assert np.array_equal(decode_pixels(data), pixels)
        assert len(data) <= png_bytes(pixels)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The pixel message ends inside its header; send it again."),
        (b"plain", "The pixel message is no intact gzip; send it again."),
        (gzip.compress(b"RGF1"), "The pixel message ends inside its header; send it again."),
        (message("52474632 03000000 02000000 10 04 0000"), "This is no RGF1 pixel message; encode"),
        (message("52474631 00000000 02000000 10 04 0000"), "The header of the pixel message is"),
        (message("52474631 03000000 02000000 11 04 0000"), "The header of the pixel message is"),
        (message("52474631 03000000 02000000 00 04 0000"), "The header of the pixel message is"),
        (message("52474631 03000000 02000000 10 05 0000"), "The header of the pixel message is"),
        (message("52474631 03000000 02000000 10 04 0100"), "The header of the pixel message is"),
        (message(planes=EXAMPLE_PLANES[:-2]), "The pixel message has the wrong length; send"),
        (message(planes=EXAMPLE_PLANES + "00"), "The pixel message has the wrong length; send"),
        (message()[:-9], "The pixel message has the wrong length; send it again."),
        (message() + b"more", "The pixel message has the wrong length; send it again."),
        (message()[:-8] + b"\0" * 8, "The pixel message is no intact gzip; send it again."),
    ],
    # gzip writes the time into its header, and two test processes must agree on names.
    ids=range(14),
)
def test_a_message_that_breaks_the_format_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(BadPixelMessage) as refusal:
        decode_pixels(data)
    assert str(refusal.value).startswith(sentence)


def test_a_message_that_announces_too_much_is_refused_before_it_is_inflated() -> None:
    with pytest.raises(TooLarge, match="announces too many pixels"):
        decode_pixels(message("52474631 ffffffff ffffffff 10 04 0000"))


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2)), np.zeros(4, np.uint16), np.zeros((0, 3), np.uint16)]
)
def test_only_uint16_pictures_can_be_encoded(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="two-dimensional uint16"):
        encode_pixels(pixels)
