"""From the ledger to what is shown of it: ratings, days, streaks. Behind the submit, never in it.

Outcomes are booked in the order in which they happened, each once, in one transaction with all
that follows from it. The cost of one does not depend on how many came before.

Of an outcome on which feedback is withheld, only that somebody played is taken in, for day and
streak, which they know. All that follows from its score waits until feedback has opened, and then
comes in its turn: at the moment of opening.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from radgame.cases.dossier import open_key, open_sheet
from radgame.cases.models import Case

from . import badges
from . import streak as streaks
from .boards import sorted_sets
from .boards.standings import refresh_standings
from .glicko2 import Game as Played
from .glicko2 import Rating, rested, updated
from .models import (
    Badge,
    CaseRating,
    Game,
    Outcome,
    PlayedDay,
    ReaderRating,
    ReaderStreak,
    ReaderTally,
    ReviewCard,
    Standing,
)
from .prior import FindingPrior, case_prior, finding_prior
from .schedule import Rest, Scheduled, met, rest_before

BATCH: Final = 200
OVERALL: Final = ""

# What a line is worth for its finding; half for what is found but not right in what matters.
CREDIT: Final = {
    "hit": 1.0,
    "misplaced": 0.25,
    "wrong_finding": 0.25,
    "missed": 0.0,
    "false_mark": 0.0,
    "matched": 1.0,
    "partly": 0.5,
    "false": 0.0,
}

START: Final = Rating()

Key = tuple[int, str, str]

BOOKED: Final = (
    *(ReaderRating, CaseRating, PlayedDay, ReaderStreak, ReviewCard),
    *(Standing, Badge, ReaderTally),
)


@dataclass(slots=True)
class _Held:
    """A rating while a batch is booked."""

    rating: Rating
    at: datetime
    games: int = 0

    def at_time(self, moment: datetime) -> Rating:
        return rested(self.rating, (moment - self.at).total_seconds())

    def move(self, rating: Rating, moment: datetime) -> None:
        self.rating, self.at, self.games = rating, max(self.at, moment), self.games + 1


@dataclass(frozen=True, slots=True)
class _Move:
    """What one outcome did to a reader's rating; ``games``: how many it rests on now."""

    before: Rating
    after: Rating
    games: int


@dataclass(slots=True)
class _Day:
    attempts: int = 0
    firsts: int = 0
    score_sum: float = 0.0
    seconds: float = 0.0
    rating: Rating | None = None


@dataclass(frozen=True, slots=True)
class _Event:
    """Something to take in at its moment: a mark, or that somebody played without one yet."""

    at: datetime
    outcome: Outcome
    is_mark: bool


@dataclass(slots=True)
class _Books:
    """Everything a batch touches, read in a few queries and written in as many."""

    readers: dict[Key, _Held]
    cases: dict[Key, _Held]
    streaks: dict[int, streaks.Streak]
    cards: dict[Key, Scheduled]
    tallies: dict[int, badges.Tally]
    earned: list[Badge] = field(default_factory=list)
    days: dict[tuple[int, str, date], _Day] = field(default_factory=dict)


def book_outcomes(*, limit: int = BATCH) -> int:
    """Book the oldest outcomes that nobody has booked; gives how many."""
    with transaction.atomic():
        events = _next_events(limit)
        if events:
            _book(events)
    return len(events)


def book_everything() -> int:
    """Book until nothing is left; gives how many."""
    booked = 0
    while done := book_outcomes():
        booked += done
    return booked


def rebuild() -> int:
    """Forget what was booked and book the whole ledger anew, in order."""
    with transaction.atomic():
        for model in BOOKED:
            model._default_manager.all().delete()
        Outcome.objects.update(booked_at=None, counted_at=None)
    booked = book_everything()
    # Who has no standing any more must not stay on a board.
    sorted_sets.tell(lambda store: store.fill())
    return booked


