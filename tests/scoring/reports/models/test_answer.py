"""An answer is a valid evaluation, or it is refused with what is wrong."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.reports.evaluation import Evaluation, Significance
from scoring.reports.models.answer import BadAnswer, read_answer
from scoring.reports.models.prompts import CrimsonPrompt
from tests.scoring.reports.models.answers import (
    CANDIDATE,
    REFERENCE,
    crimson_answer,
    quoted_answer,
)


def read(text: str, *, quoted: bool = True) -> Evaluation:
    return read_answer(text, reference=REFERENCE, candidate=CANDIDATE, quoted=quoted)


def test_a_valid_answer_is_an_evaluation_with_spans() -> None:
    evaluation = read(json.dumps(quoted_answer()))
    effusion, heart = evaluation.reference_findings
    assert effusion.clinical_significance is Significance.ACTIONABLE
    assert effusion.why == "It wants a cause."
    assert [REFERENCE[a:b] for a, b in effusion.spans] == ["Small left pleural effusion"]
    assert [REFERENCE[a:b] for a, b in heart.spans] == ["Heart", "mildly enlarged"]
    assert [CANDIDATE[a:b] for a, b in evaluation.predicted_findings[1].spans] == [
        "Right apical pneumothorax"
    ]
    assert evaluation.false_findings == ("P2",)
    assert evaluation.missing_findings == ("R2",)
    assert Evaluation.from_json(evaluation.to_json()) == evaluation


def test_crimsons_own_format_is_located_by_its_findings() -> None:
    evaluation = read(json.dumps(crimson_answer()), quoted=False)
    assert [CANDIDATE[a:b] for a, b in evaluation.predicted_findings[0].spans] == [
        "effusion",
        "small",
    ]


def test_a_normal_film_read_as_normal_is_a_valid_answer() -> None:
    answer = {
        "reference_findings": [],
        "predicted_findings": [],
        "matched_findings": [],
        "errors": {"false_findings": [], "missing_findings": [], "attribute_errors": []},
    }
    assert read(json.dumps(answer)) == Evaluation()


def test_a_code_fence_around_the_answer_is_taken_off() -> None:
    assert read(f"```json\n{json.dumps(quoted_answer())}\n```\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The answer is not JSON"),
        ("I am sorry, I cannot help with that.", "The answer is not JSON"),
        (f"Here it is: {json.dumps(quoted_answer())}", "The answer is not JSON"),
        (f"{json.dumps(quoted_answer())} {json.dumps(quoted_answer())}", "Extra data"),
        (json.dumps(quoted_answer())[:-20], "The answer is not JSON"),
        ("[" * 100_000, "The answer is nested too deeply."),
        ('{"reference_findings": NaN}', "NaN is not a JSON number"),
        ('{"errors": 1, "errors": 2}', "gives errors twice in one object"),
        ("[]", "is not of type 'object'"),
        ("{}", "'reference_findings' is a required property"),
        (" " * 200_001, "longer than 200000 characters"),
    ],
)
def test_what_is_no_json_object_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadAnswer, match=problem):
        read(text)


def changed(change: Callable[[dict[str, Any]], Any]) -> str:
    answer = quoted_answer()
    change(answer)
    return json.dumps(answer)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda a: a.update(score=1.0), r"'score' was unexpected"),
        (lambda a: a["errors"].pop("false_findings"), r"'false_findings' is a required"),
        (
            lambda a: a["reference_findings"][0].update(clinical_significance="severe"),
            r"reference_findings\[0\].clinical_significance: 'severe' is not one of",
        ),
        (lambda a: a["reference_findings"][0].pop("quotes"), r"'quotes' is a required property"),
        (lambda a: a["reference_findings"][0].update(quotes=[]), r"quotes: \[\] .*non-empty"),
        (lambda a: a["reference_findings"][0].update(id=1), r"1 is not of type 'string'"),
        (
            lambda a: a["errors"]["attribute_errors"][0].update(error_types=["colour"]),
            r"'colour' is not one of",
        ),
        (
            lambda a: a["reference_findings"].append(a["reference_findings"][0]),
            r"reference_findings holds R1 twice",
        ),
        (
            lambda a: a["matched_findings"].append({"ref_id": "R9", "pred_id": "P1"}),
            r"R9 is not the id of a reference finding",
        ),
        (lambda a: a["matched_findings"].clear(), r"R1 is neither matched nor missing"),
        (
            lambda a: a["errors"]["false_findings"].append("P1"),
            r"P1 is both matched and false",
        ),
        (lambda a: a["errors"]["missing_findings"].clear(), r"R2 is neither matched nor missing"),
        (
            lambda a: a["errors"]["attribute_errors"][0].update(ref_id="R2"),
            r"attribute_errors speaks of R2 and P1, which are not matched",
        ),
        (
            lambda a: a["predicted_findings"][1].update(quotes=["tension pneumothorax"]),
            r"P2 quotes 'tension pneumothorax', which does not stand in the candidate report",
        ),
        (
            # Words of the other report are no evidence.
            lambda a: a["predicted_findings"][1].update(quotes=["mildly enlarged"]),
            r"P2 quotes 'mildly enlarged', which does not stand in the candidate report",
        ),
    ],
)
def test_what_does_not_add_up_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], Any], problem: str
) -> None:
    with pytest.raises(BadAnswer, match=problem):
        read(changed(change))


def test_a_finding_that_nobody_wrote_is_refused_in_crimsons_format() -> None:
    answer = crimson_answer()
    answer["predicted_findings"][1]["finding"] = "large hiatal hernia"
    with pytest.raises(BadAnswer, match=r"P2 \(large hiatal hernia\) is not in the candidate"):
        read(json.dumps(answer), quoted=False)


def test_no_more_problems_are_told_than_can_be_used() -> None:
    answer = quoted_answer()
    answer["reference_findings"] *= 50
    for row in answer["reference_findings"]:
        row["id"] = 1
    with pytest.raises(BadAnswer) as refused:
        read(json.dumps(answer))
    assert len(refused.value.problems) == 8


def test_crimsons_slips_of_syntax_are_read_as_its_authors_read_them() -> None:
    pytest.importorskip("CRIMSON")
    prompt = CrimsonPrompt()
    assert prompt.parse('{"a": "the \\_so called\\_ sign"}') == {"a": "the \\_so called\\_ sign"}
    with pytest.raises(BadAnswer, match="not JSON"):
        prompt.parse("no answer")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.text() | _JSON.map(json.dumps))
def test_no_answer_of_any_kind_gets_through_or_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadAnswer):
        read(text)


@given(st.sampled_from(list(quoted_answer())), _JSON)
def test_a_part_of_any_kind_is_refused_or_valid(key: str, value: Any) -> None:
    answer = quoted_answer()
    answer[key] = value
    with suppress(BadAnswer):
        evaluation = read(json.dumps(answer))
        assert Evaluation.from_json(evaluation.to_json()) == evaluation
