"""Of two readings of one film, which is the better: what nobody would dispute."""

import pytest

from scoring.reports.evaluation import ReadingContext
from scoring.reports.judge import RulesJudge
from scoring.reports.scores import game_score

JUDGE = RulesJudge()


def score(reference, said, **context):
    return game_score(JUDGE.judge(reference, said, ReadingContext(**context))).score


@pytest.mark.parametrize(
    ("reference", "better", "worse"),
    [
        # Place.
        (
            "RLL consolidation.",
            "Right middle lobe consolidation.",
            "Left lower lobe consolidation.",
        ),
        ("RUL nodule.", "Right middle lobe nodule.", "Right lower lobe nodule."),
        # Degree.
        ("Small right pneumothorax.", "Tiny right pneumothorax.", "Large right pneumothorax."),
        ("Moderate left effusion.", "Small left effusion.", "Massive left effusion."),
        ("Right pneumothorax.", "Right pneumothorax.", "Right tension pneumothorax."),
        # Size.
        ("12 mm LUL nodule.", "14 mm LUL nodule.", "25 mm LUL nodule."),
        ("4 cm right lung mass.", "4.5 cm right lung mass.", "2 cm right lung nodule."),
        ("4 cm right lung mass.", "2 cm right lung nodule.", "Lungs clear."),
        # Name.
        (
            "Left lower lobe pneumonia.",
            "Left lower lobe infiltrate.",
            "Left lower lobe atelectasis.",
        ),
        ("Left upper lobe opacity.", "Left upper lobe consolidation.", "Left upper lobe mass."),
        ("Left upper lobe mass.", "Left upper lobe opacity.", "Normal chest."),
        # Certainty.
        ("Large right pneumothorax.", "Right pneumothorax.", "Possible right pneumothorax."),
        ("Pulmonary nodule.", "Possible pulmonary nodule.", "Cannot exclude a pulmonary nodule."),
        # What matters.
        ("Large pneumothorax. Scoliosis.", "Large pneumothorax.", "Scoliosis."),
        ("Pneumonia. Hiatal hernia.", "Pneumonia.", "Hiatal hernia."),
        ("Normal chest.", "Spondylosis.", "Rib fracture."),
        ("Normal chest.", "Mild atelectasis.", "Pneumothorax."),
        # Less wrong, more right.
        ("Normal chest.", "Nodule.", "Nodule. Effusion."),
        ("Effusion. Nodule.", "Effusion. Nodule.", "Effusion."),
        ("Effusion. Nodule.", "Effusion.", "Effusion. Pneumothorax."),
        # Devices.
        ("ETT in the right main bronchus.", "ETT too low.", "ETT well positioned."),
        ("ETT 3 cm above the carina.", "ETT in good position.", "ETT in the right main bronchus."),
        # A contradiction is worse than half.
        ("Cardiomegaly. Effusion.", "Cardiomegaly.", "No cardiomegaly. No effusion."),
    ],
)
def test_one_is_better(reference, better, worse):
    assert score(reference, better) > score(reference, worse)


@pytest.mark.parametrize(
    ("reference", "one", "other"),
    [
        ("Normal chest.", "No acute abnormality.", "Heart normal. Lungs clear. Bones intact."),
        ("Bilateral effusions.", "Bilateral effusions.", "Left effusion. Right effusion."),
        (
            "Left effusion. Right effusion.",
            "Bilateral effusions.",
            "Right effusion. Left effusion.",
        ),
        ("RLL pneumonia.", "RLL consolidation.", "Right lower lobe infiltrate."),
        ("Cardiomegaly.", "Enlarged heart.", "The cardiac silhouette is enlarged."),
        ("Pulmonary oedema.", "Pulmonary edema.", "Fluid overload."),
        ("Left effusion.", "Left effusion.", "Left effusion. No pneumothorax. Trachea midline."),
        ("Left effusion.", "Left effusion.", "Left effusion. Cannot exclude infection."),
        ("New left effusion.", "Left effusion.", "Unchanged left effusion."),
        ("ETT in good position.", "ETT tip 4 cm above the carina.", "Endotracheal tube is fine."),
        ("Left effusion.", "Left effusion. Left effusion is small.", "Small left effusion."),
    ],
)
def test_both_are_as_good(reference, one, other):
    assert score(reference, one) == score(reference, other) > 0


@pytest.mark.parametrize(
    ("reference", "said", "better", "worse"),
    [
        ("Normal chest.", "Calcified aorta.", {"age_years": 80}, {"age_years": 30}),
        ("Calcified aorta.", "Normal chest.", {"age_years": 80}, {"age_years": 30}),
        (
            "Pulmonary edema, increased.",
            "Pulmonary edema, decreased.",
            {},
            {"comparison": "Yesterday"},
        ),
        (
            "Left rib fracture. Nodule.",
            "Nodule.",
            {"age_years": 40},
            {"age_years": 1},
        ),
    ],
)
def test_it_depends_on_the_patient(reference, said, better, worse):
    assert score(reference, said, **better) > score(reference, said, **worse)