def _next_events(limit: int) -> list[_Event]:
    """The oldest things to take in, of both kinds, in order."""
    rows = (
        # Two that book at once ask for the same first row: the second waits, and finds it done.
        Outcome.objects.select_for_update(of=("self",))
        .select_related("reader", "case__dataset")
        .prefetch_related("lines__finding")
    )
    to_count = rows.filter(
        Q(is_withheld=True) | Q(released_at__isnull=False), counted_at__isnull=True
    ).order_by("occurred_at", "id")
    to_mark = rows.filter(booked_at__isnull=True, is_withheld=False).order_by(
        Coalesce("released_at", "occurred_at"), "id"
    )
    events = [_Event(row.occurred_at, row, is_mark=False) for row in to_count[:limit]]
    events += [_Event(known_at(row), row, is_mark=True) for row in to_mark[:limit]]
    # As many of each were read: what is cut off is later than all that stays.
    return sorted(events, key=lambda event: (event.at, event.outcome.pk, event.is_mark))[:limit]


def known_at(outcome: Outcome) -> datetime:
    """When its reader could know what became of it."""
    return outcome.released_at or outcome.occurred_at


def _book(events: Sequence[_Event]) -> None:
    books = _open([event.outcome for event in events])
    for event in events:
        if not event.is_mark or event.outcome.released_at is None:
            _count(books, event.outcome)
        if event.is_mark:
            _mark(books, event.outcome)
    _write(books)
    marked = [event.outcome for event in events if event.is_mark]
    counted = [event.outcome.pk for event in events if not event.is_mark]
    refresh_standings(readers={outcome.reader_id for outcome in marked if outcome.is_first})
    now = timezone.now()
    Outcome.objects.filter(pk__in=[outcome.pk for outcome in marked]).update(booked_at=now)
    if counted:
        Outcome.objects.filter(pk__in=counted).update(counted_at=now)


# --- one outcome ----------------------------------------------------------------


def _count(books: _Books, outcome: Outcome) -> None:
    """That somebody played, whatever came of it."""
    if not outcome.reader.is_person:
        return
    day = _day_of(outcome, outcome.occurred_at)
    kept = _open_day(books, outcome, day)
    kept.rating = _rating_now(books, outcome)
    kept.attempts += 1
    kept.seconds += outcome.seconds
    before = books.streaks.get(outcome.reader_id, streaks.Streak())
    after = books.streaks[outcome.reader_id] = streaks.played(before, day)
    _hand_out(books, outcome, outcome.occurred_at, badges.lasted(before.days, after.days))


def _mark(books: _Books, outcome: Outcome) -> None:
    """What follows from the score."""
    scores = _scores(outcome)
    moves = (
        {scope: _rate(books, outcome, scope, score) for scope, score in scores.items()}
        if outcome.is_first
        else {}
    )
    if not outcome.reader.is_person:
        return
    if outcome.is_first:
        _take_into_tally(books, outcome, scores, moves)
    if outcome.is_first:
        played = _open_day(books, outcome, _day_of(outcome, outcome.occurred_at))
        played.firsts += 1
        played.score_sum += outcome.score
    # A rating moves on the day on which its reader could know: the days before keep theirs.
    moved = _open_day(books, outcome, _day_of(outcome, known_at(outcome)))
    moved.rating = _rating_now(books, outcome)
    for scope, credit in scores.items():
        if scope != OVERALL:
            _schedule(books, outcome, scope, credit)


def _take_into_tally(
    books: _Books, outcome: Outcome, scores: dict[str, float], moves: dict[str, _Move]
) -> None:
    met_here = [
        badges.Met(
            scope=scope,
            credit=credit,
            before=moves[scope].before,
            after=moves[scope].after,
            films=moves[scope].games,
            rest=_rest(books, outcome, scope),
        )
        for scope, credit in scores.items()
        if scope != OVERALL
    ]
    first = badges.First(outcome.game, outcome.score, _is_clear(outcome), met_here)
    before = books.tallies.get(outcome.reader_id, badges.Tally())
    books.tallies[outcome.reader_id], earned = badges.read(before, first)
    _hand_out(books, outcome, known_at(outcome), earned)


def _is_clear(outcome: Outcome) -> bool | None:
    """Whether a normal film was read as one. A report says more than that, and is not asked."""
    if outcome.game != Game.LOCALIZE or not outcome.case.is_normal:
        return None
    return outcome.score >= badges.ALL and not outcome.lines.all()


def _rest(books: _Books, outcome: Outcome, scope: str) -> Rest | None:
    known = books.cards.get((outcome.reader_id, outcome.game, scope))
    return None if known is None else rest_before(known.card, outcome.occurred_at)


