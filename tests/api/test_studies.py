"""Studies by programs: what came of one, for who teaches; what is next, for who takes part."""

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from radgame.accounts.models import User
from radgame.cases.models import Play
from radgame.classroom.models import Arm, Enrolment
from radgame.classroom.studies import pages
from radgame.classroom.studies.exports import study_document, table
from radgame.classroom.studies.services import ArmPlan, close_trial, create_trial, take_part
from tests.api.conftest import Program, Site, program_of
from tests.conftest import client_of


@pytest.fixture
def taking(site: Site) -> Enrolment:
    """Alice takes part."""
    return take_part(trial=site.trial, membership=site.membership)


def play(program: Program, assignment: Any) -> None:
    """Read the whole set of it."""
    attempt = program.post("localize_start_assigned", assignment).json()["attempt"]
    while attempt is not None:
        body = {"answer": {"normal": True}, "elapsed_s": 4}
        program.post("localize_submit", attempt["id"], body=body)
        attempt = program.post("localize_next", attempt["id"]).json()["attempt"]


# --- for who teaches ------------------------------------------------------------


def test_the_studies_of_a_cohort_are_told(
    as_charlie: Program, site: Site, taking: Enrolment
) -> None:
    [row] = as_charlie.told("cohort_studies", site.cohort.pk)["results"]
    assert (row["id"], row["title"]) == (str(site.trial.pk), "Feedback or films")
    assert (row["people"], row["is_closed"], row["closed_at"]) == (1, False, None)
    close_trial(trial=site.trial)
    [row] = as_charlie.told("cohort_studies", site.cohort.pk)["results"]
    assert row["is_closed"] is True


@pytest.mark.parametrize("name", pages.TABLES)
def test_a_table_of_a_study_is_that_of_its_page(
    as_charlie: Program, as_alice: Program, site: Site, taking: Enrolment, name: str
) -> None:
    play(as_alice, site.part.pk)
    head, rows = table(site.trial, name)
    told = as_charlie.told("study_table", site.trial.pk, name)
    assert told == {"head": head, "rows": json.loads(json.dumps(rows))}
    assert rows or name == "shown"


def test_a_table_that_no_study_has_is_not_found(as_charlie: Program, site: Site) -> None:
    assert as_charlie.get("study_table", site.trial.pk, "names").status_code == 404


def test_the_whole_study_is_the_file_of_its_page(
    as_charlie: Program, as_alice: Program, charlie: User, site: Site, taking: Enrolment
) -> None:
    play(as_alice, site.part.pk)
    told = as_charlie.told("study_document", site.trial.pk)
    saved = client_of(charlie).get(reverse("classroom:study_json", args=[site.trial.pk])).json()
    assert {**told, "made_at": ""} == {**saved, "made_at": ""}
    assert len(told["attempts"]) == len(study_document(site.trial)["attempts"]) == 2
    assert "alice" not in json.dumps(told).lower()


# --- for who takes part -------------------------------------------------------------


def test_a_study_that_is_open_invites(as_alice: Program, bob: User, site: Site) -> None:
    [row] = as_alice.told("studies")["results"]
    assert (row["title"], row["cohort"]) == ("Feedback or films", "First year")
    assert row["cohort_id"] == str(site.cohort.pk)
    assert (row["stage"], row["is_open"], row["next"]) == ("invited", True, [])
    assert program_of(bob).told("studies")["results"] == []


def test_a_learner_is_told_how_far_they_are_and_what_is_next(
    as_alice: Program, site: Site, taking: Enrolment
) -> None:
    [row] = as_alice.told("studies")["results"]
    assert row["stage"] == "pre"
    assert row["next"] == [
        {"assignment": str(site.part.pk), "game": "localize", "mode": "test", "done": 0, "of": 2}
    ]
    play(as_alice, site.part.pk)
    taking.refresh_from_db()
    [row] = as_alice.told("studies")["results"]
    assert taking.arm is not None
    assert row["stage"] == "training"
    # Their own arm only.
    [part] = row["next"]
    own = site.trial.parts.get(arm=taking.arm)
    assert part["assignment"] == str(own.assignment_id)


def test_nothing_is_next_where_it_is_closed(
    as_alice: Program, site: Site, taking: Enrolment
) -> None:
    close_trial(trial=site.trial)
    [row] = as_alice.told("studies")["results"]
    assert (row["stage"], row["is_open"], row["next"]) == ("pre", False, [])


def test_a_study_that_closed_without_somebody_is_not_told_them(
    as_alice: Program, site: Site
) -> None:
    close_trial(trial=site.trial)
    assert as_alice.told("studies")["results"] == []


def test_the_lists_cost_the_same_however_many_studies_there_are(
    as_alice: Program,
    as_charlie: Program,
    charlie: User,
    site: Site,
    taking: Enrolment,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    asked = [(as_alice, "studies", []), (as_charlie, "cohort_studies", [site.cohort.pk])]
    counts = []
    for program, name, arguments in asked:
        program.told(name, *arguments)
        with django_assert_max_num_queries(15) as counted:
            program.told(name, *arguments)
        counts.append(len(counted))
    for number in range(3):
        more = create_trial(
            cohort=site.cohort,
            made_by=charlie,
            title=f"Study {number}",
            description="",
            games=[Play.LOCALIZE],
            pre_set=site.case_set,
            post_set=site.case_set,
            arms=[ArmPlan(mode.label, mode, site.case_set) for mode in Arm.Mode],
            opens_at=timezone.now(),
            allows_overlap=True,
        )
        take_part(trial=more, membership=site.membership)
    for (program, name, arguments), count in zip(asked, counts, strict=True):
        with django_assert_max_num_queries(count):
            assert program.told(name, *arguments)["count"] == 4
