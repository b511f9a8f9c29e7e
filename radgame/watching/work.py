"""What stands in the rows of work: how many in which state, since when, and what is stuck."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models
from django.db.models import Count, Min, Q
from django.utils import timezone

from radgame.jobs import RESEND_AFTER_S, Job, JobKind, kinds
from radgame.queues import depth

LATEST: Final = 50
# So much longer than the sweeper's own patience it may be until it has sent again.
RESEND_SLACK_S: Final = 60
# A kind whose results are checked before anybody sees them says in this field why not.
_DROP_REASON: Final = "drop_reason"


@dataclass(slots=True)
class KindOfWork:
    """One kind of work: rows by state, dropped rows by reason, and since when one waits.

    ``queued``: of what waits, that for which a message is on its way. ``stuck``: what has been due
    for long and is not, and what a lost worker holds.
    """

    name: str
    label: str
    queue: str
    states: dict[str, int]
    dropped: dict[str, int] = field(default_factory=dict)
    queued: int = 0
    stuck: int = 0
    waiting_since: datetime | None = None

    def waiting_s(self, now: datetime) -> float:
        """Seconds that the row which waits longest has waited; 0 when none does."""
        return (now - self.waiting_since).total_seconds() if self.waiting_since else 0.0

    @property
    def to_retry(self) -> int:
        return self.states[Job.State.WAITING] + self.states[Job.State.FAILED]


@dataclass(frozen=True, slots=True)
class FailedWork:
    """A row that failed for good; ``error`` is for staff, since it may quote a model."""

    kind: str
    key: str
    failed_at: datetime
    error: str


def all_work(now: datetime | None = None) -> list[KindOfWork]:
    """Every kind, in one query each."""
    now = now or timezone.now()
    return [_work_of(kind, now) for kind in kinds()]


def _work_of(kind: JobKind, now: datetime) -> KindOfWork:
    waits = Q(state=Job.State.WAITING)
    overdue = waits & Q(due_at__lt=now - timedelta(seconds=RESEND_AFTER_S))
    # Of a long queue the sweeper sends the messages again and again: whose was sent lately waits
    # in it for its turn. What is not taken up though the queue is empty, waits for nobody.
    queued = waits & Q(sent_at__gte=now - timedelta(seconds=RESEND_AFTER_S + RESEND_SLACK_S))
    if depth(kind.task.app, kind.model.queue) == 0:
        queued &= ~overdue
    abandoned = Q(state=Job.State.RUNNING, lease_until__lt=now)
    groups = _groups(kind.model)
    everything: models.QuerySet[Any] = kind.model._default_manager.all()
    rows = (
        everything.values(*groups)
        .annotate(
            count=Count("pk"),
            queued=Count("pk", filter=queued),
            stuck=Count("pk", filter=(overdue & ~queued) | abandoned),
            oldest=Min("created_at"),
        )
        .order_by(*groups)
    )
    found = KindOfWork(
        name=kind.name,
        label=str(kind.model._meta.verbose_name_plural),
        queue=kind.model.queue,
        states=dict.fromkeys(Job.State.values, 0),
    )
    for row in rows:
        _add(found, row)
    return found


def _add(found: KindOfWork, row: dict[str, Any]) -> None:
    state = row["state"]
    found.states[state] += row["count"]
    found.queued += row["queued"]
    found.stuck += row["stuck"]
    if state == Job.State.DROPPED:
        reason = row.get(_DROP_REASON) or "unknown"
        found.dropped[reason] = found.dropped.get(reason, 0) + row["count"]
    if state == Job.State.WAITING:
        # One group only: what waits has no reason yet, or the earliest of several counts.
        times = [time for time in (found.waiting_since, row["oldest"]) if time is not None]
        found.waiting_since = min(times)


def _groups(model: type[Job]) -> list[str]:
    has_reasons = any(field.name == _DROP_REASON for field in model._meta.get_fields())
    return ["state", _DROP_REASON] if has_reasons else ["state"]


def failed_work() -> list[FailedWork]:
    """What failed, the latest first, in one query a kind."""
    latest: list[FailedWork] = [row for kind in kinds() for row in _failed(kind)]
    return sorted(latest, key=lambda row: row.failed_at, reverse=True)[:LATEST]


def _failed(kind: JobKind) -> Iterable[FailedWork]:
    rows: models.QuerySet[Any] = kind.model._default_manager.filter(
        state=Job.State.FAILED, finished_at__isnull=False
    )
    told = rows.order_by("-finished_at").values_list("pk", "finished_at", "error")
    for key, failed_at, error in told[:LATEST]:
        yield FailedWork(kind.name, str(key), failed_at, error)
