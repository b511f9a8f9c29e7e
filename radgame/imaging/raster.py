"""PNG and JPEG films.

PNG greys of 16 bits keep their depth; Pillow's own conversion to 8 bits would clip them to white.
Greys stored as 16-bit colour or with a 16-bit alpha channel come in as 8 bits, because Pillow has
no such mode. Nothing of a file's text, EXIF or colour profile is kept; its orientation is applied.
"""

import io
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from radgame.imaging.errors import NotAnImage, TooLarge, Truncated, UnsupportedPixels
from radgame.imaging.film import Film, FilmFacts, Pixels, SourceFormat
from radgame.imaging.greys import luminance
from radgame.imaging.source import DEFAULT_MAX_PIXELS, check_size, read_bytes
from radgame.imaging.windows import default_window, full_window, window_presets

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
NOT_AN_IMAGE = "This file is neither DICOM nor PNG nor JPEG; export the film as one of these."

_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


def read_raster(source: Path | BinaryIO, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Film:
    """Read a PNG or JPEG film; a header says nothing, so view, age and the like stay unknown."""
    return film_from_raster(read_bytes(source, max_pixels=max_pixels), max_pixels=max_pixels)


def film_from_raster(data: bytes, *, max_pixels: int) -> Film:
    """`read_raster` for bytes at hand.

    Raises `NotAnImage`, `Truncated`, `TooLarge` (before allocating) or `UnsupportedPixels`.
    """
    source_format = _format_of(data)
    try:
        with Image.open(io.BytesIO(data), formats=[source_format.upper()]) as picture:
            check_size(picture.height, picture.width, max_pixels=max_pixels)
            mode = picture.mode
            pixels, bits = _grey_levels(ImageOps.exif_transpose(picture))
    except _BOMBS as error:
        raise TooLarge(
            "This picture has far too many pixels; send it at a lower resolution."
        ) from error
    except _DAMAGE as error:
        raise Truncated from error
    window = full_window(8) if bits == 8 else default_window(pixels)
    rows, columns = pixels.shape
    facts = FilmFacts(
        rows=rows,
        columns=columns,
        bits_stored=bits,
        photometric_interpretation=_photometric(mode),
        modality="",
        view="",
        spacing_mm=None,
        window_center=window.center,
        window_width=window.width,
        presets=window_presets(pixels),
        sop_instance_uid=None,
        series_instance_uid=None,
        study_instance_uid=None,
        age_years=None,
        sex="",
        body_part="",
        source_format=source_format,
    )
    return Film(pixels, facts)


def _format_of(data: bytes) -> SourceFormat:
    if data.startswith(PNG_SIGNATURE):
        return "png"
    if data.startswith(JPEG_SIGNATURE):
        return "jpeg"
    raise NotAnImage(NOT_AN_IMAGE)


def _photometric(mode: str) -> str:
    if mode == "P":
        return "PALETTE COLOR"
    return "RGB" if mode in ("RGB", "RGBA") else "MONOCHROME2"


def _grey_levels(picture: Image.Image) -> tuple[Pixels, int]:
    """Grey levels and their number of bits; what is transparent lies on black."""
    mode = picture.mode
    if mode.startswith("I"):
        # Pillow has called 16-bit grey PNG both "I" and "I;16"; the values are the same.
        return np.asarray(picture).astype(np.uint16), 16
    if mode in ("1", "L"):
        return np.asarray(picture.convert("L")).astype(np.uint16), 8
    if mode not in ("LA", "P", "PA", "RGB", "RGBA", "YCbCr"):
        raise UnsupportedPixels("This picture uses printing colours; send the radiograph in greys.")
    rgba = np.asarray(picture.convert("RGBA"))
    greys = luminance(rgba[:, :, :3], bits=8)
    return (greys * rgba[:, :, 3] + np.uint16(127)) // np.uint16(255), 8
