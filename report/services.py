"""The rules of the report game."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from radgame.accounts.models import User
from radgame.cases.dossier import open_report, open_sheet
from radgame.cases.models import CaseSet, Finding
from radgame.cases.reference import load_report
from radgame.playing import services as playing
from radgame.playing.services import Marked, Rescored, Started
from radgame.progress.services import LedgerLine
from scoring.reports.evaluation import Evaluation
from scoring.reports.reader.lexicon import CONCEPTS

from .marking import Marking, mark_reading
from .models import ROWS, Attempt, Sitting
from .outcomes import judged_findings
from .readings import Reading, ReadingRules, read_draft, reading_from_json

# A judge that names findings freely gives no concept; the ledger still counts the line.
UNNAMED = "unnamed"


def start_sitting(*, reader: User, case_set: CaseSet) -> Started[Sitting, Attempt]:
    """Open the set, or go on where the reader stopped; raises ``NothingToPlay``."""
    return playing.start_sitting(rows=ROWS, reader=reader, case_set=case_set)


def advance(*, attempt: Attempt) -> Attempt | None:
    """Open the case after this one; None when it was the last."""
    return playing.advance(rows=ROWS, attempt=attempt)


def reading_rules(attempt: Attempt) -> ReadingRules:
    """What may be written in this attempt."""
    return ReadingRules(
        asks_impression=attempt.sitting.case_set.asks_impression,
        max_findings=settings.MAX_FINDINGS_CHARACTERS,
        max_impression=settings.MAX_IMPRESSION_CHARACTERS,
    )


def read_attempt_draft(attempt: Attempt, text: str) -> dict[str, Any]:
    """A text in the making, as it is stored; raises ``AnswerError`` when it cannot be read."""
    return read_draft(text, reading_rules(attempt)).to_json()


def submit_attempt(*, attempt: Attempt, reading: Reading, elapsed_s: float) -> Attempt:
    """Mark the text once and for all; of two submits that race, both give the first's result."""
    answer = reading.to_json()
    with playing.kept_on_failure(rows=ROWS, attempt=attempt, answer=answer):
        marking = mark_reading(reading, open_report(attempt.case), attempt.case.study)
        findings = open_sheet(attempt.case).findings
        return playing.commit_answer(
            rows=ROWS,
            attempt=attempt,
            answer=answer,
            elapsed_s=elapsed_s,
            marked=_marked(marking, {slug: row.id for slug, row in findings.items()}),
        )


def rescore_attempt(*, attempt_id: uuid.UUID, dry_run: bool = False) -> Rescored:
    """Mark the stored text anew with today's rules and the report as it is today."""
    return playing.rescore(rows=ROWS, attempt_id=attempt_id, mark=_mark_anew, dry_run=dry_run)


def _mark_anew(attempt: Attempt) -> Marked:
    marking = mark_reading(
        reading_from_json(attempt.answer), load_report(attempt.case), attempt.case.study
    )
    return _marked(marking, dict(Finding.objects.values_list("slug", "id")))


def _marked(marking: Marking, ids: Mapping[str, int]) -> Marked:
    return Marked(
        score=marking.mark.score,
        version=marking.mark.version,
        stored=marking.to_json(),
        lines=ledger_lines(marking.mark.evaluation, ids),
    )


def ledger_lines(evaluation: Evaluation, ids: Mapping[str, int]) -> list[LedgerLine]:
    """Every finding of both texts in the ledger's words, with the weight it has for the patient."""
    return [
        LedgerLine(
            finding_id=_taxonomy_id(judged.subject.concept, ids),
            concept=judged.subject.concept or UNNAMED,
            result=judged.outcome.value,
            weight=judged.weight,
        )
        for judged in judged_findings(evaluation)
    ]


def _taxonomy_id(concept: str, ids: Mapping[str, int]) -> int | None:
    known = CONCEPTS.get(concept)
    return ids.get(known.taxonomy) if known is not None else None
