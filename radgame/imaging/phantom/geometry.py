"""Where a point of the phantom falls on the film, and how tubes become path lengths.

Phantom space is in millimetres: x to the patient's left, y towards the feet, z towards the back;
y = 0 is the level of the lung apices and z = 0 the mid-coronal plane. The film lies in front of
the chest (PA view), the focal spot behind it, so the patient's left is on the right of the film.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Map: TypeAlias = NDArray[np.float32]
Real: TypeAlias = NDArray[np.floating[Any]] | np.float32 | float
Curve: TypeAlias = Callable[[Real], Map]

FOCUS_TO_FILM_MM = 1800.0
FILM_Z_MM = -130.0
BEAM_CENTRE_Y_MM = 130.0
# Magnification of the mid-coronal plane; solids too smooth to show parallax are drawn there.
MID_MAGNIFICATION = FOCUS_TO_FILM_MM / (FOCUS_TO_FILM_MM + FILM_Z_MM)

FULL_ROWS, FULL_COLS = 1320, 1280
FULL_SPACING_MM = 0.3
TOP_MM = -80.0  # film coordinate of the upper edge


@dataclass(frozen=True, slots=True)
class Frame:
    """One film: its size in pixels, its pixel pitch, and the patient's rotation before it."""

    rows: int
    cols: int
    spacing_mm: float
    rotation_rad: float
    zoom: float = 1.0  # the patient's size on the film
    shift_mm: tuple[float, float] = (0.0, 0.0)  # where the patient stands in it

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.cols

    def project(self, points: Map) -> tuple[Map, Map]:
        """Points (n, 3) in mm to film (columns, rows) as continuous pixel coordinates."""
        cos, sin = np.float32(np.cos(self.rotation_rad)), np.float32(np.sin(self.rotation_rad))
        x, y, z = points[:, 0], points[:, 1], points[:, 2]
        depth = z * cos - x * sin
        magnification = FOCUS_TO_FILM_MM / (FOCUS_TO_FILM_MM - (depth - FILM_Z_MM))
        u = (x * cos + z * sin) * magnification
        v = BEAM_CENTRE_Y_MM + (y - BEAM_CENTRE_Y_MM) * magnification * self.zoom + self.shift_mm[1]
        return (
            ((u * self.zoom + self.shift_mm[0]) / self.spacing_mm + self.cols / 2).astype(
                np.float32
            ),
            ((v - TOP_MM) / self.spacing_mm).astype(np.float32),
        )

    def plane(self, z_mm: float = 0.0, step: int = 1) -> tuple[Map, Map]:
        """Phantom (x, y) seen by each pixel at one depth: x (1, cols/step), y (rows/step, 1)."""
        magnification = FOCUS_TO_FILM_MM / (FOCUS_TO_FILM_MM - (z_mm - FILM_Z_MM))
        cols = (np.arange(-(-self.cols // step)) + 0.5) * step - self.cols / 2
        rows = (np.arange(-(-self.rows // step)) + 0.5) * step
        magnification *= self.zoom
        x = (cols * self.spacing_mm - self.shift_mm[0]) / magnification - z_mm * np.sin(
            self.rotation_rad
        )
        film_y = rows * self.spacing_mm + TOP_MM - BEAM_CENTRE_Y_MM - self.shift_mm[1]
        y = BEAM_CENTRE_Y_MM + film_y / magnification
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)


def make_frame(
    scale: float,
    rotation_rad: float,
    zoom: float = 1.0,
    shift_mm: tuple[float, float] = (0.0, 0.0),
) -> Frame:
    """The film at a fraction of full resolution; the field of view stays the same."""
    if not 0.1 <= scale <= 1.0:
        raise ValueError(f"scale must lie in [0.1, 1], not {scale}")
    rows, cols = round(FULL_ROWS * scale), round(FULL_COLS * scale)
    return Frame(rows, cols, FULL_SPACING_MM / scale, rotation_rad, zoom, shift_mm)


def hermite(knots: Sequence[float], values: Sequence[float]) -> Curve:
    """A smooth curve through the knots that never overshoots; constant beyond the ends."""
    k, f = np.asarray(knots, np.float64), np.asarray(values, np.float64)
    step = np.diff(k)
    secant = np.diff(f) / step
    slope = np.zeros_like(f)
    same = secant[:-1] * secant[1:] > 0
    total = np.where(same, secant[:-1] + secant[1:], 1.0)
    slope[1:-1] = np.where(same, 2 * secant[:-1] * secant[1:] / total, 0.0)
    slope[0], slope[-1] = secant[0], secant[-1]

    def evaluate(x: Real) -> Map:
        at = np.clip(np.asarray(x, np.float64), k[0], k[-1])
        i = np.clip(np.searchsorted(k, at, side="right") - 1, 0, len(k) - 2)
        h = step[i]
        t = (at - k[i]) / h
        blend = t * t * (3 - 2 * t)
        result = (
            f[i] * (1 - blend)
            + f[i + 1] * blend
            + h * t * (1 - t) * (slope[i] * (1 - t) - slope[i + 1] * t)
        )
        return np.asarray(result, np.float32)

    return evaluate


def upsample(coarse: Map, shape: tuple[int, int]) -> Map:
    """Bilinear enlargement of a map whose pixels cover the same field as `shape`."""
    if coarse.shape == shape:
        return coarse
    result = coarse
    for axis, size in enumerate(shape):
        n = coarse.shape[axis]
        step = max(1.0, round(size / n)) if size / n < 4 else size / n
        at = np.clip((np.arange(size) + 0.5) / step - 0.5, 0, n - 1)
        low = np.minimum(at.astype(np.intp), max(n - 2, 0))
        weight = (at - low).astype(np.float32)
        high = np.minimum(low + 1, n - 1)
        if axis == 0:
            result = result[low] * (1 - weight[:, None]) + result[high] * weight[:, None]
        else:
            result = result[:, low] * (1 - weight) + result[:, high] * weight
    return np.asarray(result, np.float32)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], sigma_px: float) -> Map:
    """Gaussian noise of unit variance with a correlation length of `sigma_px` pixels."""
    step = max(sigma_px / 1.6, 1.0)
    coarse_shape = (int(np.ceil(shape[0] / step)) + 1, int(np.ceil(shape[1] / step)) + 1)
    white = rng.standard_normal(coarse_shape, dtype=np.float32)
    coarse: Map = ndimage.gaussian_filter(white, sigma_px / step, mode="reflect")
    coarse /= coarse.std() + np.float32(1e-9)
    if step == 1.0:
        return coarse[: shape[0], : shape[1]]
    rows = np.arange(shape[0]) / step
    cols = np.arange(shape[1]) / step
    r0, c0 = rows.astype(np.intp), cols.astype(np.intp)
    fr, fc = (rows - r0).astype(np.float32)[:, None], (cols - c0).astype(np.float32)
    half = coarse[r0] * (1 - fr) + coarse[r0 + 1] * fr
    return np.asarray(half[:, c0] * (1 - fc) + half[:, c0 + 1] * fc, np.float32)


def smoothstep(value: Real, low: float, high: float) -> Map:
    """0 below `low`, 1 above `high`, smooth between; reversed when high < low."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def round_profile(u: Real, power: float) -> Map:
    """Half chord of a unit superellipse at the offset u; 0 outside it."""
    inside = np.clip(1 - np.abs(u) ** np.float32(power), 0, None)
    return np.asarray(inside ** np.float32(1 / power), np.float32)


class Canvas:
    """Collects weighted points and deposits them, bilinearly, as mm of path per pixel."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._sum = np.zeros(frame.rows * frame.cols, np.float64)

    def add(self, cols: Map, rows: Map, weight: Map) -> None:
        """Continuous pixel coordinates (pixel centres at .5) and mm x pixel area."""
        frame = self.frame
        c, r = cols.ravel() - 0.5, rows.ravel() - 0.5
        inside = (c > 0) & (c < frame.cols - 1) & (r > 0) & (r < frame.rows - 1)
        if not inside.all():
            c, r, weight = c[inside], r[inside], weight.ravel()[inside]
        else:
            weight = weight.ravel()
        if c.size == 0:
            return
        c0, r0 = c.astype(np.int32), r.astype(np.int32)
        fc, fr = c - c0, r - r0
        index = r0 * frame.cols + c0
        right = weight * fc
        left = weight - right
        # Only the touched rows are swept: bincount over a whole film per tube would dominate.
        first = int(r0.min()) * frame.cols
        last = (int(r0.max()) + 2) * frame.cols
        index -= first
        size = last - first
        part = self._sum[first:last]
        part += np.bincount(index, left * (1 - fr), size)[:size]
        part += np.bincount(index + 1, right * (1 - fr), size)[:size]
        part += np.bincount(index + frame.cols, left * fr, size)[:size]
        part += np.bincount(index + frame.cols + 1, right * fr, size)[:size]

    def result(self) -> Map:
        return self._sum.reshape(self.frame.shape).astype(np.float32)


def resample(points: Map, step_mm: float) -> tuple[Map, Map]:
    """Points along a polyline (n, 3) every `step_mm`, and their place on it in [0, 1]."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate(([0.0], np.cumsum(lengths)))
    count = max(int(np.ceil(along[-1] / step_mm)), 2) + 1
    at = np.linspace(0, along[-1], count)
    dense = np.stack([np.interp(at, along, points[:, k]) for k in range(3)], axis=1)
    return dense.astype(np.float32), (at / max(along[-1], 1e-6)).astype(np.float32)


def smooth_path(points: Sequence[Sequence[float]], step_mm: float = 2.0) -> Map:
    """A rounded path through 3-D control points, one vertex about every `step_mm`."""
    control = np.asarray(points, np.float32)
    knots = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(control, axis=0), axis=1))))
    at = np.arange(0, knots[-1] + step_mm / 2, step_mm, dtype=np.float32)
    columns = [hermite(list(knots), list(control[:, k]))(at) for k in range(3)]
    smooth = np.stack(columns, axis=1)
    if len(smooth) > 8:
        inner = ndimage.gaussian_filter1d(smooth, 2.0, axis=0, mode="nearest")
        fade = np.minimum(np.arange(len(smooth)), np.arange(len(smooth))[::-1]) / 4
        w = np.clip(fade, 0, 1)[:, None]
        smooth = inner * w + smooth * (1 - w)
    return np.asarray(smooth, np.float32)


def _rounded_ends(arc_mm: Map, height: Map, width: Map) -> tuple[Map, Map]:
    """Half axes that close the tube like a finger; one cut square betrays itself."""
    start, stop = height[0] + width[0], height[-1] + width[-1]
    for reach, mm in ((arc_mm, start), (arc_mm[-1] - arc_mm, stop)):
        t = np.clip(reach / (0.55 * mm), 0.02, 1)
        close = np.sqrt(t * (2 - t))
        height, width = height * close, width * close
    return height, width


def draw_tube(
    canvas: Canvas,
    path: Map,
    half_height_mm: Map | float,
    half_width_mm: Map | float,
    *,
    outward: Map | None = None,
    shell_mm: float = 0.0,
    core: float = 1.0,
    gain: Map | None = None,
    capped: bool = True,
    oversample: float = 0.7,
) -> None:
    """Path length through an elliptical tube, in mm, added to the canvas.

    `outward` (n, 3) is the direction of `half_width_mm`; a round tube needs none. The outer
    `shell_mm` weighs 1, what lies inside weighs `core`. The chord of a long elliptical cylinder at
    the offset t from its projected axis is L sqrt(1 - (t/h)^2), where h is the half-width of its
    shadow and L follows from the area of the cross-section seen at the tilt of the axis.
    """
    frame = canvas.frame
    step = frame.spacing_mm * oversample
    dense, at = resample(path, step)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    source = np.concatenate(([0.0], np.cumsum(lengths))) / max(float(lengths.sum()), 1e-6)

    def along(value: Map | float) -> Map:
        array = np.broadcast_to(np.asarray(value, np.float32), (len(path),))
        return np.interp(at, source, array).astype(np.float32)

    height, width = along(half_height_mm), along(half_width_mm)
    if capped:
        height, width = _rounded_ends(at * np.float32(lengths.sum()), height, width)
    tangent = np.gradient(dense, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-6
    cols, rows = frame.project(dense)
    dc, dr = np.gradient(cols), np.gradient(rows)
    run = np.hypot(dc, dr) + 1e-6
    normal = np.stack([-dr / run, dc / run], axis=1)
    foreshortening = np.clip(np.hypot(tangent[:, 0], tangent[:, 1]), 0.22, 1)
    inner_h, inner_w = (np.clip(half - shell_mm, 0.2, None) for half in (height, width))
    if outward is None:
        half_shadow, inner_shadow = height, inner_h
    else:
        e2 = np.stack([np.interp(at, source, outward[:, k]) for k in range(3)], axis=1)
        e1 = np.cross(tangent, e2)
        e1 /= np.linalg.norm(e1, axis=1, keepdims=True) + 1e-6
        a = (e1[:, :2] * normal).sum(axis=1)
        b = (e2[:, :2] * normal).sum(axis=1)
        half_shadow = np.hypot(height * a, width * b)
        inner_shadow = np.hypot(inner_h * a, inner_w * b)
    # Thinner than a pixel: widen the shadow and keep the volume.
    shadow = np.maximum(half_shadow, 0.5 * frame.spacing_mm).astype(np.float32)
    chord = 2 * height * width / (shadow * foreshortening)
    samples = max(int(np.ceil(2 * float(shadow.max()) / step)), 3)
    offset = ((np.arange(samples) + 0.5) / samples * 2 - 1).astype(np.float32)
    profile = np.sqrt(1 - offset**2)
    profile *= np.float32(np.pi / 2 * samples / 2 / profile.sum())
    value = chord[:, None] * profile
    if shell_mm > 0:
        ratio = offset * (shadow / inner_shadow)[:, None]
        inner = (2 * inner_h * inner_w / (inner_shadow * foreshortening))[:, None]
        value -= (1 - core) * inner * np.sqrt(np.clip(1 - ratio**2, 0, None))
    if gain is not None:
        value = value * along(gain)[:, None]
    pixels = shadow * (MID_MAGNIFICATION * frame.zoom) / frame.spacing_mm
    c = cols[:, None] + offset * (pixels * normal[:, 0])[:, None]
    r = rows[:, None] + offset * (pixels * normal[:, 1])[:, None]
    # Signed, so that the inner side of a sharp bend, where the strip folds over, weighs nothing.
    area = np.gradient(c, axis=0) * normal[:, 1:2] - np.gradient(r, axis=0) * normal[:, 0:1]
    area = np.clip(area, 0, None) * (2 * pixels / samples)[:, None]
    area[0] *= 0.5
    area[-1] *= 0.5
    canvas.add(c.astype(np.float32), r.astype(np.float32), (value * area).astype(np.float32))
