"""When summer time ends, a clock shows an hour twice: its times are taken, and are the first."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains

from radgame.accounts.models import User
from radgame.cases.models import CaseSet, Play
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment
from radgame.classroom.forms import AssignmentForm, EditAssignmentForm
from radgame.classroom.models import Arm, Assignment, Cohort
from radgame.classroom.studies.forms import ExtendForm
from radgame.classroom.studies.services import ArmPlan, create_trial
from tests.conftest import client_of
from tests.factories import make_case, make_set

# 25 October 2026, 02:30 in Zurich: once before the clocks go back, once after.
FIRST = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
SECOND = datetime(2026, 10, 25, 1, 30, 12, tzinfo=UTC)
TYPED = "2026-10-25T02:30"


@pytest.fixture
def cohort(charlie: User) -> Cohort:
    return services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="Europe/Zurich"
    )


@pytest.fixture
def case_set(db: None) -> CaseSet:
    return make_set(make_case())


def opening(cohort: Cohort, case_set: CaseSet, charlie: User, opens_at: datetime) -> Assignment:
    return create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=case_set,
        game=Play.LOCALIZE,
        title="Ribs",
        opens_at=opens_at,
    )


@pytest.mark.parametrize("moment", [FIRST, SECOND])
def test_what_opens_in_that_hour_can_be_edited_and_keeps_its_moment(
    cohort: Cohort, case_set: CaseSet, charlie: User, moment: datetime
) -> None:
    assignment = opening(cohort, case_set, charlie, moment)
    client, address = client_of(charlie), reverse("classroom:edit_assignment", args=[assignment.pk])
    form = client.get(address).context["form"]
    assert form["opens_at"].value() == TYPED
    sent = {"title": "Other ribs", "opens_at": form["opens_at"].value()}
    assert client.post(address, sent).status_code == 302
    assignment.refresh_from_db()
    assert (assignment.title, assignment.opens_at) == ("Other ribs", moment)


def test_a_time_of_that_hour_is_the_first_and_the_page_says_so(
    cohort: Cohort, case_set: CaseSet, charlie: User
) -> None:
    assignment = opening(cohort, case_set, charlie, datetime(2026, 10, 20, tzinfo=UTC))
    form = EditAssignmentForm({"title": "Ribs", "opens_at": TYPED}, assignment=assignment)
    assert form.is_valid(), form.errors
    form.save_changes()
    assert assignment.opens_at == FIRST
    page = client_of(charlie).get(reverse("classroom:edit_assignment", args=[assignment.pk]))
    assertContains(page, "repeat when summer time ends, the first is meant")


def test_an_assignment_made_in_that_hour_opens_as_it_was_proposed(
    cohort: Cohort, case_set: CaseSet, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: SECOND)
    proposed = AssignmentForm(cohort=cohort, maker=charlie)["opens_at"].value()
    assert proposed == TYPED
    sent = {
        "title": "Ribs",
        "case_set": case_set.pk,
        "games": ["localize"],
        "mode": "practice",
        "feedback": "at_once",
        "opens_at": proposed,
    }
    form = AssignmentForm(sent, cohort=cohort, maker=charlie)
    assert form.is_valid(), form.errors
    # An hour ago at most: it is open.
    assert form.create().opens_at == FIRST <= timezone.now()


def test_an_hour_that_is_left_out_is_refused(
    cohort: Cohort, case_set: CaseSet, charlie: User
) -> None:
    assignment = opening(cohort, case_set, charlie, FIRST)
    sent = {"title": "Ribs", "opens_at": "2027-03-28T02:30"}
    form = EditAssignmentForm(sent, assignment=assignment)
    assert "may not exist" in str(form.errors["opens_at"])


@pytest.mark.parametrize("typed", ["soon", "2026-13-45T02:30", "2026-10-25"])
def test_what_is_no_time_is_still_refused_or_read_as_before(
    cohort: Cohort, case_set: CaseSet, charlie: User, typed: str
) -> None:
    assignment = opening(cohort, case_set, charlie, FIRST)
    form = EditAssignmentForm({"title": "Ribs", "opens_at": typed}, assignment=assignment)
    assert form.is_valid() is (typed == "2026-10-25")


def test_a_study_that_closes_in_that_hour_keeps_its_moment(
    cohort: Cohort, case_set: CaseSet, charlie: User
) -> None:
    trial = create_trial(
        cohort=cohort,
        made_by=charlie,
        title="Feedback or films",
        description="",
        games=[Play.LOCALIZE],
        pre_set=case_set,
        post_set=case_set,
        arms=[ArmPlan(mode.label, mode, case_set) for mode in Arm.Mode],
        opens_at=datetime(2026, 10, 1, tzinfo=UTC),
        closes_at=SECOND,
        allows_overlap=True,
    )
    form = ExtendForm({"closes_at": TYPED}, trial=trial)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["closes_at"] == SECOND
    assert SECOND.astimezone(ZoneInfo("Europe/Zurich")).fold == 1
