"""What somebody may be called on the boards, and that they say where to be seen."""

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from radgame.accounts.models import Boards, User, neutral_name

PAGE = "account_settings"


def save(client: Client, alias: str, boards: str = "site") -> int:
    fields = {"time_zone": "UTC", "alias": alias, "boards": boards}
    return client.post(reverse(PAGE), fields).status_code


def test_by_default_only_cohorts_see_a_reader(alice: User) -> None:
    assert (alice.boards, alice.alias) == (Boards.COHORTS, "")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("North wind", "North wind"),
        ("  North   wind ", "North wind"),
        ("Ünïcode-7_b", "Ünïcode-7_b"),
        ("Ｗｉｄｅ", "Wide"),
        ("abc", "abc"),
        ("a" * 24, "a" * 24),
        ("", ""),
        # One's own user name, by one's own choice.
        ("Alice", "Alice"),
    ],
)
def test_an_alias_is_kept_in_order(
    typed: str, kept: str, alice: User, alice_client: Client
) -> None:
    assert save(alice_client, typed) == 302
    alice.refresh_from_db()
    assert (alice.alias, alice.boards) == (kept, "site")


@pytest.mark.parametrize(
    "typed",
    [
        "ab",
        "a" * 25,
        "alice@example.org",
        "no/slash",
        "<b>bold</b>",
        "two\u202elines",
        "12 34",
        "---",
        "bob",
        "BOB",
        "Reader 2A3B4C",
        "reader-2a3b4c",
    ],
)
def test_what_is_no_name_or_anothers_is_refused(
    typed: str, alice: User, bob: User, alice_client: Client
) -> None:
    assert save(alice_client, typed) == 422
    alice.refresh_from_db()
    assert (alice.alias, alice.boards) == ("", "cohorts")


def test_every_made_up_name_is_reserved(alice: User, alice_client: Client) -> None:
    for number in range(1, 40):
        assert save(alice_client, neutral_name(number)) == 422


def test_two_readers_never_have_one_alias(alice: User, bob: User, bob_client: Client) -> None:
    alice.alias = "North wind"
    alice.save()
    assert save(bob_client, "NORTH WIND") == 422
    bob.alias = "north WIND"
    with pytest.raises(IntegrityError):
        bob.save()


def test_a_refusal_does_not_tell_which_user_names_exist(
    alice: User, bob: User, alice_client: Client
) -> None:
    fields = {"time_zone": "UTC", "boards": "site"}
    taken = alice_client.post(reverse(PAGE), fields | {"alias": "bob"})
    reserved = alice_client.post(reverse(PAGE), fields | {"alias": "Reader 2A3B4C"})
    for answer in (taken, reserved):
        assertContains(answer, "This name cannot be had", status_code=422)


def test_an_unknown_wish_is_refused(alice: User, alice_client: Client) -> None:
    assert save(alice_client, "", boards="everywhere") == 422


def test_nobody_signs_up_under_the_alias_of_somebody_else(alice: User, client: Client) -> None:
    alice.alias = "Northwind"
    alice.save()
    fields = {"email": "n@example.org", "password1": "correct horse", "password2": "correct horse"}
    answer = client.post(reverse("account_signup"), fields | {"username": "northWIND"})
    assertContains(answer, "already exists")
    assert not User.objects.filter(username__iexact="northwind").exists()


@pytest.mark.parametrize(
    ("first_name", "alias", "shown"),
    [("Alice", "", "Alice"), ("Alice", "North wind", "North wind"), ("", "", "alice")],
)
def test_a_cohort_reads_the_alias_else_the_name(first_name: str, alias: str, shown: str) -> None:
    person = User(pk=7, username="alice", first_name=first_name, alias=alias)
    assert person.cohort_board_name == shown


def test_a_user_name_that_is_an_address_is_on_no_board() -> None:
    person = User(pk=7, username="alice@example.org")
    assert person.cohort_board_name == person.site_board_name == neutral_name(7)


def test_the_settings_say_what_a_board_is(alice_client: Client) -> None:
    page = alice_client.get(reverse(PAGE))
    assertContains(page, "orders readers by rating")
    assertNotContains(page, "leaderboard")
