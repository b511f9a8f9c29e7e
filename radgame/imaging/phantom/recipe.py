"""What a film is made from, and what comes out with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FINDINGS: tuple[str, ...] = (
    "atelectasis-fibrotic-band",
    "calcification",
    "cardiomegaly",
    "catheter",
    "consolidation",
    "fracture",
    "heart-device",
    "hiatal-hernia",
    "hilar-enlargement",
    "interstitial-pattern",
    "nodule-mass",
    "osteosynthesis-suture",
    "pleural-effusion",
    "pleural-thickening",
    "pneumothorax",
    "scoliosis",
    "tube",
)


@dataclass(frozen=True, slots=True)
class LesionSpec:
    """One finding to insert.

    `size_mm` is a diameter for round lesions and a length or height for the others; None takes
    the kind's usual size. `subtlety` runs from 0 (obvious) to 1 (easily missed). `variant` names
    a form of the finding where it has several (see `lesions`).
    """

    finding: str
    side: Literal["left", "right", "both", ""] = ""
    zone: Literal["upper", "middle", "lower", ""] = ""
    size_mm: float | None = None
    subtlety: float = 0.3
    variant: str = ""

    def __post_init__(self) -> None:
        if self.finding not in FINDINGS:
            raise ValueError(f"unknown finding {self.finding!r}")
        if not 0.0 <= self.subtlety <= 1.0:
            raise ValueError(f"subtlety must lie in [0, 1], not {self.subtlety}")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a film; the same recipe gives the same bytes.

    `build` runs from -1 (thin) to 1 (heavy), `inspiration` from -1 (shallow) to 1 (deep).
    `scale` shrinks the film for tests; `noise` and `burn_in` leave out the quanta and the notice.
    """

    key: str
    seed: int
    age_years: int
    sex: Literal["F", "M"]
    indication: str
    lesions: tuple[LesionSpec, ...] = ()
    build: float = 0.0
    inspiration: float = 0.2
    scale: float = 1.0
    noise: bool = True
    burn_in: bool = True


@dataclass(frozen=True, slots=True)
class Lesion:
    """One finding as it lies on the film, with boxes in half-open film pixels."""

    finding: str
    side: Literal["left", "right", "both", ""]
    zone: Literal["upper", "middle", "lower", ""]
    size_mm: float | None
    subtlety: float
    sentence: str
    boxes: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Film:
    """A frontal film: 12-bit MONOCHROME2 pixels (rows, cols), and its report."""

    pixels: NDArray[np.uint16]
    spacing_mm: float
    view: str
    age_years: int
    sex: Literal["F", "M"]
    indication: str
    findings_text: str
    impression: str
    lesions: tuple[Lesion, ...]
    seed: int
    window_center: float
    window_width: float
