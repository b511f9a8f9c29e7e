"""Reports as JSON Lines: what comes out of a good line, and a sentence for a bad one."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.jsonl import LineError
from scoring.ordered import IN_PROCESS
from scoring.reports import JudgeFailed, score_report
from scoring.reports.evaluation import Evaluation, ReadingContext
from scoring.reports.jsonl import read_pair, score_line, score_lines

REFERENCE = "There is a small left pleural effusion. The heart is enlarged. No pneumothorax."
CANDIDATE = "small L effusion, heart big"
PAIR = {"id": "a", "reference": REFERENCE, "candidate": CANDIDATE}


def line(**changes: Any) -> str:
    return json.dumps({**PAIR, **changes})


def context_of(age: Any) -> ReadingContext:
    return read_pair(line(context={"age": age})).context


def test_a_line_is_scored_as_score_report_scores_it() -> None:
    context = {"age": "072Y", "sex": "F", "indication": "dyspnoea"}
    result = score_line(line(context=context))
    mark = score_report(
        REFERENCE, CANDIDATE, ReadingContext(age_years=72, sex="F", indication="dyspnoea")
    )
    assert list(result) == [
        "id", "score", "crimson", "burden", "counts", "findings", "style", "version",
    ]  # fmt: skip
    assert result["id"] == "a"
    assert result["score"] == round(100 * mark.score, 2)
    assert result["crimson"] == mark.crimson
    assert result["burden"] == mark.burden
    assert result["version"] == mark.version
    assert result["counts"]["matched"] == 2
    assert Evaluation.from_json(result["findings"]) == mark.evaluation
    assert result["style"]["score"] == 100 * mark.style.score
    assert [part["name"] for part in result["style"]["parts"]] == [
        "regions", "order", "clauses", "wording",
    ]  # fmt: skip


def test_spans_point_into_the_texts_as_they_were_given() -> None:
    result = score_line(line(candidate="😀 " + CANDIDATE))
    for finding in result["findings"]["predicted_findings"]:
        for start, end in finding["spans"]:
            assert ("😀 " + CANDIDATE)[start:end].strip() == ("😀 " + CANDIDATE)[start:end] != ""


def test_equal_reports_score_100_and_an_empty_one_of_an_abnormal_film_0() -> None:
    assert score_line(line(candidate=REFERENCE))["score"] == 100
    assert score_line(line(candidate=""))["score"] == 0
    assert score_line(line(reference="Normal chest.", candidate="Normal chest."))["score"] == 100


@pytest.mark.parametrize(
    ("age", "years"),
    [
        ("072Y", 72),
        ("72Y", 72),
        ("62", 62),
        (" 62 ", 62),
        ("62y", 62),
        (62, 62),
        (62.5, 62.5),
        (0, 0),
        (130, 130),
        ("003M", 0.25),
        ("026W", 26 * 7 / 365.25),
        ("045D", 45 / 365.25),
        ("", None),
        ("[AGE]", None),
        ("XXXX", None),
        (None, None),
    ],
)
def test_an_age_is_read_in_every_form(age: Any, years: float | None) -> None:
    assert context_of(age).age_years == (None if years is None else pytest.approx(years))


@pytest.mark.parametrize("age", ["200", "072Q", "-3", "1970-01-01", -1, 131, True, [], {}])
def test_an_age_that_is_none_is_refused(age: Any) -> None:
    with pytest.raises(LineError, match=r"context\.age must be years from 0 to 130, or a text"):
        context_of(age)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The line is not JSON: Expecting value at character 1."),
        ("[]", "The line must be a JSON object, not a list of 0."),
        ("{}", "id is missing."),
        ('{"id": 1.5}', "id must be a string or a whole number, not a number."),
        ('{"id": 1}', "reference is missing."),
        ('{"id": 1, "reference": "x"}', "candidate is missing."),
        ('{"id": 1, "reference": 5, "candidate": ""}', "reference must be a string, not a number."),
        (
            '{"id": 1, "reference": "x", "candidate": null}',
            "candidate must be a string, not null.",
        ),
        (
            '{"id": 1, "reference": "\\ud800", "candidate": ""}',
            "reference holds half a character (a lone surrogate).",
        ),
        (line(context=[]), "context must be an object, not a list of 0."),
        (line(context={"sex": 1}), "context.sex must be a string, not a number."),
        (line(context={"indication": []}), "context.indication must be a string, not a list of 0."),
        (
            line(candidate="x" * 50_001),
            "candidate must have at most 50000 characters; it has 50001.",
        ),
    ],
)
def test_a_bad_line_is_told_with_its_id(text: str, sentence: str) -> None:
    result = score_line(text)
    assert list(result) == ["id", "error"]
    assert result["error"] == sentence
    assert result["id"] in {1, "a", None}


@pytest.mark.parametrize("context", [None, {}, {"age": None, "sex": None}, {"ward": "7b"}])
def test_what_is_optional_may_be_null_or_absent_and_the_rest_is_ignored(context: Any) -> None:
    assert read_pair(line(context=context, site="x")).context == ReadingContext()


class Refusing:
    name = "refusing"
    version = "1"

    def judge(self, reference: str, candidate: str, context: ReadingContext) -> Evaluation:
        raise JudgeFailed("The model is asleep.")


def test_a_judge_that_fails_makes_the_line_bad_and_no_other() -> None:
    [(result, good)] = score_lines([line()], Refusing(), workers=2)
    assert result == {"id": "a", "error": "The model is asleep."}
    assert not good


def test_lines_come_out_in_order_whoever_scored_them() -> None:
    count = IN_PROCESS + 150
    lines = [line(id=n, candidate="x" * 50_001 if n == 300 else CANDIDATE) for n in range(count)]
    results = list(score_lines(lines, workers=2))
    assert [result["id"] for result, _ in results] == list(range(count))
    assert [n for n, (_, good) in enumerate(results) if not good] == [300]
    assert results[0][0]["score"] == results[-1][0]["score"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80) | st.dictionaries(st.text(max_size=9), st.text()).map(json.dumps))
def test_no_line_of_any_kind_breaks_the_scorer(text: str) -> None:
    assert "error" in score_line(text)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_are_scored(reference: str, candidate: str) -> None:
    result = score_line(line(reference=reference, candidate=candidate))
    assert 0 <= result["score"] <= 100
    assert -1 <= result["crimson"] <= 1
