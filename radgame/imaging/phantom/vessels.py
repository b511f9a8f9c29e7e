"""The pulmonary arteries and veins: trees that fill the lung and taper to its periphery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radgame.imaging.phantom.body import Body, dome, heart_edges, lateral_edge, lung_interval
from radgame.imaging.phantom.geometry import Canvas, Map

# Murray's exponent is 3 for laminar flow; in the pulmonary trees it is measured lower.
_MURRAY = 2.45


@dataclass(frozen=True, slots=True)
class Segments:
    """Branches as quadratic curves: three control points (n, 3, 3) and end radii (n, 2), mm."""

    control: Map
    radius: Map


def _targets(body: Body, side: int, rng: np.random.Generator, count: int) -> Map:
    """Points spread through one lung, denser towards the base where flow is greater."""
    found: list[Map] = []
    total = 0
    while total < count:
        n = count * 3
        y = rng.uniform(4, body.dome_y(side) + 34, n).astype(np.float32)
        y = np.where(rng.random(n) < 0.35 + 0.65 * y / 240, y, -1).astype(np.float32)
        x = rng.uniform(6, body.half_width, n).astype(np.float32)
        front, back = lung_interval(body, side, x * side, y)
        z = (front + (back - front) * rng.uniform(0.06, 0.94, n)).astype(np.float32)
        below = y - dome(body, side, x * side)
        crest_drop = np.where(z > -14, 78 * ((z + 14) / 98) ** 2, 26 * ((z + 14) / 72) ** 2)
        right, left = heart_edges(body, y)
        edge = np.where(side < 0, -right, left) + 2
        in_heart = (x < edge) & (z < 45) & (y > body.carina_y + 30)
        rim = lateral_edge(body, side, y) - x
        keep = (back - front > 12) & (below < crest_drop - 6) & ~in_heart & (rim > 5) & (y > 0)
        points = np.stack([x * side, y, z], axis=1)[keep]
        found.append(points)
        total += len(points)
    return np.concatenate(found)[:count]


def grow(root: Map, trunk: Map, targets: Map, tip_mm: float, balance: float) -> Segments:
    """Join the targets, nearest first, where new length plus a share of the way home is least.

    A `balance` of 0 gives the shortest tree, of 1 a star; between them trees look like vessels.
    `trunk` (k, 3) are the given first points from the hilum on.
    """
    given = np.concatenate([root[None], trunk]).astype(np.float32)
    order = np.argsort(np.linalg.norm(targets - given[-1], axis=1), kind="stable")
    points = np.concatenate([given, targets[order]]).astype(np.float32)
    n, k = len(points), len(given)
    parent = np.zeros(n, np.intp)
    way = np.zeros(n, np.float32)
    for i in range(1, n):
        if i < k:
            parent[i] = i - 1
            way[i] = 0.0
            continue
        step = points[:i] - points[i]
        gap = np.sqrt(np.einsum("ij,ij->i", step, step))
        parent[i] = int(np.argmin(gap + np.float32(balance) * way[:i]))
        way[i] = way[parent[i]] + gap[parent[i]]
    leaves = np.ones(n, np.float64)
    for i in range(n - 1, 0, -1):
        leaves[parent[i]] += leaves[i]
    radius = tip_mm * leaves ** (1 / _MURRAY)
    child = np.arange(1, n)
    up = parent[child]
    over = parent[up]
    start = np.where((up == 0)[:, None], points[up], (points[over] + points[up]) / 2)
    middle = (points[up] + points[child]) / 2
    control = np.stack([start, points[up], middle], axis=1)
    # Where siblings leave together each draws its share of the parent, not all of it.
    together = np.zeros(n)
    np.add.at(together, up, leaves[child])
    share = np.sqrt(leaves[child] / together[up])
    ends = np.stack([np.maximum(radius[up] * share, 0.6 * radius[child]), radius[child]], axis=1)
    has_child = np.zeros(n, bool)
    has_child[up] = True
    tips = child[~has_child[child]]
    tip_middle = (points[parent[tips]] + points[tips]) / 2
    tip_control = np.stack([tip_middle, (tip_middle + points[tips]) / 2, points[tips]], axis=1)
    tip_ends = np.stack([radius[tips], 0.4 * radius[tips]], axis=1)
    return Segments(
        np.concatenate([control, tip_control]).astype(np.float32),
        np.concatenate([ends, tip_ends]).astype(np.float32),
    )


def hilum_y(body: Body, side: int) -> float:
    """Level of the middle of the hilum; the left stands higher."""
    return body.carina_y + (34.0 if side < 0 else 23.0)


def hilar_trunks(body: Body) -> list[tuple[list[tuple[float, float, float]], float, float]]:
    """The lobar arteries and the veins' last stretch: control points, radii at both ends, mm."""
    r, lft = hilum_y(body, -1), hilum_y(body, 1)
    return [
        ([(-16, r - 6, 15), (-31, r - 4, 22), (-43, r + 14, 30), (-50, r + 44, 36)], 8.6, 5.2),
        ([(-22, r - 6, 18), (-34, r - 17, 20), (-42, r - 36, 20)], 5.6, 3.4),
        ([(-18, r + 34, 12), (-36, r + 34, 16), (-58, r + 38, 22)], 5.2, 3.0),
        ([(20, lft - 10, 20), (35, lft - 7, 30), (46, lft + 10, 38), (51, lft + 42, 42)], 8.6, 5.0),
        ([(28, lft - 5, 24), (40, lft - 18, 24), (47, lft - 36, 22)], 5.0, 3.2),
        ([(22, lft + 36, 14), (40, lft + 36, 20), (58, lft + 42, 26)], 5.0, 3.0),
    ]