def _hand_out(
    books: _Books, outcome: Outcome, moment: datetime, earned: Sequence[badges.Earned]
) -> None:
    books.earned += [
        Badge(
            reader_id=outcome.reader_id,
            kind=one.kind,
            game=one.game,
            scope=one.scope,
            earned_at=moment,
            figures=one.figures,
        )
        for one in earned
    ]


def _day_of(outcome: Outcome, moment: datetime) -> date:
    return moment.astimezone(outcome.reader.zone).date()


def _open_day(books: _Books, outcome: Outcome, day: date) -> _Day:
    return books.days.setdefault((outcome.reader_id, outcome.game, day), _Day())


def _rating_now(books: _Books, outcome: Outcome) -> Rating:
    held = books.readers.get((outcome.reader_id, outcome.game, OVERALL))
    return held.rating if held else START


def _schedule(books: _Books, outcome: Outcome, scope: str, credit: float) -> None:
    """Replays count here: who sees at the second try what they missed has met it again."""
    key = (outcome.reader_id, outcome.game, scope)
    known = books.cards.get(key)
    after = met(
        None if known is None else known.card,
        credit=credit,
        at=outcome.occurred_at,
        key=outcome.pk,
    )
    if after is not None:
        books.cards[key] = after


def _scores(outcome: Outcome) -> dict[str, float]:
    """What the outcome says of the game, and of each finding that has lines in it."""
    by_finding: dict[str, list[float]] = {}
    for line in outcome.lines.all():
        if line.finding is not None and line.result in CREDIT:
            by_finding.setdefault(line.finding.slug, []).append(CREDIT[line.result])
    means = {slug: sum(credits) / len(credits) for slug, credits in by_finding.items()}
    return {OVERALL: outcome.score, **means}


def _rate(books: _Books, outcome: Outcome, scope: str, score: float) -> _Move:
    """Reader and case move at once, each against what the other was before.

    A case stays as it is when the readings of a radiologist or a model are brought in: how hard it
    is, learners say (ADR 18).
    """
    moment = outcome.occurred_at
    reader = books.readers.setdefault(
        (outcome.reader_id, outcome.game, scope), _Held(Rating(), moment)
    )
    key = (outcome.case_id, outcome.game, scope)
    case = books.cases.get(key) or _Held(_prior(outcome.case, outcome.game, scope), moment)
    one, other = reader.at_time(moment), case.at_time(moment)
    reader.move(updated(one, [Played(other, score)]), moment)
    if outcome.reader.is_person:
        books.cases[key] = case
        case.move(updated(other, [Played(one, 1 - score)]), moment)
    return _Move(one, reader.rating, reader.games)


def _prior(case: Case, game: str, scope: str) -> Rating:
    known = _finding_priors(case) if game == Game.LOCALIZE else {}
    if scope == OVERALL:
        if game == Game.LOCALIZE:
            return case_prior(list(known.values()))
        return case_prior([] if case.is_normal else [FindingPrior()])
    return finding_prior(known.get(scope, FindingPrior()))


def _finding_priors(case: Case) -> dict[str, FindingPrior]:
    key, sheet = open_key(case), open_sheet(case)
    sizes = {film.token: film.columns * film.rows for film in sheet.films}
    areas: dict[str, float] = {}
    for region in key.reference.regions:
        x_min, y_min, x_max, y_max = region.box
        share = (x_max - x_min) * (y_max - y_min) / sizes[region.image]
        areas[region.finding] = min(share, areas.get(region.finding, 1.0))
    agreement = key.agreement
    return {
        slug: FindingPrior(areas.get(slug), agreement[slug].median if slug in agreement else None)
        for slug in sorted({statement.finding for statement in key.reference.statements})
    }


# --- reading and writing the books ----------------------------------------------


