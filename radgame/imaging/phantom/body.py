"""The soft parts: one person's habitus, and closed-form chords of lung, heart and wall.

Every function takes phantom coordinates from `Frame.plane` and returns mm along the ray, so that
what a lesion adds can be clipped to the very same lung the film was made with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radgame.imaging.phantom.geometry import Map, Real, hermite, round_profile, smoothstep

# Half-width of the thoracic cage over its greatest half-width, and lung edges near the apex,
# against sqrt(y): the apex is a paraboloid, straight in that scale.
_ROOT_Y = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.5, 8.5, 10.0, 12.0, 13.5, 15.0, 16.5, 18.0)
_LATERAL = (0.31, 0.42, 0.51, 0.59, 0.655, 0.71, 0.785, 0.86, 0.905, 0.95, 0.965, 0.99, 1.0, 0.99)
_MEDIAL_MM = (43.0, 36.0, 30.0, 25.0, 21.0, 18.0, 15.0, 12.0, 10.5, 9.0, 8.0, 8.0, 8.0, 8.0)
_HALF_DEPTH = (0.02, 0.17, 0.28, 0.37, 0.45, 0.53, 0.64, 0.77, 0.85, 0.94, 0.98, 1.0, 1.0, 1.0)

_lateral = hermite(_ROOT_Y, _LATERAL)
_medial = hermite(_ROOT_Y, _MEDIAL_MM)
_half_depth = hermite(_ROOT_Y, _HALF_DEPTH)

LUNG_POWER = 2.5


@dataclass(frozen=True, slots=True)
class Body:
    """One person's measures, in mm unless the name says otherwise."""

    half_width: float  # of the inner thoracic cage where it is widest
    half_depth: float
    pitch: float  # from one thoracic vertebra to the next
    dome_right_y: float
    dome_left_y: float
    cardiothoracic_ratio: float
    heart_tilt: float  # 0 upright .. 1 lying
    fat: float
    breast: float  # thickness; 0 for none
    breast_x: float
    breast_y: float
    breast_radius: float
    shoulder_drop: float
    aorta: float  # radius of the knob
    bubble_x: float
    bubble_half_width: float
    bubble_height: float
    apex_shift: tuple[float, float]  # right, left
    spine_bow: float
    spine_bow_centre_y: float
    spine_bow_sigma: float
    bowel: tuple[tuple[float, float, float], ...]  # gas: x share, mm below dome, radius
    lung_density: float
    age_years: int

    def vertebra_y(self, number: float) -> float:
        """Level of the centre of thoracic vertebra `number`; C7 is 0, L1 is 13."""
        below = max(number - 6, 0)
        return 4.0 + (number - 1) * self.pitch * 0.93 + below * self.pitch * 0.07

    def spine_x(self, y: Real) -> Map:
        bow = np.exp(-(((y - self.spine_bow_centre_y) / self.spine_bow_sigma) ** 2))
        counter = np.exp(-(((y - self.spine_bow_centre_y - 125) / 70) ** 2))
        return np.asarray(self.spine_bow * (bow - 0.45 * counter), np.float32)

    def dome_y(self, side: int) -> float:
        return self.dome_right_y if side < 0 else self.dome_left_y

    @property
    def carina_y(self) -> float:
        return self.vertebra_y(4.6)


