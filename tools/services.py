"""The PostgreSQL and the Redis that tests may use. Standard library only."""

# An old Python must get as far as the line that says it is too old.
from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Tests empty what they use; a site's sessions and messages lie in database 0, as README has it.
FIRST_OF_TESTS: Final = 9


def redis_of_tests(url: str, worker: int = 0) -> str:
    """The address of a Redis, with a database for a test process; 0 and none become 9.

    A worker's number is added, so that no process empties what another one uses. As redis-py reads
    it, ``?db=`` goes before the path, and a path that is no number is database 0.
    """
    parts = urlsplit(url)
    is_socket = parts.scheme == "unix"
    query = dict(parse_qsl(parts.query))
    named = query.pop("db", "" if is_socket else parts.path.replace("/", ""))
    number = ((int(named) if named.isdigit() else 0) or FIRST_OF_TESTS) + worker
    if is_socket:
        # urlunsplit would leave out the slashes before an empty host.
        return f"unix://{parts.netloc}{parts.path}?{urlencode({**query, 'db': str(number)})}"
    return urlunsplit(parts._replace(path=f"/{number}", query=urlencode(query)))
