"""Practice shows no film that a test still keeps for itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains
from pytest_django.fixtures import DjangoAssertNumQueries

from localize import services as localize
from localize.answers import Answer
from localize.models import ROWS, Sitting
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, ReferenceReport
from radgame.classroom.assigning import create_assignment, withdraw_assignment
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.classroom.reserving import reserved_for
from radgame.classroom.services import create_cohort
from radgame.playing.assigned import NotTaken
from radgame.playing.practice import open_practice
from radgame.progress.practice import NothingToPractise
from report.models import ROWS as REPORT
from tests.conftest import client_of
from tests.factories import make_case, make_report_case, make_set

NOTHING = Answer((), (), normal=True)


@pytest.fixture
def kept(db: None) -> Case:
    return make_case()


@pytest.fixture
def free(db: None) -> Case:
    return make_case()


@pytest.fixture
def cohort(charlie: User, alice: User) -> Cohort:
    cohort = create_cohort(instructor=charlie, name="Spring", description="", time_zone="UTC")
    Membership.objects.create(cohort=cohort, person=alice)
    return cohort


def assign(cohort: Cohort, case_set: CaseSet, **conditions: Any) -> Assignment:
    now = timezone.now()
    values: dict[str, Any] = {
        "opens_at": now - timedelta(hours=1),
        "mode": Assignment.Mode.TEST,
        "game": "localize",
        **conditions,
    }
    return create_assignment(
        cohort=cohort,
        made_by=cohort.memberships.instructors().get().person,
        case_set=case_set,
        **{"title": "Test", **values},
    )


def practised(reader: User) -> set[Case]:
    return set(Case.objects.filter(set_items__case_set=open_practice(rows=ROWS, reader=reader)))


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"opens_at": timezone.now() + timedelta(days=3)},
        {"game": "report"},
        {"mode": Assignment.Mode.PRACTICE, "feedback": Assignment.Feedback.AFTER_SET},
    ],
)
def test_a_film_of_a_test_that_is_still_to_do_is_no_practice(
    conditions: dict[str, Any], cohort: Cohort, alice: User, bob: User, kept: Case, free: Case
) -> None:
    if conditions.get("game") == "report":
        Case.objects.filter(pk=kept.pk).update(for_report=True)
    case_set = make_set(Case.objects.get(pk=kept.pk))
    assign(cohort, case_set, **conditions)
    assert practised(alice) == {free}
    assert practised(bob) == {kept, free}


def test_practice_that_tells_at_once_keeps_nothing_for_itself(
    cohort: Cohort, alice: User, kept: Case, free: Case
) -> None:
    assign(cohort, make_set(kept), mode=Assignment.Mode.PRACTICE)
    assert practised(alice) == {kept, free}


def test_what_is_over_or_withdrawn_keeps_nothing(
    cohort: Cohort, alice: User, kept: Case, free: Case
) -> None:
    now = timezone.now()
    over = {"opens_at": now - timedelta(days=2), "closes_at": now - timedelta(days=1)}
    assign(cohort, make_set(kept), **over)
    withdraw_assignment(assignment=assign(cohort, CaseSet.objects.get()))
    assert practised(alice) == {kept, free}


@pytest.mark.parametrize(
    ("feedback", "is_free"),
    [("at_once", True), ("after_set", True), ("after_close", False)],
)
def test_a_finished_test_gives_its_films_free_when_its_feedback_is_open(
    feedback: str, is_free: bool, cohort: Cohort, alice: User, kept: Case, free: Case
) -> None:
    closes_at = timezone.now() + timedelta(days=1)
    assignment = assign(cohort, make_set(kept), feedback=feedback, closes_at=closes_at)
    attempt = localize.start_assigned(reader=alice, assignment=assignment).attempt
    assert attempt is not None
    localize.submit_attempt(attempt=attempt, answer=NOTHING, elapsed_s=0)
    assert localize.advance(attempt=attempt) is None
    assert (kept in practised(alice)) is is_free


def test_where_a_test_keeps_everything_there_is_nothing_to_practise(
    cohort: Cohort, alice: User
) -> None:
    case = make_report_case("The lungs are clear.")
    assign(cohort, make_set(case), game="report")
    with pytest.raises(NothingToPractise):
        open_practice(rows=REPORT, reader=alice)


def play_through(reader: User, assignment: Assignment) -> None:
    attempt = localize.start_assigned(reader=reader, assignment=assignment).attempt
    while attempt is not None:
        localize.submit_attempt(attempt=attempt, answer=NOTHING, elapsed_s=0)
        attempt = localize.advance(attempt=attempt)


def test_where_late_work_is_taken_a_test_keeps_its_films_until_it_is_done(
    cohort: Cohort, alice: User, kept: Case, free: Case
) -> None:
    now = timezone.now()
    over = {"opens_at": now - timedelta(days=2), "closes_at": now - timedelta(days=1)}
    assignment = assign(cohort, make_set(kept), accepts_late=True, **over)
    assert practised(alice) == {free}
    play_through(alice, assignment)
    assert practised(alice) == {kept, free}


def test_a_test_that_is_done_in_one_game_is_done_for_the_other(
    cohort: Cohort, alice: User, kept: Case
) -> None:
    Case.objects.filter(pk=kept.pk).update(for_report=True)
    play_through(alice, assign(cohort, make_set(kept), feedback="after_set"))
    open_practice(rows=REPORT, reader=alice)


def test_what_ran_out_of_time_keeps_nothing(
    cohort: Cohort, alice: User, kept: Case, free: Case
) -> None:
    assignment = assign(cohort, make_set(kept), time_limit_min=1)
    localize.start_assigned(reader=alice, assignment=assignment)
    assert practised(alice) == {free}
    Sitting.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    assert practised(alice) == {kept, free}


def test_practice_is_not_gone_on_with_when_a_test_has_one_of_its_films(
    cohort: Cohort, alice: User, kept: Case, free: Case
) -> None:
    begun = open_practice(rows=ROWS, reader=alice)
    localize.start_sitting(reader=alice, case_set=begun)
    assert open_practice(rows=ROWS, reader=alice) == begun
    assign(cohort, make_set(kept))
    assert practised(alice) == {free}


def test_what_is_kept_is_asked_for_in_the_same_queries_whatever_was_given(
    cohort: Cohort, alice: User, kept: Case, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        assert reserved_for(alice) == []
    for _number in range(5):
        assign(cohort, CaseSet.objects.first() or make_set(kept))
    with django_assert_num_queries(3):
        assert len(reserved_for(alice)) == 5


# --- free play -----------------------------------------------------------------------


@pytest.mark.parametrize("game", ["localize", "report"])
def test_a_set_with_a_film_of_a_test_does_not_start_before_it_is_done(
    game: str, cohort: Cohort, alice: User, bob: User, alice_client: Client
) -> None:
    case = make_case(for_report=True)
    ReferenceReport.objects.create(study=case.study, findings="A fracture.")
    free = make_set(case, make_case(), slug="free")
    assignment = assign(cohort, make_set(case), title="Ribs")
    for client, code in ((alice_client, 409), (client_of(bob), 302)):
        answer = client.post(reverse(f"{game}:start", args=[free.slug]))
        assert answer.status_code == code
    answer = alice_client.post(reverse(f"{game}:start", args=[free.slug]))
    assertContains(answer, "belong to “Ribs”, which you have not finished", status_code=409)
    assert not alice.localize_sittings.exists()  # type: ignore[attr-defined]
    play_through(alice, assignment)
    assert alice_client.post(reverse(f"{game}:start", args=[free.slug])).status_code == 302


def test_a_test_that_is_done_keeps_its_films_until_feedback_opens(
    cohort: Cohort, alice: User, kept: Case
) -> None:
    case_set = make_set(kept)
    closes_at = timezone.now() + timedelta(days=1)
    assignment = assign(cohort, case_set, feedback="after_close", closes_at=closes_at)
    play_through(alice, assignment)
    with pytest.raises(NotTaken, match="whose feedback is not open yet"):
        localize.start_sitting(reader=alice, case_set=case_set)


def test_a_test_that_is_still_to_come_is_not_named(cohort: Cohort, alice: User, kept: Case) -> None:
    case_set = make_set(kept)
    assign(cohort, case_set, title="Secret", opens_at=timezone.now() + timedelta(days=1))
    with pytest.raises(NotTaken, match="a test of “Spring”") as refused:
        localize.start_sitting(reader=alice, case_set=case_set)
    assert "Secret" not in str(refused.value)


def test_free_play_that_was_begun_before_is_not_gone_on_with(
    cohort: Cohort, alice: User, kept: Case, free: Case
) -> None:
    attempt = localize.start_sitting(reader=alice, case_set=make_set(free, kept)).attempt
    assert attempt is not None
    localize.submit_attempt(attempt=attempt, answer=NOTHING, elapsed_s=0)
    assign(cohort, make_set(kept, slug="test"))
    with pytest.raises(NotTaken, match="belong to “Test”"):
        localize.advance(attempt=attempt)
    assert alice.localize_attempts.count() == 1  # type: ignore[attr-defined]


def test_the_api_refuses_it_alike(cohort: Cohort, alice: User, kept: Case) -> None:
    case_set = make_set(kept)
    assign(cohort, case_set)
    answer = client_of(alice).post(
        reverse("api:localize_start", args=[case_set.slug]), content_type="application/json"
    )
    assertContains(answer, "which you have not finished", status_code=409)
