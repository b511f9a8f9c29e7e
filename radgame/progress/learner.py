"""What a learner's own page is given: reads only, in a constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Finding
from radgame.charts import LineChart, Point, line_chart
from radgame.tables import FileKind

from . import streak as streaks
from .boards.standings import ENOUGH
from .booking import OVERALL
from .glicko2 import START_RATING, Rating, expected_score
from .models import Game, Outcome, PlayedDay, ReaderRating, ReaderStreak
from .practice import due_reviews
from .reached import badges_of

WEEKS: Final = 26
CURVE_DAYS: Final = 366

# An opponent of the middle, known exactly: what is left of the uncertainty is the reader's.
TYPICAL: Final = Rating(START_RATING, 0.0)


@dataclass(frozen=True, slots=True)
class GameProgress:
    """One game: the rating with its 95 % interval, and how it came there."""

    game: str
    name: str
    games: int
    value: int
    low: int
    high: int
    curve: LineChart | None
    days: tuple[PlayedDay, ...]

    @property
    def is_known(self) -> bool:
        return self.games >= ENOUGH

    @property
    def still_needed(self) -> int:
        return max(0, ENOUGH - self.games)


@dataclass(frozen=True, slots=True)
class Mastery:
    """How much of a finding a reader is expected to get on a film of middling difficulty.

    Shares in [0, 1], ``low`` and ``high`` the 95 % interval; None below ``ENOUGH`` films.
    """

    finding: str
    name: str
    game_name: str
    films: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def percent(self) -> int | None:
        return None if self.share is None else round(100 * self.share)

    @property
    def bounds(self) -> tuple[int, int] | None:
        if self.low is None or self.high is None:
            return None
        return round(100 * self.low), round(100 * self.high)

    @property
    def width(self) -> int:
        """Of the interval, in the bar's units of one hundredth."""
        return 0 if self.bounds is None else max(1, self.bounds[1] - self.bounds[0])

    @property
    def marker(self) -> float:
        """Where the bar is marked; the mark is centred on the share and stays inside."""
        return 0.0 if self.percent is None else min(98.5, max(0.0, self.percent - 0.75))


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A square of the calendar; ``level`` 0 to 4 by what was played."""

    day: date
    attempts: int
    level: int
    x: int
    y: int


def progress_context(reader: User) -> dict[str, Any]:
    """Ratings, curves, findings, days, badges: seven queries, whatever the history."""
    today = timezone.now().astimezone(reader.zone).date()
    ratings = list(ReaderRating.objects.filter(reader=reader))
    days = list(
        PlayedDay.objects.filter(
            reader=reader, day__gt=today - timedelta(days=CURVE_DAYS)
        ).order_by("day")
    )
    names = dict(Finding.objects.values_list("slug", "name"))
    findings = mastery_rows(ratings, names)
    squares = calendar(days, today)
    return {
        "games": [_game_progress(game, ratings, days) for game in Game],
        "findings": findings,
        "known": [row for row in findings if row.share is not None],
        "few": [row for row in findings if row.share is None],
        "badges": badges_of(reader, names),
        **_not_in_the_figures(reader),
        "streak": current_streak(reader, today),
        "calendar": squares,
        "played_days": [square for square in squares if square.attempts],
        "files": [(kind, reverse("progress_days_file", args=[kind])) for kind in FileKind],
        "weeks": WEEKS,
        "enough": ENOUGH,
        "has_figures": bool(days or ratings),
    }


def _not_in_the_figures(reader: User) -> dict[str, int]:
    """How many of one's cases wait for their feedback to open, and how many to be booked."""
    figures: dict[str, int] = Outcome.objects.filter(reader=reader).aggregate(
        waiting=Count("pk", filter=Q(is_withheld=True)),
        being_counted=Count(
            "pk",
            filter=Q(is_withheld=False, booked_at__isnull=True)
            | Q(is_withheld=True, counted_at__isnull=True),
        ),
    )
    return figures


@dataclass(frozen=True, slots=True)
class Practice:
    """A game that can be practised, and how many findings are due for review in it."""

    game: str
    name: str
    due: int


@dataclass(frozen=True, slots=True)
class HomeProgress:
    """What the front door says of one's own reading, and no more."""

    games: tuple[GameProgress, ...]
    practice: tuple[Practice, ...]
    streak: streaks.Streak


def home_progress(reader: User) -> HomeProgress:
    """Three queries; games that were never played are left out."""
    now = timezone.now()
    ratings = list(ReaderRating.objects.filter(reader=reader, scope=OVERALL))
    due = due_reviews(reader, now)
    played = [game for game in Game if any(rating.game == game for rating in ratings)]
    return HomeProgress(
        games=tuple(_game_progress(game, ratings, []) for game in played),
        practice=tuple(
            Practice(game.value, str(game.label), due[game].findings if game in due else 0)
            for game in played
        ),
        streak=current_streak(reader, now.astimezone(reader.zone).date()),
    )


