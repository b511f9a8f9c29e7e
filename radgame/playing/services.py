"""The rules every game keeps: what is open, what follows, and that a commit happens once."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic

from django.db import IntegrityError, connections, router, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, CaseSetItem
from radgame.classroom.models import Assignment
from radgame.classroom.studies.services import note_finished
from radgame.classroom.terms import order_of
from radgame.progress.services import (
    LedgerEntry,
    LedgerLine,
    record_outcome,
    release_outcomes,
    revise_outcome,
)
from radgame.watching.metrics import count_submit

from .assigned import refuse_passive, refuse_to_go_on, refuse_when_over, shows_feedback
from .claims import claim, claim_and_record
from .models import A, BaseAttempt, BaseSitting, GameRows, S
from .reserved import refuse_reserved


class AnswerError(ValueError):
    """The answer cannot be read; the message is for the learner."""


class DraftRefused(Exception):
    """The draft is older than what is stored, or the attempt is over; the message says which."""


class NothingToPlay(Exception):
    """No case of the set can be played now."""


@dataclass(frozen=True, slots=True)
class Started(Generic[S, A]):
    """A sitting, and the case to read in it; no case when every one has been read."""

    sitting: S
    attempt: A | None


@dataclass(frozen=True, slots=True)
class Aside:
    """What rescoring did to a mark that is kept beside the one that counts."""

    judge: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Marked:
    """What marking an answer gave, as it is stored.

    ``stored``: under ``result`` what was found, under ``inputs`` what it was computed from.
    ``aside``: where another's mark counts, what became of the one that is stored.
    """

    score: float
    version: str
    stored: dict[str, Any]
    lines: Sequence[LedgerLine]
    aside: Aside | None = None


@dataclass(frozen=True, slots=True)
class Rescored:
    """What rescoring did to one attempt."""

    attempt_id: uuid.UUID
    before: float
    after: float
    version_before: str
    version_after: str
    lines_changed: bool
    aside: Aside | None = None


# --- going through a set ------------------------------------------------------


def start_sitting(*, rows: GameRows[S, A], reader: User, case_set: CaseSet) -> Started[S, A]:
    """Open the set, or go on where the reader stopped.

    A sitting whose last case was submitted, but never left for its summary, is
    finished here. Raises ``NothingToPlay`` when not one case can be opened, ``NotTaken`` when a
    test keeps one of its films from this reader: free play tells the answer at once.
    """
    refuse_reserved(reader, case_set)
    with transaction.atomic():
        sitting, created = rows.sittings._default_manager.get_or_create(
            reader=reader, case_set=case_set, assignment=None, finished_at=None
        )
        return _go_on(rows, sitting, created=created)


def start_assigned(*, rows: GameRows[S, A], reader: User, assignment: Assignment) -> Started[S, A]:
    """Begin what was assigned, or go on with it; once finished it leads to its summary.

    Raises ``NotTaken`` when it is not open, or is over with cases left; ``NothingToPlay``.
    """
    refuse_passive(assignment)
    with transaction.atomic():
        sitting, created = assigned_sitting(rows, reader, assignment)
        if sitting.finished_at is not None:
            return Started(sitting, None)
        started = _go_on(rows, sitting, created=created)
        if started.attempt is not None:
            # Nobody reads a film whose answer is refused; what this has opened is undone.
            refuse_when_over(assignment, sitting.started_at)
        return started


def assigned_sitting(rows: GameRows[S, A], reader: User, assignment: Assignment) -> tuple[S, bool]:
    """The reader's one sitting of an assignment, and whether it is new; raises ``NotTaken``."""
    if assignment.game != rows.play:
        raise ValueError("The assignment is for another game.")
    sittings = rows.sittings._default_manager
    sitting = sittings.filter(reader=reader, assignment=assignment).first()
    if sitting is not None:
        return sitting, False
    refuse_when_over(assignment, None)
    return sittings.get_or_create(
        reader=reader,
        assignment=assignment,
        defaults={
            "case_set": assignment.case_set,
            "order": _order(rows, reader, assignment),
        },
    )


