"""Which part of the body a header names, in words of our own.

Headers name it in a closed vocabulary (PS3.16 Annex L), in free text and in several languages, and
technicians pick the wrong button. So only a clear word for another part refuses a film, silence
refuses nothing, and what stands closest to the picture outranks what was written for the visit.
"""

import re
from collections.abc import Iterable

CHEST = "chest"

# Longer phrases come first: "thoracic spine" is no chest film. Each is matched on whole words.
_PARTS: tuple[tuple[str, str], ...] = (
    (
        "spine",
        r"(?:[CTL]S|[CTLS])[ -]?SPINE|(?:CERVICAL|THORACIC|DORSAL|LUMBAR|WHOLE|FULL)[ -]?SPINE"
        r"|SPINE|COLUMNA|WIRBELS\w*|LWS|BWS|HWS|SACRUM|COCCYX|SCOLIOSIS SERIES",
    ),
    (CHEST, r"CHEST\w*|THORAX|TORAX|TORACE|LUNGS?|PULMON\w*|RIBS?|STERNUM|CXR|BABYGRAM"),
    ("abdomen", r"ABDOMEN|ABDOMINAL|KUB|BNO"),
    ("hip", r"HIPS?|HUEFTE|CADERA"),
    ("pelvis", r"PELVIS|BECKEN"),
    ("knee", r"KNEES?|PATELLA|KNIE|RODILLA"),
    ("hand", r"HANDS?|FINGERS?|THUMB|MANO"),
    ("wrist", r"WRISTS?|SCAPHOID"),
    ("elbow", r"ELBOWS?"),
    ("arm", r"HUMERUS|FOREARM|RADIUS ULNA|ULNA"),
    ("shoulder", r"SHOULDERS?|SCAPULA|HOMBRO|SCHULTER"),
    ("clavicle", r"CLAVICLES?"),
    ("leg", r"FEMUR|THIGH|TIBIA|FIBULA|TIBIA FIBULA|LEG|LEGS"),
    ("ankle", r"ANKLES?"),
    ("foot", r"FOOT|FEET|TOES?|HEEL|CALCANEUS"),
    ("skull", r"SKULL|CRANIUM|FACIAL BONES|SINUSES|ORBITS?|MANDIBLE|JAW|TEETH|TOOTH|HEAD"),
    ("neck", r"NECK"),
    ("breast", r"BREASTS?|MAMMA"),
    ("arm or leg", r"EXTREMITY|EXTREMITIES"),
)
_PATTERNS = tuple((part, re.compile(rf"(?<![A-Z])(?:{words})(?![A-Z])")) for part, words in _PARTS)


def parts_named(text: str) -> tuple[str, ...]:
    """Parts of the body named in a text, in the order of the vocabulary; () when none is."""
    rest = text.upper().replace("_", " ")
    found = []
    for part, pattern in _PATTERNS:
        rest, times = pattern.subn(" ", rest)
        if times:
            found.append(part)
    return tuple(found)


def body_part(levels: Iterable[Iterable[str]]) -> str:
    """The part shown, from header texts grouped by nearness to the picture; "" when none says.

    The first level that names any part decides, and within it the chest wins, because a film of
    chest and abdomen is a chest film.
    """
    for texts in levels:
        named = [part for text in texts for part in parts_named(text)]
        if named:
            return CHEST if CHEST in named else named[0]
    return ""