def make_body(
    rng: np.random.Generator,
    *,
    age_years: int,
    sex: str,
    heart: float | None,
    build: float,
    inspiration: float,
    spine_bow: float,
) -> Body:
    """A person drawn from plausible ranges; `build` -1 thin .. 1 heavy, `inspiration` -1 .. 1."""
    male = sex == "M"
    half_width = (137.0 if male else 125.0) + 5.0 * rng.standard_normal() + 4.0 * build
    dome = 219.0 - (0.0 if male else 6.0) + 6.0 * rng.standard_normal() + 11.0 * inspiration
    ratio = 0.435 + 0.014 * rng.standard_normal() + 0.012 * build + 0.0004 * (age_years - 50)
    ratio = float(np.clip(ratio - 0.015 * inspiration, 0.39, 0.478))
    breast = 0.0 if male else float(np.clip(30 + 14 * build + 6 * rng.standard_normal(), 14, 60))
    return Body(
        half_width=half_width,
        half_depth=(82.0 if male else 75.0) + 3.0 * rng.standard_normal() + 4.0 * build,
        pitch=(23.6 if male else 22.6) + 0.4 * rng.standard_normal(),
        dome_right_y=dome,
        dome_left_y=dome + 12.0 + 2.5 * rng.standard_normal(),
        cardiothoracic_ratio=heart if heart is not None else ratio,
        heart_tilt=float(np.clip(0.45 + 0.3 * build + 0.1 * rng.standard_normal(), 0, 1)),
        fat=float(np.clip(14 + 10 * build + 2 * rng.standard_normal(), 4, 32)),
        breast=breast,
        breast_x=half_width * 0.60 + 3 * rng.standard_normal(),
        breast_y=dome - 26.0 + 8 * rng.standard_normal() + 6 * build,
        breast_radius=float(np.clip(56 + 9 * build + 3 * rng.standard_normal(), 44, 72)),
        shoulder_drop=7.0 * rng.standard_normal(),
        aorta=13.0 + 0.07 * max(age_years - 30, 0) + 0.6 * rng.standard_normal(),
        bubble_x=half_width * (0.46 + 0.04 * rng.standard_normal()),
        bubble_half_width=float(np.clip(28 + 7 * rng.standard_normal(), 16, 42)),
        bubble_height=float(np.clip(20 + 6 * rng.standard_normal(), 9, 34)),
        apex_shift=(float(rng.uniform(-1.5, 2.5)), float(rng.uniform(-1.5, 2.5))),
        spine_bow=spine_bow + 0.8 * rng.standard_normal(),
        spine_bow_centre_y=150.0 + 8 * rng.standard_normal(),
        spine_bow_sigma=72.0,
        bowel=tuple(
            (float(rng.uniform(0.5, 0.9)), float(rng.uniform(34, 80)), float(rng.uniform(6, 13)))
            for _ in range(int(rng.integers(2, 6)))
        ),
        lung_density=float(0.235 + 0.015 * rng.standard_normal() - 0.025 * inspiration),
        age_years=age_years,
    )


def _root(body: Body, side: int, y: Real) -> Map:
    shift = body.apex_shift[0 if side < 0 else 1]
    return np.asarray(np.sqrt(np.clip(y - shift, 0, None)), np.float32)


def lateral_edge(body: Body, side: int, y: Real) -> Map:
    """|x| of the inner cage at each level, mm."""
    return _lateral(_root(body, side, y)) * np.float32(body.half_width)


def medial_edge(body: Body, side: int, y: Real) -> Map:
    """|x| of the lung's inner edge at each level, mm."""
    return _medial(_root(body, side, y))


def lung_interval(body: Body, side: int, x: Map, y: Map) -> tuple[Map, Map]:
    """Front and back of the pleural cavity along each ray, diaphragm ignored; empty: equal."""
    outer, inner = lateral_edge(body, side, y), medial_edge(body, side, y)
    centre, half = (outer + inner) / 2, (outer - inner) / 2
    depth = _half_depth(_root(body, side, y)) * np.float32(body.half_depth)
    shift = body.apex_shift[0 if side < 0 else 1]
    half_chord = depth * round_profile((x * side - centre) / half, LUNG_POWER) * (y > shift)
    z_centre = 24 * np.exp(-y / np.float32(70)) + 2
    return (
        np.asarray(z_centre - half_chord, np.float32),
        np.asarray(z_centre + half_chord, np.float32),
    )


def dome(body: Body, side: int, x: Map) -> Map:
    """Level of the diaphragm's highest line at each x."""
    peak = 0.44 * body.half_width
    across = x * side
    lateral = np.clip((across - peak) / (body.half_width - peak), 0, 1.3)
    medial = np.clip((peak - across) / peak, 0, 2)
    drop = 50 * lateral ** np.float32(2.3) + 15 * medial ** np.float32(2)
    return np.asarray(body.dome_y(side) + drop, np.float32)


def lung_air(body: Body, side: int, x: Map, y: Map) -> Map:
    """mm of aerated lung along each ray.

    The heart takes the front of the cavity and the aorta the back, so the lung behind the heart
    and below the dome's highest line stays.
    """
    front, back = lung_interval(body, side, x, y)
    heart_front = np.float32(-0.82 * body.half_depth)
    front = np.minimum(np.maximum(front, heart_front + mediastinum_chord(body, x, y)), back)
    back = np.maximum(back - 0.8 * descending_aorta(body, x, y), front)
    below = np.clip(y - dome(body, side, x), 0, None)
    crest = np.float32(-14.0)
    behind = crest + 98 * np.sqrt(below / 78)
    before = crest - 72 * np.sqrt(below / 26)
    length = np.clip(back - np.maximum(front, behind), 0, None)
    length += np.clip(np.minimum(back, before) - front, 0, None)
    return np.asarray(np.where(below > 0, length, back - front), np.float32)


