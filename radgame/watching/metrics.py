"""What is counted and timed as it happens. What stands in tables and queues: ``state.py``.

With ``PROMETHEUS_MULTIPROC_DIR`` every process writes into files of its own there, and whoever is
asked adds them up (radgame/gunicorn.py sets it; for workers, settings.py).
"""

import sys
from typing import Any, Final

from django.conf import settings
from django.core.signals import got_request_exception
from django.dispatch import receiver
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})

registry = CollectorRegistry()

_requests = Counter(
    "radgame_requests",
    "Requests answered.",
    ["route", "method", "status"],
    registry=registry,
)
_request_seconds = Histogram(
    "radgame_request_seconds",
    "Seconds until a request was answered.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
_errors = Counter(
    "radgame_request_errors",
    "Requests that ended in an error of ours, by the class of what was raised.",
    ["route", "error"],
    registry=registry,
)
_submits = Counter("radgame_submits", "Attempts committed, each once.", ["game"], registry=registry)
_task_seconds = Histogram(
    "radgame_task_seconds",
    "Seconds a task took.",
    ["task", "outcome"],
    buckets=(0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
    registry=registry,
)


def observe_request(*, route: str, method: str, status: int, seconds: float) -> None:
    _requests.labels(route, method, status).inc()
    _request_seconds.labels(route).observe(seconds)


def count_submit(game: str) -> None:
    """An attempt was committed; called once for it, by the one that claimed it."""
    _submits.labels(game).inc()


def observe_task(*, task: str, outcome: str, seconds: float) -> None:
    _task_seconds.labels(task, outcome).observe(seconds)


@receiver(got_request_exception)
def _count_error(request: Any = None, **_kwargs: Any) -> None:
    kind = sys.exc_info()[0]
    match = getattr(request, "resolver_match", None)
    route = match.view_name if match is not None else "unmatched"
    _errors.labels(route, kind.__name__ if kind else "unknown").inc()


def counted() -> CollectorRegistry:
    """What all processes that share the files have counted; without files, this one."""
    if not settings.METRICS_DIR:
        return registry
    shared = CollectorRegistry()
    MultiProcessCollector(shared, path=settings.METRICS_DIR)  # type: ignore[no-untyped-call]
    return shared
