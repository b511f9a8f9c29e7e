"""The specification: learners' answers, and what a fair marker would say of each."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from scoring.reports.evaluation import Evaluation, Gravity, ReadingContext
from scoring.reports.judge import RulesJudge
from scoring.reports.scores import game_score

TABLE = Path(__file__).parents[1] / "answers.toml"
JUDGE = RulesJudge()


@dataclass(frozen=True)
class Answer:
    reference: str
    context: ReadingContext
    says: str
    matched: frozenset[str]
    missing: frozenset[str]
    false: frozenset[str]
    errors: frozenset[str]
    minor: frozenset[str]
    remarks: frozenset[str]
    low: float
    high: float
    # Where a fair marker might go either way, only the score is held.
    is_strict: bool


def answers():
    for case in tomllib.loads(TABLE.read_text(encoding="utf-8"))["case"]:
        context = ReadingContext(
            age_years=case.get("age"),
            indication=case.get("indication", ""),
            comparison=case.get("comparison", ""),
        )
        for row in case["answers"]:
            low, high = row["score"]
            names = {
                name: frozenset(row.get(name, ()))
                for name in ("matched", "missing", "false", "errors", "minor", "remarks")
            }
            yield pytest.param(
                Answer(
                    case["reference"], context, row["says"], **names,
                    low=low, high=high, is_strict=_is_strict(names, low, high),
                ),
                id=f"{case['reference'][:30]} | {row['says'][:50]}",
            )  # fmt: skip


def _is_strict(names, low, high):
    """An answer of which the table names no finding leaves open what it is matched with."""
    return any(names[n] for n in ("matched", "missing", "false")) or low == high == 1


def concepts(evaluation: Evaluation, ids):
    by_id = {
        f.id: f.concept for f in (*evaluation.reference_findings, *evaluation.predicted_findings)
    }
    return frozenset(by_id[id_] for id_ in ids)


def errors(evaluation: Evaluation, gravity):
    return frozenset(
        kind.value
        for error in evaluation.attribute_errors
        if error.severity is gravity
        for kind in error.error_types
    )


@pytest.mark.parametrize("answer", list(answers()))
def test_it_is_marked_as_a_fair_marker_would(answer):
    got = JUDGE.judge(answer.reference, answer.says, answer.context)
    score = game_score(got).score
    assert answer.low - 1e-9 <= score <= answer.high + 1e-9, (score, got)
    if answer.is_strict:
        assert concepts(got, {m.ref_id for m in got.matched_findings}) == answer.matched, got
        assert concepts(got, got.missing_findings) == answer.missing, got
        assert concepts(got, got.false_findings) == answer.false, got
        assert errors(got, Gravity.SIGNIFICANT) == answer.errors, got
        assert errors(got, Gravity.NEGLIGIBLE) >= answer.minor, got
    assert {remark.kind.value for remark in got.remarks} >= answer.remarks, got


def test_there_are_more_than_four_hundred():
    assert len(list(answers())) >= 430
