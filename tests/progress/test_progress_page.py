"""A learner's own page: what it claims, what it does not yet, and that it stays cheap."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from openpyxl import load_workbook
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from radgame.accounts.models import User
from radgame.cases.models import Finding
from radgame.progress.booking import book_everything
from radgame.progress.learner import ENOUGH, calendar, known_days, mastery_rows
from radgame.progress.models import Game, PlayedDay, ReaderRating
from radgame.progress.services import LedgerEntry, LedgerLine, record_outcome
from radgame.tables import safe_cell
from tests.factories import make_case

PAGE = "progress"
START = datetime(2026, 10, 1, 12, tzinfo=UTC)


def play(reader: User, cases: int, *, result: str = "hit", books: bool = True) -> None:
    """So many first attempts, one a day, each at a nodule."""
    made = [make_case() for _number in range(cases)]
    nodule = Finding.objects.get(slug="nodule-mass")
    for number, case in enumerate(made):
        record_outcome(
            entry=LedgerEntry(
                reader_id=reader.pk,
                game=Game.LOCALIZE,
                case_id=case.pk,
                score=1.0 if result == "hit" else 0.0,
                seconds=40,
                scorer_version="tests",
                occurred_at=START + timedelta(days=number),
                lines=[LedgerLine(nodule.pk, result)],
            )
        )
    if books:
        book_everything()


def test_a_new_learner_is_told_what_the_page_is_for(alice_client: Client) -> None:
    assertContains(alice_client.get(reverse(PAGE)), "Nothing here yet")


def test_who_has_just_read_their_first_cases_is_told_that_they_are_being_counted(
    alice: User, bob: User, alice_client: Client
) -> None:
    play(alice, 1, books=False)
    page = alice_client.get(reverse(PAGE))
    assertContains(page, "Your first case is being counted")
    assertNotContains(page, "Nothing here yet")
    play(bob, 1)
    page = alice_client.get(reverse(PAGE))
    assertNotContains(page, "being counted")
    assertContains(page, "19 more cases")
    play(alice, 2, books=False)
    assertContains(alice_client.get(reverse(PAGE)), "Your last 2 cases are being counted")


def test_nothing_is_claimed_before_twenty_cases(alice: User, alice_client: Client) -> None:
    play(alice, ENOUGH - 1)
    page = alice_client.get(reverse(PAGE))
    assertContains(page, "1 more case")
    assertContains(page, f"said after {ENOUGH} films")
    assertContains(page, f"Met on fewer than {ENOUGH} films")
    assertNotContains(page, '<svg class="chart"')


def test_after_twenty_cases_rating_curve_and_findings_are_shown(
    alice: User, alice_client: Client
) -> None:
    play(alice, ENOUGH + 5)
    page = alice_client.get(reverse(PAGE))
    rating = ReaderRating.objects.get(reader=alice, scope="")
    low, high = rating.value - 1.96 * rating.deviation, rating.value + 1.96 * rating.deviation
    assertContains(page, f"{rating.value:.0f}")
    assertContains(page, f"{low:.0f} to {high:.0f}")
    assertContains(page, '<svg class="chart"')
    assertNotContains(page, "said after")
    assertNotContains(page, "Met on fewer")


def test_the_curve_begins_where_enough_has_been_read() -> None:
    start = date(2026, 1, 1)
    days = [PlayedDay(day=start + timedelta(days=number), firsts=8) for number in range(5)]
    assert [day.day.day for day in known_days(days, 40)] == [3, 4, 5]
    # Of a longer history only the last days are at hand.
    assert len(known_days(days, 100)) == 5
    assert known_days(days[:2], 16) == []


def test_what_needs_practice_comes_first_and_what_is_unknown_last() -> None:
    def rating(scope: str, value: float, games: int) -> ReaderRating:
        return ReaderRating(
            game=Game.LOCALIZE,
            scope=scope,
            value=value,
            deviation=60,
            volatility=0.06,
            games=games,
        )

    slugs = ["nodule-mass", "consolidation", "fracture"]
    ratings = [rating(slugs[0], 1700, 30), rating(slugs[1], 1300, 30), rating(slugs[2], 1000, 3)]
    sorted_rows = mastery_rows(ratings, {slug: slug for slug in slugs})
    assert [row.finding for row in sorted_rows] == ["consolidation", "nodule-mass", "fracture"]
    weak, strong, unknown = sorted_rows
    assert weak.share is not None
    assert strong.share is not None
    assert weak.share < 0.5 < strong.share
    assert unknown.share is None
    assert weak.low is not None
    assert weak.high is not None
    assert weak.low < weak.share < weak.high


def test_the_calendar_ends_today_and_begins_on_a_monday() -> None:
    today = date(2026, 11, 24)
    days = [PlayedDay(day=today, attempts=7), PlayedDay(day=today, attempts=3)]
    squares = calendar(days, today)
    assert squares[0].day.weekday() == 0
    assert (squares[-1].day, squares[-1].attempts, squares[-1].level) == (today, 10, 3)
    assert {square.level for square in squares[:-1]} == {0}
    assert len({(square.x, square.y) for square in squares}) == len(squares)


@pytest.mark.parametrize("cases", [ENOUGH, 3 * ENOUGH])
def test_the_page_takes_the_same_queries_whatever_the_history(
    cases: int,
    alice: User,
    alice_client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    play(alice, cases)
    alice_client.get(reverse(PAGE))
    with django_assert_num_queries(7):
        alice_client.get(reverse(PAGE))


def test_the_days_come_as_a_file_of_ones_own(alice: User, bob: User, alice_client: Client) -> None:
    play(alice, 3)
    play(bob, 2)
    answer = alice_client.get(reverse("progress_days_file", args=["csv"]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="radgame-days.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 3
    assert rows[1][:5] == ["2026-10-01", "localize", "1", "1", "1.0"]


def test_the_days_come_as_a_workbook_too(alice: User, alice_client: Client) -> None:
    play(alice, 3)
    answer = alice_client.get(reverse("progress_days_file", args=["xlsx"]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="radgame-days.xlsx"'
    [sheet] = load_workbook(io.BytesIO(answer.content)).worksheets
    rows = list(sheet.values)
    assert len(rows) == 1 + 3
    assert rows[1][:5] == ("2026-10-01", "localize", 1, 1, 1)


def test_the_calendar_stands_as_a_table_below_it(
    alice: User, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(alice, 3)
    monkeypatch.setattr(timezone, "now", lambda: START + timedelta(days=9))
    page = alice_client.get(reverse(PAGE))
    played = page.context["played_days"]
    assert [square.attempts for square in played] == [1, 1, 1]
    for square in played:
        day = date_format(square.day, "j M Y")
        row = f'<tr><th scope="row">{day}</th><td class="number">1</td></tr>'
        assertContains(page, row, count=1, html=True)
    for kind in ("csv", "xlsx"):
        assertContains(page, f'href="{reverse("progress_days_file", args=[kind])}"')


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =x", "\t=x"])
def test_text_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_the_clock_of_a_learner_can_be_set(alice: User, alice_client: Client) -> None:
    answer = alice_client.post(
        reverse("account_settings"),
        {"first_name": "Alice", "time_zone": "Asia/Tokyo", "boards": "cohorts"},
    )
    alice.refresh_from_db()
    assert (answer.status_code, alice.time_zone, alice.first_name) == (302, "Asia/Tokyo", "Alice")


def test_a_clock_that_does_not_exist_is_refused(alice: User, alice_client: Client) -> None:
    answer = alice_client.post(reverse("account_settings"), {"time_zone": "Mars/Olympus"})
    alice.refresh_from_db()
    assert (answer.status_code, alice.time_zone) == (422, "UTC")
