"""Making a study: what it consists of, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from radgame.accounts.models import User
from radgame.cases.models import CaseSet, CaseSetItem, Play
from radgame.classroom import services as classroom
from radgame.classroom.assigning import withdraw_assignment
from radgame.classroom.models import Assignment, Cohort, Trial, TrialPart
from radgame.classroom.services import ClassroomError
from radgame.classroom.studies.services import ArmPlan, close_trial, extend_trial
from tests.conftest import client_of
from tests.factories import make_case, make_set

from .conftest import fractures, protocol, two_arms


def test_a_protocol_is_tests_and_a_training_for_each_arm(trial: Trial) -> None:
    told = [
        (part.phase, part.arm and part.arm.name, part.assignment.mode, part.assignment.feedback)
        for part in TrialPart.objects.order_by("pk")
    ]
    assert told == [
        ("pre", None, "test", "after_study"),
        ("training", "Active", "practice", "at_once"),
        ("training", "Passive", "passive", "at_once"),
        ("post", None, "test", "after_study"),
    ]


def test_both_games_double_the_parts(cohort: Cohort) -> None:
    both = make_set(make_case(for_report=True), slug="both")
    other = make_set(make_case(for_report=True), slug="other")
    protocol(cohort, both, two_arms(other), games=[Play.LOCALIZE, Play.REPORT])
    assert TrialPart.objects.filter(assignment__game="report").count() == 4
    assert TrialPart.objects.count() == 8


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"games": []}, "at least one game"),
        ({"games": [Play.REPORT]}, "no case"),
        ({"closes_at": timezone.now() - timedelta(days=2)}, "before it opens"),
    ],
)
def test_a_protocol_that_cannot_work_is_refused(
    asked: dict[str, Any], words: str, cohort: Cohort, tests_set: CaseSet, training_set: CaseSet
) -> None:
    with pytest.raises(ClassroomError, match=words):
        protocol(cohort, tests_set, two_arms(training_set), **asked)
    assert not Assignment.objects.exists()


def test_one_arm_or_two_of_one_name_are_refused(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet
) -> None:
    arm = ArmPlan("Active", "active", training_set)
    with pytest.raises(ClassroomError, match="at least two"):
        protocol(cohort, tests_set, [arm])
    with pytest.raises(ClassroomError, match="same name"):
        protocol(cohort, tests_set, [arm, ArmPlan("active", "passive", training_set)])


def test_training_on_a_tests_cases_needs_a_confirmation(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet
) -> None:
    shared = CaseSetItem.objects.filter(case_set=tests_set).first()
    assert shared is not None
    CaseSetItem.objects.create(case_set=training_set, case=shared.case, position=9)
    with pytest.raises(ClassroomError, match="shares 1 cases with a test"):
        protocol(cohort, tests_set, two_arms(training_set))
    assert protocol(cohort, tests_set, two_arms(training_set), allows_overlap=True).allows_overlap


def test_tests_are_the_same_or_have_nothing_in_common(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet
) -> None:
    parallel = make_set(*fractures(4), slug="parallel")
    protocol(cohort, tests_set, two_arms(training_set), post_set=parallel)
    shared = CaseSetItem.objects.filter(case_set=tests_set).first()
    assert shared is not None
    CaseSetItem.objects.create(case_set=parallel, case=shared.case, position=9)
    with pytest.raises(ClassroomError, match="share some cases but not all"):
        protocol(cohort, tests_set, two_arms(training_set), post_set=parallel)


def test_nothing_is_begun_in_an_archive(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet
) -> None:
    classroom.archive_cohort(cohort=cohort)
    with pytest.raises(ClassroomError, match="archived"):
        protocol(cohort, tests_set, two_arms(training_set))


def test_a_part_is_not_taken_back_alone(trial: Trial, charlie: User) -> None:
    part = TrialPart.objects.filter(trial=trial).first()
    assert part is not None
    with pytest.raises(ClassroomError, match="Close the study"):
        withdraw_assignment(assignment=part.assignment)
    client = client_of(charlie)
    for name in ("withdraw", "edit_assignment"):
        address = reverse(f"classroom:{name}", args=[part.assignment_id])
        assert client.post(address).status_code == 404


def test_a_study_that_never_opened_closes_too(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet
) -> None:
    opens_at = timezone.now() + timedelta(days=1)
    trial = protocol(cohort, tests_set, two_arms(training_set), opens_at=opens_at)
    close_trial(trial=trial)
    assert trial.closed_at is not None
    assert not Assignment.objects.standing().exists()
    before = trial.closed_at
    close_trial(trial=trial)
    assert trial.closed_at == before


def form_fields(tests_set: CaseSet, training_set: CaseSet) -> dict[str, Any]:
    return {
        "title": "Feedback or films",
        "description": "Forty minutes.",
        "games": ["localize"],
        "pre_set": tests_set.pk,
        "post_set": tests_set.pk,
        "opens_at": "2026-12-01T09:00",
        "is_shuffled": "on",
        "arm_0_name": "Active",
        "arm_0_mode": "active",
        "arm_0_set": training_set.pk,
        "arm_1_name": "Passive",
        "arm_1_mode": "passive",
        "arm_1_set": training_set.pk,
        "arm_2_mode": "active",
    }


def test_an_instructor_makes_one_by_one_form(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet, charlie: User
) -> None:
    client = client_of(charlie)
    address = reverse("classroom:create_study", args=[cohort.pk])
    assertContains(client.get(address), "drawn by lot")
    answer = client.post(address, form_fields(tests_set, training_set))
    trial = Trial.objects.get()
    assert answer.headers["Location"] == reverse("classroom:study", args=[trial.pk])
    # Zurich is an hour ahead in December.
    assert trial.opens_at.isoformat() == "2026-12-01T08:00:00+00:00"
    assert [(arm.name, arm.mode) for arm in trial.arms.all()] == [
        ("Active", "active"),
        ("Passive", "passive"),
    ]
    assertContains(client.get(answer.headers["Location"]), "Nobody yet.")
    assertContains(client.get(reverse("classroom:cohort", args=[cohort.pk])), "Feedback or films")


def test_a_form_that_cannot_be_met_keeps_what_was_typed(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet, charlie: User
) -> None:
    fields = form_fields(tests_set, training_set) | {"arm_2_name": "Neither"}
    address = reverse("classroom:create_study", args=[cohort.pk])
    answer = client_of(charlie).post(address, fields)
    assertContains(answer, "Choose what this arm trains on", status_code=422)
    assertContains(answer, "Neither", status_code=422)
    fields = form_fields(tests_set, tests_set)
    assertContains(client_of(charlie).post(address, fields), "shares 4 cases", status_code=422)
    assert not Trial.objects.exists()


def test_a_study_may_close_later_and_never_sooner(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet, charlie: User
) -> None:
    now = timezone.now()
    trial = protocol(cohort, tests_set, two_arms(training_set), closes_at=now + timedelta(days=3))
    with pytest.raises(ClassroomError, match="not sooner"):
        extend_trial(trial=trial, closes_at=now + timedelta(days=2))
    extend_trial(trial=trial, closes_at=now + timedelta(days=5))
    assert trial.closes_at == now + timedelta(days=5)
    assert set(Assignment.objects.values_list("closes_at", flat=True)) == {trial.closes_at}
    extend_trial(trial=trial, closes_at=None)
    with pytest.raises(ClassroomError, match="not sooner"):
        extend_trial(trial=trial, closes_at=now + timedelta(days=9))
    close_trial(trial=trial)
    with pytest.raises(ClassroomError, match="seed is told"):
        extend_trial(trial=trial, closes_at=None)


def test_it_is_extended_by_the_cohorts_clock(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet, charlie: User
) -> None:
    closes_at = timezone.now() + timedelta(days=3)
    trial = protocol(cohort, tests_set, two_arms(training_set), closes_at=closes_at)
    client = client_of(charlie)
    address = reverse("classroom:extend_study", args=[trial.pk])
    assert client.post(address, {"closes_at": "2027-12-01T09:00"}).status_code == 302
    trial.refresh_from_db()
    assert trial.closes_at is not None
    assert trial.closes_at.isoformat() == "2027-12-01T08:00:00+00:00"
    assertContains(
        client.post(address, {"closes_at": "2027-11-01T09:00"}), "not sooner", status_code=422
    )


def test_who_makes_a_study_is_told_how_long_its_films_are_kept_from_free_play(
    cohort: Cohort, tests_set: CaseSet, training_set: CaseSet, charlie: User
) -> None:
    client = client_of(charlie)
    form = client.get(reverse("classroom:create_study", args=[cohort.pk]))
    assertContains(form, "cannot play the films of the tests freely. Empty: until you close it")
    ends = protocol(
        cohort, tests_set, two_arms(training_set), closes_at=timezone.now() + timedelta(days=1)
    )
    open_end = protocol(cohort, tests_set, two_arms(training_set))
    kept = "the films of its tests are kept from free play"
    assertContains(client.get(reverse("classroom:study", args=[open_end.pk])), kept)
    assertNotContains(client.get(reverse("classroom:study", args=[ends.pk])), kept)