def _open(outcomes: Sequence[Outcome]) -> _Books:
    readers = {outcome.reader_id for outcome in outcomes}
    cases = {outcome.case_id for outcome in outcomes}
    return _Books(
        readers={
            (row.reader_id, row.game, row.scope): _held(row)
            for row in ReaderRating.objects.select_for_update().filter(reader__in=readers)
        },
        cases={
            (row.case_id, row.game, row.scope): _held(row)
            for row in CaseRating.objects.select_for_update().filter(case__in=cases)
        },
        streaks={
            row.reader_id: streaks.Streak(row.days, row.last, row.freezes, row.longest)
            for row in ReaderStreak.objects.select_for_update().filter(reader__in=readers)
        },
        cards={
            (row.reader_id, row.game, row.scope): Scheduled(row.card, row.due_at)
            for row in ReviewCard.objects.select_for_update().filter(reader__in=readers)
        },
        tallies={
            row.reader_id: badges.Tally.from_json(row.state)
            for row in ReaderTally.objects.select_for_update().filter(reader__in=readers)
        },
    )


def _held(row: ReaderRating | CaseRating) -> _Held:
    return _Held(Rating(row.value, row.deviation, row.volatility), row.rated_at, row.games)


RATED = ["value", "deviation", "volatility", "games", "rated_at"]


def _write(books: _Books) -> None:
    ReaderRating.objects.bulk_create(
        [
            ReaderRating(reader_id=reader, **_columns(game, scope, held))
            for (reader, game, scope), held in sorted(books.readers.items(), key=_by_key)
        ],
        update_conflicts=True,
        unique_fields=["reader", "game", "scope"],
        update_fields=RATED,
    )
    CaseRating.objects.bulk_create(
        [
            CaseRating(case_id=case, **_columns(game, scope, held))
            for (case, game, scope), held in sorted(books.cases.items(), key=_by_key)
        ],
        update_conflicts=True,
        unique_fields=["case", "game", "scope"],
        update_fields=RATED,
    )
    _write_days(books)
    ReviewCard.objects.bulk_create(
        [
            ReviewCard(
                reader_id=reader, game=game, scope=scope, card=after.card, due_at=after.due_at
            )
            for (reader, game, scope), after in sorted(books.cards.items(), key=_by_key)
        ],
        update_conflicts=True,
        unique_fields=["reader", "game", "scope"],
        update_fields=["card", "due_at"],
    )
    ReaderStreak.objects.bulk_create(
        [
            ReaderStreak(
                reader_id=reader, days=s.days, last=s.last, freezes=s.freezes, longest=s.longest
            )
            for reader, s in books.streaks.items()
        ],
        update_conflicts=True,
        unique_fields=["reader"],
        update_fields=["days", "last", "freezes", "longest"],
    )
    _write_badges(books)


def _write_badges(books: _Books) -> None:
    ReaderTally.objects.bulk_create(
        [
            ReaderTally(reader_id=reader, state=tally.to_json())
            for reader, tally in sorted(books.tallies.items(), key=lambda item: item[0])
        ],
        update_conflicts=True,
        unique_fields=["reader"],
        update_fields=["state"],
    )
    # What was reached before stays as it was.
    Badge.objects.bulk_create(books.earned, ignore_conflicts=True)


def _by_key(item: tuple[Key, Any]) -> Key:
    # One order for all, so that two batches never wait for each other's rows in a ring.
    return item[0]


def _columns(game: str, scope: str, held: _Held) -> dict[str, Any]:
    return {
        "game": game,
        "scope": scope,
        "value": held.rating.value,
        "deviation": held.rating.deviation,
        "volatility": held.rating.volatility,
        "games": held.games,
        "rated_at": held.at,
    }


def _write_days(books: _Books) -> None:
    readers = {reader for reader, _game, _day in books.days}
    days = {day for _reader, _game, day in books.days}
    known = {
        (row.reader_id, row.game, row.day): row
        for row in PlayedDay.objects.filter(reader__in=readers, day__in=days)
    }
    fresh, old = [], []
    for (reader, game, day), add in sorted(books.days.items()):
        row = known.get((reader, game, day))
        if row is None:
            row = PlayedDay(
                reader_id=reader,
                game=game,
                day=day,
                value=START.value,
                deviation=START.deviation,
            )
            fresh.append(row)
        else:
            old.append(row)
        row.attempts += add.attempts
        row.firsts += add.firsts
        row.score_sum += add.score_sum
        row.seconds += add.seconds
        if add.rating is not None:
            row.value, row.deviation = add.rating.value, add.rating.deviation
    PlayedDay.objects.bulk_create(fresh)
    PlayedDay.objects.bulk_update(
        old, ["attempts", "firsts", "score_sum", "seconds", "value", "deviation"]
    )
