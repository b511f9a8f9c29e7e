"""Who may do what by the API: every operation against a table reviewed by eye."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from radgame.accounts.models import User
from radgame.rest.schema import document, operations
from tests.api.conftest import Program, Site, at, eve, page_of, program_of, site
from tests.factories import address_of

# The owner learns in the cohort and played; the other learner did neither; the stranger is an
# instructor of another cohort. All but nobody and the guest ask by a token with every scope they
# can have; the guest, who can have none, by a session.
PEOPLE = ["nobody", "guest", "owner", "other", "stranger", "instructor", "staff"]

# 401 nobody is signed in, 403 told no, 404 hidden; 422 is the answer to an empty body, 409 says
# why it cannot be done. Order of columns: PEOPLE.
TABLE: dict[str, list[int]] = {
    "datasets": [401, 200, 200, 200, 200, 200, 200],
    "dataset": [401, 200, 200, 200, 200, 200, 200],
    "findings": [401, 200, 200, 200, 200, 200, 200],
    "film_preview": [401, 200, 200, 200, 200, 200, 200],
    "film_pixels": [401, 200, 200, 200, 200, 200, 200],
    "localize_sets": [401, 200, 200, 200, 200, 200, 200],
    "localize_start": [401, 200, 200, 200, 200, 200, 200],
    "localize_start_assigned": [401, 404, 200, 404, 404, 404, 404],
    "localize_practise": [401, 200, 200, 200, 200, 200, 200],
    "localize_attempts": [401, 200, 200, 200, 200, 200, 200],
    # The attempt of the table is disputed, so staff may look at it.
    "localize_attempt": [401, 404, 200, 404, 404, 404, 200],
    "localize_draft": [401, 404, 422, 404, 404, 404, 404],
    "localize_submit": [401, 404, 422, 404, 404, 404, 404],
    "localize_next": [401, 404, 200, 404, 404, 404, 404],
    "localize_flags": [401, 404, 200, 404, 404, 404, 404],
    "localize_raise_flag": [401, 404, 422, 404, 404, 404, 404],
    "localize_explanations": [401, 404, 200, 404, 404, 404, 200],
    # The site of the table has no model: there are no words to flag.
    "localize_flag_explanation": [401, 404, 404, 404, 404, 404, 404],
    "localize_sittings": [401, 200, 200, 200, 200, 200, 200],
    "localize_sitting": [401, 404, 200, 404, 404, 404, 404],
    "report_sets": [401, 200, 200, 200, 200, 200, 200],
    "report_start": [401, 200, 200, 200, 200, 200, 200],
    # The assignment is for the other game.
    "report_start_assigned": [401, 404, 404, 404, 404, 404, 404],
    "report_practise": [401, 200, 200, 200, 200, 200, 200],
    "report_attempts": [401, 200, 200, 200, 200, 200, 200],
    "report_attempt": [401, 404, 200, 404, 404, 404, 200],
    "report_draft": [401, 404, 422, 404, 404, 404, 404],
    "report_submit": [401, 404, 422, 404, 404, 404, 404],
    "report_next": [401, 404, 200, 404, 404, 404, 404],
    "report_flags": [401, 404, 200, 404, 404, 404, 404],
    "report_raise_flag": [401, 404, 422, 404, 404, 404, 404],
    # This site has no second judge.
    "report_judgement": [401, 404, 404, 404, 404, 404, 404],
    "report_sittings": [401, 200, 200, 200, 200, 200, 200],
    "report_sitting": [401, 404, 200, 404, 404, 404, 404],
    "me": [401, 200, 200, 200, 200, 200, 200],
    "change_me": [401, 200, 200, 200, 200, 200, 200],
    "own_data": [401, 200, 200, 200, 200, 200, 200],
    "tokens": [401, 200, 200, 200, 200, 200, 200],
    "revoke_token": [401, 404, 204, 404, 404, 404, 404],
    "progress": [401, 200, 200, 200, 200, 200, 200],
    "days": [401, 200, 200, 200, 200, 200, 200],
    "board": [401, 200, 200, 200, 200, 200, 200],
    "disputes": [401, 200, 200, 200, 200, 200, 200],
    "staff_flags": [401, 403, 403, 403, 403, 403, 200],
    "staff_settle_flag": [401, 403, 403, 403, 403, 403, 422],
    "cohorts": [401, 200, 200, 200, 200, 200, 200],
    "make_cohort": [401, 403, 403, 403, 422, 422, 422],
    "join_cohort": [401, 422, 422, 422, 422, 422, 422],
    # A token of a learner has no scope to teach; a guest's session finds nothing.
    "cohort": [401, 404, 403, 403, 404, 200, 404],
    "change_cohort": [401, 404, 403, 403, 404, 200, 404],
    "archive_cohort": [401, 404, 403, 403, 404, 200, 404],
    "reopen_cohort": [401, 404, 403, 403, 404, 200, 404],
    "cohort_board": [401, 404, 200, 404, 404, 200, 404],
    "leave_cohort": [401, 404, 204, 404, 404, 404, 404],
    "members": [401, 404, 403, 403, 404, 200, 404],
    "remove_member": [401, 404, 403, 403, 404, 204, 404],
    "add_instructor": [401, 404, 403, 403, 404, 422, 404],
    "links": [401, 404, 403, 403, 404, 200, 404],
    "make_link": [401, 404, 403, 403, 404, 201, 404],
    "revoke_link": [401, 404, 403, 403, 404, 204, 404],
    "assignments": [401, 200, 200, 200, 200, 200, 200],
    "cohort_assignments": [401, 404, 403, 403, 404, 200, 404],
    "assign": [401, 404, 403, 403, 404, 422, 404],
    "assignment": [401, 404, 403, 403, 404, 200, 404],
    "change_assignment": [401, 404, 403, 403, 404, 200, 404],
    "results": [401, 404, 403, 403, 404, 200, 404],
    "withdraw_assignment": [401, 404, 403, 403, 404, 200, 404],
    "heat_map": [401, 404, 403, 403, 404, 200, 404],
    "following_table": [401, 404, 403, 403, 404, 200, 404],
    "studies": [401, 200, 200, 200, 200, 200, 200],
    "cohort_studies": [401, 404, 403, 403, 404, 200, 404],
    "study_document": [401, 404, 403, 403, 404, 200, 404],
    "study_table": [401, 404, 403, 403, 404, 200, 404],
    "search_cases": [401, 403, 403, 403, 200, 200, 200],
    "draw_cases": [401, 403, 403, 403, 422, 422, 422],
    "library_case": [401, 403, 403, 403, 200, 200, 200],
    "library_sets": [401, 403, 403, 403, 200, 200, 200],
    "make_set": [401, 403, 403, 403, 422, 422, 422],
    # The set of the table is the instructor's own, and nobody else's.
    "library_set": [401, 403, 403, 403, 404, 200, 404],
    "change_set": [401, 403, 403, 403, 404, 200, 404],
    "delete_set": [401, 403, 403, 403, 404, 204, 404],
    "set_cases": [401, 403, 403, 403, 404, 200, 404],
    "add_cases": [401, 403, 403, 403, 404, 422, 404],
    "place_case": [401, 403, 403, 403, 404, 422, 404],
    "duplicate_set": [401, 403, 403, 403, 404, 201, 404],
    "archive_set": [401, 403, 403, 403, 404, 200, 404],
    "reopen_set": [401, 403, 403, 403, 404, 200, 404],
}

# Addresses that are no operation: the description and its page, and everything that is nothing.
OPEN = {"reference": 200, "schema": 200, "nothing": 404}
OPEN_AT = {"nothing": ["no/such/address/"]}

# The account page of tokens; making one asks for the password once more.
PAGES: dict[str, list[int]] = {
    "account_tokens": [302, 302, 200, 200, 200, 200, 200],
    "account_token_make": [302, 302, 302, 302, 302, 302, 302],
    "account_token_revoke": [302, 302, 405, 405, 405, 405, 405],
}
PAGE_POSTS: dict[str, list[int]] = {
    "account_token_make": [302, 302, 302, 302, 302, 302, 302],
    "account_token_revoke": [302, 302, 302, 404, 404, 404, 404],
}


def names() -> set[str]:
    """The names of the addresses of this module, as the site's table counts them."""
    of_operations = {f"api:{name}" for name in ADDRESSES.values()}
    return of_operations | {f"api:{name}" for name in OPEN} | set(PAGES)


