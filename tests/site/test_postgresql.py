"""A restart of PostgreSQL breaks no later request, and a live connection is not asked each time."""

import select
from collections.abc import Iterator

import psycopg2
import pytest
from django.db import connection

from radgame.postgresql.base import RESTED_S, DatabaseWrapper

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _kept_connection(db: None) -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could go away")
    connection.close()
    connection.ensure_connection()
    assert connection.settings_dict["CONN_HEALTH_CHECKS"]
    yield
    connection.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What was answered each time the connection was asked whether it lives."""
    answers: list[bool] = []
    real = DatabaseWrapper.is_usable

    def is_usable(self: DatabaseWrapper) -> bool:
        answers.append(real(self))
        return answers[-1]

    monkeypatch.setattr(DatabaseWrapper, "is_usable", is_usable)
    return answers


def next_request() -> int:
    """What a request begins with, and a query; gives the session's number."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end_session(pid: int) -> None:
    """As a restart does, from outside; comes back when the socket has noticed."""
    options = connection.get_connection_params()
    options.pop("cursor_factory", None)
    other = psycopg2.connect(**options)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    finally:
        other.close()
    noticed = select.poll()
    noticed.register(connection.connection.fileno(), select.POLLIN)
    assert noticed.poll(10_000)


def test_a_connection_in_use_is_not_asked_before_every_request(asked: list[bool]) -> None:
    assert len({next_request() for _ in range(3)}) == 1
    assert asked == []


def test_a_connection_that_rested_is_asked(
    asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next_request()
    monkeypatch.setattr(connection, "_used_at", connection._used_at - RESTED_S - 1)
    assert next_request() == first
    assert asked == [True]


def test_a_server_that_went_away_is_noticed_before_the_next_request_needs_it(
    asked: list[bool],
) -> None:
    first = next_request()
    end_session(first)
    assert next_request() != first
    assert asked == [False]


def test_a_connection_that_was_closed_under_it_is_opened_again(asked: list[bool]) -> None:
    first = next_request()
    connection.connection.close()
    assert next_request() != first
