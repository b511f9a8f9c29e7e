"""The cache is merely empty while Redis does not answer, and true again afterwards."""

import itertools
import logging
import pickle
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from radgame import cache as cache_module
from radgame.accounts.models import User
from radgame.cache import RedisCache

OPTIONS = {"OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}}
_ports = itertools.count(1)


class SmallRedis:
    """Enough of Redis, in this process: what is set, got and deleted, and whether it answers."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.answers = True
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while head := lines.readline():
                words = []
                for _number in range(int(head[1:])):
                    size = int(lines.readline()[1:])
                    words.append(lines.read(size + 2)[:-2])
                if not self.answers:
                    return
                connection.sendall(self._answer(words))

    def _answer(self, words: list[bytes]) -> bytes:
        match words[0].upper(), *words[1:]:
            case b"SET", key, value, *_options:
                self.values[key] = value
                return b"+OK\r\n"
            case b"GET", key:
                value = self.values.get(key)
                return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)
            case b"DEL", *keys:
                return b":%d\r\n" % sum(self.values.pop(key, None) is not None for key in keys)
            case b"HELLO", *_rest:
                return b"-ERR unknown command 'HELLO'\r\n"
        return b"+OK\r\n"


@pytest.fixture
def redis() -> Iterator[SmallRedis]:
    redis = SmallRedis()
    yield redis
    redis.close()


def a_cache(port: int) -> RedisCache:
    return RedisCache(f"redis://127.0.0.1:{port}/0?protocol=2", OPTIONS)


@pytest.fixture
def nobody() -> RedisCache:
    """A cache whose Redis is not there."""
    return a_cache(next(_ports))


def test_without_redis_every_question_has_the_answer_of_an_empty_cache(nobody: RedisCache) -> None:
    nobody.set("a", 1)
    nobody.set_many({"a": 1})
    nobody.delete_many(["a"])
    assert nobody.get("a") is None
    assert nobody.get("a", "default") == "default"
    assert nobody.get_many(["a"]) == {}
    assert nobody.add("a", 1) is True
    assert nobody.has_key("a") is False
    assert nobody.touch("a") is False
    assert nobody.delete("a") is False
    with pytest.raises(ValueError, match="not found"):
        nobody.incr("a")


def test_it_is_said_once(nobody: RedisCache, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "radgame.cache"):
        for _ in range(3):
            nobody.get("a")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "counts as empty" in caplog.text


def test_a_redis_that_says_nothing_holds_one_question_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        cache = a_cache(deaf.getsockname()[1])
        began = time.monotonic()
        for _ in range(20):
            assert cache.get("a") is None
        assert time.monotonic() - began < 3


def test_what_changed_meanwhile_is_forgotten_when_redis_is_back(
    redis: SmallRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "PAUSE_S", 0.0)
    cache = a_cache(redis.port)
    cache.set("ended", "a session")
    cache.set("kept", "another")
    redis.answers = False
    cache.delete("ended")
    redis.answers = True
    assert cache.get("ended") is None
    assert cache.get("kept") == "another"
    assert pickle.loads(redis.values[b":1:kept"]) == "another"  # noqa: S301


@pytest.mark.django_db
def test_signing_in_and_out_needs_no_redis(client: Client, alice: User, settings: Settings) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "radgame.cache.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{next(_ports)}/0",
            **OPTIONS,
        },
    }
    assert caches["default"].get("anything") is None
    entered = {"login": "alice", "password": "correct horse"}
    assert client.post("/accounts/login/", entered).status_code == 302
    assert "alice" in client.get("/").content.decode()
    assert client.post("/accounts/logout/").status_code == 302
    assert "alice" not in client.get("/").content.decode()
