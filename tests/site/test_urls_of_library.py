"""Who may open what of the library: every address against a table reviewed by eye."""

import pytest
from django.test import Client
from django.urls import reverse

from radgame.accounts.models import Role, User
from radgame.cases.models import CaseSet
from radgame.classroom.library import services
from tests.conftest import client_of
from tests.factories import make_case

# The owner is an instructor who keeps the set to themselves; the colleague is another one.
PEOPLE = ["nobody", "guest", "learner", "colleague", "owner", "staff"]

# 200 page, 302 elsewhere (to sign in), 403 told no, 404 hidden, 405 POST only.
TABLE: dict[str, list[int]] = {
    "library:sets": [302, 403, 403, 200, 200, 200],
    "library:create": [302, 403, 403, 200, 200, 200],
    "library:create_of_cases": [302, 403, 403, 405, 405, 405],
    "library:search": [302, 403, 403, 200, 200, 200],
    "library:rule": [302, 403, 403, 200, 200, 200],
    "library:case": [302, 403, 403, 200, 200, 200],
    "library:set": [302, 403, 403, 404, 200, 404],
    "library:describe": [302, 403, 403, 405, 405, 405],
    "library:add": [302, 403, 403, 405, 405, 405],
    "library:place": [302, 403, 403, 405, 405, 405],
    "library:duplicate": [302, 403, 403, 405, 405, 405],
    "library:archive": [302, 403, 403, 405, 405, 405],
    "library:delete": [302, 403, 403, 405, 405, 405],
}

# What an empty POST may do; 422 is the answer to an empty form. What is deleted last is gone.
POSTS: dict[str, list[int]] = {
    "library:create": [302, 403, 403, 422, 422, 422],
    "library:create_of_cases": [302, 403, 403, 302, 302, 302],
    "library:describe": [302, 403, 403, 404, 422, 404],
    "library:add": [302, 403, 403, 404, 302, 404],
    "library:place": [302, 403, 403, 404, 302, 404],
    "library:duplicate": [302, 403, 403, 404, 302, 404],
    "library:archive": [302, 403, 403, 404, 302, 404],
    "library:delete": [302, 403, 403, 404, 302, 404],
}


@pytest.fixture
def case_set(charlie: User) -> CaseSet:
    return services.create_set(owner=charlie, title="Chest", cases=[make_case()])


@pytest.fixture
def clients(guest: User, alice: User, charlie: User, dana: User) -> dict[str, Client]:
    colleague = User.objects.create_user("eve", "eve@example.org", role=Role.INSTRUCTOR)
    people = [guest, alice, colleague, charlie, dana]
    signed_in = {name: client_of(person) for name, person in zip(PEOPLE[1:], people, strict=True)}
    return {"nobody": Client(), **signed_in}


def address(name: str, case_set: CaseSet) -> str:
    if name == "library:case":
        return reverse(name, args=[case_set.items.get().case.public_id])
    of_a_set = name.removeprefix("library:") not in {
        *("sets", "create", "create_of_cases", "search", "rule"),
    }
    return reverse(name, args=[case_set.slug] if of_a_set else [])


@pytest.mark.parametrize("name", TABLE)
def test_each_person_gets_what_the_table_says(
    name: str, case_set: CaseSet, clients: dict[str, Client]
) -> None:
    page = address(name, case_set)
    assert [clients[person].get(page).status_code for person in PEOPLE] == TABLE[name]


@pytest.mark.parametrize("name", POSTS)
def test_each_person_may_do_what_the_table_says(
    name: str, case_set: CaseSet, clients: dict[str, Client]
) -> None:
    page = address(name, case_set)
    assert [clients[person].post(page).status_code for person in PEOPLE] == POSTS[name]
