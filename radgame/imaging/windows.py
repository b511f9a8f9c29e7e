"""Default windows and presets, in pixel values.

A chest radiograph has no Hounsfield scale: the same lung is 400 on one detector and 21,000 on the
next, and vendors' processing moves both. Windows that no header gives therefore come from the
histogram of the body: the picture without its flat borders (collimator, digitiser frame) and
without its extreme values (direct exposure, burnt-in letters). Percentiles of that sample:

    default      0.5 – 99.5   nearly everything inside the body
    lung         0.5 – 75     the darker part: air-filled lung against its vessels
    bone         15 – 99.8    from behind the ribs to the densest bone
    mediastinum  35 – 99.8    the brighter part: heart, hila, spine, what lies below the dome

Every window is LINEAR_EXACT (PS3.3 C.11.2.1.3.2): `center - width / 2` is black and
`center + width / 2` white.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from radgame.imaging.film import Pixels, WindowPreset

MIN_WIDTH = 1.0
SAMPLE_SIDE = 512
FLAT_FRACTION = 0.02
MIN_BODY_PIXELS = 64

DEFAULT_PERCENTILES = (0.5, 99.5)
PRESET_PERCENTILES = (
    ("lung", 0.5, 75.0),
    ("bone", 15.0, 99.8),
    ("mediastinum", 35.0, 99.8),
)


@dataclass(frozen=True, slots=True)
class Window:
    """`center - width / 2` is black, `center + width / 2` is white."""

    center: float
    width: float

    @classmethod
    def between(cls, low: float, high: float) -> "Window":
        """The window from black `low` to white `high`, at least one value wide."""
        return cls((low + high) / 2, max(high - low, MIN_WIDTH))

    @property
    def low(self) -> float:
        """The value that becomes black."""
        return self.center - self.width / 2

    @property
    def high(self) -> float:
        """The value that becomes white."""
        return self.center + self.width / 2


def body_sample(pixels: Pixels) -> Pixels:
    """Pixel values of the body, flattened: no flat borders, no extreme values.

    Falls back to every value when hardly any is left, as on a uniform picture.
    """
    step = max(1, -(-max(pixels.shape) // SAMPLE_SIDE))
    sample = pixels[::step, ::step]
    span = int(sample.max()) - int(sample.min())
    # Percentiles of a line rather than its range: a burnt-in letter does not make a border a body.
    row_low, row_high = np.percentile(sample, (5, 95), axis=1)
    column_low, column_high = np.percentile(sample, (5, 95), axis=0)
    rows = _between_flat_ends(row_high - row_low > FLAT_FRACTION * span)
    columns = _between_flat_ends(column_high - column_low > FLAT_FRACTION * span)
    body = sample[rows, columns]
    body = body[(body > sample.min()) & (body < sample.max())]
    return body if body.size >= MIN_BODY_PIXELS else sample.ravel()


def default_window(pixels: Pixels) -> Window:
    """A window for a picture whose header gives none."""
    low, high = np.percentile(body_sample(pixels), DEFAULT_PERCENTILES)
    return Window.between(float(low), float(high))


def full_window(bits_stored: int) -> Window:
    """From 0 to the largest value of so many bits."""
    return Window.between(0.0, float(2**bits_stored - 1))


def window_presets(pixels: Pixels) -> tuple[WindowPreset, ...]:
    """Full (from the smallest to the largest value present), lung, bone and mediastinum."""
    body = body_sample(pixels)
    whole = Window.between(float(pixels.min()), float(pixels.max()))
    presets = [WindowPreset("full", whole.center, whole.width)]
    for name, low_percent, high_percent in PRESET_PERCENTILES:
        low, high = np.percentile(body, (low_percent, high_percent))
        window = Window.between(float(low), float(high))
        presets.append(WindowPreset(name, window.center, window.width))
    return tuple(presets)


def _between_flat_ends(lively: npt.NDArray[np.bool_]) -> slice:
    positions = np.flatnonzero(lively)
    return slice(int(positions[0]), int(positions[-1]) + 1) if positions.size else slice(0, 0)
