"""Ribs, spine, shoulder girdle and sternum as shells of cortex around marrow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from radgame.imaging.phantom.body import Body, lateral_edge
from radgame.imaging.phantom.geometry import (
    Canvas,
    Frame,
    Map,
    draw_tube,
    hermite,
    round_profile,
    smooth_path,
    smoothstep,
)

_RIBS = range(1, 13)
_END_ANGLE = hermite(
    (1, 2, 3, 7, 8, 9, 10, 11, 12), (2.1, 2.42, 2.5, 2.38, 2.22, 2.08, 1.92, 1.35, 0.85)
)
_DROP_MM = hermite((1, 2, 3, 5, 7, 9, 10, 11, 12), (50, 78, 94, 110, 117, 112, 104, 92, 82))


@dataclass(frozen=True, slots=True)
class Break:
    """A displaced fracture: where along the rib (0 head .. 1 front end) and how far."""

    side: int
    rib: int
    at: float
    offset_mm: float


@dataclass(frozen=True, slots=True)
class RibPath:
    """One rib's axis (n, 3), its outward normal, and half height and thickness, mm."""

    side: int
    number: int
    axis: Map
    outward: Map
    half_height: Map
    half_width: Map


def rib_path(body: Body, side: int, number: int, wobble: float) -> RibPath:
    """The rib lies in a tilted plane on a cage wider than deep."""
    end = float(_END_ANGLE(np.float32(number)))
    tilt = 1.0 + 0.03 * wobble
    drop = float(_DROP_MM(np.float32(number))) * tilt
    phi = np.linspace(0.05, end, 96).astype(np.float32)
    head = body.vertebra_y(number) - 0.36 * body.pitch + 0.9 * wobble
    full = (1 - np.cos(2.42)) / 2
    fall = (1 - np.cos(phi)) / 2 / full
    # The neck rises a little before the shaft begins to fall.
    y = head + drop * fall - 5.0 * np.exp(-(((phi - 0.42) / 0.22) ** 2))
    lateral_y = head + drop * 0.5 / full
    outer = float(lateral_edge(body, side, np.float32(lateral_y))) + 1.5
    if number == 1:
        outer = 0.47 * body.half_width
    s, c = np.sin(phi), np.cos(phi)
    x = outer * s**0.8
    depth_share = float(hermite((1, 2, 3, 5, 8), (0.5, 0.66, 0.8, 0.93, 1.0))(np.float32(number)))
    depth = body.half_depth * depth_share + 3
    zc = 26.0 * np.exp(-lateral_y / 70.0) + 2
    z = zc + depth * np.sign(c) * np.abs(c) ** 0.85
    z -= (22 * depth_share) * smoothstep(phi, 0.5, 0.12)
    x = np.maximum(x, 12 + 14 * phi)
    if number == 1:
        y = y + 6
    bow = body.spine_x(np.asarray(y, np.float32)) * np.exp(-((x / 60) ** 2))
    axis = np.stack([x * side + bow, y, z], axis=1).astype(np.float32)
    outward = np.stack([s * side, 0 * s, c * 1.2], axis=1)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    size = 1.06 if body.half_width > 131 else 0.96
    big = float(hermite((1, 2, 4, 8, 11, 12), (0.8, 0.86, 1, 1.04, 0.82, 0.66))(np.float32(number)))
    front = smoothstep(phi, 1.5, 2.4)
    height = size * big * (5.5 + 0.4 * np.cos(phi) + 1.0 * front)
    width = size * big * (3.5 - 0.5 * front)
    if number == 1:
        height, width = np.full_like(phi, 3.0), np.full_like(phi, 6.6)
    neck = smoothstep(phi, 0.42, 0.2)
    height = height * (1 - 0.35 * neck)
    return RibPath(
        side, number, axis, outward.astype(np.float32), height.astype(np.float32),
        np.asarray(width, np.float32),
    )  # fmt: skip


def broken(path: RibPath, fracture: Break) -> tuple[RibPath, Map]:
    """The rib with its far fragment stepped down, and the share of bone left along it."""
    along = np.linspace(0, 1, len(path.axis)).astype(np.float32)
    step = np.where(along >= fracture.at, np.exp(-(along - fracture.at) / 0.10), 0)
    near = np.where(along < fracture.at, np.exp(-(fracture.at - along) / 0.05), 0)
    axis = path.axis.copy()
    tangent = np.gradient(axis, axis=0)[:, :2]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-6
    shift = fracture.offset_mm * (step - 0.25 * near)
    axis[:, :2] += normal * shift[:, None]
    gap = 1 - 0.9 * np.exp(-(((along - fracture.at) / 0.005) ** 2))
    broken_path = RibPath(
        path.side, path.number, axis, path.outward, path.half_height, path.half_width
    )
    return broken_path, np.asarray(gap, np.float32)


