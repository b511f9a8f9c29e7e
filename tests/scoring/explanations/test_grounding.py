"""When model and expert disagree, the expert is shown and the model is not."""

from typing import Any

import pytest

from scoring.explanations import Dropped, DropReason
from scoring.explanations.grounding import ground
from tests.scoring.explanations.asking import LEFT_BASE, RIGHT_BASE, false_mark, request

NODULE = {"finding": "nodule-mass", "finding_name": "Nodule or mass"}
EFFUSION = {"finding": "pleural-effusion", "finding_name": "Pleural effusion", "regions": ()}
BIG_HEART = {"finding": "cardiomegaly", "finding_name": "Cardiomegaly", "regions": ()}

AGREES: list[tuple[str, dict[str, Any]]] = [
    ("The white area in the right lower zone hides the vessels.", {}),
    ("Consolidation in the right lower lobe takes the diaphragm away.", {}),
    ("The white area hides the vessels. Look for the dark bronchi inside it.", {}),
    ("The left lung is clear. The right base has turned white and hides its vessels.", {}),
    ("Compare with the left side: the right base is whiter.", {}),
    ("Compare it with the left side, where the vessels can be followed.", {}),
    ("The consolidation lies in the right base, with no pleural effusion beside it.", {}),
    ("No consolidation is seen on the left, but the right base shows consolidation.", {}),
    ("Consolidation is seen right above the diaphragm in the patient's lower lung.", {}),
    ("Bilateral consolidation is seen at the bases of the lungs.", {}),
    ("The heart is normal in size. The right base shows consolidation.", {}),
    ("Consolidation is seen at the left base.", {"regions": (LEFT_BASE,)}),
    ("Consolidation is seen at the left base.", {"regions": (RIGHT_BASE, LEFT_BASE)}),
    ("Consolidation is seen at the left base.", {"view": "LATERAL"}),
    ("Consolidation is seen at the left base.", {"sentence": "Left basal consolidation."}),
    ("Fluid fills the left costophrenic angle in a curve.", EFFUSION),
    ("A left effusion climbs along the wall.", {**EFFUSION, "sentence": "Left pleural effusion."}),
    ("The heart is wider than half of the chest.", BIG_HEART),
    ("The lungs are clear. The heart is enlarged beyond half of the chest.", BIG_HEART),
]


@pytest.mark.parametrize(("answer", "changes"), AGREES)
def test_what_agrees_with_the_experts_is_shown(answer: str, changes: dict[str, Any]) -> None:
    assert ground(request(**changes), answer) == answer


DENIES: list[tuple[str, dict[str, Any]]] = [
    ("No consolidation is seen in the right lower zone.", {}),
    ("There is no evidence of consolidation on this film.", {}),
    ("The consolidation is not visible on this film.", {}),
    ("No opacity is seen in the right lung at all.", {}),
    ("There is no pneumothorax, the lung reaches the wall.", {"finding": "pneumothorax"}),
]


@pytest.mark.parametrize(("answer", "changes"), DENIES)
def test_what_denies_the_experts_finding_is_dropped(answer: str, changes: dict[str, Any]) -> None:
    dropped = ground(request(**changes), answer)
    assert dropped == Dropped("r1", DropReason.CONTRADICTS_FINDING, answer)


NORMAL: list[tuple[str, dict[str, Any]]] = [
    ("The lungs are clear and the vessels can be followed.", {}),
    ("The right lung is clear, with the vessels well seen.", {}),
    ("This is a normal chest film in every respect.", {}),
    ("No acute abnormality is to be seen on this film.", {}),
    ("The heart is normal in size for this view.", BIG_HEART),
    ("No abnormality is visible in the right lower zone.", {}),
    ("No abnormality is visible there. The lung markings run normally through it.", {}),
    ("The lung markings run normally through the right lower zone.", {}),
    ("Nothing is to be seen in the right lower zone.", {}),
    ("The area looks entirely normal on this film.", {}),
    ("The right lower zone is unremarkable on this film.", {}),
    ("There is no pathology in the right lung.", {}),
    ("This is an unremarkable film. Look at the ribs.", {}),
]


@pytest.mark.parametrize(("answer", "changes"), NORMAL)
def test_what_calls_the_place_normal_is_dropped(answer: str, changes: dict[str, Any]) -> None:
    dropped = ground(request(**changes), answer)
    assert dropped == Dropped("r1", DropReason.SAYS_NORMAL, answer)


