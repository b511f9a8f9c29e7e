"""An instructor searches, draws and makes sets by programs, and sees the reference standard."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from localize import services as localize
from radgame.accounts.models import User
from radgame.cases.models import Audience, CaseSet
from radgame.classroom.library import services
from tests.api.conftest import NODULE, Program, Site, at
from tests.factories import Said, make_case, make_dataset


@pytest.fixture
def cases(db: None) -> list[str]:
    """A nodule and two normal films, by their public ids."""
    nodule = make_case(said=[Said("nodule-mass", NODULE)], is_normal=False)
    normal = [make_case(is_normal=True) for _number in range(2)]
    make_case(dataset=make_dataset("house", Audience.STAFF))
    return [str(case.public_id) for case in [nodule, *normal]]


def ids(told: dict[str, Any]) -> list[str]:
    return [card["id"] for card in told["results"]]


def test_cases_are_searched(as_charlie: Program, cases: list[str]) -> None:
    everything = as_charlie.told("search_cases")
    assert sorted(ids(everything)) == sorted(cases)
    assert (everything["count"], everything["more"], everything["has_next"]) == (3, False, False)
    found = as_charlie.told("search_cases", findings="nodule-mass", shows="abnormal")
    assert ids(found) == cases[:1]
    [card] = found["results"]
    assert card["findings"] == "Nodule/Mass"
    assert as_charlie.ask("GET", card["preview"]).status_code == 200
    assert sorted(ids(as_charlie.told("search_cases", shows="normal"))) == sorted(cases[1:])


@pytest.mark.parametrize(
    "query",
    [
        "view=oblique",
        "difficulty=easy",
        "dataset=house",
        "findings=no-such",
        "page=0",
        "held=perhaps",
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    as_charlie: Program, cases: list[str], query: str
) -> None:
    assert as_charlie.ask("GET", f"{at('search_cases')}?{query}").status_code == 422


def test_the_same_seed_draws_the_same_cases(as_charlie: Program, cases: list[str]) -> None:
    rule = {"play": "localize", "size": 2, "normal_percent": 50, "findings": "nodule-mass"}
    first = as_charlie.told("draw_cases", **rule)
    assert (first["missing"], len(first["results"])) == (0, 2)
    assert {part["what"]: part["got"] for part in first["parts"]} == {"normal": 1, "finding": 1}
    again = as_charlie.told("draw_cases", **rule, seed=first["seed"])
    assert ids(again) == ids(first)


def test_what_a_rule_cannot_fill_is_said(as_charlie: Program, cases: list[str]) -> None:
    told = as_charlie.told("draw_cases", play="localize", size=5, normal_percent=100)
    assert told["missing"] == 3
    assert told["parts"][0]["why"].startswith("The library has 2 such cases")


def test_a_rule_with_more_findings_than_cases_is_refused(
    as_charlie: Program, cases: list[str]
) -> None:
    query = "play=localize&size=1&findings=nodule-mass&findings=fracture"
    refused = as_charlie.ask("GET", f"{at('draw_cases')}?{query}")
    assert refused.status_code == 422
    assert "findings" in refused.json()["fields"]


def test_a_case_is_told_with_its_reference_standard(as_charlie: Program, site: Site) -> None:
    told = as_charlie.told("library_case", site.case.public_id)
    assert told["regions"][0]["box"] == list(NODULE)
    assert told["statements"][0]["sentence"] == "A secret sentence."
    assert told["report"]["findings"] == "A nodule on the left."
    assert told["regions"][0]["reader"] == "reader 1"
    assert as_charlie.ask("GET", told["films"][0]["preview"]).status_code == 200


# --- sets -----------------------------------------------------------------------


def test_a_set_is_made_changed_duplicated_archived_and_deleted(
    as_charlie: Program, cases: list[str]
) -> None:
    made = as_charlie.post("library_sets", body={"title": "Mixed", "cases": cases[:2]})
    assert made.status_code == 201
    told = made.json()
    slug = told["slug"]
    assert (told["size"], told["audience"], told["owner"]) == (2, "owner", "charlie")
    added = as_charlie.post("set_cases", slug, body={"cases": cases[1:]}).json()
    assert (added["slug"], added["size"], added["version"]) == (slug, 3, 1)
    as_charlie.post("place_case", slug, body={"case": cases[2], "to": "up"})
    as_charlie.post("place_case", slug, body={"case": cases[0], "to": "out"})
    listed = as_charlie.told("set_cases", slug)
    assert ids(listed) == [cases[2], cases[1]]
    assert [card["place"] for card in listed["results"]] == [1, 2]
    changes = {"title": "Normal films", "audience": "instructors"}
    changed = as_charlie.ask("PATCH", at("library_set", slug), changes).json()
    assert (changed["title"], changed["shows_checklist"]) == ("Normal films", True)
    copy = as_charlie.post("duplicate_set", slug).json()
    assert (copy["title"], copy["audience"]) == ("Normal films (copy)", "owner")
    assert as_charlie.post("archive_set", slug).json()["archived_at"] is not None
    assert as_charlie.post("reopen_set", slug).json()["archived_at"] is None
    assert as_charlie.ask("DELETE", at("library_set", slug)).status_code == 204
    assert as_charlie.get("library_set", slug).status_code == 404


def test_a_set_in_use_gets_a_next_version_and_cannot_be_deleted(
    as_charlie: Program, charlie: User, site: Site, cases: list[str]
) -> None:
    localize.start_sitting(reader=charlie, case_set=site.own_set)
    assert as_charlie.told("library_set", site.own_set.slug)["is_in_use"] is True
    added = as_charlie.post("set_cases", site.own_set.slug, body={"cases": cases}).json()
    assert (added["version"], added["slug"] == site.own_set.slug) == (2, False)
    assert as_charlie.told("library_set", site.own_set.slug)["superseded_at"] is not None
    refused = as_charlie.ask("DELETE", at("library_set", site.own_set.slug))
    assert refused.status_code == 409


def test_the_sets_of_others_are_seen_where_they_share_them(
    as_charlie: Program, eve: User, cases: list[str]
) -> None:
    services.create_set(owner=eve, title="Kept")
    shared = services.create_set(owner=eve, title="Shared", audience=Audience.INSTRUCTORS)
    told = as_charlie.told("library_sets", whose="shared")["results"]
    assert [row["title"] for row in told] == ["Shared"]
    assert as_charlie.told("library_set", shared.slug)["can_edit"] is False
    refused = as_charlie.ask("PATCH", at("library_set", shared.slug), {"title": "Mine"})
    assert refused.status_code == 404
    assert as_charlie.post("duplicate_set", shared.slug).status_code == 201


@pytest.mark.parametrize(
    "sent",
    [
        {"cases": []},
        {"cases": ["no uuid"]},
        {"cases": ["00000000-0000-0000-0000-000000000000"]},
        {},
    ],
)
def test_no_case_is_no_change(as_charlie: Program, site: Site, sent: dict[str, Any]) -> None:
    refused = as_charlie.post("set_cases", site.own_set.slug, body=sent)
    assert refused.status_code == 422
    assert CaseSet.objects.get(pk=site.own_set.pk).size == 2


def test_a_set_that_cannot_take_its_cases_is_not_made(as_charlie: Program, site: Site) -> None:
    sent = {"title": "Empty", "cases": ["00000000-0000-0000-0000-000000000000"]}
    assert as_charlie.post("library_sets", body=sent).status_code == 422
    assert not CaseSet.objects.filter(title="Empty").exists()


def test_an_audience_that_an_instructor_cannot_choose_is_refused(
    as_charlie: Program, site: Site
) -> None:
    refused = as_charlie.ask("PATCH", at("library_set", site.own_set.slug), {"audience": "staff"})
    assert refused.status_code == 422
    assert list(refused.json()["fields"]) == ["audience"]


@pytest.mark.parametrize("name", ["search_cases", "library_sets", "set_cases"])
def test_a_list_costs_the_same_however_long_it_is(
    name: str,
    charlie: User,
    as_charlie: Program,
    site: Site,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    arguments = [site.own_set.slug] if name == "set_cases" else []
    as_charlie.get(name, *arguments)
    with django_assert_max_num_queries(14) as counted:
        as_charlie.get(name, *arguments)
    more = [make_case(said=[Said("nodule-mass", NODULE)]) for _number in range(4)]
    services.add_cases(case_set=site.own_set, cases=more)
    for number in range(4):
        services.create_set(owner=charlie, title=f"Set {number}")
    with django_assert_max_num_queries(len(counted)):
        assert len(as_charlie.told(name, *arguments)["results"]) >= 5
