"""What a film is once it has left its file: pixels and the few facts that may travel with it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint16]
"""Shape (rows, columns); larger is brighter."""

Sex = Literal["F", "M", "O", ""]
View = Literal["PA", "AP", "LATERAL", ""]
SourceFormat = Literal["dicom", "png", "jpeg"]


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window. `center` and `width` are in pixel values, as in `FilmFacts`."""

    name: str
    center: float
    width: float


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """Everything that is kept of a file besides its pixels.

    The list is an allow-list in the sense of the Basic Application Level Confidentiality Profile
    (PS3.15 E.2): no name, identifier, date, institution, device or free text gets in. The three
    UIDs are still those of the source, so that the caller can hash them; they must not be shown.

    Pixels lie in [0, 2**bits_stored). A window maps `center - width / 2` to black and
    `center + width / 2` to white (LINEAR_EXACT, PS3.3 C.11.2.1.3.2), in values of `Film.pixels`.
    `spacing_mm` is (row, column), None when absent or not positive. `age_years` is never above 90.
    `photometric_interpretation` is that of the source; the pixels are always MONOCHROME2.
    """

    rows: int
    columns: int
    bits_stored: int
    photometric_interpretation: str
    modality: str
    view: View
    spacing_mm: tuple[float, float] | None
    window_center: float
    window_width: float
    presets: tuple[WindowPreset, ...]
    sop_instance_uid: str | None
    series_instance_uid: str | None
    study_instance_uid: str | None
    age_years: float | None
    sex: Sex
    body_part: str
    source_format: SourceFormat


@dataclass(frozen=True, slots=True)
class Film:
    """One de-identified picture: uint16 pixels of shape (rows, columns), larger is brighter."""

    pixels: Pixels
    facts: FilmFacts
