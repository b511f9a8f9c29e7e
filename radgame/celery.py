"""The Celery application: ``celery -A radgame worker -Q quick`` or ``-Q gpu``, and ``beat``.

Without a server the same tasks run in the serving process: ``start_embedded``.
"""

import logging
import os
import threading
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.schedules import crontab
from kombu import Connection, Exchange, Queue
from kombu.transport.redis import Channel, Transport
from redis.exceptions import ConnectionError as RedisConnectionError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "radgame.settings")

from django.conf import settings

from .queues import GPU, QUICK, SEND_TIMEOUT_S, VISIBILITY_TIMEOUT_S, route

logger = logging.getLogger(__name__)

SWEEP_EVERY_S = 15


class LosableChannel(Channel):
    """A channel to Redis whose worker lives on when Redis is lost in the middle of a task.

    What kombu 5.7 raises on a channel that was closed under a task is no connection error, and
    Celery ends the worker for it. Nor is the message handed back while its task goes on: what a
    worker leaves when it ends is freed by its lease.
    """

    do_restore = False

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("the channel was closed when the broker was lost")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]


Transport.Channel = LosableChannel

# Of a connection that only sends. Unset, kombu tries to connect for seconds, and waits for ever.
SENDING = {
    "socket_connect_timeout": SEND_TIMEOUT_S,
    "socket_timeout": SEND_TIMEOUT_S,
    "max_retries": 0,
}


class Site(Celery):
    """Celery, with a page in mind: whoever sends is not kept waiting."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Connection:
        transport = {**SENDING, **(options.pop("transport_options", None) or {})}
        made: Connection = super().connection_for_write(url, transport_options=transport, **options)
        return made


def _configured(made: Site) -> Site:
    made.conf.update(
        broker_url=settings.BROKER_URL,
        result_backend=None,
        task_queues=[Queue(name, Exchange(name), routing_key=name) for name in (QUICK, GPU)],
        task_default_queue=QUICK,
        task_routes=(route,),
        task_create_missing_queues=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_publish_retry=False,
        # One at a time: what a worker has fetched ahead would wait behind a long task.
        worker_prefetch_multiplier=1,
        # What runs goes on when the broker is lost: its row is claimed, its end is stored there.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # A process that was killed is missed at once: what it may have said last is in its row.
        worker_lost_wait=1.0,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            # Look every ten seconds for what dead workers left unacknowledged.
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            # A worker must notice a broker that accepts and says nothing.
            "socket_connect_timeout": 2,
            "socket_timeout": 15,
            "health_check_interval": 10,
        }
        if settings.BROKER_URL.startswith("redis")
        else {},
        beat_schedule={
            "sweep": {
                "task": "radgame.tasks.sweep",
                "schedule": timedelta(seconds=SWEEP_EVERY_S),
                # With no worker there, sweeps must not pile up.
                "options": {"expires": SWEEP_EVERY_S},
            },
            "release": {
                "task": "radgame.tasks.release",
                "schedule": timedelta(seconds=SWEEP_EVERY_S),
                "options": {"expires": SWEEP_EVERY_S},
            },
            "book": {
                "task": "radgame.progress.tasks.book",
                "schedule": timedelta(seconds=SWEEP_EVERY_S),
                "options": {"expires": SWEEP_EVERY_S},
            },
            "nightly": {
                "task": "radgame.tasks.nightly",
                "schedule": crontab(hour="3", minute="30"),
            },
        },
        timezone="UTC",
    )
    return made


app = _configured(Site("radgame", set_as_current=True))
app.autodiscover_tasks()


def start_embedded() -> "threading.Thread | None":
    """Run both queues and the schedule in this process, as daemon threads.

    For a site without a broker: messages stay in the process and die with it, and the sweeper,
    which starts with it, finds the rows. Gives None where a broker is set: workers do it there.
    """
    if not settings.BROKER_URL.startswith("memory"):
        return None
    from celery.beat import EmbeddedService, Scheduler

    beat: Any = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)
    # A task of the quick queue must not wait for models' answers, however many are asked for.
    # Which queues are consumed is a matter of the application, so the second worker has its own.
    models = _configured(Site("radgame", set_as_current=False))
    worker = threading.Thread(target=_work, args=(app, QUICK, 1), name="radgame-quick", daemon=True)
    worker.start()
    threading.Thread(target=_work, args=(models, GPU, 2), name="radgame-gpu", daemon=True).start()
    beat.daemon = True
    beat.start()
    return worker


def _work(of: Celery, queue: str, threads: int) -> None:
    worker = of.WorkController(
        hostname=f"embedded-{queue}@localhost",
        queues=[queue],
        pool_cls="threads",
        concurrency=threads,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
