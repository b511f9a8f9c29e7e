"""Pages that belong to no game: the front door, the small print, the health check."""

import logging
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

from localize.models import ROWS as LOCALIZE
from radgame.accounts.access import reader_required
from radgame.accounts.models import User
from radgame.cases.models import Dataset
from radgame.classroom.pages import due_rows
from radgame.classroom.studies.pages import own_studies
from radgame.playing import views as playing
from radgame.playing.models import GameRows
from radgame.playing.pages import home_of
from radgame.progress.learner import home_progress
from radgame.watching import broker
from report.models import ROWS as REPORT

GAMES = (LOCALIZE, REPORT)

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Continue where one stopped; for a stranger, what this is and how to start."""
    name = "home_guest.html" if request.user.is_anonymous else "home.html"
    context: dict[str, Any] = {"home": home_of(GAMES, request.user)}
    if isinstance(request.user, User):
        context["progress"] = home_progress(request.user)
        context["due"] = due_rows(request.user)
        context["studies"] = own_studies(request.user)
        context["is_new"] = request.user.is_guest or not _has_begun(request.user)
    return render(request, name, context)


def _has_begun(person: User) -> bool:
    """Whether they ever opened a case; who did knows where the sets are."""
    return any(rows.sittings._default_manager.filter(reader=person).exists() for rows in GAMES)


@reader_required
@require_POST
def practise(request: HttpRequest, game: str) -> HttpResponse:
    """What to practise next, in one button."""
    found = next((rows for rows in GAMES if rows.space == game), None)
    if found is None:
        raise Http404
    rows: GameRows[Any, Any] = found
    return playing.practise(request, rows)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is and is not, and whose films these are."""
    datasets = Dataset.objects.filter(cases__isnull=False).distinct()
    return render(request, "about.html", {"datasets": datasets})


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Database, broker, storage, version; 503 when one of them fails."""
    checks = {"database": _database(), "broker": _broker(), "storage": _storage()}
    healthy = all(state in {"ok", "embedded"} for state in checks.values())
    return JsonResponse(
        {"status": "ok" if healthy else "failing", "version": settings.VERSION, **checks},
        status=200 if healthy else 503,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long, or cookies are off: say so, and that nothing is lost."""
    return render(request, "403_csrf.html", status=403)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        logger.exception("health check: database")
        return "failing"
    return "ok"


def _broker() -> str:
    """The broker itself: the cache is merely empty while its Redis does not answer."""
    if broker.is_embedded():
        return "embedded"
    try:
        broker.ping()
    except RedisError:
        logger.exception("health check: broker")
        return "failing"
    return "ok"


def _storage() -> str:
    try:
        name = default_storage.save("healthz", ContentFile(b"ok"))
        default_storage.delete(name)
    except OSError:
        logger.exception("health check: storage")
        return "failing"
    return "ok"