def _wobbles(seed_rng: np.random.Generator) -> Map:
    return np.asarray(seed_rng.standard_normal((2, 13)), np.float32)


def all_ribs(body: Body, rng: np.random.Generator) -> list[RibPath]:
    """24 ribs, right then left."""
    wobble = _wobbles(rng)
    return [
        rib_path(body, side, number, float(wobble[0 if side < 0 else 1, number]))
        for side in (-1, 1)
        for number in _RIBS
    ]


def densify(path: RibPath, factor: int) -> RibPath:
    """The same rib with `factor` times as many vertices, for a break sharper than they are."""
    n = len(path.axis)
    old, new = np.linspace(0, 1, n), np.linspace(0, 1, n * factor)

    def fine(a: Map) -> Map:
        if a.ndim == 1:
            return np.interp(new, old, a).astype(np.float32)
        return np.stack([np.interp(new, old, a[:, k]) for k in range(3)], 1).astype(np.float32)

    return RibPath(
        path.side, path.number, fine(path.axis), fine(path.outward),
        fine(path.half_height), fine(path.half_width),
    )  # fmt: skip


def draw_rib(canvas: Canvas, path: RibPath, gain: Map | None = None, weight: float = 1.0) -> None:
    """Cortex and marrow of one rib; posterior arcs have the thicker cortex."""
    ends = np.ones(len(path.axis), np.float32) * np.float32(weight)
    t = np.linspace(0, 1, len(ends)).astype(np.float32)
    ends *= (1 - 0.42 * smoothstep(t, 0.45, 0.72)) * smoothstep(t, 0.012, 0.055)
    # The bony end melts into cartilage.
    ends *= 0.12 + 0.88 * smoothstep(t, 1.0, 0.955)
    draw_tube(
        canvas,
        path.axis,
        path.half_height,
        path.half_width,
        outward=path.outward,
        shell_mm=0.95,
        core=0.16,
        gain=ends if gain is None else ends * gain,
    )


def draw_girdle(canvas: Canvas, body: Body, rng: np.random.Generator) -> None:
    """Clavicles, humeri, and the thick borders of the scapulae."""
    k = body.half_width / 137.0
    for side in (-1, 1):
        j = rng.standard_normal(6).astype(np.float32)
        drop = body.shoulder_drop * 0.8
        y0 = 37 + 1.5 * j[0]
        clavicle = [
            (13.0, y0, -62), (34, y0 - 5, -68), (62, y0 - 9 + drop * 0.3, -64),
            (98 * k, y0 - 17 + drop * 0.7, -38), (128 * k, y0 - 24 + drop, -8),
            (150 * k, y0 - 25 + drop, 8),
        ]  # fmt: skip
        path = smooth_path([(x * side, y, z) for x, y, z in clavicle])
        t = np.linspace(0, 1, len(path)).astype(np.float32)
        radius = 5.0 + 3.0 * np.exp(-((t / 0.1) ** 2)) + 1.6 * smoothstep(t, 0.7, 1.0)
        draw_tube(
            canvas,
            path,
            radius,
            radius * 0.9,
            shell_mm=1.4,
            core=0.2,
            gain=1 - 0.7 * smoothstep(t, 0.86, 1.0),
        )

        sx, sy = 1.0 * side, drop
        glenoid = (157 * k * sx, 40 + sy, 28.0)
        inferior = ((133 + 2 * j[1]) * k * sx, 140 + sy, 82.0)
        lateral_border = smooth_path(
            [glenoid, (151 * k * sx, 70 + sy, 52), (143 * k * sx, 105 + sy, 72), inferior]
        )
        t = np.linspace(0, 1, len(lateral_border)).astype(np.float32)
        draw_tube(
            canvas,
            lateral_border,
            5.2 - 2.6 * t,
            3.4 - 1.6 * t,
            shell_mm=1.1,
            core=0.3,
            gain=0.75 * smoothstep(t, -0.05, 0.3),
        )
        medial_border = smooth_path(
            [inferior, (122 * k * sx, 90 + sy, 88), (117 * k * sx, 50 + sy, 84),
             (121 * k * sx, 16 + sy, 70)]
        )  # fmt: skip
        draw_tube(canvas, medial_border, 1.5, 0.9, core=1.0)
        spine = smooth_path(
            [(119 * k * sx, 46 + sy, 88), (140 * k * sx, 27 + sy, 86), (163 * k * sx, 12 + sy, 62),
             (176 * k * sx, 11 + sy, 34)]
        )  # fmt: skip
        t = np.linspace(0, 1, len(spine)).astype(np.float32)
        fade = 0.25 + 0.5 * t
        draw_tube(canvas, spine, 3.0 + 3.4 * t, 3.2, shell_mm=1.0, core=0.2, gain=fade)
        shaft = smooth_path(
            [
                (183 * k * sx, 52 + sy, 14),
                (196 * k * sx, 90 + sy, 14),
                (222 * k * sx, 190 + sy, 14),
                (246 * k * sx, 290 + sy, 14),
            ]
        )
        t = np.linspace(0, 1, len(shaft)).astype(np.float32)
        draw_tube(
            canvas, shaft, 12 + 8 * np.exp(-t / 0.1), 12 + 8 * np.exp(-t / 0.1),
            shell_mm=4.0, core=0.05, oversample=1.0, gain=smoothstep(t, 0.0, 0.22),
        )  # fmt: skip


