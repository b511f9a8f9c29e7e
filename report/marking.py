"""From a reading and the radiologist's report to a frozen, explainable mark."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from radgame.cases.models import Study
from radgame.cases.reference import Report
from scoring.reports import rules_judge, score_report
from scoring.reports.evaluation import Judge, ReadingContext
from scoring.reports.marking import ReportMark

from .readings import FINDINGS, IMPRESSION, Reading
from .texts import JudgedText, join_sections

# Pure and offline, so that the mark is in the answer to the submit. Made here, so that its tables
# are read when a process starts and not in front of the first learner.
JUDGE: Final[Judge] = rules_judge()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the judge was given; the same inputs always give the same mark."""

    reference: JudgedText
    candidate: JudgedText
    context: ReadingContext

    def to_json(self) -> dict[str, Any]:
        return {
            "reference": self.reference.to_json(),
            "candidate": self.candidate.to_json(),
            "context": asdict(self.context),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Inputs":
        return cls(
            reference=JudgedText.from_json(data["reference"]),
            candidate=JudgedText.from_json(data["candidate"]),
            context=ReadingContext(**data["context"]),
        )


@dataclass(frozen=True, slots=True)
class Marking:
    """A mark with everything that went into it, so that it can be recomputed from itself."""

    mark: ReportMark
    inputs: Inputs

    def to_json(self) -> dict[str, Any]:
        return {"result": self.mark.to_json(), "inputs": self.inputs.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Marking":
        return cls(
            mark=ReportMark.from_json(data["result"]), inputs=Inputs.from_json(data["inputs"])
        )


def mark_reading(reading: Reading, report: Report, study: Study) -> Marking:
    """Compare a reading with the radiologist's report, for this patient."""
    return mark_inputs(
        Inputs(
            reference=_join(report.findings, report.impression),
            candidate=_join(reading.findings, reading.impression),
            context=context_of(study),
        )
    )


def mark_inputs(inputs: Inputs, judge: Judge | None = None) -> Marking:
    """Score stored inputs, by rules unless another judge is given.

    Raises what the judge raises: ``JudgeFailed``, and the one by rules nothing.
    """
    mark = score_report(
        inputs.reference.text, inputs.candidate.text, inputs.context, judge=judge or JUDGE
    )
    return Marking(mark=mark, inputs=inputs)


def context_of(study: Study) -> ReadingContext:
    """What is known of the patient. No prior study is ever shown, so comparison stays empty."""
    return ReadingContext(
        age_years=study.age_years, sex=study.sex, indication=study.indication, comparison=""
    )


def _join(findings: str, impression: str) -> JudgedText:
    return join_sections([(FINDINGS, findings), (IMPRESSION, impression)])
