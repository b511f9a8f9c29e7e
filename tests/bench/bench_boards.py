"""Boards of 100,000 readers, from the database and from Redis, on the database of DATABASE_URL.

    DATABASE_URL=postgres://… python -m tests.bench.bench_boards [--redis redis://…/15]
        [--readers 100000] [--pages 200]

Makes a test database, fills it with readers who are all on the site's board, each with a rating,
two days of play and a standing, and asks for pages through Django's test client: middleware, view
and template, without a server's socket. Outcomes are not rows here: no page of a board reads one.
With ``--redis``, a database of Redis that may be emptied, the same pages are asked of it.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta

os.environ.setdefault("RADGAME_PLAIN_STATIC", "1")
os.environ.setdefault("LOG_LEVEL", "WARNING")

# First: it prepares the settings of a bench.
from tests.bench.bench_web import main

from django.conf import settings  # isort: skip
from django.contrib.auth.hashers import make_password  # isort: skip
from django.core.cache import caches  # isort: skip
from django.db import connection  # isort: skip
from django.test import Client  # isort: skip
from django.utils import timezone  # isort: skip
from redis import Redis  # isort: skip

from radgame.accounts.models import Boards, ReaderKind, User  # isort: skip
from radgame.classroom.models import Cohort, Membership  # isort: skip
from radgame.progress.boards import sorted_sets  # isort: skip
from radgame.progress.boards.board import Span  # isort: skip
from radgame.progress.boards.pages import Asked, site_page  # isort: skip
from radgame.progress.boards.standings import rebuild_standings  # isort: skip
from radgame.progress.models import Game, PlayedDay, ReaderRating, Standing  # isort: skip

CHUNK = 5_000
COHORT = 300
IMPORTED = 20


def fill(readers: int) -> None:
    """Readers with ratings about 1500; a third of them read enough this week."""
    rng = random.Random(1)
    now, password = timezone.now(), make_password(None)
    for start in range(0, readers, CHUNK):
        people = User.objects.bulk_create(
            User(
                username=f"reader{number}",
                email=f"reader{number}@example.org",
                password=password,
                boards=Boards.SITE,
                alias=f"Alias {number}" if number % 3 else "",
            )
            for number in range(start, min(start + CHUNK, readers))
        )
        values = [rng.gauss(1500, 200) for _person in people]
        ReaderRating.objects.bulk_create(
            ReaderRating(
                reader=person,
                game=Game.LOCALIZE,
                value=value,
                deviation=60,
                volatility=0.06,
                games=100,
                rated_at=now,
            )
            for person, value in zip(people, values, strict=True)
        )
        PlayedDay.objects.bulk_create(
            PlayedDay(
                reader=person,
                game=Game.LOCALIZE,
                day=now.date() - timedelta(days=days),
                attempts=firsts,
                firsts=firsts,
                value=value if days < 7 else rng.gauss(value, 30),
                deviation=60,
            )
            for person, value in zip(people, values, strict=True)
            for days, firsts in ((9, 80), (2, rng.choice([0, 4, 20])))
        )


def bring_in(count: int) -> None:
    """Radiologists who stand on every page beside the readers, and are in no store."""
    rng = random.Random(2)
    ReaderRating.objects.bulk_create(
        ReaderRating(
            reader=User.objects.get_imported(
                kind=ReaderKind.RADIOLOGIST, name=f"R{number}", source="VinDr-CXR"
            ),
            game=Game.LOCALIZE,
            value=rng.gauss(1650, 100),
            deviation=40,
            volatility=0.06,
            games=1000,
            rated_at=timezone.now(),
        )
        for number in range(count)
    )


def make_cohort() -> Cohort:
    cohort = Cohort.objects.create(name="Bench")
    Membership.objects.bulk_create(
        Membership(cohort=cohort, person=person) for person in User.objects.order_by("pk")[:COHORT]
    )
    return cohort


def timed(what: str, do: Callable[[], object]) -> None:
    began, busy = time.perf_counter(), time.process_time()
    result = do()
    print(
        f"{what:<46} {time.perf_counter() - began:6.1f} s, {time.process_time() - busy:6.1f} s of"
        f" processor here   {'' if result is None else result}",
        flush=True,
    )


def measure(options: argparse.Namespace) -> None:
    print(f"database {connection.vendor}, {options.readers} readers", flush=True)
    timed("fill", lambda: fill(options.readers))
    bring_in(IMPORTED)
    timed("standings from ratings", rebuild_standings)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    cohort = make_cohort()
    client = Client()
    reader = User.objects.order_by("pk")[2 * COHORT // 3]
    client.force_login(reader, backend="radgame.accounts.backends.ReaderBackend")
    settings.REDIS_URL = ""
    ask_pages("database", client, cohort, reader, options)
    if options.redis:
        Redis.from_url(options.redis).flushdb()
        settings.REDIS_URL = options.redis
        settings.CACHES["default"]["LOCATION"] = options.redis
        store = sorted_sets.site_store()
        assert store is not None
        timed("Redis: filled", store.fill)
        changed = Standing.objects.order_by("pk")[:1000]
        timed("Redis: 1,000 readers taken in", lambda: store.put(changed))
        ask_pages("Redis", client, cohort, reader, options)
        memory = store._redis.info("memory")["used_memory_human"]  # type: ignore[index]
        print(f"Redis holds {memory} in all")
        Redis.from_url(options.redis).flushdb()


def forget() -> None:
    caches["fragments"].clear()


def ask_pages(
    store: str, client: Client, cohort: Cohort, reader: User, options: argparse.Namespace
) -> None:
    middle, rng = options.readers // 100, random.Random(2)
    pages: dict[str, Callable[[], str]] = {
        "first page": lambda: "/boards/?page=1",
        "a page in the middle": lambda: f"/boards/?page={middle + rng.randrange(20)}",
        "any page": lambda: f"/boards/?page={rng.randrange(2 * middle)}",
        "any page, nobody imported": lambda: (
            f"/boards/?readers=hidden&page={rng.randrange(2 * middle)}"
        ),
        "one's own page": lambda: f"/boards/?page={own}",
        "this week, any page": lambda: f"/boards/?span=week&page={rng.randrange(middle // 2)}",
        f"cohort of {COHORT}": lambda: f"/cohorts/{cohort.pk}/board/",
    }
    if not settings.REDIS_URL:
        pages["any page, counting anew"] = lambda: forget() or pages["any page"]()
    own = site_page(reader, Asked(Game.LOCALIZE, Span.ALL, 1)).own_page
    for title, address in pages.items():
        client.get(address())
        took, busy = [], []
        for _time in range(options.pages):
            start, used = time.perf_counter(), time.process_time()
            answer = client.get(address())
            took.append(1000 * (time.perf_counter() - start))
            busy.append(1000 * (time.process_time() - used))
            assert answer.status_code == 200
            assert b'<table class="board">' in answer.content
        took.sort()
        print(
            f"{store + ': ' + title:<46} p50 {took[len(took) // 2]:6.1f} ms   "
            f"p95 {took[int(0.95 * len(took))]:6.1f} ms   "
            f"processor {sum(busy) / len(busy):5.1f} ms",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--redis", default="")
    own, sys.argv[1:] = parser.parse_known_args()
    main(__doc__, lambda _options: measure(own))
