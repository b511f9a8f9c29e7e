"""The game's own score of a report, term by term. Read `game_score` first."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import Final

from scoring.reports.crimson import WEIGHTS
from scoring.reports.evaluation import Evaluation, Gravity
from scoring.reports.marking import Counts, Term

NORMAL_WEIGHT: Final = 0.25
"""What a film without anything of weight counts: as much as one minor finding."""


class TermKind(StrEnum):
    """What a term of the score is about."""

    NORMAL = "normal"
    MATCHED = "matched"
    PARTIAL = "partial"
    MISSING = "missing"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class GameScore:
    """``score`` in [0, 1] is the sum of the credits of ``terms``."""

    score: float
    terms: tuple[Term, ...]


def game_score(evaluation: Evaluation) -> GameScore:
    """What a reading is worth in the game, in [0, 1], higher is better.

    score = C / (N + F): the weight of what was found, over the weight of all that was there or
    was claimed. N adds up the weights of the reference findings, F those of the false findings,
    C those of the distinct matched reference findings, each divided by one plus the number of
    its significant attribute errors. Weights are CRIMSON's: urgent 1, actionable 0.5, not
    actionable 0.25, benign or expected 0.

    A film with nothing of weight (N = 0) is one item of weight 0.25 that every reading finds:
    score = 0.25 / (0.25 + F). The empty case, a normal film of which nothing is claimed, is 1.

    Terms: a found finding brings w / N times its fraction; then each false finding takes its
    share, by weight, of what is lost by dividing by N + F instead of N.
    """
    reference = [(f.id, WEIGHTS[f.clinical_significance]) for f in evaluation.reference_findings]
    weight_of = {f.id: WEIGHTS[f.clinical_significance] for f in evaluation.predicted_findings}
    false = [(id_, weight_of[id_]) for id_ in evaluation.false_findings]
    matched = {match.ref_id for match in evaluation.matched_findings}
    errors = Counter(
        error.ref_id
        for error in evaluation.attribute_errors
        if error.severity is Gravity.SIGNIFICANT
    )
    # fsum, so that the order of the findings does not show in the last digit.
    base = fsum(weight for _, weight in reference) or NORMAL_WEIGHT
    credits_found: list[float] = []
    terms: list[Term] = []
    if not any(weight for _, weight in reference):
        credits_found.append(NORMAL_WEIGHT)
        terms.append(Term("", TermKind.NORMAL, NORMAL_WEIGHT, 1.0))
    for id_, weight in reference:
        if id_ not in matched:
            terms.append(Term(id_, TermKind.MISSING, weight, 0.0))
            continue
        kind = TermKind.PARTIAL if errors[id_] else TermKind.MATCHED
        credit = weight / (1 + errors[id_])
        credits_found.append(credit)
        terms.append(Term(id_, kind, weight, credit / base))
    found = fsum(credits_found)
    claimed = base + fsum(weight for _, weight in false)
    terms += [
        Term(id_, TermKind.FALSE, weight, -found / base * weight / claimed) for id_, weight in false
    ]
    return GameScore(score=found / claimed, terms=tuple(terms))


def count_outcomes(evaluation: Evaluation) -> Counts:
    """How many reference findings were matched or missing, and how many errors there are."""
    significant = sum(e.severity is Gravity.SIGNIFICANT for e in evaluation.attribute_errors)
    return Counts(
        matched=len({match.ref_id for match in evaluation.matched_findings}),
        missing=len(evaluation.missing_findings),
        false=len(evaluation.false_findings),
        significant_errors=significant,
        negligible_errors=len(evaluation.attribute_errors) - significant,
    )
