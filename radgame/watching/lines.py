"""What a line of the log may hold: never a word that a learner, a report or a model wrote.

It is decided by what is allowed, not by what is forbidden. A line has the fixed text of its
message, numbers, names out of source code, and the fields named here. Of an exception it has the
class and the places in the code, and neither its message nor anybody's variables: both may hold
what was being worked on. Pure, and knows no Django: gunicorn's own process uses it too.
"""

import logging
import re
import sys
import uuid
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any, Final

from structlog.contextvars import merge_contextvars
from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, Processor

FORMATS: Final = ("json", "terminal")

OWN: Final = ("radgame", "localize", "report", "scoring")
# Their messages are fixed texts, and what changes is in the arguments.
KNOWN: Final = ("django", "celery", "kombu", "gunicorn")
# These put what changes into the text itself now and then: without arguments it is not shown.
PUT_TOGETHER: Final = ("gunicorn", "kombu")
# Their messages are made of what came in.
MADE_UP: Final = ("django.security", "celery.redirected")

# What our own code may say beside the message; everything else that a record carries is left out.
FIELDS: Final = (
    "error",
    "method",
    "ms",
    "outcome",
    "queue",
    "route",
    "rows",
    "seconds",
    "status",
    "task",
    "task_id",
    "user_id",
)

LEFT_OUT: Final = "…"
NOT_SHOWN: Final = "(a message that may hold text, not shown)"
MAX_FRAMES: Final = 20
MAX_CAUSES: Final = 5

# A dotted name out of source code, a key, or where a server listens. A single word is none of
# these: it may be a finding that somebody wrote.
_NAME: Final = re.compile(
    r"[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,8}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|https?://[\d.:\[\]]{3,60}"
)
# Our own code logs names of classes, tasks and kinds of work as well.
_OWN_NAME: Final = re.compile(r"[A-Za-z_][\w.]{0,100}")
_WARNING: Final = re.compile(r"(.{1,300}?:\d+): (\w+): ")
_ROOT: Final = str(Path(__file__).resolve().parents[2]) + "/"


def logging_settings(*, form: str, level: str | None) -> dict[str, Any]:
    """Django's LOGGING: one handler, one form, for every logger of the process.

    ``level``: for the root and for our own loggers; without one WARNING, our own INFO.
    """
    own = {name: {"level": level or "INFO"} for name in OWN}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "radgame.watching.lines.formatter", "form": form}},
        "handlers": {"lines": {"class": "radgame.watching.lines.Lines", "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": level or "WARNING"},
        "loggers": {
            **own,
            # Django's defaults would print requests in a form of their own, and mail them.
            "django": {"handlers": [], "level": level or "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": level or "WARNING", "propagate": True},
            # What is refused has its line already (middleware.py).
            "django.request": {"level": "ERROR"},
            # radgame.watching.working says the same without what a task raised.
            "celery.app.trace": {"level": "CRITICAL"},
        },
    }


def formatter(form: str) -> ProcessorFormatter:
    """The formatter of every handler; ``form``: see FORMATS."""
    render: Processor = (
        JSONRenderer(ensure_ascii=False)
        if form == "json"
        else ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
    )
    return ProcessorFormatter(
        processors=[ProcessorFormatter.remove_processors_meta, render],
        foreign_pre_chain=[
            say_where_from,
            TimeStamper(fmt="iso", utc=True),
            merge_contextvars,
            _OwnFields(),
            say_what,
            say_error,
        ],
        use_get_message=False,
        pass_foreign_args=True,
    )


class Lines(logging.StreamHandler[Any]):
    """To standard error. What cannot be written is not printed instead, as Python would."""

    def handleError(self, record: logging.LogRecord) -> None:
        # Python's own prints the record with its arguments, and the line of source that it is.
        kind = sys.exc_info()[0]
        what = kind.__name__ if kind else "error"
        sys.__stderr__ and sys.__stderr__.write(f"a log line of {record.name} was lost: {what}\n")


# --- processors -------------------------------------------------------------------


def say_where_from(_logger: Any, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["level"] = record.levelname.lower()
    event["logger"] = record.name
    return event


def say_what(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Put together the message, as far as it is known to hold nobody's words."""
    record: logging.LogRecord = event["_record"]
    arguments = event.pop("positional_args", ())
    event["event"] = message_of(record.name, record.msg, arguments)
    if event["event"] == NOT_SHOWN:
        event["at"] = [_place(record.pathname, record.lineno, record.funcName or "")]
    return event


def say_error(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Turn what was raised into classes and places."""
    event.pop("stack_info", None)
    exc_info = event.pop("exc_info", None)
    error = exc_info[1] if isinstance(exc_info, tuple) else None
    if error is not None:
        event.update(told(error))
    return event


class _OwnFields:
    """The fields that our own loggers add; those of others are not looked at."""

    def __init__(self) -> None:
        self._add = ExtraAdder(allow=FIELDS)

    def __call__(self, logger: Any, method: str, event: EventDict) -> EventDict:
        return self._add(logger, method, event) if _is_of(event["logger"], OWN) else event


def message_of(logger: str, message: object, arguments: object) -> str:
    """The message with its arguments, each left out unless it is a number or a name."""
    own = _is_of(logger, OWN)
    if logger == "py.warnings":
        return _warning(arguments)
    if not isinstance(message, str) or _is_of(logger, MADE_UP):
        return NOT_SHOWN
    if not own and not _is_of(logger, KNOWN):
        return NOT_SHOWN
    if not arguments and _is_of(logger, PUT_TOGETHER):
        return NOT_SHOWN
    try:
        if isinstance(arguments, Mapping):
            return message % {name: _safe(value, own) for name, value in arguments.items()}
        if isinstance(arguments, tuple) and arguments:
            return message % tuple(_safe(value, own) for value in arguments)
    except (TypeError, ValueError, KeyError):
        # An argument that was left out does not fit a %d: the fixed text still says what it is.
        return message
    return message


def told(error: BaseException) -> MutableMapping[str, Any]:
    """The class of an exception, where it was raised, and the classes of what led to it."""
    said: dict[str, Any] = {"error": _class_name(error), "at": list(_places(error.__traceback__))}
    causes = [_class_name(cause) for cause in _causes(error)]
    if causes:
        said["because"] = causes
    return said


def _causes(error: BaseException) -> Iterator[BaseException]:
    for _number in range(MAX_CAUSES):
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return
        yield cause
        error = cause


def _places(traceback: TracebackType | None) -> list[str]:
    frames = [
        _place(frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in walk_tb(traceback)
    ]
    return frames[-MAX_FRAMES:]


def _place(path: str, line: int, function: str) -> str:
    path = path.removeprefix(_ROOT)
    _before, found, package = path.rpartition("/site-packages/")
    return f"{package if found else path}:{line} {function}"


def _class_name(error: BaseException) -> str:
    kind = type(error)
    place = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return place + kind.__qualname__


def _safe(value: object, own: bool) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, type):
        return value.__qualname__
    if isinstance(value, uuid.UUID):
        return str(value)
    known = _OWN_NAME if own else _NAME
    return value if isinstance(value, str) and known.fullmatch(value) else LEFT_OUT


def _warning(arguments: object) -> str:
    """Where a warning was given and of which class; its text is left out."""
    text = arguments[0] if isinstance(arguments, tuple) and arguments else ""
    found = _WARNING.match(text) if isinstance(text, str) else None
    return f"{found[2]} at {found[1].removeprefix(_ROOT)}" if found else NOT_SHOWN


def _is_of(logger: str, names: tuple[str, ...]) -> bool:
    return any(logger == name or logger.startswith(f"{name}.") for name in names)
