"""PNG and JPEG films: every mode in, full depth kept, damage and bombs refused."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radgame.imaging.errors import (
    EmptyFile,
    NotAnImage,
    TooLarge,
    Truncated,
    UnsupportedPixels,
)
from radgame.imaging.film import Film
from radgame.imaging.raster import read_raster
from radgame.imaging.read import read_film
from radgame.imaging.source import looks_like_dicom
from tests.imaging.files import DATA, make_dicom, make_raster, needs_data, ramp

GREY = ramp(bits=8).astype(np.uint8)


def read(data: bytes) -> Film:
    return read_film(io.BytesIO(data))


def test_sixteen_bit_png_keeps_every_value() -> None:
    pixels = ramp(bits=16)
    film = read_film(io.BytesIO(make_raster(pixels)))
    assert np.array_equal(film.pixels, pixels)
    assert film.pixels.dtype == np.uint16
    assert (film.facts.bits_stored, film.facts.source_format) == (16, "png")


def test_sixteen_bit_png_of_few_values_is_not_stretched() -> None:
    film = read_film(io.BytesIO(make_raster(ramp(bits=12))))
    assert int(film.pixels.max()) == 4095


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_eight_bit_greys_keep_their_values_in_every_mode(mode: str) -> None:
    film = read_film(io.BytesIO(make_raster(GREY, mode=mode)))
    assert np.array_equal(film.pixels, GREY)
    facts = film.facts
    assert (facts.bits_stored, facts.window_center, facts.window_width) == (8, 127.5, 255)


def test_one_bit_pictures_are_black_and_white() -> None:
    film = read_film(io.BytesIO(make_raster(np.array([[0, 255], [255, 0]], np.uint8), mode="1")))
    assert film.pixels.tolist() == [[0, 255], [255, 0]]


def test_what_is_transparent_lies_on_black() -> None:
    grey_and_alpha = np.array([[[200, 200, 200, 255], [200, 200, 200, 0]]], np.uint8)
    assert read_film(io.BytesIO(make_raster(grey_and_alpha))).pixels.tolist() == [[200, 0]]


def test_a_grey_jpeg_is_read_closely() -> None:
    smooth = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    film = read_film(io.BytesIO(make_raster(smooth, "JPEG")))
    assert film.facts.source_format == "jpeg"
    assert np.abs(film.pixels.astype(int) - smooth).max() <= 4


def test_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.fromarray(np.array([[0, 100, 200]], np.uint8)).save(buffer, "PNG", exif=exif)
    assert read_film(buffer).pixels.tolist() == [[0], [100], [200]]


def test_interlaced_png_is_read() -> None:
    # Adam7 of one pixel: the first pass alone.
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 16, 0, 0, 0, 1)
    body = zlib.compress(b"\0\x12\x34")
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
    assert read_film(io.BytesIO(data)).pixels.tolist() == [[0x1234]]


def test_sixteen_bit_window_leaves_out_borders_and_letters() -> None:
    body = np.tile(np.linspace(20000, 30000, 300).astype(np.uint16), (300, 1))
    pixels = np.zeros((400, 400), np.uint16)
    pixels[50:350, 50:350] = body
    pixels[60:70, 60:90] = 65535
    facts = read_film(io.BytesIO(make_raster(pixels))).facts
    assert facts.window_center == pytest.approx(25000, rel=0.01)
    assert facts.window_width == pytest.approx(9900, rel=0.02)


def test_a_raster_file_states_nothing_about_the_patient() -> None:
    facts = read_film(io.BytesIO(make_raster(GREY))).facts
    assert (facts.modality, facts.view, facts.sex, facts.body_part) == ("", "", "", "")
    assert (facts.spacing_mm, facts.age_years, facts.sop_instance_uid) == (None, None, None)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_half_a_picture_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200)).astype(np.uint8)
    data = make_raster(noise, kind)
    with pytest.raises(Truncated, match=r"^The picture in this file is cut short or damaged; copy"):
        read(data[: int(len(data) * share)])


def bomb(side: int) -> bytes:
    body = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    header = b"IHDR" + body
    empty = b"IDAT"
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
        + struct.pack(">I", 0)
        + empty
        + struct.pack(">I", zlib.crc32(empty))
    )


@pytest.mark.parametrize(
    ("side", "sentence"),
    [
        (8000, "This picture has 64 million pixels, more than the 50 million taken here; send it"),
        (12000, "This picture has far too many pixels; send it at a lower resolution."),
        (60000, "This picture has far too many pixels; send it at a lower resolution."),
    ],
)
def test_absurd_sizes_are_refused_before_decoding(side: int, sentence: str) -> None:
    with pytest.raises(TooLarge) as refusal:
        read(bomb(side))
    assert str(refusal.value).startswith(sentence)


def test_a_file_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(TooLarge, match=r"^This file is larger than 16 MB; send one film alone"):
        read_film(io.BytesIO(bytes(17_000_000)), max_pixels=10)


def test_colours_are_refused() -> None:
    colours = np.zeros((40, 40, 3), np.uint8)
    colours[:, :, 2] = 180
    with pytest.raises(UnsupportedPixels, match=r"^This picture is in colour; send the radiograph"):
        read(make_raster(colours))


def test_printing_colours_are_refused() -> None:
    with pytest.raises(UnsupportedPixels, match=r"^This picture uses printing colours; send"):
        read(make_raster(np.zeros((8, 8, 3), np.uint8), "JPEG", mode="CMYK"))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(EmptyFile, match=r"^This file is empty; export the film again"):
        read(b"")


@pytest.mark.parametrize("data", [b"hello", b"%PDF-1.7 ....................", bytes(400)])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage, match=r"^This file is neither DICOM nor PNG nor JPEG; export"):
        read(data)


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    png, dicom = tmp_path / "film.dcm", tmp_path / "film.png"
    png.write_bytes(make_raster(GREY))
    dicom.write_bytes(make_dicom(ramp()))
    assert read_film(png).facts.source_format == "png"
    assert read_film(dicom).facts.source_format == "dicom"
    assert (looks_like_dicom(png), looks_like_dicom(dicom)) == (False, True)


@needs_data
@pytest.mark.parametrize(
    ("folder", "bits"),
    [("padchest_gr", {16}), ("rexgradient", {16}), ("nih_cxr14", {8}), ("chestx_det", {8})],
)
def test_real_pictures_come_in_at_full_depth(folder: str, bits: set[int]) -> None:
    films = [read_raster(file) for file in sorted((DATA / folder / "images").glob("*.png"))[:20]]
    assert {film.facts.bits_stored for film in films} == bits
    for film in films:
        low = film.facts.window_center - film.facts.window_width / 2
        high = film.facts.window_center + film.facts.window_width / 2
        inside = (film.pixels >= low) & (film.pixels <= high)
        assert inside.mean() > 0.5
