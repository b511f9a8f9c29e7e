"""Whom an instructor may look over the shoulder: submitted work in their cohort, and no draft."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

import localize.services
import report.services
from localize.answers import Answer
from radgame.accounts.models import Role, User
from radgame.cases.models import Play
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.progress.services import raise_flag
from report.readings import Reading
from tests.conftest import client_of
from tests.factories import Said, address_of, make_case, make_report_case, make_set

GAMES = [Play.LOCALIZE, Play.REPORT]


@pytest.fixture
def cohort(alice: User, charlie: User) -> Cohort:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="UTC"
    )
    link = services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    services.join_cohort(person=alice, code=link.code)
    return cohort


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve", "eve@example.org", "correct", role=Role.INSTRUCTOR)


def begin(cohort: Cohort, reader: User, play: Play, **conditions: Any) -> Any:
    """A first case of an assignment, in play."""
    if play == Play.LOCALIZE:
        case = make_case(said=[Said("nodule-mass", (10.0, 10.0, 90.0, 90.0))])
    else:
        case = make_report_case("A nodule in the left upper lobe.")
    assignment = create_assignment(
        cohort=cohort,
        made_by=cohort.memberships.instructors()[0].person,
        case_set=make_set(case, slug=f"set-{case.pk}"),
        game=play,
        title="Nodules",
        opens_at=timezone.now() - timedelta(hours=1),
        **conditions,
    )
    return game(play).start_assigned(reader=reader, assignment=assignment).attempt


def game(play: Play) -> Any:
    return localize.services if play == Play.LOCALIZE else report.services


def submit(play: Play, attempt: Any) -> Any:
    if play == Play.LOCALIZE:
        answer = Answer((), (), normal=False)
        return localize.services.submit_attempt(attempt=attempt, answer=answer, elapsed_s=9)
    return report.services.submit_attempt(attempt=attempt, reading=Reading("Clear."), elapsed_s=9)


def page(play: Play, attempt: Any) -> str:
    return reverse(f"{play.value}:attempt", args=[attempt.pk])


def status(person: User, play: Play, attempt: Any) -> int:
    return client_of(person).get(page(play, attempt)).status_code


@pytest.mark.parametrize("play", GAMES)
def test_who_teaches_the_cohort_reads_the_feedback(
    cohort: Cohort, alice: User, charlie: User, eve: User, play: Play
) -> None:
    attempt = submit(play, begin(cohort, alice, play))
    services.add_instructor(cohort=cohort, name="eve")
    for teacher in (charlie, eve):
        response = client_of(teacher).get(page(play, attempt))
        assertContains(response, "Read by alice")
        assertNotContains(response, reverse(f"{play.value}:next", args=[attempt.pk]))
        assertNotContains(response, reverse(f"{play.value}:flag", args=[attempt.pk]))
    assertNotContains(client_of(alice).get(page(play, attempt)), "Read by")


@pytest.mark.parametrize("play", GAMES)
def test_a_draft_is_nobody_elses(
    cohort: Cohort, alice: User, charlie: User, dana: User, play: Play
) -> None:
    attempt = begin(cohort, alice, play)
    assert [status(person, play, attempt) for person in (charlie, dana)] == [404, 404]


@pytest.mark.parametrize("play", GAMES)
def test_instructors_of_other_cohorts_see_nothing(
    cohort: Cohort, alice: User, eve: User, play: Play
) -> None:
    attempt = submit(play, begin(cohort, alice, play))
    other = services.create_cohort(instructor=eve, name="Other", description="", time_zone="UTC")
    assert status(eve, play, attempt) == 404
    # Not even when the same person learns with them as well.
    link = services.create_link(cohort=other, made_by=eve, expires_at=None)
    services.join_cohort(person=alice, code=link.code)
    assert status(eve, play, attempt) == 404


@pytest.mark.parametrize("play", GAMES)
def test_what_is_played_freely_is_ones_own(
    cohort: Cohort, alice: User, charlie: User, play: Play
) -> None:
    assigned = begin(cohort, alice, play)
    started = game(play).start_sitting(reader=alice, case_set=assigned.sitting.case_set)
    assert status(charlie, play, submit(play, started.attempt)) == 404


def test_who_left_is_looked_at_no_longer_and_looks_no_longer(
    cohort: Cohort, alice: User, charlie: User, eve: User
) -> None:
    attempt = submit(Play.LOCALIZE, begin(cohort, alice, Play.LOCALIZE))
    services.add_instructor(cohort=cohort, name="eve")
    services.remove_member(membership=Membership.objects.get(cohort=cohort, person=eve))
    assert status(eve, Play.LOCALIZE, attempt) == 404
    services.remove_member(membership=Membership.objects.get(cohort=cohort, person=alice))
    assert status(charlie, Play.LOCALIZE, attempt) == 404
    assert status(alice, Play.LOCALIZE, attempt) == 200


def test_a_fellow_learner_sees_nothing(cohort: Cohort, alice: User, bob: User) -> None:
    attempt = submit(Play.LOCALIZE, begin(cohort, alice, Play.LOCALIZE))
    Membership.objects.create(cohort=cohort, person=bob)
    assert status(bob, Play.LOCALIZE, attempt) == 404


@pytest.mark.parametrize("play", GAMES)
def test_instructors_need_not_wait_until_the_learner_may_see_it(
    cohort: Cohort, alice: User, charlie: User, play: Play
) -> None:
    terms = {
        "feedback": Assignment.Feedback.AFTER_CLOSE,
        "closes_at": timezone.now() + timedelta(days=1),
    }
    attempt = submit(play, begin(cohort, alice, play, **terms))
    assertNotContains(client_of(alice).get(page(play, attempt)), "of 100")
    assertContains(client_of(charlie).get(page(play, attempt)), "of 100")


@pytest.mark.parametrize("play", GAMES)
def test_instructors_can_change_nothing(
    cohort: Cohort, alice: User, charlie: User, play: Play
) -> None:
    attempt = submit(play, begin(cohort, alice, play))
    client = client_of(charlie)
    for action in ("submit", "next", "flag"):
        address = reverse(f"{play.value}:{action}", args=[attempt.pk])
        assert client.post(address, {"comment": "?"}).status_code == 404


def test_a_dispute_is_between_its_reader_and_staff(
    cohort: Cohort, alice: User, charlie: User, dana: User
) -> None:
    attempt = submit(Play.LOCALIZE, begin(cohort, alice, Play.LOCALIZE))
    raise_flag(outcome=attempt.outcome, line=None, comment="I disagree with my teacher.")
    words = "I disagree with my teacher."
    assertNotContains(client_of(charlie).get(page(Play.LOCALIZE, attempt)), words)
    assertContains(client_of(dana).get(page(Play.LOCALIZE, attempt)), words)


def test_the_films_come_with_it(cohort: Cohort, alice: User, charlie: User) -> None:
    attempt = submit(Play.LOCALIZE, begin(cohort, alice, Play.LOCALIZE))
    film = reverse("films:preview", args=address_of(attempt.case))
    assert client_of(charlie).get(film).status_code == 200