def _order(rows: GameRows[S, A], reader: User, assignment: Assignment) -> list[int] | None:
    if not assignment.is_shuffled:
        return None
    places = CaseSetItem.objects.filter(
        case_set=assignment.case_set_id, case__in=Case.objects.playable_as(rows.play)
    ).values_list("position", flat=True)
    return order_of(list(places), seed=assignment.seed, reader=reader.pk, shuffled=True)


def _go_on(rows: GameRows[S, A], sitting: S, *, created: bool) -> Started[S, A]:
    latest = None if created else _latest(rows, sitting)
    if latest is not None and not latest.is_submitted:
        return Started(sitting, latest)
    attempt = _open_next(rows, sitting, after=-1 if latest is None else latest.position)
    if attempt is None and latest is None:
        raise NothingToPlay
    if attempt is None:
        finish(sitting)
    return Started(sitting, attempt)


def advance(*, rows: GameRows[S, A], attempt: A) -> A | None:
    """Open the case after this one; None, and the sitting finished, when it was the last.

    Raises ``NotTaken`` when the set was assigned and is over or was taken back, or its reader has
    left; and when it is played freely and a test keeps one of its films by now. What is finished
    may be looked through all the same.
    """
    with transaction.atomic():
        sitting = (
            rows.sittings._default_manager.select_for_update(of=("self",))
            .select_related("reader", "case_set")
            .get(pk=attempt.sitting_id)
        )
        attempt = rows.attempts._default_manager.get(sitting=sitting, pk=attempt.pk)
        if not attempt.is_submitted:
            return attempt
        if sitting.finished_at is None:
            refuse_to_go_on(sitting)
        following = _open_next(rows, sitting, after=attempt.position)
        if following is None:
            finish(sitting)
        elif sitting.assignment_id is None:
            # Begun before the test was given; refused, it was not opened.
            refuse_reserved(sitting.reader, sitting.case_set)
        elif sitting.assignment is not None and not following.is_submitted:
            refuse_when_over(sitting.assignment, sitting.started_at)
        return following


def _latest(rows: GameRows[S, A], sitting: S) -> A | None:
    return rows.attempts._default_manager.filter(sitting=sitting).order_by("-position").first()


def _open_next(rows: GameRows[S, A], sitting: S, *, after: int) -> A | None:
    place = next_place(sitting, Case.objects.playable_by(sitting.reader, rows.play), after=after)
    if place is None:
        return None
    position, item = place
    attempt, _created = rows.attempts._default_manager.get_or_create(
        sitting=sitting,
        position=position,
        defaults={
            "reader": sitting.reader,
            "case_id": item.case_id,
            "was_shown": was_shown(rows, sitting.reader, item.case_id),
        },
    )
    return attempt


def next_place(
    sitting: BaseSitting, cases: QuerySet[Case], *, after: int
) -> tuple[int, CaseSetItem] | None:
    """The next place in the order of play that holds one of these cases; others are stepped over.

    Withdrawn cases, for instance. With its position in the sitting.
    """
    items = CaseSetItem.objects.filter(case_set_id=sitting.case_set_id, case__in=cases)
    if sitting.order is None:
        # The index on (set, position) makes this one probe.
        item = items.filter(position__gt=after).order_by("position").first()
        return None if item is None else (item.position, item)
    coming = sitting.order[after + 1 :]
    by_place = {item.position: item for item in items.filter(position__in=coming)}
    return next(
        (
            (after + 1 + number, by_place[place])
            for number, place in enumerate(coming)
            if place in by_place
        ),
        None,
    )


