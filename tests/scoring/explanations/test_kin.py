"""What no expert saw on a film is not shown to a learner as if it were there."""

from typing import Any

import pytest

from scoring.explanations import Dropped, DropReason
from scoring.explanations.grounding import ground
from scoring.explanations.kin import _BENIGN_MIMICS, _HARMLESS, _KIN
from scoring.localization import Box
from scoring.reports.reader import CONCEPTS
from tests.scoring.explanations.asking import false_mark, request

NODULE: dict[str, Any] = {
    "finding": "nodule-mass",
    "finding_name": "Nodule or mass",
    "regions": (Box(200, 180, 280, 260),),
}
PNEUMOTHORAX = "A large right pneumothorax is seen at the apex. No lung markings lie beyond it."
EFFUSION = "There is a right pleural effusion. It blunts the angle and climbs along the wall."


@pytest.mark.parametrize(
    "answer",
    [
        PNEUMOTHORAX,
        EFFUSION,
        "The nodule lies beside a small pneumothorax in the right upper zone.",
        "A fracture of the right third rib is seen, with a step in its cortex.",
        "Unlike a nodule, a pneumothorax is seen at the right apex.",
        "Free air is seen under the right diaphragm as a dark crescent.",
        "There is mediastinal shift to the left, away from the mass.",
    ],
)
def test_what_no_expert_saw_is_dropped(answer: str) -> None:
    dropped = ground(request(**NODULE), answer)
    assert dropped == Dropped("r1", DropReason.OTHER_FINDING, answer)


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        (PNEUMOTHORAX, {"sentence": "Nodule, and a pneumothorax, in the right upper zone."}),
        (PNEUMOTHORAX, {"present": ("Pneumothorax",)}),
        (PNEUMOTHORAX, {"present": ("pneumothorax",)}),
        ("The calcified nodule in the right upper zone is denser than a vessel.", {}),
        ("A rounded opacity lies in the right upper zone. It has no branches.", {}),
        ("Do not mistake the nodule for a pneumothorax or a fracture.", {}),
        ("A round nodule is seen. An effusion would rise along the wall instead.", {}),
        ("The nodule lies in front of a line of the ribs, with no effusion below.", {}),
    ],
)
def test_what_the_experts_said_and_its_kin_are_shown(answer: str, changes: dict[str, Any]) -> None:
    assert ground(request(**NODULE | changes), answer) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "There is a right pneumothorax with a visible pleural line. It can be mistaken for a "
        "nodule.",
        "Here the right pneumothorax can be mistaken for a nodule, as its edge crosses a rib.",
        "It may be mistaken for a nodule, but a small pneumothorax is seen.",
        "The mediastinum is shifted, and its edge mimics a nodule.",
        "This is consolidation, which can look like a nodule.",
    ],
)
def test_a_mimic_that_is_a_finding_of_its_own_is_dropped(answer: str) -> None:
    dropped = ground(false_mark(**NODULE), answer)
    assert dropped == Dropped("f1", DropReason.OTHER_FINDING, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "A vessel seen end-on makes the round spot, which can be mistaken for a nodule.",
        "The ribs cross here and their overlap mimics a nodule.",
        "The nipple casts this shadow, and its twin lies on the other side.",
        "A fold of skin makes this edge, which runs on beyond the chest wall.",
        "The border of the scapula crosses the lung here and looks like a nodule.",
        "Plate atelectasis makes a short line here, which can look like a nodule.",
        "Calcified costal cartilage makes this white spot at the end of the rib.",
        "A lead on the skin makes this spot, which can be mistaken for a nodule.",
    ],
)
def test_a_benign_mimic_is_shown(answer: str) -> None:
    assert ground(false_mark(**NODULE), answer) == answer


def test_a_false_mark_may_be_explained_by_what_is_there() -> None:
    answer = "The edge of the pneumothorax crosses a rib here, which can be mistaken for a nodule."
    assert ground(false_mark(**NODULE, present=("Pneumothorax",)), answer) == answer


def test_the_tables_name_what_the_reader_knows() -> None:
    known = set(CONCEPTS) | {concept.taxonomy for concept in CONCEPTS.values()}
    assert set(_KIN) <= known
    assert frozenset().union(_BENIGN_MIMICS, _HARMLESS, *_KIN.values()) <= known
