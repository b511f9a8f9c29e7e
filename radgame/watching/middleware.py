"""One line of the log and one measurement for each request, and the id that ties them together."""

import logging
import re
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

from .metrics import METHODS, observe_request

logger = logging.getLogger(__name__)

HEADER: Final = "X-Request-ID"
UNMATCHED: Final = "unmatched"
# Asked every few seconds by machines; a line each would bury the rest.
QUIET_ROUTES: Final = frozenset({"healthz", "metrics"})

_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class WatchMiddleware:
    """Says of each request route, method, status, milliseconds and who, and never what was sent.

    The route is the name of the address, so no address, query or slug is in the log. The keys of
    the address (``attempt_id``) are bound before the view runs, so they are on every line that
    comes out of it, and the request's id goes on to the tasks that it sends.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_id = _request_id(request)
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        try:
            response = self._get_response(request)
            response.headers[HEADER] = request_id
            self._say(request, response.status_code, time.perf_counter() - began)
        finally:
            clear_contextvars()
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> None:
        keys = {
            name: value if isinstance(value, int) else str(value)
            for name, value in kwargs.items()
            if name.endswith("_id") and isinstance(value, int | uuid.UUID)
        }
        if keys:
            bind_contextvars(**keys)

    def _say(self, request: HttpRequest, status: int, seconds: float) -> None:
        route = route_of(request)
        method = request.method if request.method in METHODS else "OTHER"
        observe_request(route=route, method=method, status=status, seconds=seconds)
        quiet = route in QUIET_ROUTES and status < 400
        said = {"route": route, "method": method, "status": status, "ms": round(seconds * 1000, 1)}
        # Only if the page asked who it is: the log must not cost a query.
        user = getattr(request, "_cached_user", None)
        if user is not None and user.pk is not None:
            said["user_id"] = user.pk
        logger.log(logging.DEBUG if quiet else logging.INFO, "request", extra=said)


def route_of(request: HttpRequest) -> str:
    """The name of the address, as in ``localize:submit``."""
    match = request.resolver_match
    return match.view_name if match is not None and match.view_name else UNMATCHED


def _request_id(request: HttpRequest) -> str:
    """The proxy's, where one of our own stands in front and it is well-formed; else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID") if settings.TRUST_REQUEST_ID else None
    return given if given and _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
