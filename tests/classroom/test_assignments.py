"""Assignments: to whom, until when, in what order, and when feedback is shown."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from localize import services as localize
from localize.answers import Answer
from localize.models import Attempt, Sitting
from radgame.accounts.models import User
from radgame.accounts.own_data import delete_person
from radgame.cases.models import Audience, Case, CaseSet, Play, ReferenceReport
from radgame.classroom import services
from radgame.classroom.assigning import (
    create_assignment,
    given_to,
    results,
    withdraw_assignment,
)
from radgame.classroom.following.learner_pages import given_rows
from radgame.classroom.following.pages import unstarted
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.classroom.services import ClassroomError
from radgame.classroom.terms import GRACE, Fate
from radgame.playing.assigned import NotTaken
from radgame.progress.models import Outcome
from report import services as report
from report.models import Sitting as ReportSitting
from report.readings import Reading
from tests.conftest import client_of
from tests.factories import Said, make_case, make_dataset, make_report_case, make_set

BOX = (100.0, 100.0, 300.0, 300.0)
EMPTY = Answer((), (), normal=False)
SENTENCE = "A fracture of the seventh rib."


@pytest.fixture
def cohort(charlie: User, alice: User, bob: User) -> Cohort:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="America/New_York"
    )
    link = services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    for learner in (alice, bob):
        services.join_cohort(person=learner, code=link.code)
    return cohort


@pytest.fixture
def cases(db: None) -> list[Case]:
    return [make_case(said=[Said("fracture", BOX, sentence=SENTENCE)]) for _number in range(3)]


@pytest.fixture
def case_set(cases: list[Case]) -> CaseSet:
    return make_set(*cases)


def assign(cohort: Cohort, case_set: CaseSet, **conditions: Any) -> Assignment:
    instructor = cohort.memberships.instructors().get().person
    values: dict[str, Any] = {
        "title": "Ribs",
        "game": Play.LOCALIZE,
        "opens_at": timezone.now() - timedelta(hours=1),
        **conditions,
    }
    return create_assignment(cohort=cohort, made_by=instructor, case_set=case_set, **values)


def begin(reader: User, assignment: Assignment) -> Attempt:
    attempt = localize.start_assigned(reader=reader, assignment=assignment).attempt
    assert attempt is not None
    return attempt


def submit(attempt: Attempt) -> Attempt:
    return localize.submit_attempt(attempt=attempt, answer=EMPTY, elapsed_s=5)


def play_all(reader: User, assignment: Assignment) -> list[Attempt]:
    attempt: Attempt | None = begin(reader, assignment)
    done = []
    while attempt is not None:
        done.append(submit(attempt))
        attempt = localize.advance(attempt=attempt)
    return done


def fates(assignment: Assignment) -> dict[str, Fate]:
    return {result.person.username: result.fate for result in results(assignment)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator["Clock"]:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock.now)
    return clock


class Clock:
    """Time that a test can move on."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._real = timezone.now

    def now(self) -> datetime:
        return self._real() + self._ahead

    def pass_by(self, time: timedelta) -> None:
        self._ahead += time


# --- to whom -----------------------------------------------------------------------


