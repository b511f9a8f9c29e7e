"""One's own account, progress and boards by programs; and what there is to play."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from radgame.accounts.models import User
from radgame.cases.models import Audience
from radgame.progress.models import Flag, PlayedDay, ReaderRating, ReviewCard
from radgame.progress.services import raise_flag
from tests.api.conftest import Program, Site, at, key_of, page_of, program_of
from tests.factories import make_case, make_dataset


def test_settings_are_changed_one_by_one_by_the_pages_rules(
    as_alice: Program, alice: User, bob: User
) -> None:
    changed = as_alice.ask("PATCH", at("me"), {"alias": " Costo  phrenic ", "boards": "site"})
    assert changed.json()["alias"] == "Costo phrenic"
    told = as_alice.ask("PATCH", at("me"), {"time_zone": "Europe/Zurich"}).json()
    assert (told["alias"], told["boards"], told["time_zone"]) == (
        "Costo phrenic",
        "site",
        "Europe/Zurich",
    )
    refused = as_alice.ask("PATCH", at("me"), {"alias": "bob"})
    assert refused.json()["fields"]["alias"] == ["This name cannot be had. Choose another."]
    alice.refresh_from_db()
    assert alice.alias == "Costo phrenic"


def test_boards_follow_a_changed_wish_at_once(as_alice: Program, alice: User, bob: User) -> None:
    rating = {"value": 1600, "deviation": 50, "volatility": 0.06, "games": 30}
    ReaderRating.objects.create(reader=alice, game="localize", rated_at=timezone.now(), **rating)
    as_alice.ask("PATCH", at("me"), {"boards": "site", "alias": "Costophrenic"})
    as_bob = program_of(bob)
    [row] = as_bob.told("board")["results"]
    assert (row["rank"], row["name"], row["points"], row["is_own"]) == (
        1,
        "Costophrenic",
        1600,
        False,
    )
    as_alice.ask("PATCH", at("me"), {"boards": "off"})
    assert as_bob.told("board")["results"] == []
    assert as_alice.told("board")["absence"]["is_wish"] is True


@pytest.mark.parametrize("query", ["game=chess", "span=year", "page=-1"])
def test_a_board_that_is_none_is_refused(as_alice: Program, query: str) -> None:
    assert as_alice.ask("GET", f"{at('board')}?{query}").status_code == 422


def test_progress_tells_ratings_streak_and_days(as_alice: Program, site: Site) -> None:
    told = as_alice.told("progress")
    assert [(game["game"], game["films"]) for game in told["games"]] == [
        ("localize", 1),
        ("report", 1),
    ]
    assert told["streak"]["days"] == 1
    assert {row["share"] for row in told["findings"]} == {None}
    days = as_alice.told("days")["results"]
    assert {(day["game"], day["cases"]) for day in days} == {("localize", 1), ("report", 1)}


def test_what_is_due_is_counted_and_not_named(as_alice: Program, site: Site) -> None:
    ReviewCard.objects.update(due_at=timezone.now())
    told = as_alice.told("progress")
    assert {row["game"]: row["findings"] for row in told["due"]} == {"localize": 1, "report": 1}
    assert "nodule" not in str(told["due"])


def test_nobodys_progress_is_somebody_elses(bob: User, site: Site) -> None:
    told = program_of(bob).told("progress")
    assert {game["films"] for game in told["games"]} == {0}
    assert program_of(bob).told("days")["results"] == []


def test_only_datasets_that_are_open_are_told(as_alice: Program, dana: User, guest: User) -> None:
    make_case()
    make_case(dataset=make_dataset("signed-in", Audience.SIGNED_IN))
    make_case(dataset=make_dataset("house", Audience.STAFF))
    make_dataset("empty")

    def slugs(program: Program) -> set[str]:
        return {row["slug"] for row in program.told("datasets")["results"]}

    assert slugs(page_of(guest)) == {"tests"}
    assert slugs(as_alice) == {"tests", "signed-in"}
    assert slugs(program_of(dana)) == {"tests", "signed-in", "house"}
    assert as_alice.get("dataset", "house").status_code == 404
    told = as_alice.told("dataset", "tests")
    assert "nodule-mass" in {finding["slug"] for finding in told["findings"]}


def test_tokens_are_listed_without_what_would_open_anything(as_alice: Program, alice: User) -> None:
    key = key_of(alice)
    listed = as_alice.get("tokens")
    assert len(listed.json()["results"]) == 2
    assert key not in listed.content.decode()
    assert "digest" not in listed.content.decode()


def test_ones_own_data_is_the_file_of_the_page_and_as_seldom(
    as_alice: Program, alice: User, site: Site
) -> None:
    answer = as_alice.get("own_data")
    told = json.loads(answer.getvalue())
    assert told["account"]["email"] == "alice@example.org"
    assert "Notebook" in {row["name"] for row in told["access_tokens"]}
    page = page_of(alice).client.post(reverse("account_data_export"))
    on_the_page = json.loads(page.getvalue())
    assert on_the_page.keys() == told.keys()
    assert "attachment" in answer["Content-Disposition"]
    got = [as_alice.get("own_data").status_code for _time in range(9)]
    assert got == [200] * 8 + [429]


@pytest.mark.parametrize("name", ["datasets", "findings", "days", "tokens", "disputes", "board"])
def test_a_list_costs_the_same_however_long_it_is(
    name: str,
    alice: User,
    as_alice: Program,
    site: Site,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    as_alice.get(name)
    with django_assert_max_num_queries(8) as counted:
        as_alice.get(name)
    assert site.box.outcome is not None
    for number in range(4):
        make_case(dataset=make_dataset(f"more-{number}"))
        key_of(alice)
        raise_flag(outcome=site.box.outcome, line=None, comment="Again.")
        PlayedDay.objects.create(
            reader=alice,
            game="report",
            day=timezone.now().date() - timedelta(days=1 + number),
            value=1500,
            deviation=300,
        )
    with django_assert_max_num_queries(len(counted)):
        as_alice.told(name)


def test_all_disputes_cost_staff_the_same_however_many_they_are(
    dana: User, site: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    as_dana = program_of(dana)
    as_dana.get("staff_flags")
    with django_assert_max_num_queries(4) as counted:
        assert len(as_dana.told("staff_flags")["results"]) == 2
    for _number in range(4):
        raise_flag(outcome=Flag.objects.all()[0].outcome, line=None, comment="Again.")
    with django_assert_max_num_queries(len(counted)):
        assert len(as_dana.told("staff_flags")["results"]) == 6
