"""The two queues, the only task decorators, and the one way to send.

A message only says where to look: what is to be done stands in a row of the database before it
is sent (``radgame.jobs``). So a message may get lost, come twice or come late, and a broker that
is down costs a delay and nothing else.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from celery import Celery, Task, shared_task
from django.db import InterfaceError, OperationalError, transaction
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from .breaker import Breaker

logger = logging.getLogger(__name__)

QUICK: Final = "quick"
GPU: Final = "gpu"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds after which a task is asked to end, and after which its process is ended."""

    soft_s: int
    hard_s: int


LIMITS: Final = {QUICK: Limits(30, 60), GPU: Limits(300, 360)}

MAX_RETRIES: Final = 5
MAX_BACKOFF_S: Final = 120
# Redis gives a message to another worker when it was not acknowledged for so long. Longer than
# the longest task and the longest wait for a retry together, or a task would be started twice.
VISIBILITY_TIMEOUT_S: Final = 2 * (max(limits.hard_s for limits in LIMITS.values()) + MAX_BACKOFF_S)

# Seconds that a page may wait for the broker's answer, to each step of sending.
SEND_TIMEOUT_S: Final = 1.0
# After a broker did not answer, for so long nobody waits for it: the sweeper sends instead.
BROKER_PAUSE_S: Final = 10.0
# What a broker that is down may raise, by way of kombu or from redis itself.
BROKER_ERRORS: Final = (BrokerError, RedisError, OSError)


# By the task's name; filled by the decorators, read by ``route``.
_queue_of: dict[str, str] = {}


def route(name: str, *_message: Any, **_options: Any) -> dict[str, str]:
    """The queue of a task, as Celery asks for it when it sends."""
    return {"queue": _queue_of.get(name, QUICK)}


def quick_task(function: Callable[..., Any]) -> Task[..., Any]:
    """A task of seconds, that needs no model."""
    return _task(QUICK, function)


def gpu_task(function: Callable[..., Any]) -> Task[..., Any]:
    """A task that asks a model. Its worker is the only process that loads one."""
    return _task(GPU, function)


def _task(queue: str, function: Callable[..., Any]) -> Task[..., Any]:
    limits = LIMITS[queue]
    _queue_of[f"{function.__module__}.{function.__name__}"] = queue
    made: Task[..., Any] = shared_task(
        bind=True,
        # Acknowledged when done: a worker that dies leaves its message to the next.
        acks_late=True,
        reject_on_worker_lost=True,
        ignore_result=True,
        soft_time_limit=limits.soft_s,
        time_limit=limits.hard_s,
        # What passes by itself. Everything else is the row's business: see jobs.fail.
        autoretry_for=(OperationalError, InterfaceError),
        max_retries=MAX_RETRIES,
        retry_backoff=2,
        retry_backoff_max=MAX_BACKOFF_S,
        retry_jitter=True,
    )(function)
    return made


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message came to a task. ``again``: it was given out before and not acknowledged."""

    task_id: str
    again: bool


def delivery_of(task: "Task[..., Any]") -> Delivery:
    """The delivery that the running task belongs to."""
    request = task.request
    info = request.delivery_info or {}
    again = bool(info.get("redelivered")) or bool(request.retries)
    return Delivery(task_id=request.id or "", again=again)


broker = Breaker(BROKER_PAUSE_S)


def publish(task: "Task[..., Any]", arguments: Sequence[Any]) -> bool:
    """Send now; False when the broker did not take it. Never raises for a broker that is down."""
    if not broker.may_try():
        return False
    try:
        task.apply_async(args=tuple(arguments), retry=False)
    except BROKER_ERRORS as error:
        broker.failed()
        logger.warning(
            "%s was not sent, the broker does not answer (%s); the sweeper will send it",
            task.name,
            type(error).__name__,
        )
        return False
    broker.answered()
    return True


def depth(app: "Celery", queue: str) -> int | None:
    """How many messages nobody has taken yet; None when the broker does not say."""
    if not broker.may_try():
        return None
    try:
        with app.connection_for_write() as connection, connection.channel() as channel:
            # kombu's types know only what channels of every transport can do.
            messages: int = channel.queue_declare(queue).message_count  # type: ignore[attr-defined]
    except BROKER_ERRORS:
        broker.failed()
        return None
    broker.answered()
    return messages


def send_on_commit(task: "Task[..., Any]", *arguments: Any) -> None:
    """Send when the rows that the message points to are committed; never if they are not."""
    # Robust: a page must not fail after its answer is stored, whatever the broker does.
    transaction.on_commit(lambda: _publish_quietly(task, arguments), robust=True)


def _publish_quietly(task: "Task[..., Any]", arguments: Sequence[Any]) -> None:
    publish(task, arguments)
