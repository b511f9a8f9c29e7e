"""From the ledger to ratings, days and streaks: in order, once, and the same when rebuilt."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from pytest_django.fixtures import DjangoAssertNumQueries

from radgame.accounts.models import User
from radgame.cases.models import Case, Finding
from radgame.celery import app
from radgame.progress.booking import book_everything, book_outcomes, rebuild
from radgame.progress.models import (
    CaseRating,
    Game,
    Outcome,
    PlayedDay,
    ReaderRating,
    ReaderStreak,
)
from radgame.progress.services import LedgerEntry, LedgerLine, record_outcome
from radgame.progress.tasks import book
from tests.factories import Said, make_case

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def record(
    reader: User,
    case: Case,
    score: float,
    *,
    at: datetime = NOON,
    game: Game = Game.LOCALIZE,
    lines: Sequence[LedgerLine] = (),
) -> Outcome:
    return record_outcome(
        entry=LedgerEntry(
            reader_id=reader.pk,
            game=game,
            case_id=case.pk,
            score=score,
            seconds=30,
            scorer_version="tests",
            occurred_at=at,
            lines=lines,
        )
    )


def rating(reader: User, scope: str = "", game: Game = Game.LOCALIZE) -> ReaderRating:
    return ReaderRating.objects.get(reader=reader, game=game, scope=scope)


def everything() -> list[object]:
    """All that is booked, without keys of rows."""
    return [
        sorted(model._default_manager.values_list(*fields))
        for model, fields in (
            (ReaderRating, ["reader", "game", "scope", "value", "deviation", "games"]),
            (CaseRating, ["case", "game", "scope", "value", "deviation", "games"]),
            (PlayedDay, ["reader", "game", "day", "attempts", "firsts", "score_sum", "value"]),
            (ReaderStreak, ["reader", "days", "last", "freezes", "longest"]),
        )
    ]


def test_a_good_reading_raises_the_reader_and_lowers_the_case(alice: User) -> None:
    case = make_case(said=[Said("fracture", (100, 100, 200, 200))])
    record(alice, case, 1.0)
    assert book_outcomes() == 1
    reader, against = rating(alice), CaseRating.objects.get(case=case, scope="")
    assert reader.value > 1500
    assert reader.deviation < 350
    assert against.value < 1500 + 300
    assert (reader.games, against.games) == (1, 1)


def test_each_finding_has_a_rating_of_its_own(alice: User) -> None:
    case = make_case()
    nodule = Finding.objects.get(slug="nodule-mass")
    fracture = Finding.objects.get(slug="fracture")
    lines = [
        LedgerLine(nodule.pk, "hit"),
        LedgerLine(fracture.pk, "missed"),
        LedgerLine(None, "missed", concept="kyphosis"),
    ]
    record(alice, case, 0.5, lines=lines)
    book_outcomes()
    assert rating(alice, "nodule-mass").value > 1500 > rating(alice, "fracture").value
    assert set(ReaderRating.objects.values_list("scope", flat=True)) == {
        "",
        "nodule-mass",
        "fracture",
    }


def test_replays_are_days_of_play_and_never_rate(alice: User) -> None:
    case = make_case()
    record(alice, case, 0.2)
    record(alice, case, 1.0, at=NOON + timedelta(hours=1))
    book_everything()
    [day] = PlayedDay.objects.all()
    assert (day.attempts, day.firsts, day.score_sum, day.seconds) == (2, 1, 0.2, 60)
    assert rating(alice).games == 1


def test_an_outcome_is_booked_once(alice: User) -> None:
    record(alice, make_case(), 1.0)
    assert (book_outcomes(), book_outcomes()) == (1, 0)
    assert rating(alice).games == 1


def test_the_order_is_that_of_play_whatever_the_order_of_the_rows(alice: User, bob: User) -> None:
    cases = [make_case(), make_case(), make_case()]
    for number, case in enumerate(reversed(cases)):
        at = NOON + timedelta(days=10 - number)
        record(alice, case, 0.9, at=at)
        record(bob, case, 0.1, at=at + timedelta(hours=1))
    book_everything()
    booked = everything()
    rebuild()
    assert everything() == booked


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_the_size_of_a_batch_changes_nothing(batch: int, alice: User, bob: User) -> None:
    for number in range(6):
        case = make_case(said=[Said("fracture", (10, 10, 60 + number, 90))])
        record(alice, case, number / 5, at=NOON + timedelta(hours=9 * number))
        record(bob, case, 1 - number / 5, at=NOON + timedelta(hours=9 * number + 1))
    while book_outcomes(limit=batch):
        pass
    in_pieces = everything()
    rebuild()
    whole = everything()
    assert in_pieces == whole


def test_days_are_those_of_the_readers_own_calendar(alice: User) -> None:
    alice.time_zone = "Pacific/Auckland"
    alice.save()
    record(alice, make_case(), 1.0, at=datetime(2026, 11, 2, 12, tzinfo=UTC))
    book_everything()
    assert PlayedDay.objects.get().day == date(2026, 11, 3)
    assert ReaderStreak.objects.get().last == date(2026, 11, 3)


def test_a_day_keeps_the_rating_it_ended_with(alice: User) -> None:
    record(alice, make_case(), 1.0)
    record(alice, make_case(), 0.0, at=NOON + timedelta(days=1))
    book_everything()
    first, second = PlayedDay.objects.order_by("day")
    assert first.value > second.value
    assert second.value == rating(alice).value


def test_the_games_are_rated_apart(alice: User) -> None:
    case = make_case(for_report=True)
    record(alice, case, 1.0)
    record(alice, case, 0.0, game=Game.REPORT)
    book_everything()
    assert rating(alice).value > 1500 > rating(alice, game=Game.REPORT).value


def test_a_small_region_is_expected_to_be_harder(alice: User) -> None:
    small = make_case(said=[Said("nodule-mass", (500, 500, 520, 520))])
    large = make_case(said=[Said("nodule-mass", (100, 100, 900, 1100))])
    for case in (small, large):
        record(alice, case, 0.5)
    book_everything()
    by_case = dict(CaseRating.objects.filter(scope="").values_list("case", "value"))
    assert by_case[small.pk] > by_case[large.pk]


@pytest.mark.parametrize("history", [0, 60])
def test_booking_one_outcome_costs_the_same_whatever_the_history(
    history: int, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(history):
        record(alice, make_case(), 0.5, at=NOON + timedelta(minutes=number))
    book_everything()
    case = make_case()
    record(alice, case, 0.5, at=NOON + timedelta(days=2))
    with django_assert_max_num_queries(26):
        book_outcomes()


def test_the_command_books_and_rebuilds(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    record(alice, make_case(), 1.0)
    call_command("book")
    call_command("book")
    call_command("book", "--rebuild")
    assert capsys.readouterr().out.splitlines() == [
        "1 outcomes booked",
        "0 outcomes booked",
        "1 outcomes booked",
    ]


def test_the_scheduled_task_books(alice: User) -> None:
    record(alice, make_case(), 1.0)
    book.apply()
    assert rating(alice).games == 1


def test_the_schedule_knows_the_task() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert book.name in scheduled
    assert scheduled <= set(app.tasks)
