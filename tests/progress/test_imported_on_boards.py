"""Radiologists and models on the boards: marked, without a rank, and pushing nobody's."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from radgame.accounts.models import Boards, ReaderKind, User
from radgame.classroom.models import Cohort, Membership
from radgame.progress.boards import database
from radgame.progress.boards.board import Span
from radgame.progress.boards.pages import PER_PAGE, Asked, BoardPage, cohort_page, site_page
from radgame.progress.models import Game, Standing
from tests.factories import person
from tests.progress.standing import rate, wish


@pytest.fixture(autouse=True)
def _counted_for_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "FRESH_S", 0)


def imported(name: str, value: float, kind: ReaderKind = ReaderKind.RADIOLOGIST) -> User:
    reader = User.objects.get_imported(kind=kind, name=name, source="VinDr-CXR")
    rate(reader, value)
    return reader


def learners(*ratings: float) -> list[User]:
    made = []
    for number, value in enumerate(ratings):
        reader = person(f"person{number}")
        wish(reader, Boards.SITE, f"Learner {number}")
        rate(reader, value)
        made.append(reader)
    return made


def asked(page: int = 0, *, hides: bool = False, span: Span = Span.ALL) -> Asked:
    return Asked(Game.LOCALIZE, span, page, hides)


def told(page: BoardPage) -> list[tuple[int | None, str]]:
    return [(row.rank, row.name) for row in page.rows]


def test_they_stand_by_their_rating_and_have_no_rank(alice: User) -> None:
    learners(1800, 1600, 1400)
    imported("R8", 1700)
    imported("CXR-Net", 1500, ReaderKind.MODEL)
    imported("R9", 1900)
    page = site_page(alice, asked())
    assert told(page) == [
        (None, "R9"),
        (1, "Learner 0"),
        (None, "R8"),
        (2, "Learner 1"),
        (None, "CXR-Net"),
        (3, "Learner 2"),
    ]
    marks = [row.mark for row in page.rows if row.rank is None]
    assert marks == [
        "Radiologist, VinDr-CXR",
        "Radiologist, VinDr-CXR",
        "Model, VinDr-CXR",
    ]
    assert page.size == 3
    assert page.has_imported


def test_they_push_nobodys_rank_place_or_page(alice: User) -> None:
    mine = learners(*[1800 - number for number in range(PER_PAGE + 5)])
    before = [site_page(mine[-1], asked(page)) for page in (1, 2)]
    for number in range(7):
        imported(f"R{number}", 1900 - 20 * number)
    after = [site_page(mine[-1], asked(page)) for page in (1, 2)]
    for one, other in zip(before, after, strict=True):
        assert told(one) == [row for row in told(other) if row[0] is not None]
        assert (one.size, one.pages, one.own_page) == (other.size, other.pages, other.own_page)


@pytest.mark.parametrize("count", [0, 1, PER_PAGE - 1, PER_PAGE, PER_PAGE + 1, 2 * PER_PAGE])
def test_each_stands_on_one_page_and_no_more(count: int, alice: User) -> None:
    learners(*[1700 - number for number in range(count)])
    names = {f"R{value}" for value in (1900, 1700, 1650, 1600, 1500)}
    for name in names:
        imported(name, float(name[1:]))
    pages = [
        site_page(alice, asked(page)) for page in range(1, site_page(alice, asked()).pages + 1)
    ]
    shown = [row for page in pages for row in page.rows]
    assert sorted(row.name for row in shown if row.rank is None) == sorted(names)
    points = [row.points for row in shown]
    assert points == sorted(points, reverse=True)


def test_they_are_never_among_the_readers_that_a_store_orders(alice: User) -> None:
    imported("R8", 1700)
    assert not Standing.objects.get().is_public


def test_a_cohort_has_them_too(charlie: User, alice: User) -> None:
    cohort = Cohort.objects.create(name="Spring")
    Membership.objects.create(cohort=cohort, person=alice)
    rate(alice, 1500)
    imported("R8", 1700)
    page = cohort_page(alice, asked(), cohort.memberships.values("person"))
    assert told(page) == [(None, "R8"), (1, "alice")]


def test_this_week_has_them_too(alice: User) -> None:
    imported("R8", 1700)
    assert told(site_page(alice, asked(span=Span.WEEK))) == [(None, "R8")]


def test_they_can_be_hidden_and_the_links_keep_it(alice: User, alice_client: Client) -> None:
    learners(1800)
    imported("R8", 1700)
    page = alice_client.get(reverse("boards"))
    assertContains(page, "Radiologist, VinDr-CXR")
    assertContains(page, "readers=hidden")
    hidden = alice_client.get(reverse("boards"), {"readers": "hidden"})
    assertNotContains(hidden, "VinDr")
    assertContains(hidden, "Show radiologists and models too")
    assertContains(hidden, "span=week&amp;readers=hidden")
    assert told(site_page(alice, asked(hides=True))) == [(1, "Learner 0")]


def test_one_that_staff_put_out_of_use_is_gone(alice: User) -> None:
    reader = imported("R8", 1700)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert site_page(alice, asked()).rows == ()


def test_the_page_costs_the_same_however_many_there_are(
    alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    learners(1800, 1700)
    imported("R1", 1750)
    alice_client.get(reverse("boards"))
    with django_assert_num_queries(10) as one:
        alice_client.get(reverse("boards"))
    for number in range(20):
        imported(f"R1{number}", 1700 + number)
    with django_assert_num_queries(len(one)):
        alice_client.get(reverse("boards"))
