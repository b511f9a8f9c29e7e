"""The stores of boards give the same answers, whatever happened before."""

import random
import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings as site_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from radgame.accounts.models import Boards, User
from radgame.breaker import Breaker
from radgame.progress.boards import sorted_sets
from radgame.progress.boards.board import Board, Ladder, Place, SmallStore, Span, Store
from radgame.progress.boards.database import DatabaseStore
from radgame.progress.boards.sorted_sets import BOARDS, RedisStore
from radgame.progress.boards.standings import refresh_person
from radgame.progress.models import Game, Standing
from tests.factories import person
from tests.progress.standing import rate, wish

NOWHERE = "redis://127.0.0.1:1/0"
needs_redis = pytest.mark.skipif(not site_settings.REDIS_URL, reason="needs Redis")


@pytest.fixture
def redis_store(settings: Settings) -> Iterator[RedisStore]:
    client = Redis.from_url(settings.CACHES["default"]["LOCATION"])
    prefix = f"tests:{secrets.token_hex(8)}"
    yield RedisStore(client, prefix)
    for key in client.scan_iter(f"{prefix}:*"):
        client.delete(key)


def by_definition(board: Board) -> SmallStore:
    """The board from the rows, one by one: an oracle that is too slow for a page."""
    places = []
    for row in Standing.objects.select_related("reader"):
        points = row.points_before if board.then else row.points
        on = row.game == board.game and row.reader.boards == Boards.SITE and row.reader.is_active
        if on and points is not None and (row.is_weekly or board.span is Span.ALL):
            places.append(Place(row.reader_id, points))
    return SmallStore({board: places})


def everything(store: Store, board: Board, readers: list[int]) -> list[object]:
    """All that a store can be asked of a board, with points of nobody and beyond the end."""
    points = list(range(1395, 1425))
    return [
        store.size(board),
        store.above(board, points),
        [store.places(board, start, 4) for start in range(0, len(readers) + 5, 3)],
        [store.position(board, reader) for reader in readers],
    ]


def a_step(rng: random.Random, readers: list[User]) -> None:
    """Something that happens to one reader; few points, so that many are tied."""
    reader = rng.choice(readers)
    match rng.randrange(4):
        case 0:
            wish(reader, rng.choice(Boards.values))
        case 1:
            reader.is_active = rng.random() < 0.7
            reader.save(update_fields=["is_active"])
            refresh_person(reader_id=reader.pk)
        case _:
            rate(
                reader,
                rng.uniform(1399, 1420),
                before=rng.choice([None, rng.uniform(1399, 1420)]),
                games=rng.choice([20, 60]),
                this_week=rng.choice([0, 4, 5, 12]),
                game=rng.choice(list(Game)),
            )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_the_database_says_what_the_rows_say(seed: int) -> None:
    rng = random.Random(seed)
    readers = [person(f"reader-{number}") for number in range(14)]
    for reader in readers:
        wish(reader, Boards.SITE)
    store, keys = DatabaseStore(fresh_s=0), [reader.pk for reader in readers]
    for _round in range(5):
        for _step in range(10):
            a_step(rng, readers)
        for board in BOARDS:
            expected = everything(by_definition(board), board, keys)
            assert everything(store, board, keys) == expected, board


@needs_redis
@pytest.mark.redis
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_redis_says_what_the_database_says(seed: int, redis_store: RedisStore) -> None:
    rng = random.Random(100 + seed)
    readers = [person(f"reader-{number}") for number in range(14)]
    keys = [reader.pk for reader in readers]
    for reader in readers:
        wish(reader, Boards.SITE)
    for number in range(5):
        for _step in range(10):
            a_step(rng, readers)
        redis_store.follow()
        if number == 3:
            # A person whose account is gone is no row, so no change tells of them.
            readers.pop().delete()
            redis_store.fill()
        for board in BOARDS:
            expected = everything(DatabaseStore(fresh_s=0), board, keys)
            assert everything(redis_store, board, keys) == expected, board