# An operation's name and that of its address differ where an address has several.
ADDRESSES = {
    name: {
        "localize_raise_flag": "localize_flags",
        "report_raise_flag": "report_flags",
        "change_me": "me",
        "make_cohort": "cohorts",
        "change_cohort": "cohort",
        "make_link": "links",
        "assign": "cohort_assignments",
        "change_assignment": "assignment",
        "make_set": "library_sets",
        "change_set": "library_set",
        "delete_set": "library_set",
        "add_cases": "set_cases",
    }.get(name, name)
    for name in TABLE
}


def arguments(site: Site) -> dict[str, list[Any]]:
    """What stands in the path of an address, by its name."""
    film = address_of(site.case)
    found: dict[str, list[Any]] = {
        "dataset": [site.case.dataset.slug],
        "film_preview": [*film],
        "film_pixels": [*film],
        "revoke_token": [site.token.pk],
        "staff_settle_flag": [site.flag.pk],
        "remove_member": [site.cohort.pk, site.membership.pk],
        "revoke_link": [site.cohort.pk, site.link.pk],
        "assignment": [site.assignment.pk],
        "results": [site.assignment.pk],
        "following_table": [site.cohort.pk, "cases"],
        "study_document": [site.trial.pk],
        "study_table": [site.trial.pk, "arms"],
        "withdraw_assignment": [site.assignment.pk],
        "library_case": [site.case.public_id],
        "localize_flag_explanation": [site.box.pk, 1],
        "localize_sitting": [site.box.sitting_id],
        "report_sitting": [site.text.sitting_id],
        "report_judgement": [site.text.pk],
        "localize_explanations": [site.box.pk],
    }
    for name in ("cohort", "archive_cohort", "reopen_cohort", "cohort_board", "leave_cohort"):
        found[name] = [site.cohort.pk]
    for name in ("members", "add_instructor", "links", "cohort_assignments", "heat_map"):
        found[name] = [site.cohort.pk]
    found["cohort_studies"] = [site.cohort.pk]
    for name in ("library_set", "set_cases", "place_case", "duplicate_set"):
        found[name] = [site.own_set.slug]
    for name in ("archive_set", "reopen_set"):
        found[name] = [site.own_set.slug]
    for game, played, in_play in [
        ("localize", site.box, site.open_box),
        ("report", site.text, site.open_text),
    ]:
        found |= {f"{game}_{action}": [played.pk] for action in ("attempt", "next", "flags")}
        found |= {f"{game}_{action}": [in_play.pk] for action in ("draft", "submit")}
        found[f"{game}_start"] = [site.case_set.slug]
        found[f"{game}_start_assigned"] = [site.assignment.pk]
    return found


