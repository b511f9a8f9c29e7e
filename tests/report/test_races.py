"""Many requests at once, on a database that serves many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.playing.services import DraftRefused, keep_draft
from radgame.progress.models import Outcome, OutcomeLine
from report import access, services
from report.models import ROWS, Attempt
from report.readings import Reading
from tests.factories import make_report_case, make_set, person
from tests.report.conftest import FINDINGS, opened

AT_ONCE = 8
READINGS = [Reading("Lungs clear."), Reading("Moderate right pleural effusion.")]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
]


@pytest.fixture(autouse=True)
def _many_connections(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory serves one connection; the run on PostgreSQL does this")


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def case() -> Case:
    return make_report_case(FINDINGS)


def together(work: Callable[[int], object]) -> list[object]:
    """Run the work in threads that all start at the same moment."""
    gate = Barrier(AT_ONCE)

    def one(number: int) -> object:
        gate.wait()
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_eight_submits_of_one_attempt_at_once_leave_one_result(alice: User, case: Case) -> None:
    attempt = opened(alice, case)

    def submit(number: int) -> object:
        # Every other request found something; whichever wins, all are told the same.
        found = access.get_attempt(alice, attempt.pk)
        done = services.submit_attempt(attempt=found, reading=READINGS[number % 2], elapsed_s=1)
        return done.score, done.answer["findings"]

    told = together(submit)
    assert len(set(told)) == 1
    assert Outcome.objects.count() == 1
    attempt.refresh_from_db()
    assert (attempt.score, attempt.answer["findings"]) == told[0]
    assert attempt.outcome is not None
    assert attempt.outcome.is_first
    assert OutcomeLine.objects.count() == attempt.outcome.lines.count() == 2


def test_one_case_submitted_in_eight_sets_at_once_has_one_first_attempt(
    alice: User, case: Case
) -> None:
    attempts = [opened(alice, case, slug=f"set-{number}") for number in range(AT_ONCE)]

    def submit(number: int) -> None:
        found = access.get_attempt(alice, attempts[number].pk)
        services.submit_attempt(attempt=found, reading=READINGS[0], elapsed_s=1)

    together(submit)
    assert Outcome.objects.count() == AT_ONCE
    assert Outcome.objects.filter(is_first=True).count() == 1


def test_eight_starts_of_one_set_at_once_open_one_sitting(alice: User, case: Case) -> None:
    case_set = make_set(case)

    def start(_number: int) -> object:
        reader = User.objects.get(pk=alice.pk)
        started = services.start_sitting(reader=reader, case_set=case_set)
        assert started.attempt is not None
        return started.attempt.pk

    assert len(set(together(start))) == 1
    assert Attempt.objects.count() == 1


def test_of_eight_tabs_that_save_the_same_revision_one_wins(alice: User, case: Case) -> None:
    attempt = opened(alice, case)

    def save(number: int) -> str:
        found = access.get_attempt(alice, attempt.pk)
        answer = Reading(f"tab {number}").to_json()
        try:
            keep_draft(rows=ROWS, attempt=found, answer=answer, elapsed_s=0, revision=0)
        except DraftRefused:
            return "refused"
        return "saved"

    assert sorted(str(done) for done in together(save)) == ["refused"] * (AT_ONCE - 1) + ["saved"]


def test_a_draft_and_a_submit_at_once_never_leave_a_draft_over_a_submitted_text(
    alice: User, case: Case
) -> None:
    attempt = opened(alice, case)

    def work(number: int) -> None:
        found = access.get_attempt(alice, attempt.pk)
        if number == 0:
            services.submit_attempt(attempt=found, reading=READINGS[1], elapsed_s=1)
            return
        try:
            answer = Reading(f"late {number}").to_json()
            keep_draft(rows=ROWS, attempt=found, answer=answer, elapsed_s=0, revision=0, tab="one")
        except DraftRefused:
            pass

    together(work)
    attempt.refresh_from_db()
    assert attempt.is_submitted
    assert attempt.answer == READINGS[1].to_json()