@given(st.lists(st.integers(-5, 5)))
def test_a_ladder_counts_and_finds(points: list[int]) -> None:
    ladder = Ladder.of([(own, points.count(own)) for own in set(points)])
    ordered = sorted(points, reverse=True)
    assert ladder.size == len(points)
    for own in range(-7, 8):
        assert ladder.above_points(own) == sum(other > own for other in points)
    for position, own in enumerate(ordered):
        assert ladder.step_at(position) == (own, position - ordered.index(own))


@pytest.mark.parametrize("position", [-1, 2])
def test_a_ladder_has_no_step_outside_the_board(position: int) -> None:
    with pytest.raises(IndexError):
        Ladder.of([(1500, 2)]).step_at(position)


# --- Redis that loses, lags or is not there ---------------------------------------

ALL = Board("localize")


@needs_redis
@pytest.mark.redis
def test_lost_sets_are_made_anew(redis_store: RedisStore, alice: User) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1600)
    assert redis_store.fed_until() is None
    redis_store.follow()
    assert redis_store.places(ALL, 0, 5) == [Place(alice.pk, 1600)]


@needs_redis
@pytest.mark.redis
def test_what_changed_during_an_outage_is_taken_in_afterwards(
    redis_store: RedisStore, alice: User, bob: User
) -> None:
    for reader in (alice, bob):
        wish(reader, Boards.SITE)
        rate(reader, 1600)
    redis_store.follow()
    # Nothing was fed for an hour, in which one was rated and one went.
    rate(alice, 1700)
    wish(bob, Boards.OFF)
    hour_ago = timezone.now() - timedelta(hours=1)
    redis_store._redis.set(redis_store._until, hour_ago.timestamp())
    redis_store.follow()
    assert redis_store.places(ALL, 0, 5) == [Place(alice.pk, 1700)]


@needs_redis
@pytest.mark.redis
@pytest.mark.django_db
def test_an_empty_board_leaves_no_old_set_behind(redis_store: RedisStore, alice: User) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1600)
    redis_store.fill()
    Standing.objects.all().delete()
    redis_store.fill()
    assert redis_store.size(ALL) == 0


@pytest.fixture
def fresh_breaker(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    made = Breaker(60)
    monkeypatch.setattr(sorted_sets, "breaker", made)
    return made


def redis_at(settings: Settings, url: str) -> None:
    settings.REDIS_URL = url
    settings.CACHES = {**settings.CACHES, "default": {"LOCATION": url}}


def test_the_database_answers_while_redis_does_not(
    alice: User, settings: Settings, fresh_breaker: Breaker, caplog: pytest.LogCaptureFixture
) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1600)
    redis_at(settings, NOWHERE)
    for _time in range(2):
        assert sorted_sets.ask(lambda store: store.places(ALL, 0, 5)) == [Place(alice.pk, 1600)]
    assert not fresh_breaker.may_try()
    assert [r.message for r in caplog.records if "Redis" in r.message] == [
        "Redis does not answer (ConnectionError); boards come from the database"
    ]


def test_feeding_a_redis_that_is_gone_says_so_and_raises_nothing(
    settings: Settings, fresh_breaker: Breaker
) -> None:
    redis_at(settings, NOWHERE)

    def fail(_store: RedisStore) -> None:
        raise RedisConnectionError

    assert not sorted_sets.tell(fail)


@needs_redis
@pytest.mark.redis
def test_the_database_answers_while_nobody_feeds_redis(alice: User, fresh_breaker: Breaker) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1600)
    site = sorted_sets.site_store()
    assert site is not None
    site.fill()
    assert type(sorted_sets.ask(lambda store: store)) is RedisStore
    long_ago = timezone.now() - 2 * sorted_sets.STALE
    site._redis.set(site._until, long_ago.timestamp())
    assert type(sorted_sets.ask(lambda store: store)) is DatabaseStore


@needs_redis
@pytest.mark.redis
def test_a_changed_wish_reaches_redis_with_the_commit(
    alice: User,
    fresh_breaker: Breaker,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    wish(alice, Boards.SITE)
    rate(alice, 1600)
    site = sorted_sets.site_store()
    assert site is not None
    site.fill()
    alice.boards = Boards.OFF
    alice.save()
    with django_capture_on_commit_callbacks(execute=True):
        refresh_person(reader_id=alice.pk)
    assert site.size(ALL) == 0
