"""Who is on a board, in which order, under which name, and what the page costs."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from radgame.accounts.models import Boards, User, neutral_name
from radgame.progress.boards import database
from radgame.progress.boards.board import Span
from radgame.progress.boards.pages import PER_PAGE, Asked, BoardPage, site_page
from radgame.progress.boards.standings import ENOUGH, WEEKLY, roll_standings
from radgame.progress.booking import book_everything, rebuild
from radgame.progress.models import Game, PlayedDay, Standing
from radgame.progress.services import LedgerEntry, record_outcome
from radgame.progress.tasks import book
from tests.conftest import client_of
from tests.factories import make_case, person
from tests.progress.standing import rate, wish

PAGE = "boards"


@pytest.fixture(autouse=True)
def _counted_for_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "FRESH_S", 0)


def asked(span: Span = Span.ALL, page: int = 0, game: Game = Game.LOCALIZE) -> Asked:
    return Asked(game, span, page)


def names(page: BoardPage) -> list[str]:
    return [row.name for row in page.rows]


def on_site(*ratings: float, start: int = 0) -> list[User]:
    """Readers on the site's board, with an alias of their own each."""
    made = []
    for number, value in enumerate(ratings, start=start):
        reader = person(f"person{number}")
        wish(reader, Boards.SITE, f"Reader no {number}")
        rate(reader, value)
        made.append(reader)
    return made


def play(reader: User, cases: Sequence[float]) -> None:
    for number, score in enumerate(cases):
        record_outcome(
            entry=LedgerEntry(
                reader_id=reader.pk,
                game=Game.LOCALIZE,
                case_id=make_case().pk,
                score=score,
                seconds=30,
                scorer_version="tests",
                occurred_at=timezone.now() - timedelta(minutes=len(cases) - number),
                lines=[],
            )
        )


# --- who ------------------------------------------------------------------------


def test_playing_enough_is_what_puts_a_reader_on_it(alice: User, alice_client: Client) -> None:
    wish(alice, Boards.SITE, "North wind")
    play(alice, [0.5] * (ENOUGH - 1))
    book_everything()
    assertContains(alice_client.get(reverse(PAGE)), "1 more case that you have not read")
    play(alice, [0.5])
    book_everything()
    assert names(site_page(alice, asked())) == ["North wind"]
    assertContains(alice_client.get(reverse(PAGE)), "North wind")


@pytest.mark.parametrize("boards", [Boards.OFF, Boards.COHORTS])
def test_the_sites_board_is_for_those_who_chose_it(boards: str, alice: User, bob: User) -> None:
    wish(alice, boards)
    rate(alice, 1800)
    assert site_page(bob, asked()).size == 0


def test_nobody_is_on_it_by_default(alice: User) -> None:
    rate(alice, 1800)
    assert not Standing.objects.get().is_public


def test_a_guest_is_on_no_board(guest: User, bob: User) -> None:
    wish(guest, Boards.SITE)
    rate(guest, 1800)
    assert site_page(bob, asked()).rows == ()
    assertContains(client_of(guest).get(reverse(PAGE)), "guests are on no board")


def test_an_account_that_was_closed_is_gone_at_once(alice: User, bob: User) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1800)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert site_page(bob, asked()).rows == ()


def test_opting_out_takes_a_reader_off_with_the_next_page(
    alice: User, alice_client: Client
) -> None:
    wish(alice, Boards.SITE, "North wind")
    rate(alice, 1800)
    assertContains(alice_client.get(reverse(PAGE)), "North wind")
    alice_client.post(
        reverse("account_settings"),
        {"time_zone": "UTC", "boards": "cohorts", "alias": "North wind"},
    )
    page = alice_client.get(reverse(PAGE))
    assertNotContains(page, "North wind")
    assertContains(page, "as your settings say")


def test_this_weeks_are_those_with_enough_first_attempts_in_it(alice: User, bob: User) -> None:
    for reader, firsts in ((alice, WEEKLY), (bob, WEEKLY - 1)):
        wish(reader, Boards.SITE, reader.username.title())
        rate(reader, 1600, before=1500, this_week=firsts)
    assert names(site_page(bob, asked(Span.WEEK))) == ["Alice"]
    assert len(site_page(bob, asked()).rows) == 2


def test_the_page_says_which_span_it_shows(alice: User, alice_client: Client) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1600, before=1600, this_week=1)
    page = alice_client.get(reverse(PAGE), {"span": "week"})
    assertContains(page, '<span aria-current="page">This week</span>')
    assertContains(page, f"after {WEEKLY} first attempts within seven days")
    assertContains(alice_client.get(reverse(PAGE)), '<span aria-current="page">All time</span>')


# --- order ----------------------------------------------------------------------


def test_the_order_is_by_rating_whatever_was_played(bob: User) -> None:
    busy, better = on_site(1500, 1600)
    rate(busy, 1500, games=2000, this_week=500, before=1500)
    rate(better, 1600, games=ENOUGH)
    assert names(site_page(bob, asked())) == ["Reader no 1", "Reader no 0"]


def test_ties_share_a_rank_and_the_next_is_counted_on(bob: User) -> None:
    on_site(1600, 1700.4, 1699.6, 1500)
    assert [row.rank for row in site_page(bob, asked()).rows] == [1, 1, 3, 4]


def test_the_uncertainty_is_half_the_interval(bob: User) -> None:
    on_site(1600)
    assert site_page(bob, asked()).rows[0].margin == 98


