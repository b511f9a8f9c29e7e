"""Taking part: what opens when, the drawing of arms, and what nobody may see before."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from localize import services as localize
from localize.models import ROWS, Attempt, Exposure
from radgame.accounts.models import User
from radgame.cases.dossier import open_key, open_sheet
from radgame.cases.models import Case, CaseSet, Play, ReferenceReport
from radgame.classroom.assigning import create_assignment, given_to, results
from radgame.classroom.models import Assignment, Cohort, Enrolment, Membership, Trial, TrialPart
from radgame.classroom.services import ClassroomError, remove_member
from radgame.classroom.studies.pages import own_studies, studies_of
from radgame.classroom.studies.randomisation import arm_order
from radgame.classroom.studies.services import close_trial, take_part
from radgame.playing.assigned import NotTaken
from radgame.playing.practice import open_practice
from radgame.playing.showing import start_showing
from report import services as report
from report.readings import Reading
from tests.conftest import client_of
from tests.factories import make_case, make_set

from .conftest import (
    NOTHING,
    SENTENCE,
    assignment_of,
    do_everything,
    do_phase,
    fractures,
    protocol,
    two_arms,
)

Enrol = Callable[[Trial, str], Enrolment]


def open_to(person: User) -> list[str]:
    return sorted(
        part.trial_part.phase
        for part in Assignment.objects.given_to(person)  # type: ignore[attr-defined]
    )


def page_of(trial: Trial, person: User) -> str:
    page = client_of(person).get(reverse("classroom:taking_part", args=[trial.pk]))
    assert page.status_code == 200
    return str(page.content.decode())


def test_each_phase_opens_when_the_one_before_is_done(trial: Trial, enrol: Enrol) -> None:
    enrolment = enrol(trial, "ada")
    person = enrolment.membership.person
    assert open_to(person) == ["pre"]
    do_phase(enrolment)
    assert enrolment.arm is not None
    assert open_to(person) == ["pre", "training"]
    do_phase(enrolment)
    assert enrolment.trained_at is not None
    assert open_to(person) == ["post", "pre", "training"]
    do_phase(enrolment)
    assert enrolment.finished_at is not None
    assert enrolment.phase is None


def test_who_has_not_agreed_is_given_nothing(trial: Trial, cohort: Cohort, alice: User) -> None:
    Membership.objects.create(cohort=cohort, person=alice)
    assert open_to(alice) == []


def test_parts_are_reached_through_the_study_alone(trial: Trial, enrol: Enrol) -> None:
    enrolment = enrol(trial, "ada")
    person = enrolment.membership.person
    assert given_to(person) == []
    client = client_of(person)
    for part in TrialPart.objects.exclude(phase="pre"):
        start = reverse("localize:start_assigned", args=[part.assignment_id])
        assert client.post(start).status_code == 404
    home = client.get(reverse("home"))
    assertContains(home, "Feedback or films")
    assertContains(home, reverse("classroom:taking_part", args=[trial.pk]))


def test_the_other_arms_training_is_never_there(trial: Trial, enrol: Enrol) -> None:
    enrolment = do_phase(enrol(trial, "ada"))
    other = TrialPart.objects.get(
        phase="training", trial=trial, arm__in=trial.arms.exclude(pk=enrolment.arm_id)
    )
    client = client_of(enrolment.membership.person)
    start = reverse("localize:start_assigned", args=[other.assignment_id])
    assert client.post(start).status_code == 404


def test_arms_are_drawn_in_the_order_of_the_seed_at_the_end_of_the_pre_test(
    trial: Trial, enrol: Enrol
) -> None:
    people = [enrol(trial, f"learner-{number}") for number in range(8)]
    # Whoever ends first is drawn first, whenever they enrolled.
    for enrolment in reversed(people):
        do_phase(enrolment)
    arms = list(trial.arms.all())
    drawn = [enrolment.arm for enrolment in reversed(people)]
    assert drawn == [arms[number] for number in arm_order(8, arms=2, seed=trial.seed)]
    assert [enrolment.place for enrolment in reversed(people)] == list(range(8))
    sizes = Counter(arm.pk for arm in drawn if arm is not None)
    assert max(sizes.values()) - min(sizes.values()) <= 2


def test_nothing_of_the_arms_is_told_before_one_is_drawn(trial: Trial, enrol: Enrol) -> None:
    enrolment = enrol(trial, "ada")
    page = page_of(trial, enrolment.membership.person)
    assert "drawn by lot" in page
    for word in ("Active", "Passive", "with its answer", "see feedback at once"):
        assert word not in page
    do_phase(enrolment)
    page = page_of(trial, enrolment.membership.person)
    passive = enrolment.arm is not None and enrolment.arm.mode == "passive"
    assert ("with its answer" in page) is passive
    assert ("see feedback at once" in page) is not passive


def test_who_teaches_cannot_know_the_next_arm(trial: Trial, enrol: Enrol, charlie: User) -> None:
    do_phase(enrol(trial, "ada"))
    client = client_of(charlie)
    page = client.get(reverse("classroom:study", args=[trial.pk]))
    told = client.get(reverse("classroom:study_json", args=[trial.pk])).json()
    assertNotContains(page, str(trial.seed))
    assert told["study"]["seed"] is None
    close_trial(trial=trial)
    assertContains(client.get(reverse("classroom:study", args=[trial.pk])), str(trial.seed))
    told = client.get(reverse("classroom:study_json", args=[trial.pk])).json()
    assert told["study"]["seed"] == trial.seed


def test_tests_show_no_feedback_before_the_last_one_is_done(trial: Trial, enrol: Enrol) -> None:
    enrolment = do_phase(enrol(trial, "ada"))
    client = client_of(enrolment.membership.person)
    first = Attempt.objects.filter(reader=enrolment.membership.person).earliest("started_at")
    page = reverse("localize:attempt", args=[first.pk])
    assertContains(client.get(page), "done the last test of the study")
    assertNotContains(client.get(page), SENTENCE)
    do_phase(enrolment)
    assertNotContains(client.get(page), SENTENCE)
    do_phase(enrolment)
    assertContains(client.get(page), SENTENCE)


def practised(person: User) -> set[Case]:
    return set(Case.objects.filter(set_items__case_set=open_practice(rows=ROWS, reader=person)))


def test_practice_shows_no_film_of_a_studys_tests_before_the_last_is_done(
    cohort: Cohort, enrol: Enrol, training_set: CaseSet, alice: User, bob: User
) -> None:
    pre, post = make_set(*fractures(1), slug="pre"), make_set(*fractures(1), slug="post")
    trial = protocol(cohort, pre, two_arms(training_set), post_set=post)
    tested = set(Case.objects.filter(set_items__case_set__in=[pre, post]))
    # What is shown with its answer is no practice either, so that there is always something.
    make_case()
    assert tested <= practised(bob)
    Membership.objects.create(cohort=cohort, person=alice)
    # Also of who has not agreed yet, and in every phase.
    assert not tested & practised(alice)
    enrolment = enrol(trial, "alice")
    for _phase in TrialPart.Phase:
        assert not tested & practised(alice)
        do_phase(enrolment)
    assert tested <= practised(alice)


def test_practice_takes_the_films_of_a_study_that_is_closed(
    trial: Trial, enrol: Enrol, tests_set: CaseSet
) -> None:
    person = enrol(trial, "ada").membership.person
    close_trial(trial=trial)
    assert set(Case.objects.filter(set_items__case_set=tests_set)) <= practised(person)


def test_feedback_opens_when_the_study_is_closed(trial: Trial, enrol: Enrol) -> None:
    enrolment = do_phase(enrol(trial, "ada"))
    client = client_of(enrolment.membership.person)
    first = Attempt.objects.filter(reader=enrolment.membership.person).earliest("started_at")
    page = reverse("localize:attempt", args=[first.pk])
    close_trial(trial=trial)
    Assignment.objects.update(closes_at=timezone.now() - timedelta(minutes=2))
    assertContains(client.get(page), SENTENCE)
    assert "closed" in page_of(trial, enrolment.membership.person)


def test_who_was_in_the_middle_of_a_test_when_the_study_closed_finds_its_summary(
    trial: Trial, enrol: Enrol
) -> None:
    enrolment = enrol(trial, "ada")
    person = enrolment.membership.person
    begun = localize.start_assigned(reader=person, assignment=assignment_of(enrolment))
    assert begun.attempt is not None
    localize.submit_attempt(attempt=begun.attempt, answer=NOTHING, elapsed_s=5)
    summary = reverse("localize:summary", args=[begun.sitting.pk])
    assert summary not in page_of(trial, person)
    close_trial(trial=trial)
    Assignment.objects.update(closes_at=timezone.now() - timedelta(minutes=2))
    assert summary in page_of(trial, person)
    feedback = reverse("localize:attempt", args=[begun.attempt.pk])
    assertContains(client_of(person).get(summary), feedback)


def test_who_ends_the_pre_test_after_closing_is_not_drawn(trial: Trial, enrol: Enrol) -> None:
    enrolment = enrol(trial, "ada")
    Trial.objects.update(closed_at=timezone.now())
    do_phase(enrolment)
    assert enrolment.arm is None
    trial.refresh_from_db()
    assert trial.allocated == 0


def test_who_was_removed_is_not_drawn(trial: Trial, enrol: Enrol) -> None:
    enrolment = enrol(trial, "ada")
    person, assignment = enrolment.membership.person, assignment_of(enrolment)
    attempt = localize.start_assigned(reader=person, assignment=assignment).attempt
    while attempt is not None:
        last = localize.submit_attempt(attempt=attempt, answer=NOTHING, elapsed_s=0)
        done = last.position == 3
        attempt = None if done else localize.advance(attempt=last)
    remove_member(membership=enrolment.membership)
    with pytest.raises(NotTaken, match="no longer a learner"):
        localize.advance(attempt=last)
    # By whatever way the set is ended.
    localize.start_assigned(reader=person, assignment=assignment)
    enrolment.refresh_from_db()
    trial.refresh_from_db()
    assert (enrolment.arm, trial.allocated) == (None, 0)


def test_a_removed_learner_sees_no_more_of_what_is_shown_with_its_answer(
    trial: Trial, enrol: Enrol
) -> None:
    trial.arms.update(mode="passive")
    Assignment.objects.filter(trial_part__phase="training").update(mode="passive")
    enrolment = do_phase(enrol(trial, "ada"))
    person = enrolment.membership.person
    assignment = assignment_of(enrolment)
    exposure = start_showing(rows=ROWS, reader=person, assignment=assignment).exposure
    assert exposure is not None
    remove_member(membership=enrolment.membership)
    client = client_of(person)
    page = client.get(reverse("localize:shown", args=[exposure.pk]))
    assertContains(page, "no longer a learner", status_code=409)
    left = client.post(reverse("localize:leave", args=[exposure.pk]), {"elapsed_s": "0"})
    assertContains(left, "no longer a learner", status_code=409)
    exposure.refresh_from_db()
    assert exposure.left_at is not None
    assert Exposure.objects.count() == 1


def test_one_enrols_once_and_only_as_a_learner_of_the_cohort_while_it_is_open(
    trial: Trial, cohort: Cohort, enrol: Enrol, charlie: User
) -> None:
    assert enrol(trial, "ada") == enrol(trial, "ada")
    teacher = Membership.objects.get(person=charlie)
    with pytest.raises(ClassroomError, match="Only learners"):
        take_part(trial=trial, membership=teacher)
    close_trial(trial=trial)
    with pytest.raises(ClassroomError, match="not open"):
        enrol(trial, "ben")


def test_codes_tell_people_apart_and_are_not_their_names(trial: Trial, enrol: Enrol) -> None:
    codes = {enrol(trial, f"learner-{number}").code for number in range(12)}
    assert len(codes) == 12
    assert all(len(code) == 6 for code in codes)


def test_phases_cannot_be_skipped_in_the_database_either(trial: Trial, enrol: Enrol) -> None:
    enrolment = enrol(trial, "ada")
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(finished_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(place=0)


def test_both_games_of_a_phase_must_be_done(cohort: Cohort, enrol: Enrol) -> None:
    sets = []
    for slug in ("both", "other"):
        case = make_case(for_report=True)
        ReferenceReport.objects.create(study=case.study, findings="Clear lungs.")
        sets.append(make_set(case, slug=slug))
    trial = protocol(cohort, sets[0], two_arms(sets[1]), games=[Play.LOCALIZE, Play.REPORT])
    enrolment = do_phase(enrol(trial, "ada"))
    assert enrolment.arm is None
    attempt = report.start_assigned(
        reader=enrolment.membership.person, assignment=assignment_of(enrolment, "report")
    ).attempt
    assert attempt is not None
    attempt = report.submit_attempt(attempt=attempt, reading=Reading("Clear."), elapsed_s=1)
    assert report.advance(attempt=attempt) is None
    enrolment.refresh_from_db()
    assert enrolment.arm is not None


def test_agreeing_is_a_button_on_a_page_that_says_what_for(
    trial: Trial, cohort: Cohort, alice: User, alice_client: Client
) -> None:
    Membership.objects.create(cohort=cohort, person=alice)
    page = reverse("classroom:taking_part", args=[trial.pk])
    assertContains(alice_client.get(page), "Forty minutes.")
    assertContains(alice_client.get(page), "You may stop whenever you wish")
    answer = alice_client.post(reverse("classroom:take_part", args=[trial.pk]))
    assert answer.headers["Location"] == page
    assertContains(alice_client.get(page), "Pre-test")
    assert Enrolment.objects.get().membership.person == alice


def test_an_assignments_page_lists_those_who_reached_it(
    trial: Trial, enrol: Enrol, cohort: Cohort, alice: User
) -> None:
    Membership.objects.create(cohort=cohort, person=alice)
    enrolment = do_phase(enrol(trial, "ada"))
    part = TrialPart.objects.get(trial=trial, phase="pre")
    assert [result.person.username for result in results(part.assignment)] == ["ada"]
    theirs = TrialPart.objects.get(trial=trial, arm=enrolment.arm)
    other = TrialPart.objects.get(
        trial=trial, phase="training", arm__in=trial.arms.exclude(pk=enrolment.arm_id)
    )
    assert [result.person.username for result in results(theirs.assignment)] == ["ada"]
    assert results(other.assignment) == []


def test_who_leaves_the_cohort_stays_in_the_results_as_stopped(
    trial: Trial, enrol: Enrol, charlie: User
) -> None:
    enrolment = do_phase(enrol(trial, "ada"))
    remove_member(membership=enrolment.membership)
    page = client_of(charlie).get(reverse("classroom:study", args=[trial.pk]))
    assertContains(page, "stopped in training")


def test_the_summary_leads_back_to_the_study(
    trial: Trial, enrol: Enrol, tests_set: CaseSet
) -> None:
    enrolment = do_everything(enrol(trial, "ada"), before=1, after=3)
    client = client_of(enrolment.membership.person)
    page = page_of(trial, enrolment.membership.person)
    sitting = Attempt.objects.filter(reader=enrolment.membership.person).latest("pk").sitting_id
    summary = reverse("localize:summary", args=[sitting])
    assert "You have done everything" in page
    assertContains(client.get(summary), reverse("classroom:taking_part", args=[trial.pk]))


def test_the_study_that_closes_first_comes_before_one_that_stays_open(
    cohort: Cohort, training_set: CaseSet, alice: User
) -> None:
    Membership.objects.create(cohort=cohort, person=alice)
    arms = two_arms(training_set)
    for title, days in (("Open", None), ("In a week", 7), ("Tomorrow", 1)):
        closes_at = None if days is None else timezone.now() + timedelta(days=days)
        tests_set = make_set(*fractures(1), slug=f"tests-{days}")
        protocol(cohort, tests_set, arms, title=title, closes_at=closes_at)
    in_order = ["Tomorrow", "In a week", "Open"]
    assert [study.title for study in own_studies(alice)] == in_order
    assert [study.trial.title for study in studies_of(alice)] == in_order


def test_who_takes_part_finds_the_study_again_when_it_is_over(trial: Trial, enrol: Enrol) -> None:
    enrolment = do_phase(enrol(trial, "ada"))
    client = client_of(enrolment.membership.person)
    page = reverse("classroom:own_assignments")
    assertContains(client.get(page), "in training")
    close_trial(trial=trial)
    assertContains(client.get(page), "stopped in training")
    assertContains(client.get(page), reverse("classroom:taking_part", args=[trial.pk]))
    assertNotContains(client.get(reverse("home")), "Feedback or films")


def test_a_submit_in_a_study_asks_no_more_than_one_in_an_assignment(
    trial: Trial, cohort: Cohort, enrol: Enrol, charlie: User, tests_set: CaseSet
) -> None:
    enrolment = enrol(trial, "ada")
    person = enrolment.membership.person
    plain = create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=tests_set,
        game=Play.LOCALIZE,
        title="Ribs",
        opens_at=timezone.now() - timedelta(hours=1),
        mode="test",
        feedback="after_set",
    )
    client = client_of(person)
    # What is kept of a case is read once, whoever comes to it first in an order of their own.
    for case in Case.objects.filter(set_items__case_set=tests_set):
        open_sheet(case)
        open_key(case)
    counts = []
    for assignment in (plain, assignment_of(enrolment), plain):
        started = localize.start_assigned(reader=person, assignment=assignment).attempt
        assert started is not None
        if started.is_submitted:
            started = localize.advance(attempt=started)
            assert started is not None
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(
                reverse("localize:submit", args=[started.pk]),
                {"answer": '{"marks": [], "selected": [], "normal": true}', "elapsed_s": "3"},
                headers={"HX-Request": "true"},
            )
        assert answer.status_code == 200
        counts.append(len(queries))
        localize.advance(attempt=started)
    # The first of all fills what is kept of the case.
    assert counts[1] <= counts[2]


def test_following_leaves_studies_to_their_own_page(
    trial: Trial, enrol: Enrol, cohort: Cohort, charlie: User
) -> None:
    do_phase(enrol(trial, "ada"))
    page = client_of(charlie).get(reverse("classroom:follow", args=[cohort.pk]))
    assertNotContains(page, "Feedback or films")
    assertContains(page, "Nothing was submitted")
