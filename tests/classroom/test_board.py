"""The board of a cohort: who is on it is who learns in it, now."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from radgame.accounts.models import Boards, User
from radgame.classroom import services
from radgame.classroom.models import Cohort, Membership
from radgame.progress.models import Game
from tests.conftest import client_of
from tests.factories import person
from tests.progress.standing import rate, wish


@pytest.fixture
def cohort(charlie: User, alice: User, bob: User) -> Cohort:
    made = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="UTC"
    )
    for learner in (alice, bob):
        join(made, learner)
    return made


def join(cohort: Cohort, person: User) -> None:
    Membership.objects.create(cohort=cohort, person=person)


def page_of(cohort: Cohort) -> str:
    return reverse("classroom:board", args=[cohort.pk])


def test_learners_are_in_order_of_rating_under_their_names(
    cohort: Cohort, alice: User, bob: User, alice_client: Client
) -> None:
    bob.first_name, bob.last_name = "Bob", "Marsh"
    bob.save()
    wish(alice, Boards.COHORTS, "North wind")
    rate(alice, 1500)
    rate(bob, 1600)
    text = alice_client.get(page_of(cohort)).content.decode()
    assert text.index("Bob Marsh") < text.index("North wind")
    assert "(you)" in text[text.index("North wind") :]
    assert "example.org" not in text


def test_the_instructor_sees_the_board_and_is_not_on_it(
    cohort: Cohort, alice: User, charlie: User
) -> None:
    rate(alice, 1500)
    rate(charlie, 1900)
    page = client_of(charlie).get(page_of(cohort))
    assertContains(page, "alice")
    assertNotContains(page, "1900")
    assertNotContains(page, "(you)")
    assertNotContains(page, "You are")


def test_other_peoples_learners_are_not_on_it(
    cohort: Cohort, alice: User, alice_client: Client
) -> None:
    rate(alice, 1500)
    rate(person("zoe"), 1900)
    assertNotContains(alice_client.get(page_of(cohort)), "zoe")


@pytest.mark.parametrize("wished", list(Boards))
def test_who_does_not_wish_to_be_on_it_is_not(
    wished: Boards, cohort: Cohort, alice: User, bob: User, bob_client: Client
) -> None:
    rate(alice, 1500)
    # As the settings leave it, before anything else has followed.
    User.objects.filter(pk=alice.pk).update(boards=wished)
    page = bob_client.get(page_of(cohort))
    assert ("alice" in page.content.decode()) == (wished != Boards.OFF)


def test_a_learner_who_leaves_disappears_and_loses_sight_of_it_at_once(
    cohort: Cohort, alice: User, bob: User, alice_client: Client, bob_client: Client
) -> None:
    rate(alice, 1500)
    rate(bob, 1400)
    assertContains(bob_client.get(page_of(cohort)), "alice")
    alice_client.post(reverse("classroom:leave", args=[cohort.pk]))
    assertNotContains(bob_client.get(page_of(cohort)), "alice")
    assert alice_client.get(page_of(cohort)).status_code == 404
    join_again = Membership.objects.get(cohort=cohort, person=alice)
    join_again.left_at = None
    join_again.save()
    assertContains(bob_client.get(page_of(cohort)), "alice")


def test_ranks_and_their_change_are_those_among_the_cohort(
    cohort: Cohort, alice: User, bob: User, alice_client: Client
) -> None:
    rate(person("zoe"), 1900, before=1900, this_week=1)
    rate(alice, 1600, before=1400, this_week=1)
    rate(bob, 1500, before=1500, this_week=1)
    board = alice_client.get(page_of(cohort)).context["board"]
    assert [(row.rank, row.change) for row in board.rows] == [(1, 1), (2, -1)]


def test_the_week_is_of_those_who_read_in_it(
    cohort: Cohort, alice: User, bob: User, alice_client: Client
) -> None:
    rate(alice, 1600, before=1400, this_week=4)
    rate(bob, 1500, before=1500, this_week=5)
    board = alice_client.get(page_of(cohort), {"span": "week"}).context["board"]
    assert [row.points for row in board.rows] == [1500]


def test_somebody_with_too_few_cases_is_told_how_many_are_missing(
    cohort: Cohort, alice: User, alice_client: Client
) -> None:
    rate(alice, 1600, games=12)
    page = alice_client.get(page_of(cohort))
    assertContains(page, "8 more cases")
    assertContains(page, "Nobody yet")


def test_the_report_game_has_its_own(cohort: Cohort, alice: User, alice_client: Client) -> None:
    rate(alice, 1777, game=Game.REPORT)
    assertNotContains(alice_client.get(page_of(cohort)), "1777")
    assertContains(alice_client.get(page_of(cohort), {"game": "report"}), "1777")


@pytest.mark.parametrize("learners", [3, 70])
def test_the_page_takes_the_same_queries_for_any_size(
    learners: int,
    cohort: Cohort,
    alice: User,
    alice_client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(learners):
        learner = person(f"learner{number}")
        join(cohort, learner)
        rate(learner, 1400 + number)
    rate(alice, 1300)
    alice_client.get(page_of(cohort))
    with django_assert_max_num_queries(5):
        alice_client.get(page_of(cohort))
