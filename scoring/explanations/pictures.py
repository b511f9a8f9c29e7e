"""What a model is shown of a film: the whole of it, and a close-up of the regions.

The close-up is one picture for all regions of a finding: on the left the whole film with every
region framed, on the right each region with what surrounds it. One picture costs a model the same
however many regions there are, and questions of equal length go together in a batch.
Frames are drawn in these pictures only, never in the film.
"""

from collections.abc import Sequence
from math import ceil
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from scoring.explanations.contract import FilmLoader, FilmPixels, FilmUnreadable
from scoring.localization import Box

SIDE: Final = 896
"""Pixels of a close-up each way: what SigLIP of MedGemma reads. A film's longer side is no more."""
INSET: Final = 299
"""Width of the whole film within a close-up."""
GAP: Final = 6
LINE: Final = 3
FRAME: Final = (255, 60, 60)
MARGIN: Final = 0.4
"""What is shown around a region on each side, as a share of its longer side."""
LEAST_WINDOW: Final = 0.25
"""A region is shown with at least this share of the film's shorter side, however small it is."""

_Corners = tuple[float, float, float, float]


def open_film(load_film: FilmLoader, key: str) -> FilmPixels:
    """The pixels of a film, if they are what they should be. Raises FilmUnreadable."""
    try:
        pixels = load_film(key)
    except (OSError, ValueError) as error:
        raise FilmUnreadable(f"The film cannot be read ({type(error).__name__}).") from error
    if pixels.ndim != 2 or pixels.dtype != np.uint8 or not pixels.size:
        raise FilmUnreadable(
            f"A film must be 8-bit grey levels by row and column, not {pixels.dtype} of the shape "
            f"{pixels.shape}."
        )
    return pixels


def whole_film(pixels: FilmPixels) -> Image.Image:
    """The film as it is, at most SIDE pixels along its longer side."""
    film = Image.fromarray(pixels)
    scale = min(1.0, SIDE / max(film.size))
    width, height = (max(1, round(length * scale)) for length in film.size)
    return film.resize((width, height), Image.Resampling.BOX if scale < 1 else None).convert("RGB")


def close_up(
    pixels: FilmPixels, whole: Image.Image, size: tuple[int, int], regions: Sequence[Box]
) -> Image.Image:
    """The close-up of at least one region, of a film and its `whole_film`.

    Regions are in pixels of a source of ``size`` (columns, rows).
    """
    film = Image.fromarray(pixels)
    sheet = Image.new("RGB", (SIDE, SIDE))
    inset_height = min(SIDE, max(1, round(INSET * film.height / film.width)))
    everything = (0.0, 0.0, float(whole.width), float(whole.height))
    framed = _corners_on(whole, size, regions)
    _paste(sheet, whole, everything, (0, 0, INSET, inset_height), framed)
    boxes = _corners_on(film, size, regions)
    for box, cell in zip(boxes, _cells(len(boxes)), strict=True):
        shape = (cell[2] - cell[0]) / (cell[3] - cell[1])
        _paste(sheet, film, _window(box, film.size, shape), cell, boxes)
    return sheet


def _corners_on(film: Image.Image, size: tuple[int, int], regions: Sequence[Box]) -> list[_Corners]:
    across, down = film.width / size[0], film.height / size[1]
    return [
        (box.x_min * across, box.y_min * down, box.x_max * across, box.y_max * down)
        for box in regions
    ]


def _cells(count: int) -> list[tuple[int, int, int, int]]:
    """Where on the sheet each region is shown, row by row."""
    width = SIDE - INSET - GAP
    columns = max(1, round((count * width / SIDE) ** 0.5))
    rows = ceil(count / columns)
    cells = []
    for number in range(count):
        row, column = divmod(number, columns)
        left = INSET + GAP + column * width // columns
        right = INSET + GAP + (column + 1) * width // columns
        top, bottom = row * SIDE // rows, (row + 1) * SIDE // rows
        # A gap only where there is room for a picture besides.
        gap_x = GAP if column + 1 < columns and right - left > 2 * GAP else 0
        gap_y = GAP if row + 1 < rows and bottom - top > 2 * GAP else 0
        cells.append((left, top, max(left + 1, right - gap_x), max(top + 1, bottom - gap_y)))
    return cells


def _window(box: _Corners, film: tuple[int, int], shape: float) -> _Corners:
    """The part of a film around a box, of the shape (width by height) if the film is large enough.

    It is moved, rather than cut, where it would leave the film.
    """
    width, height = box[2] - box[0], box[3] - box[1]
    margin = MARGIN * max(width, height)
    least = LEAST_WINDOW * min(film)
    width, height = max(width + 2 * margin, least), max(height + 2 * margin, least)
    width, height = max(width, height * shape), max(height, width / shape)
    width, height = min(width, film[0]), min(height, film[1])
    left = min(max((box[0] + box[2] - width) / 2, 0.0), film[0] - width)
    top = min(max((box[1] + box[3] - height) / 2, 0.0), film[1] - height)
    return (left, top, left + width, top + height)


def _paste(
    sheet: Image.Image,
    film: Image.Image,
    window: _Corners,
    cell: tuple[int, int, int, int],
    boxes: Sequence[_Corners],
) -> None:
    """Show a window of the film in a cell of the sheet, true to scale, with the boxes framed."""
    width, height = window[2] - window[0], window[3] - window[1]
    scale = min((cell[2] - cell[0]) / width, (cell[3] - cell[1]) / height)
    shown = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = film.resize(shown, Image.Resampling.BILINEAR, box=window, reducing_gap=2.0).convert(
        "RGB"
    )
    draw = ImageDraw.Draw(picture)
    for box in boxes:
        # Around the region, so that no pixel of it is hidden.
        corners = (
            round((box[0] - window[0]) * scale) - LINE,
            round((box[1] - window[1]) * scale) - LINE,
            round((box[2] - window[0]) * scale) + LINE - 1,
            round((box[3] - window[1]) * scale) + LINE - 1,
        )
        draw.rectangle(corners, outline=FRAME, width=LINE)
    sheet.paste(picture, cell[:2])
