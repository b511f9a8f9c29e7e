"""What is read when the metrics are asked for: rows of work, queues, workers.

Explanations made, dropped and failed are counted here and not as they happen: each is a row, so
the rows are the count, and no worker that was killed or restarted can make it wrong.
"""

import logging
from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from .broker import BEAT, QUEUES, Broker, is_embedded, read_broker
from .work import KindOfWork, all_work

logger = logging.getLogger(__name__)


class StateCollector(Collector):
    """Gauges of what stands in the database and the broker at this moment."""

    def collect(self) -> Iterator[Metric]:
        yield from _of_the_rows()
        if not is_embedded():
            yield from _of_the_broker()


def _of_the_rows() -> Iterator[Metric]:
    try:
        work = all_work()
    except DatabaseError:
        logger.exception("metrics: database")
        work = None
    yield GaugeMetricFamily(
        "radgame_database_up", "Whether the database answers.", value=work is not None
    )
    yield from _work_metrics(work or [])


def _work_metrics(work: list[KindOfWork]) -> Iterator[Metric]:
    now = timezone.now()
    jobs = GaugeMetricFamily("radgame_jobs", "Rows of work by state.", labels=["kind", "state"])
    dropped = GaugeMetricFamily(
        "radgame_jobs_dropped",
        "Rows whose result is not shown, by reason.",
        labels=["kind", "reason"],
    )
    stuck = GaugeMetricFamily(
        "radgame_jobs_stuck", "Rows that should have been taken up by now.", labels=["kind"]
    )
    oldest = GaugeMetricFamily(
        "radgame_jobs_oldest_waiting_seconds",
        "Since when the row waits that waits longest; 0 when none does.",
        labels=["kind"],
    )
    for kind in work:
        for state, count in kind.states.items():
            jobs.add_metric([kind.name, state], count)
        for reason, count in sorted(kind.dropped.items()):
            dropped.add_metric([kind.name, reason], count)
        stuck.add_metric([kind.name], kind.stuck)
        oldest.add_metric([kind.name], kind.waiting_s(now))
    yield from (jobs, dropped, stuck, oldest)


def _of_the_broker() -> Iterator[Metric]:
    try:
        broker = read_broker()
    except RedisError as error:
        logger.warning("metrics: broker", extra={"error": type(error).__name__})
        broker = None
    yield GaugeMetricFamily(
        "radgame_broker_up", "Whether the broker answers.", value=broker is not None
    )
    if broker is not None:
        yield from _broker_metrics(broker)


def _broker_metrics(broker: Broker) -> Iterator[Metric]:
    length = GaugeMetricFamily(
        "radgame_queue_messages", "Messages that wait for a worker.", labels=["queue"]
    )
    workers = GaugeMetricFamily(
        "radgame_workers", "Processes that gave a sign of life.", labels=["queue"]
    )
    for queue, count in broker.lengths.items():
        length.add_metric([queue], count)
    for queue in (*QUEUES, BEAT):
        workers.add_metric([queue], sum(queue in sign.queues for sign in broker.alive))
    doing = GaugeMetricFamily(
        "radgame_queue_unacknowledged", "Messages that a worker holds.", value=broker.being_done
    )
    yield from (length, doing, workers)
