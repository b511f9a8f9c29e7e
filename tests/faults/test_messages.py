"""Messages come twice, late, in any order, or about nothing: each row is asked about once."""

from collections import Counter

from celery import Celery

from localize.models import Explanation

from .audit import audit, make_rows, wait_until_done
from .endpoint import Answer, Endpoint
from .processes import Site, wait_for
from .services import Redis

TASK = "localize.tasks.explain"


def test_the_same_message_twenty_times_at_once_is_worked_on_once(
    site: Site, endpoint: Endpoint, sender: Celery
) -> None:
    rows = make_rows(4, sent_at=None)
    endpoint.answer = lambda question: Answer(after_s=0.3)
    for number in range(20):
        # Half of them under one id, as a broker gives out a message again.
        task_id = "the-same" if number % 2 else None
        sender.send_task(TASK, [[str(row) for row in rows]], queue="gpu", task_id=task_id)
    site.worker("gpu", concurrency=4)
    wait_until_done(4, seconds=30)
    _wait_until_empty(sender)
    assert Counter(question.row for question in endpoint.asked) == dict.fromkeys(rows, 1)
    audit(endpoint)


def test_messages_may_come_late_in_any_order_and_about_what_is_gone(
    site: Site, endpoint: Endpoint, sender: Celery
) -> None:
    rows = make_rows(6)
    site.worker("gpu", concurrency=2)
    wait_until_done(6, seconds=30)
    Explanation.objects.filter(pk=rows[0]).delete()
    late = make_rows(2)
    for keys in ([rows[5], late[1], rows[0]], [late[0]], list(reversed(rows)), [10_000], []):
        sender.send_task(TASK, [[str(key) for key in keys]], queue="gpu")
    wait_until_done(7, seconds=30)
    _wait_until_empty(sender)
    assert Counter(question.row for question in endpoint.asked) == dict.fromkeys([*rows, *late], 1)


def test_two_schedules_and_three_sweepers_have_each_row_done_once(
    site: Site, endpoint: Endpoint
) -> None:
    """As when a second beat is started by mistake, beside the one there must be."""
    site.worker("quick", concurrency=2)
    site.beat()
    site.beat()
    rows = make_rows(40)
    endpoint.answer = lambda question: Answer(after_s=0.05)
    site.worker("gpu", concurrency=2)
    wait_until_done(40, seconds=40)
    assert Counter(question.row for question in endpoint.asked) == dict.fromkeys(rows, 1)
    audit(endpoint)


def test_a_worker_leaves_the_other_queue_alone(
    site: Site, endpoint: Endpoint, sender: Celery, redis: Redis
) -> None:
    """The session's worker of the quick queue is up, and no other."""
    [row] = make_rows(1)
    sender.send_task(TASK, [[str(row)]], queue="gpu")
    wait_for(lambda: Explanation.objects.get().sent_at, seconds=60, why="no sweep")
    assert endpoint.asked == []
    gpu = site.worker("gpu")
    wait_until_done(1, seconds=30)
    # The worker says so after the row is done.
    told = "task=localize.tasks.explain"
    wait_for(lambda: told in gpu.log, seconds=10, why="the worker did not tell of its task")
    assert "task=radgame.tasks.sweep" not in gpu.log


def _wait_until_empty(sender: Celery) -> None:
    """Until every message was taken and done: the late ones have had their chance to do harm."""
    with sender.connection_for_read() as connection:
        client = connection.default_channel.client
        wait_for(
            lambda: not client.llen("gpu") and b'"gpu"' not in b"".join(client.hvals("unacked")),
            seconds=30,
            why=f"messages are left: {client.llen('gpu')} {client.hvals('unacked')}",
        )
