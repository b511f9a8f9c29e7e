"""The one door to sittings and attempts: readers see their own, and nobody else's."""

import uuid

from django.shortcuts import get_object_or_404

from radgame.accounts.models import User

from .models import Attempt, Sitting


def get_attempt(reader: User, attempt_id: uuid.UUID) -> Attempt:
    """The reader's attempt with its case, set and sitting in one query."""
    attempt = get_object_or_404(
        Attempt.objects.select_related("case__dataset", "case__study", "sitting__case_set"),
        pk=attempt_id,
        reader=reader,
    )
    attempt.reader = reader
    return attempt


def get_sitting(reader: User, sitting_id: uuid.UUID) -> Sitting:
    return get_object_or_404(
        Sitting.objects.select_related("case_set"), pk=sitting_id, reader=reader
    )
