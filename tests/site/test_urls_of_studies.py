"""Who may open what of a study: every address against a table reviewed by eye."""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from localize.models import ROWS
from radgame.accounts.models import Role, User
from radgame.cases.models import Play, ReferenceReport
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import Assignment, Cohort, Membership, Trial
from radgame.classroom.studies.services import ArmPlan, create_trial, take_part
from radgame.playing.models import BaseExposure
from radgame.playing.showing import start_showing
from report.models import ROWS as REPORT
from tests.factories import make_case, make_set

# As in test_urls_of_cohorts; the member takes part, and is shown a film in each game.
PEOPLE = ["nobody", "guest", "member", "other", "stranger", "instructor", "staff"]

TABLE: dict[str, list[int]] = {
    "classroom:create_study": [302, 404, 404, 404, 404, 200, 404],
    "classroom:study": [302, 404, 404, 404, 404, 200, 404],
    "classroom:extend_study": [302, 405, 405, 405, 405, 405, 405],
    "classroom:close_study": [302, 405, 405, 405, 405, 405, 405],
    "classroom:study_json": [302, 404, 404, 404, 404, 200, 404],
    "classroom:study_csv": [302, 404, 404, 404, 404, 200, 404],
    "classroom:study_xlsx": [302, 404, 404, 404, 404, 200, 404],
    "classroom:taking_part": [302, 404, 200, 404, 404, 404, 404],
    "classroom:take_part": [302, 405, 405, 405, 405, 405, 405],
    "classroom:own_assignments": [302, 200, 200, 200, 200, 200, 200],
    "classroom:edit_assignment": [302, 404, 404, 404, 404, 200, 404],
    "localize:shown": [302, 404, 200, 404, 404, 404, 404],
    "localize:leave": [302, 405, 405, 405, 405, 405, 405],
    "report:shown": [302, 404, 200, 404, 404, 404, 404],
    "report:leave": [302, 405, 405, 405, 405, 405, 405],
}

# What an empty POST may do; 422 is the answer to an empty form.
POSTS: dict[str, list[int]] = {
    "classroom:create_study": [302, 404, 404, 404, 404, 422, 404],
    "classroom:extend_study": [302, 404, 404, 404, 404, 302, 404],
    "classroom:close_study": [302, 404, 404, 404, 404, 302, 404],
    "classroom:take_part": [302, 404, 302, 404, 404, 404, 404],
    "classroom:edit_assignment": [302, 404, 404, 404, 404, 422, 404],
    "localize:leave": [302, 404, 302, 404, 404, 404, 404],
    "report:leave": [302, 404, 302, 404, 404, 404, 404],
}


@dataclass(frozen=True)
class Studied:
    cohort: Cohort
    trial: Trial
    assignment: Assignment
    shown: BaseExposure
    shown_report: BaseExposure


@pytest.fixture
def studied(alice: User, charlie: User, eve: User) -> Studied:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="UTC"
    )
    services.create_cohort(instructor=eve, name="Elsewhere", description="", time_zone="UTC")
    membership = Membership.objects.create(cohort=cohort, person=alice)
    sets = []
    for slug in ("tests", "training"):
        case = make_case(for_report=True)
        ReferenceReport.objects.create(study=case.study, findings="Clear lungs.")
        sets.append(make_set(case, slug=slug))
    trial = create_trial(
        cohort=cohort,
        made_by=charlie,
        title="A study",
        description="What for.",
        games=[Play.LOCALIZE, Play.REPORT],
        pre_set=sets[0],
        post_set=sets[0],
        arms=[ArmPlan("One", "active", sets[1]), ArmPlan("Two", "passive", sets[1])],
        opens_at=timezone.now(),
    )
    take_part(trial=trial, membership=membership)
    passive = Assignment.objects.filter(mode="passive")
    shown, shown_report = (
        start_showing(rows=rows, reader=alice, assignment=passive.get(game=rows.play)).exposure
        for rows in (ROWS, REPORT)
    )
    assert shown is not None
    assert shown_report is not None
    assignment = create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=sets[0],
        game=Play.LOCALIZE,
        title="Ribs",
        opens_at=timezone.now(),
    )
    return Studied(cohort, trial, assignment, shown, shown_report)


@pytest.fixture
def eve(db: None) -> User:
    """An instructor of another cohort."""
    return User.objects.create_user("eve", "eve@example.org", "correct", role=Role.INSTRUCTOR)


@pytest.fixture
def clients(
    studied: Studied, guest: User, alice: User, bob: User, charlie: User, dana: User, eve: User
) -> dict[str, Client]:
    made = {"nobody": Client()}
    for name, user in zip(PEOPLE[1:], [guest, alice, bob, eve, charlie, dana], strict=True):
        made[name] = Client()
        made[name].force_login(user, backend="radgame.accounts.backends.ReaderBackend")
    return made


def address(name: str, studied: Studied) -> str:
    known: dict[str, list[object]] = {
        "classroom:create_study": [studied.cohort.pk],
        "classroom:own_assignments": [],
        "classroom:edit_assignment": [studied.assignment.pk],
        "classroom:study_csv": [studied.trial.pk, "learners"],
        "classroom:study_xlsx": [studied.trial.pk, "learners"],
        "localize:shown": [studied.shown.pk],
        "localize:leave": [studied.shown.pk],
        "report:shown": [studied.shown_report.pk],
        "report:leave": [studied.shown_report.pk],
    }
    return reverse(name, args=known.get(name, [studied.trial.pk]))


@pytest.mark.parametrize("name", TABLE)
def test_each_person_gets_what_the_table_says(
    name: str, studied: Studied, clients: dict[str, Client]
) -> None:
    got = [clients[person].get(address(name, studied)).status_code for person in PEOPLE]
    assert got == TABLE[name]


@pytest.mark.parametrize("name", POSTS)
def test_each_person_may_do_what_the_table_says(
    name: str, studied: Studied, clients: dict[str, Client]
) -> None:
    got = [clients[person].post(address(name, studied)).status_code for person in PEOPLE]
    assert got == POSTS[name]
