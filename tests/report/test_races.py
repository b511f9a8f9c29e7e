"""Many requests at once, on a database that serves many at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest.mock import patch

import pytest
from django.db import connection, connections
from pytest_django import Settings

from radgame import jobs, queues
from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import Case, ReferenceReport
from radgame.playing.services import DraftRefused, keep_draft
from radgame.progress.models import Outcome, OutcomeLine
from radgame.queues import Delivery
from report import access, judging, services
from report.marking import Marking
from report.models import ROWS, Attempt, Judgement
from report.readings import Reading
from tests.factories import make_report_case, make_set, person
from tests.report.conftest import FINDINGS, opened
from tests.report.judges import ONE, FakeJudge

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


# --- the second judge -----------------------------------------------------------


@pytest.fixture
def counting(alice: User, case: Case, settings: Settings) -> Iterator[Attempt]:
    """A submitted attempt whose judgement waits, and will count."""
    settings.GAME_JUDGE = "openai"
    case_set = make_set(case)
    case_set.model_judge_counts = True
    case_set.save()
    attempt = services.start_sitting(reader=alice, case_set=case_set).attempt
    assert attempt is not None
    with patch.object(queues, "publish", return_value=True):
        yield services.submit_attempt(attempt=attempt, reading=ONE, elapsed_s=1)


def judged_by(fake: FakeJudge, delivery: str) -> None:
    rows = jobs.claim(
        Judgement,
        keys=list(Judgement.objects.values_list("pk", flat=True)),
        delivery=Delivery(delivery, again=False),
    )
    for row in rows:
        judging.store_judgement(
            row=row, marking=judging.mark_inputs(judging._inputs_of(row), fake), seconds=1
        )


def test_eight_workers_at_once_judge_one_reading_once(counting: Attempt) -> None:
    fake = FakeJudge()
    together(lambda number: judged_by(fake, str(number)))
    assert len(fake.asked) == 1
    counting.refresh_from_db()
    assert counting.score == Outcome.objects.get().score == 0
    assert OutcomeLine.objects.count() == 3


def test_eight_pages_that_open_at_once_ask_once(counting: Attempt) -> None:
    Judgement.objects.all().delete()
    together(lambda _number: judging.ask_if_forgotten(attempt=Attempt.objects.get(pk=counting.pk)))
    assert Judgement.objects.count() == 1


def test_attempt_and_ledger_agree_when_a_judgement_comes_while_others_rescore(
    counting: Attempt,
) -> None:
    fake = FakeJudge()

    def work(number: int) -> None:
        if number == 0:
            judged_by(fake, "worker")
        else:
            services.rescore_attempt(attempt_id=counting.pk)

    together(work)
    counting.refresh_from_db()
    outcome = Outcome.objects.get()
    judgement = Judgement.objects.get()
    assert judgement.decides
    assert counting.score == outcome.score == judgement.score
    assert counting.scorer_version == outcome.scorer_version
    assert OutcomeLine.objects.count() == outcome.lines.count() == 3


def test_a_report_that_is_corrected_at_the_same_moment_never_leaves_a_mark_of_the_old_one(
    counting: Attempt,
) -> None:
    ReferenceReport.objects.update(findings="There is a moderate right pleural effusion.")
    dossier.revise_case(counting.case)
    fake = FakeJudge()

    def work(number: int) -> None:
        if number % 2:
            judged_by(fake, str(number))
        else:
            services.rescore_attempt(attempt_id=counting.pk)

    together(work)
    counting.refresh_from_db()
    judgement = Judgement.objects.get()
    assert not judgement.decides or judging.is_of(
        judgement, Marking.from_json(counting.result or {}).inputs
    )
    assert counting.score == Outcome.objects.get().score
    assert counting.score == (judgement.score if judgement.decides else 1.0)
