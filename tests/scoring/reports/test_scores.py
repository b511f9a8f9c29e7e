"""The game's score: by hand, and what must hold of every evaluation."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.reports.crimson import WEIGHTS
from scoring.reports.evaluation import Gravity, Match, ReportFinding, Significance
from scoring.reports.scores import TermKind, count_outcomes, game_score
from tests.scoring.reports.evaluations import evaluations, significances
from tests.scoring.reports.test_crimson import A, B, L, N, S, U, evaluation

TABLE = [
    # reference, predicted, matches, errors, score
    # A normal film: right, and with one false finding of each weight.
    ((), (), (), (), 1.0),
    ((), (B,), (), (), 1.0),
    ((), (N,), (), (), 0.25 / 0.5),
    ((), (A,), (), (), 0.25 / 0.75),
    ((), (U,), (), (), 0.25 / 1.25),
    # Only benign findings: as a normal film, said or not.
    ((B, B), (), (), (), 1.0),
    ((B,), (B,), ((1, 1),), (), 1.0),
    ((B,), (A,), (), (), 0.25 / 0.75),
    # An abnormal film: nothing said, all said, half said.
    ((A,), (), (), (), 0.0),
    ((N,), (), (), (), 0.0),
    ((U, A, N, B), (U, A, N), ((1, 1), (2, 2), (3, 3)), (), 1.0),
    ((A, A), (A,), ((1, 1),), (), 0.5),
    # The grave one counts more.
    ((U, N), (U,), ((1, 1),), (), 0.8),
    ((U, N), (N,), ((2, 1),), (), 0.2),
    # A false one beside it.
    ((A,), (A, A), ((1, 1),), (), 0.5),
    ((A,), (A, N), ((1, 1),), (), 0.5 / 0.75),
    # Attributes: one significant error halves, two leave a third; negligible ones are free.
    ((U,), (U,), ((1, 1),), ((1, 1, S),), 0.5),
    ((N,), (N,), ((1, 1),), ((1, 1, S),), 0.5),
    ((A,), (A,), ((1, 1),), ((1, 1, S), (1, 1, S)), 1 / 3),
    ((A,), (A,), ((1, 1),), ((1, 1, L), (1, 1, L)), 1.0),
]


@pytest.mark.parametrize(("reference", "predicted", "matches", "errors", "score"), TABLE)
def test_by_hand(reference, predicted, matches, errors, score):
    assert game_score(evaluation(reference, predicted, matches, errors)).score == pytest.approx(
        score
    )


def test_the_terms_of_one_reading_by_hand():
    one = evaluation((U, A, N), (U, A, A), ((1, 1), (2, 2)), ((2, 2, S),))
    terms = {term.finding_id: term for term in game_score(one).terms}
    # N = 1.75, F = 0.5, C = 1.25: 1.25 / 2.25.
    assert [(t.finding_id, t.kind) for t in terms.values()] == [
        ("R1", TermKind.MATCHED),
        ("R2", TermKind.PARTIAL),
        ("R3", TermKind.MISSING),
        ("P3", TermKind.FALSE),
    ]
    assert terms["R1"].credit == pytest.approx(1 / 1.75)
    assert terms["R2"].credit == pytest.approx(0.25 / 1.75)
    assert terms["R3"].credit == 0
    assert terms["P3"].credit == pytest.approx(1.25 / 2.25 - 1.25 / 1.75)


def test_outcomes_are_counted_by_reference_finding():
    counts = count_outcomes(evaluation((U, A), (U, U, A), ((1, 1), (1, 2)), ((1, 1, S), (1, 2, L))))
    assert (counts.matched, counts.missing, counts.false) == (1, 1, 1)
    assert (counts.significant_errors, counts.negligible_errors) == (1, 1)


@settings(deadline=None)
@given(evaluations())
def test_the_score_lies_between_nothing_and_one_and_is_the_sum_of_its_terms(one):
    score = game_score(one)
    assert 0 <= score.score <= 1
    assert sum(term.credit for term in score.terms) == pytest.approx(score.score)


@settings(deadline=None)
@given(evaluations(), significances)
def test_a_false_finding_never_raises_it(one, significance):
    worse = replace(
        one,
        predicted_findings=(*one.predicted_findings, ReportFinding("P99", "x", significance)),
        false_findings=(*one.false_findings, "P99"),
    )
    assert game_score(worse).score <= game_score(one).score + 1e-12


@settings(max_examples=300, deadline=None)
@given(evaluations(), st.data())
def test_a_true_finding_never_lowers_it(one, data):
    assume(one.missing_findings)
    found = data.draw(st.sampled_from(one.missing_findings))
    better = replace(
        one,
        predicted_findings=(
            *one.predicted_findings,
            ReportFinding("P99", "x", Significance.URGENT),
        ),
        matched_findings=(*one.matched_findings, Match(found, "P99")),
        missing_findings=tuple(id_ for id_ in one.missing_findings if id_ != found),
    )
    assert game_score(better).score >= game_score(one).score - 1e-12


@settings(deadline=None)
@given(evaluations())
def test_saying_nothing_of_a_film_with_something_of_weight_is_worth_nothing(one):
    assume(any(WEIGHTS[f.clinical_significance] for f in one.reference_findings))
    silent = replace(
        one,
        predicted_findings=(),
        matched_findings=(),
        false_findings=(),
        missing_findings=tuple(f.id for f in one.reference_findings),
        attribute_errors=(),
    )
    assert game_score(silent).score == 0


@settings(deadline=None)
@given(evaluations())
def test_only_significant_errors_cost(one):
    spared = replace(
        one,
        attribute_errors=tuple(
            e for e in one.attribute_errors if e.severity is Gravity.SIGNIFICANT
        ),
    )
    assert game_score(spared).score == game_score(one).score
