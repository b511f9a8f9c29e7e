"""The report a radiologist would dictate for a film: its lesions and the pertinent negatives."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from radgame.imaging.phantom.recipe import LesionSpec, Recipe

TECHNIQUE = "Single posteroanterior view of the chest, erect."

# Order of dictation.
_GROUPS = ("devices", "heart", "hila", "lungs", "pleura", "bones")

_GROUP_OF = {
    "catheter": "devices",
    "tube": "devices",
    "heart-device": "devices",
    "osteosynthesis-suture": "devices",
    "cardiomegaly": "heart",
    "hiatal-hernia": "heart",
    "hilar-enlargement": "hila",
    "nodule-mass": "lungs",
    "consolidation": "lungs",
    "atelectasis-fibrotic-band": "lungs",
    "calcification": "lungs",
    "interstitial-pattern": "lungs",
    "pleural-effusion": "pleura",
    "pleural-thickening": "pleura",
    "pneumothorax": "pleura",
    "fracture": "bones",
    "scoliosis": "bones",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """How one lesion is reported: in the findings, and in the impression ("" leaves it out)."""

    sentence: str
    conclusion: str


def _zone(spec: LesionSpec) -> str:
    where = {"upper": "upper zone", "middle": "mid zone", "lower": "lower zone", "": "lung"}
    if spec.side == "both":
        return f"both {where[spec.zone]}s"
    return f"the {spec.side} {where[spec.zone]}"


def _round_mm(value: float | None) -> str:
    return "" if value is None else f"{round(value)} mm"


def _nodule(s: LesionSpec) -> Wording:
    size = s.size_mm if s.size_mm is not None else 18.0
    kind = "mass" if size > 30 else "nodule"
    edge = "spiculated" if s.variant == "spiculated" else "well-defined, slightly lobulated"
    if s.subtlety > 0.55:
        edge = "faint"
    return Wording(
        f"There is a {edge} {kind} in {_zone(s)} measuring approximately {_round_mm(size)}.",
        f"Solitary pulmonary {kind} in {_zone(s)}, {_round_mm(size)}; CT of the chest is advised.",
    )


def _consolidation(s: LesionSpec) -> Wording:
    dense = "Ill-defined" if s.subtlety > 0.5 else "Confluent"
    if s.side == "both":
        return Wording(
            f"{dense} airspace consolidation is present in {_zone(s)}.",
            f"Bilateral consolidation in {_zone(s)}, in keeping with multifocal infection.",
        )
    bounded = ", bounded below by the fissure" if s.variant == "lobar" else ""
    return Wording(
        f"{dense} airspace consolidation with air bronchograms in {_zone(s)}{bounded}.",
        f"Consolidation in {_zone(s)}, in keeping with pneumonia in the appropriate setting. "
        "Follow-up radiograph to confirm resolution.",
    )


def _band(s: LesionSpec) -> Wording:
    place = "both lung bases" if s.side == "both" else f"the {s.side} base"
    return Wording(
        f"Linear band of atelectasis at {place}.", f"Minor linear atelectasis at {place}."
    )


def _effusion(s: LesionSpec) -> Wording:
    size = s.size_mm if s.size_mm is not None else 45.0
    amount = "small" if size < 45 else ("moderate" if size < 85 else "large")
    sides = "bilateral pleural effusions" if s.side == "both" else f"{s.side} pleural effusion"
    if s.side == "both":
        return Wording(
            f"{amount.capitalize()} {sides} with blunting of both costophrenic angles.",
            f"{amount.capitalize()} {sides}.",
        )
    how = (
        f"obscuring the {s.side} hemidiaphragm"
        if size >= 45
        else f"blunting the {s.side} costophrenic angle"
    )
    return Wording(f"{amount.capitalize()} {sides} {how}.", f"{amount.capitalize()} {sides}.")


def _pneumothorax(s: LesionSpec) -> Wording:
    size = s.size_mm if s.size_mm is not None else 28.0
    amount = "small" if size < 25 else ("moderate" if size < 45 else "large")
    return Wording(
        f"{amount.capitalize()} {s.side} apical pneumothorax: a visceral pleural line is visible "
        f"with no lung markings beyond it, {_round_mm(size)} from the apex of the pleural cavity. "
        "No mediastinal shift.",
        f"{amount.capitalize()} {s.side} apical pneumothorax without signs of tension.",
    )


def _cardiomegaly(s: LesionSpec) -> Wording:
    grade = "mildly" if s.subtlety > 0.5 else "moderately"
    return Wording(
        f"The heart is {grade} enlarged, with a cardiothoracic ratio above 0.55.",
        f"{'Mild' if grade == 'mildly' else 'Moderate'} cardiomegaly.",
    )


def _catheter(s: LesionSpec) -> Wording:
    side = s.side or "right"
    name = f"{side} internal jugular central venous catheter"
    if "picc" in s.variant:
        name = f"{side}-sided PICC"
    elif "port" in s.variant:
        name = f"{side} subclavian port catheter"
    elif "subclavian" in s.variant:
        name = f"{side} subclavian central venous catheter"
    tip = "the right atrium" if "atrium" in s.variant else "the superior vena cava"
    name = name[0].upper() + name[1:]
    return Wording(f"{name} with its tip projected over {tip}.", f"{name} with its tip in {tip}.")


def _tube(s: LesionSpec) -> Wording:
    above = s.size_mm if s.size_mm is not None else 42.0
    tracheal = f"Endotracheal tube with its tip approximately {above / 10:.0f} cm above the carina"
    gastric = "asogastric tube passes below the left hemidiaphragm with its tip over the stomach"
    if s.variant == "nasogastric":
        return Wording(f"N{gastric}.", "Nasogastric tube in a satisfactory position.")
    if s.variant == "both":
        return Wording(
            f"{tracheal}; n{gastric}.",
            "Endotracheal and nasogastric tubes in satisfactory positions.",
        )
    return Wording(f"{tracheal}.", "Endotracheal tube in a satisfactory position.")


def _device(s: LesionSpec) -> Wording:
    side = s.side or "left"
    return Wording(
        f"{side.capitalize()}-sided dual-chamber pacemaker with leads projected over the right "
        "atrium and the right ventricle.",
        "Dual-chamber pacemaker with leads in the expected positions.",
    )


def _fracture(s: LesionSpec) -> Wording:
    rib = {"upper": "fourth", "middle": "sixth", "lower": "eighth", "": "seventh"}[s.zone]
    return Wording(
        f"Displaced fracture of the posterolateral arc of the {s.side} {rib} rib.",
        f"Displaced fracture of the {s.side} {rib} rib.",
    )


def _calcification(s: LesionSpec) -> Wording:
    size = _round_mm(s.size_mm if s.size_mm is not None else 7.0)
    return Wording(
        f"A dense {size} calcification in {_zone(s)}, consistent with a calcified granuloma.",
        f"Calcified granuloma in {_zone(s)}; no follow-up needed.",
    )


def _cap(s: LesionSpec) -> Wording:
    place = "both apices" if s.side == "both" else f"the {s.side} apex"
    return Wording(
        f"Pleural thickening over {place} in the form of an apical cap.",
        f"Apical pleural thickening over {place}.",
    )


def _hernia(s: LesionSpec) -> Wording:
    del s
    return Wording(
        "Rounded retrocardiac opacity containing gas and a fluid level, in keeping with a hiatal "
        "hernia.",
        "Hiatal hernia.",
    )


def _hilar(s: LesionSpec) -> Wording:
    if s.side == "both":
        return Wording(
            "Both hila are enlarged and lobulated.",
            "Bilateral hilar enlargement, suspicious for lymphadenopathy; CT is advised.",
        )
    return Wording(
        f"The {s.side} hilum is enlarged and dense, with a lobulated contour.",
        f"{s.side.capitalize()} hilar enlargement; CT is advised to exclude a mass or "
        "lymphadenopathy.",
    )


def _interstitial(s: LesionSpec) -> Wording:
    place = _zone(LesionSpec(s.finding, s.side or "both", s.zone))
    return Wording(
        f"Reticular interstitial pattern, predominantly in {place} and towards the periphery.",
        f"Interstitial pattern in {place}, suggesting fibrosing lung disease; "
        "high-resolution CT is advised.",
    )


def _wires(s: LesionSpec) -> Wording:
    del s
    return Wording("Sternotomy wires are intact and aligned in the midline.", "")


def _scoliosis(s: LesionSpec) -> Wording:
    side = s.side or "right"
    return Wording(
        f"Thoracic scoliosis convex to the {side}.", f"Thoracic scoliosis convex to the {side}."
    )


_WORDS = {
    "atelectasis-fibrotic-band": _band,
    "calcification": _calcification,
    "cardiomegaly": _cardiomegaly,
    "catheter": _catheter,
    "consolidation": _consolidation,
    "fracture": _fracture,
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


def wording(spec: LesionSpec) -> Wording:
    """How this lesion is reported."""
    return _WORDS[spec.finding](spec)


def _heart_negatives(found: set[str]) -> tuple[str, ...]:
    if "cardiomegaly" in found:
        return (
            "The mediastinal contours are otherwise unremarkable.",
            "The mediastinum is not widened and the trachea is central.",
        )
    if "hiatal-hernia" in found:
        return (
            "The heart is of normal size and the mediastinum is otherwise unremarkable.",
            "Heart size is normal. The upper mediastinum is not widened.",
        )
    return (
        "The heart is of normal size and the mediastinal contours are unremarkable.",
        "Heart size is normal. The mediastinum is not widened and the trachea is central.",
        "Normal cardiac silhouette. The mediastinal contours are normal.",
        "Heart size is within normal limits. The aorta and the mediastinal outline are normal.",
    )


def _hilar_negatives(found: set[str]) -> tuple[str, ...]:
    if found:
        return ()
    return (
        "The hila are normal.",
        "Both hila are of normal size and position.",
        "Normal hilar contours and pulmonary vascularity.",
    )


def _lung_negatives(found: set[str], pleural: set[str]) -> tuple[str, ...]:
    if not found and pleural & {"pleural-effusion", "pneumothorax"}:
        return (
            "The aerated lung is clear.",
            "The remaining lung is clear, without consolidation or nodule.",
            "No consolidation in the aerated lung.",
        )
    if not found:
        return (
            "The lungs are clear, without focal consolidation or nodule.",
            "Both lungs are clear. No consolidation, mass or interstitial abnormality.",
            "The lungs are clear. No airspace opacity is seen.",
            "Clear lungs with no focal consolidation.",
        )
    if found <= {"calcification", "atelectasis-fibrotic-band"}:
        return ("No focal consolidation.", "No focal consolidation or mass.")
    if "interstitial-pattern" in found:
        return ("No superimposed consolidation.", "No superimposed consolidation or mass.")
    return (
        "The remaining lung is clear.",
        "The lungs are otherwise clear.",
        "No other focal lung abnormality.",
    )


def _pleura_negatives(found: set[str]) -> tuple[str, ...]:
    absent = [
        name
        for slug, name in (
            ("pleural-effusion", "pleural effusion"),
            ("pneumothorax", "pneumothorax"),
        )
        if slug not in found
    ]
    if not absent:
        return ()
    plain = f"No {' or '.join(absent)}."
    if found:
        return (plain,)
    return (
        plain,
        "There is no pleural effusion and no pneumothorax.",
        "The costophrenic angles are sharp. No pneumothorax.",
    )


def _bone_negatives(found: set[str]) -> tuple[str, ...]:
    if "fracture" in found:
        return ("No other fracture is seen.", "No other bony injury.")
    if found:
        return ("No acute bony lesion.", "No fracture or destructive bone lesion.")
    return (
        "The visible skeleton is unremarkable.",
        "No bony abnormality is seen.",
        "No fracture or destructive bone lesion.",
    )


def _said(recipe: Recipe, group: str, ways: tuple[str, ...]) -> str:
    """One way of saying it, always the same one for the same film; "" when there is none.

    Radiologists put the same negative in many ways, and so that no two films share a text, so
    do these reports.
    """
    if not ways:
        return ""
    return ways[zlib.crc32(f"{recipe.seed} {group}".encode()) % len(ways)]


def write_report(recipe: Recipe) -> tuple[str, str]:
    """Findings and impression for the lesions of the recipe, in the order of dictation."""
    specs: dict[str, list[LesionSpec]] = {group: [] for group in _GROUPS}
    for spec in recipe.lesions:
        specs[_GROUP_OF[spec.finding]].append(spec)
    found = {group: {spec.finding for spec in specs[group]} for group in _GROUPS}
    negatives = {
        "devices": (),
        "heart": _heart_negatives(found["heart"]),
        "hila": _hilar_negatives(found["hila"]),
        "lungs": _lung_negatives(found["lungs"], found["pleura"]),
        "pleura": _pleura_negatives(found["pleura"]),
        "bones": _bone_negatives(found["bones"]),
    }
    lines: list[str] = []
    for group in _GROUPS:
        lines += [wording(spec).sentence for spec in specs[group]]
        lines += filter(None, [_said(recipe, group, negatives[group])])
    order = ("pleura", "lungs", "hila", "heart", "bones", "devices")
    conclusions = [wording(spec).conclusion for group in order for spec in specs[group]]
    stated = [c for c in conclusions if c]
    if not stated:
        stated = ["No acute cardiopulmonary abnormality."]
    if len(stated) == 1:
        return " ".join(lines), stated[0]
    return " ".join(lines), " ".join(f"{n}. {text}" for n, text in enumerate(stated, 1))
