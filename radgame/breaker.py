"""What keeps pages from waiting, one after the other, for a server that does not answer."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """After a failure a server is left alone for ``pause_s``; then one caller tries, for all.

    One for each server and process, shared by its threads.
    """

    def __init__(self, pause_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._next_try: float | None = None

    def may_try(self) -> bool:
        """Whether to ask the server now; while it is not known to answer, one caller is told to."""
        if self._next_try is None:
            return True
        with self._lock:
            now = self._clock()
            if self._next_try is not None:
                if now < self._next_try:
                    return False
                self._next_try = now + self._pause_s
            return True

    def failed(self) -> bool:
        """It did not answer; true when that is news, and worth a line in the log."""
        with self._lock:
            news = self._next_try is None
            self._next_try = self._clock() + self._pause_s
        return news

    def answered(self) -> bool:
        """It answered; true when that is news."""
        if self._next_try is None:
            return False
        with self._lock:
            news = self._next_try is not None
            self._next_try = None
        return news