def lung_trees(body: Body, rng: np.random.Generator, per_lung: int) -> list[Segments]:
    """Arteries and veins of both lungs."""
    trees: list[Segments] = []
    for side in (-1, 1):
        h = hilum_y(body, side)
        # Roots follow the hilar trunks: upper, lower, and the horizontal veins.
        plan = (
            (((30, h - 8, 20), (42, h - 26, 20)), 0.0, 0.36, 0.46, 0.36),
            (((34, h + 2, 24), (48, h + 36, 38)), 0.4, 1.0, 0.48, 0.42),
            (((38, h + 36, 16), (58, h + 39, 22)), 0.25, 1.0, 0.44, 0.22),
        )
        for stem, low, high, tip, share in plan:
            count = max(int(per_lung * share), 12)
            pool = _targets(body, side, rng, count * 3)
            level = (pool[:, 1] / body.dome_y(side) - 0.02).astype(np.float32)
            wanted = (level >= low * 0.9) & (level <= max(high, 0.62))
            targets = pool[wanted][:count]
            points = np.array([(x * side, y, z) for x, y, z in stem], np.float32)
            balance = float(rng.uniform(0.22, 0.34))
            trees.append(grow(points[0], points[1:], targets, tip, balance))
    return trees


def draw_segments(canvas: Canvas, trees: list[Segments], limit_mm: float = 7.0) -> None:
    """Path length through round branches, mm; branches of like radius are drawn together."""
    frame = canvas.frame
    control = np.concatenate([t.control for t in trees])
    radius = np.minimum(np.concatenate([t.radius for t in trees]), limit_mm)
    step = frame.spacing_mm * 0.85
    chord = np.linalg.norm(control[:, 1] - control[:, 0], axis=1)
    chord += np.linalg.norm(control[:, 2] - control[:, 1], axis=1)
    n = np.maximum(np.ceil(chord / step).astype(int), 2)
    owner = np.repeat(np.arange(len(n)), n)
    first = np.repeat(np.cumsum(n) - n, n)
    t = ((np.arange(n.sum()) - first + 0.5) / n[owner]).astype(np.float32)[:, None]
    p0, p1, p2 = (control[owner, k] for k in range(3))
    points = (1 - t) ** 2 * p0 + 2 * t * (1 - t) * p1 + t**2 * p2
    tangent = 2 * (1 - t) * (p1 - p0) + 2 * t * (p2 - p1)
    speed = np.linalg.norm(tangent, axis=1) + 1e-6
    run = np.hypot(tangent[:, 0], tangent[:, 1]) + 1e-6
    r = radius[owner, 0] * (1 - t[:, 0]) + radius[owner, 1] * t[:, 0]
    cols, rows = frame.project(points)
    length = speed / n[owner]  # mm of axis that each sample stands for
    normal = np.stack([-tangent[:, 1] / run, tangent[:, 0] / run], axis=1)
    shadow = np.maximum(r * 1.08, 0.55 * frame.spacing_mm)
    half_px = shadow * frame.zoom / frame.spacing_mm
    bucket = np.ceil(half_px * 2 / 0.85).astype(int)
    for low, high in ((0, 3), (3, 5), (5, 8), (8, 13), (13, 22), (22, 64)):
        mine = (bucket > low) & (bucket <= high)
        if not mine.any():
            continue
        samples = max(high, 3)
        offset = ((np.arange(samples) + 0.5) / samples * 2 - 1).astype(np.float32)
        profile = np.sqrt(1 - offset**2)
        profile /= profile.sum()
        # Volume pi r^2 dl of each slice, spread over its shadow, in mm x pixel area.
        volume = np.pi * r[mine] ** 2 * length[mine] * 1.16 * frame.zoom**2 / frame.spacing_mm**2
        c = cols[mine, None] + offset * (half_px[mine] * normal[mine, 0])[:, None]
        w = rows[mine, None] + offset * (half_px[mine] * normal[mine, 1])[:, None]
        canvas.add(
            c.astype(np.float32),
            w.astype(np.float32),
            (volume[:, None] * profile).astype(np.float32),
        )
