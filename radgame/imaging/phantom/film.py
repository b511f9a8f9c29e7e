"""Recipe to film: anatomy, lesions, exposure, report."""

from __future__ import annotations

import zlib

import numpy as np

from radgame.imaging.phantom import exposure, lesions, skeleton, vessels
from radgame.imaging.phantom.body import (
    Body,
    airway_paths,
    body_chord,
    chest_wall_extra,
    gas_chord,
    lung_air,
    make_body,
)
from radgame.imaging.phantom.geometry import (
    BEAM_CENTRE_Y_MM,
    FULL_ROWS,
    FULL_SPACING_MM,
    MID_MAGNIFICATION,
    TOP_MM,
    Canvas,
    Frame,
    Map,
    draw_tube,
    make_frame,
    smooth_path,
    smoothstep,
    upsample,
)
from radgame.imaging.phantom.recipe import Film, Lesion, LesionSpec, Recipe
from radgame.imaging.phantom.report import wording, write_report

GENERATOR_VERSION = "phantom-1"

# Independent streams, so that a lesion never changes the anatomy drawn around it.
_BODY, _SKELETON, _VESSELS, _TEXTURE, _NOISE, _FILM, _LESION = range(7)

_SOFT_SCALES = ((1.6, 0.45), (5.0, 0.9), (16.0, 2.2))
_BONE_SCALES = ((0.7, 0.07), (3.0, 0.06), (12.0, 0.06))
_LUNG_SCALES = ((0.6, 0.006), (1.3, 0.006), (3.2, 0.005), (11.0, 0.010))


def _rng(recipe: Recipe, stream: int, index: int = 0) -> np.random.Generator:
    return np.random.default_rng([recipe.seed, stream, index])


def _lesion_rng(recipe: Recipe, spec: LesionSpec) -> np.random.Generator:
    # By what the lesion is, not by its place in the list: taking one away moves no other.
    name = f"{spec.finding} {spec.side} {spec.zone} {spec.variant}"
    return _rng(recipe, _LESION, zlib.crc32(name.encode()))


def _find(recipe: Recipe, finding: str) -> LesionSpec | None:
    return next((spec for spec in recipe.lesions if spec.finding == finding), None)


def _body(recipe: Recipe) -> Body:
    heart, bow = _find(recipe, "cardiomegaly"), _find(recipe, "scoliosis")
    return make_body(
        _rng(recipe, _BODY),
        age_years=recipe.age_years,
        sex=recipe.sex,
        heart=None if heart is None else 0.655 - 0.08 * heart.subtlety,
        build=recipe.build,
        inspiration=recipe.inspiration,
        spine_bow=0.0
        if bow is None
        else (1 if bow.side == "left" else -1) * (26 - 12 * bow.subtlety),
    )


def _bones(
    recipe: Recipe, frame: Frame, body: Body, step: int
) -> tuple[Map, Map, dict[int, tuple[Map, Map]]]:
    """Bone in mm, the column alone, and for each fracture its change and contribution."""
    rng = _rng(recipe, _SKELETON)
    ribs = skeleton.all_ribs(body, rng)
    canvas = Canvas(frame)
    for rib in ribs:
        skeleton.draw_rib(canvas, rib)
    skeleton.draw_girdle(canvas, body, rng)
    skeleton.draw_cartilage(canvas, ribs, body, rng)
    # Trabeculae, and cortex of uneven thickness.
    grain = exposure.texture(_rng(recipe, _SKELETON, 1), frame, _BONE_SCALES)
    bone = 1.45 * canvas.result() * (1 + grain)
    bone += upsample(skeleton.plates(frame, body, step), frame.shape)
    part, columns = skeleton.spine(frame, body, rng)
    column = np.zeros(frame.shape, np.float32)
    column[:, columns] = part
    bone += column
    changes: dict[int, tuple[Map, Map]] = {}
    for index, spec in enumerate(recipe.lesions):
        if spec.finding != "fracture":
            continue
        site = lesions.fracture_site(spec)
        whole = next(r for r in ribs if (r.side, r.number) == (site.side, site.rib))
        whole = skeleton.densify(whole, 6)
        apart, gain = skeleton.broken(whole, site)
        before, after = Canvas(frame), Canvas(frame)
        skeleton.draw_rib(before, whole)
        skeleton.draw_rib(after, apart, gain)
        change = 1.45 * (after.result() - before.result())
        at = whole.axis[round(site.at * (len(whole.axis) - 1))][None]
        col, row = frame.project(at)
        seen = lesions.fracture_contribution(frame, change, (float(col[0]), float(row[0])), 17.0)
        changes[index] = (np.asarray(change, np.float32), seen)
    return np.asarray(bone, np.float32), column, changes


