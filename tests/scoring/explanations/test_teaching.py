"""What the rules cost: sentences that a good teacher would write, none of which is to be lost.

`docs/explanations.md` tells how many of them were dropped before the rules had seen them.
"""

import pytest

from scoring.explanations.grounding import ground
from scoring.localization import Box
from tests.scoring.explanations.asking import LEFT_BASE, RIGHT_BASE, false_mark, request

RIGHT_TOP = Box(200, 150, 320, 270)
LEFT_TOP = Box(680, 150, 800, 270)
RIGHT_MID = Box(180, 550, 300, 650)
LEFT_MID = Box(700, 550, 820, 650)
RIGHT_SIDE = Box(100, 150, 400, 1000)
HEART = Box(350, 550, 750, 950)
HILA = Box(380, 450, 460, 620)
NAMES = {
    "aortic-enlargement": "Aortic enlargement",
    "atelectasis-fibrotic-band": "Atelectasis or fibrotic band",
    "calcification": "Calcification",
    "cardiomegaly": "Cardiomegaly",
    "catheter": "Catheter",
    "consolidation": "Consolidation",
    "emphysema": "Emphysema",
    "fracture": "Fracture",
    "hilar-enlargement": "Hilar enlargement",
    "interstitial-pattern": "Interstitial pattern",
    "lung-cavity": "Lung cavity",
    "lung-opacity": "Lung opacity",
    "nodule-mass": "Nodule or mass",
    "pleural-effusion": "Pleural effusion",
    "pleural-thickening": "Pleural thickening",
    "pneumothorax": "Pneumothorax",
    "pulmonary-fibrosis": "Pulmonary fibrosis",
    "pulmonary-oedema": "Pulmonary oedema",
    "scoliosis": "Scoliosis",
    "tube": "Tube",
}

Good = tuple[str, tuple[Box, ...], str]