def test_what_closes_first_comes_before_what_stays_open(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    now = timezone.now()
    stays_open = assign(cohort, case_set)
    later = assign(cohort, case_set, closes_at=now + timedelta(days=7))
    sooner = assign(cohort, case_set, closes_at=now + timedelta(days=1))
    assert [given.assignment for given in given_to(alice)] == [sooner, later, stays_open]


def test_an_assignment_is_for_the_cohort_and_who_joins_later(
    cohort: Cohort, case_set: CaseSet, alice: User, dana: User
) -> None:
    assignment = assign(cohort, case_set)
    assert [given.assignment for given in given_to(alice)] == [assignment]
    assert given_to(dana) == []
    Membership.objects.create(cohort=cohort, person=dana)
    assert [given.assignment for given in given_to(dana)] == [assignment]


def test_an_assignment_may_be_for_some_only(
    cohort: Cohort, case_set: CaseSet, alice: User, bob: User
) -> None:
    member = Membership.objects.get(person=alice)
    assignment = assign(cohort, case_set, members=[member])
    assert [given.assignment for given in given_to(alice)] == [assignment]
    assert given_to(bob) == []
    assert set(fates(assignment)) == {"alice"}


def test_an_assignment_for_some_is_for_nobody_else_when_they_have_gone(
    cohort: Cohort, case_set: CaseSet, alice: User, bob: User, charlie: User
) -> None:
    assignment = assign(cohort, case_set, members=[Membership.objects.get(person=alice)])
    delete_person(person=alice)
    assert given_to(bob) == []
    assert fates(assignment) == {}
    bobs = Membership.objects.select_related("person").filter(person=bob)
    assert unstarted([assignment], list(bobs)) == []
    assert given_rows([assignment], bobs.get()) == []
    page = client_of(charlie).get(reverse("classroom:assignment", args=[assignment.pk]))
    assertContains(page, "for 0 people")


@pytest.mark.django_db(transaction=True)
def test_assignments_from_before_keep_whom_they_are_for() -> None:
    before, after = [("classroom", "0003_studies_and_options")], [("classroom", "0004_for_whom")]
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    try:
        executor.migrate(before)
        rooms = [executor.loader.graph.leaf_nodes(room)[0] for room in ("accounts", "cases")]
        old = executor.loader.project_state([*rooms, *before]).apps
        person = old.get_model("accounts", "User").objects.create(username="old")
        cohort = old.get_model("classroom", "Cohort").objects.create(name="Old")
        member = old.get_model("classroom", "Membership").objects.create(
            cohort=cohort, person=person
        )
        values = {
            "cohort": cohort,
            "case_set": old.get_model("cases", "CaseSet").objects.create(slug="old", title="Old"),
            "game": "localize",
            "opens_at": timezone.now(),
        }
        assignments = old.get_model("classroom", "Assignment").objects
        some = assignments.create(title="some", **values)
        assignments.create(title="all", **values)
        old.get_model("classroom", "AssignmentMember").objects.create(
            assignment=some, membership=member
        )
        executor = MigrationExecutor(connection)
        executor.migrate(after)
        new = executor.loader.project_state(after).apps.get_model("classroom", "Assignment")
        assert dict(new.objects.values_list("title", "is_for_all")) == {"some": False, "all": True}
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(leaves)


def test_nothing_is_given_before_it_opens_after_it_is_withdrawn_or_in_an_archive(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    assign(cohort, case_set, opens_at=timezone.now() + timedelta(days=1))
    assert given_to(alice) == []
    assignment = assign(cohort, case_set)
    withdraw_assignment(assignment=assignment)
    assert given_to(alice) == []
    assign(cohort, case_set)
    services.archive_cohort(cohort=cohort)
    assert given_to(alice) == []


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"game": Play.REPORT}, "no case"),
        ({"closes_at": timezone.now() - timedelta(days=9)}, "before it opens"),
        ({"feedback": "after_close"}, "needs a date"),
    ],
)
def test_an_assignment_that_cannot_work_is_refused(
    conditions: dict[str, Any], words: str, cohort: Cohort, case_set: CaseSet
) -> None:
    with pytest.raises(ClassroomError, match=words):
        assign(cohort, case_set, **conditions)
    assert not Assignment.objects.exists()


def test_a_set_with_films_that_learners_may_not_open_is_refused(
    cohort: Cohort, cases: list[Case]
) -> None:
    closed = make_dataset("closed", audience=Audience.STAFF)
    mixed = make_set(cases[0], make_case(dataset=closed), slug="mixed")
    with pytest.raises(ClassroomError, match="“Mixed”, 1 are of the dataset “Closed”"):
        assign(cohort, mixed)
    closed.audience = Audience.SIGNED_IN
    closed.save()
    assert assign(cohort, mixed)


