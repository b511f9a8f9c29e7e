"""Django's cache on Redis, that is merely empty while Redis does not answer.

Sessions are kept in the database too, and rate limits can be missed for a while: nothing in the
cache is worth a page that fails or hangs.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, TypeVar

from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from django.core.cache.backends.redis import RedisCacheClient
from redis.exceptions import RedisError

from .breaker import Breaker

logger = logging.getLogger(__name__)

# For so long nobody asks a Redis that did not answer.
PAUSE_S: Final = 5.0
# How many keys are remembered that changed meanwhile.
MAX_OWED: Final = 100_000

T = TypeVar("T")


class _Link:
    """What this process knows of one Redis: whether it answers, and what it has missed."""

    def __init__(self) -> None:
        self.breaker = Breaker(PAUSE_S)
        self._owed: set[str] = set()
        self._lock = threading.Lock()

    def owe(self, keys: Iterable[str]) -> None:
        """Remember that what Redis holds under these keys is out of date."""
        with self._lock:
            if len(self._owed) < MAX_OWED:
                self._owed.update(keys)

    def take_owed(self) -> list[str]:
        if not self._owed:
            return []
        with self._lock:
            owed, self._owed = list(self._owed), set()
        return owed


@cache
def _link(servers: tuple[str, ...]) -> _Link:
    # Django makes a client for each thread; what is known of the server is the process's.
    return _Link()


class _Client(RedisCacheClient):
    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._link = _link(tuple(servers))
        self._clients: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """One client for each pool; Django makes one for every question, which takes as long."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        if pool not in self._clients:
            self._clients[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return self._clients[pool]

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return self._ask(lambda: super(_Client, self).add(key, value, timeout), True, [key])

    def get(self, key: Any, default: Any) -> Any:
        return self._ask(lambda: super(_Client, self).get(key, default), default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._ask(lambda: super(_Client, self).set(key, value, timeout), None, [key])

    def touch(self, key: Any, timeout: Any) -> bool:
        return self._ask(lambda: super(_Client, self).touch(key, timeout), False)

    def delete(self, key: Any) -> bool:
        return self._ask(lambda: super(_Client, self).delete(key), False, [key])

    def get_many(self, keys: Any) -> Any:
        nothing: dict[Any, Any] = {}
        return self._ask(lambda: super(_Client, self).get_many(keys), nothing)

    def has_key(self, key: Any) -> bool:
        return self._ask(lambda: super(_Client, self).has_key(key), False)

    def incr(self, key: Any, delta: int) -> int:
        counted: int | None = self._ask(lambda: super(_Client, self).incr(key, delta), None, [key])
        if counted is None:
            # As for every key of an empty cache.
            raise ValueError(f"Key '{key}' not found.")
        return counted

    def set_many(self, data: Any, timeout: Any) -> None:
        self._ask(lambda: super(_Client, self).set_many(data, timeout), None, data)

    def delete_many(self, keys: Any) -> None:
        named = list(keys)
        self._ask(lambda: super(_Client, self).delete_many(named), None, named)

    def clear(self) -> bool:
        return self._ask(lambda: super(_Client, self).clear(), False)

    def _ask(self, do: Callable[[], T], otherwise: T, changes: Iterable[str] = ()) -> T:
        """What Redis says, or ``otherwise``; keys it was not told of are forgotten later."""
        breaker = self._link.breaker
        if not breaker.may_try():
            self._link.owe(changes)
            return otherwise
        owed: list[str] = []
        try:
            # First: a session that was ended meanwhile must not be found again.
            owed = self._link.take_owed()
            if owed:
                super().delete_many(owed)
            answer = do()
        except RedisError as error:
            self._link.owe([*owed, *changes])
            if breaker.failed():
                logger.warning("the cache does not answer, and counts as empty: %s", error)
            return otherwise
        if breaker.answered():
            logger.warning("the cache answers again")
        return answer


class RedisCache(DjangoRedisCache):
    """The backend for ``CACHES``; give it timeouts in OPTIONS, or a frozen Redis holds a page."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
