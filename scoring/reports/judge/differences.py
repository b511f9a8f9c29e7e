"""In what a learner's finding differs from the reference's, and whether it could change anything.

The thresholds are CRIMSON's (arXiv 2603.06183) where it has one; those of our own are named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from scoring.reports.evaluation import ErrorType, Gravity
from scoring.reports.judge.kinship import Kin, KinshipTable
from scoring.reports.judge.places import LEFT, RIGHT, Distance
from scoring.reports.judge.stated import Stated
from scoring.reports.reader import (
    CONCEPTS,
    Acuity,
    Certainty,
    Change,
    Placement,
    Region,
    Severity,
)

SMALL_NODULE_MM: Final = 6.0
SMALL_NODULE_MARGIN_MM: Final = 2.0
NODULE_MARGIN_MM: Final = 4.0
MASS_MM: Final = 30.0
MASS_MARGIN: Final = 0.2

# Ours: other measures (the width of a pneumothorax, say) differ when they differ by more than a
# centimetre and by more than half, so that neither two rulers nor two radiologists do.
OTHER_MARGIN_MM: Final = 10.0
OTHER_MARGIN: Final = 0.5

SEVERITY_STEPS: Final = 2
"""Small and large are two steps apart or more; neighbours on the scale are a matter of taste."""

TUBE_ABOVE_CARINA_MM: Final = (20.0, 80.0)
"""Where the tip of an endotracheal tube may lie, generously: the neck moves it by two
centimetres either way."""

TIP_MARGIN_MM: Final = 10.0
"""Ours: within a centimetre two readers mean the same place, whatever they call it."""

_GOOD_TIPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "venous-catheter": frozenset({"superior-vena-cava", "cavoatrial-junction", "right-atrium"}),
        "enteric-tube": frozenset({"bowel", "duodenum", "abdomen", "diaphragm"}),
    }
)
_BELOW_DIAPHRAGM: Final = frozenset({"bowel", "abdomen", "diaphragm"})
_BAD_TIPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "airway-tube": frozenset({"right-main-bronchus", "left-main-bronchus", "main-bronchus"}),
        "venous-catheter": frozenset(
            {
                "subclavian-vein", "jugular-vein", "azygos-vein", "axillary-vein",
                "right-ventricle", "axilla", "neck",
            }
        ),
        "enteric-tube": frozenset(
            {
                "oesophagus", "gastro-oesophageal-junction", "right-main-bronchus",
                "left-main-bronchus", "main-bronchus", "lungs", "upper-lobe", "middle-lobe",
                "lower-lobe",
            }
        ),
    }
)  # fmt: skip

# Members by plain names: Python 3.11 looks one up in 150 ns, a global name in 10.
_SIGNIFICANT, _DEVICES = Gravity.SIGNIFICANT, Region.DEVICES
_SAME, _FAR = Distance.SAME, Distance.FAR

_WORSE: Final = frozenset({Change.NEW, Change.INCREASED})
_BETTER: Final = frozenset({Change.DECREASED, Change.RESOLVED})
_OPPOSED: Final = (
    ("calcified", "solid"), ("cavitary", "solid"), ("well-defined", "irregular"),
    ("well-defined", "spiculated"), ("displaced", "nondisplaced"), ("lytic", "sclerotic"),
    ("loculated", "layering"),
)  # fmt: skip
_COUNTED: Final = frozenset({"nodule", "mass", "lung-lesion"})
_FOCAL: Final = frozenset(
    {"nodule", "mass", "lung-lesion", "granuloma", "cavity", "lung-metastases"}
)
_BY_SIZE: Final = frozenset({"nodule", "mass", "lung-lesion"})
_FRACTURES: Final = frozenset({"rib-fracture", "fracture", "vertebral-fracture"})


@dataclass(frozen=True, slots=True)
class Difference:
    error: ErrorType
    gravity: Gravity
    explanation: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one finding of the learner's stands to one of the reference's.

    `closeness` orders pairs that have equally many significant differences: higher is closer.
    """

    differences: tuple[Difference, ...]
    significant: int
    closeness: float