def plates(frame: Frame, body: Body, step: int) -> Map:
    """Scapular blades, humeral heads and sternum at 1/step resolution, mm of bone."""
    k = body.half_width / 137.0
    drop = body.shoulder_drop * 0.8
    x, y = frame.plane(75.0, step)
    rows, cols = y.size, x.size
    image = Image.new("F", (cols, rows), 0.0)
    pen = ImageDraw.Draw(image)
    dx, dy = float(x[0, 1] - x[0, 0]), float(y[1, 0] - y[0, 0])

    def pixel(px: float, py: float) -> tuple[float, float]:
        return (px - float(x[0, 0])) / dx, (py - float(y[0, 0])) / dy

    for side in (-1, 1):
        outline = [(157, 30), (155, 55), (150, 75), (142, 108), (134, 140), (129, 138), (122, 95),
                   (118, 50), (121, 17), (132, 20), (148, 24)]  # fmt: skip
        pen.polygon([pixel(px * k * side, py + drop) for px, py in outline], fill=1.0)
    blade = ndimage.gaussian_filter(np.asarray(image, np.float32), 1.6 / dx) * np.float32(1.9)
    x, y = frame.plane(12.0, step)
    total = blade
    for side in (-1, 1):
        r = np.hypot(x - 180 * k * side, y - 36 - drop)
        head = 2 * 23 * round_profile(r / 23, 2.0) - 2 * 22.0 * round_profile(r / 22.0, 2.0)
        # Towards the shaft the head has no cortex of its own.
        open_side = 0.15 + 0.85 * smoothstep((x * side - 180 * k) + 1.2 * (y - 36 - drop), 16, -10)
        head = head * open_side
        total = total + 0.75 * head + 0.17 * 2 * 22.0 * round_profile(r / 22.0, 2.0)
    x, y = frame.plane(20.0, step)
    for side in (-1, 1):
        for cx, cy, rx, ry in ((149.0, 29.0, 7.5, 5.5), (159.0, 40.0, 5.5, 18.0)):
            r = np.hypot((x * side - cx * k) / rx, (y - cy - drop) / ry)
            shell = round_profile(r, 2.0) - 0.75 * round_profile(r / 0.84, 2.0) * 0.84
            total = total + 1.5 * rx * shell
    x, y = frame.plane(-80.0, step)
    for cx, cy, rx, ry, thick in ((0.0, 56.0, 25.0, 21.0, 3.2), (0.0, 125.0, 14.0, 58.0, 2.4)):
        u, v = (x - cx) / rx, (y - cy) / ry
        total = total + thick * np.clip(1 - np.abs(u) ** 3 - np.abs(v) ** 4, 0, 1) ** 0.3
    return np.asarray(total, np.float32)


