"""Refusals: one shape for all, with a sentence, whatever went wrong.

    {"code": "not_found", "message": "There is nothing here …", "fields": {}}

``fields`` holds, for what was sent wrongly, sentences by the name of the field; a place inside a
list or an object is written with dots: ``marks.0.box``.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import exceptions
from rest_framework.response import Response

RETRY_AFTER_S: Final = 5
# What is wrong with the whole of what was sent.
WHOLE: Final = ""


class Invalid(exceptions.APIException):
    """What was sent cannot be taken as it is; ``fields`` by name, "" for the whole of it."""

    status_code = 422

    def __init__(self, message: str, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}


class Conflict(exceptions.APIException):
    """It was understood, and cannot be done now; the message says why and what is kept."""

    status_code = 409


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of every refusal."""

    code: str
    message: str
    fields: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def refusing(*errors: type[Exception]) -> Iterator[None]:
    """A service's refusal, whose words are for the person who asked, as a conflict."""
    try:
        yield
    except errors as refused:
        raise Conflict(str(refused)) from refused


def accept(form: forms.BaseForm, *, called: Mapping[str, str] = MappingProxyType({})) -> None:
    """Have a page's form judge what was sent: its rules are not written twice.

    ``called``: the name under which a field of the form was sent, where it is another.
    """
    if form.is_valid():
        return
    fields = {
        WHOLE if name == NON_FIELD_ERRORS else called.get(name, str(name)): [
            str(error) for error in said
        ]
        for name, said in form.errors.items()
    }
    raise _invalid(fields)


def _invalid(fields: dict[str, list[str]]) -> Invalid:
    whole = fields.pop(WHOLE, [])
    message = " ".join(whole) or ngettext(
        "One field cannot be taken as it is: %(names)s.",
        "%(count)d fields cannot be taken as they are: %(names)s.",
        len(fields),
    ) % {"count": len(fields), "names": ", ".join(fields)}
    return Invalid(message, fields)


def answer_to(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception of a view; None for a fault of ours, which goes on its way."""
    told = _told(exc)
    if told is None:
        return None
    status, problem = told
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exc, exceptions.Throttled):
        headers["Retry-After"] = str(_seconds(exc))
    if isinstance(exc, OperationalError | InterfaceError):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return Response(asdict(problem), status=status, headers=headers)


def _told(exc: Exception) -> tuple[int, Problem] | None:
    match exc:
        case Http404() | exceptions.NotFound():
            return 404, not_found()
        case exceptions.ValidationError():
            return 422, _problem_of(_invalid(dict(_sentences(exc.detail))))
        case Invalid():
            return 422, _problem_of(exc)
        case Conflict():
            return 409, Problem("conflict", str(exc.detail))
        case exceptions.Throttled():
            return 429, _too_often(exc)
        case exceptions.NotAuthenticated():
            return 401, Problem(
                "not_signed_in", _("Sign in, or send a token: Authorization: Bearer …")
            )
        case exceptions.AuthenticationFailed():
            return 401, Problem("token_refused", str(exc.detail))
        case exceptions.PermissionDenied() if str(exc.detail).startswith("CSRF"):
            return 403, Problem(
                "csrf_failed",
                _("A session needs the page's CSRF token in the header X-CSRFToken. Nothing done."),
            )
        case exceptions.PermissionDenied():
            return 403, Problem("forbidden", str(exc.detail))
        case PermissionDenied():
            return 403, Problem("forbidden", str(exc) or _("This is not open to you."))
        case exceptions.ParseError():
            return 400, Problem("not_json", _("The body is not whole JSON. Nothing was done."))
        case RequestDataTooBig():
            return 413, Problem("too_large", _("The body is too large. Nothing was done."))
        case exceptions.MethodNotAllowed():
            return 405, Problem("method_not_allowed", _("This cannot be done to this address."))
        case exceptions.UnsupportedMediaType():
            return 415, Problem("not_json", _("Send JSON: Content-Type: application/json."))
        case OperationalError() | InterfaceError():
            return 503, Problem(
                "unavailable", _("The database does not answer. Try again in a few seconds.")
            )
    return None


def not_found() -> Problem:
    return Problem("not_found", _("There is nothing at this address, or it is not open to you."))


def _problem_of(exc: Invalid) -> Problem:
    return Problem("invalid", str(exc.detail), exc.fields)


def _too_often(exc: exceptions.Throttled) -> Problem:
    seconds = _seconds(exc)
    words = ngettext(
        "Too many requests. Try again in %(seconds)d second.",
        "Too many requests. Try again in %(seconds)d seconds.",
        seconds,
    )
    return Problem("too_often", words % {"seconds": seconds})


def _seconds(exc: exceptions.Throttled) -> int:
    return max(1, math.ceil(getattr(exc, "wait", None) or 1))


def _sentences(detail: Any, place: str = WHOLE) -> Iterator[tuple[str, list[str]]]:
    """What the framework says of nested fields, flat: by place, its sentences."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = WHOLE if name == "non_field_errors" else str(name)
            yield from _sentences(inner, ".".join(part for part in (place, own) if part))
    elif isinstance(detail, list) and any(isinstance(inner, dict) for inner in detail):
        for number, inner in enumerate(detail):
            if inner:
                yield from _sentences(inner, f"{place}.{number}" if place else str(number))
    else:
        said = detail if isinstance(detail, list) else [detail]
        yield place, [str(sentence) for sentence in said]
