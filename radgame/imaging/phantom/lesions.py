"""Lesions as geometry: what each adds to the path lengths before the film is exposed.

The box of a lesion is the extent of its own projected contribution above `BOX_FRACTION` of that
contribution's maximum. Three findings change the anatomy instead of adding to it, and their
contribution is defined so: cardiomegaly, the whole heart; scoliosis, the bowed part of the column;
pneumothorax, the free air between the lung and the chest wall, as far down as it can be followed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from radgame.imaging.phantom.body import (
    Body,
    heart_chord,
    lateral_edge,
    lung_air,
    medial_edge,
)
from radgame.imaging.phantom.geometry import (
    Canvas,
    Frame,
    Map,
    draw_tube,
    round_profile,
    smooth_noise,
    smooth_path,
    smoothstep,
)
from radgame.imaging.phantom.recipe import LesionSpec
from radgame.imaging.phantom.skeleton import Break
from radgame.imaging.phantom.vessels import hilum_y

BOX_FRACTION: dict[str, float] = {
    "atelectasis-fibrotic-band": 0.15,
    "calcification": 0.15,
    "cardiomegaly": 0.20,
    "catheter": 0.15,
    "consolidation": 0.22,
    "fracture": 0.20,
    "heart-device": 0.05,
    "hiatal-hernia": 0.20,
    "hilar-enlargement": 0.20,
    "interstitial-pattern": 0.25,
    "nodule-mass": 0.15,
    "osteosynthesis-suture": 0.15,
    "pleural-effusion": 0.12,
    "pleural-thickening": 0.15,
    "pneumothorax": 0.35,
    "scoliosis": 0.15,
    "tube": 0.15,
}

# Share of the film's lung height, apex to dome, at which each zone lies.
ZONE_SHARE: dict[str, tuple[float, float]] = {
    "upper": (0.16, 0.36),
    "middle": (0.42, 0.60),
    "lower": (0.68, 0.86),
    "": (0.25, 0.80),
}

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """The film before its lesions, as far as they need to know it (full-resolution maps)."""

    frame: Frame
    body: Body
    x: Map  # (1, cols), mm at the mid-coronal plane
    y: Map  # (rows, 1)
    air: dict[int, Map]  # side -> mm of aerated lung
    density: Map  # of the lung, relative to water
    spine: Map
    fracture_change: dict[int, tuple[Map, Map]]  # spec index -> bone change, contribution


@dataclass(frozen=True, slots=True)
class Insert:
    """What one lesion changes; maps are full resolution, in mm, None where nothing changes."""

    contributions: tuple[Map, ...]
    size_mm: float | None
    soft: Map | None = None
    bone: Map | None = None
    metal: Map | None = None
    markings_kept: Map | None = None  # 0..1, on vessels and texture
    notes: dict[str, str] = field(default_factory=dict)


def sign(side: str) -> int:
    """-1 for the patient's right, which lies on the left of the film; 1 for the left."""
    return -1 if side == "right" else 1


def sides(side: str) -> tuple[int, ...]:
    return (-1, 1) if side == "both" else (sign(side),)


def boxes_of(insert: Insert, fraction: float) -> tuple[Box, ...]:
    """Half-open pixel boxes of the contributions above `fraction` of each one's maximum."""
    boxes: list[Box] = []
    for contribution in insert.contributions:
        peak = float(contribution.max())
        if peak <= 0:
            raise ValueError("the lesion does not reach the film")
        above = contribution > fraction * peak
        rows = np.flatnonzero(above.any(axis=1))
        cols = np.flatnonzero(above.any(axis=0))
        boxes.append((float(cols[0]), float(rows[0]), float(cols[-1] + 1), float(rows[-1] + 1)))
    return tuple(boxes)


def _blur(scene: Scene, values: Map, mm: float) -> Map:
    sigma = mm / scene.frame.spacing_mm
    if sigma < 0.3:
        return values
    return np.asarray(ndimage.gaussian_filter(values, sigma), np.float32)