def _markings(recipe: Recipe, frame: Frame, body: Body) -> Map:
    """Pulmonary vessels and hila, mm of blood."""
    canvas = Canvas(frame)
    trees = vessels.lung_trees(body, _rng(recipe, _VESSELS), 1500)
    vessels.draw_segments(canvas, trees)
    for points, first, last in vessels.hilar_trunks(body):
        path = smooth_path(points)
        t = np.linspace(0, 1, len(path)).astype(np.float32)
        radius = first + (last - first) * t
        gain = 1.15 * smoothstep(t, 0, 0.3) * (1 - 0.5 * smoothstep(t, 0.75, 1.0))
        draw_tube(canvas, path, radius, radius, oversample=1.0, capped=False, gain=gain)
    # A vessel seen end-on is a dot, but never a bead brighter than bone.
    limit = np.float32(24.0)
    return np.asarray(limit * (1 - np.exp(-canvas.result() / limit)), np.float32)


def _airways(frame: Frame, body: Body) -> Map:
    canvas = Canvas(frame)
    for points, first, last in airway_paths(body):
        path = smooth_path(points)
        t = np.linspace(0, 1, len(path)).astype(np.float32)
        radius = first + (last - first) * t
        draw_tube(
            canvas, path, radius, radius, oversample=1.0, gain=1 - 0.6 * smoothstep(t, 0.5, 1)
        )
    return canvas.result()


def _pose(recipe: Recipe, body: Body, rng: np.random.Generator) -> Frame:
    """How the patient stood before the film: turned a little, never quite centred."""
    turn = float(np.deg2rad(np.clip(rng.normal(0, 0.9), -2.2, 2.2)))
    zoom = float(np.clip(1.0 + 0.035 * rng.standard_normal(), 0.93, 1.06))
    across, down = float(np.clip(rng.normal(0, 5), -10, 10)), float(rng.uniform(-10, 10))
    # The radiographer keeps both costophrenic angles on the film.
    reach = body.dome_left_y + 50 - BEAM_CENTRE_Y_MM
    angle_mm = BEAM_CENTRE_Y_MM + zoom * MID_MAGNIFICATION * reach
    lowest_mm = TOP_MM + FULL_ROWS * FULL_SPACING_MM - 24
    return make_frame(recipe.scale, turn, zoom, (across, min(down, lowest_mm - angle_mm)))


def _density(body: Body, y: Map) -> Map:
    """Of aerated lung relative to water; standing, the bases hold more blood."""
    return np.asarray(body.lung_density * (0.82 + 0.36 * np.clip(y / 240, 0, 1)), np.float32)


def _anatomy(recipe: Recipe, frame: Frame, body: Body) -> tuple[lesions.Scene, Map, Map]:
    """The scene for lesions, then soft tissue and bone in mm, both without any lesion."""
    step = 2 if recipe.scale > 0.6 else 1
    x, y = frame.plane(0.0, step)
    coarse_air = {side: lung_air(body, side, x, y) for side in (-1, 1)}
    flesh = body_chord(body, x, y) + chest_wall_extra(body, x, y) - gas_chord(body, x, y)
    flesh = flesh - (coarse_air[-1] + coarse_air[1]) * (1 - _density(body, y))
    soft = upsample(np.asarray(flesh, np.float32), frame.shape)
    air = {side: upsample(part, frame.shape) for side, part in coarse_air.items()}
    bone, column, changes = _bones(recipe, frame, body, step)
    x, y = frame.plane(0.0)
    scene = lesions.Scene(frame, body, x, y, air, _density(body, y), column, changes)
    return scene, soft, bone


