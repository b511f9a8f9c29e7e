"""The log as it is written, whatever the level, for tests to read."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from radgame.watching.lines import Lines, formatter

LOGGERS = ("", "radgame", "localize", "report", "django", "celery", "kombu", "gunicorn")


class Log:
    """What the handler of production has written since the test began."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = Lines(self._stream)
        self.handler.setFormatter(formatter("json"))

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        rows = [json.loads(line) for line in self.text.splitlines()]
        return [row for row in rows if event in {"", row["event"]}]


@pytest.fixture
def log() -> Iterator[Log]:
    """Every logger at its most talkative, through the handler of production."""
    made = Log()
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(made.handler)
    yield made
    root.removeHandler(made.handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
