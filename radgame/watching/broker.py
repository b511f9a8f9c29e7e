"""What the broker tells: how long the queues are, and which processes gave a sign of life.

A process leaves its sign in a hash of the broker's Redis, every few seconds. So a sign says
that its loop turns and that it reaches the broker, which is all a worker needs to be of use.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final, cast

from django.conf import settings
from redis import Redis

from radgame.queues import GPU, QUICK

QUEUES: Final = (QUICK, GPU)
BEAT: Final = "beat"

SIGN_EVERY_S: Final = 10.0
# Without a sign for so long a process is taken for dead.
ALIVE_S: Final = 60.0
FORGET_S: Final = 24 * 60 * 60.0
ANSWER_WITHIN_S: Final = 2.0

_SIGNS: Final = "radgame:signs"
# Where kombu keeps what was given out and is not acknowledged.
_UNACKED: Final = "unacked"


@dataclass(frozen=True, slots=True)
class Sign:
    """A process that is alive, with its machine and queues; times in Unix seconds."""

    name: str
    host: str
    queues: tuple[str, ...]
    since: float
    at: float

    def is_fresh(self, now: float) -> bool:
        return now - self.at < ALIVE_S


@dataclass(frozen=True, slots=True)
class Broker:
    """Messages that wait, by queue; how many are being worked on; who is alive, by name."""

    lengths: dict[str, int]
    being_done: int
    alive: tuple[Sign, ...]


def is_embedded() -> bool:
    """Whether messages stay in the process, so that there are no workers."""
    return not settings.BROKER_URL.startswith(("redis", "rediss"))


def read_broker(now: float | None = None) -> Broker:
    """One round trip; raises ``RedisError`` when the broker does not answer."""
    pipe = _client(settings.BROKER_URL).pipeline(transaction=False)
    for queue in QUEUES:
        pipe.llen(queue)
    pipe.hlen(_UNACKED)
    pipe.hgetall(_SIGNS)
    *lengths, being_done, signs = pipe.execute()
    now = time.time() if now is None else now
    told = sorted((_read(text) for text in signs.values()), key=lambda sign: sign.name)
    return Broker(
        lengths=dict(zip(QUEUES, lengths, strict=True)),
        being_done=being_done,
        alive=tuple(sign for sign in told if sign.is_fresh(now)),
    )


def ping() -> None:
    """Raises ``RedisError`` when the broker does not answer, or lets this site not in."""
    _client(settings.BROKER_URL).ping()


def leave_sign(sign: Sign) -> None:
    _client(settings.BROKER_URL).hset(_SIGNS, sign.name, json.dumps(asdict(sign)))


def take_back_sign(name: str) -> None:
    _client(settings.BROKER_URL).hdel(_SIGNS, name)


def forget_old_signs(now: float) -> None:
    """Drop the signs of processes that never took theirs back."""
    client = _client(settings.BROKER_URL)
    signs = cast("dict[bytes, bytes]", client.hgetall(_SIGNS))
    old = [name for name, text in signs.items() if now - _read(text).at > FORGET_S]
    if old:
        client.hdel(_SIGNS, *old)


def missing(alive: Sequence[Sign], *, queue: str, host: str | None, name: str = "") -> str:
    """Empty when a process for the queue gave a sign; else why.

    ``host``: on this machine; ``name``: the one that was started as ``-n NAME@…``.
    """
    there = [
        sign
        for sign in alive
        if queue in sign.queues
        and host in {None, sign.host}
        and name in {"", sign.name.partition("@")[0]}
    ]
    if there:
        return ""
    what = "the schedule (beat)" if queue == BEAT else f"the queue {queue}"
    called = f" called {name}" if name else ""
    where = f" on {host}" if host else ""
    return f"no process for {what}{called} gave a sign of life{where} within {ALIVE_S:.0f} seconds"


def _read(text: bytes) -> Sign:
    values: dict[str, Any] = json.loads(text)
    return Sign(**{**values, "queues": tuple(values["queues"])})


@lru_cache(maxsize=2)
def _client(url: str) -> "Redis":
    return Redis.from_url(
        url, socket_connect_timeout=ANSWER_WITHIN_S, socket_timeout=ANSWER_WITHIN_S
    )
