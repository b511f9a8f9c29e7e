"""Films shown with their answers: recorded with seconds, and never an attempt (ADR 14)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from localize import services as localize
from localize.answers import Answer
from localize.models import ROWS, Attempt, Exposure, Sitting
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, Play, ReferenceReport
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment, results
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.classroom.services import ClassroomError
from radgame.classroom.terms import Fate
from radgame.playing.assigned import NotTaken
from radgame.playing.showing import leave_shown, start_showing
from radgame.progress.booking import book_everything
from radgame.progress.models import Outcome, ReaderRating
from radgame.progress.selection import unread_by
from tests.factories import Said, make_case, make_set

BOX = (100.0, 100.0, 300.0, 300.0)
EMPTY = Answer((), (), normal=False)
SENTENCE = "A fracture of the seventh rib."


@pytest.fixture
def cohort(charlie: User, alice: User) -> Cohort:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="UTC"
    )
    Membership.objects.create(cohort=cohort, person=alice)
    return cohort


@pytest.fixture
def cases(db: None) -> list[Case]:
    return [make_case(said=[Said("fracture", BOX, sentence=SENTENCE)]) for _number in range(2)]


@pytest.fixture
def case_set(cases: list[Case]) -> CaseSet:
    return make_set(*cases)


def shown_to(cohort: Cohort, case_set: CaseSet, **conditions: Any) -> Assignment:
    # What a study gives for a passive arm.
    values: dict[str, Any] = {
        "title": "Look",
        "game": Play.LOCALIZE,
        "mode": Assignment.Mode.PASSIVE,
        "opens_at": timezone.now() - timedelta(hours=1),
        **conditions,
    }
    return Assignment.objects.create(cohort=cohort, case_set=case_set, **values)


@pytest.fixture
def assignment(cohort: Cohort, case_set: CaseSet) -> Assignment:
    return shown_to(cohort, case_set)


def first_shown(reader: User, assignment: Assignment) -> Exposure:
    exposure = start_showing(rows=ROWS, reader=reader, assignment=assignment).exposure
    assert isinstance(exposure, Exposure)
    return exposure


def test_films_come_one_after_the_other_and_the_sitting_ends(
    alice: User, assignment: Assignment
) -> None:
    first = first_shown(alice, assignment)
    assert first_shown(alice, assignment) == first
    second = leave_shown(rows=ROWS, exposure=first, elapsed_s=None).exposure
    assert second is not None
    assert second.position == 1
    over = leave_shown(rows=ROWS, exposure=second, elapsed_s=None)
    assert over.exposure is None
    assert Sitting.objects.get().finished_at is not None
    assert start_showing(rows=ROWS, reader=alice, assignment=assignment).exposure is None


def test_nothing_of_it_is_an_attempt_or_in_the_ledger(alice: User, assignment: Assignment) -> None:
    first = first_shown(alice, assignment)
    leave_shown(rows=ROWS, exposure=first, elapsed_s=None)
    assert not Attempt.objects.exists()
    assert not Outcome.objects.exists()


def test_the_time_is_the_pages_within_the_servers(alice: User, assignment: Assignment) -> None:
    first = first_shown(alice, assignment)
    Exposure.objects.update(shown_at=timezone.now() - timedelta(seconds=30))
    first.refresh_from_db()
    second = leave_shown(rows=ROWS, exposure=first, elapsed_s=12.5).exposure
    first.refresh_from_db()
    assert first.seconds == 12.5
    assert first.left_at is not None
    assert isinstance(second, Exposure)
    Exposure.objects.filter(pk=second.pk).update(shown_at=timezone.now() - timedelta(seconds=4))
    second.refresh_from_db()
    leave_shown(rows=ROWS, exposure=second, elapsed_s=9999)
    second.refresh_from_db()
    assert 4 <= second.seconds < 6


def test_a_page_that_could_not_count_has_the_servers_time(
    alice: User, assignment: Assignment
) -> None:
    first = first_shown(alice, assignment)
    Exposure.objects.update(shown_at=timezone.now() - timedelta(seconds=30))
    first.refresh_from_db()
    leave_shown(rows=ROWS, exposure=first, elapsed_s=None)
    first.refresh_from_db()
    assert 30 <= first.seconds < 32


def test_leaving_twice_keeps_the_first_time(alice: User, assignment: Assignment) -> None:
    first = first_shown(alice, assignment)
    Exposure.objects.update(shown_at=timezone.now() - timedelta(seconds=30))
    first.refresh_from_db()
    following = leave_shown(rows=ROWS, exposure=first, elapsed_s=5).exposure
    again = leave_shown(rows=ROWS, exposure=first, elapsed_s=20).exposure
    first.refresh_from_db()
    assert first.seconds == 5
    assert again == following
    assert Exposure.objects.count() == 2


def test_a_place_is_shown_once(alice: User, assignment: Assignment) -> None:
    first = first_shown(alice, assignment)
    with pytest.raises(IntegrityError), transaction.atomic():
        Exposure.objects.create(
            sitting=first.sitting, reader=alice, case=first.case, position=first.position
        )


# --- what it means for ratings ---------------------------------------------------------


def play(reader: User, case_set: CaseSet) -> Attempt:
    attempt = localize.start_sitting(reader=reader, case_set=case_set).attempt
    assert attempt is not None
    return attempt


def test_a_case_that_was_shown_is_no_first_attempt_and_rates_nobody(
    alice: User, assignment: Assignment, case_set: CaseSet
) -> None:
    first_shown(alice, assignment)
    attempt = localize.submit_attempt(attempt=play(alice, case_set), answer=EMPTY, elapsed_s=1)
    assert attempt.was_shown
    assert Outcome.objects.get().is_first is False
    book_everything()
    assert not ReaderRating.objects.exists()
    # The next one was not shown.
    following = localize.advance(attempt=attempt)
    assert following is not None
    localize.submit_attempt(attempt=following, answer=EMPTY, elapsed_s=1)
    assert Outcome.objects.filter(is_first=True).count() == 1


def test_a_case_that_lies_open_when_it_is_shown_is_none_either(
    alice: User, assignment: Assignment, case_set: CaseSet
) -> None:
    attempt = play(alice, case_set)
    first_shown(alice, assignment)
    attempt.refresh_from_db()
    localize.submit_attempt(attempt=attempt, answer=EMPTY, elapsed_s=1)
    assert Outcome.objects.get().is_first is False


def test_what_was_read_before_it_was_shown_stays_a_first_attempt(
    alice: User, assignment: Assignment, case_set: CaseSet
) -> None:
    localize.submit_attempt(attempt=play(alice, case_set), answer=EMPTY, elapsed_s=1)
    first_shown(alice, assignment)
    assert Outcome.objects.get().is_first is True


def test_it_is_the_readers_own_matter(
    alice: User, bob: User, assignment: Assignment, case_set: CaseSet
) -> None:
    first_shown(alice, assignment)
    localize.submit_attempt(attempt=play(bob, case_set), answer=EMPTY, elapsed_s=1)
    assert Outcome.objects.get().is_first is True


def test_practice_does_not_draw_what_was_shown(
    alice: User, bob: User, assignment: Assignment, cases: list[Case]
) -> None:
    shown = first_shown(alice, assignment)
    left = unread_by(Case.objects.all(), alice, Play.LOCALIZE)
    assert list(left) == [case for case in cases if case.pk != shown.case_id]
    assert unread_by(Case.objects.all(), bob, Play.LOCALIZE).count() == 2


# --- pages -----------------------------------------------------------------------------


def open_page(client: Client, assignment: Assignment) -> Any:
    started = client.post(reverse("localize:start_assigned", args=[assignment.pk]))
    return client.get(started.headers["Location"])


def test_the_page_has_the_film_with_its_answer_and_asks_nothing(
    alice_client: Client, assignment: Assignment
) -> None:
    page = open_page(alice_client, assignment)
    for words in ("Fracture", SENTENCE, "What fracture looks like.", "Nothing is asked here"):
        assertContains(page, words)
    for words in ("Missed", "of 100", "Dispute", 'name="answer"'):
        assertNotContains(page, words)
    assertContains(page, '"outcome": "hit"')


def test_going_on_leads_through_the_set_and_home(
    alice_client: Client, assignment: Assignment
) -> None:
    open_page(alice_client, assignment)
    first = Exposure.objects.get()
    leave = reverse("localize:leave", args=[first.pk])
    on = alice_client.post(leave, {"elapsed_s": "3.5"})
    second = Exposure.objects.exclude(pk=first.pk).get()
    assert on.headers["Location"] == reverse("localize:shown", args=[second.pk])
    assertContains(alice_client.get(on.headers["Location"]), "Finish")
    end = alice_client.post(reverse("localize:leave", args=[second.pk]), {"elapsed_s": "nan?"})
    assert end.headers["Location"] == reverse("home")


def test_what_was_left_is_not_shown_again(alice_client: Client, assignment: Assignment) -> None:
    open_page(alice_client, assignment)
    first = Exposure.objects.get()
    alice_client.post(reverse("localize:leave", args=[first.pk]), {"elapsed_s": "1"})
    again = alice_client.get(reverse("localize:shown", args=[first.pk]))
    assert again.status_code == 302


def test_nobody_else_is_shown_it(alice: User, bob_client: Client, assignment: Assignment) -> None:
    shown = first_shown(alice, assignment)
    assert bob_client.get(reverse("localize:shown", args=[shown.pk])).status_code == 404
    assert bob_client.post(reverse("localize:leave", args=[shown.pk])).status_code == 404


def test_nothing_is_shown_after_closing(
    alice: User, alice_client: Client, assignment: Assignment
) -> None:
    shown = first_shown(alice, assignment)
    Assignment.objects.update(closes_at=timezone.now() - timedelta(minutes=5))
    page = alice_client.get(reverse("localize:shown", args=[shown.pk]))
    assertContains(page, "This closed", status_code=409)
    assertNotContains(page, SENTENCE, status_code=409)
    on = alice_client.post(reverse("localize:leave", args=[shown.pk]))
    assert on.status_code == 409


def test_it_cannot_be_played(alice: User, assignment: Assignment) -> None:
    with pytest.raises(NotTaken, match="nothing to submit"):
        localize.start_assigned(reader=alice, assignment=assignment)
    assert not Attempt.objects.exists()


def test_only_studies_give_it(cohort: Cohort, case_set: CaseSet, charlie: User) -> None:
    for conditions in ({"mode": "passive"}, {"feedback": "after_study"}):
        with pytest.raises(ClassroomError, match="Only a study"):
            create_assignment(
                cohort=cohort,
                made_by=charlie,
                case_set=case_set,
                game=Play.LOCALIZE,
                title="Look",
                opens_at=timezone.now(),
                **conditions,
            )


def test_the_instructor_sees_how_far_everybody_is(alice: User, assignment: Assignment) -> None:
    first = first_shown(alice, assignment)
    leave_shown(rows=ROWS, exposure=first, elapsed_s=0)
    [result] = results(assignment)
    assert (result.fate, result.work.submitted, result.mean) == (Fate.UNDER_WAY, 1, None)


def test_in_report_the_report_is_shown_with_what_it_states(
    cohort: Cohort, alice_client: Client
) -> None:
    case = make_case(for_report=True, for_localize=False)
    ReferenceReport.objects.create(
        study=case.study, findings="There is a moderate right pleural effusion. Normal heart."
    )
    assignment = shown_to(cohort, make_set(case), game=Play.REPORT)
    started = alice_client.post(reverse("report:start_assigned", args=[assignment.pk]))
    page = alice_client.get(started.headers["Location"])
    assertContains(page, "Normal heart.")
    assertContains(page, "effusion</p>")
    assertContains(page, "1 finding is stated.")
    for words in ("Found:", "Your report", "textarea", "of 100"):
        assertNotContains(page, words)
