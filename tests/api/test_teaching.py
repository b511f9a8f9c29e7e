"""An instructor teaches by programs: cohorts, links, assignments, results, the heat map."""

import csv
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from localize import services as localize
from localize.answers import Answer, DrawnMark
from radgame.accounts.models import User
from radgame.cases.models import Play
from radgame.classroom import services as classroom
from radgame.classroom.assigning import create_assignment
from radgame.classroom.following.api import TABLES
from radgame.classroom.models import Assignment, Cohort, JoinLink, Membership
from radgame.tables import FileKind
from tests.api.conftest import Program, Site, at, page_of, program_of
from tests.conftest import client_of
from tests.factories import person, token_of

# --- cohorts --------------------------------------------------------------------


def test_a_cohort_is_made_renamed_archived_and_reopened(as_charlie: Program) -> None:
    made = as_charlie.post("cohorts", body={"name": "Nights", "time_zone": "Europe/Zurich"})
    assert made.status_code == 201
    key = made.json()["id"]
    changed = as_charlie.ask("PATCH", at("cohort", key), {"name": "Nights, autumn"}).json()
    assert (changed["name"], changed["time_zone"]) == ("Nights, autumn", "Europe/Zurich")
    assert as_charlie.post("archive_cohort", key).json()["archived_at"] is not None
    assert as_charlie.post("archive_cohort", key).json()["archived_at"] is not None
    assert as_charlie.post("reopen_cohort", key).json()["archived_at"] is None
    listed = as_charlie.told("cohorts")["results"]
    assert [(row["name"], row["role"]) for row in listed] == [("Nights, autumn", "instructor")]


@pytest.mark.parametrize(
    "sent", [{}, {"name": " "}, {"name": "x", "time_zone": "Mars"}, {"name": "x" * 121}]
)
def test_a_cohort_that_cannot_be_is_refused(as_charlie: Program, sent: dict[str, Any]) -> None:
    assert as_charlie.post("cohorts", body=sent).status_code == 422
    assert not Cohort.objects.exists()


def test_a_learner_joins_by_a_code_and_leaves(as_charlie: Program, bob: User, site: Site) -> None:
    [link] = as_charlie.told("links", site.cohort.pk)["results"]
    as_bob = program_of(bob)
    joined = as_bob.post("join_cohort", body={"code": link["code"].lower()}).json()
    assert joined == {"id": str(site.cohort.pk), "name": "First year", "already": False}
    assert as_bob.post("join_cohort", body={"code": link["code"]}).json()["already"] is True
    people = as_charlie.told("members", site.cohort.pk)["results"]
    assert [one["username"] for one in people] == ["charlie", "alice", "bob"]
    assert as_charlie.told("cohort", site.cohort.pk)["learners"] == 2
    assert as_bob.post("leave_cohort", site.cohort.pk).status_code == 204
    assert as_bob.told("cohorts")["results"] == []


def test_a_code_that_lets_nobody_in_says_so(as_alice: Program, site: Site) -> None:
    classroom.revoke_link(link=site.link)
    refused = as_alice.post("join_cohort", body={"code": site.link.code})
    assert refused.status_code == 409
    assert "lets nobody in" in refused.json()["message"]


def test_a_guest_joins_nothing(guest: User, site: Site) -> None:
    refused = page_of(guest).post("join_cohort", body={"code": site.link.code})
    assert refused.status_code == 409
    assert refused.json()["message"].startswith("Sign up first")


def test_a_link_is_good_to_the_end_of_its_day_by_the_cohorts_clock(
    as_charlie: Program, site: Site
) -> None:
    until = timezone.now().date() + timedelta(days=2)
    made = as_charlie.post("links", site.cohort.pk, body={"until": until.isoformat()})
    assert made.status_code == 201
    expires_at = JoinLink.objects.get(pk=made.json()["id"]).expires_at
    assert expires_at is not None
    local = expires_at.astimezone(site.cohort.zone)
    assert (local.date(), local.hour, local.minute) == (until, 23, 59)


@pytest.mark.parametrize("until", ["2020-01-01", date(9999, 12, 31).isoformat(), "soon"])
def test_a_link_that_cannot_be_is_refused(as_charlie: Program, site: Site, until: str) -> None:
    refused = as_charlie.post("links", site.cohort.pk, body={"until": until})
    assert refused.status_code in {409, 422}
    assert JoinLink.objects.count() == 1


