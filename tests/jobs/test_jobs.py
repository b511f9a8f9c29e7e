"""A job is claimed once, finished by who claimed it, and never forgotten."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import Celery
from django.db import OperationalError as DatabaseGone
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from localize.models import Explanation
from radgame import jobs, queues
from radgame.cases.models import Case
from radgame.jobs import Job
from radgame.queues import Delivery
from tests.factories import Said, make_case

FIRST = Delivery(task_id="first", again=False)
OTHER = Delivery(task_id="other", again=False)


@pytest.fixture
def case(db: None) -> Case:
    return make_case(said=[Said("fracture", (10, 10, 50, 50))])


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The lists of keys that were sent; the broker takes everything."""
    taken: list[list[str]] = []

    def publish(task: object, arguments: list[list[str]]) -> bool:
        taken.append(arguments[0])
        return True

    monkeypatch.setattr(jobs, "publish", publish)
    monkeypatch.setattr(jobs, "depth", lambda app, queue: len(taken))
    return taken


@pytest.fixture(autouse=True)
def _no_pause() -> Iterator[None]:
    queues.broker.answered()
    yield
    queues.broker.answered()


def a_job(case: Case, **values: object) -> Explanation:
    number = Explanation.objects.count()
    return Explanation.objects.create(
        fingerprint=f"{number:064d}",
        kind=Explanation.Kind.MISSED,
        case=case,
        finding=case.dataset.findings.get(slug="fracture"),
        film="film",
        **values,
    )


def test_of_two_deliveries_one_gets_the_row(case: Case) -> None:
    row = a_job(case)
    [claimed] = jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    assert (claimed.state, claimed.tries) == (Job.State.RUNNING, 1)
    assert jobs.claim(Explanation, keys=[row.pk], delivery=OTHER) == []


def test_keys_may_come_as_text_and_in_any_order(case: Case) -> None:
    rows = [a_job(case), a_job(case)]
    claimed = jobs.claim(Explanation, keys=[str(r.pk) for r in reversed(rows)], delivery=FIRST)
    assert [row.pk for row in claimed] == [row.pk for row in rows]


def test_a_message_given_out_again_takes_over_what_its_first_delivery_left(case: Case) -> None:
    row = a_job(case)
    jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    again = Delivery(task_id="first", again=True)
    [taken] = jobs.claim(Explanation, keys=[row.pk], delivery=again)
    assert taken.tries == 2


def test_a_message_given_out_again_takes_nothing_from_another(case: Case) -> None:
    row = a_job(case)
    jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    assert jobs.claim(Explanation, keys=[row.pk], delivery=Delivery("other", again=True)) == []


def test_who_lost_the_claim_writes_nothing(case: Case) -> None:
    row = a_job(case)
    [late] = jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    [taken] = jobs.claim(Explanation, keys=[row.pk], delivery=Delivery("first", again=True))
    assert not jobs.finish(late, text="late")
    assert not jobs.fail(late, error="late")
    assert jobs.finish(taken, text="in time")
    row.refresh_from_db()
    assert (row.state, row.text) == (Job.State.DONE, "in time")


def test_a_finished_row_is_not_claimed_again(case: Case) -> None:
    row = a_job(case)
    [claimed] = jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    assert jobs.finish(claimed, text="words")
    assert not jobs.finish(claimed, text="twice")
    assert jobs.claim(Explanation, keys=[row.pk], delivery=OTHER) == []


def test_a_lease_that_ran_out_frees_the_row(case: Case) -> None:
    row = a_job(case)
    jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    later = timezone.now() + timedelta(seconds=jobs.longest_lease_s(Explanation) + 1)
    [claimed] = jobs.claim(Explanation, keys=[row.pk], delivery=OTHER, now=later)
    assert claimed.claimed_by == "other"


def test_a_lease_outlives_the_time_limit_of_its_queue() -> None:
    assert jobs.longest_lease_s(Explanation) > queues.LIMITS[queues.GPU].hard_s


