"""The site's boards in Redis: a sorted set each, fed from the table of standings.

What Redis holds may be lost at any time. Beside the sets it keeps up to when it was fed, so that
whoever feeds it next knows what is missing: what changed since, or everything. After an outage, or
a restart from an old snapshot, it is brought up to date by the same few lines.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeVar, cast

from django.conf import settings
from django.utils import timezone
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from radgame.breaker import Breaker
from radgame.progress.models import Game, Standing
from radgame.queues import LIMITS, QUICK

from .board import Board, Place, Span, Store
from .database import DatabaseStore

logger = logging.getLogger(__name__)

PREFIX: Final = "radgame:board"
# Fed for the last time so long ago, Redis is not asked: nobody seems to feed it.
STALE: Final = timedelta(minutes=5)
# A row is stamped some time before it can be seen; no task of the queue is longer at it.
OVERLAP: Final = timedelta(seconds=LIMITS[QUICK].hard_s)
ANSWER_WITHIN_S: Final = 0.5
PAUSE_S: Final = 5.0
CHUNK: Final = 5_000

T = TypeVar("T")

BOARDS: Final = tuple(
    Board(game.value, span, then) for game in Game for span in Span for then in (False, True)
)


class RedisStore:
    """The boards as Redis holds them. Every method raises ``RedisError`` when it does not answer.

    A score is the points with their sign turned, and a key has leading zeros: ascending order is
    then that of the protocol, ties too.
    """

    def __init__(self, client: "Redis", prefix: str = PREFIX) -> None:
        self._redis = client
        self._prefix = prefix

    # --- reading ------------------------------------------------------------

    def size(self, board: Board) -> int:
        return self._redis.zcard(self._key(board))

    def above(self, board: Board, points: Sequence[int]) -> list[int]:
        pipe = self._redis.pipeline(transaction=False)
        for own in points:
            pipe.zcount(self._key(board), "-inf", f"({-own}")
        return cast("list[int]", pipe.execute())

    def places(self, board: Board, start: int, count: int) -> list[Place]:
        if start < 0 or count <= 0:
            return []
        held = cast(
            "list[tuple[bytes, float]]",
            self._redis.zrange(self._key(board), start, start + count - 1, withscores=True),
        )
        return [Place(int(member), -int(score)) for member, score in held]

    def position(self, board: Board, reader_id: int) -> int | None:
        return cast("int | None", self._redis.zrank(self._key(board), _member(reader_id)))

    # --- feeding ------------------------------------------------------------

    def fed_until(self) -> datetime | None:
        """Everything that changed before is in it; None when it was never fed, or lost it."""
        told = cast("bytes | None", self._redis.get(self._until))
        return None if told is None else datetime.fromtimestamp(float(told), UTC)

    def follow(self) -> None:
        """Take in what has changed since the last time; everything, where it knows of none."""
        until = self.fed_until()
        if until is None:
            self.fill()
            return
        now = timezone.now()
        changed = Standing.objects.filter(changed_at__gt=until - OVERLAP)
        self.put(changed.iterator(chunk_size=CHUNK))
        self._redis.set(self._until, now.timestamp())

    def put(self, rows: Iterable[Standing]) -> None:
        """Set or remove these readers on every board."""
        for some in _chunks(rows):
            pipe = self._redis.pipeline(transaction=False)
            for row in some:
                self._put(pipe, row, self._prefix, remove=True)
            pipe.execute()

    def fill(self) -> None:
        """Make all sets anew beside the old ones, and change them over at once."""
        now = timezone.now()
        aside = f"{self._prefix}:new:{secrets.token_hex(8)}"
        on_boards = Standing.objects.filter(is_public=True)
        for some in _chunks(on_boards.iterator(chunk_size=CHUNK)):
            pipe = self._redis.pipeline(transaction=False)
            for row in some:
                self._put(pipe, row, aside, remove=False)
            pipe.execute()
        made = [board for board in BOARDS if self._redis.exists(_key(aside, board))]
        pipe = self._redis.pipeline(transaction=True)
        for board in BOARDS:
            if board in made:
                pipe.rename(_key(aside, board), self._key(board))
            else:
                pipe.delete(self._key(board))
        pipe.set(self._until, now.timestamp())
        pipe.execute()

    def _put(self, pipe: "Pipeline", row: Standing, prefix: str, *, remove: bool) -> None:
        member = _member(row.reader_id)
        for board, points in on_boards(row):
            if points is not None:
                pipe.zadd(_key(prefix, board), {member: -points})
            elif remove:
                pipe.zrem(_key(prefix, board), member)

    @property
    def _until(self) -> str:
        return f"{self._prefix}:until"

    def _key(self, board: Board) -> str:
        return _key(self._prefix, board)


def on_boards(row: Standing) -> Iterator[tuple[Board, int | None]]:
    """Every board of the game with the reader's points on it; None where they are not on it."""
    for span in Span:
        on = row.is_public and (span is Span.ALL or row.is_weekly)
        yield Board(row.game, span), row.points if on else None
        yield Board(row.game, span, then=True), row.points_before if on else None


def _key(prefix: str, board: Board) -> str:
    return f"{prefix}:{board.game}:{board.span}:{'then' if board.then else 'now'}"


def _member(reader_id: int) -> str:
    return f"{reader_id:012d}"


def _chunks(rows: Iterable[Standing]) -> Iterator[list[Standing]]:
    some: list[Standing] = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some


# --- the site's own Redis -------------------------------------------------------

breaker = Breaker(PAUSE_S)


def site_store() -> RedisStore | None:
    """The store in the cache's Redis; None on a site without one."""
    if not settings.REDIS_URL:
        return None
    return RedisStore(_client(str(settings.CACHES["default"]["LOCATION"])))


@lru_cache(maxsize=4)
def _client(url: str) -> "Redis":
    return Redis.from_url(
        url, socket_connect_timeout=ANSWER_WITHIN_S, socket_timeout=ANSWER_WITHIN_S
    )


def ask(question: Callable[[Store], T]) -> T:
    """What Redis says; what the database says where Redis is not there, silent or out of date."""
    store = site_store()
    if store is not None and breaker.may_try():
        try:
            until = store.fed_until()
            if until is not None and timezone.now() - until < STALE:
                answer = question(store)
                breaker.answered()
                return answer
            breaker.answered()
        except RedisError as error:
            _failed(error)
    return question(DatabaseStore())


def tell(do: Callable[[RedisStore], None]) -> bool:
    """Feed Redis; False when it is not there or silent: the next feeding makes up for it."""
    store = site_store()
    if store is None or not breaker.may_try():
        return False
    try:
        do(store)
    except RedisError as error:
        _failed(error)
        return False
    breaker.answered()
    return True


def _failed(error: RedisError) -> None:
    if breaker.failed():
        logger.warning(
            "Redis does not answer (%s); boards come from the database", type(error).__name__
        )
