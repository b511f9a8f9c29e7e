"""Reports written for these tests, and right and wrong answers about them."""

import copy
from typing import Any

REFERENCE = "Small left pleural effusion. Heart is mildly enlarged. No pneumothorax."
CANDIDATE = "L effusion, small. Right apical pneumothorax."


def quoted_answer() -> dict[str, Any]:
    """A valid answer in the format of our own prompt. A new one each time, to be changed."""
    return copy.deepcopy(
        {
            "reference_findings": [
                {
                    "id": "R1",
                    "finding": "small left pleural effusion",
                    "clinical_significance": "actionable_not_urgent",
                    "quotes": ["Small left pleural effusion"],
                    "why": "It wants a cause.",
                },
                {
                    "id": "R2",
                    "finding": "mild cardiomegaly",
                    "clinical_significance": "not_actionable_not_urgent",
                    "quotes": ["Heart", "mildly enlarged"],
                    "why": "It is mild.",
                },
            ],
            "predicted_findings": [
                {
                    "id": "P1",
                    "finding": "small left effusion",
                    "clinical_significance": "actionable_not_urgent",
                    "quotes": ["L effusion, small"],
                    "why": "It wants a cause.",
                },
                {
                    "id": "P2",
                    "finding": "right apical pneumothorax",
                    "clinical_significance": "urgent",
                    "quotes": ["Right apical pneumothorax"],
                    "why": "It may grow.",
                },
            ],
            "matched_findings": [{"ref_id": "R1", "pred_id": "P1"}],
            "errors": {
                "false_findings": ["P2"],
                "missing_findings": ["R2"],
                "attribute_errors": [
                    {
                        "ref_id": "R1",
                        "pred_id": "P1",
                        "severity": "negligible",
                        "error_types": ["unspecific"],
                        "explanation": "Say pleural effusion.",
                    }
                ],
            },
        }
    )


def crimson_answer() -> dict[str, Any]:
    """The same in CRIMSON's own format: no quotations, no reasons."""
    answer = quoted_answer()
    for rows in (answer["reference_findings"], answer["predicted_findings"]):
        for row in rows:
            del row["quotes"], row["why"]
    answer["reference_findings"][1]["finding"] = "Heart is mildly enlarged"
    return answer
