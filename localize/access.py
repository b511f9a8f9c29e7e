"""The one door to sittings and attempts of the box game; who may pass is every game's rule."""

import uuid

from django.http import Http404

from radgame.accounts.models import User
from radgame.playing import access

from .models import ROWS, Attempt
from .words import Words, words_of


def get_attempt(reader: User, attempt_id: uuid.UUID) -> Attempt:
    return access.get_attempt(ROWS, reader, attempt_id)


def get_shown_attempt(person: User, attempt_id: uuid.UUID) -> Attempt:
    return access.get_shown_attempt(ROWS, person, attempt_id)


def get_feedback(person: User, attempt_id: uuid.UUID) -> Attempt:
    """An attempt whose feedback this person may look at; one in play has none."""
    attempt = get_shown_attempt(person, attempt_id)
    if not access.may_read_feedback(person, attempt):
        raise Http404
    return attempt


def get_words(reader: User, attempt_id: uuid.UUID, explanation_id: int) -> tuple[Attempt, Words]:
    """A model's words that the reader's own feedback shows now, and the attempt."""
    attempt = get_attempt(reader, attempt_id)
    is_open = access.may_read_feedback(reader, attempt)
    shown = words_of(attempt, reader).values() if is_open else ()
    words = next((one for one in shown if one.key == explanation_id), None)
    if words is None:
        raise Http404
    return attempt, words
