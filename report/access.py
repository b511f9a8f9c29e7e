"""The one door to sittings and attempts of the report game; who may pass is every game's rule."""

import uuid

from radgame.accounts.models import User
from radgame.playing import access

from .models import ROWS, Attempt


def get_attempt(reader: User, attempt_id: uuid.UUID) -> Attempt:
    return access.get_attempt(ROWS, reader, attempt_id)


def get_shown_attempt(person: User, attempt_id: uuid.UUID) -> Attempt:
    return access.get_shown_attempt(ROWS, person, attempt_id)
