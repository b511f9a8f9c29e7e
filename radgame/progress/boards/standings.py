"""From ratings to standings: the rows that every board is made of.

A standing is written with what it follows from, in the same transaction: a booked rating, a changed
preference. What follows from the calendar alone (who played this week, what the points were seven
days ago) is rolled on a few rows at a time, by the schedule.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from radgame.progress.models import PlayedDay, ReaderRating, Standing

from . import sorted_sets
from .database import forget_counts

# Below so many first attempts nothing is claimed: the interval is wider than what it measures.
ENOUGH: Final = 20
# First attempts in seven days that make a reader one of this week's.
WEEKLY: Final = 5
WEEK: Final = timedelta(days=7)
OVERALL: Final = ""
BATCH: Final = 500

WRITTEN: Final = [
    "points",
    "deviation",
    "points_before",
    "is_weekly",
    "is_public",
    "as_of",
    "changed_at",
]


def refresh_standings(*, readers: Collection[int]) -> int:
    """Write the standings of these readers anew: two statements; gives how many rows."""
    now = timezone.now()
    today = now.date()
    rows = [
        Standing(
            reader_id=rating.reader_id,
            game=rating.game,
            points=round(rating.value),
            deviation=rating.deviation,
            points_before=_points_before(rating.games - rating.recent, rating.before),
            is_weekly=rating.recent >= WEEKLY,
            is_public=rating.reader.is_on_site_board,
            as_of=today,
            changed_at=now,
        )
        for rating in _ratings(readers, today - WEEK)
    ]
    Standing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["reader", "game"],
        update_fields=WRITTEN,
    )
    for game in {row.game for row in rows}:
        transaction.on_commit(partial(forget_counts, game))
    return len(rows)


def _ratings(readers: Collection[int], week_ago: date) -> "QuerySet[ReaderRating, Any]":
    """With ``recent``, first attempts after that day, and ``before``, the value at its end."""
    days = PlayedDay.objects.filter(reader=OuterRef("reader"), game=OuterRef("game"))
    recent = (
        days.filter(day__gt=week_ago).order_by().values("game").annotate(firsts_sum=Sum("firsts"))
    )
    before = days.filter(day__lte=week_ago).order_by("-day")
    return (
        ReaderRating.objects.filter(reader__in=readers, scope=OVERALL, games__gte=ENOUGH)
        .select_related("reader")
        .annotate(
            recent=Coalesce(
                Subquery(recent.values("firsts_sum")[:1], output_field=IntegerField()), 0
            ),
            before=Subquery(before.values("value")[:1]),
        )
        # One order for all, so that two who write at once never wait for each other in a ring.
        .order_by("reader_id", "game")
    )


def _points_before(games: int, value: float | None) -> int | None:
    """Nobody was on a board with fewer games than it takes."""
    return None if value is None or games < ENOUGH else round(value)


def refresh_person(*, reader_id: int) -> None:
    """After somebody changed what they wish: on the boards or off them, at once."""
    with transaction.atomic():
        # As booking does, so that neither overwrites what the other has just written.
        list(ReaderRating.objects.select_for_update().filter(reader=reader_id, scope=OVERALL))
        refresh_standings(readers=[reader_id])
        transaction.on_commit(partial(_tell_of, reader_id), robust=True)


def _tell_of(reader_id: int) -> None:
    sorted_sets.tell(lambda store: store.put(Standing.objects.filter(reader=reader_id)))


def roll_standings(*, limit: int = BATCH) -> int:
    """Bring the oldest standings to today; gives how many rows. Who is being booked waits."""
    old = Standing.objects.filter(as_of__lt=timezone.now().date()).order_by("as_of", "pk")
    with transaction.atomic():
        free = ReaderRating.objects.select_for_update(skip_locked=True).filter(
            reader__in=list(old.values_list("reader_id", flat=True)[:limit]), scope=OVERALL
        )
        return refresh_standings(readers={rating.reader_id for rating in free})


def rebuild_standings() -> int:
    """Write every standing anew from the ratings; gives how many."""
    rated = ReaderRating.objects.filter(scope=OVERALL, games__gte=ENOUGH).order_by("reader_id")
    last, written = 0, 0
    while readers := list(
        rated.filter(reader__gt=last).values_list("reader_id", flat=True).distinct()[:BATCH]
    ):
        written += refresh_standings(readers=readers)
        last = readers[-1]
    return written
