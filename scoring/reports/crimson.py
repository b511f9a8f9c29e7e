"""Published measures of a report, computed from a judge's evaluation.

They are reported beside the game's own score (`scoring.reports.scores`), so that a reading can be
compared with the literature. None of them reads text.
"""

from collections import defaultdict
from collections.abc import Mapping
from math import fsum
from types import MappingProxyType
from typing import Final

from scoring.reports.evaluation import Evaluation, Gravity, Significance

WEIGHTS: Final[Mapping[Significance, float]] = MappingProxyType(
    {
        Significance.URGENT: 1.0,
        Significance.ACTIONABLE: 0.5,
        Significance.NOT_ACTIONABLE: 0.25,
        Significance.BENIGN: 0.0,
    }
)
"""What a finding counts, by its clinical significance (CRIMSON, arXiv 2603.06183)."""

ATTRIBUTE_WEIGHTS: Final[Mapping[Gravity, float]] = MappingProxyType(
    {Gravity.SIGNIFICANT: 0.5, Gravity.NEGLIGIBLE: 0.0}
)

CONSEQUENTIAL: Final = frozenset({Significance.URGENT, Significance.ACTIONABLE})


def crimson_score(evaluation: Evaluation) -> float:
    """CRIMSON, in [-1, 1], higher is better (arXiv 2603.06183).

    With w the weight of a finding, N the sum over the reference findings, E the sum over the
    false findings, and C the sum over the distinct matched reference findings of
    w · w / (w + a), where a adds up the weights of the attribute errors of that finding:
    S = (C − E) / N. S is the score unless it is negative; then it is −d / (1 + d) with d = E − C.
    Missing findings cost through N.

    The empty case: nothing of weight in the reference and nothing of weight said falsely is 1.
    """
    reference = {f.id: WEIGHTS[f.clinical_significance] for f in evaluation.reference_findings}
    predicted = {f.id: WEIGHTS[f.clinical_significance] for f in evaluation.predicted_findings}
    whole = sum(reference.values())
    if not evaluation.reference_findings:
        # As the authors' package has it: matches without a reference list still count as found.
        whole = float(len(evaluation.matched_findings))
    false = sum(predicted.get(id_, 0.0) for id_ in evaluation.false_findings)
    errors: dict[str, float] = defaultdict(float)
    for error in evaluation.attribute_errors:
        errors[error.ref_id] += ATTRIBUTE_WEIGHTS[error.severity]
    # Summed exactly: the order of a set differs from process to process, the score must not.
    correct = fsum(
        weight * weight / (weight + errors[ref_id])
        for ref_id in {match.ref_id for match in evaluation.matched_findings}
        if (weight := reference.get(ref_id, 0.0))
    )
    if not whole and not false:
        return 1.0
    if whole and correct >= false:
        return (correct - false) / whole
    deficit = false - correct
    return -deficit / (1 + deficit)


def burden_score(evaluation: Evaluation) -> float:
    """1 / (1 + number of errors), in (0, 1], higher is better; 1 when there is none.

    False and missing findings and attribute errors count one each, whatever their weight.
    """
    errors = (
        len(evaluation.false_findings)
        + len(evaluation.missing_findings)
        + len(evaluation.attribute_errors)
    )
    return 1 / (1 + errors)


def green_ratio(evaluation: Evaluation) -> float | None:
    """GREEN (arXiv 2405.03595): matched / (matched + significant errors), in [0, 1].

    Significant are false and missing findings that are urgent or actionable, and attribute errors
    of significant gravity. None where it is undefined, nothing matched and nothing significantly
    wrong: GREEN itself gives 0 there, to a correct report of a normal film among others.
    """
    significance = {
        **{f.id: f.clinical_significance for f in evaluation.reference_findings},
        **{f.id: f.clinical_significance for f in evaluation.predicted_findings},
    }
    matched = len({match.ref_id for match in evaluation.matched_findings})
    wrong = sum(
        significance[id_] in CONSEQUENTIAL
        for id_ in (*evaluation.false_findings, *evaluation.missing_findings)
    ) + sum(error.severity is Gravity.SIGNIFICANT for error in evaluation.attribute_errors)
    if not matched and not wrong:
        return None
    return matched / (matched + wrong)
