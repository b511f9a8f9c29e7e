"""What the staff's page of disputes is given."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from .models import Flag, Game, Outcome


@dataclass(frozen=True, slots=True)
class Dispute:
    """A flag, and the address of the feedback it is about; empty when the attempt is gone."""

    flag: Flag
    game_name: str
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
            attempt_url=_attempt_url(flag.outcome),
        )
        for flag in flags
    ]


# The ledger imports no game; every game names its way back like this (radgame.playing.models).


def _way_back(game: str) -> str:
    return f"{game}_attempt"


def _ways_back() -> list[str]:
    known = {relation.name for relation in Outcome._meta.related_objects}
    return [name for game in Game.values if (name := _way_back(game)) in known]


def _attempt_url(outcome: Outcome) -> str:
    attempt = getattr(outcome, _way_back(outcome.game), None)
    return "" if attempt is None else reverse(f"{outcome.game}:attempt", args=[attempt.pk])