def methods() -> dict[str, str]:
    """By operation, its method, as the description says."""
    found = {}
    for path, item in document()["paths"].items():
        for method, told in item.items():
            found[told["operationId"]] = method.upper()
            assert path.startswith("/api/v1/")
    return found


@pytest.fixture
def people(
    site: Site, guest: User, alice: User, bob: User, eve: User, charlie: User, dana: User
) -> dict[str, Program]:
    by_token = zip(PEOPLE[2:], [alice, bob, eve, charlie, dana], strict=True)
    programs = {name: program_of(person) for name, person in by_token}
    return {"nobody": Program(Client()), "guest": page_of(guest), **programs}


def test_every_operation_has_a_row() -> None:
    told = {said["operationId"] for _path, said in operations(document())}
    assert told == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_each_person_may_do_what_the_table_says(
    name: str, site: Site, people: dict[str, Program]
) -> None:
    method, place = methods()[name], ADDRESSES[name]
    address = at(place, *arguments(site).get(place, []))
    body = None if method in {"GET", "DELETE"} else {}
    # The owner last: what they do may take away what the others ask for.
    order = sorted(PEOPLE, key=lambda person: TABLE[name][PEOPLE.index(person)] < 300)
    got = {person: people[person].ask(method, address, body).status_code for person in order}
    assert [got[person] for person in PEOPLE] == TABLE[name]


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize("person", PEOPLE)
def test_the_description_is_open_to_everybody(
    name: str, person: str, people: dict[str, Program]
) -> None:
    assert people[person].get(name, *OPEN_AT.get(name, [])).status_code == OPEN[name]


@pytest.fixture
def pages(
    site: Site, guest: User, alice: User, bob: User, eve: User, charlie: User, dana: User
) -> dict[str, Client]:
    cast = zip(PEOPLE[1:], [guest, alice, bob, eve, charlie, dana], strict=True)
    return {"nobody": Client(), **{name: page_of(person).client for name, person in cast}}


@pytest.mark.parametrize("name", PAGES)
def test_each_person_gets_the_pages_of_tokens(
    name: str, site: Site, pages: dict[str, Client]
) -> None:
    page = reverse(name, args=[site.token.pk] if name == "account_token_revoke" else [])
    assert [pages[person].get(page).status_code for person in PEOPLE] == PAGES[name]


@pytest.mark.parametrize("name", PAGE_POSTS)
def test_each_person_may_do_what_the_pages_of_tokens_offer(
    name: str, site: Site, pages: dict[str, Client]
) -> None:
    page = reverse(name, args=[site.token.pk] if name == "account_token_revoke" else [])
    assert [pages[person].post(page).status_code for person in PEOPLE] == PAGE_POSTS[name]


# Fixtures are found by their names in the module.
__all__ = ["eve", "site"]