def heart_edges(body: Body, y: Map) -> tuple[Map, Map]:
    """x of the right and of the left heart border at each level, mm."""
    width = body.cardiothoracic_ratio * 2 * body.half_width
    share = 0.335 - 0.02 * body.heart_tilt
    right, left = -share * width, (1 - share) * width
    d = (body.dome_right_y + body.dome_left_y) / 2
    top = d - 112.0
    right_curve = hermite(
        (top - 12, top + 6, top + 24, d - 62, d - 38, d - 18, d + 2, d + 22, d + 40),
        (-20.0, -24.0, 0.72 * right, 0.93 * right, right, 0.97 * right, 0.8 * right, -20, -10),
    )
    lie = body.heart_tilt
    left_curve = hermite(
        (top - 12, top + 6, top + 22, d - 70, d - 45, d - 22, d - 2, d + 14, d + 27, d + 40),
        (
            16.0,
            26.0,
            (0.46 + 0.04 * lie) * left,
            (0.685 + 0.03 * lie) * left,
            (0.865 + 0.02 * lie) * left,
            0.965 * left,
            left,
            0.95 * left,
            0.78 * left,
            0.3 * left,
        ),
    )
    return right_curve(y), left_curve(y)


def heart_chord(body: Body, x: Map, y: Map) -> Map:
    """mm of heart along each ray."""
    right, left = heart_edges(body, y)
    d = (body.dome_right_y + body.dome_left_y) / 2
    depth = hermite(
        (d - 126, d - 106, d - 78, d - 40, d - 10, d + 22, d + 44), (0, 38, 74, 100, 100, 80, 0)
    )(y)
    scale = np.float32(0.55 + body.cardiothoracic_ratio)
    u = (x - (right + left) / 2) / ((left - right) / 2)
    return np.asarray(depth * scale * round_profile(u, 2.1), np.float32)


def mediastinum_chord(body: Body, x: Map, y: Map) -> Map:
    """mm of heart, great vessels and mediastinal fat along each ray, melted into one outline."""
    heart_x, x = x, x - 0.5 * body.spine_x(y)  # a bowed column takes the great vessels along
    arch_y = body.carina_y - 8
    right = hermite((0, 15, 40, 90, 120, 170, 260), (-28, -25, -24, -27, -27, -18, -14))(y)
    left = hermite((0, 18, 45, arch_y - 4, arch_y + 30, 170, 260), (33, 26, 22, 26, 26, 16, 14))(y)
    u = (x - (right + left) / 2) / ((left - right) / 2)
    depth = hermite((-10, 20, 60, 120, 200, 270), (40, 70, 95, 95, 80, 60))(y)
    core = depth * round_profile(u, 2.4)

    def ball(cx: float, cy: float, rx: float, ry: float, thick: float) -> Map:
        radius = np.hypot((x - cx) / rx, (y - cy) / ry)
        return np.asarray(thick * round_profile(radius, 2.0), np.float32)

    knob = body.aorta
    parts = (
        core,
        ball(16.0, arch_y, knob * 1.36, knob * 1.3, 74),
        ball(14.0, body.carina_y + 35, 23.0, 33, 78),
        ball(-14.0, arch_y + 26, 15.5, 62, 60),
        heart_chord(body, heart_x, y),
    )
    total = sum(part**4 for part in parts)
    return np.asarray(np.sqrt(np.sqrt(total)), np.float32)


def descending_aorta(body: Body, x: Map, y: Map) -> Map:
    """mm of the descending aorta, which lies behind the heart and shows through it."""
    d = (body.dome_right_y + body.dome_left_y) / 2
    arch_y = body.carina_y - 8
    axis = hermite((arch_y, arch_y + 40, d - 30, d + 40), (19, 17, 11, 3))(y)
    axis = axis + 0.7 * body.spine_x(y)
    radius = np.float32(body.aorta * 0.86)
    level = smoothstep(y, arch_y - 4, arch_y + 22) * smoothstep(y, d + 70, d + 30)
    return np.asarray(2 * radius * round_profile((x - axis) / radius, 2.0) * level, np.float32)