def compare(
    reference: Stated,
    said: Stated,
    kinship: KinshipTable,
    *,
    is_urgent: bool = False,
    prior_shown: bool,
) -> Comparison | None:
    """The differences of a pair that may be matched; None if the two are different findings.

    `is_urgent`: of the reference finding. To call possible what has to be acted on now is grave.
    """
    kin = kinship.closest(reference.concepts, said.concepts)
    if kin is None or (reference.is_borderline and not _is_slight(said)):
        return None
    distance = reference.where.distance(said.where)
    if kin.gravity is _SIGNIFICANT and distance >= _FAR:
        # Another name and another place: nothing is left in common.
        return None
    differences = tuple(_differences(reference, said, kin, distance, is_urgent, prior_shown))
    significant = [d.gravity for d in differences].count(_SIGNIFICANT)
    if reference.is_open and significant:
        # What is only not excluded is answered by its own name, and by nothing else.
        return None
    closeness = 1.0 - 0.1 * min(5, len(differences) - significant) - 0.08 * distance
    if kin.error is not None:
        closeness -= 0.1
    if reference.where.lobes & said.where.lobes:
        closeness += 0.05
    if reference.where.levels & said.where.levels:
        # Of two opacities, the one at the same height is meant, whatever it is called.
        closeness += 0.05
    return Comparison(differences, significant, closeness)


def _is_slight(said: Stated) -> bool:
    """Whether it may be said of what the radiologist calls normal, but only just."""
    return said.severity is Severity.TRACE or said.certainty is Certainty.POSSIBLE


def _differences(
    reference: Stated,
    said: Stated,
    kin: Kin,
    distance: Distance,
    is_urgent: bool,
    prior_shown: bool,
) -> Iterator[Difference]:
    if kin.error is not None and not _told_by_size(reference, said):
        yield _naming(reference, said, kin)
    if distance is not _SAME:
        yield _location(reference, said, distance)
    if reference.region is _DEVICES:
        yield from _device(reference, said)
    else:
        yield from _severity(reference, said)
        yield from _measurement(reference, said)
    yield from _number(reference, said)
    yield from _descriptors(reference, said, is_named_alike=kin.error is None)
    yield from _certainty(reference, said, is_urgent)
    if prior_shown:
        yield from _change(reference, said)


def _told_by_size(reference: Stated, said: Stated) -> bool:
    """A nodule and a mass differ by their size only; measured, that is one difference, not two."""
    return (
        reference.size_mm is not None
        and said.size_mm is not None
        and not _BY_SIZE.isdisjoint(reference.concepts)
        and not _BY_SIZE.isdisjoint(said.concepts)
    )


_NAMING: Final[Mapping[ErrorType, str]] = MappingProxyType(
    {
        ErrorType.UNSPECIFIC: (
            "“{said}” is less than can be said: the radiologist writes “{reference}”."
        ),
        ErrorType.OVERINTERPRETATION: (
            "“{said}” goes beyond what the radiologist writes: “{reference}”."
        ),
        ErrorType.DESCRIPTOR: "You write “{said}”; the radiologist writes “{reference}”.",
    }
)


def _naming(reference: Stated, said: Stated, kin: Kin) -> Difference:
    error = kin.error or ErrorType.DESCRIPTOR
    text = _NAMING[error].format(said=said.phrase, reference=reference.phrase)
    is_told_by_tip = reference.region is _DEVICES and _is_at_same_place(reference, said)
    # "Tube in the right main bronchus" leaves no doubt which, and what is wrong.
    return Difference(error, Gravity.NEGLIGIBLE if is_told_by_tip else kin.gravity, text)


def _name(stated: Stated) -> str:
    return CONCEPTS[stated.concept].name


def _location(reference: Stated, said: Stated, distance: Distance) -> Difference:
    ours, theirs = reference.where, said.where
    if distance is Distance.OTHER_SIDE:
        text = (
            f"Wrong side: you place the {_name(said)} on the {_side(theirs.sides)}, "
            f"the radiologist on the {_side(ours.sides)}."
        )
    elif distance is Distance.PARTLY:
        text = (
            f"The radiologist reports it on both sides, you on the {_side(theirs.sides)} only."
            if ours.sides == LEFT | RIGHT
            else f"The radiologist reports it on the {_side(ours.sides)} only, you on both sides."
        )
    elif distance is Distance.FAR:
        text = f"Wrong zone: you write “{said.phrase}”, the radiologist “{reference.phrase}”."
    else:
        text = f"Close by: you write “{said.phrase}”, the radiologist “{reference.phrase}”."
    gravity = Gravity.NEGLIGIBLE if distance is Distance.NEAR else Gravity.SIGNIFICANT
    return Difference(ErrorType.LOCATION, gravity, text)


def _side(sides: int) -> str:
    return {LEFT: "left", RIGHT: "right"}.get(sides, "other side")


