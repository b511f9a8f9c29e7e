"""The rules of the box game."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.dossier import open_key, open_sheet
from radgame.cases.models import Case, CaseSet, CaseSetItem, Finding, Kind, Play
from radgame.cases.reference import load_agreement, load_reference
from radgame.progress.models import Game
from radgame.progress.services import LedgerLine, record_outcome, revise_outcome
from scoring.localization import LocalizationResult, Outcome

from .answers import Answer, AnswerRules, answer_from_json, read_answer
from .marking import Marking, mark_answer
from .models import Attempt, Sitting


class DraftRefused(Exception):
    """The draft is older than what is stored, or the attempt is over; the message says which."""


@dataclass(frozen=True, slots=True)
class Started:
    """A sitting, and the case to read in it; no case when every one has been read."""

    sitting: Sitting
    attempt: Attempt | None


class NothingToPlay(Exception):
    """No case of the set can be played now."""


def start_sitting(*, reader: User, case_set: CaseSet) -> Started:
    """Open the set, or go on where the reader stopped.

    A sitting whose last case was submitted, but never left for its summary, is
    finished here. Raises ``NothingToPlay`` when not one case can be opened.
    """
    with transaction.atomic():
        sitting, created = Sitting.objects.get_or_create(
            reader=reader, case_set=case_set, finished_at=None
        )
        latest = None if created else sitting.attempts.order_by("-position").first()
        if latest is not None and not latest.is_submitted:
            return Started(sitting, latest)
        attempt = _open_next(sitting, after=-1 if latest is None else latest.position)
        if attempt is None and latest is None:
            raise NothingToPlay
        if attempt is None:
            _finish(sitting)
        return Started(sitting, attempt)


def _finish(sitting: Sitting) -> None:
    if sitting.finished_at is None:
        sitting.finished_at = timezone.now()
        sitting.save(update_fields=["finished_at"])


def advance(*, attempt: Attempt) -> Attempt | None:
    """Open the case after this one; None, and the sitting finished, when it was the last."""
    with transaction.atomic():
        sitting = (
            Sitting.objects.select_for_update(of=("self",))
            .select_related("reader")
            .get(pk=attempt.sitting_id)
        )
        attempt = sitting.attempts.get(pk=attempt.pk)
        if not attempt.is_submitted:
            return attempt
        following = _open_next(sitting, after=attempt.position)
        if following is None:
            _finish(sitting)
        return following


def _open_next(sitting: Sitting, *, after: int) -> Attempt | None:
    # Withdrawn cases are stepped over; the index on (set, position) makes this one probe.
    item = (
        CaseSetItem.objects.filter(
            case_set_id=sitting.case_set_id,
            position__gt=after,
            case__in=Case.objects.playable_by(sitting.reader, Play.LOCALIZE),
        )
        .order_by("position")
        .first()
    )
    if item is None:
        return None
    attempt, _created = Attempt.objects.get_or_create(
        sitting=sitting,
        position=item.position,
        defaults={"reader": sitting.reader, "case_id": item.case_id},
    )
    return attempt


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


def save_draft(
    *, attempt: Attempt, answer_text: str, elapsed_s: float, revision: int, tab: str = ""
) -> int:
    """Keep an answer in the making; gives the new revision.

    A tab may always follow itself: a page that is reloaded over an unsaved change sends it
    when the new page has been made already, with the revision before. Raises
    ``DraftRefused`` when another tab has saved since, or the attempt is submitted;
    ``AnswerError`` when the answer cannot be read.
    """
    answer = read_answer(answer_text, answer_rules(attempt.case))
    # Claimed by condition: of two tabs with the same revision one wins and one is told.
    follows = Q(draft_revision=revision) | (Q(draft_tab=tab) & ~Q(draft_tab=""))
    saved = Attempt.objects.filter(follows, pk=attempt.pk, status=Attempt.Status.DRAFT).update(
        answer=answer.to_json(),
        elapsed_s=_bounded_elapsed(attempt, elapsed_s),
        draft_revision=F("draft_revision") + 1,
        draft_tab=tab,
        draft_saved_at=timezone.now(),
    )
    attempt.refresh_from_db(fields=["status", "draft_revision"])
    if saved:
        return attempt.draft_revision
    if attempt.is_submitted:
        raise DraftRefused(_("This case has been submitted. Reload to see the feedback."))
    raise DraftRefused(
        _("This case is open in another tab, which saved later. Reload to go on from there.")
    )


def submit_attempt(*, attempt: Attempt, answer: Answer, elapsed_s: float) -> Attempt:
    """Mark the answer once and for all.

    Of two submits that race, from a double click or a replayed request, one
    claims the attempt and the other gives back the first one's result.
    """
    key = open_key(attempt.case)
    marking = mark_answer(answer, key.reference, key.agreement)
    findings = open_sheet(attempt.case).findings
    lines = ledger_lines(marking.result, {slug: row.id for slug, row in findings.items()})
    try:
        claimed = _commit(attempt, answer, elapsed_s, marking, lines)
    except IntegrityError:
        # Another sitting's submit took the place of first attempt meanwhile; this one is a replay.
        claimed = _commit(attempt, answer, elapsed_s, marking, lines)
    if not claimed:
        attempt.refresh_from_db()
    return attempt


class _AlreadySubmitted(Exception):
    """Rolls the ledger back when the attempt turns out to be taken."""


def _commit(
    attempt: Attempt,
    answer: Answer,
    elapsed_s: float,
    marking: Marking,
    lines: list[LedgerLine],
) -> bool:
    """Write outcome and attempt in one transaction; False when it was submitted already."""
    now = timezone.now()
    seconds = _bounded_elapsed(attempt, elapsed_s)
    try:
        with transaction.atomic():
            outcome = record_outcome(
                reader=attempt.reader,
                game=Game.LOCALIZE,
                case=attempt.case,
                score=marking.result.score,
                seconds=seconds,
                scorer_version=marking.result.version,
                occurred_at=now,
                lines=lines,
            )
            values = {
                "answer": answer.to_json(),
                "elapsed_s": seconds,
                "submitted_at": now,
                "status": Attempt.Status.SUBMITTED,
                "result": marking.to_json(),
                "score": marking.result.score,
                "scorer_version": marking.result.version,
                "outcome": outcome,
            }
            claimed = Attempt.objects.filter(pk=attempt.pk, status=Attempt.Status.DRAFT).update(
                **values
            )
            if not claimed:
                raise _AlreadySubmitted
    except _AlreadySubmitted:
        return False
    for name, value in values.items():
        setattr(attempt, name, value)
    return True


@dataclass(frozen=True, slots=True)
class Rescored:
    """What rescoring did to one attempt."""

    attempt_id: uuid.UUID
    before: float
    after: float
    version_before: str
    version_after: str
    lines_changed: bool


def rescore_attempt(*, attempt_id: uuid.UUID, dry_run: bool = False) -> Rescored:
    """Mark the stored answer anew with today's rules and reference standard."""
    with transaction.atomic():
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("case", "outcome")
            .get(pk=attempt_id, status=Attempt.Status.SUBMITTED)
        )
        before, version_before = attempt.score or 0.0, attempt.scorer_version
        marking = mark_answer(
            answer_from_json(attempt.answer),
            load_reference(attempt.case),
            load_agreement(attempt.case.dataset_id),
        )
        lines_changed = (attempt.result or {}).get("result", {}).get("lines") != (
            marking.to_json()["result"]["lines"]
        )
        changed = (
            lines_changed
            or before != marking.result.score
            or version_before != marking.result.version
        )
        if changed and not dry_run:
            _freeze(attempt, marking)
            attempt.save(update_fields=["result", "score", "scorer_version"])
            if attempt.outcome is not None:
                revise_outcome(
                    outcome=attempt.outcome,
                    score=marking.result.score,
                    scorer_version=marking.result.version,
                    lines=ledger_lines(
                        marking.result, dict(Finding.objects.values_list("slug", "id"))
                    ),
                )
    return Rescored(
        attempt_id=attempt.pk,
        before=before,
        after=marking.result.score,
        version_before=version_before,
        version_after=marking.result.version,
        lines_changed=lines_changed,
    )


def ledger_lines(result: LocalizationResult, ids: Mapping[str, int]) -> list[LedgerLine]:
    """The result's lines in the ledger's words; what was not scored stays out."""
    return [
        LedgerLine(finding_id=ids[line.finding], result=line.outcome.value)
        for line in result.lines
        if line.outcome is not Outcome.NOT_SCORED
    ]


def _freeze(attempt: Attempt, marking: Marking) -> None:
    attempt.result = marking.to_json()
    attempt.score = marking.result.score
    attempt.scorer_version = marking.result.version


def _bounded_elapsed(attempt: Attempt, claimed_s: float) -> float:
    """The page counts seconds of looking; it cannot have looked longer than the case was open."""
    open_s = (timezone.now() - attempt.started_at).total_seconds()
    return min(max(claimed_s, 0.0), open_s)
