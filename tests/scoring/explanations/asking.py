"""Requests and films made for these tests."""

from typing import Any

import numpy as np

from scoring.explanations import FilmPixels, Kind, Request
from scoring.localization import Box

SIZE = (1000, 1200)
"""Columns and rows of the films' source."""

RIGHT_BASE = Box(100, 900, 300, 1100)
LEFT_BASE = Box(700, 900, 900, 1100)
LOOKS = "Lung that has turned white and hides its vessels. Look for dark bronchi inside it."


def request(id_: str = "r1", **changes: Any) -> Request:
    """A missed consolidation at the right base, unless something else is said."""
    values: dict[str, Any] = {
        "film": "film-1",
        "finding": "consolidation",
        "finding_name": "Consolidation",
        "regions": (RIGHT_BASE,),
        "kind": Kind.MISSED,
        "size": SIZE,
        "atlas": LOOKS,
        "view": "PA",
    }
    return Request(id=id_, **{**values, **changes})


def false_mark(id_: str = "f1", **changes: Any) -> Request:
    return request(id_, **{"kind": Kind.FALSE_MARK, **changes})


def blob_film(side: str = "right", *, seed: int = 0, size: tuple[int, int] = SIZE) -> FilmPixels:
    """Two grey lungs, and in one of them, or in none, something white at the base."""
    random = np.random.default_rng(seed)
    columns, rows = size
    y, x = np.mgrid[0:rows, 0:columns]
    grey = 40 + 6 * random.standard_normal((rows, columns))
    for middle in (0.3, 0.7):
        grey += 60 * np.exp(-(((x / columns - middle) / 0.15) ** 2 + ((y / rows - 0.5) / 0.3) ** 2))
    if side in ("right", "left"):
        middle = 0.2 if side == "right" else 0.8
        grey += 130 * np.exp(
            -(((x / columns - middle) / 0.1) ** 2 + ((y / rows - 0.83) / 0.1) ** 2)
        )
    return grey.clip(0, 255).astype(np.uint8)