def test_what_may_pass_is_tried_again_later_and_not_for_ever(case: Case) -> None:
    row = a_job(case)
    waits = []
    now = timezone.now()
    for number in range(1, jobs.MAX_TRIES + 1):
        [claimed] = jobs.claim(
            Explanation, keys=[row.pk], delivery=FIRST, now=now + timedelta(days=number)
        )
        assert jobs.fail(claimed, error="the endpoint is down", passing=True)
        waits.append(claimed.state)
    assert waits == [Job.State.WAITING] * (jobs.MAX_TRIES - 1) + [Job.State.FAILED]
    row.refresh_from_db()
    assert row.error == "the endpoint is down"
    assert row.finished_at is not None


def test_a_failed_try_waits_before_the_next(case: Case) -> None:
    row = a_job(case)
    [claimed] = jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    jobs.fail(claimed, error="no answer", passing=True)
    assert jobs.claim(Explanation, keys=[row.pk], delivery=OTHER) == []
    soon = timezone.now() + timedelta(seconds=jobs.BACKOFF_S[0] + 1)
    assert jobs.claim(Explanation, keys=[row.pk], delivery=OTHER, now=soon)


def test_what_fails_for_good_is_not_tried_again(case: Case) -> None:
    row = a_job(case)
    [claimed] = jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    jobs.fail(claimed, error="the film cannot be read")
    row.refresh_from_db()
    assert row.state == Job.State.FAILED


def test_a_reason_that_no_database_stores_is_stored_without_that(case: Case) -> None:
    row = a_job(case)

    def do(rows: list[Explanation]) -> None:
        raise ValueError("a model said \x00 and \ud800")

    with pytest.raises(ValueError, match="a model said"):
        jobs.work(Explanation, keys=[row.pk], delivery=FIRST, do=do)
    row.refresh_from_db()
    assert (row.state, row.error) == (
        Job.State.WAITING,
        "ValueError: a model said \ufffd and \ufffd",
    )


def test_a_row_that_kills_its_workers_is_given_up(case: Case) -> None:
    row = a_job(case)
    again = Delivery(task_id="first", again=True)
    for _number in range(jobs.MAX_TRIES):
        assert jobs.claim(Explanation, keys=[row.pk], delivery=again)
    assert jobs.claim(Explanation, keys=[row.pk], delivery=again) == []
    row.refresh_from_db()
    assert row.state == Job.State.FAILED
    assert "given up" in row.error


def test_the_sweeper_sends_what_was_never_sent_and_once(case: Case, sent: list[list[str]]) -> None:
    rows = [a_job(case) for _number in range(jobs.PER_MESSAGE + 1)]
    assert jobs.sweep()["explanation"] == len(rows)
    assert [len(keys) for keys in sent] == [jobs.PER_MESSAGE, 1]
    assert jobs.sweep()["explanation"] == 0


def test_the_sweeper_sends_again_what_led_to_nothing(case: Case, sent: list[list[str]]) -> None:
    a_job(case)
    jobs.sweep()
    soon = timezone.now() + timedelta(seconds=jobs.RESEND_EMPTY_AFTER_S + 1)
    assert jobs.sweep(now=soon)["explanation"] == 0
    later = timezone.now() + timedelta(seconds=jobs.RESEND_AFTER_S + 1)
    assert jobs.sweep(now=later)["explanation"] == 1


def test_the_sweeper_waits_less_when_the_broker_lost_its_memory(
    case: Case, sent: list[list[str]]
) -> None:
    a_job(case)
    jobs.sweep()
    sent.clear()
    soon = timezone.now() + timedelta(seconds=jobs.RESEND_EMPTY_AFTER_S + 1)
    assert jobs.sweep(now=soon)["explanation"] == 1


