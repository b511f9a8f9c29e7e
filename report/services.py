"""The rules of the report game."""

import uuid
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings

from radgame.accounts.models import User
from radgame.cases.dossier import open_report, open_sheet
from radgame.cases.models import CaseSet
from radgame.cases.reference import load_report
from radgame.classroom.models import Assignment
from radgame.playing import services as playing
from radgame.playing.assigned import refuse_late_submit
from radgame.playing.services import Aside, Marked, Rescored, Started

from . import judging
from .judges import RULES
from .ledger import marked_by_rules, taxonomy_ids
from .marking import Marking, mark_reading
from .models import ROWS, Attempt, Judgement, Sitting
from .readings import Reading, ReadingRules, read_draft, reading_from_json


def start_sitting(*, reader: User, case_set: CaseSet) -> Started[Sitting, Attempt]:
    """Open the set, or go on where the reader stopped; raises ``NothingToPlay``."""
    return playing.start_sitting(rows=ROWS, reader=reader, case_set=case_set)


def start_assigned(*, reader: User, assignment: Assignment) -> Started[Sitting, Attempt]:
    """Begin what was assigned, or go on with it; raises ``NotTaken`` and ``NothingToPlay``."""
    return playing.start_assigned(rows=ROWS, reader=reader, assignment=assignment)


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
        refuse_late_submit(attempt)
        marking = mark_reading(reading, open_report(attempt.case), attempt.case.study)
        findings = open_sheet(attempt.case).findings
        submitted = playing.commit_answer(
            rows=ROWS,
            attempt=attempt,
            answer=answer,
            elapsed_s=elapsed_s,
            marked=marked_by_rules(marking, {slug: row.id for slug, row in findings.items()}),
        )
    # Readings that were brought in are marked by rules alone: thousands would keep a model busy.
    if judging.asks_model(submitted.sitting) and attempt.reader.is_person:
        judging.ask_soon(submitted)
    return submitted


def rescore_attempt(*, attempt_id: uuid.UUID, dry_run: bool = False) -> Rescored:
    """Mark the stored text anew with today's rules and the report as it is today.

    Where a model's mark counts, it goes on counting; but of a report that has changed since the
    model is asked again, and until it has answered the rules' mark counts.
    """
    return playing.rescore(
        rows=ROWS,
        attempt_id=attempt_id,
        mark=partial(_mark_anew, dry_run=dry_run),
        dry_run=dry_run,
    )


def _mark_anew(attempt: Attempt, *, dry_run: bool) -> Marked:
    marking = mark_reading(
        reading_from_json(attempt.answer), load_report(attempt.case), attempt.case.study
    )
    by_rules = marked_by_rules(marking, taxonomy_ids())
    judgement = judging.judgement_of(attempt)
    if judgement is None or judgement.state != Judgement.State.DONE:
        return by_rules
    outdated = not judging.is_of(judgement, marking.inputs)
    if outdated and judgement.judge == settings.GAME_JUDGE:
        if not dry_run:
            judging.ask_anew(attempt=attempt)
        return by_rules
    if not judgement.counts:
        return by_rules
    before = Marking.from_json(attempt.result or {}).mark.score
    return replace(
        judging.marked_by_model(judgement, marking),
        aside=Aside(judge=RULES, before=before, after=by_rules.score),
    )