def test_a_revoked_link_is_not_listed(as_charlie: Program, site: Site) -> None:
    address = at("revoke_link", site.cohort.pk, site.link.pk)
    assert as_charlie.ask("DELETE", address).status_code == 204
    assert as_charlie.told("links", site.cohort.pk)["results"] == []


def test_an_instructor_is_added_and_the_last_one_cannot_go(
    as_charlie: Program, eve: User, charlie: User, site: Site
) -> None:
    own = Membership.objects.get(cohort=site.cohort, person=charlie)
    last = as_charlie.ask("DELETE", at("remove_member", site.cohort.pk, own.pk))
    assert last.status_code == 409
    assert "needs an instructor" in last.json()["message"]
    added = as_charlie.post("add_instructor", site.cohort.pk, body={"name": "eve"})
    assert added.json()["role"] == "instructor"
    assert program_of(eve).get("cohort", site.cohort.pk).status_code == 200
    gone = as_charlie.ask("DELETE", at("remove_member", site.cohort.pk, own.pk))
    assert gone.status_code == 204
    assert as_charlie.get("cohort", site.cohort.pk).status_code == 404


@pytest.mark.parametrize("name", ["alice", "nobody@example.org", "nobody"])
def test_who_is_no_instructor_is_told_from_nobody_by_nothing(
    as_charlie: Program, site: Site, name: str
) -> None:
    refused = as_charlie.post("add_instructor", site.cohort.pk, body={"name": name})
    assert refused.status_code == 409
    assert refused.json()["message"].startswith("No instructor has this user name")


# --- assignments ----------------------------------------------------------------


def assignment_of(site: Site, **options: Any) -> dict[str, Any]:
    return {"set": site.own_set.slug, "game": "localize", "title": "Week 48", **options}


def test_a_set_is_assigned_begun_and_followed(
    as_charlie: Program, as_alice: Program, site: Site
) -> None:
    closes_at = timezone.now() + timedelta(days=3)
    sent = assignment_of(site, closes_at=closes_at.isoformat(), is_shuffled=True)
    made = as_charlie.post("cohort_assignments", site.cohort.pk, body=sent)
    assert made.status_code == 201
    told = made.json()
    assert (told["set"], told["is_shuffled"], told["feedback"]) == (
        site.own_set.slug,
        True,
        "at_once",
    )
    given = {row["id"]: row for row in as_alice.told("assignments")["results"]}
    assert given[told["id"]]["fate"] == "not_started"
    attempt = as_alice.post("localize_start_assigned", told["id"]).json()["attempt"]
    as_alice.post(
        "localize_submit", attempt["id"], body={"answer": {"normal": True}, "elapsed_s": 4}
    )
    given = {row["id"]: row for row in as_alice.told("assignments")["results"]}
    row = given[told["id"]]
    assert (row["fate"], row["submitted"], row["of"], row["is_open"]) == ("under_way", 1, 2, True)
    [result] = as_charlie.told("results", told["id"])["results"]
    assert (result["username"], result["submitted"], result["mean"]) == ("alice", 1, 0.0)


def test_a_program_is_told_when_its_time_is_over(
    as_charlie: Program, as_alice: Program, site: Site
) -> None:
    closes_at = timezone.now() + timedelta(days=3)
    sent = assignment_of(site, closes_at=closes_at.isoformat(), time_limit_min=30)
    made = as_charlie.post("cohort_assignments", site.cohort.pk, body=sent).json()

    def given() -> dict[str, Any]:
        rows = as_alice.told("assignments")["results"]
        [found] = [row for row in rows if row["id"] == made["id"]]
        return dict(found)

    assert given()["cohort_id"] == str(site.cohort.pk)
    assert given()["ends_at"] == given()["closes_at"]
    started = as_alice.post("localize_start_assigned", made["id"]).json()
    begun_at = datetime.fromisoformat(started["attempt"]["started_at"])
    ends_at = datetime.fromisoformat(started["attempt"]["ends_at"])
    assert abs(ends_at - begun_at - timedelta(minutes=30)) < timedelta(seconds=2)
    assert given()["ends_at"] == started["attempt"]["ends_at"]