def test_all_queues_are_looked_at_before_one_is_filled(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    kind = jobs.kind_of(Explanation)
    monkeypatch.setattr(jobs, "kinds", lambda: [kind, kind])
    monkeypatch.setattr(jobs, "depth", lambda app, queue: events.append("looked") or 0)
    monkeypatch.setattr(jobs, "publish", lambda task, arguments: events.append("sent") or True)
    a_job(case)
    jobs.sweep()
    assert events == ["looked", "looked", "sent"]


def test_what_did_not_end_well_is_sent_alone(case: Case, sent: list[list[str]]) -> None:
    fresh = [a_job(case), a_job(case)]
    tried = [a_job(case, tries=1), a_job(case, tries=1)]
    assert jobs.sweep()["explanation"] == 4
    assert sent == [[str(row.pk) for row in fresh], *([str(row.pk)] for row in tried)]


def test_the_sweeper_leaves_what_is_not_due_and_what_runs(
    case: Case, sent: list[list[str]]
) -> None:
    a_job(case, due_at=timezone.now() + timedelta(minutes=5))
    running = a_job(case)
    jobs.claim(Explanation, keys=[running.pk], delivery=FIRST)
    assert jobs.sweep()["explanation"] == 0


def test_the_sweeper_frees_what_a_dead_worker_holds(case: Case, sent: list[list[str]]) -> None:
    row = a_job(case)
    jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    later = timezone.now() + timedelta(seconds=jobs.longest_lease_s(Explanation) + 1)
    assert jobs.sweep(now=later)["explanation"] == 1
    row.refresh_from_db()
    assert (row.state, row.claim, row.error) == (Job.State.WAITING, None, "the worker was lost")


def test_a_broker_that_is_down_leaves_rows_to_be_sent_later(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = a_job(case)
    monkeypatch.setattr(jobs, "publish", lambda task, arguments: False)
    assert jobs.sweep()["explanation"] == 0
    row.refresh_from_db()
    assert row.sent_at is None


def test_what_failed_is_tried_again_when_a_person_asks(case: Case, sent: list[list[str]]) -> None:
    row = a_job(case)
    [claimed] = jobs.claim(Explanation, keys=[row.pk], delivery=FIRST)
    jobs.fail(claimed, error="no weights")
    kind = jobs.kind_of(Explanation)
    assert jobs.retry(kind) == 1
    assert sent == [[str(row.pk)]]
    row.refresh_from_db()
    assert (row.state, row.tries) == (Job.State.WAITING, 0)


def test_what_is_tried_again_waits_since_it_was_asked_for_again(
    case: Case, sent: list[list[str]]
) -> None:
    long_ago, now = timezone.now() - timedelta(days=400), timezone.now()
    waiting = a_job(case, created_at=long_ago)
    failed = a_job(case, created_at=long_ago, state=Job.State.FAILED, finished_at=long_ago)
    jobs.retry(jobs.kind_of(Explanation), now=now)
    waiting.refresh_from_db()
    failed.refresh_from_db()
    # Of what was never given up somebody has waited all the time.
    assert (waiting.created_at, failed.created_at) == (long_ago, now)


def test_nothing_is_sent_for_rows_that_are_rolled_back(
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    published: list[object] = []
    monkeypatch.setattr(queues, "publish", lambda task, arguments: published.append(arguments))
    with django_capture_on_commit_callbacks(execute=True):
        jobs.send(Explanation, [1, 2])
        assert published == []
    assert published == [(["1", "2"],)]


def test_rows_are_claimed_and_done(case: Case) -> None:
    row = a_job(case)

    def do(rows: list[Explanation]) -> None:
        assert [row.state for row in rows] == [Job.State.RUNNING]
        jobs.finish(rows[0], text="words")

    jobs.work(Explanation, keys=[row.pk], delivery=FIRST, do=do)
    row.refresh_from_db()
    assert row.state == Job.State.DONE


def test_nothing_is_done_when_there_is_nothing_to_claim(case: Case) -> None:
    row = a_job(case, state=Job.State.FAILED)
    jobs.work(Explanation, keys=[row.pk], delivery=FIRST, do=_never)


def _never(rows: list[Explanation]) -> None:
    raise AssertionError(f"{rows} were to be left alone")


def test_a_task_that_raises_leaves_its_rows_to_be_tried_again(case: Case) -> None:
    kept, lost = a_job(case), a_job(case)

    def do(rows: list[Explanation]) -> None:
        jobs.finish(rows[0], text="words")
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        jobs.work(Explanation, keys=[kept.pk, lost.pk], delivery=FIRST, do=do)
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert kept.state == Job.State.DONE
    assert (lost.state, lost.error) == (Job.State.WAITING, "RuntimeError: a bug")
    assert lost.due_at > timezone.now()


def test_a_lack_of_memory_does_not_reach_celery_which_would_end_the_worker(case: Case) -> None:
    row = a_job(case)

    def do(rows: list[Explanation]) -> None:
        raise MemoryError

    with pytest.raises(jobs.OutOfMemory):
        jobs.work(Explanation, keys=[row.pk], delivery=FIRST, do=do)
    row.refresh_from_db()
    assert (row.state, row.error) == (Job.State.WAITING, "there was not enough memory")


def test_a_database_that_does_not_answer_leaves_the_rows_to_the_retried_message(case: Case) -> None:
    row = a_job(case)

    def do(rows: list[Explanation]) -> None:
        raise DatabaseGone("server closed the connection")

    with pytest.raises(DatabaseGone):
        jobs.work(Explanation, keys=[row.pk], delivery=FIRST, do=do)
    [taken] = jobs.claim(Explanation, keys=[row.pk], delivery=Delivery("first", again=True))
    assert taken.tries == 2


def test_what_a_lost_worker_left_is_sent_row_by_row(case: Case, sent: list[list[str]]) -> None:
    rows = [a_job(case) for _number in range(3)]
    keys = [str(row.pk) for row in rows]
    [done, *_left] = jobs.claim(Explanation, keys=keys, delivery=FIRST)
    jobs.finish(done, text="words")
    jobs.work(Explanation, keys=keys, delivery=Delivery("first", again=True), do=_never)
    assert sent == [[keys[1]], [keys[2]]]
    left = Explanation.objects.filter(pk__in=keys[1:])
    assert {(row.state, row.claim, row.error) for row in left} == {
        (Job.State.WAITING, None, "the worker was lost")
    }


def test_a_message_of_many_rows_given_out_again_leaves_what_another_holds(
    case: Case, sent: list[list[str]]
) -> None:
    rows = [a_job(case), a_job(case)]
    keys = [str(row.pk) for row in rows]
    jobs.claim(Explanation, keys=keys, delivery=OTHER)
    jobs.work(Explanation, keys=keys, delivery=Delivery("first", again=True), do=_never)
    assert sent == []
    assert set(Explanation.objects.values_list("claimed_by", flat=True)) == {"other"}


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_while_the_rows_are_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RENEW_S", 0.05)
    row = a_job(make_case(said=[Said("fracture", (10, 10, 50, 50))]))
    leases = []

    def do(rows: list[Explanation]) -> None:
        leases.append(rows[0].lease_until)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and len(leases) < 3:
            rows[0].refresh_from_db(fields=["lease_until"])
            if rows[0].lease_until != leases[-1]:
                leases.append(rows[0].lease_until)
            time.sleep(0.01)
        jobs.finish(rows[0], text="words")

    jobs.work(Explanation, keys=[row.pk], delivery=FIRST, do=do)
    assert leases == sorted(leases)
    assert len(leases) == 3
    time.sleep(0.2)
    row.refresh_from_db()
    assert (row.state, row.lease_until) == (Job.State.DONE, None)


class _DeadTask:
    name = "dead"

    def __init__(self) -> None:
        self.calls = 0

    def apply_async(self, **_options: object) -> None:
        self.calls += 1
        raise OperationalError("connection refused")


def test_a_dead_broker_is_asked_once_and_then_left_alone_for_a_while() -> None:
    task = _DeadTask()
    assert not queues.publish(task, [])  # type: ignore[arg-type]
    assert not queues.publish(task, [])  # type: ignore[arg-type]
    assert task.calls == 1
    queues.broker.answered()
    queues.publish(task, [])  # type: ignore[arg-type]
    assert task.calls == 2


def test_an_empty_queue_is_told_from_one_that_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Celery("asked", broker="memory://localhost", set_as_current=False)
    assert queues.depth(app, "nobody-reads-this") == 0
    app.send_task("anything", queue="nobody-reads-this")
    assert queues.depth(app, "nobody-reads-this") == 1
    gone = Celery("asked", broker="redis://127.0.0.1:1/0", set_as_current=False)
    gone.conf.broker_transport_options = {"max_retries": 0}
    assert queues.depth(gone, "nobody-reads-this") is None


def test_a_lease_is_renewed_well_before_it_runs_out() -> None:
    assert jobs.RENEW_S * 3 < jobs.LEASE_S < jobs.longest_lease_s(Explanation)


def test_a_message_is_never_given_out_again_while_its_task_may_run_or_wait() -> None:
    longest = max(limits.hard_s for limits in queues.LIMITS.values())
    assert longest + queues.MAX_BACKOFF_S < queues.VISIBILITY_TIMEOUT_S
