"""Readers with a rating, made without playing."""

from datetime import timedelta

from django.utils import timezone

from radgame.accounts.models import User
from radgame.progress.boards.standings import refresh_standings
from radgame.progress.models import Game, PlayedDay, ReaderRating


def rate(
    reader: User,
    value: float,
    *,
    before: float | None = None,
    games: int = 40,
    this_week: int = 0,
    game: Game = Game.LOCALIZE,
) -> None:
    """Give a reader this rating; ``before``: at the end of the day eight days ago."""
    now = timezone.now()
    ReaderRating.objects.update_or_create(
        reader=reader,
        game=game,
        scope="",
        defaults={
            "value": value,
            "deviation": 50.0,
            "volatility": 0.06,
            "games": games,
            "rated_at": now,
        },
    )
    PlayedDay.objects.filter(reader=reader, game=game).delete()
    for days, firsts, at_its_end in ((8, games - this_week, before), (1, this_week, value)):
        if at_its_end is not None and firsts:
            PlayedDay.objects.create(
                reader=reader,
                game=game,
                day=now.date() - timedelta(days=days),
                attempts=firsts,
                firsts=firsts,
                value=at_its_end,
                deviation=50.0,
            )
    refresh_standings(readers=[reader.pk])


def wish(reader: User, boards: str, alias: str = "") -> None:
    reader.boards, reader.alias = boards, alias
    reader.save(update_fields=["boards", "alias"])
    refresh_standings(readers=[reader.pk])