def _noise(scene: Scene, rng: np.random.Generator, mm: float) -> Map:
    # The grid of the noise is fixed in mm, so a small film shows the same lesion as a large one.
    fine = (440, 427)
    field_mm = smooth_noise(rng, fine, max(mm / 0.9, 0.7))
    rows = np.linspace(0, fine[0] - 1, scene.frame.rows)
    cols = np.linspace(0, fine[1] - 1, scene.frame.cols)
    r0 = np.minimum(rows.astype(np.intp), fine[0] - 2)
    c0 = np.minimum(cols.astype(np.intp), fine[1] - 2)
    fr, fc = (rows - r0).astype(np.float32)[:, None], (cols - c0).astype(np.float32)
    half = field_mm[r0] * (1 - fr) + field_mm[r0 + 1] * fr
    return np.asarray(half[:, c0] * (1 - fc) + half[:, c0 + 1] * fc, np.float32)


def _place(
    scene: Scene, spec: LesionSpec, rng: np.random.Generator, radius: float, peripheral: bool
) -> tuple[float, float]:
    """A centre (x, y) in the asked side and zone with lung all around it."""
    side = sign(spec.side)
    low, high = ZONE_SHARE[spec.zone]
    top = scene.body.dome_y(side)
    best, best_room = (0.0, 0.0), -1.0
    for _ in range(60):
        y = top * float(rng.uniform(low, high))
        level = np.float32(y)
        inner = float(medial_edge(scene.body, side, level)) + 22 + radius
        outer = float(lateral_edge(scene.body, side, level)) - radius - 7
        across = float(rng.uniform(0.45 if peripheral else 0.1, 1.0))
        x = side * (inner + (max(outer, inner) - inner) * across)
        reach = radius + 4
        px = np.array([x, x - reach, x + reach, x, x], np.float32)
        py = np.array([y, y, y, y - reach, y + reach], np.float32)
        room = float(lung_air(scene.body, side, px, py).min())
        if room > best_room:
            best, best_room = (x, y), room
        if room > 55:
            break
    return best


