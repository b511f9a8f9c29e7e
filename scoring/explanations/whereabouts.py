"""Which side and which height of the chest words speak of.

`places` tells the same of boxes.
"""

import re
from collections.abc import Iterable
from typing import Final

from scoring.explanations.places import RegionSide, Zone

EITHER: Final = frozenset({RegionSide.LEFT, RegionSide.RIGHT})

# Each side has lobes of its own. Not "middle lobes", which both sides could share.
_LEFT: Final = re.compile(
    r"\bleft\b(?! (?:behind|by|out|over|atri|ventric))|\blingula\w*|\b(?:LUL|LLL)\b",
    re.IGNORECASE,
)
_RIGHT: Final = re.compile(
    r"\bright\b(?! (?:above|along|angle|at|away|behind|below|beside|here|next|over|there|under|"
    r"where|atri|ventric))|\bmiddle lobe\b|\b(?:RUL|RML|RLL)\b",
    re.IGNORECASE,
)
# What lies beside a landmark lies on its side of the chest.
_BESIDE: Final = (
    r"\b(?:beside|next to|close to|near|above|below|beneath|under|over|overl(?:ies|ying)|behind|"
    r"lateral to|medial to|abut(?:s|ting)?|against|along(?:side)?|touch(?:es|ing)) (?:the )?"
)
_BY_LEFT: Final = re.compile(
    rf"{_BESIDE}(?:(?:gastric|stomach) (?:air )?bubble|stomach|spleen|splenic flexure|"
    r"aortic (?:knob|knuckle|arch)|(?:cardiac|heart's) apex|apex of the heart)\b",
    re.IGNORECASE,
)
_BY_RIGHT: Final = re.compile(
    rf"{_BESIDE}(?:liver|hepatic flexure|gallbladder|(?:minor|horizontal) fissure|"
    r"superior vena cava|SVC|azygos)\b",
    re.IGNORECASE,
)
_BOTH: Final = re.compile(r"\b(?:bilateral\w*|both|midline)\b", re.IGNORECASE)

_NOUN: Final = (
    r"(?:[ -](?:right|left|lung|pulmonary|and|or|mid|middle|upper|lower))*[ -]"
    r"(?:zones?|fields?|thirds?|lungs?|chest|hemithorax|regions?|areas?)"
)
# Vessels of the upper lobes widen when the heart fails, wherever the oedema lies.
_LOBES: Final = (
    r"(?:[ -](?:right|left|and|or|middle|lower|upper))*[ -]lobes?"
    r"(?! (?:vessel|vein|veno|divers|blood))"
)
_UPPER: Final = re.compile(
    rf"\bupper{_NOUN}\b|"
    r"\b(?<!cardiac )(?<!heart's )(?:apex|apices)(?! of the (?:heart|nodule|curve))|"
    r"\b(?:lung )?apical\b|\b(?:infra|supra)clavicular\b|\bthoracic inlet\b|"
    r"\b(?:above|below|behind|beneath|under|over|beside) the (?:right |left )?clavicle\b",
    re.IGNORECASE,
)
_UPPER_LOBE: Final = re.compile(rf"\bupper{_LOBES}|\b(?:RUL|LUL)\b", re.IGNORECASE)
_MID: Final = re.compile(
    rf"\bmid(?:dle)?{_NOUN}\b|\bperihilar\b|\bmid(?:dle)?[ -]lobe\b|\blingula\w*|\bRML\b",
    re.IGNORECASE,
)
_LOWER: Final = re.compile(
    rf"\blower{_NOUN}\b|\b(?:lung |right |left )bases?\b|\bbases? of the (?:\w+ )?lungs?\b|"
    r"\b(?:at|in) (?:the|both) bases?\b(?! of)|\b(?:bi)?(?:basal|basilar)\b|"
    r"\bcostophrenic\b|\bsupradiaphragmatic\b|"
    r"\b(?:(?:just|immediately|directly) above|over(?:lying)?|behind|on) the "
    r"(?:right |left |dome of the )?(?:hemi)?diaphragm\b",
    re.IGNORECASE,
)
_LOWER_LOBE: Final = re.compile(rf"\blower{_LOBES}|\b(?:RLL|LLL)\b", re.IGNORECASE)

_SAID: Final = (
    (_UPPER, frozenset({Zone.UPPER})),
    # A lobe is no third of the film: upper and lower ones meet behind the hilum.
    (_UPPER_LOBE, frozenset({Zone.UPPER, Zone.MID})),
    (_MID, frozenset(Zone)),
    (_LOWER_LOBE, frozenset({Zone.MID, Zone.LOWER})),
    (_LOWER, frozenset({Zone.LOWER})),
)


def sides_in(text: str) -> frozenset[RegionSide]:
    if _BOTH.search(text):
        return EITHER
    left = {RegionSide.LEFT} if _LEFT.search(text) else set()
    right = {RegionSide.RIGHT} if _RIGHT.search(text) else set()
    return frozenset(left | right)


def sides_beside(text: str) -> frozenset[RegionSide]:
    """The sides of the landmarks that words place something beside."""
    left = {RegionSide.LEFT} if _BY_LEFT.search(text) else set()
    right = {RegionSide.RIGHT} if _BY_RIGHT.search(text) else set()
    return frozenset(left | right)


def zones_in(text: str) -> frozenset[Zone]:
    """The zones that words may mean, all that they name together; empty where they name none."""
    return frozenset(zone for words, zones in _SAID if words.search(text) for zone in zones)


def zones_near(zones: Iterable[Zone]) -> frozenset[Zone]:
    """The zones that may be said of what lies in ``zones``: the mid zone ends at no line."""
    found = frozenset(zones)
    return frozenset(Zone) if Zone.MID in found else found