DOUBTS: list[tuple[str, dict[str, Any]]] = [
    ("The finding described is questionable and may not be real.", {}),
    ("The consolidation is doubtful here. The vessels are hard to follow.", {}),
    ("There may be consolidation in the right lower zone.", {}),
    ("A possible consolidation is seen at the right base.", {}),
    ("This is probably a consolidation of the right base.", {}),
    ("The consolidation is not certain at the right base.", {}),
    ("It is unclear whether there is a consolidation at the right base.", {}),
    ("The white area could be an artefact at the right base.", {}),
    ("The breast shadow is what can be mistaken for a consolidation here.", {}),
    ("The overlap of the ribs mimics a consolidation at the right base.", {}),
    ("The consolidation, if real, lies at the right base.", {}),
]


@pytest.mark.parametrize(("answer", "changes"), DOUBTS)
def test_what_doubts_the_experts_finding_is_dropped(answer: str, changes: dict[str, Any]) -> None:
    dropped = ground(request(**changes), answer)
    assert dropped == Dropped("r1", DropReason.DOUBTS_FINDING, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "You can see the consolidation at the right base.",
        "The vessels vanish at the right base, which suggests consolidation.",
        "Do not mistake the consolidation for a breast shadow.",
        "There is no doubt about the consolidation at the right base.",
        "The consolidation hides the vessels. No other abnormality is seen on the right.",
        "The consolidation hides the vessels. No bony abnormality lies over it.",
        "The right base is white. The left lung is normal and no abnormality is seen on the left.",
        "The diaphragm is normally sharp, and here consolidation hides it.",
    ],
)
def test_what_sounds_like_doubt_and_is_none_is_shown(answer: str) -> None:
    assert ground(request(), answer) == answer


def test_a_model_may_be_as_unsure_as_the_expert() -> None:
    answer = "There may be consolidation in the right lower zone."
    assert ground(request(sentence="Possible consolidation at the right base."), answer) == answer


OTHER_SIDE: list[tuple[str, dict[str, Any]]] = [
    ("Consolidation is seen at the left base.", {}),
    ("The white area at the left base hides the diaphragm.", {}),
    ("Look along the left border, where the white area begins.", {}),
    ("Consolidation is seen in the right lower lobe.", {"regions": (LEFT_BASE,)}),
    ("A right effusion fills the angle.", {**EFFUSION, "sentence": "Left pleural effusion."}),
]


@pytest.mark.parametrize(("answer", "changes"), OTHER_SIDE)
def test_what_lies_only_on_the_other_side_is_dropped(answer: str, changes: dict[str, Any]) -> None:
    dropped = ground(request(**changes), answer)
    assert dropped == Dropped("r1", DropReason.CONTRADICTS_SIDE, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "The round density is a vessel seen end-on and can be mistaken for a nodule.",
        "The nipple shadow mimics a nodule here; its twin on the other side tells them apart.",
        "This is a vessel and not a nodule, since it branches.",
        "A true nodule would keep its shape on the other view.",
        "Unlike a nodule, this shadow continues into a rib.",
        "The end of the first rib looks like a nodule at this place.",
        "The density is the nipple, a soft shadow with a partner at the same height.",
        "No nodule is seen here; the ribs cross and add up to a white spot.",
    ],
)
def test_a_mimic_of_what_was_marked_is_explained(answer: str) -> None:
    assert ground(false_mark(**NODULE), answer) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "There is a nodule in the right lower zone.",
        "A round nodule without calcification is seen at the base of the lung.",
        "This density probably is a lung nodule of a few millimetres.",
        "The ribs cross here. Beside them lies a small nodule with a sharp edge.",
    ],
)
def test_what_says_that_a_false_mark_is_right_is_dropped(answer: str) -> None:
    dropped = ground(false_mark(**NODULE), answer)
    assert dropped == Dropped("f1", DropReason.CONTRADICTS_FINDING, answer)


def test_a_mimic_on_the_other_side_is_dropped() -> None:
    answer = "The end of the left first rib is calcified and casts a white spot."
    dropped = ground(false_mark(**NODULE), answer)
    assert dropped == Dropped("f1", DropReason.CONTRADICTS_SIDE, answer)
    assert ground(false_mark(**NODULE, regions=(LEFT_BASE,)), answer) == answer


def test_what_cannot_be_shown_at_all_is_dropped_with_what_was_said() -> None:
    assert ground(request(), "<b></b>") == Dropped("r1", DropReason.GARBAGE, "<b></b>")
    assert ground(request(), "") == Dropped("r1", DropReason.EMPTY, "")


def test_only_what_would_be_shown_is_read() -> None:
    answer = (
        "The right base is white and hides the vessels. The dome of the diaphragm is lost. "
        "No consolidation is seen on the left."
    )
    assert ground(request(), answer) == (
        "The right base is white and hides the vessels. The dome of the diaphragm is lost."
    )
