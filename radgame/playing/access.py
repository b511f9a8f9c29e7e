"""The one door to a game's sittings and attempts: readers see their own, and nobody else's."""

import uuid

from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404

from radgame.accounts.models import User
from radgame.progress.models import Flag

from .models import A, GameRows, S


def get_attempt(rows: GameRows[S, A], reader: User, attempt_id: uuid.UUID) -> A:
    """The reader's attempt with its case, set and sitting in one query."""
    attempt = get_object_or_404(
        rows.attempts._default_manager.select_related(
            "case__dataset", "case__study", "sitting__case_set"
        ),
        pk=attempt_id,
        reader=reader,
    )
    attempt.reader = reader
    return attempt


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
