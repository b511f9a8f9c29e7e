"""What the box game holds of a person, beside sittings and attempts: explanations and flags."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F

from radgame.accounts.models import User
from radgame.accounts.own_data import Part, Row, leave_out, plain_rows, register
from radgame.playing.own_data import register_game

from .models import ROWS, Attempt, ExplanationFlag


def _explained(attempt: Attempt) -> dict[str, Any]:
    """The words about the attempt's own marks, as the page shows them."""
    shown = [row for row in attempt.explanations.all() if row.is_shown]
    return {"explanations": [{"text": row.text, "explainer": row.explainer} for row in shown]}


def _flags(person: User) -> Iterator[Row]:
    return plain_rows(
        ExplanationFlag.objects.filter(reader=person),
        *("comment", "created_at", "closed_at"),
        text=F("explanation__text"),
    )


def register_localize() -> None:
    register_game(
        ROWS,
        said_of=_explained,
        prefetch=("explanations",),
        covers=frozenset({"localize.Explanation.attempt"}),
    )
    register(Part("explanation_flags", _flags, frozenset({"localize.ExplanationFlag.reader"})))
    leave_out("localize.Explanation.withdrawn_by", "A model's words, which staff took away.")
    leave_out("localize.ExplanationFlag.explanation", "Who else said something of it.")
