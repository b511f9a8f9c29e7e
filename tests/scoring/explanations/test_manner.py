"""Answers in the manner of a medical model, written after the rules that they were held against.

The good ones are to be shown whole; the bad ones go beside `test_misleading.py`.
`docs/explanations.md` tells how many of either went wrong at first.
"""

import pytest

from scoring.explanations import Dropped, DropReason
from scoring.explanations.grounding import ground
from scoring.localization import Box
from tests.scoring.explanations.asking import LEFT_BASE, RIGHT_BASE, false_mark, request
from tests.scoring.explanations.test_teaching import (
    HEART,
    HILA,
    LEFT_MID,
    LEFT_TOP,
    RIGHT_MID,
    RIGHT_SIDE,
    RIGHT_TOP,
)

LEFT_SIDE = Box(600, 150, 900, 1000)
SPINE = Box(450, 200, 560, 1000)

Good = tuple[str, tuple[Box, ...], str]
Bad = tuple[str, Box, DropReason, str]

MISSED: list[Good] = [
    (
        "nodule-mass",
        (RIGHT_TOP,),
        "There is a small, rounded opacity in the right upper zone, just lateral to the "
        "hilum. Its well-defined margin distinguishes it from the surrounding pulmonary "
        "vessels.",
    ),
    (
        "nodule-mass",
        (LEFT_BASE,),
        "Notice the round density projecting over the left lower lung zone, just above "
        "the hemidiaphragm. Unlike the nipple shadow, it has a complete, sharp border all "
        "the way around.",
    ),
    (
        "nodule-mass",
        (LEFT_MID,),
        "A solitary pulmonary nodule, about 2 cm in diameter, is seen in the left mid "
        "lung. The key sign is a focal rounded opacity that does not follow the branching "
        "pattern of the vessels.",
    ),
    (
        "nodule-mass",
        (RIGHT_MID,),
        "A lobulated mass is visible in the right perihilar region. It obscures the "
        "normal contour of the hilum, the hilum overlay sign.",
    ),
    (
        "nodule-mass",
        (
            RIGHT_TOP,
            LEFT_BASE,
        ),
        "Two nodules are seen, one in the right upper zone and one in the left lower "
        "zone. Each is round and sharply marginated.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE,),
        "There is blunting of the right costophrenic angle, consistent with a small "
        "pleural effusion. The meniscus sign, where fluid climbs along the lateral chest "
        "wall, is the clue to look for.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "The left lower hemithorax shows a homogeneous opacity with a concave upper "
        "border. This meniscus sign and the loss of the left hemidiaphragm are typical of "
        "pleural fluid.",
    ),
    (
        "pleural-effusion",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "Bilateral pleural effusions blunt both costophrenic angles. The effusion is "
        "larger on the left, where the fluid also obscures the hemidiaphragm.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE,),
        "Look at the right costophrenic sulcus, which appears blunted and hazy. Fluid "
        "layering here is the earliest sign of an effusion on an upright film.",
    ),
    (
        "pneumothorax",
        (LEFT_TOP,),
        "A thin visceral pleural line is visible at the left apex, separated from the "
        "chest wall. Beyond this line there is an absence of lung markings.",
    ),
    (
        "pneumothorax",
        (RIGHT_TOP,),
        "There is a small right apical pneumothorax. The key sign is a thin white line "
        "with no vascular markings peripheral to it.",
    ),
    (
        "pneumothorax",
        (RIGHT_BASE,),
        "The right costophrenic sulcus is abnormally deep and lucent, the deep sulcus "
        "sign. On this supine film it is the sign of a pneumothorax.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "The cardiac silhouette is enlarged, occupying more than half of the thoracic "
        "width. The cardiothoracic ratio exceeds 0.5.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "The heart is enlarged, with the left heart border extending toward the lateral "
        "chest wall. Compare the widest cardiac diameter with the widest internal "
        "diameter of the thorax.",
    ),
    (
        "consolidation",
        (RIGHT_BASE,),
        "There is a dense airspace opacity in the right lower lobe, consistent with "
        "consolidation. Air bronchograms within the opacity help to recognize it.",
    ),
    (
        "consolidation",
        (LEFT_BASE,),
        "There is increased density in the left retrocardiac region. The loss of the "
        "medial left hemidiaphragm, the silhouette sign, points to left lower lobe "
        "consolidation.",
    ),
    (
        "consolidation",
        (RIGHT_MID,),
        "An area of increased opacity is seen in the right middle lobe, abutting the "
        "right heart border. The right heart border is obscured, which localizes the "
        "process to the middle lobe.",
    ),
    (
        "consolidation",
        (LEFT_TOP,),
        "There is a patchy opacity in the left upper lobe. The ill-defined margins and "
        "air bronchograms suggest consolidation.",
    ),
    (
        "lung-opacity",
        (RIGHT_MID,),
        "A subtle hazy opacity is present in the right mid zone. It partially obscures "
        "the pulmonary vessels in this region.",
    ),
    (
        "lung-opacity",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "There are patchy opacities in both lower zones. They are asymmetric, more "
        "pronounced on the right side.",
    ),
    (
        "atelectasis-fibrotic-band",
        (RIGHT_BASE,),
        "A linear opacity is seen in the right lower zone, running parallel to the "
        "diaphragm. This plate-like appearance is characteristic of subsegmental "
        "atelectasis.",
    ),
    (
        "atelectasis-fibrotic-band",
        (LEFT_BASE,),
        "There is a thin, band-like opacity at the left base. Its straight, horizontal "
        "course distinguishes it from a blood vessel.",
    ),
    (
        "interstitial-pattern",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "There are increased reticular markings in both lower lung zones. The fine, "
        "net-like pattern is most prominent in the periphery.",
    ),
    (
        "pulmonary-oedema",
        (
            HILA,
            LEFT_BASE,
            RIGHT_BASE,
        ),
        "There is bilateral perihilar haziness with indistinct vessel margins. Kerley B "
        "lines at the lung bases are the sign of interstitial edema.",
    ),
    (
        "hilar-enlargement",
        (HILA,),
        "The right hilum appears enlarged and denser than expected. The lobulated contour "
        "suggests enlarged lymph nodes rather than vessels alone.",
    ),
    (
        "emphysema",
        (
            RIGHT_TOP,
            LEFT_TOP,
        ),
        "The upper lungs are hyperlucent with a paucity of vascular markings. Flattened "
        "hemidiaphragms support the diagnosis of emphysema.",
    ),
    (
        "pleural-thickening",
        (RIGHT_TOP,),
        "There is a soft-tissue density along the inner margin of the right apex. It is "
        "smooth and parallels the ribs, which is typical for apical pleural thickening.",
    ),
    (
        "calcification",
        (LEFT_MID,),
        "A small, very dense focus is seen in the left mid zone. Its density, which is "
        "similar to bone, indicates that it is calcified.",
    ),
    (
        "aortic-enlargement",
        (Box(480, 300, 620, 480),),
        "The aortic knob is prominent and projects to the left of the mediastinum. The "
        "widened contour of the aortic arch is the sign to look for.",
    ),
    (
        "lung-cavity",
        (LEFT_TOP,),
        "There is a thick-walled cavity in the left upper lobe. The central lucency with "
        "an irregular inner wall is the key sign.",
    ),
    (
        "pulmonary-fibrosis",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "There are coarse reticular opacities at both lung bases with volume loss. "
        "Traction of the bronchi and small cystic spaces suggest fibrosis.",
    ),
    (
        "scoliosis",
        (SPINE,),
        "The thoracic spine shows a lateral curvature, convex to the right. Follow the "
        "line of the spinous processes, which deviates from the midline.",
    ),
    (
        "tube",
        (Box(470, 50, 520, 400),),
        "The tip of the endotracheal tube projects about 4 cm above the carina. The "
        "radiopaque line along the tube makes it visible in the midline of the trachea.",
    ),
    (
        "catheter",
        (Box(250, 150, 480, 500),),
        "A central venous catheter enters from the right and its tip projects over the "
        "superior vena cava. Its uniform width and smooth course distinguish it from a "
        "vessel.",
    ),
    (
        "fracture",
        (LEFT_MID,),
        "There is a cortical irregularity of the left lateral seventh rib. The step-off "
        "in the rib margin indicates a fracture.",
    ),
    (
        "heart-device",
        (Box(650, 150, 800, 300),),
        "A pacemaker generator is seen over the left upper chest. Its leads can be "
        "followed through the subclavian vein to the right atrium and ventricle.",
    ),
    (
        "hiatal-hernia",
        (Box(450, 750, 600, 950),),
        "A rounded opacity with an air-fluid level is seen behind the heart. The "
        "air-fluid level in the retrocardiac region is typical of a hiatal hernia.",
    ),
    (
        "bronchiectasis",
        (LEFT_BASE,),
        "There are parallel linear opacities in the left lower zone, resembling tram "
        "tracks. These thickened bronchial walls do not taper toward the periphery.",
    ),
    (
        "hyperinflation",
        (
            RIGHT_TOP,
            LEFT_TOP,
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "Both lungs are hyperinflated, with flattened hemidiaphragms. More than ten "
        "posterior ribs are visible above the diaphragm.",
    ),
    (
        "mediastinal-shift",
        (Box(300, 100, 600, 800),),
        "The trachea and mediastinum are shifted to the right. Check the position of the "
        "trachea in relation to the spinous processes.",
    ),
    (
        "diffuse-nodules",
        (
            RIGHT_SIDE,
            LEFT_SIDE,
        ),
        "Innumerable tiny nodules are scattered throughout both lungs. Their uniform "
        "small size gives a miliary pattern.",
    ),
    (
        "bullae",
        (RIGHT_TOP,),
        "A large lucent area with a thin wall occupies the right upper zone. No lung "
        "markings are seen within it.",
    ),
    (
        "enlarged-pulmonary-artery",
        (HILA,),
        "The main pulmonary artery is enlarged and forms a convex bulge. The right "
        "descending pulmonary artery is wider than the adjacent bronchus would suggest.",
    ),
    (
        "prosthesis",
        (Box(100, 100, 250, 250),),
        "A metallic shoulder prosthesis is seen at the right edge of the film. Its "
        "smooth, very dense outline is that of metal.",
    ),
    ("nodule-mass", (RIGHT_TOP,), "Round nodule, right upper zone. Sharp edge."),
    (
        "nodule-mass",
        (LEFT_TOP,),
        "Small nodule beside the aortic knob. It is denser than the vessels.",
    ),
    (
        "nodule-mass",
        (LEFT_TOP,),
        "The nodule lies just below the left clavicle. Its margin is spiculated.",
    ),
    (
        "nodule-mass",
        (LEFT_BASE,),
        "The nodule is superimposed on the heart, just lateral to the spine. Look behind "
        "the heart on every film.",
    ),
    (
        "nodule-mass",
        (LEFT_BASE,),
        "The nodule projects just above the gastric bubble. The bubble's dark air makes "
        "its lower edge stand out.",
    ),
    (
        "nodule-mass",
        (RIGHT_BASE,),
        "The nodule is seen through the dome of the liver. Look below the diaphragm for "
        "lung that lies behind it.",
    ),
    (
        "nodule-mass",
        (RIGHT_TOP,),
        "Compared with the left, the right first costochondral junction looks too dense. "
        "A nodule hides there.",
    ),
    (
        "consolidation",
        (LEFT_MID,),
        "The left heart border is blurred. This silhouette sign places the opacity in the lingula.",
    ),
    (
        "consolidation",
        (RIGHT_MID,),
        "The opacity ends in a straight line at the minor fissure. That line tells you it "
        "fills the upper lobe.",
    ),
    ("consolidation", (RIGHT_BASE,), "White lung, black bronchi. The right hemidiaphragm is lost."),
    (
        "consolidation",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "Patchy bibasal airspace opacities are present. Air bronchograms are seen on the right.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "Blunted left costophrenic angle. The meniscus is the sign.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "The distance between the gastric bubble and the lung base is increased. This "
        "suggests a subpulmonic effusion.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE,),
        "Fluid tracks into the minor fissure and thickens it. The right costophrenic "
        "angle is filled in.",
    ),
    ("pneumothorax", (RIGHT_TOP,), "Thin pleural line at the right apex. No vessels beyond it."),
    (
        "pneumothorax",
        (LEFT_TOP,),
        "Between the second and third left ribs a fine line parallels the chest wall. "
        "Peripheral to it the lung is black.",
    ),
    ("cardiomegaly", (HEART,), "Large heart. It is wider than half of the chest."),
    (
        "pulmonary-oedema",
        (
            HILA,
            LEFT_MID,
            RIGHT_MID,
        ),
        "The upper lobe vessels are distended and the hila are hazy. Peribronchial "
        "cuffing and septal lines accompany them.",
    ),
    (
        "atelectasis-fibrotic-band",
        (LEFT_BASE,),
        "There is a triangular density behind the heart, the sail sign. It is the "
        "collapsed left lower lobe, and the hilum is pulled down.",
    ),
    (
        "emphysema",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "The lungs are overinflated and dark. The diaphragms are flat and the heart is narrow.",
    ),
    (
        "hyperinflation",
        (
            RIGHT_SIDE,
            LEFT_SIDE,
        ),
        "Count the ribs: eleven are seen above the diaphragm. The domes are flattened.",
    ),
    (
        "fracture",
        (RIGHT_MID,),
        "The right eighth rib is interrupted at the axillary line. Its fragments overlap slightly.",
    ),
    (
        "fracture",
        (Box(150, 100, 350, 180),),
        "The right clavicle is broken in its middle third. The outer fragment has dropped.",
    ),
    (
        "tube",
        (Box(430, 100, 560, 480),),
        "The endotracheal tube has gone into the right main bronchus. Its tip lies below "
        "the carina.",
    ),
    (
        "catheter",
        (Box(550, 150, 700, 500),),
        "The catheter enters through the left subclavian vein and crosses to the superior "
        "vena cava. Its tip lies at the right atrium.",
    ),
    (
        "catheter",
        (Box(300, 150, 480, 500),),
        "A port lies over the right chest wall. Its line ends in the superior vena cava.",
    ),
    (
        "heart-device",
        (Box(600, 150, 900, 900),),
        "A pacemaker lies below the left clavicle. Two leads run to the right heart.",
    ),
    ("calcification", (RIGHT_TOP,), "Chalk-white speck at the right apex. It is as dense as bone."),
    (
        "lung-cavity",
        (RIGHT_TOP,),
        "A ring shadow with an air-fluid level lies in the right upper lobe. Its inner "
        "wall is irregular.",
    ),
    (
        "interstitial-pattern",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "Fine reticulation spreads from both bases upwards. The costophrenic angles show "
        "short parallel lines.",
    ),
    (
        "hilar-enlargement",
        (HILA,),
        "The right hilum is dense and convex. Each hilum should be concave where the "
        "upper and lower veins cross.",
    ),
    (
        "mediastinal-shift",
        (Box(300, 100, 600, 800),),
        "The heart and trachea lie too far to the right. The spine is uncovered on the left.",
    ),
    (
        "pleural-thickening",
        (LEFT_BASE,),
        "A band of soft tissue follows the left chest wall down to the costophrenic "
        "angle. It does not shift or form a meniscus.",
    ),
    (
        "scoliosis",
        (SPINE,),
        "S-shaped spine. The ribs on the right are spread and those on the left are crowded.",
    ),
    (
        "bullae",
        (LEFT_TOP,),
        "A thin-walled air space replaces the left apex. Its curved wall tells it from a "
        "pneumothorax, whose edge follows the chest wall.",
    ),
    (
        "diffuse-nodules",
        (
            RIGHT_SIDE,
            LEFT_SIDE,
        ),
        "Countless small dots lie in both lungs. They are all of about the same size.",
    ),
    (
        "lung-opacity",
        (LEFT_BASE,),
        "The left base is hazy behind the heart. The vessels there are indistinct.",
    ),
    (
        "lung-opacity",
        (RIGHT_TOP,),
        "There is an ill-defined area of increased density in the right upper zone. The "
        "normal vascular markings are masked.",
    ),
]
FALSE: list[Good] = [
    (
        "nodule-mass",
        (RIGHT_BASE,),
        "The rounded density at the right base is most likely a nipple shadow. Its "
        "position at the level of the fifth rib and the symmetric shadow on the left are "
        "typical.",
    ),
    (
        "nodule-mass",
        (LEFT_MID,),
        "A pulmonary vessel seen end-on lies here and can mimic a nodule. It is "
        "accompanied by a bronchus of similar size.",
    ),
    (
        "consolidation",
        (RIGHT_BASE,),
        "Overlapping breast tissue makes the right lower zone appear denser. Vessels "
        "remain visible through it, which would not be the case in consolidation.",
    ),
    (
        "pleural-effusion",
        (LEFT_BASE,),
        "The left costophrenic angle is sharp, but overlying soft tissue makes it look "
        "hazy. A true effusion would blunt the angle and form a meniscus.",
    ),
    (
        "pneumothorax",
        (RIGHT_TOP,),
        "The line at the right apex is the medial border of the scapula. Lung markings "
        "continue beyond it, so it is not a pneumothorax.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "The heart appears wide because of the shallow inspiration. The cardiothoracic "
        "ratio is within normal limits.",
    ),
    (
        "lung-opacity",
        (LEFT_BASE,),
        "The pericardial fat pad fills the left cardiophrenic angle and can be mistaken "
        "for an opacity. Its soft, smooth border blends with the heart.",
    ),
    (
        "fracture",
        (RIGHT_MID,),
        "The apparent break is where two ribs cross each other. Follow the cortex of each "
        "rib and it stays continuous.",
    ),
    (
        "nodule-mass",
        (RIGHT_TOP,),
        "The costochondral junction of the first rib casts a dense shadow here. It is in "
        "line with the rib and has a matching shadow on the left.",
    ),
    (
        "atelectasis-fibrotic-band",
        (RIGHT_MID,),
        "The minor fissure is seen here as a thin horizontal line. It is finer than a "
        "band of atelectasis and lies at its usual level.",
    ),
    ("nodule-mass", (RIGHT_TOP,), "End of the first rib. It lines up with the bone."),
    (
        "nodule-mass",
        (LEFT_BASE,),
        "A nipple shadow lies at the left base. A similar one is seen on the right.",
    ),
    (
        "pneumothorax",
        (LEFT_TOP,),
        "The companion shadow of the second rib runs here. It is soft and follows the "
        "rib, not the lung.",
    ),
    (
        "consolidation",
        (LEFT_BASE,),
        "The heart lies in front of the lung here and makes it white. The vessels behind "
        "it can be followed.",
    ),
    (
        "consolidation",
        (RIGHT_BASE,),
        "The breast adds to the density of this zone. No bronchi are outlined by air.",
    ),
    (
        "lung-opacity",
        (RIGHT_MID,),
        "The scapula overlaps the lung here. Its straight medial border continues beyond "
        "the chest.",
    ),
    (
        "pleural-effusion",
        (RIGHT_BASE,),
        "The dome of the right hemidiaphragm is high and looks like fluid. Its outline is "
        "sharp right up to the angle.",
    ),
    (
        "cardiomegaly",
        (HEART,),
        "A fat pad beside the apex widens the shadow of the heart. The fat is less dense "
        "than the muscle.",
    ),
    (
        "fracture",
        (LEFT_MID,),
        "A nutrient groove or overlapping vessel crosses the rib here. The cortex does not step.",
    ),
    (
        "interstitial-pattern",
        (
            RIGHT_BASE,
            LEFT_BASE,
        ),
        "The film is underpenetrated, so normal vessels look crowded. They branch and "
        "taper as vessels do.",
    ),
]
BAD_OF_MISSED: list[Bad] = [
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.SAYS_NORMAL,
        "There is a rounded opacity in the left upper zone. Its well-defined margin "
        "distinguishes it from vessels.",
    ),
    (
        "pleural-effusion",
        RIGHT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "There is blunting of the left costophrenic angle. The meniscus sign is the clue.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.CONTRADICTS_SIDE,
        "A thin pleural line is visible at the right apex. Beyond it no lung markings are seen.",
    ),
    (
        "consolidation",
        LEFT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "There is a dense opacity in the right lower lobe. Air bronchograms are seen within it.",
    ),
    (
        "consolidation",
        LEFT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "The airspace opacity obscures the right heart border. Air bronchograms are seen "
        "within it.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "The opacity lies behind the heart and hides the medial part of the hemidiaphragm "
        "above the gastric bubble. Air bronchograms are seen within it.",
    ),
    (
        "pleural-effusion",
        RIGHT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "Fluid fills the costophrenic angle beside the stomach bubble. The meniscus "
        "climbs along the chest wall.",
    ),
    (
        "pleural-effusion",
        LEFT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "Fluid fills the costophrenic angle just above the liver. The meniscus climbs "
        "along the chest wall.",
    ),
    (
        "consolidation",
        LEFT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "The opacity sits on the dome of the diaphragm above the liver. Air bronchograms "
        "are seen within it.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_SIDE,
        "A nodule lies beside the aortic knob. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_MID,
        DropReason.CONTRADICTS_SIDE,
        "A round nodule lies lateral to the aortic arch. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "A round nodule lies next to the cardiac apex. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "A round nodule lies above the gastric bubble on the right. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        LEFT_MID,
        DropReason.CONTRADICTS_SIDE,
        "A round nodule lies just above the minor fissure. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        LEFT_TOP,
        DropReason.CONTRADICTS_SIDE,
        "A round nodule lies beside the superior vena cava. Its edge is sharp.",
    ),
    (
        "consolidation",
        LEFT_MID,
        DropReason.CONTRADICTS_SIDE,
        "The opacity abuts the horizontal fissure. Air bronchograms are seen within it.",
    ),
    (
        "pneumothorax",
        RIGHT_BASE,
        DropReason.CONTRADICTS_SIDE,
        "The left costophrenic sulcus is deep and dark. It is the deep sulcus sign.",
    ),
    (
        "consolidation",
        RIGHT_TOP,
        DropReason.CONTRADICTS_ZONE,
        "There is consolidation in the right lower lobe. Air bronchograms are seen.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.CONTRADICTS_ZONE,
        "There is consolidation of the right upper lobe bounded by the minor fissure. Air "
        "bronchograms are seen.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.CONTRADICTS_ZONE,
        "The right apex is opaque. Air bronchograms are seen.",
    ),
    (
        "nodule-mass",
        LEFT_TOP,
        DropReason.CONTRADICTS_ZONE,
        "The nodule projects over the left hemidiaphragm. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        LEFT_TOP,
        DropReason.CONTRADICTS_ZONE,
        "The nodule is located near the left costophrenic angle. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_BASE,
        DropReason.CONTRADICTS_ZONE,
        "A nodule is seen above the right clavicle. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_BASE,
        DropReason.CONTRADICTS_ZONE,
        "A nodule is seen behind the right first rib at the thoracic inlet. Its edge is sharp.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.CONTRADICTS_FINDING,
        "There is no evidence of pneumothorax. The lungs are well expanded.",
    ),
    (
        "cardiomegaly",
        HEART,
        DropReason.SAYS_NORMAL,
        "The cardiac silhouette is normal in size. The mediastinal contours are unremarkable.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.CONTRADICTS_FINDING,
        "The lungs are clear bilaterally. There is no focal consolidation, effusion or "
        "pneumothorax.",
    ),
    (
        "fracture",
        LEFT_MID,
        DropReason.CONTRADICTS_FINDING,
        "The visualized osseous structures are intact. No acute fracture is seen.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The lung fields appear clear. There are no obvious nodules in the highlighted area.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.REFUSED,
        "I am unable to provide a medical diagnosis. Please consult a radiologist.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.REFUSED,
        "As a large language model, I cannot interpret this radiograph.",
    ),
    ("nodule-mass", RIGHT_TOP, DropReason.REFUSED, "I cannot see a nodule in the image provided."),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.REFUSED,
        "It is not possible to determine the finding from this film. More views are needed.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.REFUSED,
        "This image cannot be assessed without the patient's history. A radiologist "
        "should review it.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The experts may have overcalled this nodule. It could be a vessel seen end-on.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.REFUSED,
        "The expert marked a nodule in the right upper zone, but I do not agree. It is "
        "more likely a rib.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The radiologists say there is a nodule here. However, this is difficult to confirm.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_FINDING,
        "The nodule in the right upper zone is difficult to see and its presence is "
        "debatable. Look near the clavicle.",
    ),
    (
        "pleural-effusion",
        LEFT_BASE,
        DropReason.CONTRADICTS_FINDING,
        "The blunting of the left angle is more likely due to pleural thickening than to "
        "fluid. It has no meniscus.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.CONTRADICTS_FINDING,
        "The left apical line probably represents a skin fold rather than a pleural line. "
        "Vessels cross it.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.DOUBTS_FINDING,
        "The opacity at the right base represents atelectasis rather than consolidation. "
        "The diaphragm is raised.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The red box shows a nodule in the right upper zone. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "In the second image, a nodule is seen in the right upper zone. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The highlighted region contains a nodule in the right upper zone. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "At coordinates 20-32 % across, a nodule is seen. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "A nodule is seen at 20–32 % across and 12–22 % down. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "In the enlarged view on the right, a nodule is seen in the right upper zone. Its "
        "edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "In the zoomed-in picture there is a nodule in the right upper zone. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The nodule is on the left side of the image, in the right upper zone. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "A nodule is seen on the left side of the picture. Its edge is sharp.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The experts wrote that a nodule is there in the right upper zone. The resident "
        "did not see it.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "You missed a nodule in the right upper zone. Your answer deserves a low grade.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "A nodule is seen in the right upper zone. A CT scan and biopsy are recommended.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "A nodule is seen in the right upper zone. Treat with antibiotics for seven days.",
    ),
    ("nodule-mass", RIGHT_TOP, DropReason.GARBAGE, "<script>alert(1)</script>"),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.GARBAGE,
        "<ul><li>Finding: nodule</li><li>Side: right</li><li>Zone: upper</li></ul>",
    ),
    ("nodule-mass", RIGHT_TOP, DropReason.GARBAGE, "1. Nodule\n2. Right upper zone\n3. Sharp edge"),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.GARBAGE,
        "Finding: nodule; Location: right upper zone; Sign: sharp edge",
    ),
    ("nodule-mass", RIGHT_TOP, DropReason.GARBAGE, '{"finding": "nodule", "side": "right"}'),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.GARBAGE,
        "## Nodule\n\n**Location:** right upper zone\n\n**Sign:** sharp edge",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "There is a nodule in the right upper zone. There is also a left pneumothorax "
        "that needs urgent attention.",
    ),
    (
        "cardiomegaly",
        HEART,
        DropReason.OTHER_FINDING,
        "The heart is enlarged. There is also a nodule in the left upper lobe.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.OTHER_FINDING,
        "A large right pleural effusion is present at the right base. The meniscus sign "
        "is the clue.",
    ),
    (
        "pneumothorax",
        RIGHT_TOP,
        DropReason.OTHER_FINDING,
        "There is a tension pneumothorax on the right. The mediastinum is shifted to the left.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.GARBAGE,
        "Der Rundherd liegt im rechten Oberfeld. Er ist scharf begrenzt.",
    ),
]
BAD_OF_FALSE: list[Bad] = [
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "There is a well-defined nodule in the right upper zone. It should be followed up.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The resident correctly identified a nodule here. It is round.",
    ),
    (
        "pneumothorax",
        LEFT_TOP,
        DropReason.CONTRADICTS_FINDING,
        "A small pneumothorax is present at the left apex. The pleural line can be seen.",
    ),
    (
        "consolidation",
        RIGHT_BASE,
        DropReason.CONTRADICTS_FINDING,
        "This is consolidation with air bronchograms. It hides the diaphragm.",
    ),
    (
        "pleural-effusion",
        LEFT_BASE,
        DropReason.CONTRADICTS_FINDING,
        "The left costophrenic angle is blunted by fluid. The meniscus is visible.",
    ),
    (
        "pleural-effusion",
        LEFT_BASE,
        DropReason.CONTRADICTS_FINDING,
        "The left costophrenic angle is blunted. The meniscus is visible.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_SIDE,
        "The vessel on the left side can be mistaken for a nodule. It tapers.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.CONTRADICTS_ZONE,
        "The nipple shadow at the right base can be mistaken for a nodule. It has a twin.",
    ),
    (
        "cardiomegaly",
        HEART,
        DropReason.CONTRADICTS_FINDING,
        "The heart is enlarged with a ratio above one half. It can look like cardiomegaly.",
    ),
    (
        "nodule-mass",
        RIGHT_TOP,
        DropReason.UNFIT,
        "The experts are wrong; there is a nodule. Look again.",
    ),
]


