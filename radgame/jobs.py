"""Work that is a row before it is a message: claimed once, safe twice, swept when stuck.

A concrete job is a row of its game (an explanation, a judgement). Its life::

    waiting ── claim ──▶ running ── finish ──▶ done | dropped
       ▲                    │
       └── fail (may pass) ─┴── fail (for good, or too often) ──▶ failed

``claim`` changes rows on a condition, so of two deliveries one gets them. Each claim has a token,
and only who holds it can finish: a worker that was given up for dead writes nothing.
"""

import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, TypeVar

from celery import Task
from django.db import InterfaceError, OperationalError, connection, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .queues import LIMITS, Delivery, depth, publish, send_on_commit

logger = logging.getLogger(__name__)

MAX_TRIES: Final = 5
# Seconds before a failed try is made again, by the number of tries so far.
BACKOFF_S: Final = (10, 60, 300, 900)
# While somebody works on rows, their lease is renewed; a worker that is gone is noticed when the
# last one has run out.
LEASE_S: Final = 60
RENEW_S: Final = 15
# A message that was sent so long ago and led to nothing is taken for lost: sooner when the queue
# is empty, for then no worker has still to come to it.
RESEND_AFTER_S: Final = 300
RESEND_EMPTY_AFTER_S: Final = 20
# What no text column takes: PostgreSQL's no NUL, and none of them half a character.
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
# How many rows one message names, and how many rows one sweep sends.
PER_MESSAGE: Final = 16
PER_SWEEP: Final = 4096


class Job(models.Model):
    """What is to be done, by whom it is being done, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Made, and not fit to be shown")
        FAILED = "failed", _("Failed")

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    # When it was asked for, last: what is made anew has not waited since its first time.
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, help_text=_("Not to be tried before."))
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("When a message was sent."))
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_by = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    # The queue whose time limit bounds the work; a class of jobs sets its own.
    queue: ClassVar[str]

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether something may still come of it."""
        return self.state in {self.State.WAITING, self.State.RUNNING}


def open_jobs_index(name: str) -> models.Index:
    """For sweeper and queue page: small, since what is finished is not in it."""
    return models.Index(
        fields=["due_at"],
        condition=Q(state__in=[Job.State.WAITING, Job.State.RUNNING]),
        name=name,
    )


def failed_jobs_index(name: str) -> models.Index:
    """For the page of what failed."""
    return models.Index(fields=["-finished_at"], condition=Q(state=Job.State.FAILED), name=name)


J = TypeVar("J", bound=Job)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A class of jobs with the task that does them; the task takes a list of keys."""

    name: str
    model: type[Job]
    task: "Task[..., Any]"


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Make a class of jobs known to the sweeper and the queue page; at start-up, once."""
    _kinds[kind.name] = kind


def kinds() -> list[JobKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)


def kind_of(model: type[Job]) -> JobKind:
    return next(kind for kind in _kinds.values() if kind.model is model)


# --- the worker's side ---------------------------------------------------------


LOST: Final = "the worker was lost"
_FREE: Final[dict[str, Any]] = {
    "state": Job.State.WAITING,
    "claim": None,
    "claimed_by": "",
    "lease_until": None,
    "sent_at": None,
}


class OutOfMemory(Exception):
    """A task had not the memory it needs. A plain MemoryError would make Celery end the worker."""


def work(
    model: type[J],
    *,
    keys: Sequence[Any],
    delivery: Delivery,
    do: Callable[[list[J]], None],
) -> None:
    """Claim these rows and have them done; those that ``do`` fails on are tried again later.

    ``do`` calls ``finish`` or ``fail`` for each row. What it raises is raised once the rows have
    been given back, so that it is logged, except for a database that does not answer: that
    message comes again by itself (``radgame.queues``), and takes its rows over.
    """
    if delivery.again and len(keys) > 1:
        _scatter(model, keys, delivery)
        return
    rows = claim(model, keys=keys, delivery=delivery, lease_s=LEASE_S)
    if not rows:
        return
    with _held(rows):
        try:
            do(rows)
        except (OperationalError, InterfaceError):
            raise
        except MemoryError:
            _give_back(rows, "there was not enough memory")
            raise OutOfMemory(f"{model.__name__}: {len(rows)} rows in one task") from None
        except Exception as error:
            _give_back(rows, f"{type(error).__name__}: {error}")
            raise


