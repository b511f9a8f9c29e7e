"""Many requests at once, on a database that serves many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from pytest_django import Settings

from localize import services
from localize.answers import Answer, DrawnMark
from localize.models import ROWS, Attempt, Explanation
from radgame.accounts.models import User
from radgame.playing.services import DraftRefused, keep_draft
from radgame.progress.models import Outcome, OutcomeLine
from tests.factories import Said, make_case, make_set, person, token_of

AT_ONCE = 8
NODULE = (100.0, 100.0, 200.0, 200.0)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
]


@pytest.fixture(autouse=True)
def _many_connections(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory serves one connection; the run on PostgreSQL does this")


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


def test_eight_submits_of_one_attempt_at_once_leave_one_result() -> None:
    alice = person("alice")
    case = make_case(said=[Said("nodule-mass", NODULE)])
    attempt = services.start_sitting(reader=alice, case_set=make_set(case)).attempt
    assert attempt is not None
    mark = DrawnMark(token_of(case), "nodule-mass", NODULE, None)

    def submit(number: int) -> float | None:
        # Every other request found the mark; whichever wins, all are told the same.
        found = Attempt.objects.select_related("case__dataset", "reader").get(pk=attempt.pk)
        answer = Answer((mark,) if number % 2 else (), (), False)
        return services.submit_attempt(attempt=found, answer=answer, elapsed_s=1).score

    scores = together(submit)
    assert len(set(scores)) == 1
    assert Outcome.objects.count() == 1
    assert OutcomeLine.objects.count() == 1
    attempt.refresh_from_db()
    assert attempt.score == scores[0]
    assert attempt.outcome is not None
    assert attempt.outcome.is_first


def test_one_case_submitted_in_eight_sets_at_once_has_one_first_attempt() -> None:
    alice = person("alice")
    case = make_case(said=[Said("nodule-mass", NODULE)])
    sets = [make_set(case, slug=f"set-{number}") for number in range(AT_ONCE)]
    opened = [services.start_sitting(reader=alice, case_set=case_set).attempt for case_set in sets]

    def submit(number: int) -> None:
        attempt = opened[number]
        assert attempt is not None
        found = Attempt.objects.select_related("case__dataset", "reader").get(pk=attempt.pk)
        services.submit_attempt(attempt=found, answer=Answer((), (), False), elapsed_s=1)

    together(submit)
    assert Outcome.objects.count() == AT_ONCE
    assert Outcome.objects.filter(is_first=True).count() == 1


def test_eight_starts_of_one_set_at_once_open_one_sitting() -> None:
    alice = person("alice")
    case_set = make_set(make_case(), make_case())

    def start(_number: int) -> object:
        reader = User.objects.get(pk=alice.pk)
        started = services.start_sitting(reader=reader, case_set=case_set)
        assert started.attempt is not None
        return started.attempt.pk

    assert len(set(together(start))) == 1
    assert Attempt.objects.count() == 1


def test_of_eight_tabs_that_save_the_same_revision_one_wins() -> None:
    alice = person("alice")
    case = make_case()
    attempt = services.start_sitting(reader=alice, case_set=make_set(case)).attempt
    assert attempt is not None
    token = token_of(case)

    def save(number: int) -> str:
        box = f"[{number}, 0, {number + 50}, 60]"
        text = f'{{"marks": [{{"image": "{token}", "finding": "fracture", "box": {box}}}]}}'
        found = Attempt.objects.select_related("case__dataset").get(pk=attempt.pk)
        try:
            answer = services.read_draft(found, text)
            keep_draft(rows=ROWS, attempt=found, answer=answer, elapsed_s=0, revision=0)
        except DraftRefused:
            return "refused"
        return "saved"

    assert sorted(str(done) for done in together(save)) == ["refused"] * (AT_ONCE - 1) + ["saved"]


def test_eight_learners_who_miss_the_same_at_once_ask_a_model_once(
    settings: Settings, messages: list[list[str]]
) -> None:
    settings.EXPLAINER = "openai"
    case_set = make_set(make_case(said=[Said("nodule-mass", NODULE), Said("cardiomegaly")]))
    attempts = []
    for number in range(AT_ONCE):
        reader = person(f"reader-{number}")
        attempts.append(services.start_sitting(reader=reader, case_set=case_set).attempt)

    def submit(number: int) -> bool:
        opened = attempts[number]
        assert opened is not None
        found = Attempt.objects.select_related("case__dataset", "reader").get(pk=opened.pk)
        answer = Answer((), (), False)
        return services.submit_attempt(attempt=found, answer=answer, elapsed_s=1).is_submitted

    assert together(submit) == [True] * AT_ONCE
    assert Explanation.objects.count() == 2
    assert {key for keys in messages for key in keys} == {
        str(key) for key in Explanation.objects.values_list("pk", flat=True)
    }
