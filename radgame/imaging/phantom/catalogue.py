"""The films of the demonstration: their patients, indications and lesions."""

from __future__ import annotations

from radgame.imaging.phantom.recipe import LesionSpec, Recipe

_L = LesionSpec

DEMO_RECIPES: tuple[Recipe, ...] = (
    Recipe("demo-01", 101, 34, "M", "Pre-employment examination.", (), -0.2, 0.5),
    Recipe(
        "demo-02", 102, 67, "M", "Cough and weight loss. Smoker.",
        (_L("nodule-mass", "right", "upper", 36, 0.1, "spiculated"),), -0.3, 0.3,
    ),
    Recipe(
        "demo-03", 103, 45, "F", "Cough and fever for three days.",
        (_L("consolidation", "right", "lower", 85, 0.15),), 0.2, 0.0,
    ),
    Recipe(
        "demo-04", 104, 72, "M", "Breathlessness on exertion.",
        (_L("pleural-effusion", "left", "lower", 70, 0.1),), 0.3, 0.0,
    ),
    Recipe(
        "demo-05", 105, 22, "M", "Sudden chest pain while playing football.",
        (_L("pneumothorax", "right", "upper", 38, 0.2),), -0.8, 0.7,
    ),
    Recipe("demo-06", 106, 29, "F", "Positive tuberculin test. Asymptomatic.", (), -0.4, 0.5),
    Recipe(
        "demo-07", 107, 78, "F", "Ankle swelling and orthopnoea.",
        (_L("cardiomegaly", "", "", None, 0.2),
         _L("pleural-effusion", "right", "lower", 38, 0.4)), 0.3, -0.3,
    ),
    Recipe(
        "demo-08", 108, 61, "M", "Second day after laparotomy. Low-grade fever.",
        (_L("atelectasis-fibrotic-band", "left", "lower", 60, 0.2),), 0.4, -0.6,
    ),
    Recipe(
        "demo-09", 109, 58, "M", "Intensive care. Position of lines and tubes.",
        (_L("tube", "", "", 42, 0.2, "both"), _L("catheter", "right", "", None, 0.2, "jugular"),
         _L("consolidation", "left", "lower", 70, 0.4)), 0.3, -0.4,
    ),
    Recipe(
        "demo-10", 110, 81, "M", "Syncope. Follow-up after an intervention.",
        (_L("heart-device", "left", "", None, 0.0),), -0.1, 0.2,
    ),
    Recipe("demo-11", 111, 52, "M", "Before elective hernia repair.", (), 0.6, 0.0),
    Recipe(
        "demo-12", 112, 63, "F", "Persistent cough for six weeks.",
        (_L("nodule-mass", "left", "middle", 14, 0.45),), 0.0, 0.3,
    ),
    Recipe(
        "demo-13", 113, 69, "M", "Routine follow-up after cardiac surgery.",
        (_L("osteosynthesis-suture", "", "", None, 0.1),
         _L("atelectasis-fibrotic-band", "left", "lower", 48, 0.4)), 0.2, -0.1,
    ),
    Recipe(
        "demo-14", 114, 55, "F", "Under chemotherapy. Unwell since yesterday.",
        (_L("catheter", "right", "", None, 0.1, "subclavian port"),), 0.1, 0.2,
    ),
    Recipe(
        "demo-15", 115, 70, "M", "Progressive breathlessness over a year.",
        (_L("interstitial-pattern", "both", "lower", None, 0.15),), -0.3, -0.2,
    ),
    Recipe("demo-16", 116, 41, "F", "Atypical chest pain.", (), 0.3, 0.3),
    Recipe(
        "demo-17", 117, 38, "M", "Fall from a ladder. Pain on the left side.",
        (_L("fracture", "left", "lower", 8.5, 0.0),), 0.0, 0.2,
    ),
    Recipe(
        "demo-18", 118, 76, "F", "Heartburn and nausea.",
        (_L("hiatal-hernia", "", "lower", 72, 0.2),), 0.1, 0.0,
    ),
    Recipe(
        "demo-19", 119, 19, "F", "Back pain. Before a sports certificate.",
        (_L("scoliosis", "right", "", None, 0.1),), -0.7, 0.5,
    ),
    Recipe(
        "demo-20", 120, 36, "F", "Fatigue and painful red shins.",
        (_L("hilar-enlargement", "both", "middle", 44, 0.2),), -0.1, 0.3,
    ),
    Recipe(
        "demo-21", 121, 59, "M", "Known old lung disease. New contact with tuberculosis.",
        (_L("calcification", "right", "upper", 8, 0.2),
         _L("pleural-thickening", "both", "upper", 10, 0.3)), -0.4, 0.3,
    ),
    Recipe("demo-22", 122, 64, "F", "Before knee replacement.", (), 0.8, -0.2),
    Recipe(
        "demo-23", 123, 49, "M", "Shivering, productive cough, pain on breathing.",
        (_L("consolidation", "right", "upper", 80, 0.1, "lobar"),), 0.0, 0.1,
    ),
    Recipe(
        "demo-24", 124, 66, "F", "Follow-up of a treated carcinoma.",
        (_L("nodule-mass", "right", "lower", 10, 0.65),), 0.2, 0.3,
    ),
    Recipe(
        "demo-25", 125, 74, "F", "Increasing breathlessness for two weeks.",
        (_L("pleural-effusion", "right", "lower", 125, 0.0),), 0.0, 0.0,
    ),
    Recipe("demo-26", 126, 19, "M", "Cough after a cold. Rule out pneumonia.", (), -0.9, 0.8),
    Recipe(
        "demo-27", 127, 26, "F", "Pleuritic pain since this morning.",
        (_L("pneumothorax", "left", "upper", 20, 0.6),), -0.5, 0.5,
    ),
    Recipe(
        "demo-28", 128, 83, "M", "Tired and breathless. Irregular pulse.",
        (_L("cardiomegaly", "", "", None, 0.6), _L("heart-device", "left", "", None, 0.0),
         _L("pleural-effusion", "both", "lower", 36, 0.5)), 0.0, -0.3,
    ),
    Recipe(
        "demo-29", 129, 47, "F", "Long-term antibiotics at home. Check of the line.",
        (_L("catheter", "left", "", None, 0.4, "picc"),), 0.4, 0.1,
    ),
    Recipe(
        "demo-30", 130, 57, "M", "Haemoptysis.",
        (_L("hilar-enlargement", "right", "middle", 46, 0.2),
         _L("nodule-mass", "left", "upper", 12, 0.5)), -0.2, 0.3,
    ),
    Recipe("demo-31", 131, 75, "M", "Fall at home. No localising signs.", (), -0.3, 0.1),
    Recipe(
        "demo-32", 132, 31, "F", "Fever and cough. Asthma.",
        (_L("consolidation", "left", "middle", 55, 0.65),), -0.1, 0.2,
    ),
)  # fmt: skip