def _scatter(model: type[Job], keys: Sequence[Any], delivery: Delivery) -> None:
    """Send what a lost worker left row by row: the one that ended it must not end the others."""
    rows = model._default_manager.filter(pk__in=keys)
    left = rows.filter(state=Job.State.RUNNING, claimed_by=delivery.task_id)
    left.update(**_FREE, error=LOST)
    now = timezone.now()
    waiting = rows.filter(state=Job.State.WAITING, due_at__lte=now).order_by("pk")
    _publish(kind_of(model), waiting.values_list("pk", flat=True), 1, now)


def _give_back(rows: Iterable[Job], error: str) -> None:
    for row in rows:
        fail(row, error=error, passing=True)


@contextmanager
def _held(rows: Sequence[Job]) -> Iterator[None]:
    """Renew the lease of claimed rows from a thread, as long as their task may take."""
    done = threading.Event()
    model, token = type(rows[0]), rows[0].claim
    until = time.monotonic() + LIMITS[model.queue].hard_s

    def renew() -> None:
        # Threads that serve tasks without a server have no time limit: the lease is theirs.
        while not done.wait(RENEW_S) and time.monotonic() < until:
            try:
                mine = model._default_manager.filter(claim=token, state=Job.State.RUNNING)
                mine.update(lease_until=timezone.now() + timedelta(seconds=LEASE_S))
            except (OperationalError, InterfaceError) as error:
                logger.warning("a lease was not renewed: %s", error)
            finally:
                connection.close()

    threading.Thread(target=renew, name="radgame-lease", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def longest_lease_s(model: type[Job]) -> int:
    """A claim that nobody renews outlives the process that made it by a little, and no more."""
    return LIMITS[model.queue].hard_s + 30


def claim(
    model: type[J],
    *,
    keys: Sequence[Any],
    delivery: Delivery,
    lease_s: float | None = None,
    now: datetime | None = None,
) -> list[J]:
    """Take those of these rows that nobody else has; they come as ``running``, in key order.

    ``lease_s``: shorter than the longest one only for who renews it.

    A message that is delivered again may take over what its first delivery left behind: its
    worker is dead, or the message would have been acknowledged.
    """
    now = now or timezone.now()
    waiting = Q(state=Job.State.WAITING, due_at__lte=now)
    abandoned = Q(state=Job.State.RUNNING, lease_until__lt=now)
    free = waiting | abandoned
    if delivery.again and delivery.task_id:
        free |= Q(state=Job.State.RUNNING, claimed_by=delivery.task_id)
    rows = model._default_manager.filter(free, pk__in=keys)
    _give_up(rows, now)
    token = uuid.uuid4()
    rows.update(
        state=Job.State.RUNNING,
        claim=token,
        claimed_by=delivery.task_id[:64],
        lease_until=now + timedelta(seconds=lease_s or longest_lease_s(model)),
        tries=F("tries") + 1,
    )
    return list(model._default_manager.filter(claim=token).order_by("pk"))


def finish(job: Job, *, state: str = Job.State.DONE, **values: Any) -> bool:
    """Store what was made; False, and nothing stored, when the row was given to another."""
    return _leave(job, state=state, error="", finished_at=timezone.now(), **values)


def fail(job: Job, *, error: str, passing: bool = False) -> bool:
    """Say why it failed; tried again later when that may pass and it was not tried too often."""
    if passing and job.tries < MAX_TRIES:
        wait_s = BACKOFF_S[min(job.tries, len(BACKOFF_S)) - 1]
        due_at = timezone.now() + timedelta(seconds=wait_s)
        # Not sent: the sweeper sends it when it is due.
        return _leave(job, state=Job.State.WAITING, error=error[:300], due_at=due_at, sent_at=None)
    return _leave(job, state=Job.State.FAILED, error=error[:300], finished_at=timezone.now())


def _leave(job: Job, **values: Any) -> bool:
    # A model may write anything, and a row that cannot be stored would never come to an end.
    values = {
        name: _UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in values.items()
    }
    values |= {"claim": None, "claimed_by": "", "lease_until": None}
    held = type(job)._default_manager.filter(pk=job.pk, claim=job.claim, state=Job.State.RUNNING)
    left = held.update(**values) == 1
    if left:
        for name, value in values.items():
            setattr(job, name, value)
    return left


def _give_up(rows: "models.QuerySet[Any]", now: datetime) -> int:
    """Fail what was tried too often without an end: it may be what kills the workers."""
    return rows.filter(tries__gte=MAX_TRIES).update(
        state=Job.State.FAILED,
        error=f"given up: {MAX_TRIES} tries ended without a word, the worker was lost each time",
        claim=None,
        claimed_by="",
        lease_until=None,
        finished_at=now,
    )


# --- sending, sweeping, trying again -------------------------------------------


def send(model: type[Job], keys: Iterable[Any]) -> None:
    """Tell the workers of new rows, when they are committed."""
    task = kind_of(model).task
    for chunk in _chunks([str(key) for key in keys], PER_MESSAGE):
        send_on_commit(task, chunk)


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """Send what is stuck, and free what dead workers hold; by kind, how many rows were sent.

    Safe at any time and in several processes: a message too many finds nothing to claim.
    """
    now = now or timezone.now()
    # Asked of all before anything is sent: kinds share a queue.
    patience = [(kind, _resend_after_s(kind)) for kind in kinds()]
    return {kind.name: _sweep(kind, now, resend_after_s) for kind, resend_after_s in patience}


def _sweep(kind: JobKind, now: datetime, resend_after_s: int) -> int:
    everything = kind.model._default_manager
    abandoned = everything.filter(state=Job.State.RUNNING, lease_until__lt=now)
    _give_up(abandoned, now)
    abandoned.update(**_FREE, error=LOST)
    unsent = Q(sent_at__isnull=True) | Q(sent_at__lt=now - timedelta(seconds=resend_after_s))
    stuck = everything.filter(unsent, state=Job.State.WAITING, due_at__lte=now)
    found = list(stuck.order_by("due_at").values_list("pk", "tries")[:PER_SWEEP])
    sent = _publish(kind, [key for key, tries in found if not tries], PER_MESSAGE, now)
    # What did not end well before may end its worker: alone, it takes nothing with it.
    sent += _publish(kind, [key for key, tries in found if tries], 1, now)
    if sent:
        logger.info("swept %s: %d sent again", kind.name, sent)
    return sent


def _publish(kind: JobKind, keys: Iterable[Any], per_message: int, now: datetime) -> int:
    """Send until the broker does not answer; gives how many rows were sent."""
    sent = 0
    for chunk in _chunks(list(keys), per_message):
        if not publish(kind.task, [[str(key) for key in chunk]]):
            break
        kind.model._default_manager.filter(pk__in=chunk).update(sent_at=now)
        sent += len(chunk)
    return sent


def _resend_after_s(kind: JobKind) -> int:
    # A broker that came back without its memory has an empty queue.
    empty = depth(kind.task.app, kind.model.queue) == 0
    return RESEND_EMPTY_AFTER_S if empty else RESEND_AFTER_S


def retry(kind: JobKind, *, now: datetime | None = None) -> int:
    """Have everything that failed, and everything that waits, tried now; gives how many rows."""
    now = now or timezone.now()
    rows = try_now(kind.model._default_manager.all(), now)
    _sweep(kind, now, RESEND_AFTER_S)
    return rows


def try_now(rows: "models.QuerySet[Any]", now: datetime) -> int:
    """Let those of these rows that failed or wait be due now, their tries forgotten."""
    waiting = rows.filter(state=Job.State.WAITING)
    due: int = waiting.update(tries=0, due_at=now, sent_at=None)
    failed = rows.filter(state=Job.State.FAILED)
    return due + failed.update(
        state=Job.State.WAITING,
        tries=0,
        created_at=now,
        due_at=now,
        sent_at=None,
        finished_at=None,
    )


def _chunks(keys: Sequence[Any], size: int) -> Iterable[list[Any]]:
    return (list(keys[at : at + size]) for at in range(0, len(keys), size))
