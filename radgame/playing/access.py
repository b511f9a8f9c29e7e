"""The one door to a game's sittings and attempts: readers see their own, and nobody else's."""

import uuid
from functools import cache

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from radgame.accounts.models import User
from radgame.classroom.models import Membership
from radgame.prepared import PreparedGet, Slot
from radgame.progress.models import Flag

from .assigned import shows_feedback
from .models import A, BaseAttempt, BaseExposure, GameRows, S


def get_attempt(rows: GameRows[S, A], reader: User, attempt_id: uuid.UUID) -> A:
    """The reader's attempt with its case, set and sitting in one query."""
    attempt: A | None = _own_attempt(rows.attempts).first(attempt=attempt_id, reader=reader.pk)
    if attempt is None:
        raise Http404
    attempt.reader = reader
    return attempt


@cache
def _own_attempt(attempts: type[A]) -> PreparedGet[A]:
    # Five tables: composing this took longer than marking the answer.
    return PreparedGet(
        lambda: attempts._default_manager.select_related(
            "case__dataset", "case__study", "sitting__case_set"
        ).filter(
            pk=Slot("attempt", attempts._meta.pk),
            reader_id=Slot("reader", User._meta.pk),
        )
    )


def get_shown_attempt(rows: GameRows[S, A], person: User, attempt_id: uuid.UUID) -> A:
    """An attempt to look at: one's own; for staff, any that its reader disputes.

    For instructors, what was submitted in an assignment of a cohort that they teach, by somebody
    who learns in it now. Never a draft.
    """
    own: A | None = _own_attempt(rows.attempts).first(attempt=attempt_id, reader=person.pk)
    if own is not None:
        own.reader = person
        return own
    shown = Q(status=BaseAttempt.Status.SUBMITTED) & _is_followed_by(person)
    if person.is_staff:
        shown |= Q(Exists(Flag.objects.filter(outcome=OuterRef("outcome"))))
    return get_object_or_404(
        rows.attempts._default_manager.select_related(
            "case__dataset", "case__study", "sitting__case_set", "reader"
        ),
        shown,
        pk=attempt_id,
    )


def _is_followed_by(person: User) -> Q:
    """Attempts in what this person's cohorts were assigned, while their readers learn there."""
    of_its_cohort = {"cohort": OuterRef("sitting__assignment__cohort")}
    teaches = Membership.objects.teaching().filter(person=person, **of_its_cohort)
    learns = Membership.objects.learners().filter(person=OuterRef("reader"), **of_its_cohort)
    return Q(Exists(teaches)) & Q(Exists(learns))


def may_read_feedback(person: User, attempt: BaseAttempt) -> bool:
    """Whether this person, who may look at the attempt, sees what became of it by now.

    When feedback opens is a rule for who reads the film; others only look back at it.
    """
    is_own = attempt.reader_id == person.pk
    return attempt.is_submitted and (not is_own or shows_feedback(attempt.sitting))


def get_sitting(rows: GameRows[S, A], reader: User, sitting_id: uuid.UUID) -> S:
    return get_object_or_404(
        rows.sittings._default_manager.select_related("case_set"), pk=sitting_id, reader=reader
    )


def get_exposure(rows: GameRows[S, A], reader: User, exposure_id: uuid.UUID) -> BaseExposure:
    """A case that this reader is shown, or was."""
    found: BaseExposure = get_object_or_404(
        rows.shown.select_related(
            "case__dataset", "case__study", "sitting__case_set", "sitting__assignment__cohort"
        ),
        pk=exposure_id,
        reader=reader,
    )
    found.reader = reader
    return found
