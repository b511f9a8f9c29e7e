"""Submits and case pages under load, on the database of DATABASE_URL.

    DATABASE_URL=postgres://… python -m tests.bench.bench_web [--clients 8] [--seconds 10]

Makes a test database, fills it, starts gunicorn on loopback, and drives it
from one process on the same machine: each client is a learner with a session
of their own who submits prepared attempts with ten marks, or opens case pages.
Prints one line a measurement. Nothing here is a test: figures depend on the
machine, so they are recorded in docs/benchmarks.md and not asserted.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = tempfile.mkdtemp(prefix="radgame-bench-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "radgame.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
os.environ["RADGAME_VAR"] = WORK

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from localize import services  # noqa: E402
from localize.models import Attempt, Sitting  # noqa: E402
from radgame.accounts.models import User  # noqa: E402
from radgame.cases.models import Case, CaseSet  # noqa: E402
from tests.factories import Said, make_case, make_set, person, token_of  # noqa: E402

MARKS = 10
DRAW = ["nodule-mass", "consolidation", "fracture"]


@dataclass
class Learner:
    user: User
    cookie: str
    attempts: list[str]
    answers: list[str]


def random_box(rng: random.Random) -> tuple[float, float, float, float]:
    x, y = rng.uniform(0, 700), rng.uniform(0, 900)
    return (x, y, x + rng.uniform(40, 300), y + rng.uniform(40, 300))


def make_library(cases: int) -> tuple[CaseSet, list[tuple[Case, str]]]:
    rng = random.Random(1)
    made = []
    for _ in range(cases):
        said = [Said(rng.choice(DRAW), random_box(rng), f"reader {n % 2}") for n in range(MARKS)]
        case = make_case(said=[*said, Said("cardiomegaly")])
        made.append((case, token_of(case)))
    return make_set(*[case for case, _token in made]), made


def answer_for(token: str, rng: random.Random) -> str:
    marks = [
        {
            "image": token,
            "finding": rng.choice(DRAW),
            "box": [round(v, 1) for v in random_box(rng)],
            "confidence": None,
        }
        for _ in range(MARKS)
    ]
    return json.dumps({"marks": marks, "selected": ["cardiomegaly"], "normal": False})


def make_learner(
    name: str, case_set: CaseSet, library: list[tuple[Case, str]], history: int
) -> Learner:
    """A learner with one open attempt for every case, and a history of earlier ones."""
    rng = random.Random(name)
    user = person(name)
    if history:
        add_history(user, case_set, library, history, rng)
    sitting = Sitting.objects.create(reader=user, case_set=case_set)
    attempts = Attempt.objects.bulk_create(
        Attempt(reader=user, case=case, sitting=sitting, position=position)
        for position, (case, _token) in enumerate(library)
    )
    client = Client()
    client.force_login(user, backend="radgame.accounts.backends.ReaderBackend")
    return Learner(
        user=user,
        cookie=client.cookies["sessionid"].value,
        attempts=[str(attempt.pk) for attempt in attempts],
        answers=[answer_for(token, rng) for _case, token in library],
    )


def add_history(
    user: User,
    case_set: CaseSet,
    library: list[tuple[Case, str]],
    history: int,
    rng: random.Random,
) -> None:
    from django.utils import timezone

    from localize.answers import read_answer

    rounds = -(-history // len(library))
    left = history
    for _ in range(rounds):
        sitting = Sitting.objects.create(reader=user, case_set=case_set, finished_at=timezone.now())
        for position, (case, token) in enumerate(library[:left]):
            attempt = Attempt.objects.create(
                reader=user, case=case, sitting=sitting, position=position
            )
            answer = read_answer(answer_for(token, rng), services.answer_rules(case))
            services.submit_attempt(attempt=attempt, answer=answer, elapsed_s=1)
        left -= len(library)


CSRF = "b" * 32


def request_bytes(method: str, path: str, learner: Learner, body: dict[str, str] | None) -> bytes:
    data = urllib.parse.urlencode(body).encode() if body else b""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: sessionid={learner.cookie}; csrftoken={CSRF}",
        f"X-CSRFToken: {CSRF}",
        "HX-Request: true",
        "Accept-Encoding: gzip",
    ]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(data)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


async def exchange(
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes
) -> tuple[int, bool]:
    """Send one request; gives the status, and whether the connection stays open."""
    reader, writer = streams
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status = int(head.split(" ", 2)[1])
    headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return status, headers.get("connection") != "close"


async def drive(
    port: int, queues: list[list[bytes]], seconds: float, expected: int
) -> tuple[list[float], float]:
    """Each queue is one client, one request at a time; gives latencies in ms and the time taken."""
    latencies: list[float] = []
    began = time.perf_counter()

    async def client(requests: list[bytes]) -> None:
        streams = None
        for request in requests:
            if time.perf_counter() - began > seconds:
                break
            if streams is None:
                streams = await asyncio.open_connection("127.0.0.1", port)
            sent = time.perf_counter()
            status, stays = await exchange(streams, request)
            latencies.append((time.perf_counter() - sent) * 1000)
            if status != expected:
                raise SystemExit(f"expected {expected}, got {status}")
            if not stays:
                streams[1].close()
                streams = None
        if streams:
            streams[1].close()

    await asyncio.gather(*(client(queue) for queue in queues))
    return latencies, time.perf_counter() - began


def report(title: str, latencies: list[float], taken: float) -> None:
    cuts = statistics.quantiles(latencies, n=100)
    print(
        f"{title:<46} {len(latencies) / taken:7.0f} /s   "
        f"p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   n {len(latencies)}",
        flush=True,
    )


def start_server(port: int, workers: int, threads: int) -> subprocess.Popen[bytes]:
    database = settings.DATABASES["default"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RADGAME_PLAIN_STATIC": "1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }
    if database["ENGINE"].endswith("postgresql"):
        login = f"{database['USER']}:{database['PASSWORD']}".rstrip(":")
        environment["DATABASE_URL"] = (
            f"postgres://{login}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
        )
    else:
        environment["DATABASE_URL"] = f"sqlite:///{database['NAME']}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:radgame.gunicorn"),
            *("-b", f"127.0.0.1:{port}", "--log-level", "warning"),
            *("--workers", str(workers), "--threads", str(threads)),
            *("--worker-class", "gthread" if threads > 1 else "sync"),
        ],
        cwd=ROOT,
        env=environment,
    )
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).read()
        except OSError:
            time.sleep(0.05)
        else:
            return server
    raise SystemExit("the server did not come up")


def measure(options: argparse.Namespace) -> None:
    case_set, library = make_library(options.cases)
    case_set.audience = "everyone"
    print(
        f"database {connection.vendor}, {options.workers} workers × {options.threads} threads, "
        f"{options.clients} clients, {options.cases} cases of {MARKS} regions",
        flush=True,
    )
    fresh = [make_learner(f"fresh-{n}", case_set, library, 0) for n in range(options.clients)]
    warming = [make_learner(f"warming-{n}", case_set, library, 0) for n in range(4)]
    single = make_learner("single", case_set, library, 0)
    veteran = make_learner("veteran", case_set, library, options.history)
    server = start_server(options.port, options.workers, options.threads)
    try:

        def pages(learner: Learner) -> list[bytes]:
            path = f"/localize/attempts/{learner.attempts[0]}/"
            return [request_bytes("GET", path, learner, None)] * 20_000

        def submits(learner: Learner) -> list[bytes]:
            # Learners are not in step with one another.
            pairs = list(zip(learner.attempts, learner.answers, strict=True))
            random.Random(learner.cookie).shuffle(pairs)
            return [
                request_bytes(
                    "POST",
                    f"/localize/attempts/{attempt}/submit/",
                    learner,
                    {"answer": answer, "elapsed_s": "12"},
                )
                for attempt, answer in pairs
            ]

        run = lambda queues: asyncio.run(drive(options.port, queues, options.seconds, 200))  # noqa: E731
        # Every process reads a case once: the figures are those of a set that is in use.
        asyncio.run(drive(options.port, [submits(item) for item in warming], 600, 200))
        report("case page, 1 client", *run([pages(single)]))
        report(f"case page, {options.clients} clients", *run([pages(item) for item in fresh]))
        report("submit, 1 client, no history", *run([submits(single)]))
        report(f"submit, 1 client, {options.history} earlier attempts", *run([submits(veteran)]))
        report(f"submit, {options.clients} clients", *run([submits(item) for item in fresh]))
    finally:
        server.terminate()
        server.wait(10)


def main(
    doc: str | None = __doc__, measured: Callable[[argparse.Namespace], None] = measure
) -> None:
    """Make a database, measure, and take it away again."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--history", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    settings.MEDIA_ROOT = Path(WORK) / "media"
    settings.DATABASES["default"]["TEST"] = {
        **settings.DATABASES["default"].get("TEST", {}),
        "NAME": f"{WORK}/bench.sqlite3" if connection.vendor == "sqlite" else "radgame_bench",
    }
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    settings.DATABASES["default"]["NAME"] = name
    try:
        measured(options)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