def test_the_change_is_against_the_rank_of_seven_days_ago(bob: User) -> None:
    first, second, fresh = on_site(1700, 1650, 1600)
    rate(first, 1700, before=1500, this_week=5)
    rate(second, 1650, before=1640, this_week=5)
    rate(fresh, 1600, games=ENOUGH, before=1600, this_week=1)
    assert [row.change for row in site_page(bob, asked()).rows] == [1, -1, None]
    # Who went meanwhile is not counted then either.
    wish(first, Boards.OFF)
    assert site_page(bob, asked()).rows[0].change == 0


def test_games_have_boards_of_their_own(alice: User) -> None:
    wish(alice, Boards.SITE, "North wind")
    rate(alice, 1600, game=Game.REPORT)
    assert site_page(alice, asked()).size == 0
    assert names(site_page(alice, asked(game=Game.REPORT))) == ["North wind"]


# --- pages ----------------------------------------------------------------------


def test_fifty_a_page_and_ones_own_place_with_neighbours_on_every_other(alice: User) -> None:
    on_site(*[1900 - number for number in range(2 * PER_PAGE + 10)])
    wish(alice, Boards.SITE, "North wind")
    rate(alice, 1900 - 104.5)
    first, middle, last = (site_page(alice, asked(page=number)) for number in (1, 2, 3))
    assert [len(page.rows) for page in (first, middle, last)] == [PER_PAGE, PER_PAGE, 11]
    assert [row.rank for row in first.rows] == list(range(1, PER_PAGE + 1))
    assert middle.rows[0].rank == PER_PAGE + 1
    for page in (first, middle):
        assert [(row.rank, row.points, row.is_own) for row in page.around] == [
            (103, 1798, False),
            (104, 1797, False),
            (105, 1796, True),
            (105, 1796, False),
            (107, 1795, False),
        ]
        assert page.own_page == 3
    assert last.around == ()
    assert sum(row.is_own for row in last.rows) == 1


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "two", "²", "7"])
def test_a_page_that_does_not_exist_is_the_nearest_one(page: str, alice_client: Client) -> None:
    on_site(1600)
    answer = alice_client.get(reverse(PAGE), {"page": page, "game": "chess", "span": "century"})
    assertContains(answer, "Reader no 0")


@pytest.mark.parametrize("span", list(Span))
def test_an_empty_board_says_what_it_is_for(span: Span, alice_client: Client) -> None:
    answer = alice_client.get(reverse(PAGE), {"span": span.value})
    assertContains(answer, "Nobody")
    assertContains(answer, f"{ENOUGH} first attempts")


@pytest.mark.parametrize("readers", [3, 2 * PER_PAGE])
def test_a_page_costs_the_same_however_many_readers(
    readers: int,
    alice: User,
    alice_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(database, "FRESH_S", 30)
    on_site(*[1900 - number for number in range(readers)])
    wish(alice, Boards.SITE)
    rate(alice, 1300)
    alice_client.get(reverse(PAGE))
    with django_assert_max_num_queries(8):
        alice_client.get(reverse(PAGE))


# --- names ----------------------------------------------------------------------


def test_no_user_name_name_or_address_is_on_the_sites_board(
    alice: User, bob: User, bob_client: Client
) -> None:
    alice.first_name, alice.last_name = "Aletta", "Jacobs"
    alice.save()
    wish(alice, Boards.SITE)
    rate(alice, 1800)
    for who in (bob_client, client_of(User.objects.create_superuser("dora", password="x"))):
        text = who.get(reverse(PAGE)).content.decode()
        assert neutral_name(alice.pk) in text
        for secret in ("alice", "Aletta", "Jacobs", "example.org", f'"{alice.pk}"'):
            assert secret not in text


def test_a_made_up_name_is_the_same_each_time_and_differs_between_readers() -> None:
    assert neutral_name(7) == neutral_name(7)
    assert len({neutral_name(number) for number in range(500)}) == 500


# --- keeping up -----------------------------------------------------------------


def test_a_week_goes_by_without_anybody_playing(alice: User, bob: User) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1700, before=1500, this_week=6)
    long_ago = timezone.now().date() - timedelta(days=8)
    Standing.objects.update(as_of=long_ago)
    PlayedDay.objects.filter(value=1500).update(day=long_ago - timedelta(days=9))
    PlayedDay.objects.filter(value=1700).update(day=long_ago)
    assert Standing.objects.get().is_weekly
    assert (roll_standings(), roll_standings()) == (1, 0)
    row = Standing.objects.get()
    assert (row.is_weekly, row.points_before) == (False, 1700)


def test_the_schedule_rolls_standings_on(alice: User) -> None:
    rate(alice, 1700)
    Standing.objects.update(as_of=timezone.now().date() - timedelta(days=1))
    book()
    assert Standing.objects.get().as_of == timezone.now().date()


def test_the_ledger_booked_anew_gives_the_same_standings(alice: User, bob: User) -> None:
    play(alice, [0.9] * ENOUGH)
    play(bob, [0.2] * (ENOUGH + 2))
    book_everything()
    fields = ["reader", "game", "points", "points_before", "is_weekly", "is_public"]
    booked = sorted(Standing.objects.values_list(*fields), key=str)
    assert len(booked) == 2
    rebuild()
    assert sorted(Standing.objects.values_list(*fields), key=str) == booked


def test_the_command_makes_standings_from_ratings(
    alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    rate(alice, 1700)
    Standing.objects.all().delete()
    call_command("boards", "--rebuild")
    assert Standing.objects.get().points == 1700
    told = capsys.readouterr().out
    assert "1 standing" in told
    assert ("Redis was filled" if settings.REDIS_URL else "no Redis") in told
