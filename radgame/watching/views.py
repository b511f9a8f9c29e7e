"""The metrics, and the staff's page of work."""

import hmac
import ipaddress
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from redis.exceptions import RedisError

from radgame.accounts.access import staff_required
from radgame.jobs import kinds, retry

from .broker import BEAT, Sign, is_embedded, read_broker
from .metrics import counted
from .state import StateCollector
from .work import all_work, failed_work

logger = logging.getLogger(__name__)

REFRESH_S = 5


# --- metrics ----------------------------------------------------------------------


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that is counted, for Prometheus; only for who has the token."""
    if settings.METRICS_TOKEN:
        if not _has_token(request):
            refusal = HttpResponse(status=401)
            refusal["WWW-Authenticate"] = "Bearer"
            return refusal
    elif settings.PRODUCTION or not (_is_here(request) or request.user.is_staff):
        raise Http404
    standing = CollectorRegistry()
    standing.register(StateCollector())
    body = generate_latest(counted()) + generate_latest(standing)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


def _is_here(request: HttpRequest) -> bool:
    """Whether it comes from this machine, and not through a proxy on it."""
    address = request.META.get("REMOTE_ADDR", "")
    if "HTTP_X_FORWARDED_FOR" in request.META or not address:
        return False
    return ipaddress.ip_address(address).is_loopback


# --- the page of work -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue as the page shows it; no length when the broker does not answer."""

    name: str
    length: int | None
    workers: int | None


@dataclass(frozen=True, slots=True)
class WorkerRow:
    name: str
    queues: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Workers:
    """``state``: ``embedded``, ``up`` or ``down``."""

    state: str
    queues: tuple[QueueRow, ...] = ()
    alive: tuple[WorkerRow, ...] = ()
    being_done: int = 0
    without: tuple[str, ...] = ()


@staff_required
@require_safe
@never_cache
def work(request: HttpRequest) -> HttpResponse:
    """Queues, workers, what waits, what is stuck and what failed; htmx asks for the middle anew."""
    context = {
        "now": timezone.now(),
        "workers": _workers(),
        "work": all_work(),
        "failed": failed_work(),
        "refresh_s": REFRESH_S,
    }
    part = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "staff/work_state.html" if part else "staff/work.html", context)


@staff_required
@require_POST
def retry_work(request: HttpRequest, kind: str) -> HttpResponse:
    """Have everything of a kind that failed or waits tried now."""
    known = next((known for known in kinds() if known.name == kind), None)
    if known is None:
        raise Http404
    rows = retry(known)
    name = known.model._meta.verbose_name_plural
    said = ngettext(
        "%(name)s: %(count)d is tried again.", "%(name)s: %(count)d are tried again.", rows
    )
    empty = _("%(name)s: nothing failed and nothing waits.")
    told = (said if rows else empty) % {"name": str(name).capitalize(), "count": rows}
    messages.info(request, told)
    return redirect("staff_work")


def _workers() -> Workers:
    if is_embedded():
        return Workers("embedded")
    try:
        broker = read_broker()
    except RedisError as error:
        logger.warning("page of work: broker", extra={"error": type(error).__name__})
        return Workers("down")
    return Workers(
        state="up",
        queues=tuple(
            QueueRow(name, length, sum(name in sign.queues for sign in broker.alive))
            for name, length in broker.lengths.items()
        ),
        alive=tuple(_worker_row(sign) for sign in broker.alive),
        being_done=broker.being_done,
        without=tuple(
            queue
            for queue in (*broker.lengths, BEAT)
            if not any(queue in sign.queues for sign in broker.alive)
        ),
    )


def _worker_row(sign: Sign) -> WorkerRow:
    since = datetime.fromtimestamp(min(sign.since, time.time()), tz=UTC)
    return WorkerRow(sign.name, ", ".join(sign.queues), since)
