"""The one door to a game's sittings and attempts: readers see their own, and nobody else's."""

import uuid
from functools import cache

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from radgame.accounts.models import User
from radgame.prepared import PreparedGet, Slot
from radgame.progress.models import Flag

from .models import A, GameRows, S


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
    """An attempt to look at: one's own; for staff, any that its reader disputes."""
    if not person.is_staff:
        return get_attempt(rows, person, attempt_id)
    disputed = Exists(Flag.objects.filter(outcome=OuterRef("outcome")))
    return get_object_or_404(
        rows.attempts._default_manager.select_related(
            "case__dataset", "case__study", "sitting__case_set", "reader"
        ),
        Q(reader=person) | Q(disputed),
        pk=attempt_id,
    )


def get_sitting(rows: GameRows[S, A], reader: User, sitting_id: uuid.UUID) -> S:
    return get_object_or_404(
        rows.sittings._default_manager.select_related("case_set"), pk=sitting_id, reader=reader
    )