def current_streak(reader: User, today: date) -> streaks.Streak:
    row = ReaderStreak.objects.filter(reader=reader).first()
    if row is None:
        return streaks.Streak()
    return streaks.as_of(streaks.Streak(row.days, row.last, row.freezes, row.longest), today)


def _game_progress(
    game: Game, ratings: Sequence[ReaderRating], days: Sequence[PlayedDay]
) -> GameProgress:
    own = next((r for r in ratings if r.game == game and r.scope == OVERALL), None)
    rating = Rating() if own is None else Rating(own.value, own.deviation, own.volatility)
    low, high = rating.interval
    played = tuple(day for day in days if day.game == game)
    games = 0 if own is None else own.games
    return GameProgress(
        game=game.value,
        name=str(game.label),
        games=games,
        value=round(rating.value),
        low=round(low),
        high=round(high),
        curve=rating_curve(known_days(played, games)),
        days=played,
    )


def known_days(days: Sequence[PlayedDay], games: int) -> list[PlayedDay]:
    """The days at whose end enough cases had been read; ``games``: at the end of the last."""
    read = games - sum(day.firsts for day in days)
    known = []
    for day in days:
        read += day.firsts
        if read >= ENOUGH:
            known.append(day)
    return known


def rating_curve(days: Sequence[PlayedDay]) -> LineChart | None:
    """The rating at the end of each day, with its 95 % band; one day is no curve."""
    if len(days) < 2:
        return None
    points = []
    for row in days:
        low, high = Rating(row.value, row.deviation).interval
        points.append(Point(row.day.toordinal(), row.value, low, high))
    return line_chart(points, x_labels=_month_labels(days[0].day, days[-1].day))


def _month_labels(first: date, last: date) -> list[tuple[float, str]]:
    """The first of each month between, thinned so that the labels do not touch; the first day."""
    months = []
    month = first.replace(day=1)
    while month <= last:
        if month >= first:
            months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    every = max(1, len(months) // 6)
    shown = months[::every] or [first]
    return [(day.toordinal(), date_format(day, "j M")) for day in shown]


def mastery_rows(ratings: Sequence[ReaderRating], names: Mapping[str, str]) -> list[Mastery]:
    """By finding, what needs practice first; those with too few films last."""
    rows = [
        _mastery(rating, names[rating.scope])
        for rating in ratings
        if rating.scope != OVERALL and rating.scope in names
    ]
    return sorted(rows, key=lambda row: (row.share is None, row.share or 0.0, row.name))


def _mastery(row: ReaderRating, name: str) -> Mastery:
    game_name = str(Game(row.game).label)
    if row.games < ENOUGH:
        return Mastery(row.scope, name, game_name, row.games, None, None, None)
    rating = Rating(row.value, row.deviation, row.volatility)
    low, high = rating.interval
    return Mastery(
        finding=row.scope,
        name=name,
        game_name=game_name,
        films=row.games,
        share=expected_score(rating, TYPICAL),
        low=expected_score(Rating(low), TYPICAL),
        high=expected_score(Rating(high), TYPICAL),
    )


def calendar(days: Sequence[PlayedDay], today: date) -> list[CalendarDay]:
    """The last half year in columns of weeks, Monday on top; both games together."""
    attempts: dict[date, int] = {}
    for row in days:
        attempts[row.day] = attempts.get(row.day, 0) + row.attempts
    start = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    span = (today - start).days + 1
    return [
        CalendarDay(
            day=day,
            attempts=attempts.get(day, 0),
            level=_level(attempts.get(day, 0)),
            x=number // 7,
            y=number % 7,
        )
        for number in range(span)
        if (day := start + timedelta(days=number))
    ]


def _level(attempts: int) -> int:
    """In fixed steps, so that a quiet month looks quiet: 1, 5, 10, 20 cases."""
    return sum(attempts >= step for step in (1, 5, 10, 20))


def day_rows(reader: User) -> tuple[list[str], list[list[object]]]:
    """The table behind the charts, for a file: heads and rows."""
    head = [
        _("Day"),
        _("Game"),
        _("Cases"),
        _("First attempts"),
        _("Mean score of first attempts"),
        _("Seconds"),
        _("Rating"),
        _("Standard error"),
    ]
    rows: list[list[object]] = [
        [
            row.day.isoformat(),
            row.game,
            row.attempts,
            row.firsts,
            round(row.score_sum / row.firsts, 4) if row.firsts else "",
            round(row.seconds),
            round(row.value, 1),
            round(row.deviation, 1),
        ]
        for row in PlayedDay.objects.filter(reader=reader).order_by("day", "game")
    ]
    return head, rows
