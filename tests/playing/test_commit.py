"""A submit is stored whole or not at all, in one statement or in several."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from localize.models import ROWS, Attempt
from radgame.accounts.models import User
from radgame.cases.models import Finding
from radgame.playing import services
from radgame.playing.services import Marked
from radgame.progress.models import Outcome, OutcomeLine
from radgame.progress.services import LedgerLine
from tests.factories import Said, make_case, make_set, person

Also = Sequence[Callable[[], object]]

# PostgreSQL claims and records in one statement, unless something else is to be written with it.
WAYS: list[Any] = [
    pytest.param((), id="by itself"),
    pytest.param((lambda: None,), id="with more"),
]
ANSWER = {"marks": [], "selected": ["é"], "normal": False}
STORED = {"result": {"lines": [0.25, None]}, "inputs": {}}


@pytest.fixture
def attempt(alice: User) -> Attempt:
    return opened(alice)


def opened(reader: User, *, slug: str = "set", case: Any = None) -> Attempt:
    case = case or make_case(said=[Said("nodule-mass", (10, 10, 50, 50))])
    case_set = make_set(case, slug=slug)
    attempt = services.start_sitting(rows=ROWS, reader=reader, case_set=case_set).attempt
    assert attempt is not None
    return attempt


def lines() -> list[LedgerLine]:
    nodule = Finding.objects.get(slug="nodule-mass")
    return [
        LedgerLine(nodule.pk, "hit"),
        LedgerLine(None, "missed", 0.5, concept="rib"),
        LedgerLine(nodule.pk, "false", 0.25, concept="granuloma"),
    ]


def commit(attempt: Attempt, *written: LedgerLine, score: float = 0.5, also: Also = ()) -> Attempt:
    return services.commit_answer(
        rows=ROWS,
        attempt=attempt,
        answer=ANSWER,
        elapsed_s=0,
        marked=Marked(score=score, version="rule-1", stored=STORED, lines=written),
        also=also,
    )


@pytest.mark.parametrize("also", WAYS)
def test_attempt_outcome_and_lines_are_stored_together(attempt: Attempt, also: Also) -> None:
    done = commit(attempt, *lines(), also=also)
    kept = Attempt.objects.get()
    for row in (done, kept):
        assert row.is_submitted
        assert (row.answer, row.result) == (ANSWER, STORED)
        assert (row.score, row.scorer_version, row.elapsed_s) == (0.5, "rule-1", 0)
    assert done.submitted_at == kept.submitted_at
    outcome = Outcome.objects.get()
    assert done.outcome == kept.outcome == outcome
    assert (outcome.reader_id, outcome.case_id) == (attempt.reader_id, attempt.case_id)
    assert (outcome.game, outcome.score, outcome.seconds) == ("localize", 0.5, 0)
    assert (outcome.scorer_version, outcome.is_first) == ("rule-1", True)
    assert outcome.occurred_at == kept.submitted_at
    told = OutcomeLine.objects.order_by("pk").values_list(
        "outcome", "finding__slug", "concept", "result", "weight"
    )
    assert list(told) == [
        (outcome.pk, "nodule-mass", "", "hit", 1.0),
        (outcome.pk, None, "rib", "missed", 0.5),
        (outcome.pk, "nodule-mass", "granuloma", "false", 0.25),
    ]


@pytest.mark.parametrize("also", WAYS)
def test_an_answer_without_lines_has_an_outcome_all_the_same(attempt: Attempt, also: Also) -> None:
    outcome = commit(attempt, also=also).outcome
    assert outcome is not None
    assert not outcome.lines.exists()


@pytest.mark.parametrize("also", WAYS)
def test_who_comes_second_is_given_the_first_result(attempt: Attempt, also: Also) -> None:
    late = Attempt.objects.get()
    commit(attempt, *lines(), score=1, also=also)
    told = commit(late, score=0, also=also)
    assert (told.score, told.outcome_id) == (1, attempt.outcome_id)
    assert Outcome.objects.count() == 1
    assert OutcomeLine.objects.count() == 3


@pytest.mark.parametrize("also", WAYS)
def test_of_two_attempts_at_a_case_the_first_rates_and_another_readers_too(
    attempt: Attempt, also: Also
) -> None:
    again = opened(attempt.reader, slug="again", case=attempt.case)
    others = opened(person("bob"), slug="others", case=attempt.case)
    for done in (attempt, again, others):
        commit(done, also=also)
    firsts = [
        done.outcome is not None and done.outcome.is_first for done in (attempt, again, others)
    ]
    assert firsts == [True, False, True]


@pytest.mark.parametrize("also", WAYS)
def test_what_the_database_refuses_leaves_nothing_behind(attempt: Attempt, also: Also) -> None:
    """And a transaction that was open before can go on."""
    with transaction.atomic():
        with pytest.raises(IntegrityError, match="line_is_about_something"):
            commit(attempt, LedgerLine(None, "missed"), also=also)
        assert not Attempt.objects.get().is_submitted
    assert not attempt.is_submitted
    assert not Outcome.objects.exists()
    commit(attempt, *lines(), also=also)
    assert Attempt.objects.get().is_submitted


@pytest.mark.parametrize("also", WAYS)
def test_a_word_too_long_for_its_column_is_refused_and_never_cut(
    attempt: Attempt, also: Also
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no length of a column")
    with pytest.raises(DataError), transaction.atomic():
        commit(attempt, LedgerLine(None, "x" * 21, concept="rib"), also=also)
    assert not Attempt.objects.get().is_submitted


def test_what_is_written_with_a_submit_shares_its_fate(attempt: Attempt) -> None:
    def note() -> None:
        User.objects.create(username="noted")

    def fail() -> None:
        raise RuntimeError("the queue is full")

    with pytest.raises(RuntimeError):
        commit(attempt, *lines(), also=[note, fail])
    assert not attempt.is_submitted
    assert not Attempt.objects.get().is_submitted
    assert not Outcome.objects.exists()
    assert not User.objects.filter(username="noted").exists()
    commit(attempt, *lines(), also=[note])
    assert Attempt.objects.get().is_submitted
    assert User.objects.filter(username="noted").exists()


def test_who_comes_second_writes_nothing_more(attempt: Attempt) -> None:
    late = Attempt.objects.get()
    commit(attempt)
    written: list[str] = []
    commit(late, also=[lambda: written.append("late")])
    assert written == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_on_postgresql_a_submit_is_one_statement() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite changes no rows within a common table expression")
    attempt = opened(person("alice"))
    written = lines()
    with CaptureQueriesContext(connection) as queries:
        commit(attempt, *written)
    assert len(queries) == 1
    assert Attempt.objects.get().outcome == Outcome.objects.get()
    assert OutcomeLine.objects.count() == 3
