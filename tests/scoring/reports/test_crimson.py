"""The published measures: by hand, and against the authors' own package."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings

from scoring.reports.crimson import burden_score, crimson_score, green_ratio
from scoring.reports.evaluation import (
    AttributeMismatch,
    ErrorType,
    Evaluation,
    Gravity,
    Match,
    ReportFinding,
    Significance,
)
from tests.scoring.reports.evaluations import evaluations

U, A, N, B = Significance


def findings(prefix, *significances):
    return tuple(
        ReportFinding(f"{prefix}{i}", "x", significance)
        for i, significance in enumerate(significances, 1)
    )


def evaluation(reference=(), predicted=(), matches=(), errors=()):
    """``matches``: (ref number, pred number); ``errors``: (ref, pred, gravity)."""
    refs, preds = findings("R", *reference), findings("P", *predicted)
    pairs = tuple(Match(f"R{r}", f"P{p}") for r, p in matches)
    return Evaluation(
        reference_findings=refs,
        predicted_findings=preds,
        matched_findings=pairs,
        false_findings=tuple(f.id for f in preds if f.id not in {m.pred_id for m in pairs}),
        missing_findings=tuple(f.id for f in refs if f.id not in {m.ref_id for m in pairs}),
        attribute_errors=tuple(
            AttributeMismatch(f"R{r}", f"P{p}", gravity, (ErrorType.LOCATION,))
            for r, p, gravity in errors
        ),
    )


S, L = Gravity.SIGNIFICANT, Gravity.NEGLIGIBLE

TABLE = [
    # reference, predicted, matches, errors: crimson, burden, green
    ((), (), (), (), 1.0, 1.0, None),
    ((B,), (), (), (), 1.0, 1 / 2, None),
    ((), (A,), (), (), -0.5 / 1.5, 1 / 2, 0.0),
    ((), (B,), (), (), 1.0, 1 / 2, None),
    ((A,), (A,), ((1, 1),), (), 1.0, 1.0, 1.0),
    ((A,), (), (), (), 0.0, 1 / 2, 0.0),
    ((A,), (A,), ((1, 1),), ((1, 1, S),), 0.25 / 0.5, 1 / 2, 1 / 2),
    ((A,), (A,), ((1, 1),), ((1, 1, L),), 1.0, 1 / 2, 1.0),
    # An urgent finding in the wrong place: 1 · 1 / 1.5.
    ((U, N), (U,), ((1, 1),), ((1, 1, S),), (2 / 3) / 1.25, 1 / 3, 1 / 2),
    # Two significant errors of a minor finding: 0.25 · 0.25 / 1.25.
    ((N,), (N,), ((1, 1),), ((1, 1, S), (1, 1, S)), 0.2, 1 / 3, 1 / 3),
    # One reference finding in two predicted ones counts once.
    ((A, A), (A, A), ((1, 1), (1, 2)), (), 0.5, 1 / 2, 1 / 2),
    # More false than found: d = 1 − 0.25.
    ((N,), (N, U), ((1, 1),), (), -0.75 / 1.75, 1 / 2, 1 / 2),
    # As much false as found.
    ((A,), (A, A), ((1, 1),), (), 0.0, 1 / 2, 1 / 2),
]


@pytest.mark.parametrize(
    ("reference", "predicted", "matches", "errors", "crimson", "burden", "green"), TABLE
)
def test_by_hand(reference, predicted, matches, errors, crimson, burden, green):
    one = evaluation(reference, predicted, matches, errors)
    assert crimson_score(one) == pytest.approx(crimson)
    assert burden_score(one) == pytest.approx(burden)
    assert green_ratio(one) == (green if green is None else pytest.approx(green))


def test_a_match_without_a_list_of_references_counts_as_the_authors_count_it():
    assert crimson_score(Evaluation(matched_findings=(Match("R1", "P1"),))) == 0.0


@settings(deadline=None)
@given(evaluations())
def test_they_stay_in_their_ranges(one):
    assert -1 <= crimson_score(one) <= 1
    assert 0 < burden_score(one) <= 1
    green = green_ratio(one)
    assert green is None or 0 <= green <= 1


@settings(deadline=None)
@given(evaluations())
def test_a_false_finding_never_helps(one):
    worse = replace(
        one,
        predicted_findings=(*one.predicted_findings, ReportFinding("P99", "x", A)),
        false_findings=(*one.false_findings, "P99"),
    )
    assert crimson_score(worse) <= crimson_score(one)
    assert burden_score(worse) < burden_score(one)


@settings(max_examples=2000, deadline=None)
@given(evaluations())
def test_it_is_what_the_authors_package_computes(one):
    generate_score = pytest.importorskip(
        "CRIMSON.generate_score", reason="The package crimson-score is not installed."
    )
    theirs = generate_score.CRIMSONScore._calculate_crimson(None, one.to_json())
    assert math.isclose(crimson_score(one), theirs["crimson_score"], abs_tol=5.1e-5)
