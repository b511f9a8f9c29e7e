"""A task has one line, tied to the page that sent it; the schedule's own are quiet."""

import uuid
from datetime import timedelta

import pytest
from billiard.exceptions import TimeLimitExceeded
from celery import signals
from structlog.contextvars import bound_contextvars, get_contextvars

from localize.tasks import explain
from radgame.celery import app
from radgame.tasks import sweep
from radgame.watching.metrics import registry
from radgame.watching.working import QUIET_TASKS, keys_in

from .conftest import Log


def test_a_message_carries_the_id_of_the_request_that_sent_it() -> None:
    headers: dict[str, object] = {}
    with bound_contextvars(request_id="page-0123456789"):
        signals.before_task_publish.send(sender="x", headers=headers)
    assert headers == {"request_id": "page-0123456789"}
    signals.before_task_publish.send(sender="x", headers=(other := {}))
    assert other == {}


@pytest.mark.django_db
def test_a_task_says_whose_page_sent_it_and_leaves_nothing_bound(log: Log) -> None:
    with bound_contextvars(request_id="this-page"):
        explain.apply(args=[["7"]], headers={"request_id": "the-page"})
        assert get_contextvars() == {"request_id": "this-page"}
    [line] = log.lines("task")
    assert (line["task"], line["rows"], line["outcome"]) == (explain.name, ["7"], "success")
    assert line["seconds"] >= 0
    assert line["level"] == "info"


@pytest.mark.django_db
def test_what_the_schedule_runs_every_few_seconds_is_quiet(log: Log) -> None:
    sweep.apply()
    assert [line["level"] for line in log.lines("task")] == ["debug"]
    entries = app.conf.beat_schedule.values()
    often = {entry["task"] for entry in entries if isinstance(entry["schedule"], timedelta)}
    assert often == QUIET_TASKS


def test_a_task_whose_process_was_ended_is_counted() -> None:
    labels = {"task": explain.name, "outcome": "ended"}
    before = registry.get_sample_value("radgame_task_seconds_count", labels) or 0
    signals.task_failure.send(
        sender=explain, task_id="1", exception=TimeLimitExceeded(explain.time_limit)
    )
    # What raises is counted by its own process.
    signals.task_failure.send(sender=explain, task_id="2", exception=ValueError())
    assert registry.get_sample_value("radgame_task_seconds_count", labels) == before + 1
    assert (
        registry.get_sample_value("radgame_task_seconds_bucket", {**labels, "le": "+Inf"})
        == before + 1
    )


def test_only_keys_of_rows_are_told() -> None:
    key = str(uuid.uuid4())
    assert keys_in([["12", key]]) == ["12", key]
    assert keys_in([34]) == ["34"]
    assert keys_in([["pneumothorax", "12 mm", None, {"a": 1}, "1" * 20]]) == []
    assert keys_in([]) == []
