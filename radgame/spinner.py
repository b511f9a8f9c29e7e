"""How far a command is, for whoever waits for it."""

import sys
import time
from typing import Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

PLAIN_EVERY_S: Final = 10.0


class Spinner:
    """A spinner on a terminal, a line now and then elsewhere, nothing when quiet."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._last = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> "Spinner":
        if not self._quiet and self._console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._bar.start()
            self._bar.add_task("reading", total=None)
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, text: str) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=text)
        elif not self._quiet and time.monotonic() - self._last > PLAIN_EVERY_S:
            self._last = time.monotonic()
            self._console.print(text)
            sys.stdout.flush()