def test_a_member_of_another_cohort_cannot_be_given_it(
    cohort: Cohort, case_set: CaseSet, charlie: User, dana: User
) -> None:
    other = services.create_cohort(
        instructor=charlie, name="Other", description="", time_zone="UTC"
    )
    stranger = Membership.objects.create(cohort=other, person=dana)
    with pytest.raises(ClassroomError, match="Only members"):
        assign(cohort, case_set, members=[stranger])


# --- playing it ----------------------------------------------------------------------


def test_it_is_played_once_and_apart_from_free_play(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    assignment = assign(cohort, case_set)
    free = localize.start_sitting(reader=alice, case_set=case_set).sitting
    done = play_all(alice, assignment)
    assert len(done) == 3
    assert done[0].sitting_id != free.pk
    again = localize.start_assigned(reader=alice, assignment=assignment)
    assert again.attempt is None
    assert again.sitting == done[0].sitting
    assert Sitting.objects.filter(assignment=assignment).count() == 1


def test_what_it_was_worth_names_the_assignment(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    assignment = assign(cohort, case_set)
    play_all(alice, assignment)
    assert set(Outcome.objects.values_list("assignment", flat=True)) == {assignment.pk}


def test_a_shuffled_order_is_the_learners_own_and_complete(
    cohort: Cohort, alice: User, bob: User
) -> None:
    case_set = make_set(*(make_case() for _number in range(12)))
    assignment = assign(cohort, case_set, is_shuffled=True)
    orders = [[a.case_id for a in play_all(reader, assignment)] for reader in (alice, bob)]
    fixed = list(case_set.items.order_by("position").values_list("case_id", flat=True))
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(fixed)
    assert orders[0] != orders[1] != fixed


def test_a_withdrawn_case_is_stepped_over_in_a_shuffled_order_too(
    cohort: Cohort, alice: User
) -> None:
    made = [make_case() for _number in range(6)]
    assignment = assign(cohort, make_set(*made), is_shuffled=True)
    begin(alice, assignment)
    Case.objects.filter(pk__in=[case.pk for case in made[:3]]).update(status="withdrawn")
    played = {attempt.case_id for attempt in play_all(alice, assignment)}
    assert {case.pk for case in made[3:]} <= played


def test_instructor_and_learner_are_told_the_same_when_a_case_was_withdrawn(
    cohort: Cohort, case_set: CaseSet, cases: list[Case], alice: User
) -> None:
    assignment = assign(cohort, case_set, closes_at=timezone.now() + timedelta(days=1))
    cases[1].status = Case.Status.WITHDRAWN
    cases[1].save()
    assert len(play_all(alice, assignment)) == 2
    learner = Membership.objects.select_related("person").get(person=alice)
    told = [given_to(alice)[0], results(assignment)[0], given_rows([assignment], learner)[0]]
    assert [one.fate for one in told] == 3 * [Fate.COMPLETE]
    assert [one.work.submitted for one in told[:2]] == [2, 2]  # type: ignore[union-attr]


def test_after_closing_nothing_is_taken_and_what_was_begun_is_kept(
    cohort: Cohort, case_set: CaseSet, alice: User, clock: Clock
) -> None:
    assignment = assign(cohort, case_set, closes_at=timezone.now() + timedelta(hours=1))
    attempt = begin(alice, assignment)
    clock.pass_by(timedelta(hours=1) + 2 * GRACE)
    with pytest.raises(NotTaken, match="closed"):
        submit(attempt)
    attempt.refresh_from_db()
    assert not attempt.is_submitted
    assert attempt.draft_revision == 1
    assert not Outcome.objects.exists()
    assert fates(assignment) == {"alice": Fate.ABANDONED, "bob": Fate.MISSED}
    with pytest.raises(NotTaken):
        localize.start_assigned(reader=User.objects.get(username="bob"), assignment=assignment)


def test_late_work_is_taken_where_it_is_allowed_and_called_late(
    cohort: Cohort, case_set: CaseSet, alice: User, clock: Clock
) -> None:
    closes_at = timezone.now() + timedelta(hours=1)
    assignment = assign(cohort, case_set, closes_at=closes_at, accepts_late=True)
    clock.pass_by(timedelta(hours=2))
    play_all(alice, assignment)
    assert fates(assignment) == {"alice": Fate.LATE, "bob": Fate.NOT_STARTED}


def test_the_time_limit_runs_from_the_first_case(
    cohort: Cohort, case_set: CaseSet, alice: User, clock: Clock
) -> None:
    assignment = assign(cohort, case_set, time_limit_min=10)
    first = begin(alice, assignment)
    clock.pass_by(timedelta(minutes=9))
    submit(first)
    second = localize.advance(attempt=first)
    assert second is not None
    clock.pass_by(timedelta(minutes=3))
    with pytest.raises(NotTaken, match="time for this is over"):
        submit(second)
    assert fates(assignment)["alice"] == Fate.PARTIAL


def archive(assignment: Assignment, _reader: User) -> None:
    services.archive_cohort(cohort=assignment.cohort)


def withdraw(assignment: Assignment, _reader: User) -> None:
    withdraw_assignment(assignment=assignment)


def remove(assignment: Assignment, reader: User) -> None:
    services.remove_member(
        membership=Membership.objects.get(cohort=assignment.cohort, person=reader)
    )


END = pytest.mark.parametrize(
    ("end", "words"),
    [(withdraw, "was withdrawn"), (archive, "is archived"), (remove, "no longer a learner")],
)


@END
def test_what_was_taken_back_takes_no_submit_and_keeps_the_draft(
    end: Callable[[Assignment, User], None],
    words: str,
    cohort: Cohort,
    case_set: CaseSet,
    alice: User,
    alice_client: Client,
) -> None:
    assignment = assign(cohort, case_set)
    attempt = begin(alice, assignment)
    end(assignment, alice)
    answer = alice_client.post(
        reverse("localize:submit", args=[attempt.pk]),
        {"answer": '{"marks": [], "selected": [], "normal": true}', "elapsed_s": "3"},
        headers={"HX-Request": "true"},
    )
    assertContains(answer, words, status_code=422)
    attempt.refresh_from_db()
    assert not attempt.is_submitted
    assert attempt.answer["normal"]
    assert not Outcome.objects.exists()


@pytest.mark.parametrize("game", list(Play))
def test_what_is_over_shows_no_film_and_leads_to_what_was_submitted(
    game: Play, cohort: Cohort, alice: User, alice_client: Client, clock: Clock
) -> None:
    made = make_case() if game is Play.LOCALIZE else make_report_case(findings=SENTENCE)
    assignment = assign(cohort, make_set(made), game=game, time_limit_min=10)
    start = reverse(f"{game.value}:start_assigned", args=[assignment.pk])
    film = alice_client.post(start)["Location"]
    clock.pass_by(timedelta(minutes=12))
    begun = Sitting if game is Play.LOCALIZE else ReportSitting
    summary = reverse(f"{game.value}:summary", args=[begun.objects.get().pk])
    for answer in (alice_client.post(start), alice_client.get(film)):
        assertContains(answer, "The time for this is over", status_code=409)
        assertContains(answer, f'href="{summary}"', status_code=409)


def test_the_next_film_is_not_opened_when_the_time_is_over(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client, clock: Clock
) -> None:
    assignment = assign(cohort, case_set, time_limit_min=10)
    first = submit(begin(alice, assignment))
    clock.pass_by(timedelta(minutes=12))
    summary = reverse("localize:summary", args=[first.sitting_id])
    for answer in (
        alice_client.post(reverse("localize:next", args=[first.pk])),
        alice_client.post(reverse("localize:start_assigned", args=[assignment.pk])),
    ):
        assertContains(answer, "The time for this is over", status_code=409)
        assertContains(answer, f'href="{summary}"', status_code=409)
    assert Attempt.objects.count() == 1


def test_a_set_whose_last_case_was_submitted_in_time_ends_after_it_too(
    cohort: Cohort, alice: User, alice_client: Client, clock: Clock
) -> None:
    assignment = assign(cohort, make_set(make_case()), time_limit_min=10)
    done = submit(begin(alice, assignment))
    clock.pass_by(timedelta(minutes=12))
    answer = alice_client.post(reverse("localize:start_assigned", args=[assignment.pk]))
    assert answer["Location"] == reverse("localize:summary", args=[done.sitting_id])
    assert Sitting.objects.get().finished_at is not None


@END
def test_what_was_taken_back_is_not_gone_on_with(
    end: Callable[[Assignment, User], None],
    words: str,
    cohort: Cohort,
    case_set: CaseSet,
    alice: User,
    alice_client: Client,
) -> None:
    assignment = assign(cohort, case_set)
    attempt = submit(begin(alice, assignment))
    end(assignment, alice)
    answer = alice_client.post(reverse("localize:next", args=[attempt.pk]))
    assertContains(answer, words, status_code=409)
    assert Attempt.objects.count() == 1
    assert Sitting.objects.get().finished_at is None


def test_what_is_finished_may_be_looked_through_when_it_was_taken_back(
    cohort: Cohort, case_set: CaseSet, alice: User
) -> None:
    assignment = assign(cohort, case_set)
    done = play_all(alice, assignment)
    withdraw_assignment(assignment=assignment)
    assert localize.advance(attempt=done[0]) == done[1]
    assert localize.advance(attempt=done[-1]) is None


@END
def test_a_learner_finds_what_they_did_of_what_was_taken_back(
    end: Callable[[Assignment, User], None],
    words: str,
    cohort: Cohort,
    case_set: CaseSet,
    alice: User,
    bob: User,
    alice_client: Client,
) -> None:
    assignment = assign(cohort, case_set)
    attempt = submit(begin(alice, assignment))
    summary = reverse("localize:summary", args=[attempt.sitting_id])
    own = reverse("classroom:own_assignments")
    assertNotContains(alice_client.get(own), "Taken back")
    end(assignment, alice)
    page = alice_client.get(own)
    assertContains(page, "Taken back")
    assertContains(page, f'href="{summary}"', count=1)
    assertContains(page, "1 of 3 submitted")
    assertNotContains(page, reverse("localize:start_assigned", args=[assignment.pk]))
    assert alice_client.get(summary).status_code == 200
    # Of somebody who did nothing of it nothing is to be found.
    assertNotContains(client_of(bob).get(own), "Taken back")


def test_feedback_that_no_last_case_can_open_is_not_promised(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    assignment = assign(cohort, case_set, feedback=Assignment.Feedback.AFTER_SET)
    attempt = submit(begin(alice, assignment))
    summary = reverse("localize:summary", args=[attempt.sitting_id])
    assertContains(alice_client.get(summary), "Feedback opens when")
    withdraw_assignment(assignment=assignment)
    assertContains(alice_client.get(summary), "it stays closed")


def kept_plans() -> dict[str, str]:
    """What PostgreSQL runs under the calls of statements that it keeps."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, statement FROM pg_prepared_statements")
        return {f"EXECUTE {name}": statement for name, statement in cursor.fetchall()}


def test_a_submit_asks_once_of_what_is_assigned_and_never_in_free_play(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    def asked(attempt: Attempt | None) -> int:
        assert attempt is not None
        with CaptureQueriesContext(connection) as queries:
            answer = alice_client.post(
                reverse("localize:submit", args=[attempt.pk]),
                {"answer": '{"marks": [], "selected": [], "normal": true}', "elapsed_s": "3"},
                headers={"HX-Request": "true"},
            )
        assert answer.status_code == 200
        plans = kept_plans()
        said = (plans.get(query["sql"].split(" (")[0], query["sql"]) for query in queries)
        return sum("classroom_" in sql for sql in said)

    assert asked(localize.start_sitting(reader=alice, case_set=case_set).attempt) == 0
    assert asked(begin(alice, assign(cohort, case_set))) == 1


# --- feedback ------------------------------------------------------------------------


def page_of(client: Client, attempt: Attempt) -> Any:
    return client.get(reverse("localize:attempt", args=[attempt.pk]))


def test_feedback_after_the_set_is_shown_for_no_case_before(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    assignment = assign(cohort, case_set, feedback="after_set")
    first = submit(begin(alice, assignment))
    page = page_of(alice_client, first)
    assertContains(page, "when you have submitted the whole set")
    assertNotContains(page, SENTENCE)
    assertNotContains(page, "Missed")
    for name in ("explanations",):
        poll = alice_client.get(reverse(f"localize:{name}", args=[first.pk]))
        assert poll.status_code == 404
    flag = reverse("localize:flag", args=[first.pk])
    assert alice_client.post(flag, {"comment": "?"}).status_code == 409
    summary = alice_client.get(reverse("localize:summary", args=[first.sitting_id]))
    assertNotContains(summary, "of 100")
    play_all(alice, assignment)
    assertContains(page_of(alice_client, first), SENTENCE)
    summary = alice_client.get(reverse("localize:summary", args=[first.sitting_id]))
    assertContains(summary, "of 100")


def test_feedback_after_closing_waits_for_it_even_when_all_is_done(
    cohort: Cohort, case_set: CaseSet, alice: User, clock: Clock
) -> None:
    client = client_of(alice)
    closes_at = timezone.now() + timedelta(days=1)
    assignment = assign(cohort, case_set, feedback="after_close", closes_at=closes_at)
    first, *_rest = play_all(alice, assignment)
    page = page_of(client, first)
    assertContains(page, "Feedback opens on")
    assertContains(page, "America/New_York")
    assertNotContains(page, SENTENCE)
    clock.pass_by(timedelta(days=1, minutes=1))
    assertContains(page_of(client, first), SENTENCE)


def test_the_answer_to_a_submit_gives_nothing_away_while_feedback_is_closed(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    attempt = begin(alice, assign(cohort, case_set, feedback="after_set"))
    answer = alice_client.post(
        reverse("localize:submit", args=[attempt.pk]),
        {"answer": '{"marks": [], "selected": [], "normal": true}', "elapsed_s": "3"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assertContains(answer, "Submitted")
    assertNotContains(answer, SENTENCE)
    assertNotContains(answer, "fracture")


def test_a_submit_that_comes_too_late_is_told_why(
    cohort: Cohort, case_set: CaseSet, alice: User, clock: Clock
) -> None:
    client = client_of(alice)
    attempt = begin(alice, assign(cohort, case_set, time_limit_min=1))
    clock.pass_by(timedelta(minutes=2))
    answer = client.post(
        reverse("localize:submit", args=[attempt.pk]),
        {"answer": '{"marks": [], "selected": [], "normal": true}', "elapsed_s": "3"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 422
    assertContains(answer, "time for this is over", status_code=422)


# --- pages ---------------------------------------------------------------------------


def test_a_summary_leads_on_only_while_work_is_taken(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client, clock: Clock
) -> None:
    assignment = assign(cohort, case_set, closes_at=timezone.now() + timedelta(days=1))
    sitting = submit(begin(alice, assignment)).sitting
    summary = reverse("localize:summary", args=[sitting.pk])
    assertContains(alice_client.get(summary), "Go on with this set")
    clock.pass_by(timedelta(days=2))
    cut_short = alice_client.get(summary)
    assertNotContains(cut_short, "Go on with this set")
    # Two of three were never read.
    assertContains(cut_short, "mean of what you submitted")
    assertNotContains(cut_short, "mean over the set")


def test_an_instructor_assigns_by_the_cohorts_clock(
    cohort: Cohort, case_set: CaseSet, charlie: User
) -> None:
    client = client_of(charlie)
    answer = client.post(
        reverse("classroom:assign", args=[cohort.pk]),
        {
            "title": "Winter test",
            "case_set": case_set.pk,
            "games": ["localize"],
            "mode": "test",
            "feedback": "after_set",
            "opens_at": "2026-12-01T09:00",
            "closes_at": "2026-12-01T17:00",
        },
    )
    made = Assignment.objects.get()
    assert answer.headers["Location"] == reverse("classroom:assignment", args=[made.pk])
    # New York is five hours behind in December.
    assert made.opens_at.isoformat() == "2026-12-01T14:00:00+00:00"
    assert made.made_by == charlie
    assertContains(client.get(reverse("classroom:assignment", args=[made.pk])), "1 Dec 2026, 09:00")
    assertContains(client.get(reverse("classroom:cohort", args=[cohort.pk])), "Winter test")


def test_a_form_that_cannot_be_met_keeps_what_was_typed(
    cohort: Cohort, case_set: CaseSet, charlie: User
) -> None:
    answer = client_of(charlie).post(
        reverse("classroom:assign", args=[cohort.pk]),
        {
            "title": "Backwards",
            "case_set": case_set.pk,
            "games": ["localize"],
            "mode": "test",
            "feedback": "at_once",
            "opens_at": "2026-12-02T09:00",
            "closes_at": "2026-12-01T09:00",
        },
    )
    assertContains(answer, "before it opens", status_code=422)
    assertContains(answer, "Backwards", status_code=422)


def test_a_learner_finds_what_is_due_at_home_and_starts_it(
    cohort: Cohort, case_set: CaseSet, alice_client: Client
) -> None:
    assignment = assign(cohort, case_set, closes_at=timezone.now() + timedelta(days=1))
    assertContains(alice_client.get(reverse("home")), "Ribs")
    start = reverse("localize:start_assigned", args=[assignment.pk])
    started = alice_client.post(start)
    attempt = Attempt.objects.get()
    assert started.headers["Location"] == reverse("localize:attempt", args=[attempt.pk])
    play = alice_client.get(started.headers["Location"])
    assertContains(play, "Ribs")
    assertContains(play, "until")


@pytest.mark.parametrize("page", ["home", "classroom:own_assignments"])
def test_a_learner_is_told_the_terms_before_they_start(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client, page: str
) -> None:
    closes_at = datetime(2126, 6, 1, 21, 30, tzinfo=UTC)
    test = assign(
        cohort,
        case_set,
        mode=Assignment.Mode.TEST,
        feedback=Assignment.Feedback.AFTER_CLOSE,
        time_limit_min=30,
        closes_at=closes_at,
        accepts_late=True,
        instructions="Without the atlas.",
    )
    clock = "Sat 1 Jun, 17:30 (America/New_York)"
    late = f"closes {clock}, later work is marked late"
    shown = alice_client.get(reverse(page))
    assertContains(
        shown,
        f"Test · 30 minutes for all of it, from the start on · feedback after it closes · {late}",
    )
    assertContains(shown, "Without the atlas.")
    begin(alice, test)
    assertNotContains(alice_client.get(reverse(page)), "30 minutes for all of it")


@pytest.mark.parametrize("page", ["home", "classroom:own_assignments"])
def test_the_last_moment_names_its_clock(
    cohort: Cohort, case_set: CaseSet, alice_client: Client, page: str
) -> None:
    assign(cohort, case_set, closes_at=datetime(2126, 6, 1, 21, 30, tzinfo=UTC))
    assertContains(alice_client.get(reverse(page)), "until Sat 1 Jun, 17:30 (America/New_York)")


def test_the_results_are_a_table_and_a_file(
    cohort: Cohort, case_set: CaseSet, alice: User, charlie: User
) -> None:
    assignment = assign(cohort, case_set)
    play_all(alice, assignment)
    client = client_of(charlie)
    page = client.get(reverse("classroom:assignment", args=[assignment.pk]))
    assertContains(page, "complete")
    assertContains(page, "not started")
    file = client.get(reverse("classroom:results", args=[assignment.pk]))
    lines = file.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[:5] for line in lines[1:]] == [
        ["alice", "", "complete", "3", "3"],
        ["bob", "", "not_started", "0", "3"],
    ]


@pytest.mark.parametrize("learners", [2, 30])
def test_the_results_take_the_same_queries_for_any_cohort(
    learners: int,
    cohort: Cohort,
    case_set: CaseSet,
    charlie: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    assignment = assign(cohort, case_set)
    for number in range(learners):
        person = User.objects.create_user(f"learner{number}")
        Membership.objects.create(cohort=cohort, person=person)
        submit(begin(person, assignment))
    client = client_of(charlie)
    page = reverse("classroom:assignment", args=[assignment.pk])
    client.get(page)
    with django_assert_num_queries(5):
        client.get(page)


def test_an_assignment_for_the_other_game_is_not_there(
    cohort: Cohort, case_set: CaseSet, alice_client: Client
) -> None:
    assignment = assign(cohort, case_set)
    wrong = alice_client.post(reverse("report:start_assigned", args=[assignment.pk]))
    assert wrong.status_code == 404
    assert not ReportSitting.objects.exists()


@pytest.mark.parametrize(("mode", "shown"), [("practice", True), ("test", False)])
def test_a_test_has_no_checklist_beside_the_text(
    mode: str, shown: bool, cohort: Cohort, alice: User, alice_client: Client
) -> None:
    case = make_case(for_report=True)
    ReferenceReport.objects.create(study=case.study, findings="Clear lungs.")
    assignment = assign(cohort, make_set(case), game=Play.REPORT, mode=mode)
    started = alice_client.post(reverse("report:start_assigned", args=[assignment.pk]))
    page = alice_client.get(started.headers["Location"])
    assert ("data-checklist" in page.content.decode()) is shown


def test_the_words_of_the_second_judge_wait_for_feedback_too(
    cohort: Cohort, alice: User, alice_client: Client
) -> None:
    case = make_case(for_report=True)
    ReferenceReport.objects.create(study=case.study, findings=SENTENCE)
    assignment = assign(
        cohort,
        make_set(case, make_case()),
        game=Play.REPORT,
        feedback="after_close",
        closes_at=timezone.now() + timedelta(days=1),
    )
    attempt = report.start_assigned(reader=alice, assignment=assignment).attempt
    assert attempt is not None
    report.submit_attempt(attempt=attempt, reading=Reading("Clear."), elapsed_s=1)
    page = alice_client.get(reverse("report:attempt", args=[attempt.pk]))
    assertNotContains(page, "rib")
    poll = alice_client.get(reverse("report:judgement", args=[attempt.pk]), {"n": "1"})
    assert poll.status_code == 404


def test_what_was_assigned_is_gone_on_with_under_its_own_name_only(
    cohort: Cohort, case_set: CaseSet, alice: User, alice_client: Client
) -> None:
    begin(alice, assign(cohort, case_set))
    home = alice_client.get(reverse("home"))
    assertNotContains(home, f"<h1>{case_set.title}</h1>")
    assert home.context["home"].current is None


def test_the_form_opens_with_this_moment_by_the_cohorts_clock(
    cohort: Cohort, charlie: User
) -> None:
    page = client_of(charlie).get(reverse("classroom:assign", args=[cohort.pk]))
    shown = page.context["form"]["opens_at"].value()
    now = timezone.localtime(timezone=cohort.zone)
    assert abs(datetime.fromisoformat(shown) - now.replace(tzinfo=None)) < timedelta(minutes=2)