def _present(
    recipe: Recipe, frame: Frame, paths: tuple[Map, Map, Map], rng: np.random.Generator
) -> Map:
    """Expose, develop, collimate and label: values in [0, 1]."""
    noise = _rng(recipe, _NOISE) if recipe.noise else None
    dose = float(np.exp(0.35 * rng.standard_normal()))
    depth = exposure.expose(frame, *paths, noise=noise, dose=dose)
    contrast = 0.57 + 0.02 * float(rng.standard_normal())
    brightness = 0.035 + 0.02 * float(rng.standard_normal()) - 0.035 * recipe.build
    tone = exposure.develop(frame, depth, contrast=contrast, brightness=brightness)
    left, top, right, bottom = (float(b) for b in np.clip(rng.uniform(-5, 7, 4), 0, None))
    tilt = float(np.deg2rad(rng.normal(0, 0.3)))
    values = exposure.collimate(frame, exposure.shoulder(tone), (left, top, right, bottom), tilt)
    marker = "R" if rng.random() < 0.5 else "L"
    place = (0.045 if marker == "R" else 0.91, 0.045 + 0.03 * float(rng.random()))
    return exposure.burn(values, frame, place, marker) if recipe.burn_in else values


def make_film(recipe: Recipe) -> Film:
    """The film of a recipe, always the same for the same recipe.

    Pixels are 12-bit MONOCHROME2 (bone bright), shape (rows, cols), with the patient's right on
    the left of the film. Boxes are half-open film pixels. Raises ValueError for a recipe outside
    its ranges.
    """
    film_rng = _rng(recipe, _FILM)
    body = _body(recipe)
    frame = _pose(recipe, body, film_rng)
    scene, soft, bone = _anatomy(recipe, frame, body)
    metal = np.zeros(frame.shape, np.float32)
    kept = np.ones((1, 1), np.float32)
    found: list[Lesion] = []
    for index, spec in enumerate(recipe.lesions):
        insert = lesions.insert_lesion(scene, spec, index, _lesion_rng(recipe, spec))
        for total, part in ((soft, insert.soft), (bone, insert.bone), (metal, insert.metal)):
            if part is not None:
                np.add(total, part, out=total)
        if insert.markings_kept is not None:
            kept = kept * insert.markings_kept
        found.append(
            Lesion(
                finding=spec.finding,
                side=spec.side,
                zone=spec.zone,
                size_mm=insert.size_mm,
                subtlety=spec.subtlety,
                sentence=wording(spec).sentence,
                boxes=lesions.boxes_of(insert, lesions.BOX_FRACTION[spec.finding]),
            )
        )
    air = scene.air[-1] + scene.air[1]
    texture_rng = _rng(recipe, _TEXTURE)
    markings = _markings(recipe, frame, body) * np.clip(air / 25, 0, 1)
    markings += air * exposure.texture(texture_rng, frame, _LUNG_SCALES)
    soft += markings * kept
    soft += exposure.texture(texture_rng, frame, _SOFT_SCALES) * np.clip(soft / 100, 0, 1)
    soft -= 1.1 * _airways(frame, body)
    paths = (np.clip(soft, 0, None), np.clip(bone, 0, None), metal)
    values = _present(recipe, frame, paths, film_rng)
    findings_text, impression = write_report(recipe)
    return Film(
        pixels=exposure.quantise(values),
        spacing_mm=frame.spacing_mm,
        view="PA",
        age_years=recipe.age_years,
        sex=recipe.sex,
        indication=recipe.indication,
        findings_text=findings_text,
        impression=impression,
        lesions=tuple(found),
        seed=recipe.seed,
        window_center=2048.0,
        window_width=4096.0,
    )
