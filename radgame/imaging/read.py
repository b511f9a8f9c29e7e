"""One door for every film: DICOM, PNG or JPEG, told apart by content and never by name."""

from pathlib import Path
from typing import BinaryIO

from radgame.imaging.dicom import film_from_dicom
from radgame.imaging.film import Film
from radgame.imaging.raster import film_from_raster
from radgame.imaging.source import DEFAULT_MAX_PIXELS, HEAD_BYTES, is_dicom, read_bytes


def read_film(
    source: Path | BinaryIO, *, require_chest: bool = True, max_pixels: int = DEFAULT_MAX_PIXELS
) -> Film:
    """Read a film from a path or an open binary file.

    `require_chest` refuses a DICOM file whose header clearly names another part of the body; PNG
    and JPEG say nothing about it. Raises a subclass of `ImagingError` whose message can be shown.
    """
    data = read_bytes(source, max_pixels=max_pixels)
    if is_dicom(data[:HEAD_BYTES]):
        return film_from_dicom(data, require_chest=require_chest, max_pixels=max_pixels)
    return film_from_raster(data, max_pixels=max_pixels)
