"""Confidence and radiologists: from submits to the pages that instructors read."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from localize import services as localize
from localize.answers import Answer, DrawnMark
from localize.following import marks
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.models import Case, Play
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment
from radgame.classroom.following.asked import Asked
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.progress.models import Outcome
from tests.conftest import client_of
from tests.factories import Said, make_case, make_set, person, token_of

Box = tuple[float, float, float, float]
PLACE: Box = (100.0, 100.0, 200.0, 200.0)
NEAR: Box = (110.0, 100.0, 200.0, 200.0)
AWAY: Box = (600.0, 600.0, 700.0, 700.0)
READERS = ["reader 1", "reader 2"]


@pytest.fixture
def cohort(charlie: User, alice: User, bob: User) -> Cohort:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="UTC"
    )
    for learner in (alice, bob):
        Membership.objects.create(cohort=cohort, person=learner)
    return cohort


@pytest.fixture
def teacher(charlie: User) -> Client:
    return client_of(charlie)


def nodule() -> Case:
    """Two radiologists see it in the same place."""
    said = [Said("nodule-mass", PLACE, "reader 1"), Said("nodule-mass", NEAR, "reader 2")]
    return make_case(said=said, everyone_read=READERS)


def normal() -> Case:
    return make_case(is_normal=True, everyone_read=READERS)


def assign(cohort: Cohort, cases: list[Case], slug: str = "set") -> Assignment:
    return create_assignment(
        cohort=cohort,
        made_by=cohort.memberships.instructors()[0].person,
        case_set=make_set(*cases, slug=slug),
        game=Play.LOCALIZE,
        title="Nodules",
        opens_at=timezone.now() - timedelta(hours=1),
    )


Drawn = tuple[Box, int | None]


def play(reader: User, assignment: Assignment, *answers: list[Drawn]) -> None:
    """Submit the cases in order, each with these boxes and confidences, all called nodules."""
    attempt: Any = localize.start_assigned(reader=reader, assignment=assignment).attempt
    for drawn in answers:
        token = token_of(attempt.case)
        answer = Answer(
            tuple(DrawnMark(token, "nodule-mass", box, sure) for box, sure in drawn),
            (),
            normal=not drawn,
        )
        attempt = localize.submit_attempt(attempt=attempt, answer=answer, elapsed_s=5)
        attempt = localize.advance(attempt=attempt)


def show(client: Client, name: str, cohort: Cohort, **asked: str) -> Any:
    response = client.get(reverse(f"localize:{name}", args=[cohort.pk]), asked)
    assert response.status_code == 200
    return response


def study_of(assignment: Assignment, *readers: User) -> marks.Rated:
    asked = Asked(Play.LOCALIZE, (assignment,))
    people = [reader.pk for reader in readers]
    return marks.rated(marks.answers_of(marks.gather_marks(asked), asked, people))


# --- what is read of an attempt ----------------------------------------------------


def test_marks_are_sorted_into_lesions_and_others(cohort: Cohort, alice: User) -> None:
    assignment = assign(cohort, [nodule(), normal(), nodule()])
    play(
        alice,
        assignment,
        # Found and sure; a second time, which counts for nothing; and one where nothing is.
        [(PLACE, 4), (NEAR, 1), (AWAY, 2)],
        [(AWAY, 3)],
        [],
    )
    study = study_of(assignment, alice).study
    assert study is not None
    assert study.lesions[0].tolist() == [[0, 0, 0, 0, 1], [0] * 5, [1, 0, 0, 0, 0]]
    assert study.others[0].tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0] * 5]
    assert study.is_normal[0].tolist() == [False, True, False]


def test_a_mark_in_the_wrong_place_is_another_mark_and_the_lesion_was_not_found(
    cohort: Cohort, alice: User
) -> None:
    assignment = assign(cohort, [nodule()])
    play(alice, assignment, [(AWAY, 2)])
    study = study_of(assignment, alice).study
    assert study is not None
    assert study.lesions[0].tolist() == [[1, 0, 0, 0, 0]]
    assert study.others[0].tolist() == [[0, 0, 1, 0, 0]]


def test_attempts_without_confidence_are_left_out(cohort: Cohort, alice: User, bob: User) -> None:
    assignment = assign(cohort, [nodule(), normal(), nodule()])
    play(alice, assignment, [(PLACE, 4)], [], [(PLACE, None)])
    # Somebody who never says how sure they are does not say it by marking nothing either.
    play(bob, assignment, [(PLACE, None)], [], [])
    found = study_of(assignment, alice, bob)
    assert (found.attempts, found.of) == (2, 6)
    assert found.study is not None
    assert found.study.read.tolist() == [[True, True]]


def test_only_the_first_time_at_a_case_counts(cohort: Cohort, alice: User) -> None:
    case = nodule()
    first, second = assign(cohort, [case]), assign(cohort, [case], "again")
    play(alice, first, [(AWAY, 1)])
    play(alice, second, [(PLACE, 4)])
    asked = Asked(Play.LOCALIZE, (second, first))
    answers = marks.answers_of(marks.gather_marks(asked), asked, [alice.pk])
    study = marks.rated(answers).study
    assert study is not None
    assert study.lesions[0].tolist() == [[1, 0, 0, 0, 0]]


def test_an_attempt_that_is_gone_is_stepped_over(cohort: Cohort, alice: User, bob: User) -> None:
    assignment = assign(cohort, [nodule()])
    for reader in (alice, bob):
        play(reader, assignment, [(PLACE, 4)])
    Attempt.objects.filter(reader=alice).delete()
    assert Outcome.objects.filter(reader=alice).exists()
    gathered = marks.gather_marks(Asked(Play.LOCALIZE, (assignment,)))
    assert gathered.is_whole
    assert study_of(assignment, alice, bob).of == 1


# --- pages -------------------------------------------------------------------------


def test_little_confidence_is_no_analysis_and_the_page_says_so(
    cohort: Cohort, alice: User, teacher: Client
) -> None:
    assignment = assign(cohort, [nodule(), normal()])
    play(alice, assignment, [(PLACE, 4)], [])
    response = show(teacher, "follow_confidence", cohort)
    assertContains(response, "Confidence was given on 2 of 2 cases submitted")
    assertContains(response, "Nothing is said below 20 cases")
    assertNotContains(response, "<svg")


@pytest.fixture
def rated(cohort: Cohort, alice: User, bob: User) -> Assignment:
    """Twelve films, half of them normal. Alice is sure and right, Bob marks every film alike."""
    cases = [nodule() if number % 2 else normal() for number in range(12)]
    assignment = assign(cohort, cases)
    play(alice, assignment, *([(PLACE, 4)] if number % 2 else [] for number in range(12)))
    play(bob, assignment, *([(PLACE, 2)] for _number in range(12)))
    return assignment


def test_confidence_is_told_with_intervals(
    cohort: Cohort, rated: Assignment, teacher: Client
) -> None:
    response = show(teacher, "follow_confidence", cohort)
    analysis = response.context["analysis"]
    # Alice 1, Bob ½: every lesion ties with every normal film.
    assert analysis.merit.value == pytest.approx(0.75)
    assert 0.5 <= analysis.merit.low <= analysis.merit.high <= 1
    assert [point.llf.value for point in analysis.points] == [0.5, 0.5, 1.0, 1.0]
    assert [point.fpf.value for point in analysis.points] == [0.0, 0.0, 0.5, 0.5]
    assertContains(response, "<svg", count=2)
    text = teacher.get(reverse("localize:follow_confidence_file", args=[cohort.pk, "csv"])).content
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert len(rows) == 13
    assert rows[-1]["Value"] == "0.75"


def test_agreement_is_told_by_radiologist_and_by_case(
    cohort: Cohort, rated: Assignment, teacher: Client
) -> None:
    response = show(teacher, "follow_radiologists", cohort)
    one, two = response.context["radiologists"]
    # Alice agrees always, Bob on the six films with a nodule.
    assert (one.name, one.cases, one.percent, one.others_percent) == ("reader 1", 12, 75, 100)
    assert (one.low, one.high) == (0, 100)
    assert two.percent == 75
    first, _face = response.context["rows"][0]
    assert (first.n, first.percent, first.between_percent) == (2, 50, 100)
    assert first.percents == [("reader 1", 50), ("reader 2", 50)]
    file = reverse("localize:follow_each_radiologist_file", args=[cohort.pk, "csv"])
    rows = list(csv.reader(io.StringIO(teacher.get(file).content.decode("utf-8-sig"))))
    assert rows[1:] == [
        ["reader 1", "12", "75", "0", "100", "100"],
        ["reader 2", "12", "75", "0", "100", "100"],
    ]


def test_a_large_cohort_is_read_bit_by_bit(
    cohort: Cohort, rated: Assignment, teacher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MOST_AT_ONCE", 10)
    address = reverse("localize:follow_confidence_file", args=[cohort.pk, "csv"])
    assertContains(show(teacher, "follow_confidence", cohort), "10 of 24 cases")
    early = teacher.get(address)
    assert (early.status_code, early.content) == (
        409,
        b"20 of 24 cases have been read. Ask again in a moment.",
    )
    response = show(teacher, "follow_confidence", cohort)
    assert response.context["analysis"].merit.value == pytest.approx(0.75)
    assertNotContains(response, "hx-get")
    assert teacher.get(address).status_code == 200


@pytest.mark.parametrize("name", ["follow_confidence", "follow_radiologists"])
def test_reports_have_no_marks(name: str, cohort: Cohort, teacher: Client) -> None:
    assignment = assign(cohort, [normal()])
    Assignment.objects.filter(pk=assignment.pk).update(game=Play.REPORT)
    assertContains(show(teacher, name, cohort), "Reports have no marks.")
    file = reverse(f"localize:{name}_file", args=[cohort.pk, "csv"])
    assert teacher.get(file).content.decode("utf-8-sig").count("\n") == 1


def test_free_play_and_other_cohorts_are_not_read(
    cohort: Cohort, alice: User, charlie: User, teacher: Client
) -> None:
    other = services.create_cohort(
        instructor=charlie, name="Other", description="", time_zone="UTC"
    )
    Membership.objects.create(cohort=other, person=alice)
    elsewhere = assign(other, [nodule()])
    play(alice, elsewhere, [(PLACE, 4)])
    started: Any = localize.start_sitting(reader=alice, case_set=elsewhere.case_set)
    localize.submit_attempt(
        attempt=started.attempt, answer=Answer((), (), normal=True), elapsed_s=5
    )
    assign(cohort, [nodule()], "ours")
    assertContains(show(teacher, "follow_confidence", cohort), "on 0 of 0 cases")


@pytest.mark.parametrize("name", ["follow_confidence", "follow_radiologists"])
def test_more_learners_and_cases_cost_no_more_queries(
    name: str, cohort: Cohort, rated: Assignment, teacher: Client
) -> None:
    address = reverse(f"localize:{name}", args=[cohort.pk])
    teacher.get(address)
    with CaptureQueriesContext(connection) as few:
        teacher.get(address)
    more = assign(cohort, [nodule() for _number in range(4)], "more")
    for number in range(4):
        learner = person(f"learner{number}")
        Membership.objects.create(cohort=cohort, person=learner)
        play(learner, more, *([(PLACE, 3)] for _number in range(4)))
    teacher.get(address)
    with CaptureQueriesContext(connection) as many:
        teacher.get(address)
    # One assignment more is asked for by the same queries.
    assert len(many) == len(few) <= 12