def body_chord(body: Body, x: Map, y: Map) -> Map:
    """mm of everything inside the skin along each ray, lungs not yet taken away."""
    side_x = np.abs(x)
    wall = 21 + 0.8 * body.fat
    reach = body.half_width + wall
    outline = hermite(
        (38, 46, 54, 69, 94, 130, 160, 180, 194, 206, 216),
        (-230, -110, -66, -42, -25, -13, -5, 6, 24, 52, 120),
    )(side_x * np.float32(137.0 / body.half_width)) + np.float32(body.shoulder_drop)
    inside = np.clip((y - outline) / 62, 0, 1)
    rim = np.sqrt(np.clip(1 - (1 - inside) ** 2, 0, 1))
    depth = hermite(
        (-90, -45, -15, 25, 80, 140, 210, 320),
        (112, 118, 132, 156, 188, 205, 212, 218),
    )(y) * np.float32((body.half_depth + 0.55 * body.fat + 9) / 97)
    edge = hermite(
        (30, 62, 84, 104, 130, 190, 240, 330),
        (reach + 75, reach + 58, reach + 28, reach + 8, reach, reach - 1, reach - 3, reach + 3),
    )(y)
    trunk = depth * round_profile(side_x / edge, 2.7) * rim
    side_x = side_x * np.float32(137.0 / body.half_width)
    t = np.clip(((side_x - 188) * 46 + (y - 55) * 150) / (46**2 + 150**2), 0, 1.4)
    off = np.hypot(side_x - 188 - 46 * t, y - 55 - 150 * t)
    radius = 39 + 0.4 * body.fat - 5 * t
    arm = 2 * radius * round_profile(off / radius, 2.0)
    return np.asarray(np.maximum(trunk, arm), np.float32)


def chest_wall_extra(body: Body, x: Map, y: Map) -> Map:
    """mm added in front of or behind the cage: pectoral muscle, breast, shoulder muscle."""
    side_x = np.abs(x)
    # Pectoral: a plate whose lower border climbs from the sternum to the axillary fold.
    border = 128 - 0.25 * (side_x - 60)
    plate = smoothstep(y, 20, 55) * smoothstep(y - border, 14, -16)
    plate *= smoothstep(side_x, 22, 55) * smoothstep(side_x, body.half_width + 34, body.half_width)
    extra = (9.0 if body.breast else 14.0) * plate
    # Scapular and dorsal muscle thicken the upper outer chest.
    blade = np.exp(-(((side_x - 128) / 42) ** 2) - ((y - 60) / 62) ** 2)
    extra = extra + 17 * blade
    if body.breast:
        for side, droop in ((-1, 0.0), (1, 3.0)):
            u = (x * side - body.breast_x) / body.breast_radius
            v = y - body.breast_y - droop
            # Full below, gently tapering above: the lower edge is the one that shows.
            v = np.where(v > 0, v / (0.72 * body.breast_radius), v / (1.35 * body.breast_radius))
            r2 = u * u + v * v
            lower = np.sqrt(np.clip(1 - r2, 0, 1))
            soft = np.clip(1 - r2, 0, 1)
            weight = smoothstep(v + 0.35 * u, 0.1, 0.85)
            extra = extra + body.breast * (lower * weight * 0.9 + soft * (1 - weight * 0.9))
    return np.asarray(extra, np.float32)


def gas_chord(body: Body, x: Map, y: Map) -> Map:
    """mm of gas in the stomach and the splenic flexure, below the left dome."""
    u = (x - body.bubble_x) / body.bubble_half_width
    level = body.dome_left_y + 8 + body.bubble_height
    arch = np.sqrt(np.clip(1 - np.abs(u) ** 2.4, 0, 1))
    depth_below = (y - level + body.bubble_height * arch) / body.bubble_height
    inside = np.clip(depth_below, 0, 1) * arch
    bubble = 38 * inside**0.6 * smoothstep(y - level, 1.8, -1.8)
    flexure = np.zeros_like(bubble)
    for k, (dx, dy, r) in enumerate(body.bowel):
        v = (y - body.dome_left_y - dy) / r
        w = (x - dx * body.half_width) / (r * (1.25 + 0.1 * k))
        flexure = np.maximum(flexure, 1.5 * r * np.clip(1 - v * v - w * w, 0, None) ** 0.8)
    return np.asarray(np.where(x > 0, np.maximum(bubble, flexure), 0), np.float32)


def airway_paths(body: Body) -> list[tuple[list[tuple[float, float, float]], float, float]]:
    """Trachea and main bronchi: control points, and the radii at both ends, mm."""
    c = body.carina_y
    return [
        ([(0, -90, 18), (0, -30, 20), (1, 20, 28), (-1, c - 25, 36), (-3, c + 2, 40)], 9.0, 9.2),
        ([(-6, c + 1, 40), (-17, c + 14, 42), (-29, c + 29, 43), (-36, c + 46, 44)], 6.4, 4.4),
        ([(2, c + 1, 40), (15, c + 13, 44), (32, c + 25, 46), (44, c + 38, 47)], 5.8, 4.0),
    ]
