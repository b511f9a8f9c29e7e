"""A second judge that says what a test tells it to, and the rows it is asked about."""

from dataclasses import dataclass, field
from unittest.mock import patch

from django.test import TestCase

from radgame import jobs, queues
from radgame.queues import Delivery
from report.judging import judge_row
from report.models import Attempt, Judgement
from report.readings import Reading
from report.services import submit_attempt
from scoring.reports.evaluation import (
    Evaluation,
    Match,
    ReadingContext,
    ReportFinding,
    Significance,
)
from tests.report.marks import spans_of

ONE = Reading("Right pleural effusion of moderate size.")
EFFUSION = "moderate right pleural effusion"
PNEUMOTHORAX = "large left apical pneumothorax"


def evaluation(
    reference: str,
    candidate: str,
    *,
    effusion_found: bool = False,
    false: str = "",
    words: str = EFFUSION,
) -> Evaluation:
    """Of ``conftest.FINDINGS`` and ``ONE``: the effusion and the pneumothorax, the last missed."""
    said = [
        ReportFinding(
            "P1",
            "effusion",
            Significance.ACTIONABLE,
            spans=spans_of(candidate, "Right pleural effusion of moderate size"),
        )
    ]
    if false:
        said.append(ReportFinding("P2", false, Significance.ACTIONABLE))
    return Evaluation(
        reference_findings=(
            ReportFinding(
                "R1",
                words,
                Significance.ACTIONABLE,
                spans=spans_of(reference, "moderate right pleural effusion"),
            ),
            ReportFinding(
                "R2",
                PNEUMOTHORAX,
                Significance.URGENT,
                spans=spans_of(reference, "Large left apical pneumothorax"),
            ),
        ),
        predicted_findings=tuple(said),
        matched_findings=(Match("R1", "P1"),) if effusion_found else (),
        missing_findings=("R2",) if effusion_found else ("R1", "R2"),
        false_findings=tuple(
            finding.id for finding in said if not (effusion_found and finding.id == "P1")
        ),
    )


@dataclass
class FakeJudge:
    """Says that nothing was found, or what it is told; ``fails``: raises instead."""

    name: str = "openai"
    version: str = "tutor-1+quoting-1"
    effusion_found: bool = False
    false: str = ""
    words: str = EFFUSION
    fails: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def judge(self, reference: str, candidate: str, context: ReadingContext) -> Evaluation:
        self.asked.append((reference, candidate))
        if self.fails is not None:
            raise self.fails
        return evaluation(
            reference,
            candidate,
            effusion_found=self.effusion_found,
            false=self.false,
            words=self.words,
        )


def submitted(attempt: Attempt, reading: Reading = ONE) -> Attempt:
    """Submitted and committed; no worker is told of it."""
    silent = patch.object(queues, "publish", return_value=True)
    with silent, TestCase.captureOnCommitCallbacks(execute=True):
        return submit_attempt(attempt=attempt, reading=reading, elapsed_s=5)


def let_judge(attempt: Attempt, delivery: str = "first") -> Judgement:
    """A worker takes the attempt's row and judges it."""
    [key] = Judgement.objects.filter(attempt=attempt).values_list("pk", flat=True)
    rows = jobs.claim(Judgement, keys=[key], delivery=Delivery(delivery, again=False))
    for row in rows:
        judge_row(row)
    return Judgement.objects.get(pk=key)