MISSED: list[Good] = [
    (
        "nodule-mass",
        (RIGHT_TOP,),
        "A small round nodule lies in the right upper zone, between the first and second "
        "ribs. "
        "Its edge is sharp and no vessel leads into it.",
    ),
    (
        "nodule-mass",
        (RIGHT_TOP,),
        "There is a rounded opacity in the right upper lobe, partly hidden by the clavicle. "
        "Compare with the clear left side at the same height.",
    ),
    (
        "nodule-mass",
        (LEFT_TOP,),
        "A spiculated mass sits at the left apex behind the first rib. "
        "Do not mistake it for a rib: the edge of the rib runs on, and the mass does not "
        "follow it.",
    ),
    (
        "nodule-mass",
        (LEFT_MID,),
        "A white spot of about the size of a coin lies in the left mid zone, beside the "
        "hilum. "
        "Unlike a vessel seen end-on, it has no partner bronchus and is larger than the "
        "vessels around it.",
    ),
    (
        "nodule-mass",
        (LEFT_BASE,),
        "A nodule lies behind the heart in the left lower zone. "
        "Look through the heart shadow: the density there should be even, and here a round "
        "spot stands out.",
    ),
    (
        "nodule-mass",
        (RIGHT_MID,),
        "The nodule in the right mid zone is dense and calcified, whiter than the ribs that "
        "cross it. "
        "Its outline stays round where the vessels branch.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE,),
        "The right costophrenic angle is blunted by fluid, which climbs along the wall in a "
        "meniscus. "
        "The normally sharp angle can still be seen on the left.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "A pleural effusion fills the left base and hides the dome of the diaphragm. "
        "Its upper edge is a curve that rises towards the chest wall.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE, LEFT_BASE),
        "Both costophrenic angles are blunted, more on the right. "
        "The fluid forms a shallow curve against the wall on either side.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "Look at the left costophrenic angle: it is no longer sharp. "
        "The blunted angle suggests a small amount of pleural fluid, unlike the crisp angle "
        "on the right.",
    ),
    (
        "pleural-effusion",
        (RIGHT_SIDE,),
        "A hazy veil lies over the whole right lung, through which the vessels can still be "
        "seen. "
        "On a supine film this is how fluid that has spread behind the lung looks.",
    ),
    (
        "pneumothorax",
        (RIGHT_TOP,),
        "A thin white pleural line runs parallel to the chest wall at the right apex. "
        "Lung markings are absent beyond it.",
    ),
    (
        "pneumothorax",
        (LEFT_TOP,),
        "There is a left apical pneumothorax with a visible pleural line. "
        "No lung markings are seen outside the line, whereas on the right they reach the "
        "chest wall.",
    ),
    (
        "pneumothorax",
        (RIGHT_SIDE,),
        "The edge of the collapsed right lung is seen as a fine line away from the ribs. "
        "The space beside it is black and holds no vessels.",
    ),
    (
        "pneumothorax",
        (LEFT_TOP,),
        "The pleural line at the left apex follows the curve of the chest wall. "
        "A skin fold would run on beyond the chest, and vessels would cross it.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "The heart is enlarged, with a cardiothoracic ratio above one half. "
        "Measure its widest width against the inner width of the chest.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "The heart is wider than half of the chest. "
        "Its left border reaches far towards the chest wall, and the lungs are clear.",
    ),
    (
        "cardiomegaly",
        (),
        "The cardiac silhouette is enlarged and its apex points down and to the left. "
        "The ratio of heart to chest is more than 50 %.",
    ),
    (
        "consolidation",
        (RIGHT_BASE,),
        "The right lower zone is white and hides its vessels. "
        "Dark air bronchograms branch inside it.",
    ),
    (
        "consolidation",
        (LEFT_BASE,),
        "Consolidation in the left lower lobe hides the dome of the diaphragm. "
        "Dark lines of air-filled bronchi can be followed through it.",
    ),
    (
        "consolidation",
        (LEFT_MID,),
        "The left heart border is not clearly seen, because the lingula is consolidated. "
        "Compare with the right side, where the heart border is sharp.",
    ),
    (
        "consolidation",
        (RIGHT_MID,),
        "Consolidation lies in the middle lobe and blurs the right heart border. "
        "Above, it ends sharply at the minor fissure.",
    ),
    (
        "consolidation",
        (RIGHT_TOP,),
        "The right upper lobe has turned white down to the minor fissure. "
        "The vessels that are easy to follow on the left cannot be traced here.",
    ),
    (
        "lung-opacity",
        (LEFT_MID,),
        "A hazy opacity covers the left mid zone and makes the vessels hard to follow. "
        "At the same level on the right they are crisp.",
    ),
    (
        "lung-opacity",
        (RIGHT_BASE,),
        "The right base is whiter than the left. "
        "The opacity has a soft edge and fades towards the hilum.",
    ),
    (
        "atelectasis-fibrotic-band",
        (LEFT_BASE,),
        "A thin horizontal band crosses the left lower zone just above the diaphragm. "
        "It is plate atelectasis: straight, and unlike a vessel it does not taper.",
    ),
    (
        "atelectasis-fibrotic-band",
        (RIGHT_BASE,),
        "The right hemidiaphragm is raised and a dense wedge lies above it. "
        "The crowded vessels show that the lung has lost volume.",
    ),
    (
        "interstitial-pattern",
        (LEFT_BASE, RIGHT_BASE),
        "A net of fine lines lies over both lung bases and blurs the vessels. "
        "It is densest at the periphery, near the costophrenic angles.",
    ),
    (
        "fracture",
        (RIGHT_MID,),
        "The right sixth rib has a step in its cortex at the side. "
        "Follow its lower edge from the back to the front and the line breaks.",
    ),
    (
        "pulmonary-oedema",
        (HILA,),
        "The vessels have lost their sharp edges around both hila, and short septal lines "
        "reach the pleura. "
        "A haze spreads from the hila outwards like the wings of a bat.",
    ),
    (
        "hilar-enlargement",
        (HILA,),
        "The right hilum is larger and denser than the left. "
        "Its outer edge is lobulated, where a normal one has a dip.",
    ),
    (
        "emphysema",
        (RIGHT_TOP, LEFT_TOP),
        "Both upper zones are darker than the rest of the lungs because the vessels are thin "
        "and few. "
        "The diaphragm is flat and the lungs are long.",
    ),
    (
        "pleural-thickening",
        (LEFT_TOP,),
        "A cap of soft tissue lies over the left apex, inside the ribs. "
        "Its lower edge is smooth and there is no fluid level.",
    ),
    (
        "calcification",
        (LEFT_MID,),
        "A spot as white as bone lies in the left mid zone. "
        "Its sharp edge and density tell it from a soft nodule.",
    ),
    (
        "aortic-enlargement",
        (Box(480, 300, 620, 480),),
        "The aortic knob is wide and bulges to the left. "
        "The border of the descending aorta can be followed as a line behind the heart.",
    ),
    (
        "lung-cavity",
        (RIGHT_TOP,),
        "A ring with a thick wall lies in the right upper zone, dark at its centre. "
        "The wall is uneven, which tells the cavity from a thin-walled cyst.",
    ),
    (
        "pulmonary-fibrosis",
        (LEFT_BASE, RIGHT_BASE),
        "Coarse lines and small rings distort both bases. "
        "The lungs have lost volume and the heart border looks shaggy.",
    ),
    (
        "scoliosis",
        (Box(450, 200, 560, 1000),),
        "The row of vertebrae bends to the right in the middle of the chest. "
        "The ribs crowd on the inside of the bend.",
    ),
    (
        "tube",
        (Box(470, 50, 520, 400),),
        "An endotracheal tube runs down the trachea in the midline. "
        "Its bright marker line ends above the carina.",
    ),
    (
        "catheter",
        (Box(250, 150, 480, 500),),
        "A thin curving line enters below the right clavicle and follows the vein towards the"
        " heart. "
        "Its even width tells it from a vessel.",
    ),
    (
        "nodule-mass",
        (LEFT_BASE,),
        "In the left lower zone a soft round density overlies the front end of a rib. "
        "It is seen because its edge crosses the edges of the rib.",
    ),
    (
        "nodule-mass",
        (RIGHT_TOP,),
        "A large mass fills the right upper zone and reaches the chest wall. "
        "Its border bulges into the lung and is well defined.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE,),
        "Fluid has collected at the right base and the costophrenic angle is lost. "
        "Note the meniscus, higher at the side than in the middle.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "The left hemidiaphragm cannot be seen because fluid lies on it. "
        "On the right it is a sharp dome.",
    ),
    (
        "pneumothorax",
        (LEFT_TOP,),
        "Beyond a hairline edge at the left apex the chest is empty of vessels. "
        "Follow the edge down along the ribs and compare the blackness with the other side.",
    ),
    (
        "pneumothorax",
        (Box(600, 150, 900, 1000),),
        "The left lung has come away from the chest wall. "
        "Its edge is a fine white line and no markings reach the ribs.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "The heart takes up well over half the width of the chest. "
        "On a PA film the ratio should be below 0.5.",
    ),
    (
        "consolidation",
        (RIGHT_BASE,),
        "There is patchy airspace opacity in the right lower lobe. "
        "The diaphragm's outline is lost where it touches the white lung, the silhouette "
        "sign.",
    ),
    (
        "consolidation",
        (LEFT_TOP,),
        "The left upper lobe is opaque with bronchi standing out as dark branches. "
        "It is not a mass, since air still runs through it.",
    ),
    (
        "consolidation",
        (RIGHT_MID,),
        "A wedge of white lung abuts the minor fissure on the right. "
        "Pneumonia of the middle lobe blurs the heart border in this way.",
    ),
    (
        "atelectasis-fibrotic-band",
        (LEFT_BASE,),
        "The left lower lobe has collapsed behind the heart and forms a white triangle. "
        "The vessels of the left hilum are pulled down.",
    ),
    (
        "fracture",
        (LEFT_MID,),
        "There is a break in the left seventh rib with its ends displaced. "
        "The gap is dark and the edges do not meet.",
    ),
    (
        "pulmonary-oedema",
        (LEFT_BASE, RIGHT_BASE),
        "Kerley B lines are seen at both bases as short horizontal lines touching the pleura."
        " "
        "The upper lobe vessels are as wide as the lower ones.",
    ),
    (
        "interstitial-pattern",
        (RIGHT_MID, LEFT_MID),
        "Fine reticular lines spread through both lungs. "
        "They do not hide the vessels but blur their outlines.",
    ),
    (
        "emphysema",
        (RIGHT_TOP, LEFT_TOP),
        "The upper zones are too dark and hold few vessels. The diaphragm is low and flat.",
    ),
    (
        "hilar-enlargement",
        (HILA,),
        "The right hilum is bulky and dense. "
        "Normal hila are concave at the side, and this one bulges.",
    ),
    (
        "calcification",
        (LEFT_TOP,),
        "A dense white fleck lies in the left upper zone. "
        "It is brighter than the rib beside it, so it is calcified.",
    ),
    (
        "tube",
        (Box(470, 50, 520, 800),),
        "The nasogastric tube passes down the middle of the chest and ends below the "
        "diaphragm. "
        "Look for the bright line along its side.",
    ),
    (
        "pleural-thickening",
        (RIGHT_BASE,),
        "The right costophrenic angle is blunt but its edge is straight and fixed. "
        "Fluid would form a meniscus.",
    ),
    (
        "scoliosis",
        (Box(450, 200, 560, 1000),),
        "The thoracic spine is curved to the right. "
        "The clavicles are level, so the patient was not turned.",
    ),
]
FALSE: list[Good] = [
    (
        "nodule-mass",
        (RIGHT_BASE,),
        "The round shadow is the nipple, at the same height as its twin on the left. "
        "A nodule would rarely have a partner.",
    ),
    (
        "nodule-mass",
        (LEFT_TOP,),
        "The end of the left first rib is calcified here and casts a white spot. "
        "It continues into the rib, which a nodule would not do.",
    ),
    (
        "nodule-mass",
        (RIGHT_MID,),
        "A vessel seen end-on makes this dense spot, which can be mistaken for a nodule. "
        "It is no larger than the other vessels near the hilum and a bronchus lies beside it.",
    ),
    (
        "pneumothorax",
        (LEFT_TOP,),
        "The edge of the scapula crosses the lung here and mimics a pleural line. "
        "Lung markings can be followed beyond it to the chest wall.",
    ),
    (
        "pneumothorax",
        (RIGHT_TOP,),
        "This is a skin fold, a broad edge that runs on beyond the chest. "
        "Vessels are seen on both sides of it, which rules out a pneumothorax.",
    ),
    (
        "consolidation",
        (LEFT_BASE,),
        "The breast shadow lies over the left base and makes it look whiter. "
        "The vessels can be followed through it, and no air bronchogram is seen.",
    ),
    (
        "consolidation",
        (RIGHT_BASE,),
        "The muscles and vessels overlap at the right base and add up to a grey area. "
        "Consolidation would hide the vessels.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "Fat beside the heart fills this corner and can be mistaken for fluid. "
        "The costophrenic angle at the side remains sharp.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "The film was taken with little air in the lungs, which makes the heart look large. "
        "Its width would be less than half of the chest in full inspiration.",
    ),
    (
        "fracture",
        (RIGHT_MID,),
        "Two ribs cross here and their edges add up to a step. "
        "Each edge can be followed without a break.",
    ),
    (
        "atelectasis-fibrotic-band",
        (RIGHT_MID,),
        "The minor fissure is seen edge-on as a fine line in the right mid zone. "
        "It is thin and even, whereas a band of atelectasis is thicker.",
    ),
    (
        "hilar-enlargement",
        (HILA,),
        "The patient is turned, which brings the right hilum out from behind the heart. "
        "Its shape is branching and its size is normal.",
    ),
    (
        "nodule-mass",
        (LEFT_BASE,),
        "The nipple makes this round spot at the left base. "
        "Its outer edge is sharp and its inner edge fades, which a nodule does not do.",
    ),
    (
        "pneumothorax",
        (RIGHT_TOP,),
        "The lower edge of the second rib runs here and was taken for a pleural line. "
        "Vessels continue above it.",
    ),
    (
        "consolidation",
        (RIGHT_MID,),
        "The normal vessels of the right hilum cluster here and look dense. "
        "They branch and taper, unlike consolidation.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE,),
        "The angle looks hazy because of the soft tissue of the breast. "
        "The diaphragm can be followed to a sharp angle.",
    ),
    (
        "fracture",
        (RIGHT_MID,),
        "A vessel crosses the rib and gives the impression of a gap. "
        "The cortex is smooth on both sides.",
    ),
]


@pytest.mark.parametrize(("finding", "regions", "answer"), MISSED)
def test_what_a_teacher_says_of_a_missed_finding_is_shown(
    finding: str, regions: tuple[Box, ...], answer: str
) -> None:
    asked = request(finding=finding, finding_name=NAMES[finding], regions=regions)
    assert ground(asked, answer) == answer


@pytest.mark.parametrize(("finding", "regions", "answer"), FALSE)
def test_what_a_teacher_says_of_a_false_mark_is_shown(
    finding: str, regions: tuple[Box, ...], answer: str
) -> None:
    asked = false_mark(finding=finding, finding_name=NAMES[finding], regions=regions)
    assert ground(asked, answer) == answer
