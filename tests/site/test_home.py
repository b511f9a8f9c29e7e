"""The front door: who has played is shown what to go on with; who has not, the sets."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from localize import services as localize
from localize.answers import Answer
from radgame.accounts.models import User
from radgame.cases.models import CaseSet
from tests.conftest import client_of
from tests.factories import make_case, make_set

START = "localize:start"


@pytest.fixture
def case_set(db: None) -> CaseSet:
    make_set(make_case(), slug="other")
    return make_set(make_case(), slug="first")


def read(person: User, case_set: CaseSet) -> None:
    """The whole of it."""
    attempt = localize.start_sitting(reader=person, case_set=case_set).attempt
    assert attempt is not None
    attempt = localize.submit_attempt(
        attempt=attempt, answer=Answer((), (), normal=True), elapsed_s=1
    )
    assert localize.advance(attempt=attempt) is None


def test_who_has_never_played_chooses_a_set(case_set: CaseSet, alice_client: Client) -> None:
    page = alice_client.get(reverse("home"))
    assertContains(page, "<h1>Choose a case set</h1>")
    assertContains(page, reverse(START, args=["first"]))


def test_a_guest_chooses_a_set_also_after_the_first(case_set: CaseSet, guest: User) -> None:
    read(guest, case_set)
    page = client_of(guest).get(reverse("home"))
    assertContains(page, "<h1>Choose a case set</h1>")
    assertContains(page, reverse(START, args=["other"]))


def test_who_has_played_finds_a_way_to_the_sets_of_each_game_and_no_list(
    case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    read(alice, case_set)
    page = alice_client.get(reverse("home"))
    assertContains(page, "<h1>What to read next</h1>")
    for game in ("localize", "report"):
        assertContains(page, f'class="button" href="{reverse(f"{game}:sets")}"', count=1)
    for slug in ("first", "other"):
        assertNotContains(page, reverse(START, args=[slug]))