def _severity(reference: Stated, said: Stated) -> Iterator[Difference]:
    if "tension" in said.descriptors and "tension" not in reference.descriptors:
        yield Difference(
            ErrorType.SEVERITY,
            Gravity.SIGNIFICANT,
            "You call it under tension; the radiologist does not.",
        )
    elif reference.severity is not None and said.severity is not None:
        steps = _steps(reference, said)
        if steps:
            yield Difference(
                ErrorType.SEVERITY,
                Gravity.SIGNIFICANT if steps >= SEVERITY_STEPS else Gravity.NEGLIGIBLE,
                _degrees(reference, said, steps),
            )


def _steps(reference: Stated, said: Stated) -> int:
    """How far apart two severities are on the scale; "slight" is trace or mild."""
    ours, theirs = reference.severity or 0, said.severity or 0
    if abs(ours - theirs) >= SEVERITY_STEPS:
        ours = max(ours, Severity.MILD) if _is_called_slight(reference) else ours
        theirs = max(theirs, Severity.MILD) if _is_called_slight(said) else theirs
    return abs(ours - theirs)


def _is_called_slight(stated: Stated) -> bool:
    return stated.degree.lower().startswith("slight")


def _degrees(reference: Stated, said: Stated, steps: int) -> str:
    text = f"You call it “{said.degree}”; the radiologist calls it “{reference.degree}”"
    return (
        f"{text}." if steps >= SEVERITY_STEPS else f"{text}: one step, as two readers may differ."
    )


def _measurement(reference: Stated, said: Stated) -> Iterator[Difference]:
    ours, theirs = reference.size_mm, said.size_mm
    if ours is None or theirs is None or ours == theirs:
        return
    ours_from, theirs_from = reference.size_from_mm or ours, said.size_from_mm or theirs
    if ours_from != ours or theirs_from != theirs:
        # "1-2 cm" holds 15 mm, and is as far from others as its nearer end.
        if ours_from <= theirs and theirs_from <= ours:
            return
        ours, theirs = (ours_from, theirs) if theirs < ours_from else (ours, theirs_from)
    yield Difference(
        ErrorType.MEASUREMENT,
        Gravity.SIGNIFICANT
        if _sizes_differ(ours, theirs, focal=bool(_FOCAL.intersection(reference.concepts)))
        else Gravity.NEGLIGIBLE,
        f"You measure {theirs:g} mm; the radiologist measures {ours:g} mm.",
    )


def _sizes_differ(ours: float, theirs: float, *, focal: bool) -> bool:
    difference = abs(ours - theirs)
    if not focal:
        return difference > OTHER_MARGIN_MM and difference > OTHER_MARGIN * ours
    if ours >= MASS_MM:
        return difference > MASS_MARGIN * ours or theirs < MASS_MM
    margin = SMALL_NODULE_MARGIN_MM if ours < SMALL_NODULE_MM else NODULE_MARGIN_MM
    return difference > margin


def _number(reference: Stated, said: Stated) -> Iterator[Difference]:
    if (
        reference.number is not None
        and said.number is not None
        and (reference.number == 1) is not (said.number == 1)
    ):
        yield Difference(
            ErrorType.DESCRIPTOR,
            Gravity.SIGNIFICANT
            if _COUNTED.intersection(reference.concepts)
            else Gravity.NEGLIGIBLE,
            f"You write of {_how_many(said)}, the radiologist of {_how_many(reference)}.",
        )


def _how_many(stated: Stated) -> str:
    return "one" if stated.number == 1 else "several"


def _descriptors(reference: Stated, said: Stated, *, is_named_alike: bool) -> Iterator[Difference]:
    for pair in _OPPOSED if reference.descriptors and said.descriptors else ():
        if reference.descriptors.issuperset(pair) or said.descriptors.issuperset(pair):
            # A nodule may be well defined and lobulated; who says both has said either.
            continue
        if not is_named_alike and "calcified" in pair:
            # A calcified nodule is a granuloma: to call it a solid one is one error, not two.
            continue
        for ours, theirs in (pair, pair[::-1]):
            if ours in reference.descriptors and theirs in said.descriptors:
                yield Difference(
                    ErrorType.DESCRIPTOR,
                    Gravity.SIGNIFICANT,
                    _written(reference, ours, said, theirs),
                )
    if (
        _FRACTURES.intersection(reference.concepts)
        and reference.acuity is not None
        and said.acuity is not None
        and (reference.acuity is Acuity.ACUTE) is not (said.acuity is Acuity.ACUTE)
    ):
        yield Difference(
            ErrorType.DESCRIPTOR,
            Gravity.SIGNIFICANT,
            _written(reference, reference.acuity, said, said.acuity),
        )


def _written(reference: Stated, ours: str, said: Stated, theirs: str) -> str:
    """What either calls the one thing, in the words that stand in the texts."""
    return f"You write “{said.quote(theirs)}”; the radiologist writes “{reference.quote(ours)}”."