def finish(sitting: BaseSitting) -> None:
    """The set has been gone through; in a study this may be what the next phase waits for."""
    if sitting.finished_at is None:
        sitting.finished_at = timezone.now()
        sitting.save(update_fields=["finished_at"])
        if sitting.assignment_id is not None:
            if shows_feedback(sitting):
                release_outcomes(assignment=sitting.assignment_id, readers=[sitting.reader_id])
            note_finished(assignment=sitting.assignment_id, person=sitting.reader_id)


def was_shown(rows: GameRows[S, A], reader: User, case_id: int) -> bool:
    """Whether the reader was shown this case with its answer, in this game."""
    return rows.shown.filter(reader=reader, case=case_id).exists()


# --- one attempt --------------------------------------------------------------


def keep_draft(
    *,
    rows: GameRows[S, A],
    attempt: A,
    answer: dict[str, Any],
    elapsed_s: float,
    revision: int,
    tab: str = "",
) -> int:
    """Keep an answer in the making; gives the new revision.

    A tab may always follow itself: a page that is reloaded over an unsaved change sends it
    when the new page has been made already, with the revision before. Raises
    ``DraftRefused`` when another tab has saved since, or the attempt is submitted.
    """
    # Claimed by condition: of two tabs with the same revision one wins and one is told.
    follows = Q(draft_revision=revision) | (Q(draft_tab=tab) & ~Q(draft_tab=""))
    drafts = rows.attempts._default_manager.filter(
        follows, pk=attempt.pk, status=BaseAttempt.Status.DRAFT
    )
    saved = drafts.update(
        answer=answer,
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


@contextmanager
def kept_on_failure(*, rows: GameRows[S, A], attempt: A, answer: dict[str, Any]) -> Iterator[None]:
    """Should marking fail, keep what was submitted as the draft; the error goes on its way.

    An answer is never lost to a fault of ours: the learner finds it in the page again.
    """
    try:
        yield
    except Exception:
        rows.attempts._default_manager.filter(
            pk=attempt.pk, status=BaseAttempt.Status.DRAFT
        ).update(
            answer=answer,
            draft_revision=F("draft_revision") + 1,
            draft_saved_at=timezone.now(),
        )
        raise


def commit_answer(
    *,
    rows: GameRows[S, A],
    attempt: A,
    answer: dict[str, Any],
    elapsed_s: float,
    marked: Marked,
    also: Sequence[Callable[[], object]] = (),
) -> A:
    """Store a marked answer once and for all, with its outcome in the ledger.

    Of two submits that race, from a double click or a replayed request, one
    claims the attempt and the other gives back the first one's result.
    ``also``: writes that belong to the submit, made in its transaction by the one that claims.
    """
    try:
        claimed = _commit(rows, attempt, answer, elapsed_s, marked, also)
    except IntegrityError:
        # Another sitting's submit took the place of first attempt meanwhile; this one is a replay.
        claimed = _commit(rows, attempt, answer, elapsed_s, marked, also)
    if claimed:
        transaction.on_commit(partial(count_submit, rows.game))
    else:
        attempt.refresh_from_db()
    return attempt


def _commit(
    rows: GameRows[S, A],
    attempt: A,
    answer: dict[str, Any],
    elapsed_s: float,
    marked: Marked,
    also: Sequence[Callable[[], object]],
) -> bool:
    """Write outcome and attempt, both or neither; False when it was submitted already."""
    now = timezone.now()
    seconds = _bounded_elapsed(attempt, elapsed_s)
    submitted = {
        "answer": answer,
        "elapsed_s": seconds,
        "submitted_at": now,
        "status": BaseAttempt.Status.SUBMITTED,
        "result": marked.stored,
        "score": marked.score,
        "scorer_version": marked.version,
    }
    entry = LedgerEntry(
        reader_id=attempt.reader_id,
        game=rows.game,
        case_id=attempt.case_id,
        score=marked.score,
        seconds=seconds,
        scorer_version=marked.version,
        occurred_at=now,
        lines=marked.lines,
        assignment=attempt.sitting.assignment_id,
        is_withheld=not shows_feedback(attempt.sitting),
        was_shown=attempt.was_shown,
    )
    if also or connections[router.db_for_write(rows.attempts)].vendor != "postgresql":
        outcome_id = _claim_in_steps(rows, attempt, submitted, entry, also)
    else:
        outcome_id = _claim_at_once(rows, attempt, submitted, entry)
    if outcome_id is None:
        return False
    for name, value in submitted.items():
        setattr(attempt, name, value)
    attempt.outcome_id = outcome_id
    return True


def _claim_at_once(
    rows: GameRows[S, A], attempt: A, submitted: dict[str, Any], entry: LedgerEntry
) -> int | None:
    """In one statement, which is a transaction of its own; the outcome's key, if it was claimed."""
    using = router.db_for_write(rows.attempts)
    # Within a transaction that is open already, a failure must leave that one usable.
    alone = connections[using].get_autocommit()
    # Attempt and ledger share score and version, and here their slots.
    values = {**submitted, **entry.slots()}
    with nullcontext() if alone else transaction.atomic(using):
        row = claim_and_record(rows.attempts).row(attempt=attempt.pk, **values)
    return None if row is None else row[0]


class _AlreadySubmitted(Exception):
    """Rolls the ledger back when the attempt turns out to be taken."""


def _claim_in_steps(
    rows: GameRows[S, A],
    attempt: A,
    submitted: dict[str, Any],
    entry: LedgerEntry,
    also: Sequence[Callable[[], object]],
) -> int | None:
    """In a transaction of several statements; the outcome's key, if it was claimed."""
    try:
        with transaction.atomic(router.db_for_write(rows.attempts)):
            outcome = record_outcome(entry=entry)
            values = {**submitted, "outcome": outcome.pk}
            if not claim(rows.attempts).update(attempt=attempt.pk, **values):
                raise _AlreadySubmitted
            for write in also:
                write()
    except _AlreadySubmitted:
        return None
    return outcome.pk


def rescore(
    *,
    rows: GameRows[S, A],
    attempt_id: uuid.UUID,
    mark: Callable[[A], Marked],
    dry_run: bool = False,
) -> Rescored:
    """Mark a stored answer anew; where it differs, write attempt and ledger together."""
    with transaction.atomic():
        attempt = (
            rows.attempts._default_manager.select_for_update(of=("self",))
            .select_related("case", "outcome")
            .get(pk=attempt_id, status=BaseAttempt.Status.SUBMITTED)
        )
        marked = mark(attempt)
        rescored = Rescored(
            attempt_id=attempt.pk,
            before=attempt.score or 0.0,
            after=marked.score,
            version_before=attempt.scorer_version,
            version_after=marked.version,
            lines_changed=_found(attempt.result or {}) != _found(marked.stored),
            aside=marked.aside,
        )
        same = rescored.before == rescored.after and attempt.result == marked.stored
        if dry_run or (same and rescored.version_before == rescored.version_after):
            return rescored
        attempt.result = marked.stored
        attempt.score = marked.score
        attempt.scorer_version = marked.version
        attempt.save(update_fields=["result", "score", "scorer_version"])
        if attempt.outcome is not None:
            revise_outcome(
                outcome=attempt.outcome,
                score=marked.score,
                scorer_version=marked.version,
                lines=marked.lines,
            )
        return rescored


def _found(stored: dict[str, Any]) -> dict[str, Any]:
    """What was found, without the name of the rule that found it."""
    return {name: value for name, value in stored.get("result", {}).items() if name != "version"}


def _bounded_elapsed(attempt: BaseAttempt, claimed_s: float) -> float:
    """The page counts seconds of looking; it cannot have looked longer than the case was open."""
    open_s = (timezone.now() - attempt.started_at).total_seconds()
    return min(max(claimed_s, 0.0), open_s)
