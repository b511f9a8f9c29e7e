"""What an assignment says for itself: games, explanations, checklist, judge; and changing it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from localize import services as localize
from localize.answers import Answer
from localize.models import Attempt, Explanation
from radgame.accounts.models import User
from radgame.cases.models import CaseSet, Play, ReferenceReport
from radgame.classroom import services
from radgame.classroom.assigning import (
    create_assignment,
    create_assignments,
    edit_assignment,
    given_to,
)
from radgame.classroom.forms import AssignmentForm
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.classroom.services import ClassroomError
from radgame.classroom.terms import Fate
from report import judging
from report import services as report
from report.models import Attempt as ReportAttempt
from report.models import Judgement
from report.readings import Reading
from tests.conftest import client_of
from tests.factories import Said, make_case, make_set

BOX = (100.0, 100.0, 300.0, 300.0)
EMPTY = Answer((), (), normal=False)
LOOKS = "What fracture looks like."


@pytest.fixture
def cohort(charlie: User, alice: User) -> Cohort:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="UTC"
    )
    Membership.objects.create(cohort=cohort, person=alice)
    return cohort


@pytest.fixture
def case_set(db: None) -> CaseSet:
    """One case for both games."""
    case = make_case(said=[Said("fracture", BOX)], for_report=True)
    ReferenceReport.objects.create(
        study=case.study, findings="There is a moderate right pleural effusion."
    )
    return make_set(case)


def assign(cohort: Cohort, case_set: CaseSet, **conditions: Any) -> Assignment:
    instructor = cohort.memberships.instructors().get().person
    values: dict[str, Any] = {
        "title": "Ribs",
        "game": Play.LOCALIZE,
        "opens_at": timezone.now() - timedelta(hours=1),
        **conditions,
    }
    return create_assignment(cohort=cohort, made_by=instructor, case_set=case_set, **values)


def read(reader: User, assignment: Assignment) -> Attempt:
    attempt = localize.start_assigned(reader=reader, assignment=assignment).attempt
    assert attempt is not None
    return localize.submit_attempt(attempt=attempt, answer=EMPTY, elapsed_s=1)


def write(reader: User, assignment: Assignment) -> ReportAttempt:
    attempt = report.start_assigned(reader=reader, assignment=assignment).attempt
    assert attempt is not None
    return report.submit_attempt(attempt=attempt, reading=Reading("Clear lungs."), elapsed_s=1)


# --- explanations ----------------------------------------------------------------------


@pytest.mark.parametrize("explains", [True, False])
def test_feedback_explains_where_the_assignment_says_so(
    explains: bool, cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    attempt = read(alice, assign(cohort, case_set, shows_explanations=explains))
    page = alice_client.get(reverse("localize:attempt", args=[attempt.pk])).content.decode()
    assert (LOOKS in page) is explains
    assert "Missed: Fracture." in page


@pytest.mark.parametrize("explains", [True, False])
def test_no_model_is_asked_for_words_that_are_not_shown(
    explains: bool,
    cohort: Cohort,
    case_set: CaseSet,
    alice: User,
    alice_client: Client,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.EXPLAINER = "openai"
    with django_capture_on_commit_callbacks(execute=True):
        attempt = read(alice, assign(cohort, case_set, shows_explanations=explains))
        page = alice_client.get(reverse("localize:attempt", args=[attempt.pk]))
    assert Explanation.objects.exists() is explains
    assert ("A model is writing" in page.content.decode()) is explains


@pytest.mark.parametrize("explains", [True, False])
def test_a_report_is_told_why_only_where_the_assignment_says_so(
    explains: bool, cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    assignment = assign(cohort, case_set, game=Play.REPORT, shows_explanations=explains)
    attempt = write(alice, assignment)
    page = alice_client.get(reverse("report:attempt", args=[attempt.pk]))
    card = page.context["feedback"].findings[0]
    assert bool(card.why) is explains
    assertContains(page, "Missed: moderate right pleural effusion.")


# --- the judge ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "of_set", "counts"),
    [("model", False, True), ("rules", True, False)],
)
def test_the_assignment_says_whose_mark_counts_and_not_the_set(
    judge: str,
    of_set: bool,
    counts: bool,
    cohort: Cohort,
    case_set: CaseSet,
    alice: User,
    alice_client: Client,
    settings: Settings,
) -> None:
    settings.GAME_JUDGE = "openai"
    case_set.model_judge_counts = of_set
    case_set.save()
    assignment = assign(cohort, case_set, game=Play.REPORT, judge=judge)
    attempt = report.start_assigned(reader=alice, assignment=assignment).attempt
    assert attempt is not None
    page = alice_client.get(reverse("report:attempt", args=[attempt.pk]))
    assertContains(page, "its mark counts" if counts else "for comparison")
    attempt = report.submit_attempt(attempt=attempt, reading=Reading("Clear."), elapsed_s=1)
    judging.ask_for_attempt(attempt=attempt)
    assert Judgement.objects.get().counts is counts


@pytest.mark.parametrize(
    ("judge", "explains", "asked"),
    [("rules", False, False), ("rules", True, True), ("model", False, True)],
)
def test_a_model_is_asked_for_the_mark_or_for_its_words(
    judge: str,
    explains: bool,
    asked: bool,
    cohort: Cohort,
    case_set: CaseSet,
    alice: User,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.GAME_JUDGE = "openai"
    assignment = assign(
        cohort, case_set, game=Play.REPORT, judge=judge, shows_explanations=explains
    )
    with django_capture_on_commit_callbacks(execute=True):
        attempt = write(alice, assignment)
    judging.ask_if_forgotten(attempt=attempt)
    assert Judgement.objects.exists() is asked


def test_what_is_not_said_is_as_the_set_says(cohort: Cohort, case_set: CaseSet) -> None:
    assert assign(cohort, case_set).shows_checklist is True
    assert assign(cohort, case_set).judge == "rules"
    assert assign(cohort, case_set, mode="test").shows_checklist is False
    case_set.model_judge_counts, case_set.shows_checklist = True, False
    case_set.save()
    assert assign(cohort, case_set).judge == "model"
    assert assign(cohort, case_set).shows_checklist is False


def test_a_test_may_have_the_checklist(
    cohort: Cohort, case_set: CaseSet, alice_client: Client
) -> None:
    assignment = assign(cohort, case_set, game=Play.REPORT, mode="test", shows_checklist=True)
    started = alice_client.post(reverse("report:start_assigned", args=[assignment.pk]))
    assertContains(alice_client.get(started.headers["Location"]), "data-checklist")


# --- the form ------------------------------------------------------------------------------


def form_fields(case_set: CaseSet, **fields: Any) -> dict[str, Any]:
    return {
        "title": "Both",
        "case_set": case_set.pk,
        "games": ["localize", "report"],
        "mode": "practice",
        "feedback": "at_once",
        "opens_at": "2026-01-01T09:00",
        "shows_explanations": "on",
        **fields,
    }


def test_both_games_are_two_assignments_that_are_shown_together(
    cohort: Cohort, case_set: CaseSet, charlie: User, alice: User
) -> None:
    client = client_of(charlie)
    client.post(reverse("classroom:assign", args=[cohort.pk]), form_fields(case_set))
    made = list(Assignment.objects.order_by("game"))
    assert [one.game for one in made] == ["localize", "report"]
    assert made[0].bundle is not None
    assert made[0].bundle == made[1].bundle
    assert {one.title for one in made} == {"Both"}
    page = client.get(reverse("classroom:assignment", args=[made[0].pk]))
    assertContains(page, reverse("classroom:assignment", args=[made[1].pk]))
    assertContains(page, "the same in Report")
    assert [given.assignment for given in given_to(alice)] == made
    # In the cohort's list they stand in the order of the games, whatever their keys.
    for number in range(4):
        create_assignments(
            games=[Play.REPORT, Play.LOCALIZE],
            cohort=cohort,
            made_by=charlie,
            case_set=case_set,
            title=f"Week {number}",
            opens_at=timezone.now() - timedelta(days=1 + number),
        )
    listed = client.get(reverse("classroom:cohort", args=[cohort.pk])).context["assignments"]
    assert [one.game for one in listed] == ["localize", "report"] * 5


def test_if_one_game_cannot_be_given_none_is(cohort: Cohort, charlie: User) -> None:
    boxes = make_set(make_case(), slug="boxes")
    answer = client_of(charlie).post(
        reverse("classroom:assign", args=[cohort.pk]), form_fields(boxes)
    )
    assertContains(answer, "no case that can be played in Report", status_code=422)
    assert not Assignment.objects.exists()


def test_the_form_offers_nothing_that_only_studies_give(
    cohort: Cohort, case_set: CaseSet, charlie: User, settings: Settings
) -> None:
    client = client_of(charlie)
    address = reverse("classroom:assign", args=[cohort.pk])
    for word in ('value="passive"', 'value="after_study"', 'name="judge"'):
        assertNotContains(client.get(address), word)
    for fields in ({"mode": "passive"}, {"feedback": "after_study"}):
        assert client.post(address, form_fields(case_set, **fields)).status_code == 422
    settings.GAME_JUDGE = "openai"
    assertContains(client.get(address), 'name="judge"')
    client.post(address, form_fields(case_set, judge="model"))
    assert set(Assignment.objects.values_list("judge", flat=True)) == {"model"}


@pytest.mark.parametrize(
    ("fields", "checklist", "judge"),
    [
        ({"mode": "practice"}, True, "model"),
        ({"mode": "test"}, False, "model"),
        ({"mode": "test", "shows_checklist": "true", "judge": "rules"}, True, "rules"),
        ({"mode": "practice", "shows_checklist": "false"}, False, "model"),
    ],
)
def test_what_the_page_leaves_open_is_as_the_set_says(
    fields: dict[str, str],
    checklist: bool,
    judge: str,
    cohort: Cohort,
    case_set: CaseSet,
    charlie: User,
    settings: Settings,
) -> None:
    settings.GAME_JUDGE = "openai"
    case_set.model_judge_counts = True
    case_set.save()
    client, address = client_of(charlie), reverse("classroom:assign", args=[cohort.pk])
    page = client.get(address)
    # As the page stands when nobody has touched it.
    assertContains(
        page, '<option value="" selected>As the case set has it; none in a test</option>'
    )
    assertContains(page, '<option value="" selected>As the case set has it</option>')
    client.post(address, form_fields(case_set, **{"shows_checklist": "", "judge": "", **fields}))
    made = Assignment.objects.values_list("shows_checklist", "judge")
    assert set(made) == {(checklist, judge)}


def test_the_conditions_stand_on_the_assignments_page(
    cohort: Cohort, case_set: CaseSet, charlie: User, settings: Settings
) -> None:
    settings.GAME_JUDGE = "openai"
    assignment = assign(cohort, case_set, game=Play.REPORT, judge="model", shows_explanations=False)
    page = client_of(charlie).get(reverse("classroom:assignment", args=[assignment.pk]))
    for words in ("without explanations", "with the checklist", "The judge by model counts"):
        assertContains(page, words)


# --- changing it -----------------------------------------------------------------------------


def edited(assignment: Assignment, **changes: Any) -> None:
    values = {
        "title": assignment.title,
        "instructions": assignment.instructions,
        "opens_at": assignment.opens_at,
        "closes_at": assignment.closes_at,
        "accepts_late": assignment.accepts_late,
        **changes,
    }
    edit_assignment(assignment=assignment, **values)


def test_before_anybody_begins_dates_and_title_can_be_changed(
    cohort: Cohort, case_set: CaseSet
) -> None:
    now = timezone.now()
    assignment = assign(cohort, case_set, closes_at=now + timedelta(days=3), accepts_late=True)
    edited(
        assignment,
        title="Rib fractures",
        opens_at=now + timedelta(days=1),
        closes_at=now + timedelta(days=2),
        accepts_late=False,
    )
    assignment.refresh_from_db()
    assert assignment.title == "Rib fractures"
    assert assignment.closes_at == now + timedelta(days=2)
    assert assignment.accepts_late is False


def test_once_begun_it_may_close_later_and_never_sooner(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    now = timezone.now()
    assignment = assign(cohort, case_set, closes_at=now + timedelta(days=3), accepts_late=True)
    read(alice, assignment)
    for changes, words in (
        ({"closes_at": now + timedelta(days=2)}, "not sooner"),
        ({"opens_at": now}, "the moment it opened"),
        ({"accepts_late": False}, "That stays"),
    ):
        with pytest.raises(ClassroomError, match=words):
            edited(assignment, **changes)
    edited(assignment, title="Longer", closes_at=now + timedelta(days=9))
    assignment.refresh_from_db()
    assert (assignment.title, assignment.closes_at) == ("Longer", now + timedelta(days=9))
    edited(assignment, closes_at=None)
    with pytest.raises(ClassroomError, match="not sooner"):
        edited(assignment, closes_at=now + timedelta(days=99))


def test_work_is_not_taken_again_once_feedback_is_open(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    now = timezone.now()
    assignment = assign(
        cohort, case_set, closes_at=now + timedelta(hours=1), feedback="after_close"
    )
    read(alice, assignment)
    with pytest.raises(ClassroomError, match="needs a date"):
        edited(assignment, closes_at=None)
    edited(assignment, closes_at=now + timedelta(hours=2))
    with pytest.raises(ClassroomError, match="feedback is open"):
        edited(assignment, closes_at=now + timedelta(hours=9), now=now + timedelta(hours=3))
    edited(assignment, title="A title may change", now=now + timedelta(hours=3))


def test_dates_follow_each_other_and_what_is_withdrawn_stays_so(
    cohort: Cohort, case_set: CaseSet
) -> None:
    assignment = assign(cohort, case_set)
    with pytest.raises(ClassroomError, match="before it opens"):
        edited(assignment, closes_at=assignment.opens_at)
    assignment.withdrawn_at = timezone.now()
    with pytest.raises(ClassroomError, match="withdrawn"):
        edited(assignment, title="Again")


def test_what_was_given_together_changes_together(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    now = timezone.now()
    bundle = uuid.uuid4()
    until = now + timedelta(days=3)
    box, text = (
        assign(cohort, case_set, game=game, bundle=bundle, closes_at=until) for game in Play
    )
    edited(box, title="Both longer", closes_at=now + timedelta(days=5))
    text.refresh_from_db()
    assert (text.title, text.closes_at) == ("Both longer", now + timedelta(days=5))
    write(alice, text)
    with pytest.raises(ClassroomError, match="not sooner"):
        edited(box, closes_at=until)


def test_the_page_says_what_can_be_changed_and_keeps_the_seconds(
    cohort: Cohort, case_set: CaseSet, charlie: User, alice: User
) -> None:
    assignment = assign(cohort, case_set, closes_at=timezone.now() + timedelta(days=1))
    read(alice, assignment)
    client = client_of(charlie)
    address = reverse("classroom:edit_assignment", args=[assignment.pk])
    page = client.get(address)
    assertContains(page, "Somebody has begun")
    form = page.context["form"]
    fields = {name: form[name].value() or "" for name in ("title", "opens_at", "closes_at")}
    answer = client.post(address, {**fields, "title": "Only the title"})
    assert answer.status_code == 302
    before = (assignment.opens_at, assignment.closes_at)
    assignment.refresh_from_db()
    assert (assignment.title, assignment.opens_at, assignment.closes_at) == (
        "Only the title",
        *before,
    )
    sooner = client.post(address, {**fields, "closes_at": fields["opens_at"]})
    assertContains(sooner, "would close before it opens", status_code=422)


@pytest.mark.parametrize("change", ["closes_at", "accepts_late"])
def test_feedback_that_opened_by_closing_is_not_hidden_again(
    change: str, cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    now = timezone.now()
    assignment = assign(cohort, case_set, feedback="after_set", closes_at=now + timedelta(hours=1))
    attempt = localize.start_assigned(reader=alice, assignment=assignment).attempt
    assert attempt is not None
    Assignment.objects.update(closes_at=now - timedelta(minutes=5))
    assignment.refresh_from_db()
    to = {"closes_at": now + timedelta(days=1), "accepts_late": True}[change]
    with pytest.raises(ClassroomError, match="feedback is open"):
        edited(assignment, **{change: to})
    type(attempt.sitting).objects.update(finished_at=now)
    edited(assignment, **{change: to})


# --- what became of it -----------------------------------------------------------------------


def test_learner_and_instructor_see_the_same_fate(
    cohort: Cohort, alice: User, alice_client: Client, charlie: User
) -> None:
    case_set = make_set(make_case(), make_case(), slug="two")
    now = timezone.now()
    expected = {
        "Late": ("complete, late", Fate.LATE),
        "Partial": ("in part", Fate.PARTIAL),
        "Abandoned": ("begun, nothing submitted", Fate.ABANDONED),
        "Missed": ("missed", Fate.MISSED),
    }
    made = {title: assign(cohort, case_set, title=title) for title in expected}
    for title, cases in (("Late", 2), ("Partial", 1), ("Abandoned", 0)):
        attempt = localize.start_assigned(reader=alice, assignment=made[title]).attempt
        for _number in range(cases):
            assert attempt is not None
            attempt = localize.submit_attempt(attempt=attempt, answer=EMPTY, elapsed_s=1)
            attempt = localize.advance(attempt=attempt)
    closed = {"opens_at": now - timedelta(days=2), "closes_at": now - timedelta(hours=1)}
    Assignment.objects.update(**closed)
    Assignment.objects.filter(title="Late").update(accepts_late=True)

    own = alice_client.get(reverse("classroom:own_assignments"))
    rows = {row.title: row for row in [*own.context["open"], *own.context["over"]]}
    client = client_of(charlie)
    for title, (words, fate) in expected.items():
        [given] = [one for one in given_to(alice) if one.assignment.title == title]
        assert given.fate is fate
        page = client.get(reverse("classroom:assignment", args=[made[title].pk]))
        assertContains(page, f"<td>{words}</td>")
        assert rows[title].fate == words
    assertContains(own, "Done or over")
    assert rows["Partial"].summary_url
    assert rows["Missed"].summary_url == ""


def test_a_browser_sends_the_form_with_what_the_page_leaves_open(
    cohort: Cohort, charlie: User
) -> None:
    # A select that must be chosen from, and whose first choice is empty, holds the form back.
    form = AssignmentForm(cohort=cohort, maker=charlie)
    must = {name for name in form.fields if " required" in str(form[name])}
    assert must == {"title", "case_set", "opens_at"}
