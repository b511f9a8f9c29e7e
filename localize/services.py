"""The rules of the box game."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from radgame.accounts.models import User
from radgame.cases.dossier import open_key, open_sheet
from radgame.cases.models import Case, CaseSet, Finding, Kind
from radgame.cases.reference import load_agreement, load_reference
from radgame.classroom.models import Assignment
from radgame.playing import services as playing
from radgame.playing.assigned import refuse_late_submit
from radgame.playing.services import Marked, Rescored, Started
from radgame.progress.services import LedgerLine
from scoring.localization import LocalizationResult, Outcome

from . import explaining
from .answers import Answer, AnswerRules, answer_from_json, read_answer
from .marking import Marking, left_out, mark_answer
from .models import ROWS, Attempt, Sitting


def start_sitting(*, reader: User, case_set: CaseSet) -> Started[Sitting, Attempt]:
    """Open the set, or go on where the reader stopped; raises ``NothingToPlay``."""
    return playing.start_sitting(rows=ROWS, reader=reader, case_set=case_set)


def start_assigned(*, reader: User, assignment: Assignment) -> Started[Sitting, Attempt]:
    """Begin what was assigned, or go on with it; raises ``NotTaken`` and ``NothingToPlay``."""
    return playing.start_assigned(rows=ROWS, reader=reader, assignment=assignment)


def advance(*, attempt: Attempt) -> Attempt | None:
    """Open the case after this one; None when it was the last."""
    return playing.advance(rows=ROWS, attempt=attempt)


def answer_rules(case: Case) -> AnswerRules:
    """What may be answered on this case."""
    sheet = open_sheet(case)
    offered = [sheet.findings[slug] for slug in sheet.offered]
    return AnswerRules(
        film_sizes={film.token: (film.columns, film.rows) for film in sheet.films},
        draw={finding.slug for finding in offered if finding.kind == Kind.DRAW},
        select={finding.slug for finding in offered if finding.kind == Kind.SELECT},
        max_marks=settings.MAX_MARKS_PER_ATTEMPT,
    )


def read_draft(attempt: Attempt, text: str) -> dict[str, Any]:
    """An answer in the making, as it is stored; raises ``AnswerError`` when it cannot be read."""
    return read_answer(text, answer_rules(attempt.case)).to_json()


def submit_attempt(
    *, attempt: Attempt, answer: Answer, elapsed_s: float, without: str = ""
) -> Attempt:
    """Mark the answer once and for all; of two submits that race, both give the first's result.

    ``without``: the reference reader whose own reading it is, compared with the others alone.
    """
    stored = answer.to_json()
    with playing.kept_on_failure(rows=ROWS, attempt=attempt, answer=stored):
        refuse_late_submit(attempt)
        key = open_key(attempt.case)
        findings = open_sheet(attempt.case).findings
        marking = mark_answer(answer, key.reference, key.agreement, without=without)
        submitted = playing.commit_answer(
            rows=ROWS,
            attempt=attempt,
            answer=stored,
            elapsed_s=elapsed_s,
            marked=_marked(marking, {slug: row.id for slug, row in findings.items()}),
        )
    # Nobody reads the feedback of readings that were brought in.
    asks = explaining.is_on() and submitted.sitting.shows_explanations
    if asks and attempt.reader.is_person:
        explaining.ask_soon(submitted)
    return submitted


def rescore_attempt(*, attempt_id: uuid.UUID, dry_run: bool = False) -> Rescored:
    """Mark the stored answer anew with today's rules and reference standard."""
    return playing.rescore(rows=ROWS, attempt_id=attempt_id, mark=_mark_anew, dry_run=dry_run)


def _mark_anew(attempt: Attempt) -> Marked:
    marking = mark_answer(
        answer_from_json(attempt.answer),
        load_reference(attempt.case),
        load_agreement(attempt.case.dataset_id),
        without=left_out(attempt.result),
    )
    return _marked(marking, dict(Finding.objects.values_list("slug", "id")))


def _marked(marking: Marking, ids: Mapping[str, int]) -> Marked:
    return Marked(
        score=marking.result.score,
        version=marking.result.version,
        stored=marking.to_json(),
        lines=ledger_lines(marking.result, ids),
    )


def ledger_lines(result: LocalizationResult, ids: Mapping[str, int]) -> list[LedgerLine]:
    """The result's lines in the ledger's words; what was not scored stays out."""
    return [
        LedgerLine(finding_id=ids[line.finding], result=line.outcome.value)
        for line in result.lines
        if line.outcome is not Outcome.NOT_SCORED
    ]
