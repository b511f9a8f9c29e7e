"""A small study, and learners who answer as they are told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from localize import services as localize
from localize.answers import Answer, DrawnMark
from localize.models import ROWS, Attempt
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, Play
from radgame.classroom import services
from radgame.classroom.models import Assignment, Cohort, Enrolment, Membership, Trial, TrialPart
from radgame.classroom.studies.services import ArmPlan, create_trial, take_part
from radgame.playing.showing import leave_shown, start_showing
from tests.factories import Said, make_case, make_set, token_of

BOX = (100.0, 100.0, 300.0, 300.0)
SENTENCE = "A fracture of the seventh rib."
NOTHING = Answer((), (), normal=False)
Phase = TrialPart.Phase


def fractures(count: int) -> list[Case]:
    return [make_case(said=[Said("fracture", BOX, sentence=SENTENCE)]) for _number in range(count)]


def found(case: Case) -> Answer:
    return Answer((DrawnMark(token_of(case), "fracture", BOX, 4),), (), normal=False)


@pytest.fixture
def cohort(charlie: User) -> Cohort:
    return services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="Europe/Zurich"
    )


@pytest.fixture
def tests_set(db: None) -> CaseSet:
    return make_set(*fractures(4), slug="tests")


@pytest.fixture
def training_set(db: None) -> CaseSet:
    return make_set(*fractures(2), slug="training")


def two_arms(training_set: CaseSet) -> list[ArmPlan]:
    return [
        ArmPlan("Active", "active", training_set),
        ArmPlan("Passive", "passive", training_set),
    ]


def protocol(cohort: Cohort, tests_set: CaseSet, arms: list[ArmPlan], **asked: Any) -> Trial:
    values: dict[str, Any] = {
        "title": "Feedback or films",
        "description": "Forty minutes.",
        "games": [Play.LOCALIZE],
        "pre_set": tests_set,
        "post_set": tests_set,
        "arms": arms,
        "opens_at": timezone.now() - timedelta(hours=1),
        **asked,
    }
    made_by = cohort.memberships.instructors().get().person
    return create_trial(cohort=cohort, made_by=made_by, **values)


@pytest.fixture
def trial(cohort: Cohort, tests_set: CaseSet, training_set: CaseSet) -> Trial:
    return protocol(cohort, tests_set, two_arms(training_set))


@pytest.fixture
def enrol(cohort: Cohort) -> Callable[[Trial, str], Enrolment]:
    def new(trial: Trial, name: str) -> Enrolment:
        person, _created = User.objects.get_or_create(username=name)
        membership, _made = Membership.objects.get_or_create(cohort=cohort, person=person)
        return take_part(trial=trial, membership=membership)

    return new


def assignment_of(enrolment: Enrolment, game: str = "localize") -> Assignment:
    """What somebody has to do now in a game."""
    enrolment.refresh_from_db()
    part = TrialPart.objects.get(
        trial=enrolment.trial,
        phase=enrolment.phase,
        assignment__game=game,
        arm=enrolment.arm if enrolment.phase == Phase.TRAINING else None,
    )
    return part.assignment


def do_phase(enrolment: Enrolment, *, right: int = 0, seconds: float = 0.0) -> Enrolment:
    """Play or look at the whole phase; the first ``right`` cases of a played one are found."""
    person = enrolment.membership.person
    assignment = assignment_of(enrolment)
    if assignment.mode == Assignment.Mode.PASSIVE:
        shown = start_showing(rows=ROWS, reader=person, assignment=assignment)
        while shown.exposure is not None:
            shown = leave_shown(rows=ROWS, exposure=shown.exposure, elapsed_s=seconds)
    else:
        attempt: Attempt | None = localize.start_assigned(
            reader=person, assignment=assignment
        ).attempt
        number = 0
        while attempt is not None:
            answer = found(attempt.case) if number < right else NOTHING
            attempt = localize.submit_attempt(attempt=attempt, answer=answer, elapsed_s=seconds)
            attempt, number = localize.advance(attempt=attempt), number + 1
    enrolment.refresh_from_db()
    return enrolment


def do_everything(enrolment: Enrolment, *, before: int, after: int) -> Enrolment:
    do_phase(enrolment, right=before)
    do_phase(enrolment, right=1)
    return do_phase(enrolment, right=after)