def test_only_some_are_assigned_it(as_charlie: Program, bob: User, site: Site) -> None:
    classroom.join_cohort(person=bob, code=site.link.code)
    sent = assignment_of(site, people=[site.membership.pk])
    assigned = as_charlie.post("cohort_assignments", site.cohort.pk, body=sent).json()["id"]
    given = [row["id"] for row in program_of(bob).told("assignments")["results"]]
    assert assigned not in given


@pytest.mark.parametrize(
    ("options", "set_shows", "shown"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"mode": "test"}, True, False),
        ({"mode": "test", "shows_checklist": True}, True, True),
        ({"shows_checklist": False}, True, False),
    ],
)
def test_the_checklist_is_as_the_set_says_unless_it_is_said(
    as_charlie: Program, site: Site, options: dict[str, Any], set_shows: bool, shown: bool
) -> None:
    site.own_set.shows_checklist = set_shows
    site.own_set.save(update_fields=["shows_checklist"])
    sent = assignment_of(site, game="report", **options)
    made = as_charlie.post("cohort_assignments", site.cohort.pk, body=sent)
    assert made.json()["shows_checklist"] is shown


@pytest.mark.parametrize(
    ("options", "counted"),
    [({}, "model"), ({"judge": "rules"}, "rules"), ({"mode": "test"}, "model")],
)
def test_whose_mark_counts_is_as_the_set_says_unless_it_is_said(
    as_charlie: Program, site: Site, settings: Settings, options: dict[str, Any], counted: str
) -> None:
    settings.GAME_JUDGE = "served"
    site.own_set.model_judge_counts = True
    site.own_set.save(update_fields=["model_judge_counts"])
    sent = assignment_of(site, game="report", **options)
    made = as_charlie.post("cohort_assignments", site.cohort.pk, body=sent)
    assert made.json()["judge"] == counted


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"set": "no-such-set"}, 422),
        ({"game": "chess"}, 422),
        ({"title": ""}, 422),
        ({"people": [987_654]}, 422),
        ({"opens_at": "9999-12-31T23:59:59Z"}, 422),
        ({"closes_at": "2001-01-01T00:00:00Z"}, 409),
        ({"feedback": "after_close"}, 409),
        ({"time_limit_min": 0}, 422),
    ],
)
def test_an_assignment_that_cannot_be_is_refused(
    as_charlie: Program, site: Site, options: dict[str, Any], status: int
) -> None:
    before = Assignment.objects.count()
    sent = assignment_of(site, **options)
    refused = as_charlie.post("cohort_assignments", site.cohort.pk, body=sent)
    assert refused.status_code == status
    assert Assignment.objects.count() == before


@pytest.mark.parametrize("name", ["opens_at", "closes_at"])
def test_a_moment_without_its_offset_is_refused(as_charlie: Program, site: Site, name: str) -> None:
    sent = assignment_of(site, **{name: "2126-12-01T10:00:00"})
    refused = as_charlie.post("cohort_assignments", site.cohort.pk, body=sent)
    assert refused.status_code == 422
    assert "offset" in refused.json()["fields"][name][0]
    fine = assignment_of(site, **{name: "2126-12-01T10:00:00+01:00"})
    made = as_charlie.post("cohort_assignments", site.cohort.pk, body=fine)
    assert made.json()[name] == "2126-12-01T09:00:00Z"


def test_a_set_of_somebody_elses_cannot_be_assigned(eve: User, charlie: User, site: Site) -> None:
    own = Cohort.objects.taught_by(eve).get()
    refused = program_of(eve).post("cohort_assignments", own.pk, body=assignment_of(site))
    assert refused.status_code == 422
    # Under the name that was sent, which is not the form's.
    assert list(refused.json()["fields"]) == ["set"]


def test_a_withdrawn_assignment_is_no_longer_given(
    as_charlie: Program, as_alice: Program, site: Site
) -> None:
    told = as_charlie.post("withdraw_assignment", site.assignment.pk).json()
    assert told["withdrawn_at"] is not None
    assert as_alice.told("assignments")["results"] == []
    assert as_alice.post("localize_start_assigned", site.assignment.pk).status_code == 404
    kept = as_charlie.told("cohort_assignments", site.cohort.pk)["results"]
    assert str(site.assignment.pk) in [row["id"] for row in kept]


