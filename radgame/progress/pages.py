"""What the staff's page of disputes is given."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from .models import Flag, Game, Outcome


@dataclass(frozen=True, slots=True)
class Dispute:
    """A flag, and the attempt it is about with its address; nothing when the attempt is gone."""

    flag: Flag
    game_name: str
    attempt_id: uuid.UUID | None
    attempt_url: str


def disputes() -> QuerySet[Flag]:
    """Flags with everything that the page tells of them, in one query."""
    return Flag.objects.select_related(
        "outcome__reader",
        "outcome__case__dataset",
        "closed_by",
        *(f"outcome__{way_back}" for way_back in _ways_back()),
    )


def dispute_rows(flags: Iterable[Flag]) -> list[Dispute]:
    return [
        Dispute(
            flag=flag,
            game_name=str(Game(flag.outcome.game).label),
            attempt_id=(attempt_id := _attempt_id(flag.outcome)),
            attempt_url=reverse(f"{flag.outcome.game}:attempt", args=[attempt_id])
            if attempt_id
            else "",
        )
        for flag in flags
    ]


# The ledger imports no game; every game names its way back like this (radgame.playing.models).


def _way_back(game: str) -> str:
    return f"{game}_attempt"


def _ways_back() -> list[str]:
    known = {relation.name for relation in Outcome._meta.related_objects}
    return [name for game in Game.values if (name := _way_back(game)) in known]


def _attempt_id(outcome: Outcome) -> uuid.UUID | None:
    attempt = getattr(outcome, _way_back(outcome.game), None)
    return None if attempt is None else attempt.pk
