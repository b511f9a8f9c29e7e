"""The page on which an instructor follows a cohort."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django.asserts import assertContains, assertNotContains

from radgame.accounts.models import User
from radgame.cases.models import Case, Play
from radgame.classroom import services
from radgame.classroom.following import pages
from radgame.classroom.models import Assignment, Cohort, Membership
from tests.classroom.following.conftest import assign, write
from tests.conftest import client_of
from tests.factories import make_report_case, person


@pytest.fixture
def teacher(charlie: User) -> Client:
    return client_of(charlie)


def context(client: Client, cohort: Cohort, **asked: str) -> Any:
    response = client.get(reverse("classroom:follow", args=[cohort.pk]), asked)
    assert response.status_code == 200
    return response.context


def cases_by_name(found: Any) -> dict[str, int]:
    rows = found["rows"]
    return {r.learner.person.username: 0 if r.row.work is None else r.row.work.cases for r in rows}


def test_each_learner_has_a_row_with_what_they_found(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    for number, case in enumerate(cases):
        result = "hit" if number < 3 else "wrong_finding"
        write(alice, case, assignment, {"fracture": result, "consolidation": "false_mark"})
    found = context(teacher, cohort)
    assert found["findings"] == ["Fracture"]
    alices, bobs = found["rows"]
    assert alices.row.cells[0].percent == 50
    assert (alices.row.mean_percent, alices.row.seconds_a_case) == (50, 30.0)
    assert alices.row.false_a_case == 1.0
    assert bobs.row.work is None
    assert found["everybody"].cells[0].of == 6


def test_two_of_one_title_are_told_apart_by_their_game(
    cohort: Cohort, cases: list[Case], charlie: User, teacher: Client
) -> None:
    def works() -> list[str]:
        choices = context(teacher, cohort)["form"].fields["work"].choices
        return [str(name) for _key, name in choices]

    assign(cohort, charlie, cases, title="Week 48")
    assert "Week 48" in works()
    reported = [make_report_case("Normal chest.")]
    assign(cohort, charlie, reported, slug="texts", title="Week 48", game=Play.REPORT)
    assert {"Week 48, Localize", "Week 48, Report"} <= set(works())
    assert "Week 48" not in works()


def test_four_occasions_are_no_share(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    for case in cases[:4]:
        write(alice, case, assignment, {"fracture": "hit"})
    page = reverse("classroom:follow", args=[cohort.pk])
    few = teacher.get(page)
    assertContains(few, '<span class="few">4/4</span>')
    assertNotContains(few, "100<small>")
    write(alice, cases[4], assignment, {"fracture": "hit"})
    assertContains(teacher.get(page), "100<small>5/5</small>")


def test_free_play_and_other_cohorts_are_not_shown(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, charlie: User
) -> None:
    other = services.create_cohort(
        instructor=charlie, name="Other", description="", time_zone="UTC"
    )
    elsewhere = assign(other, charlie, cases, slug="elsewhere")
    write(alice, cases[0], None, {"fracture": "hit"})
    write(alice, cases[1], elsewhere, {"fracture": "hit"})
    assert context(client_of(charlie), cohort)["everybody"].work is None


def test_who_left_is_not_shown(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    write(alice, cases[0], assignment, {"fracture": "hit"})
    services.remove_member(membership=Membership.objects.get(cohort=cohort, person=alice))
    found = context(teacher, cohort)
    assert found["everybody"].work is None
    assert list(cases_by_name(found)) == ["bob"]


def test_days_are_the_cohorts(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    # 03:30 in London on the second is 22:30 on the first in New York.
    write(alice, cases[0], assignment, at=datetime(2026, 3, 2, 3, 30, tzinfo=UTC))
    on_the_first = context(teacher, cohort, since="2026-03-01", until="2026-03-01")
    on_the_second = context(teacher, cohort, since="2026-03-02")
    assert cases_by_name(on_the_first) == {"alice": 1, "bob": 0}
    assert cases_by_name(on_the_second) == {"alice": 0, "bob": 0}


def test_the_first_and_the_last_day_there_are_can_be_asked_for(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    cohort.time_zone = "Asia/Tokyo"
    cohort.save()
    write(alice, cases[0], assignment)
    found = context(teacher, cohort, since="0001-01-01", until="9999-12-31")
    assert cases_by_name(found) == {"alice": 1, "bob": 0}
    assert cases_by_name(context(teacher, cohort, until="9999-12-30"))["alice"] == 1
    assert cases_by_name(context(teacher, cohort, until="0001-01-01"))["alice"] == 0
    learner = Membership.objects.get(cohort=cohort, person=alice)
    address = reverse("classroom:learner", args=[cohort.pk, learner.pk])
    assert teacher.get(address, {"since": "0001-01-01"}).context["figures"]["cases"] == 1


def test_one_assignment_can_be_asked_for(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, charlie: User
) -> None:
    second = assign(cohort, charlie, cases, slug="second", title="Again")
    write(alice, cases[0], assignment)
    write(alice, cases[0], second)
    write(alice, cases[1], second)
    client = client_of(charlie)
    assert cases_by_name(context(client, cohort))["alice"] == 3
    assert cases_by_name(context(client, cohort, work=str(second.pk)))["alice"] == 2


def test_what_cannot_be_read_is_said(cohort: Cohort, teacher: Client) -> None:
    address = reverse("classroom:follow", args=[cohort.pk])
    assertContains(teacher.get(address, {"since": "yesterday"}), "Enter a valid date.")
    assertContains(teacher.get(address, {"work": "other"}), "Select a valid choice.")


def test_reports_are_asked_for_by_themselves(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, charlie: User
) -> None:
    case_set = assignment.case_set
    case_set.report_size = len(cases)
    case_set.save()
    reports = Assignment.objects.create(
        cohort=cohort,
        case_set=case_set,
        game=Play.REPORT,
        title="Say it",
        opens_at=timezone.now(),
    )
    write(alice, cases[0], assignment, {"fracture": "hit"})
    for case in cases[:5]:
        write(alice, case, reports, {"fracture": "partly", "cardiomegaly": "missed"})
    found = context(client_of(charlie), cohort, work="report")
    alices = found["rows"][0].row
    assert found["findings"] == ["Cardiomegaly", "Fracture"]
    assert [cell.percent for cell in alices.cells] == [0, 0]
    assert alices.missed_a_case == 1.0


def test_the_lowest_score_comes_first_when_asked_and_no_score_last(
    cohort: Cohort, assignment: Assignment, cases: list[Case], bob: User, alice: User
) -> None:
    carol = person("carol")
    Membership.objects.create(cohort=cohort, person=carol)
    write(alice, cases[0], assignment, score=0.9)
    write(carol, cases[0], assignment, score=0.1)
    client = client_of(cohort.memberships.instructors().get().person)
    by_mean = cases_by_name(context(client, cohort, order="mean"))
    by_cases = cases_by_name(context(client, cohort, order="cases"))
    assert list(by_mean) == ["carol", "alice", "bob"]
    assert next(iter(by_cases)) == "bob"


def test_who_has_not_begun_is_named(
    cohort: Cohort, assignment: Assignment, alice: User, bob: User, teacher: Client
) -> None:
    from localize import services as localize

    localize.start_assigned(reader=alice, assignment=assignment)
    (row,) = context(teacher, cohort)["unstarted"]
    assert (row.names, row.count, row.of) == (("bob",), 1, 2)


def test_for_whom_it_is_not_has_nothing_to_begin(
    cohort: Cohort, cases: list[Case], charlie: User, alice: User, teacher: Client
) -> None:
    alices = Membership.objects.get(cohort=cohort, person=alice)
    assign(cohort, charlie, cases, members=[alices])
    assign(cohort, charlie, cases, slug="later", opens_at=timezone.now() + timedelta(days=1))
    (row,) = context(teacher, cohort)["unstarted"]
    assert (row.names, row.of) == (("alice",), 1)


def test_the_file_has_the_counts_of_all(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    write(alice, cases[0], assignment, {"fracture": "hit", "consolidation": "missed"})
    response = teacher.get(reverse("classroom:follow_file", args=[cohort.pk, "csv"]))
    alices, bobs = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert (alices["Learner"], alices["Cases"], alices["Missed"]) == ("alice", "1", "1")
    assert (alices["Fracture, found"], alices["Fracture, there"]) == ("1", "1")
    assert (alices["Consolidation, found"], alices["Consolidation, there"]) == ("0", "1")
    assert (bobs["Cases"], bobs["Mean score"], bobs["Fracture, there"]) == ("0", "", "0")


def test_the_map_is_switched_to_false_marks_and_to_misses(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    for number, case in enumerate(cases):
        result = "missed" if number else "misplaced"
        write(alice, case, assignment, {"fracture": result, "consolidation": "false_mark"})
    false = context(teacher, cohort, show="false")
    assert false["findings"] == ["Consolidation"]
    assert false["rows"][0].row.cells[0].percent == 100
    missed = context(teacher, cohort, show="missed")
    assert missed["findings"] == ["Fracture"]
    assert missed["rows"][0].row.cells[0].percent == 83
    # Whoever asks for other dates stays with what they look at.
    page = teacher.get(reverse("classroom:follow", args=[cohort.pk]), {"show": "missed"})
    assertContains(page, '<input type="hidden" name="show" value="missed" id="id_show">', html=True)


def test_the_files_hold_the_same(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    write(alice, cases[0], assignment, {"fracture": "hit", "consolidation": "missed"})
    text = teacher.get(reverse("classroom:follow_file", args=[cohort.pk, "csv"])).content
    book = teacher.get(reverse("classroom:follow_file", args=[cohort.pk, "xlsx"])).content
    rows = load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(values_only=True)
    as_text = [["" if cell is None else str(cell) for cell in row] for row in rows]
    assert as_text == list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


def test_pages_of_learners_hold_so_many(
    cohort: Cohort,
    assignment: Assignment,
    cases: list[Case],
    alice: User,
    teacher: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "LEARNERS_PER_PAGE", 1)
    write(alice, cases[0], assignment, {"fracture": "hit"})
    assert list(cases_by_name(context(teacher, cohort))) == ["alice"]
    found = context(teacher, cohort, page="2")
    assert list(cases_by_name(found)) == ["bob"]
    assert found["everybody"].work.cases == 1


def test_more_learners_and_cases_cost_no_more_queries(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    address = reverse("classroom:follow", args=[cohort.pk])
    write(alice, cases[0], assignment, {"fracture": "hit"})
    teacher.get(address)
    with CaptureQueriesContext(connection) as few:
        teacher.get(address)
    for number in range(10):
        learner = person(f"learner{number}")
        Membership.objects.create(cohort=cohort, person=learner)
        for case in cases:
            write(learner, case, assignment, {"fracture": "hit", "nodule-mass": "missed"})
    # What is new is read by the first page that is asked for.
    with CaptureQueriesContext(connection) as reading:
        teacher.get(address)
    with CaptureQueriesContext(connection) as many:
        teacher.get(address)
    assert len(many) == len(few) <= 10
    assert len(reading) == len(few) + 3