def test_an_assignment_is_changed_and_what_is_left_out_stays(
    as_charlie: Program, site: Site
) -> None:
    address = at("assignment", site.assignment.pk)
    closes_at = site.assignment.opens_at + timedelta(days=9)
    told = as_charlie.ask("PATCH", address, {"closes_at": closes_at.isoformat()})
    assert told.status_code == 200
    told = as_charlie.ask("PATCH", address, {"title": "Nodules again", "instructions": "Slowly."})
    site.assignment.refresh_from_db()
    before = site.assignment.opens_at
    assert (told.json()["title"], told.json()["instructions"]) == ("Nodules again", "Slowly.")
    assert (site.assignment.opens_at, site.assignment.closes_at) == (before, closes_at)
    assert as_charlie.ask("PATCH", address, {"closes_at": None}).json()["closes_at"] is None
    # A program says the moment to the second.
    opens_at = before.replace(second=(before.second + 7) % 60, microsecond=0)
    as_charlie.ask("PATCH", address, {"opens_at": opens_at.isoformat()})
    site.assignment.refresh_from_db()
    assert site.assignment.opens_at == opens_at


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"title": ""}, 422),
        ({"closes_at": "soon"}, 422),
        ({"accepts_late": None}, 422),
        ({"closes_at": "2001-01-01T00:00:00Z"}, 409),
        # Somebody has begun.
        ({"opens_at": "2026-01-01T00:00:00Z"}, 409),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    as_charlie: Program, alice: User, site: Site, changes: dict[str, Any], status: int
) -> None:
    localize.start_assigned(reader=alice, assignment=site.assignment)
    address = at("assignment", site.assignment.pk)
    assert as_charlie.ask("PATCH", address, changes).status_code == status
    site.assignment.refresh_from_db()
    assert (site.assignment.title, site.assignment.closes_at) == ("Nodules", None)


def test_a_part_of_a_study_is_not_changed(as_charlie: Program, site: Site) -> None:
    refused = as_charlie.ask("PATCH", at("assignment", site.part.pk), {"title": "Other"})
    assert refused.status_code == 404


def test_a_part_of_a_study_is_not_withdrawn_alone(as_charlie: Program, site: Site) -> None:
    refused = as_charlie.post("withdraw_assignment", site.part.pk)
    assert refused.status_code == 409
    assert "Close the study instead" in refused.json()["message"]
    assert site.part.withdrawn_at is None


# --- following ------------------------------------------------------------------


def test_the_heat_map_tells_what_the_page_tells(
    as_charlie: Program, alice: User, site: Site
) -> None:
    attempt = localize.start_assigned(reader=alice, assignment=site.assignment).attempt
    assert attempt is not None
    localize.submit_attempt(attempt=attempt, answer=Answer((), (), normal=True), elapsed_s=8)
    told = as_charlie.told("heat_map", site.cohort.pk)
    assert (told["game"], told["count"], told["findings"]) == ("localize", 1, ["Nodule/Mass"])
    [row] = told["results"]
    assert (row["username"], row["cases"], row["missed"]) == ("alice", 1, 1)
    assert row["cells"] == [{"count": 0, "of": 1, "share": None}]
    missed = as_charlie.told("heat_map", site.cohort.pk, show="missed")
    assert missed["results"][0]["cells"] == [{"count": 1, "of": 1, "share": None}]
    assert told["everybody"]["cases"] == 1
    assert told["unstarted"] == []


def test_who_has_not_begun_is_named(as_charlie: Program, site: Site) -> None:
    [row] = as_charlie.told("heat_map", site.cohort.pk)["unstarted"]
    assert (row["title"], row["names"], row["count"], row["of"]) == ("Nodules", ["alice"], 1, 1)


@pytest.mark.parametrize("query", ["work=chess", "since=soon", "order=x", "page=0"])
def test_a_question_that_cannot_be_read_is_refused(
    as_charlie: Program, site: Site, query: str
) -> None:
    refused = as_charlie.ask("GET", f"{at('heat_map', site.cohort.pk)}?{query}")
    assert refused.status_code == 422


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_following_is_the_one_that_its_file_has(
    as_charlie: Program, alice: User, charlie: User, site: Site, table: str
) -> None:
    attempt = localize.start_assigned(reader=alice, assignment=site.assignment).attempt
    assert attempt is not None
    drawn = DrawnMark(token_of(attempt.case), "pneumothorax", (1.0, 1.0, 9.0, 9.0), 3)
    localize.submit_attempt(attempt=attempt, answer=Answer((drawn,), (), False), elapsed_s=8)
    told = as_charlie.told("following_table", site.cohort.pk, table, work=site.assignment.pk)
    names = {"findings": "follow_file", "time": "follow_times_file"}
    name = names.get(table, f"follow_{table.replace('-', '_')}_file")
    address = reverse(f"classroom:{name}", args=[site.cohort.pk, FileKind.CSV])
    saved = client_of(charlie).get(address, {"work": str(site.assignment.pk)})
    [head, *rows] = csv.reader(saved.content.decode("utf-8-sig").splitlines())
    assert told["head"] == head
    assert [[str(cell) for cell in row] for row in told["rows"]] == rows
    # One case makes no curve.
    assert rows or table == "curves"


