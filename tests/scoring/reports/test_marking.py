"""A mark is read back as it was written."""

import json

import pytest
from hypothesis import given, settings

from scoring.reports.crimson import burden_score, crimson_score, green_ratio
from scoring.reports.marking import ReportMark, StyleMark, StylePart
from scoring.reports.scores import count_outcomes, game_score
from tests.scoring.reports.evaluations import evaluations


def mark_of(evaluation):
    game = game_score(evaluation)
    return ReportMark(
        score=game.score,
        crimson=crimson_score(evaluation),
        burden=burden_score(evaluation),
        green=green_ratio(evaluation),
        counts=count_outcomes(evaluation),
        terms=game.terms,
        evaluation=evaluation,
        style=StyleMark(0.75, (StylePart("order", 0.5, "Say where.", ("lungs",)),)),
        judge="rules",
        version="reports-0",
    )


@settings(deadline=None)
@given(evaluations())
def test_a_mark_survives_json(evaluation):
    mark = mark_of(evaluation)
    assert ReportMark.from_json(json.loads(json.dumps(mark.to_json()))) == mark


def test_what_is_no_mark_is_refused():
    with pytest.raises(KeyError):
        ReportMark.from_json({"score": 1})