def _nodule(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    diameter = spec.size_mm if spec.size_mm is not None else 18.0
    radius = diameter / 2
    x0, y0 = _place(scene, spec, rng, radius, peripheral=False)
    dx, dy = scene.x - np.float32(x0), scene.y - np.float32(y0)
    angle = np.arctan2(dy, dx)
    outline = np.ones_like(angle)
    for k in range(2, 7):
        amount = (0.07 if diameter > 14 else 0.03) / (k - 1)
        outline += (
            amount * np.cos(k * angle + np.float32(rng.uniform(0, 6.28))) * rng.uniform(0.3, 1)
        )
    rho = np.hypot(dx, dy) / (radius * outline)
    chord = 2 * radius * round_profile(rho, 2.0)
    canvas = Canvas(scene.frame)
    if spec.variant == "spiculated":
        for _ in range(26):
            t = float(rng.uniform(0, 6.28))
            a, b = radius * 0.8, radius * float(rng.uniform(1.15, 1.6))
            swing = t + float(rng.normal(0, 0.12))
            ends = [
                (x0 + a * np.cos(t), y0 + a * np.sin(t), 0.0),
                (x0 + b * np.cos(swing), y0 + b * np.sin(swing), 0.0),
            ]
            path = np.asarray(ends, np.float32)
            draw_tube(canvas, path, np.array([1.0, 0.35]), np.array([1.6, 0.5]), capped=False)
    solid = np.float32(1.25 - 0.68 * spec.subtlety) - scene.density * np.float32(0.5)
    edge = 0.5 + 0.9 * spec.subtlety
    soft = _blur(scene, (chord * solid).astype(np.float32), edge)
    whole = soft + 1.3 * canvas.result()
    return Insert((soft,), diameter, soft=np.asarray(whole, np.float32))


def _consolidation(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    size = spec.size_mm if spec.size_mm is not None else 75.0
    total = np.zeros(scene.frame.shape, np.float32)
    kept = np.ones(scene.frame.shape, np.float32)
    parts: list[Map] = []
    for side in sides(spec.side):
        here = LesionSpec(spec.finding, "left" if side > 0 else "right", spec.zone)
        x0, y0 = _place(scene, here, rng, min(size / 2, 34.0) * 0.7, peripheral=True)
        tilt = side * float(rng.uniform(0.1, 0.5))
        dx, dy = scene.x - np.float32(x0), scene.y - np.float32(y0)
        u = (dx * np.cos(tilt) + dy * np.sin(tilt)) / (size * 0.52)
        v = (dy * np.cos(tilt) - dx * np.sin(tilt)) / (size * 0.44)
        field_ = 1 - np.hypot(u, v) + 0.17 * _noise(scene, rng, 12) + 0.05 * _noise(scene, rng, 5)
        if spec.variant == "lobar":
            # A fissure bounds the lobe: its lower edge is sharp and almost straight.
            fissure = y0 + 0.30 * size + 0.06 * dx * side
            field_ = np.where(scene.y < fissure + 0.6, field_ + 0.25, -1)
        fill = smoothstep(field_.astype(np.float32), -0.15, 0.62 + 0.2 * spec.subtlety)
        fill = _blur(scene, fill, 1.0)
        patchy = 0.82 + 0.07 * _noise(scene, rng, 9) + 0.06 * _noise(scene, rng, 3)
        depth = np.minimum(scene.air[side], 125.0) * np.float32(0.62 - 0.38 * spec.subtlety)
        part = fill * np.clip(patchy, 0.3, 1.1) * depth * (0.95 - scene.density)
        bronchi = Canvas(scene.frame)
        h = hilum_y(scene.body, side)
        start = np.array([side * 40.0, h + 10, 30.0])
        goal = np.array([x0, y0, 20.0])
        for _ in range(7):
            spread = rng.normal(0, size * 0.22, 3)
            spread[2] = 0
            end = goal + spread + (goal - start) * 0.15
            middle = (start + end) / 2 + rng.normal(0, 5, 3) * (1, 1, 0)
            path = smooth_path([tuple(start), tuple(middle), tuple(end)])
            taper = np.linspace(1.9, 0.7, len(path)).astype(np.float32)
            draw_tube(bronchi, path, taper, taper, capped=False)
        part = np.clip(part - 1.5 * bronchi.result() * fill * smoothstep(part, 0, 14), 0, None)
        parts.append(np.asarray(part, np.float32))
        total += parts[-1]
        kept *= 1 - 0.85 * fill * np.float32(1 - 0.4 * spec.subtlety)
    return Insert(tuple(parts), size, soft=total, markings_kept=kept)


def _band(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    length = spec.size_mm if spec.size_mm is not None else 55.0
    parts: list[Map] = []
    for side in sides(spec.side):
        canvas = Canvas(scene.frame)
        top = scene.body.dome_y(side)
        count = 1 if spec.subtlety > 0.6 else 2
        for k in range(count):
            y0 = top - float(rng.uniform(13, 24)) - 15 * k
            x0 = side * scene.body.half_width * float(rng.uniform(0.56, 0.66))
            long = length * (1.0 if k == 0 else 0.6)
            lean = float(rng.uniform(-0.06, 0.20))
            path = smooth_path(
                [
                    (x0 - side * long / 2, y0 - lean * long / 2 + 1.5, 10),
                    (x0, y0 - 1.5, 10),
                    (x0 + side * long / 2, y0 + lean * long / 2, 10),
                ]
            )
            t = np.linspace(0, 1, len(path)).astype(np.float32)
            swell = 0.55 + 0.45 * np.sin(np.pi * t)
            height = (1.7 - 0.6 * spec.subtlety) * swell
            outward = np.tile(np.array([0, 0, 1], np.float32), (len(path), 1))
            depth = 13.0 - 5.0 * spec.subtlety
            draw_tube(canvas, path, height, depth, outward=outward)
        inside = smoothstep(scene.air[side], 2, 25)
        parts.append(_blur(scene, canvas.result() * inside * 0.8, 0.4))
    return Insert(tuple(parts), length, soft=np.sum(parts, axis=0, dtype=np.float32))


def _effusion(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    """`size_mm` is the height of the fluid above the costophrenic angle."""
    height = spec.size_mm if spec.size_mm is not None else 45.0
    parts: list[Map] = []
    kept = np.ones(scene.frame.shape, np.float32)
    for side in sides(spec.side):
        body = scene.body
        angle_y = body.dome_y(side) + 50
        across = scene.x * side / body.half_width
        # The meniscus climbs along the chest wall and, less, along the mediastinum.
        climb = 0.8 * height * np.clip((across - 0.5) / 0.5, 0, 1.1) ** 2.5
        climb = climb + 0.25 * height * np.clip((0.5 - across) / 0.5, 0, 1) ** 2
        wave = 1.2 * np.sin(scene.x / np.float32(17 + 6 * rng.random()))
        rest = 0.50 + 0.34 * float(np.clip((height - 35) / 45, 0, 1))
        level = angle_y - rest * height - climb + wave
        below = scene.y - level
        thick = 1 - np.exp(-np.clip(below, 0, None) / np.float32(6 + 0.08 * height))
        thick = thick * smoothstep(below, 0, 6)
        part = scene.air[side] * thick * (1.0 - scene.density)
        # Fluid also lies behind and in front of the dome, where no lung is left.
        rim = lateral_edge(body, side, scene.y) - scene.x * side
        bulk = (
            (2 + 0.09 * height)
            * thick
            * smoothstep(rim, 0, 5)
            * smoothstep(scene.y, angle_y + 6, angle_y - 22)
        )
        bulk = bulk * smoothstep(scene.x * side, 8, 40)
        parts.append(_blur(scene, np.asarray(part + bulk, np.float32), 0.9))
        kept *= 1 - 0.96 * thick * (scene.air[side] > 0)
    return Insert(
        tuple(parts), height, soft=np.sum(parts, axis=0, dtype=np.float32), markings_kept=kept
    )


def _pneumothorax(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    """`size_mm` is the distance from the apex of the cavity to the apex of the lung."""
    gap = spec.size_mm if spec.size_mm is not None else 28.0
    side, body = sign(spec.side), scene.body
    reach = np.float32(50 + 1.7 * gap)
    fade = np.exp(-((scene.y / reach) ** 2))
    across = np.clip((scene.x * side - 30) / (body.half_width - 30), 0, 1)
    wave = 1 + 0.05 * np.sin(scene.y / 14 + np.float32(rng.uniform(0, 6)))
    xs = scene.x + side * 0.62 * gap * fade * across * wave
    ys = scene.y - gap * fade * (0.75 + 0.25 * across)
    collapsed = np.minimum(lung_air(body, side, xs, np.asarray(ys, np.float32)), scene.air[side])
    free = np.asarray(scene.air[side] - collapsed, np.float32)
    edge = lateral_edge(body, side, np.asarray(ys, np.float32)) - xs * side
    slope = np.hypot(*np.gradient(edge)) / scene.frame.spacing_mm
    distance = edge / np.clip(slope, 0.3, None)
    inside = smoothstep(scene.air[side], 4, 30) * smoothstep(free, 3, 12)
    line = (7.0 - 4.0 * spec.subtlety) * np.exp(-(((distance - 0.5) / 0.65) ** 2)) * inside
    soft = line - free * scene.density
    outside = smoothstep(np.asarray(distance, np.float32), 1.5, -1.5)
    # Where the rim is thinner than a fifth of its width at the apex no reader could follow it.
    contribution = free * outside * (fade > 0.2)
    kept = smoothstep(np.asarray(distance, np.float32), -0.5, 2.0)
    kept = np.where(scene.air[side] > 0, kept, 1)
    return Insert(
        (np.asarray(contribution, np.float32),),
        gap,
        soft=np.asarray(soft, np.float32),
        markings_kept=np.asarray(kept, np.float32),
    )


def _cardiomegaly(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    del spec, rng
    heart = heart_chord(scene.body, scene.x, scene.y)
    heart = np.where(scene.y < scene.body.dome_left_y + 22, heart, 0)
    return Insert((np.asarray(heart, np.float32),), None)


def _scoliosis(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    del spec, rng
    bow = np.abs(scene.body.spine_x(scene.y)) > 0.3 * abs(scene.body.spine_bow)
    near = np.abs(scene.y - scene.body.spine_bow_centre_y) < 105
    middle = scene.body.spine_x(scene.y)
    column = scene.spine * bow * near * (np.abs(scene.x - middle) < 22)
    return Insert((_blur(scene, np.asarray(column, np.float32), 1.0),), None)


def _catheter(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    """`variant`: "jugular" (default), "subclavian" or "picc"; "atrium" in it moves the tip."""
    c = scene.body.carina_y
    tip = c + (74.0 if "atrium" in spec.variant else 33.0)
    side = -1 if spec.side in ("right", "") else 1
    j = float(rng.normal(0, 1.5))
    lead: list[tuple[float, float, float]]
    if "picc" in spec.variant:
        lead = [
            (206.0 * side, 110.0, 0),
            (172 * side, 68, 0),
            (128 * side, 40 + j, 0),
            (84 * side, 36, -8),
        ]
    elif "subclavian" in spec.variant:
        lead = [(118 * side, 62, -70), (98 * side, 40, -40), (66 * side, 33 + j, -16)]
    else:
        lead = [(44 * side, -84, 0), (37 * side + j, -40, 0), (29 * side, 0, 0)]
    if side < 0:
        run = [(-27.0, 36.0, -4.0), (-21.0, 62.0, 0.0)]
    else:
        run = [(34.0, 40.0, -10.0), (8.0, 55.0, -20.0), (-15.0, 68.0, -10.0)]
    path = smooth_path([*lead, *run, (-21.0 + j, c + 10, 4), (-24.0 + j, tip, 4)])
    canvas = Canvas(scene.frame)
    radius = 0.8 if "picc" in spec.variant else 1.15
    draw_tube(canvas, path, radius, radius, shell_mm=0.5, core=0.3)
    line = canvas.result()
    if "port" in spec.variant:
        r = np.hypot(scene.x - 118 * side, scene.y - 66)
        line = line + 9 * (round_profile(r / 12, 2.0) - 0.75 * round_profile(r / 9, 2.0))
    gain = np.float32(6.5 - 3.5 * spec.subtlety)
    return Insert((line,), None, bone=np.asarray(np.clip(line, 0, None) * gain, np.float32))


def _tube(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    """`variant`: "endotracheal" (default), "nasogastric" or "both"."""
    c, body = scene.body.carina_y, scene.body
    parts: list[Map] = []
    j = float(rng.normal(0, 1))
    if spec.variant != "nasogastric":
        canvas = Canvas(scene.frame)
        tip = c - (spec.size_mm if spec.size_mm is not None else 42.0)
        path = smooth_path([(2, -92, 18), (1 + j, -40, 20), (-1, 0, 25), (0, tip, 31)])
        draw_tube(canvas, path, 5.0, 5.0, shell_mm=1.1, core=0.0, capped=False)
        side = path + np.array([4.4, 0, 0], np.float32)
        draw_tube(canvas, side, 0.8, 0.8, gain=np.full(len(side), 2.6, np.float32))
        parts.append(canvas.result() * np.float32(1.25))
    if spec.variant in ("nasogastric", "both"):
        canvas = Canvas(scene.frame)
        low = body.dome_left_y
        path = smooth_path(
            [(-4, -92, 40), (-2 + j, 0, 45), (3, c, 50), (7, low - 50, 45), (16, low + 4, 35),
             (38, low + 30, 20), (58 + 3 * j, low + 44, 10)]
        )  # fmt: skip
        draw_tube(canvas, path, 2.3, 2.3, shell_mm=0.7, core=0.0)
        draw_tube(canvas, path, 0.7, 0.7, gain=np.full(len(path), 2.2, np.float32))
        parts.append(canvas.result() * np.float32(1.15))
    bone = np.sum(parts, axis=0, dtype=np.float32) * np.float32(1.5 - 0.7 * spec.subtlety)
    return Insert(tuple(parts), None, bone=np.asarray(bone, np.float32))


def _device(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    """A pulse generator below the clavicle with leads to the right atrium and ventricle."""
    side = 1 if spec.side in ("left", "") else -1
    body, c = scene.body, scene.body.carina_y
    d = (body.dome_right_y + body.dome_left_y) / 2
    x0, y0 = side * 0.80 * body.half_width, 64.0 + float(rng.normal(0, 4))
    turn = side * float(rng.uniform(0.1, 0.5))
    dx, dy = scene.x - np.float32(x0), scene.y - np.float32(y0)
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / 23.0
    v = (dy * np.cos(turn) - dx * np.sin(turn)) / 21.0
    can = np.clip(1 - (np.abs(u) ** 3.4 + np.abs(v) ** 3.4), 0, 1)
    shell = smoothstep(can.astype(np.float32), 0.0, 0.07)
    battery = smoothstep(v.astype(np.float32), 0.05, 0.12) * smoothstep(
        can.astype(np.float32), 0.1, 0.2
    )
    circuit = smoothstep(v.astype(np.float32), 0.0, -0.08) * _blur(
        scene, (_noise(scene, rng, 1.1) > 0.5).astype(np.float32), 0.3
    )
    header = smoothstep(v.astype(np.float32), -0.5, -0.56)
    metal = shell * (2.6 + 3.0 * battery + 1.6 * circuit * (1 - header) - 1.5 * header)
    r = body.cardiothoracic_ratio * 2 * body.half_width
    enter = [(x0, y0 - 16, -70), (x0 - side * 14, y0 - 30, -50), (side * 62, 36, -20)]
    if side > 0:
        enter += [(34, 42, -12), (6, 56, -18), (-15, 70, -8)]
    else:
        enter += [(-30, 42, -10), (-21, 64, -4)]
    atrial = [*enter, (-21, c + 14, 2), (-27, c + 62, 0), (-31, d - 40, -10), (-24, d - 32, -35),
              (-17, d - 52, -48)]  # fmt: skip
    ventricular = [*enter, (-19, c + 14, 2), (-28, c + 66, 0), (-26, d - 28, -10),
                   (-4, d - 4, -30), (0.36 * r, d + 3, -52)]  # fmt: skip
    canvas = Canvas(scene.frame)
    for points in (atrial, ventricular):
        path = smooth_path(points)
        draw_tube(canvas, path, 0.85, 0.85)
        draw_tube(canvas, path[-4:], 1.3, 1.3)
    # Spare lead lies coiled around the generator.
    coil = ((0, -16), (24, -10), (22, 22), (0, 27), (-24, 14), (-14, -30))
    loop = smooth_path([(x0 + side * dx_, y0 + dy_, -70) for dx_, dy_ in coil])
    draw_tube(canvas, loop, 0.8, 0.8)
    metal = np.asarray(metal + 0.95 * canvas.result(), np.float32)
    return Insert((metal,), None, metal=metal)


def _fracture(scene: Scene, index: int) -> Insert:
    change, contribution = scene.fracture_change[index]
    # Blood under the pleura swells around the break.
    swelling = _blur(scene, contribution, 5.0)
    swelling *= np.float32(9.0) / max(float(swelling.max()), 1e-6)
    return Insert((contribution,), None, bone=change, soft=swelling)


def fracture_site(spec: LesionSpec) -> Break:
    """Which rib breaks, and where: the posterolateral arc, seen against lung."""
    rib = {"upper": 4, "middle": 6, "lower": 8, "": 7}[spec.zone]
    offset = (spec.size_mm if spec.size_mm is not None else 6.0) * (1 - 0.4 * spec.subtlety)
    return Break(sign(spec.side), rib, 0.43, offset)


def _calcification(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    diameter = spec.size_mm if spec.size_mm is not None else 7.0
    radius = diameter / 2
    x0, y0 = _place(scene, spec, rng, radius, peripheral=True)
    total = np.zeros(scene.frame.shape, np.float32)
    for k in range(5):
        r = radius * (0.75 if k == 0 else float(rng.uniform(0.3, 0.5)))
        t = float(rng.uniform(0, 6.28))
        off = 0.0 if k == 0 else radius - r
        distance = np.hypot(scene.x - (x0 + off * np.cos(t)), scene.y - (y0 + off * np.sin(t)))
        total = np.maximum(total, 2 * r * round_profile(distance / np.float32(r), 2.0))
    bone = _blur(scene, total * np.float32(1.3 - 0.7 * spec.subtlety), 0.25)
    return Insert((bone,), diameter, soft=np.asarray(total * 0.7, np.float32), bone=bone)


def _cap(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    thick = spec.size_mm if spec.size_mm is not None else 9.0
    parts: list[Map] = []
    for side in sides(spec.side):
        ripple = np.interp(scene.x[0], np.linspace(-150, 150, 26), rng.normal(0, 0.15, 26))
        local = thick * (1 + ripple[None, :]) * np.exp(-((np.clip(scene.y, 0, None) / 55) ** 4))
        lower = lung_air(scene.body, side, scene.x, np.asarray(scene.y - local, np.float32))
        cap = np.clip(scene.air[side] - lower, 0, None) * smoothstep(scene.y, 62, 40)
        cap = cap * smoothstep(scene.x * side, 16, 30) * (1 - scene.density) * np.float32(0.7)
        parts.append(_blur(scene, np.asarray(cap, np.float32), 0.7))
    soft = np.sum(parts, axis=0, dtype=np.float32) * np.float32(1 - 0.4 * spec.subtlety)
    return Insert(tuple(parts), thick, soft=np.asarray(soft, np.float32))


def _hernia(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    width = spec.size_mm if spec.size_mm is not None else 70.0
    d = scene.body.dome_left_y
    x0, y0 = 10.0 + float(rng.normal(0, 3)), d - 22.0
    dx, dy = scene.x - np.float32(x0), scene.y - np.float32(y0)
    u, v = dx / (width / 2), dy / (width * 0.43)
    r = np.hypot(u, v * (1 + 0.08 * u)) * (1 + 0.05 * np.sin(3 * np.arctan2(v, u) + 1))
    wall = 24 * round_profile(r, 2.0)
    inner = round_profile(r / np.float32(0.95), 2.0)
    level = np.float32(y0 + 0.06 * width)
    gas = 46 * inner * smoothstep(scene.y - level, 1.2, -1.2)
    soft = _blur(scene, np.asarray(wall - gas * (1 - 0.3 * spec.subtlety), np.float32), 1.0)
    return Insert((np.asarray(wall, np.float32),), width, soft=soft)


def _hilar(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    size = spec.size_mm if spec.size_mm is not None else 40.0
    parts: list[Map] = []
    for side in sides(spec.side):
        h = hilum_y(scene.body, side)
        total = np.zeros(scene.frame.shape, np.float32)
        for k, (ox, oy) in enumerate(((40, 0), (44, 17), (38, -17), (50, 3), (46, 30))):
            r = size * (0.34 if k == 0 else float(rng.uniform(0.20, 0.30)))
            distance = np.hypot(
                scene.x * side - ox - rng.normal(0, 2), (scene.y - h - oy * size / 44) / 1.15
            )
            ball = 2 * r * round_profile((distance / r).astype(np.float32), 2.0)
            total = np.sqrt(total**2 + ball**2)
        part = total * smoothstep(scene.air[side], 0, 30) * (1 - scene.density)
        parts.append(_blur(scene, np.asarray(part, np.float32), 0.9))
    soft = np.sum(parts, axis=0, dtype=np.float32) * np.float32(0.85 - 0.35 * spec.subtlety)
    return Insert(tuple(parts), size, soft=np.asarray(soft, np.float32))


def _interstitial(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    parts: list[Map] = []
    net = np.zeros(scene.frame.shape, np.float32)
    for mm, amount in ((1.2, 0.9), (1.7, 1.0), (2.4, 0.9), (3.2, 0.5)):
        field_ = _noise(scene, rng, mm)
        net += np.float32(amount) * np.exp(-((field_ / 0.30) ** 2))
    net = net * (0.75 + 0.25 * _noise(scene, rng, 14))
    haze: list[Map] = []
    for side in sides(spec.side or "both"):
        body = scene.body
        rim = lateral_edge(body, side, scene.y) - scene.x * side
        share = scene.y / np.float32(body.dome_y(side))
        outer = 0.35 + 0.65 * smoothstep(rim, 62, 14)
        if spec.zone == "upper":
            zone = smoothstep(share, 0.62, 0.25)
        elif spec.zone == "":
            zone = np.float32(0.9) + 0 * share
        else:
            zone = smoothstep(share, 0.34, 0.78)
        weight = np.asarray(outer * zone * np.minimum(scene.air[side], 120), np.float32)
        strength = np.float32(0.125 - 0.08 * spec.subtlety)
        haze.append(np.asarray(np.clip(net, 0, None) * weight * strength, np.float32))
        parts.append(_blur(scene, haze[-1], 4.0))
    return Insert(tuple(parts), None, soft=np.sum(haze, axis=0, dtype=np.float32))


def _wires(scene: Scene, spec: LesionSpec, rng: np.random.Generator) -> Insert:
    del spec
    canvas = Canvas(scene.frame)
    for k in range(6):
        y0 = 46 + 21.0 * k + float(rng.normal(0, 1.5))
        x0 = float(rng.normal(0, 1.2))
        lean, wide = float(rng.normal(0, 0.12)), float(rng.uniform(7, 9.5))
        t = np.linspace(0, 2 * np.pi, 40)
        ring = np.stack([x0 + wide * np.cos(t), y0 + 3.2 * np.sin(t) + lean * wide * np.cos(t),
                         -80 - 4 * np.sin(t)], axis=1)  # fmt: skip
        draw_tube(canvas, ring.astype(np.float32), 0.45, 0.45, capped=False)
        s = np.linspace(0, 1, 14)
        twist = np.stack([x0 + 1.6 + 0.7 * np.sin(16 * s), y0 + 2.5 + 6 * s, -82 + 0 * s], axis=1)
        draw_tube(canvas, twist.astype(np.float32), 0.55, 0.55)
    wires = canvas.result()
    return Insert((wires,), None, metal=wires)


_MAKERS: dict[str, Callable[[Scene, LesionSpec, np.random.Generator], Insert]] = {
    "atelectasis-fibrotic-band": _band,
    "calcification": _calcification,
    "cardiomegaly": _cardiomegaly,
    "catheter": _catheter,
    "consolidation": _consolidation,
    "heart-device": _device,
    "hiatal-hernia": _hernia,
    "hilar-enlargement": _hilar,
    "interstitial-pattern": _interstitial,
    "nodule-mass": _nodule,
    "osteosynthesis-suture": _wires,
    "pleural-effusion": _effusion,
    "pleural-thickening": _cap,
    "pneumothorax": _pneumothorax,
    "scoliosis": _scoliosis,
    "tube": _tube,
}


def insert_lesion(scene: Scene, spec: LesionSpec, index: int, rng: np.random.Generator) -> Insert:
    """The change that one specified lesion makes to this scene."""
    if spec.finding == "fracture":
        return _fracture(scene, index)
    return _MAKERS[spec.finding](scene, spec, rng)


def fracture_contribution(
    scene_frame: Frame, change: Map, site: tuple[float, float], reach_mm: float
) -> Map:
    """The part of a fracture's change within reach of the break, as its contribution."""
    rows = np.arange(scene_frame.rows, dtype=np.float32)[:, None] + 0.5 - site[1]
    cols = np.arange(scene_frame.cols, dtype=np.float32)[None, :] + 0.5 - site[0]
    near = np.hypot(rows, cols) * scene_frame.spacing_mm < reach_mm
    smooth = ndimage.gaussian_filter(np.abs(change), 0.6 / scene_frame.spacing_mm)
    return np.asarray(smooth * near, np.float32)
