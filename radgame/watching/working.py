"""What tasks and workers say of themselves, by Celery's signals: lines, seconds, signs of life."""

import logging
import os
import re
import socket
import time
from pathlib import Path
from typing import Any, Final

from billiard.exceptions import TimeLimitExceeded
from celery import signals
from django.conf import settings
from prometheus_client import start_http_server
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

from radgame.queues import BROKER_ERRORS, GPU

from . import broker, cuda
from .broker import Sign
from .metrics import counted, observe_task

logger = logging.getLogger(__name__)

# Every few seconds for ever, with nothing to do most of the time.
QUIET_TASKS: Final = frozenset(
    {"radgame.tasks.sweep", "radgame.tasks.release", "radgame.progress.tasks.book"}
)

# The outcome of a task whose process was ended, since it went on after it was asked to end.
ENDED: Final = "ended"

_REQUEST_ID: Final = "request_id"
_KEY: Final = re.compile(r"\d{1,19}|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")


@signals.setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """That somebody listens is all Celery wants to know; else it would print what tasks raise."""


# --- tasks ------------------------------------------------------------------------


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    """Have the message say which page sent it."""
    request_id = get_contextvars().get(_REQUEST_ID)
    if request_id and headers is not None:
        headers[_REQUEST_ID] = request_id


@signals.task_prerun.connect
def begin_task(task: Any, task_id: str, **_kwargs: Any) -> None:
    info = task.request.delivery_info or {}
    bound = {"task": task.name, "task_id": task_id, "queue": info.get("routing_key") or ""}
    request_id = getattr(task.request, _REQUEST_ID, None)
    if request_id:
        bound[_REQUEST_ID] = request_id
    # Kept with the task: a process may work on several, and embedded they share it with pages.
    task.request.watched = (time.perf_counter(), bind_contextvars(**bound))


@signals.task_postrun.connect
def end_task(task: Any, state: str | None = None, args: Any = (), **_kwargs: Any) -> None:
    began, tokens = task.request.watched
    seconds = time.perf_counter() - began
    outcome = (state or "unknown").lower()
    observe_task(task=task.name, outcome=outcome, seconds=seconds)
    quiet = task.name in QUIET_TASKS and outcome == "success"
    said = {"outcome": outcome, "seconds": round(seconds, 3), "rows": keys_in(args)}
    logger.log(logging.DEBUG if quiet else logging.INFO, "task", extra=said)
    reset_contextvars(**tokens)


@signals.task_failure.connect
def say_failure(sender: Any, task_id: str, exception: BaseException, **_kwargs: Any) -> None:
    """Also sent by the worker itself, of a process that was ended or lost."""
    if isinstance(exception, TimeLimitExceeded):
        # The process that would have measured it is gone.
        observe_task(task=sender.name, outcome=ENDED, seconds=sender.time_limit)
    logger.error(
        "a task failed", exc_info=exception, extra={"task": sender.name, "task_id": task_id}
    )


@signals.task_retry.connect
def say_retry(reason: Any, **_kwargs: Any) -> None:
    error = getattr(reason, "exc", None) or reason
    logger.warning("a task will be tried again", extra={"error": type(error).__name__})


def keys_in(args: Any) -> list[str]:
    """The keys of rows that a message names; whatever else it holds is not told."""
    first = args[0] if args else ()
    keys = first if isinstance(first, list | tuple) else [first]
    return [str(key) for key in keys if _KEY.fullmatch(str(key))]


# --- signs of life ------------------------------------------------------------------


class _Life:
    """What this process is, when it is a worker or the schedule, and when it last said so."""

    def __init__(self) -> None:
        self.name = ""
        self._process = 0
        self._queues: tuple[str, ...] = ()
        self._since = 0.0
        self._said = 0.0

    def begin(self, name: str, queues: tuple[str, ...]) -> None:
        self.name, self._queues, self._since, self._said = name, queues, time.time(), 0.0
        self._process = os.getpid()
        self.say(first=True)

    def say(self, *, first: bool = False) -> None:
        now = time.time()
        # A child of the worker is no proof that the worker itself lives.
        if not self.name or self._process != os.getpid():
            return
        if now - self._said < broker.SIGN_EVERY_S:
            return
        self._said = now
        try:
            if first:
                broker.forget_old_signs(now)
            broker.leave_sign(
                Sign(self.name, socket.gethostname(), self._queues, self._since, at=now)
            )
        except BROKER_ERRORS as error:
            # Then no sign is the truth; it comes back with the broker.
            logger.warning("no sign of life could be left", extra={"error": type(error).__name__})

    def end(self) -> None:
        name, self.name = self.name, ""
        if not name or self._process != os.getpid():
            return
        try:
            broker.take_back_sign(name)
        except BROKER_ERRORS as error:
            logger.warning("a sign of life stays", extra={"error": type(error).__name__})


life = _Life()


@signals.celeryd_init.connect
def forget_counts(**_kwargs: Any) -> None:
    """Begin from nothing: files of processes that were would pile up at each start."""
    if settings.WORKER_METRICS_PORT:
        for left in Path(settings.METRICS_DIR).glob("*.db"):
            left.unlink()


@signals.worker_ready.connect
def begin_worker(sender: Any, **_kwargs: Any) -> None:
    if broker.is_embedded():
        return
    queues = tuple(sorted(sender.app.amqp.queues.consume_from))
    life.begin(sender.hostname, queues)
    if GPU in queues:
        cuda.look_soon()
    if settings.WORKER_METRICS_PORT:
        start_http_server(settings.WORKER_METRICS_PORT, registry=counted())


@signals.heartbeat_sent.connect
def worker_lives(**_kwargs: Any) -> None:
    life.say()


@signals.worker_shutdown.connect
def end_worker(**_kwargs: Any) -> None:
    life.end()


@signals.beat_init.connect
def begin_beat(**_kwargs: Any) -> None:
    if broker.is_embedded():
        return
    life.begin(f"{broker.BEAT}@{socket.gethostname()}", (broker.BEAT,))


@signals.after_task_publish.connect
def beat_lives(**_kwargs: Any) -> None:
    """The schedule sends the sweep every few seconds: it lives as long as that is taken."""
    life.say()
