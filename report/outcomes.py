"""What became of each finding of a reading: one list that ledger and feedback share. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from scoring.reports.crimson import WEIGHTS
from scoring.reports.evaluation import (
    AttributeMismatch,
    Evaluation,
    Gravity,
    ReportFinding,
)


class FindingOutcome(StrEnum):
    """``PARTLY``: found, but a difference could change what is done."""

    MATCHED = "matched"
    PARTLY = "partly"
    MISSED = "missed"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """One finding of the report with the learner's words for it, or one that only the learner has.

    ``reference`` is None for a false finding; ``predicted`` is empty for a missed one.
    """

    outcome: FindingOutcome
    reference: ReportFinding | None
    predicted: tuple[ReportFinding, ...]
    differences: tuple[AttributeMismatch, ...]

    @property
    def subject(self) -> ReportFinding:
        """The finding whose weight counts: the radiologist's, else the learner's."""
        return self.reference or self.predicted[0]

    @property
    def weight(self) -> float:
        """What it counts for this patient: CRIMSON's weights, 0 to 1."""
        return WEIGHTS[self.subject.clinical_significance]


def judged_findings(evaluation: Evaluation) -> list[JudgedFinding]:
    """Every finding of both texts once: the reference's in order, then the false ones."""
    predicted = {finding.id: finding for finding in evaluation.predicted_findings}
    said: dict[str, list[ReportFinding]] = {}
    for match in evaluation.matched_findings:
        said.setdefault(match.ref_id, []).append(predicted[match.pred_id])
    found = [
        _of_reference(finding, tuple(said.get(finding.id, ())), evaluation)
        for finding in evaluation.reference_findings
    ]
    return found + [
        JudgedFinding(FindingOutcome.FALSE, None, (predicted[id_],), ())
        for id_ in evaluation.false_findings
    ]


def _of_reference(
    finding: ReportFinding, said: tuple[ReportFinding, ...], evaluation: Evaluation
) -> JudgedFinding:
    differences = tuple(e for e in evaluation.attribute_errors if e.ref_id == finding.id)
    outcome = FindingOutcome.MATCHED
    if not said:
        outcome = FindingOutcome.MISSED
    elif any(error.severity is Gravity.SIGNIFICANT for error in differences):
        outcome = FindingOutcome.PARTLY
    return JudgedFinding(outcome, finding, said, differences)