def test_the_cases_come_in_the_order_that_was_asked_for(as_charlie: Program, site: Site) -> None:
    assert as_charlie.get("following_table", site.cohort.pk, "cases", by="slow").status_code == 200
    refused = as_charlie.get("following_table", site.cohort.pk, "cases", by="luck")
    assert list(refused.json()["fields"]) == ["by"]


@pytest.mark.parametrize("query", ["work=chess", "since=soon", "order=x"])
def test_a_question_of_a_table_that_cannot_be_read_is_refused(
    as_charlie: Program, site: Site, query: str
) -> None:
    address = at("following_table", site.cohort.pk, "curves")
    assert as_charlie.ask("GET", f"{address}?{query}").status_code == 422


def test_a_table_that_there_is_not_is_not_found(as_charlie: Program, site: Site) -> None:
    assert as_charlie.get("following_table", site.cohort.pk, "ledger").status_code == 404


# --- boards ---------------------------------------------------------------------


def test_a_cohorts_board_says_why_somebody_is_not_on_it(
    as_alice: Program, as_charlie: Program, site: Site
) -> None:
    told = as_alice.told("cohort_board", site.cohort.pk, game="localize")
    assert (told["count"], told["results"]) == (0, [])
    assert told["absence"]["still_needed"] > 0
    assert as_charlie.told("cohort_board", site.cohort.pk)["absence"] is None


# --- lists ----------------------------------------------------------------------


def crowd(site: Site, charlie: User, *, first: int = 0) -> None:
    for number in range(first, first + 4):
        learner = person(f"learner-{number}")
        classroom.join_cohort(person=learner, code=site.link.code)
        classroom.create_link(cohort=site.cohort, made_by=charlie, expires_at=None)
        assigned = create_assignment(
            cohort=site.cohort,
            made_by=charlie,
            case_set=site.case_set,
            game=Play.LOCALIZE,
            title=f"Week {number}",
            opens_at=timezone.now() - timedelta(minutes=1),
        )
        attempt = localize.start_assigned(reader=learner, assignment=assigned).attempt
        assert attempt is not None
        localize.submit_attempt(attempt=attempt, answer=Answer((), (), normal=True), elapsed_s=1)
        another = classroom.create_cohort(
            instructor=charlie, name=f"Cohort {number}", description="", time_zone="UTC"
        )
        assert another.pk


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("cohorts", ""),
        ("members", "cohort"),
        ("links", "cohort"),
        ("cohort_assignments", "cohort"),
        ("heat_map", "cohort"),
        ("following_table", "cohort"),
        ("results", "assignment"),
    ],
)
def test_a_list_costs_the_same_however_long_it_is(
    name: str,
    of: str,
    charlie: User,
    as_charlie: Program,
    site: Site,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    arguments = [getattr(site, of).pk] if of else []
    arguments += ["cases"] if name == "following_table" else []
    as_charlie.get(name, *arguments)
    # Not from nothing, and with something new: what was read before is kept.
    crowd(site, charlie)
    with django_assert_max_num_queries(20) as counted:
        as_charlie.get(name, *arguments)
    crowd(site, charlie, first=4)
    with django_assert_max_num_queries(len(counted)):
        as_charlie.told(name, *arguments)


def test_what_somebody_was_assigned_costs_the_same_however_much_it_is(
    alice: User,
    charlie: User,
    as_alice: Program,
    site: Site,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    as_alice.get("assignments")
    with django_assert_max_num_queries(12) as counted:
        assert len(as_alice.told("assignments")["results"]) == 1
    crowd(site, charlie)
    with django_assert_max_num_queries(len(counted)):
        assert len(as_alice.told("assignments")["results"]) == 5
