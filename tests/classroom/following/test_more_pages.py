"""Cases, time, curves, false findings, a learner: what the pages and files say, and to whom."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django.asserts import assertContains, assertNotContains

from localize import services as localize
from localize.answers import Answer
from radgame.accounts.models import User
from radgame.cases.models import Audience, Case, Play
from radgame.classroom import services
from radgame.classroom.following import export
from radgame.classroom.models import Assignment, Cohort, Membership
from tests.classroom.following.conftest import assign, write
from tests.conftest import client_of
from tests.factories import Said, address_of, make_case, make_dataset, person

PAGES = ["follow_cases", "follow_times", "follow_curves", "follow_false"]
FILES = ["follow_file", "follow_cases_file", "follow_times_file", "follow_curves_file"]
FILES += ["follow_false_file", "follow_time_steps_file", "follow_ledger_file"]
FILES += ["learner_cases_file", "learner_findings_file", "learner_given_file"]


@pytest.fixture
def teacher(charlie: User) -> Client:
    return client_of(charlie)


@pytest.fixture
def alices(cohort: Cohort, alice: User) -> Membership:
    return Membership.objects.get(cohort=cohort, person=alice)


def page(client: Client, name: str, cohort: Cohort, *more: object, **asked: str) -> Any:
    response = client.get(reverse(f"classroom:{name}", args=[cohort.pk, *more]), asked)
    assert response.status_code == 200
    return response


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("name", PAGES)
def test_a_cohort_that_did_nothing_is_told_so(
    name: str, cohort: Cohort, assignment: Assignment, teacher: Client
) -> None:
    assertContains(page(teacher, name, cohort), "Nothing was submitted in what you ask for.")


@pytest.mark.parametrize("name", FILES)
def test_the_two_files_of_a_table_hold_the_same(
    name: str,
    cohort: Cohort,
    assignment: Assignment,
    cases: list[Case],
    alice: User,
    bob: User,
    alices: Membership,
    teacher: Client,
) -> None:
    for reader in (alice, bob):
        for case in cases:
            write(reader, case, assignment, {"fracture": "hit", "consolidation": "false_mark"})
    learner = [alices.pk] if name.startswith("learner") else []
    text = page(teacher, name, cohort, *learner, "csv").getvalue()
    book = page(teacher, name, cohort, *learner, "xlsx").content
    rows = load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(values_only=True)
    written = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    for row, cells in zip(rows, written, strict=True):
        for cell, told in zip(row, cells, strict=True):
            # A whole number that was written as a float is the same number.
            is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
            same = float(told) == cell if is_number else told == str("" if cell is None else cell)
            assert same, (cell, told)


# --- cases -------------------------------------------------------------------------


def test_the_hardest_case_comes_first(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, bob: User, teacher: Any
) -> None:
    write(alice, cases[0], assignment, score=1.0, seconds=10)
    write(bob, cases[0], assignment, score=0.5, seconds=30)
    write(alice, cases[1], assignment, score=0.0, seconds=5)
    hard, easy = page(teacher, "follow_cases", cohort).context["rows"]
    assert (hard.item.case, hard.mean_percent) == (cases[1].pk, 0)
    assert (easy.item.n, easy.mean_percent, easy.right.percent) == (2, 75, 50)
    assert easy.item.seconds.median == 20
    slow, _quick = page(teacher, "follow_cases", cohort, by="slow").context["rows"]
    assert slow.item.case == cases[0].pk


def test_a_case_that_tells_the_wrong_way_is_marked(
    cohort: Cohort, assignment: Assignment, cases: list[Case], teacher: Client
) -> None:
    for number in range(12):
        learner = person(f"learner{number}")
        Membership.objects.create(cohort=cohort, person=learner)
        for case in cases[1:]:
            write(learner, case, assignment, score=number / 12)
        write(learner, cases[0], assignment, score=0.2 if number > 5 else 1.0)
    response = page(teacher, "follow_cases", cohort, by="tells")
    first = response.context["rows"][0]
    assert (first.item.case, first.is_doubtful) == (cases[0].pk, True)
    assert first.item.discrimination.n == 12
    assertContains(response, "Look at its reference standard.")
    # A minus on the page, the plain sign in the file.
    told = f"{first.item.discrimination.value:.2f}"
    assertContains(response, told.replace("-", "−"))
    assertNotContains(response, told)
    rows = read_csv(page(teacher, "follow_cases_file", cohort, "csv").getvalue())
    assert any(value.startswith("-0.") for row in rows for value in row.values())


def test_films_of_a_dataset_that_is_not_the_instructors_are_named_and_not_shown(
    cohort: Cohort, charlie: User, alice: User, teacher: Client
) -> None:
    dataset = make_dataset("secret")
    hidden = make_case(dataset=dataset, said=[Said("fracture", (1.0, 1, 50, 50))])
    shown = make_case(said=[Said("consolidation", (1.0, 1.0, 50.0, 50.0))])
    assignment = assign(cohort, charlie, [hidden, shown])
    # Closed since it was assigned.
    dataset.audience = Audience.STAFF
    dataset.save()
    for case in (hidden, shown):
        write(alice, case, assignment, {"fracture": "false_mark"}, score=0.5)
    for name in ("follow_cases", "follow_false"):
        response = page(teacher, name, cohort)
        assertContains(response, hidden.key)
        assertNotContains(response, address_of(hidden)[0])
        assertContains(response, address_of(shown)[0])
        assertContains(response, "Consolidation")
    assertNotContains(page(teacher, "follow_cases", cohort), "Fracture")


# --- time --------------------------------------------------------------------------


def test_the_steps_of_time_are_a_table(
    cohort: Cohort,
    assignment: Assignment,
    cases: list[Case],
    alice: User,
    alices: Membership,
    teacher: Client,
) -> None:
    for case, seconds in zip(cases, (5, 12, 14, 700), strict=False):
        write(alice, case, assignment, seconds=seconds)
    rows = read_csv(page(teacher, "follow_time_steps_file", cohort, "csv").content)
    told = [tuple(row.values()) for row in rows if row["Cases"] != "0"]
    assert told == [("0", "10", "1", "25"), ("10", "20", "2", "50"), ("600", "", "1", "25")]
    given = read_csv(page(teacher, "learner_given_file", cohort, alices.pk, "csv").content)
    (row,) = given
    assert (row["Submitted"], row["Cases"], row["Minutes"]) == ("4", str(len(cases)), "12")


def test_time_is_told_in_steps_and_by_learner(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, bob: User, teacher: Any
) -> None:
    for case, seconds in zip(cases, (8, 20, 40, 50, 200, 4000), strict=True):
        write(alice, case, assignment, seconds=seconds)
    write(bob, cases[0], assignment, seconds=300)
    context = page(teacher, "follow_times", cohort).context
    assert {step.label: step.count for step in context["steps"] if step.count} == {
        "–10 s": 1,
        "–30 s": 1,
        "–45 s": 1,
        "–1 min": 1,
        "–5 min": 1,
        "–10 min": 1,
        ">10 min": 1,
    }
    (slow, bobs), (_quick, alices) = context["rows"]
    assert (slow.person.username, bobs.times.median, alices.times.median) == ("bob", 300, 45)


# --- curves ------------------------------------------------------------------------


def test_below_twenty_cases_the_page_says_so_and_draws_nothing(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, bob: User, teacher: Any
) -> None:
    for reader in (alice, bob):
        for case in cases:
            write(reader, case, assignment)
    response = page(teacher, "follow_curves", cohort)
    assertContains(response, "Two learners with 20 cases each are needed")
    assertNotContains(response, "<svg")
    assert all(row.change is None for row in response.context["rows"])


def test_twenty_cases_are_a_curve(
    cohort: Cohort, charlie: User, alice: User, bob: User, alices: Membership, teacher: Client
) -> None:
    cases = [make_case() for _number in range(20)]
    assignment = assign(cohort, charlie, cases)
    for reader, better in ((alice, 0.4), (bob, 0.0)):
        for number, case in enumerate(cases):
            at = timezone.now() - timedelta(hours=30 - number)
            score = 0.5 + (better if number > 9 else 0)
            write(reader, case, assignment, score=score, at=at)
    response = page(teacher, "follow_curves", cohort)
    first, last = response.context["steps"]
    assert (first.mean, last.mean, last.step.learners) == (50, 70, 2)
    assertContains(response, 'class="band"')
    gains = {row.learner.person.username: row.gain for row in response.context["rows"]}
    assert gains == {"alice": 20, "bob": -20}
    assertContains(response, '<td class="number">−20 ')
    assertNotContains(response, ">-20")
    own = page(teacher, "learner", cohort, alices.pk)
    assert [row.mean for row in own.context["steps"]] == [50, 90]
    assertContains(own, "Cohort, same cases")


# --- false findings ----------------------------------------------------------------


def test_false_findings_stand_with_the_films_they_were_seen_on(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, bob: User, teacher: Any
) -> None:
    write(alice, cases[0], assignment, {"fracture": "false_mark", "consolidation": "hit"})
    write(bob, cases[0], assignment, {"fracture": "false_mark"})
    write(bob, cases[1], assignment, {"fracture": "false_mark", "consolidation": "false_mark"})
    response = page(teacher, "follow_false", cohort)
    fracture, consolidation = response.context["rows"]
    assert (fracture.name, fracture.count, fracture.cases) == ("Fracture", 3, 2)
    assert fracture.in_a_hundred == 100
    assert [(film.learners, film.of) for film in fracture.films] == [(2, 2), (1, 1)]
    assert consolidation.count == 1
    assertContains(response, address_of(cases[0])[0])


def test_what_a_report_says_beyond_our_list_is_named_too(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    from radgame.progress.models import OutcomeLine

    assignment.game = Play.REPORT
    assignment.save()
    outcome = write(alice, cases[0], assignment, {"fracture": "false"})
    OutcomeLine.objects.create(outcome=outcome, concept="granulomatous-disease", result="false")
    OutcomeLine.objects.create(outcome=outcome, concept="unnamed", result="false")
    rows = page(teacher, "follow_false", cohort).context["rows"]
    assert sorted(row.name for row in rows) == [
        "Fracture",
        "Granulomatous disease",
        "Other findings",
    ]


# --- a learner ---------------------------------------------------------------------


def test_a_learner_is_seen_in_this_cohort_only(
    cohort: Cohort,
    assignment: Assignment,
    cases: list[Case],
    alice: User,
    charlie: User,
    alices: Membership,
    teacher: Client,
) -> None:
    other = services.create_cohort(
        instructor=charlie, name="Other", description="", time_zone="UTC"
    )
    elsewhere = assign(other, charlie, cases, slug="elsewhere", title="Elsewhere")
    write(alice, cases[0], assignment, {"fracture": "hit"}, score=0.25)
    write(alice, cases[1], elsewhere, {"fracture": "missed"}, score=0.75)
    write(alice, cases[2], None, {"fracture": "missed"}, score=0.85)
    response = page(teacher, "learner", cohort, alices.pk)
    assert response.context["figures"]["cases"] == 1
    assert [row.percent for row in response.context["rows"]] == [25]
    assert [row.assignment.title for row in response.context["given"]] == ["Ribs"]
    assertNotContains(response, "Elsewhere")


def test_a_learners_findings_are_set_beside_the_cohorts(
    cohort: Cohort,
    assignment: Assignment,
    cases: list[Case],
    alice: User,
    bob: User,
    alices: Membership,
    teacher: Client,
) -> None:
    for number, case in enumerate(cases[:5]):
        write(alice, case, assignment, {"fracture": "hit" if number else "missed"})
        write(bob, case, assignment, {"fracture": "misplaced", "consolidation": "false_mark"})
    (row,) = page(teacher, "learner", cohort, alices.pk).context["findings"]
    assert (row.name, row.share.percent, row.cohort_percent) == ("Fracture", 80, 40)
    assert (row.own.missed, row.own.false) == (1, 0)


def test_the_lowest_case_comes_first_and_leads_to_its_feedback(
    cohort: Cohort, charlie: User, alice: User, alices: Membership, teacher: Client
) -> None:
    nodule = make_case(said=[Said("nodule-mass", (10.0, 10.0, 90.0, 90.0))])
    assignment = assign(cohort, charlie, [make_case(), nodule])
    attempt = localize.start_assigned(reader=alice, assignment=assignment).attempt
    while attempt is not None:
        attempt = localize.submit_attempt(
            attempt=attempt, answer=Answer((), (), normal=True), elapsed_s=5
        )
        attempt = localize.advance(attempt=attempt)
    response = page(teacher, "learner", cohort, alices.pk)
    low, high = response.context["rows"]
    assert (low.percent, high.percent) == (0, 100)
    assert teacher.get(low.url).status_code == 200
    assert response.context["given"][0].words == "complete"


def test_each_assignment_has_its_fate(
    cohort: Cohort, cases: list[Case], charlie: User, alice: User, bob: User, alices: Membership
) -> None:
    now = timezone.now()
    bobs = Membership.objects.get(cohort=cohort, person=bob)
    week = timedelta(days=7)
    over = {"opens_at": now - 2 * week, "closes_at": now - week}
    assign(cohort, charlie, cases, slug="missed", title="Missed", **over)
    partly = assign(cohort, charlie, cases, slug="partly", title="Partly", **over)
    assign(cohort, charlie, cases, slug="bobs", title="Bob's", members=[bobs])
    fresh = assign(cohort, charlie, cases, slug="fresh", title="Fresh")
    write(alice, cases[0], partly, score=0.5, seconds=120)
    alice.localize_sittings.create(  # type: ignore[attr-defined]
        case_set=partly.case_set, assignment=partly
    )
    alice.localize_sittings.create(  # type: ignore[attr-defined]
        case_set=fresh.case_set, assignment=fresh
    )
    given = page(client_of(charlie), "learner", cohort, alices.pk).context["given"]
    words = {row.assignment.title: row.words for row in given}
    assert words == {"Missed": "missed", "Partly": "in part", "Fresh": "under way"}
    (one,) = (row for row in given if row.assignment.title == "Partly")
    assert (one.submitted, one.of, one.mean_percent, one.minutes) == (1, 6, 50, 2)


def test_an_instructor_is_no_learner_to_look_at(cohort: Cohort, teacher: Client) -> None:
    own = Membership.objects.instructors().get(cohort=cohort)
    address = reverse("classroom:learner", args=[cohort.pk, own.pk])
    assert teacher.get(address).status_code == 404


def test_who_left_is_not_looked_at(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alices: Membership, teacher: Client
) -> None:
    services.remove_member(membership=alices)
    for name in ("learner", "learner_cases_file", "learner_findings_file"):
        kind = ["csv"] if name.endswith("file") else []
        address = reverse(f"classroom:{name}", args=[cohort.pk, alices.pk, *kind])
        assert teacher.get(address).status_code == 404


# --- the ledger --------------------------------------------------------------------


def test_the_ledger_is_told_line_by_line(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, bob: User, teacher: Any
) -> None:
    write(alice, cases[0], assignment, {"fracture": "hit", "consolidation": "missed"}, score=0.5)
    write(bob, cases[1], assignment, score=1.0)
    write(alice, cases[2], None, {"fracture": "hit"})
    response = page(teacher, "follow_ledger_file", cohort, "csv")
    assert isinstance(response, StreamingHttpResponse)
    rows = read_csv(response.getvalue())
    told = [(row["learner"], row["case"], row["finding"], row["result"]) for row in rows]
    assert sorted(told[:2]) == [
        ("alice", cases[0].key, "consolidation", "missed"),
        ("alice", cases[0].key, "fracture", "hit"),
    ]
    # A normal film read as normal has no line, and is a row all the same.
    assert told[2:] == [("bob", cases[1].key, "", "")]
    assert {row["assignment"] for row in rows} == {str(assignment.pk)}


def test_a_ledger_that_is_too_long_for_a_workbook_is_refused_with_what_to_do(
    cohort: Cohort,
    assignment: Assignment,
    cases: list[Case],
    alice: User,
    teacher: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for case in cases[:3]:
        write(alice, case, assignment, {"fracture": "hit"})
    monkeypatch.setattr(export, "MOST_IN_A_WORKBOOK", 3)
    page(teacher, "follow_ledger_file", cohort, "xlsx")
    monkeypatch.setattr(export, "MOST_IN_A_WORKBOOK", 2)
    response = teacher.get(reverse("classroom:follow_ledger_file", args=[cohort.pk, "xlsx"]))
    assert response.status_code == 422
    assert "or save them as CSV" in response.content.decode()
    assert len(read_csv(page(teacher, "follow_ledger_file", cohort, "csv").getvalue())) == 3


# --- cost --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PAGES, "learner"])
def test_more_learners_and_cases_cost_no_more_queries(
    name: str,
    cohort: Cohort,
    assignment: Assignment,
    cases: list[Case],
    alice: User,
    alices: Membership,
    teacher: Client,
) -> None:
    learner = [alices.pk] if name == "learner" else []
    address = reverse(f"classroom:{name}", args=[cohort.pk, *learner])
    write(alice, cases[0], assignment, {"fracture": "hit", "consolidation": "false_mark"})
    teacher.get(address)
    with CaptureQueriesContext(connection) as few:
        teacher.get(address)
    for number in range(6):
        one = person(f"learner{number}")
        Membership.objects.create(cohort=cohort, person=one)
        for case in cases:
            write(one, case, assignment, {"fracture": "hit", "nodule-mass": "false_mark"})
    for case in cases[1:]:
        write(alice, case, assignment, {"fracture": "hit", "nodule-mass": "false_mark"})
    teacher.get(address)
    with CaptureQueriesContext(connection) as many:
        teacher.get(address)
    assert len(many) == len(few) <= 20


# --- tables that were pages before ---------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_members_are_told_without_their_addresses(
    kind: str, cohort: Cohort, teacher: Client
) -> None:
    content = page(teacher, "members_file", cohort, kind).content
    assert b"example.org" not in content
    if kind == "csv":
        told = [(row["User name"], row["Role"]) for row in read_csv(content)]
        assert told == [("charlie", "instructor"), ("alice", "member"), ("bob", "member")]


def test_results_are_the_same_in_both_files(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, teacher: Client
) -> None:
    write(alice, cases[0], assignment, score=0.75)
    text = teacher.get(reverse("classroom:results", args=[assignment.pk])).content
    book = teacher.get(reverse("classroom:results_xlsx", args=[assignment.pk])).content
    rows = load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(values_only=True)
    told = [["" if cell is None else str(cell) for cell in row] for row in rows]
    assert told == list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
