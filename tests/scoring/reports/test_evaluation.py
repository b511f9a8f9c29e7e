"""What is written is read back, and nothing else is."""

import json

import pytest
from hypothesis import given, settings

from scoring.reports.evaluation import Evaluation
from tests.scoring.reports.evaluations import evaluations


@settings(deadline=None)
@given(evaluations())
def test_an_evaluation_survives_json(evaluation):
    assert Evaluation.from_json(json.loads(json.dumps(evaluation.to_json()))) == evaluation


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"errors": {}},
        {
            "reference_findings": [{"id": "R1", "finding": "x", "clinical_significance": "dire"}],
            "predicted_findings": [],
            "matched_findings": [],
            "errors": {"false_findings": [], "missing_findings": [], "attribute_errors": []},
        },
    ],
)
def test_what_is_no_evaluation_is_refused(broken):
    with pytest.raises((KeyError, ValueError)):
        Evaluation.from_json(broken)
