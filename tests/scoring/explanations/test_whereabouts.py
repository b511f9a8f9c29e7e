"""Lobes tell a side, and words of height are held against the region's."""

from typing import Any

import pytest

from scoring.explanations import Dropped, DropReason
from scoring.explanations.grounding import ground
from scoring.explanations.places import RegionSide, Zone
from scoring.explanations.whereabouts import sides_in, zones_in, zones_near
from scoring.localization import Box
from tests.scoring.explanations.asking import LEFT_BASE, RIGHT_BASE, false_mark, request

TOP = Box(200, 150, 300, 250)
MIDDLE = Box(200, 550, 300, 650)
TOP_AND_MIDDLE = Box(200, 300, 300, 500)
LEFT, RIGHT = frozenset({RegionSide.LEFT}), frozenset({RegionSide.RIGHT})


def nodule(*regions: Box, **changes: Any) -> dict[str, Any]:
    return {
        "finding": "nodule-mass",
        "finding_name": "Nodule or mass",
        "regions": regions,
    } | changes


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("in the lingula", LEFT),
        ("the lingular segment", LEFT),
        ("an LUL nodule", LEFT),
        ("of the LLL", LEFT),
        ("the middle lobe", RIGHT),
        ("RML and RUL", RIGHT),
        ("the RLL and the lingula", LEFT | RIGHT),
        ("the upper lobe", frozenset()),
        ("meets the chest wall at a right angle", frozenset()),
    ],
)
def test_lobes_tell_a_side(text: str, sides: frozenset[RegionSide]) -> None:
    assert sides_in(text) == sides


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("in the right upper zone", {Zone.UPPER}),
        ("upper and mid zones", set(Zone)),
        ("at the apex of the lung", {Zone.UPPER}),
        ("the cardiac apex", set()),
        ("the apex of the heart", set()),
        ("the RUL", {Zone.UPPER, Zone.MID}),
        ("upper lobe veins", set()),
        ("the right lower lobe", {Zone.MID, Zone.LOWER}),
        ("at the right base", {Zone.LOWER}),
        ("the base of the neck", set()),
        ("the costophrenic angle", {Zone.LOWER}),
        ("its upper edge", set()),
        ("the middle lobe", set(Zone)),
    ],
)
def test_words_tell_heights(text: str, zones: set[Zone]) -> None:
    assert zones_in(text) == zones


def test_the_mid_zone_has_no_border() -> None:
    assert zones_near([Zone.UPPER]) == {Zone.UPPER}
    assert zones_near([Zone.UPPER, Zone.MID]) == set(Zone)
    assert zones_near([]) == set()


@pytest.mark.parametrize(
    ("answer", "changes", "reason"),
    [
        ("A rounded opacity is seen in the lingula.", nodule(TOP), DropReason.CONTRADICTS_SIDE),
        ("An LUL nodule is seen with a sharp edge.", nodule(TOP), DropReason.CONTRADICTS_SIDE),
        (
            "A nodule is seen in the middle lobe.",
            nodule(LEFT_BASE),
            DropReason.CONTRADICTS_SIDE,
        ),
        (
            "A nodule is seen in the right lower zone.",
            nodule(TOP),
            DropReason.CONTRADICTS_ZONE,
        ),
        ("A nodule is seen at the right base.", nodule(TOP), DropReason.CONTRADICTS_ZONE),
        ("The RLL holds a nodule of soft tissue.", nodule(TOP), DropReason.CONTRADICTS_ZONE),
        ("A nodule is seen at the right apex.", nodule(RIGHT_BASE), DropReason.CONTRADICTS_ZONE),
        (
            "The nodule lies in the right upper lobe.",
            nodule(RIGHT_BASE),
            DropReason.CONTRADICTS_ZONE,
        ),
    ],
)
def test_what_lies_elsewhere_is_dropped(
    answer: str, changes: dict[str, Any], reason: DropReason
) -> None:
    assert ground(request(**changes), answer) == Dropped("r1", reason, answer)


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        ("A nodule is seen in the right upper zone.", nodule(TOP)),
        ("A nodule is seen in the right mid zone.", nodule(TOP)),
        ("A nodule is seen in the right mid zone.", nodule(RIGHT_BASE)),
        ("A nodule is seen in the right upper zone.", nodule(MIDDLE)),
        ("A nodule is seen in the right lower lobe.", nodule(MIDDLE)),
        ("A nodule is seen in the right upper lobe.", nodule(TOP_AND_MIDDLE)),
        ("A nodule is seen in the right lower zone.", nodule(TOP_AND_MIDDLE)),
        ("A nodule is seen in the right lower zone.", nodule(TOP, RIGHT_BASE)),
        ("A nodule is seen in the lower zone.", nodule(TOP, sentence="Nodule at the right base.")),
        (
            "The nodule in the right upper zone is round. No effusion is seen at the base.",
            nodule(TOP),
        ),
        ("The nodule is round. Compare it with the vessels of the lower zones.", nodule(TOP)),
        ("A nodule is seen in the right lower zone.", nodule()),
    ],
)
def test_a_height_has_a_margin(answer: str, changes: dict[str, Any]) -> None:
    assert ground(request(**changes), answer) == answer


def test_a_mimic_at_another_height_is_dropped() -> None:
    answer = "The nipple at the right base can be mistaken for a nodule."
    dropped = ground(false_mark(**nodule(TOP)), answer)
    assert dropped == Dropped("f1", DropReason.CONTRADICTS_ZONE, answer)
    assert ground(false_mark(**nodule(RIGHT_BASE)), answer) == answer
