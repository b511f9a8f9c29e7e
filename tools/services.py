"""The PostgreSQL and the Redis that tests may use. Standard library only."""

# An old Python must get as far as the line that says it is too old.
from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Tests empty what they use; a site's sessions and messages lie in database 0, as README has it.
FIRST_OF_TESTS: Final = 9


def redis_of_tests(url: str, worker: int = 0) -> str:
    """The address of a Redis, with a database for a test process; 0 and none become 9.

    A worker's number is added, so that no process empties what another one uses. As redis-py reads
    it, ``?db=`` goes before the path, and a path that is no number is database 0.
    """
    number = _database_of(url) or FIRST_OF_TESTS
    return in_database(url, number + worker)


def in_database(url: str, number: int) -> str:
    """The address of this database of a Redis, whichever one the address named."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.pop("db", None)
    if parts.scheme == "unix":
        # urlunsplit would leave out the slashes before an empty host.
        return f"unix://{parts.netloc}{parts.path}?{urlencode({**query, 'db': str(number)})}"
    return urlunsplit(parts._replace(path=f"/{number}", query=urlencode(query)))


def _database_of(url: str) -> int:
    parts = urlsplit(url)
    path = "" if parts.scheme == "unix" else parts.path.replace("/", "")
    named = dict(parse_qsl(parts.query)).get("db", path)
    return int(named) if named.isdigit() else 0


# Asked by the environment's Python, which has the drivers; the address may hold a password, so it
# stays off the command line.
_ASK: Final = """
import os, sys
url = os.environ["RADGAME_PROBED"]
try:
    if sys.argv[1] == "PostgreSQL":
        import psycopg2
        psycopg2.connect("postgresql://" + url.partition("://")[2], connect_timeout=5).close()
    else:
        import redis
        redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5).ping()
except Exception as error:
    sys.exit(" ".join(str(error).split()) or type(error).__name__)
"""


def refusal(python: str, name: str, url: str) -> str:
    """Why ``PostgreSQL`` or ``Redis`` does not let the tests in; empty when it does."""
    if name == "PostgreSQL" and not url.startswith(("postgres", "psql", "pgsql")):
        return "the address names no PostgreSQL"
    asked = subprocess.run(
        [python, "-c", _ASK, name],
        env={**os.environ, "RADGAME_PROBED": url},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = asked.stderr.strip().splitlines()
    return "" if asked.returncode == 0 else (lines[-1] if lines else "it does not answer")


def shown(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query="").geturl()


def left_out(addresses: Mapping[str, str], refusals: Mapping[str, str]) -> list[str]:
    """A line for each service when one of them refuses: they are used together or not at all."""
    if not any(refusals.values()):
        return []
    what = "the tests on PostgreSQL and Redis"
    return [
        f"{what}: {name} at {shown(url)}: {refusals[name]}"
        if refusals[name]
        else f"{what}: {name} answers at {shown(url)}, but is not used without the other"
        for name, url in addresses.items()
    ]
