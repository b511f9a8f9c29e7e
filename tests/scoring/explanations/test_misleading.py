"""What would mislead a learner: each answer disagrees with the experts, and has its reason."""

import pytest

from scoring.explanations import Dropped, DropReason
from scoring.explanations.grounding import ground
from scoring.localization import Box
from tests.scoring.explanations.asking import LEFT_BASE, RIGHT_BASE, false_mark, request
from tests.scoring.explanations.test_teaching import (
    HEART,
    LEFT_MID,
    LEFT_TOP,
    NAMES,
    RIGHT_MID,
    RIGHT_TOP,
)

Misleading = tuple[str, Box, DropReason, str]

MISSED: list[Misleading] = [
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.SAYS_NORMAL,
        "No abnormality is visible in the right upper zone. "
        "The lung markings run normally through it.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.DOUBTS_FINDING,
        "The finding described is questionable and may not be real. A nodule is doubtful here.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "A large right pneumothorax is seen at the apex. Lung markings are absent beyond its edge.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "There is a right pleural effusion. It blunts the costophrenic angle.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_SIDE,
        "A rounded opacity is seen in the lingula. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_ZONE,
        "A nodule is seen in the right lower zone. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.SAYS_NORMAL,
        "The right upper zone shows no abnormality. The vessels taper as they should.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.SAYS_NORMAL,
        "I can see nothing suspicious at this location. The ribs overlap there.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.SAYS_NORMAL,
        "The lung is normally aerated in the right upper zone. The vessels are regular.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.DOUBTS_FINDING,
        "The nodule is hardly convincing. It may just be a vessel.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_FINDING,
        "The density here is a normal vessel, not a nodule.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.DOUBTS_FINDING,
        "This is most likely the end of the first rib. A nodule cannot be excluded.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "The heart is enlarged. Its left border reaches the chest wall.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "Pulmonary oedema blurs the vessels of the right upper zone. There are Kerley lines.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "The trachea is deviated to the right at the upper zone. The nodule lies beside it.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_ZONE,
        "A nodule lies in the lung base next to the diaphragm. It is round.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_SIDE,
        "A nodule is seen in the left upper lobe. It is sharply outlined.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "There is subcutaneous emphysema in the right chest wall. Dark streaks outline the muscle.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "There is dense consolidation with air bronchograms in the right upper lobe.",
    ),
    (
        "pleural-effusion",
        LEFT_BASE,
        DropReason.SAYS_NORMAL,
        "The left costophrenic angle is sharp and clear. The diaphragm is well seen.",
    ),
    (
        "pleural-effusion",
        LEFT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "The costophrenic angle on the right is blunted. There is a meniscus.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.SAYS_NORMAL,
        "The lung is fully expanded on both sides. The markings reach the chest wall.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.DOUBTS_FINDING,
        "The line at the left apex is a skin fold. It runs beyond the chest wall.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.OTHER_FINDING,
        "The left lung is opacified and shifted. A large effusion fills the base.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.SAYS_NORMAL,
        "The right base is well aerated with normal vessels. The diaphragm is crisp.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.DOUBTS_FINDING,
        "There is a suspected consolidation at the right base. Its outline is soft.",
    ),
    (
        "consolidation",
        LEFT_MID,
        DropReason.CONTRADICTS_SIDE,
        "The right middle lobe is white and blurs the heart border. Bronchi run through it.",
    ),
    (
        "cardiomegaly",
        HEART,
        DropReason.SAYS_NORMAL,
        "The heart size is within normal limits. Its width is less than half of the chest.",
    ),
    (
        "cardiomegaly",
        HEART,
        DropReason.DOUBTS_FINDING,
        "The heart looks a little wide, but this may be due to the AP view. It is borderline.",
    ),
    (
        "fracture",
        RIGHT_MID,
        DropReason.SAYS_NORMAL,
        "The ribs are intact. Their cortex can be followed without a step.",
    ),
]
FALSE: list[Misleading] = [
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "There is a right pneumothorax with a visible pleural line. "
        "It can be mistaken for a nodule.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "A small pleural effusion in the fissure mimics a nodule.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "This is a rib fracture with callus, easily taken for a nodule.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.CONTRADICTS_FINDING,
        "The lung has separated from the chest wall. The line is a true pleural line.",
    ),
    (
        "consolidation",
        LEFT_BASE,
        DropReason.OTHER_FINDING,
        "The nodule behind the heart can be mistaken for consolidation.",
    ),
]


@pytest.mark.parametrize(("finding", "region", "reason", "answer"), MISSED)
def test_what_misleads_about_a_missed_finding_is_dropped(
    finding: str, region: Box, reason: DropReason, answer: str
) -> None:
    asked = request(finding=finding, finding_name=NAMES[finding], regions=(region,))
    assert ground(asked, answer) == Dropped("r1", reason, answer)


@pytest.mark.parametrize(("finding", "region", "reason", "answer"), FALSE)
def test_what_misleads_about_a_false_mark_is_dropped(
    finding: str, region: Box, reason: DropReason, answer: str
) -> None:
    asked = false_mark(finding=finding, finding_name=NAMES[finding], regions=(region,))
    assert ground(asked, answer) == Dropped("f1", reason, answer)
