"""What a visitor sees when a request failed for no fault of its own."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_AFTER_S = 5


def failed(request: HttpRequest) -> HttpResponse:
    """503 and a calm page while the database does not answer; else the page of an error.

    A handler and no middleware, since sessions are read and written outside of views too. The
    page asks the database nothing: it would fail like the first.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        page = render_to_string("503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    return server_error(request)
