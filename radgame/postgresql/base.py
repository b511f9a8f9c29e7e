"""A kept connection is asked whether it lives only when that is in doubt.

Django asks before every request, which is a trip to the database in four. A server that goes away
closes the connection, and then its socket can be read; that is seen without asking anybody.
"""

import select
import time

from django.db.backends.postgresql import base

# A network that swallows everything closes nothing: a connection that rested so long is asked.
RESTED_S = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Health checks as before, less those whose answer is known."""

    # Django's own, which its type stubs do not all know.
    health_check_enabled: bool
    health_check_done: bool

    _used_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        if self.health_check_enabled and not self.health_check_done and self._surely_lives():
            self.health_check_done = True
        super().close_if_health_check_failed()
        self._used_at = time.monotonic()

    def _surely_lives(self) -> bool:
        """Used a moment ago, and the server has said nothing since, not even goodbye."""
        session = self.connection
        if session is None or session.closed or time.monotonic() - self._used_at > RESTED_S:
            return False
        socket = select.poll()
        socket.register(session.fileno(), select.POLLIN)
        return not socket.poll(0)
