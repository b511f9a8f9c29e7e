"""A site with something of everything in it, and programs that ask it in somebody's name."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import localize.services
import report.services
from localize.answers import Answer
from localize.models import Attempt, Sitting
from radgame.accounts.models import Role, User
from radgame.cases.models import Case, CaseSet, Play, ReferenceReport
from radgame.classroom import services as classroom
from radgame.classroom.assigning import create_assignment
from radgame.classroom.library import services as library
from radgame.classroom.models import Arm, Assignment, Cohort, JoinLink, Membership, Trial
from radgame.classroom.studies.services import ArmPlan, create_trial
from radgame.progress.booking import book_everything
from radgame.progress.models import Flag
from radgame.progress.services import raise_flag
from radgame.rest.models import AccessToken, Scope
from radgame.rest.tokens import make_token, scopes_of
from report.models import Attempt as ReportAttempt
from report.readings import Reading
from tests.conftest import client_of
from tests.factories import Said, address_of, make_case, make_set

NODULE = (111.0, 222.0, 333.0, 444.0)


@dataclass(frozen=True)
class Site:
    """What the cast has done: Alice learns with Charlie, who has a set of his own.

    ``box`` and ``text`` are submitted and disputed; ``open_box`` and ``open_text`` are in play.
    """

    case: Case
    case_set: CaseSet
    box: Attempt
    text: ReportAttempt
    open_box: Attempt
    open_text: ReportAttempt
    flag: Flag
    cohort: Cohort
    link: JoinLink
    membership: Membership
    assignment: Assignment
    trial: Trial
    own_set: CaseSet
    token: AccessToken

    @property
    def sitting(self) -> Sitting:
        return self.box.sitting

    @property
    def part(self) -> Assignment:
        """What the study gives first."""
        return Assignment.objects.get(trial_part__trial=self.trial, trial_part__phase="pre")


@pytest.fixture
def eve(db: None) -> User:
    """An instructor of another cohort."""
    return User.objects.create_user("eve", "eve@example.org", "correct", role=Role.INSTRUCTOR)


@pytest.fixture
def site(alice: User, charlie: User, eve: User) -> Site:
    return build_site(alice, charlie, eve)


def build_site(alice: User, charlie: User, eve: User) -> Site:
    said = [Said("nodule-mass", NODULE, sentence="A secret sentence.", explanation="Secret words.")]
    cases = [make_case(said=said, for_report=True) for _number in range(2)]
    for case in cases:
        ReferenceReport.objects.create(study=case.study, findings="A nodule on the left.")
    case_set = make_set(*cases)
    box = localize.services.start_sitting(reader=alice, case_set=case_set).attempt
    text = report.services.start_sitting(reader=alice, case_set=case_set).attempt
    assert box is not None
    assert text is not None
    box = localize.services.submit_attempt(
        attempt=box, answer=Answer((), (), normal=True), elapsed_s=1
    )
    text = report.services.submit_attempt(attempt=text, reading=Reading("Clear."), elapsed_s=1)
    open_box = localize.services.advance(attempt=box)
    open_text = report.services.advance(attempt=text)
    assert open_box is not None
    assert open_text is not None
    assert box.outcome is not None
    assert text.outcome is not None
    raise_flag(outcome=text.outcome, line=None, comment="Look again.")
    flag = raise_flag(outcome=box.outcome, line=None, comment="I do not agree.")
    book_everything()
    cohort = classroom.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="Europe/Zurich"
    )
    classroom.create_cohort(instructor=eve, name="Elsewhere", description="", time_zone="UTC")
    link = classroom.create_link(
        cohort=cohort, made_by=charlie, expires_at=timezone.now() + timedelta(days=3)
    )
    classroom.join_cohort(person=alice, code=link.code)
    assignment = create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=case_set,
        game=Play.LOCALIZE,
        title="Nodules",
        opens_at=timezone.now() - timedelta(hours=1),
    )
    # Of its own films: whoever is to be tested on a film cannot play it freely.
    films = [make_case(said=said, for_report=True) for _number in range(2)]
    tested = make_set(*films, slug="tested")
    trial = create_trial(
        cohort=cohort,
        made_by=charlie,
        title="Feedback or films",
        description="",
        games=[Play.LOCALIZE],
        pre_set=tested,
        post_set=tested,
        arms=[ArmPlan(mode.label, mode, case_set) for mode in Arm.Mode],
        opens_at=timezone.now() - timedelta(hours=1),
        allows_overlap=True,
    )
    own_set = library.create_set(owner=charlie, title="Own", cases=cases)
    made = make_token(
        person=alice, name="Notebook", scopes=[Scope.PLAY], is_read_only=False, days=30
    )
    return Site(
        case=cases[0],
        case_set=case_set,
        box=box,
        text=text,
        open_box=open_box,
        open_text=open_text,
        flag=flag,
        cohort=cohort,
        link=link,
        membership=Membership.objects.get(cohort=cohort, person=alice),
        assignment=assignment,
        trial=trial,
        own_set=own_set,
        token=made.token,
    )


def in_the_path(site: Site, path: str) -> dict[str, Any]:
    """What is there, under the names that stand in the paths."""
    token, rendition = address_of(site.case)
    in_play = site.open_text if "/report/" in path else site.open_box
    played = site.text if "/report/" in path else site.box
    is_before = path.endswith(("/draft/", "/submit/"))
    slug = site.case.dataset.slug if "/datasets/" in path else site.case_set.slug
    return {
        "assignment_id": site.assignment.pk,
        "attempt_id": in_play.pk if is_before else played.pk,
        "cohort_id": site.cohort.pk,
        "explanation_id": 1,
        "flag_id": site.flag.pk,
        "link_id": site.link.pk,
        "membership_id": site.membership.pk,
        "public_id": site.case.public_id,
        "rendition": rendition,
        "sitting_id": played.sitting_id,
        "slug": site.own_set.slug if "/library/" in path else slug,
        # The first of each kind that there is.
        "table": "cases" if "/following/" in path else "arms",
        "token": token,
        "token_id": site.token.pk,
        "trial_id": site.trial.pk,
    }


class Program:
    """Asks the API, by a token or by the session of a page, and reads what is answered."""

    def __init__(self, client: Client, key: str = "") -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def ask(self, method: str, address: str, body: Any = None, **query: Any) -> Any:
        sent = "" if body is None else json.dumps(body)
        if query:
            address = f"{address}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
        return self.client.generic(
            method, address, sent, content_type="application/json", headers=self.headers
        )

    def get(self, name: str, *args: Any, **query: Any) -> Any:
        return self.ask("GET", at(name, *args), **query)

    def post(self, name: str, *args: Any, body: Any = None) -> Any:
        return self.ask("POST", at(name, *args), body)

    def told(self, name: str, *args: Any, **query: Any) -> Any:
        """What is answered to a question that must be answered."""
        response = self.get(name, *args, **query)
        assert response.status_code == 200, response.content
        return response.json()


def at(name: str, *args: Any) -> str:
    return reverse(f"api:{name}", args=args)


def key_of(person: User, *, is_read_only: bool = False) -> str:
    scopes = [scope.value for scope in scopes_of(person)]
    made = make_token(person=person, name="Tests", scopes=scopes, is_read_only=is_read_only, days=1)
    return cast(str, made.key)


def program_of(person: User) -> Program:
    """By a token."""
    return Program(Client(), key_of(person))


def page_of(person: User) -> Program:
    """By the session of a page."""
    return Program(client_of(person))


@pytest.fixture
def as_alice(alice: User) -> Program:
    return program_of(alice)


@pytest.fixture
def as_charlie(charlie: User) -> Program:
    return program_of(charlie)
