"""From path lengths to the film: Beer-Lambert, scatter, blur, quanta, and the display curve."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from radgame.imaging.phantom.geometry import Frame, Map, smooth_noise, upsample

# Effective linear attenuation at 120 kVp behind a chest, per mm.
WATER_PER_MM = 0.0185
BONE_EXCESS_PER_MM = 0.030
METAL_EXCESS_PER_MM = 0.30

LABEL = "SYNTHETIC - NOT A PATIENT"
WHITE = 4095


def expose(
    frame: Frame, soft_mm: Map, bone_mm: Map, metal_mm: Map, *, noise: np.random.Generator | None,
    dose: float,
) -> Map:  # fmt: skip
    """Negative log of the detected signal, for paths in mm of water, of bone and of metal."""
    depth = WATER_PER_MM * soft_mm + BONE_EXCESS_PER_MM * bone_mm + METAL_EXCESS_PER_MM * metal_mm
    signal = np.exp(-depth)
    blur = 0.26 / frame.spacing_mm
    signal = ndimage.gaussian_filter(signal, blur)
    # Scatter through a grid: a broad veil, strongest where the primary is weakest.
    step = max(round(5.0 / frame.spacing_mm), 1)
    rows, cols = frame.rows // step * step, frame.cols // step * step
    coarse = signal[:rows, :cols].reshape(rows // step, step, cols // step, step).mean(axis=(1, 3))
    path = soft_mm[:rows:step, :cols:step]
    scattered = coarse * np.clip(path / 220, 0, 1)
    veil = ndimage.gaussian_filter(scattered, 38.0 / (step * frame.spacing_mm), mode="nearest")
    signal += 0.34 * upsample(veil.astype(np.float32), frame.shape)
    if noise is not None:
        quanta = dose * 5.5e4 * (frame.spacing_mm / 0.3) ** 2
        count = signal * np.float32(quanta) + 40
        grain = noise.standard_normal(frame.shape, dtype=np.float32)
        # The scintillator spreads light, so quantum noise is slightly correlated.
        grain = 1.35 * ndimage.uniform_filter(grain, 2)
        signal += grain * np.sqrt(count) / np.float32(quanta)
    return np.asarray(-np.log(np.clip(signal, 2e-4, None)), np.float32)


def develop(frame: Frame, density: Map, *, contrast: float, brightness: float) -> Map:
    """Presentation values in [0, 1]: dynamic range compressed, edges lifted, toe and shoulder."""
    step = max(round(1.5 / frame.spacing_mm), 1)
    rows, cols = -(-frame.rows // step) * step, -(-frame.cols // step) * step
    padded = np.pad(density, ((0, rows - frame.rows), (0, cols - frame.cols)), mode="edge")
    coarse = padded.reshape(rows // step, step, cols // step, step).mean(axis=(1, 3))
    floor = np.clip(coarse, 0.9, None)
    unit = step * frame.spacing_mm
    broad = ndimage.gaussian_filter(floor, 16.0 / unit, mode="nearest")
    medium = ndimage.gaussian_filter(floor, 3.5 / unit, mode="nearest")
    broad_full = upsample(broad.astype(np.float32), (rows, cols))[: frame.rows, : frame.cols]
    medium_full = upsample(medium.astype(np.float32), (rows, cols))[: frame.rows, : frame.cols]
    body = np.clip(density, 0.9, None)
    tone = 0.62 * broad_full + 1.06 * (medium_full - broad_full) + 1.28 * (body - medium_full)
    tone += np.minimum(density - 0.9, 0) * 0.7
    return np.asarray((tone - 1.60) * contrast + 0.5 + brightness, np.float32)


def shoulder(tone: Map) -> Map:
    """A film-like curve onto (0, 1)."""
    return np.asarray(1 / (1 + np.exp(-4.3 * (tone - 0.5))), np.float32)


def collimate(
    frame: Frame, values: Map, borders_mm: tuple[float, float, float, float], tilt: float
) -> Map:
    """Darken what lay behind the collimator's blades: left, top, right, bottom, in mm."""
    left, top, right, bottom = (b / frame.spacing_mm for b in borders_mm)
    rows = np.arange(frame.rows, dtype=np.float32)[:, None]
    cols = np.arange(frame.cols, dtype=np.float32)[None, :]
    lean = np.float32(np.tan(tilt))
    soft = np.float32(0.9 / frame.spacing_mm)
    mask = np.clip((cols - left - lean * rows) / soft, 0, 1)
    mask = mask * np.clip((frame.cols - right - cols + lean * (rows - frame.rows)) / soft + 1, 0, 1)
    mask = mask * np.clip((rows - top + lean * cols) / soft, 0, 1)
    mask = mask * np.clip(
        (frame.rows - bottom - rows + lean * (cols - frame.cols)) / soft + 1, 0, 1
    )
    return np.asarray(values * (0.12 + 0.88 * mask), np.float32)


def _stamp(text: str, height: int) -> Map:
    font = ImageFont.load_default(size=height)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(image).text((2 - left, 2 - top), text, fill=255, font=font)
    return np.asarray(image, np.float32) / np.float32(255)


def label_box(frame: Frame) -> tuple[int, int, int, int]:
    """Half-open pixels of the film that the notice may touch; it lies below the lungs."""
    k = frame.rows / 1320
    stamp = _stamp(LABEL, max(round(27 * k), 7))
    rows, cols = stamp.shape
    x = (frame.cols - cols) // 2
    y = frame.rows - rows - round(20 * k)
    return x, y, x + cols, y + rows


def burn(values: Map, frame: Frame, marker_corner: tuple[float, float], marker: str) -> Map:
    """Burn the notice and a lead side marker into the film; returns a new map."""
    result = values.copy()
    k = frame.rows / 1320
    x0, y0, x1, y1 = label_box(frame)
    # A dark plate behind the words keeps them legible on the white abdomen.
    pad = max(round(6 * k), 2)
    plate = result[y0 - pad : y1 + pad, x0 - pad : x1 + pad]
    plate *= np.float32(0.25)
    stamp = _stamp(LABEL, max(round(27 * k), 7))
    region = result[y0:y1, x0:x1]
    region += (0.97 - region) * stamp
    letter = _stamp(marker, max(round(46 * k), 9))
    rows, cols = letter.shape
    r, c = int(marker_corner[1] * frame.rows), int(marker_corner[0] * frame.cols)
    region = result[r : r + rows, c : c + cols]
    region += (0.96 - region) * ndimage.gaussian_filter(letter, 0.6) * np.float32(0.95)
    return result


def quantise(values: Map) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """[0, 1] to 12 bits."""
    return np.clip(np.rint(values * WHITE), 0, WHITE).astype(np.uint16)


def texture(rng: np.random.Generator, frame: Frame, scales: tuple[tuple[float, float], ...]) -> Map:
    """A sum of smooth noises: (correlation length in mm, amplitude) each."""
    total = np.zeros(frame.shape, np.float32)
    for length_mm, amplitude in scales:
        sigma = length_mm / frame.spacing_mm
        if sigma >= 0.4:
            total += np.float32(amplitude) * smooth_noise(rng, frame.shape, sigma)
    return total