def _certainty(reference: Stated, said: Stated, is_urgent: bool) -> Iterator[Difference]:
    if said.certainty is reference.certainty:
        return
    if said.certainty is Certainty.POSSIBLE and reference.certainty is Certainty.DEFINITE:
        yield Difference(
            ErrorType.CERTAINTY,
            Gravity.SIGNIFICANT if is_urgent else Gravity.NEGLIGIBLE,
            "You call it possible; the radiologist is sure.",
        )
    elif said.certainty is Certainty.DEFINITE and reference.certainty is Certainty.POSSIBLE:
        yield Difference(
            ErrorType.CERTAINTY,
            Gravity.NEGLIGIBLE,
            "You are sure; the radiologist calls it possible.",
        )


def _change(reference: Stated, said: Stated) -> Iterator[Difference]:
    ours, theirs = reference.change, said.change
    if ours is None or ours is theirs:
        return
    if theirs is None:
        if ours is not Change.STABLE:
            yield Difference(
                ErrorType.TEMPORAL,
                Gravity.NEGLIGIBLE,
                f"The radiologist writes “{reference.quote(ours)}”, compared with the earlier "
                "film; you do not compare.",
            )
        return
    opposed = (
        (ours in _WORSE and theirs not in _WORSE)
        or (ours in _BETTER and theirs not in _BETTER)
        or (ours is Change.STABLE and theirs is Change.INCREASED)
    )
    yield Difference(
        ErrorType.TEMPORAL,
        Gravity.SIGNIFICANT if opposed else Gravity.NEGLIGIBLE,
        _written(reference, ours, said, theirs),
    )


def placement_of(stated: Stated) -> Placement | None:
    """Whether a device lies well: as said, else by where its tip is."""
    if stated.region is not Region.DEVICES:
        return None
    family = CONCEPTS[stated.concept].family
    if stated.tip in _BAD_TIPS.get(family, ()):
        return Placement.MALPOSITIONED
    if stated.placement is not None:
        return stated.placement
    if family == "airway-tube" and stated.tip_distance_mm is None and stated.tip == "carina":
        return Placement.MALPOSITIONED
    if family == "airway-tube" and stated.tip_distance_mm is not None:
        low, high = TUBE_ABOVE_CARINA_MM
        well = low <= stated.tip_distance_mm <= high
        return Placement.GOOD if well else Placement.MALPOSITIONED
    return Placement.GOOD if stated.tip in _GOOD_TIPS.get(family, ()) else None


def _is_one_tip(one: str, other: str) -> bool:
    """ "Below the diaphragm" is where the stomach is."""
    return one == other or {one, other} <= _BELOW_DIAPHRAGM


def _is_at_same_place(reference: Stated, said: Stated) -> bool:
    """Whether both say where a tip is, and say the same."""
    ours, theirs = reference.tip_distance_mm, said.tip_distance_mm
    if ours is not None and theirs is not None:
        return abs(ours - theirs) <= TIP_MARGIN_MM
    if (ours is not None or theirs is not None) and reference.tip == "carina":
        # "At the carina" is not "4 cm above the carina".
        return False
    return reference.tip is not None and reference.tip == said.tip


def _device(reference: Stated, said: Stated) -> Iterator[Difference]:
    ours, theirs = placement_of(reference), placement_of(said)
    if _is_at_same_place(reference, said):
        # Whether that is too high or too deep is a matter of words.
        return
    if ours is Placement.MALPOSITIONED and theirs is None:
        yield Difference(
            ErrorType.UNSPECIFIC,
            Gravity.SIGNIFICANT,
            f"It does not lie where it should: “{reference.phrase}”.",
        )
    elif (ours is Placement.MALPOSITIONED) is not (theirs is Placement.MALPOSITIONED):
        yield Difference(
            ErrorType.LOCATION,
            Gravity.SIGNIFICANT,
            f"You write “{said.phrase}”; the radiologist writes “{reference.phrase}”.",
        )
        if ours is Placement.MALPOSITIONED:
            # That there is a tube is the least of it: what has to be acted on is denied.
            yield Difference(
                ErrorType.SEVERITY,
                Gravity.SIGNIFICANT,
                "It lies where it can harm, and you call its position good.",
            )
    elif reference.tip and said.tip and not _is_one_tip(reference.tip, said.tip):
        yield Difference(
            ErrorType.LOCATION,
            Gravity.NEGLIGIBLE,
            f"You write “{said.phrase}”; the radiologist writes “{reference.phrase}”.",
        )
