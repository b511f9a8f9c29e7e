"""Who may open what of a cohort: every address against a table reviewed by eye."""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from radgame.accounts.models import Role, User
from radgame.cases.models import Play
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import Assignment, Cohort, JoinLink, Membership
from tests.factories import make_case, make_set

# The instructor teaches the cohort, with a second; the stranger is an instructor of another one;
# the member learns in it, the other learner does not.
PEOPLE = ["nobody", "guest", "member", "other", "stranger", "instructor", "staff"]

# 200 page, 302 elsewhere (to sign in), 403 told no, 404 hidden, 405 POST only.
TABLE: dict[str, list[int]] = {
    "classroom:cohorts": [302, 200, 200, 200, 200, 200, 200],
    "classroom:create": [302, 403, 403, 403, 200, 200, 200],
    "classroom:join": [302, 200, 200, 200, 200, 200, 200],
    "classroom:join_by_link": [302, 200, 200, 200, 200, 200, 200],
    "classroom:cohort": [302, 404, 404, 404, 404, 200, 404],
    "classroom:board": [302, 404, 200, 404, 404, 200, 404],
    "classroom:edit": [302, 404, 404, 404, 404, 200, 404],
    "classroom:archive": [302, 405, 405, 405, 405, 405, 405],
    "classroom:leave": [302, 405, 405, 405, 405, 405, 405],
    "classroom:create_link": [302, 405, 405, 405, 405, 405, 405],
    "classroom:revoke_link": [302, 405, 405, 405, 405, 405, 405],
    "classroom:add_instructor": [302, 405, 405, 405, 405, 405, 405],
    "classroom:remove": [302, 405, 405, 405, 405, 405, 405],
    "classroom:assign": [302, 404, 404, 404, 404, 200, 404],
    "classroom:assignment": [302, 404, 404, 404, 404, 200, 404],
    "classroom:results": [302, 404, 404, 404, 404, 200, 404],
    "classroom:withdraw": [302, 405, 405, 405, 405, 405, 405],
    "localize:start_assigned": [302, 405, 405, 405, 405, 405, 405],
    "report:start_assigned": [302, 405, 405, 405, 405, 405, 405],
}

# What an empty POST may do; 422 is the answer to an empty form.
POSTS: dict[str, list[int]] = {
    "classroom:create": [302, 403, 403, 403, 422, 422, 422],
    "classroom:join": [302, 422, 422, 422, 422, 422, 422],
    "classroom:join_by_link": [302, 422, 422, 422, 422, 422, 422],
    "classroom:edit": [302, 404, 404, 404, 404, 422, 404],
    "classroom:archive": [302, 404, 404, 404, 404, 302, 404],
    "classroom:create_link": [302, 404, 404, 404, 404, 302, 404],
    "classroom:revoke_link": [302, 404, 404, 404, 404, 302, 404],
    "classroom:add_instructor": [302, 404, 404, 404, 404, 422, 404],
    "classroom:remove": [302, 404, 404, 404, 404, 302, 404],
    "classroom:leave": [302, 404, 302, 404, 404, 404, 404],
    "classroom:assign": [302, 404, 404, 404, 404, 422, 404],
    "classroom:withdraw": [302, 404, 404, 404, 404, 302, 404],
    "localize:start_assigned": [302, 404, 302, 404, 404, 404, 404],
    # The assignment is for the other game.
    "report:start_assigned": [302, 404, 404, 404, 404, 404, 404],
}


@dataclass(frozen=True)
class Taught:
    cohort: Cohort
    link: JoinLink
    membership: Membership
    assignment: Assignment


@pytest.fixture
def eve(db: None) -> User:
    """An instructor of another cohort."""
    return User.objects.create_user("eve", "eve@example.org", "correct", role=Role.INSTRUCTOR)


@pytest.fixture
def taught(alice: User, charlie: User, eve: User) -> Taught:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="Europe/Zurich"
    )
    services.create_cohort(instructor=eve, name="Elsewhere", description="", time_zone="UTC")
    link = services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    services.join_cohort(person=alice, code=link.code)
    assignment = create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=make_set(make_case()),
        game=Play.LOCALIZE,
        title="Ribs",
        opens_at=timezone.now(),
    )
    return Taught(cohort, link, Membership.objects.get(cohort=cohort, person=alice), assignment)


@pytest.fixture
def clients(
    guest: User, alice: User, bob: User, charlie: User, eve: User, dana: User
) -> dict[str, Client]:
    made = {"nobody": Client()}
    for name, user in zip(PEOPLE[1:], [guest, alice, bob, eve, charlie, dana], strict=True):
        made[name] = Client()
        made[name].force_login(user, backend="radgame.accounts.backends.ReaderBackend")
    return made


def address(name: str, taught: Taught) -> str:
    known: dict[str, list[object]] = {
        "classroom:cohorts": [],
        "classroom:create": [],
        "classroom:join": [],
        "classroom:join_by_link": [taught.link.code],
        "classroom:revoke_link": [taught.cohort.pk, taught.link.pk],
        "classroom:remove": [taught.cohort.pk, taught.membership.pk],
        "classroom:assignment": [taught.assignment.pk],
        "classroom:results": [taught.assignment.pk],
        "classroom:withdraw": [taught.assignment.pk],
        "localize:start_assigned": [taught.assignment.pk],
        "report:start_assigned": [taught.assignment.pk],
    }
    return reverse(name, args=known.get(name, [taught.cohort.pk]))


@pytest.mark.parametrize("name", TABLE)
def test_each_person_gets_what_the_table_says(
    name: str, taught: Taught, clients: dict[str, Client]
) -> None:
    got = [clients[person].get(address(name, taught)).status_code for person in PEOPLE]
    assert got == TABLE[name]


@pytest.mark.parametrize("name", POSTS)
def test_each_person_may_do_what_the_table_says(
    name: str, taught: Taught, clients: dict[str, Client]
) -> None:
    got = [clients[person].post(address(name, taught)).status_code for person in PEOPLE]
    assert got == POSTS[name]