def spine(frame: Frame, body: Body, rng: np.random.Generator) -> tuple[Map, slice]:
    """The vertebral column, mm of bone, and the film columns it was drawn in."""
    full_x, y = frame.plane(62.0)
    at_spine = np.array([[0.0, 130.0, 62.0]], np.float32)
    middle = float(frame.project(at_spine)[0][0])
    half = (50 + abs(body.spine_bow)) * 1.12 * frame.zoom / frame.spacing_mm
    columns = slice(max(int(middle - half), 0), min(int(middle + half), frame.cols))
    x = full_x[:, columns] - body.spine_x(y)
    count = 18
    numbers = np.arange(-3, count - 3)
    jitter = rng.standard_normal((count, 4)).astype(np.float32)
    levels = np.array([body.vertebra_y(float(n)) for n in numbers], np.float32)
    place = np.interp(y[:, 0], levels, np.arange(count)).astype(np.float32)[:, None]
    index = np.clip(np.rint(place).astype(int), 0, count - 1)[:, 0]
    eta = place - index[:, None]
    number = numbers[index].astype(np.float32)[:, None]
    slope = np.gradient(body.spine_x(y)[:, 0], y[:, 0])[:, None]
    eta = eta - slope * x / body.pitch  # bodies stay square to a bowed spine
    half_width = hermite((-4, 0, 1, 3, 6, 12, 15), (11, 12.5, 14, 13.2, 13.6, 18.5, 20))(number)
    half_width = half_width + 0.25 * jitter[index, 0:1]
    total = np.zeros((frame.rows, x.shape[1]), np.float32)
    waist = half_width * (1 - 0.075 * np.clip(1 - (eta / 0.42) ** 2, 0, 1))
    tall = 0.415 + 0.005 * jitter[index, 1:2]
    depth = hermite((-4, 1, 6, 12, 15), (15, 17, 25, 30, 32))(number)
    in_body = smoothstep(np.abs(eta), 0.48, 0.385) * (np.abs(x) < waist)
    u = np.abs(x) / waist
    outer = depth * round_profile(u, 3.2)
    inner = (depth - 1.6) * round_profile(np.abs(x) / (waist - 0.9), 3.2)
    total += (0.40 * outer - 0.345 * inner) * in_body
    # Facets and laminae of the neighbours bridge the discs.
    total += 1.9 * smoothstep(u, 1.5, 0.2)
    plate_y = (np.abs(eta) - tall + 0.03 * u * u) * body.pitch
    edge = np.exp(-((plate_y / 0.9) ** 2))
    total += 0.075 * inner * edge * smoothstep(u, 1.1, 0.95)

    def ring(cx: Map, cy: Map | float, rx: float, ry: float, thick: float, fill: float) -> Map:
        r = np.hypot((np.abs(x) - cx) / rx, (eta - cy) * body.pitch / ry)
        wall = np.exp(-(((r - 1) * rx / 0.75) ** 2))
        return np.asarray(thick * wall + fill * smoothstep(r, 1.05, 0.9), np.float32)

    total += ring(0.66 * half_width, -0.12 + 0.02 * jitter[index, 2:3], 2.7, 4.6, 1.9, 0.7)
    # Spinous processes point down; their tips show as small drops over the next disc.
    tip = x - 0.5 * jitter[index, 3:4]
    r = np.hypot(tip / 2.5, (eta - 0.33) * body.pitch / 6.0)
    total += 2.2 * np.exp(-(((r - 1) * 2.5 / 0.8) ** 2)) + 1.6 * smoothstep(r, 1.05, 0.8)
    # Laminae join the pedicles to them.
    lamina = np.exp(-(((eta - 0.10 - 0.012 * np.abs(x)) * body.pitch / 3.0) ** 2))
    total += 1.9 * lamina * smoothstep(np.abs(x), 0.9 * 14, 6)
    # Transverse processes, up to T10.
    lateral = smoothstep(np.abs(x), 31, 27) * smoothstep(np.abs(x), 9, 14)
    rise = (eta + 0.16 + 0.006 * (np.abs(x) - 14)) * body.pitch
    short = smoothstep(number, 13.5, 9.0) * smoothstep(number, -1, 0.5)
    bar = np.sqrt(np.clip(1 - (rise / 4.4) ** 2, 0, None))
    bar -= 0.6 * np.sqrt(np.clip(1 - (rise / 3.5) ** 2, 0, None))
    total += 3.6 * bar * lateral * short
    return np.asarray(0.88 * total, np.float32), columns


def draw_cartilage(
    canvas: Canvas, ribs: list[RibPath], body: Body, rng: np.random.Generator
) -> None:
    """Flecks of calcified costal cartilage, from middle age on."""
    amount = float(np.clip((body.age_years - 38) / 40, 0, 1)) * 0.55
    for path in ribs:
        if path.number > 8 or amount <= 0:
            continue
        end = path.axis[-1]
        toward = np.array([8.0 * path.side, end[1] - 6, end[2] - 4], np.float32)
        for _ in range(7):
            t = float(rng.uniform(0, 0.32))
            size = float(rng.uniform(0.8, 2.0)) * amount
            start = end + (toward - end) * t + rng.normal(0, 2.2, 3).astype(np.float32)
            length = (rng.normal(0, 3.0, 3) * (1, 0.6, 0)).astype(np.float32)
            draw_tube(canvas, np.stack([start, start + length]), size + 0.3, size + 0.3)
