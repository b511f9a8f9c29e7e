"""Marks made by hand, so that what a page says of them is known before it is built."""

from collections.abc import Sequence
from typing import Any

from report.marking import Inputs
from report.texts import join_sections
from scoring.reports.crimson import burden_score, crimson_score, green_ratio
from scoring.reports.evaluation import (
    AttributeMismatch,
    ErrorType,
    Evaluation,
    Gravity,
    Match,
    ReadingContext,
    Remark,
    ReportFinding,
    Significance,
    Span,
)
from scoring.reports.marking import ReportMark, StyleMark, StylePart
from scoring.reports.scores import count_outcomes, game_score

STYLE = StyleMark(
    0.75,
    (
        StylePart("regions", 0.5, "Say a word about the bones.", ("lungs", "heart")),
        StylePart("wording", 1.0, ""),
    ),
)


def spans_of(text: str, *words: str) -> tuple[Span, ...]:
    return tuple((text.index(word), text.index(word) + len(word)) for word in words)


def finding(
    id_: str,
    name: str,
    spans: tuple[Span, ...] = (),
    significance: Significance = Significance.ACTIONABLE,
    concept: str = "pleural-effusion",
    why: str = "",
) -> ReportFinding:
    return ReportFinding(id_, name, significance, concept, spans, why)


def differs(ref: str, pred: str, kind: ErrorType, gravity: Gravity) -> AttributeMismatch:
    return AttributeMismatch(ref, pred, gravity, (kind,), f"{kind.value} differs")


def mark_of(
    reference: Sequence[ReportFinding] = (),
    predicted: Sequence[ReportFinding] = (),
    matched: Sequence[tuple[str, str]] = (),
    differences: Sequence[AttributeMismatch] = (),
    remarks: Sequence[Remark] = (),
) -> ReportMark:
    """What a judge who saw these findings would have given; who matches nothing is an error."""
    found = {ref for ref, _pred in matched}
    said = {pred for _ref, pred in matched}
    evaluation = Evaluation(
        reference_findings=tuple(reference),
        predicted_findings=tuple(predicted),
        matched_findings=tuple(Match(ref, pred) for ref, pred in matched),
        false_findings=tuple(f.id for f in predicted if f.id not in said),
        missing_findings=tuple(f.id for f in reference if f.id not in found),
        attribute_errors=tuple(differences),
        remarks=tuple(remarks),
    )
    game = game_score(evaluation)
    return ReportMark(
        score=game.score,
        crimson=crimson_score(evaluation),
        burden=burden_score(evaluation),
        green=green_ratio(evaluation),
        counts=count_outcomes(evaluation),
        terms=game.terms,
        evaluation=evaluation,
        style=STYLE,
        judge="rules",
        version="tests-1",
    )


def inputs_of(reference: str, candidate: str, **sections: Any) -> Inputs:
    return Inputs(
        reference=join_sections(
            [("findings", reference), ("impression", sections.get("reference_impression", ""))]
        ),
        candidate=join_sections(
            [("findings", candidate), ("impression", sections.get("impression", ""))]
        ),
        context=ReadingContext(),
    )