def name_of(finding: str) -> str:
    return finding.replace("-", " ").capitalize()


@pytest.mark.parametrize(("finding", "regions", "answer"), MISSED)
def test_a_good_answer_about_a_missed_finding_is_shown_whole(
    finding: str, regions: tuple[Box, ...], answer: str
) -> None:
    asked = request(finding=finding, finding_name=name_of(finding), regions=regions)
    assert ground(asked, answer) == answer


@pytest.mark.parametrize(("finding", "regions", "answer"), FALSE)
def test_a_good_answer_about_a_false_mark_is_shown_whole(
    finding: str, regions: tuple[Box, ...], answer: str
) -> None:
    asked = false_mark(finding=finding, finding_name=name_of(finding), regions=regions)
    assert ground(asked, answer) == answer


@pytest.mark.parametrize(("finding", "region", "reason", "answer"), BAD_OF_MISSED)
def test_a_bad_answer_about_a_missed_finding_is_dropped(
    finding: str, region: Box, reason: DropReason, answer: str
) -> None:
    asked = request(finding=finding, finding_name=name_of(finding), regions=(region,))
    assert ground(asked, answer) == Dropped("r1", reason, answer)


@pytest.mark.parametrize(("finding", "region", "reason", "answer"), BAD_OF_FALSE)
def test_a_bad_answer_about_a_false_mark_is_dropped(
    finding: str, region: Box, reason: DropReason, answer: str
) -> None:
    asked = false_mark(finding=finding, finding_name=name_of(finding), regions=(region,))
    assert ground(asked, answer) == Dropped("f1", reason, answer)
