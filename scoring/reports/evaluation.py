"""What every judge of a reading gives back: the CRIMSON JSON with spans and reasons.

The names of the keys are those of CRIMSON (arXiv 2603.06183), so that its own tools read what is
written here. Added to them: where a finding stands in its text, the concept it was read as, why
it has its significance, and remarks that cost nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

# Half-open, in code points of the text that was judged.
Span = tuple[int, int]


class Significance(StrEnum):
    """How much a finding matters for this patient."""

    URGENT = "urgent"
    ACTIONABLE = "actionable_not_urgent"
    NOT_ACTIONABLE = "not_actionable_not_urgent"
    BENIGN = "benign_expected"


class ErrorType(StrEnum):
    """In what a matched finding differs from the reference."""

    LOCATION = "location"
    SEVERITY = "severity"
    DESCRIPTOR = "descriptor"
    MEASUREMENT = "measurement"
    CERTAINTY = "certainty"
    UNSPECIFIC = "unspecific"
    OVERINTERPRETATION = "overinterpretation"
    TEMPORAL = "temporal"


class Gravity(StrEnum):
    """Whether a difference could change what is done."""

    SIGNIFICANT = "significant"
    NEGLIGIBLE = "negligible"


class RemarkKind(StrEnum):
    """What is pointed out without being scored."""

    UNSEEN_PRIOR = "unseen_prior"
    CONTRADICTION = "contradiction"
    DENIED = "denied"
    NOT_ASSESSED = "not_assessed"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What is known of the patient. ``comparison`` is empty when no prior study was shown."""

    age_years: float | None = None
    sex: str = ""
    indication: str = ""
    comparison: str = ""


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """An abnormal finding stated in a report.

    ``concept``: the slug of the findings reader, empty when a model named it freely.
    ``why``: one sentence on its significance for this patient.
    """

    id: str
    finding: str
    clinical_significance: Significance
    concept: str = ""
    spans: tuple[Span, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    ref_id: str
    pred_id: str


@dataclass(frozen=True, slots=True)
class AttributeMismatch:
    """One matched pair differs in one or more attributes, all of one gravity."""

    ref_id: str
    pred_id: str
    severity: Gravity
    error_types: tuple[ErrorType, ...]
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to point out in the learner's text that is not scored.

    ``ref_id``: the reference finding it is about, if any.
    """

    kind: RemarkKind
    spans: tuple[Span, ...]
    text: str
    ref_id: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A judge's whole verdict on one pair of texts.

    ``false_findings`` holds ids of predicted findings, ``missing_findings`` ids of reference
    findings. One reference finding may be matched by several predicted ones.
    """

    reference_findings: tuple[ReportFinding, ...] = ()
    predicted_findings: tuple[ReportFinding, ...] = ()
    matched_findings: tuple[Match, ...] = ()
    false_findings: tuple[str, ...] = ()
    missing_findings: tuple[str, ...] = ()
    attribute_errors: tuple[AttributeMismatch, ...] = ()
    remarks: tuple[Remark, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The CRIMSON JSON; ``from_json`` is its inverse."""
        return {
            "reference_findings": [_finding_json(f) for f in self.reference_findings],
            "predicted_findings": [_finding_json(f) for f in self.predicted_findings],
            "matched_findings": [
                {"ref_id": m.ref_id, "pred_id": m.pred_id} for m in self.matched_findings
            ],
            "errors": {
                "false_findings": list(self.false_findings),
                "missing_findings": list(self.missing_findings),
                "attribute_errors": [
                    {
                        "ref_id": error.ref_id,
                        "pred_id": error.pred_id,
                        "severity": error.severity.value,
                        "error_types": [kind.value for kind in error.error_types],
                        "explanation": error.explanation,
                    }
                    for error in self.attribute_errors
                ],
            },
            "remarks": [
                {
                    "kind": remark.kind.value,
                    "spans": [list(span) for span in remark.spans],
                    "text": remark.text,
                    "ref_id": remark.ref_id,
                }
                for remark in self.remarks
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Evaluation":
        """Read what ``to_json`` wrote. Raises KeyError or ValueError on anything else."""
        errors = data["errors"]
        return cls(
            reference_findings=tuple(_finding(row) for row in data["reference_findings"]),
            predicted_findings=tuple(_finding(row) for row in data["predicted_findings"]),
            matched_findings=tuple(
                Match(row["ref_id"], row["pred_id"]) for row in data["matched_findings"]
            ),
            false_findings=tuple(errors["false_findings"]),
            missing_findings=tuple(errors["missing_findings"]),
            attribute_errors=tuple(
                AttributeMismatch(
                    ref_id=row["ref_id"],
                    pred_id=row["pred_id"],
                    severity=Gravity(row["severity"]),
                    error_types=tuple(ErrorType(kind) for kind in row["error_types"]),
                    explanation=row.get("explanation", ""),
                )
                for row in errors["attribute_errors"]
            ),
            remarks=tuple(
                Remark(
                    kind=RemarkKind(row["kind"]),
                    spans=_spans(row["spans"]),
                    text=row["text"],
                    ref_id=row.get("ref_id", ""),
                )
                for row in data.get("remarks", ())
            ),
        )


class JudgeFailed(Exception):
    """A judge could not give a valid evaluation; the message says why.

    JudgeFailed        it cannot be asked, and asking again changes nothing
    ├── JudgeUnavailable    it cannot be asked now; another time it may
    └── JudgeUnusable       it was asked, and said nothing that can be used
    """


class JudgeUnavailable(JudgeFailed):
    """Nobody answered, or nobody could be loaded: the same question may be answered later."""


class JudgeUnusable(JudgeFailed):
    """There was an answer, and no evaluation in it."""


class Judge(Protocol):
    """Whoever compares a reading with a reference report.

    ``name`` and ``version`` are shown to the learner and stored with the verdict. ``judge``
    raises ``JudgeFailed`` rather than guess.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def judge(self, reference: str, candidate: str, context: ReadingContext) -> Evaluation: ...


def _finding_json(finding: ReportFinding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "finding": finding.finding,
        "clinical_significance": finding.clinical_significance.value,
        "concept": finding.concept,
        "spans": [list(span) for span in finding.spans],
        "why": finding.why,
    }


def _finding(row: Mapping[str, Any]) -> ReportFinding:
    return ReportFinding(
        id=row["id"],
        finding=row["finding"],
        clinical_significance=Significance(row["clinical_significance"]),
        concept=row.get("concept", ""),
        spans=_spans(row.get("spans", ())),
        why=row.get("why", ""),
    )


def _spans(rows: Any) -> tuple[Span, ...]:
    return tuple((int(start), int(end)) for start, end in rows)
