"""What this room holds of a person: outcomes, disputes, ratings, days, streak, review cards."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from django.db.models import Prefetch

from radgame.accounts.models import User
from radgame.accounts.own_data import CHUNK, Part, Row, leave_out, plain_rows, register

from .models import (
    Badge,
    Flag,
    Outcome,
    OutcomeLine,
    PlayedDay,
    ReaderRating,
    ReaderStreak,
    ReviewCard,
)

_withheld: list[Callable[[User], set[int]]] = []


def withhold(ask: Callable[[User], set[int]]) -> None:
    """``ask`` gives the keys of outcomes whose feedback a person may not see yet."""
    _withheld.append(ask)


def _withheld_from(person: User) -> set[int]:
    return set(chain.from_iterable(ask(person) for ask in _withheld))


def _outcomes(person: User) -> Iterator[Row]:
    withheld = _withheld_from(person)
    rows = (
        Outcome.objects.filter(reader=person)
        .order_by("pk")
        .select_related("case")
        .prefetch_related(
            Prefetch("lines", OutcomeLine.objects.order_by("pk").select_related("finding")),
            Prefetch("flags", Flag.objects.order_by("pk")),
        )
    )
    for outcome in rows.iterator(chunk_size=CHUNK):
        yield _outcome(outcome, withheld=outcome.pk in withheld)


def _outcome(outcome: Outcome, *, withheld: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": outcome.pk,
        "game": outcome.game,
        "case": outcome.case.public_id,
        "assignment": outcome.assignment,
        "seconds": outcome.seconds,
        "is_first": outcome.is_first,
        "occurred_at": outcome.occurred_at,
    }
    if withheld:
        return {**told, "feedback": "not open yet"}
    return {
        **told,
        "score": outcome.score,
        "scorer_version": outcome.scorer_version,
        "lines": [
            {
                "finding": line.finding.slug if line.finding else None,
                "concept": line.concept,
                "result": line.result,
                "weight": line.weight,
            }
            for line in outcome.lines.all()
        ],
        # Who settled it is another person.
        "disputes": [
            {
                "line": flag.line,
                "about": flag.about,
                "comment": flag.comment,
                "status": flag.status,
                "reply": flag.reply,
                "created_at": flag.created_at,
                "closed_at": flag.closed_at,
            }
            for flag in outcome.flags.all()
        ],
    }


def _ratings(person: User) -> Iterator[Row]:
    columns = ("game", "scope", "value", "deviation", "volatility", "games", "rated_at")
    return plain_rows(ReaderRating.objects.filter(reader=person), *columns)


def _days(person: User) -> Iterator[Row]:
    columns = (
        *("game", "day", "attempts", "firsts", "score_sum", "seconds"),
        *("value", "deviation"),
    )
    return plain_rows(PlayedDay.objects.filter(reader=person), *columns)


def _streak(person: User) -> Iterator[Row]:
    rows = ReaderStreak.objects.filter(reader=person)
    return plain_rows(rows, "days", "last", "freezes", "longest")


def _badges(person: User) -> Iterator[Row]:
    rows = Badge.objects.filter(reader=person)
    return plain_rows(rows, "kind", "game", "scope", "earned_at", "figures")


def _cards(person: User) -> Iterator[Row]:
    rows = ReviewCard.objects.filter(reader=person)
    return plain_rows(rows, "game", "scope", "card", "due_at")


def register_progress() -> None:
    for part in (
        Part(
            "outcomes",
            _outcomes,
            frozenset(
                {
                    "progress.Outcome.reader",
                    "progress.OutcomeLine.outcome",
                    "progress.Flag.outcome",
                }
            ),
        ),
        Part("ratings", _ratings, frozenset({"progress.ReaderRating.reader"})),
        Part("played_days", _days, frozenset({"progress.PlayedDay.reader"})),
        Part("streak", _streak, frozenset({"progress.ReaderStreak.reader"})),
        Part("badges", _badges, frozenset({"progress.Badge.reader"})),
        Part("review_cards", _cards, frozenset({"progress.ReviewCard.reader"})),
    ):
        register(part)
    leave_out("progress.Flag.closed_by", "Disputes of other people, which staff settled.")
    leave_out("progress.Standing.reader", "Made from the ratings, which are in it.")
    leave_out("progress.ReaderTally.reader", "Counts of the outcomes, which are in it.")
