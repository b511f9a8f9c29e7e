"""What is kept between pages is what the ledger says, whatever happened to it meanwhile."""

from datetime import UTC, datetime

import pytest
from django.core.cache.backends.dummy import DummyCache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from radgame.accounts.models import User
from radgame.cases.models import Case, Play
from radgame.classroom.following import kept, played
from radgame.classroom.following.asked import Asked
from radgame.classroom.models import Assignment, Cohort
from radgame.progress.models import Finding, Outcome
from radgame.progress.services import LedgerLine, revise_outcome
from tests.classroom.following.conftest import assign, write


@pytest.fixture(params=["near", "cache", "neither"])
def forgets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is lost between two pages: nothing, what the process keeps, or the cache too."""
    if request.param != "near":
        monkeypatch.setattr(kept, "near", kept.AtHand(0))
    if request.param == "neither":
        monkeypatch.setattr(kept, "cache", DummyCache("", {}))
    return str(request.param)


def asked(*assignments: Assignment) -> Asked:
    return Asked(Play.LOCALIZE, assignments)


def scores(assignments: Asked, readers: list[int]) -> list[float]:
    return sorted(played.records_of(assignments, readers).score.tolist())


def results(assignments: Asked, readers: list[int]) -> list[tuple[float, str]]:
    """Each line with the score of its outcome, so that a line on the wrong row shows."""
    found = played.played(assignments, readers)
    return sorted(
        (float(found.records.score[row]), played.RESULTS[result])
        for row, result in zip(found.lines.row, found.lines.result, strict=True)
    )


def test_what_comes_after_is_read_on(
    assignment: Assignment, cases: list[Case], alice: User, bob: User, forgets: str
) -> None:
    everybody = [alice.pk, bob.pk]
    write(alice, cases[0], assignment, {"fracture": "hit"}, score=0.1)
    assert results(asked(assignment), everybody) == [(0.1, "hit")]
    write(bob, cases[0], assignment, {"fracture": "missed", "cardiomegaly": "hit"}, score=0.2)
    write(bob, cases[1], assignment, score=0.3)
    assert scores(asked(assignment), everybody) == [0.1, 0.2, 0.3]
    assert results(asked(assignment), everybody) == [(0.1, "hit"), (0.2, "hit"), (0.2, "missed")]
    assert results(asked(assignment), [alice.pk]) == [(0.1, "hit")]


def test_what_is_marked_anew_is_read_anew(
    assignment: Assignment, cases: list[Case], alice: User, forgets: str
) -> None:
    outcome = write(alice, cases[0], assignment, {"fracture": "missed"}, score=0.1)
    assert scores(asked(assignment), [alice.pk]) == [0.1]
    line = LedgerLine(Finding.objects.get(slug="fracture").pk, "hit")
    revise_outcome(outcome=outcome, score=0.9, scorer_version="1", lines=[line])
    assert results(asked(assignment), [alice.pk]) == [(0.9, "hit")]
    # The same score by another rule may have come about in another way.
    revise_outcome(
        outcome=outcome,
        score=0.9,
        scorer_version="2",
        lines=[LedgerLine(Finding.objects.get(slug="fracture").pk, "misplaced")],
    )
    assert results(asked(assignment), [alice.pk]) == [(0.9, "misplaced")]


def test_what_is_deleted_is_gone(
    assignment: Assignment, cases: list[Case], alice: User, bob: User, forgets: str
) -> None:
    write(alice, cases[0], assignment, score=0.1)
    write(bob, cases[0], assignment, score=0.2)
    assert scores(asked(assignment), [alice.pk, bob.pk]) == [0.1, 0.2]
    Outcome.objects.filter(reader=alice).delete()
    assert scores(asked(assignment), [alice.pk, bob.pk]) == [0.2]
    Outcome.objects.all().delete()
    assert scores(asked(assignment), [alice.pk, bob.pk]) == []


def test_one_that_was_committed_late_is_not_left_out(
    assignment: Assignment, cases: list[Case], alice: User, bob: User, forgets: str
) -> None:
    early = write(alice, cases[0], assignment, score=0.1)
    key = early.pk
    early.delete()
    write(bob, cases[0], assignment, score=0.2)
    assert scores(asked(assignment), [alice.pk, bob.pk]) == [0.2]
    # Its key was given first, and its transaction ended last.
    late = write(alice, cases[0], assignment, score=0.1)
    Outcome.objects.filter(pk=late.pk).update(id=key)
    assert scores(asked(assignment), [alice.pk, bob.pk]) == [0.1, 0.2]


def test_assignments_are_kept_apart(
    cohort: Cohort, assignment: Assignment, cases: list[Case], alice: User, charlie: User
) -> None:
    second = assign(cohort, charlie, cases, slug="second")
    write(alice, cases[0], second, {"fracture": "hit"}, score=0.7)
    write(alice, cases[1], assignment, {"fracture": "missed"}, score=0.1)
    write(alice, cases[2], second, {"fracture": "misplaced"}, score=0.4)
    assert results(asked(assignment, second), [alice.pk]) == [
        (0.1, "missed"),
        (0.4, "misplaced"),
        (0.7, "hit"),
    ]
    assert scores(asked(assignment), [alice.pk]) == [0.1]


def test_dates_are_asked_of_what_is_kept(
    assignment: Assignment, cases: list[Case], alice: User
) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    write(alice, cases[0], assignment, {"fracture": "hit"}, score=0.1, at=noon)
    write(alice, cases[1], assignment, {"fracture": "missed"}, score=0.2)
    before = Asked(Play.LOCALIZE, (assignment,), before=noon)
    since = Asked(Play.LOCALIZE, (assignment,), since=noon, before=noon.replace(hour=13))
    assert scores(before, [alice.pk]) == []
    assert results(since, [alice.pk]) == [(0.1, "hit")]


def test_what_has_not_changed_is_one_query(
    assignment: Assignment, cases: list[Case], alice: User
) -> None:
    write(alice, cases[0], assignment)
    scores(asked(assignment), [alice.pk])
    with CaptureQueriesContext(connection) as queries:
        scores(asked(assignment), [alice.pk])
    assert len(queries) == 1


def test_a_read_is_bounded_and_goes_on_where_it_stopped(
    assignment: Assignment, cases: list[Case], alice: User
) -> None:
    for case in cases:
        write(alice, case, assignment, {"fracture": "hit"})
    source = played.LedgerSource()
    found = [kept.gather([assignment.pk], source, most=4) for _time in range(2)]
    assert [(one.rows, one.of, one.is_whole) for one in found] == [(4, 6, False), (6, 6, True)]
    assert len(found[1].parts["lines"]) == 6
