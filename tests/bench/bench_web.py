"""Submits and case pages under load, on the database of DATABASE_URL.

    DATABASE_URL=postgres://… python -m tests.bench.bench_web [--clients 8] [--seconds 10]

With ``--worker`` (and REDIS_URL), the workers of both queues and the schedule run on the same
machine meanwhile, and ask a model that answers at once, from this process's child; with
``--no-model`` too, they find nothing to explain, as where the atlas explains.

Makes a test database, fills it, starts gunicorn on loopback, and drives it
from one process on the same machine: each client is a learner with a session
of their own who submits prepared attempts with ten marks, or opens case pages.
Prints one line a measurement. Nothing here is a test: figures depend on the
machine, so they are recorded in docs/benchmarks.md and not asserted.
"""

import argparse
import asyncio
import json
import multiprocessing
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


def site_environment() -> dict[str, str]:
    """What the site's processes need to stand on the bench's database and folder."""
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
    return environment


def start_server(port: int, workers: int, threads: int) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:radgame.gunicorn"),
            *("-b", f"127.0.0.1:{port}", "--log-level", "warning"),
            *("--workers", str(workers), "--threads", str(threads)),
        ],
        cwd=ROOT,
        env=site_environment(),
    )
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).read()
        except OSError:
            time.sleep(0.05)
        else:
            return server
    raise SystemExit("the server did not come up")


# --- with workers on the same machine -------------------------------------------

AHEAD = "Words that were made ahead."


def serve_model(port: int) -> None:
    """A model that says the same of everything, and at once."""
    said = {"content": "The density stands out from the lung around it."}
    choices = [{"index": 0, "message": said, "finish_reason": "stop"}]
    body = json.dumps({"model": "stub", "choices": choices}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def prepare_explanations(port: int, library: list[tuple[Case, str]]) -> None:
    """Films that can be read, and the words about every reference standard, made ahead."""
    import numpy as np
    from django.utils import timezone

    from localize.explaining import ask_for_case
    from localize.models import Explanation
    from radgame.cases.models import Image
    from radgame.imaging.wire import encode_pixels

    os.environ["RADGAME_EXPLAINER"] = settings.EXPLAINER = "openai"
    os.environ["RADGAME_EXPLAINER_MODEL"] = "stub"
    os.environ["RADGAME_EXPLAINER_URL"] = f"http://127.0.0.1:{port}/v1"
    rows, columns = np.mgrid[0:1200, 0:1000]
    film = encode_pixels(((rows + columns) % 4096).astype(np.uint16))
    for image in Image.objects.all():
        Path(image.pixels.path).write_bytes(film)
    for case, _token in library:
        ask_for_case(case)
    Explanation.objects.update(
        state=Explanation.State.DONE,
        text=AHEAD,
        explainer="openai",
        model="stub",
        finished_at=timezone.now(),
    )


@contextmanager
def workers(port: int) -> Iterator[None]:
    """The worker of each queue, with one process, and the schedule; pages come first."""
    model = multiprocessing.Process(target=serve_model, args=(port,), daemon=True)
    model.start()
    celery = ["nice", "-n", "10", sys.executable, "-m", "celery", "-A", "radgame", "worker"]
    environment = {**site_environment(), "LOG_LEVEL": "WARNING"}
    schedule = f"{WORK}/schedule"
    started = [
        subprocess.Popen([*celery, *more], cwd=ROOT, env=environment)
        for more in (
            ["-Q", "quick", "-c", "1", "-n", "quick@%h", "-B", "-s", schedule],
            ["-Q", "gpu", "-c", "1", "-n", "gpu@%h"],
        )
    ]
    time.sleep(5)
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)
        model.terminate()


def report_explanations(port: int, learner: Learner) -> None:
    """How soon words are there: those made ahead, and those that a submit asks a model for."""
    from django.db.models import F

    from localize.models import Explanation

    taken, ahead = [], 0
    for attempt, answer in list(zip(learner.attempts, learner.answers, strict=True))[:100]:
        path = f"/localize/attempts/{attempt}/submit/"
        form = {"answer": answer, "elapsed_s": "12"}
        text = request_bytes("POST", path, learner, form)
        head, _blank, body = text.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        headers.pop("Content-Length")
        began = time.perf_counter()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
        page = urllib.request.urlopen(request, timeout=30).read().decode()
        taken.append((time.perf_counter() - began) * 1000)
        ahead += AHEAD in page
    report(f"submit to words made ahead ({ahead} of {len(taken)} pages)", taken, sum(taken) / 1000)
    asked = Explanation.objects.filter(kind=Explanation.Kind.FALSE_MARK)
    done = asked.filter(state=Explanation.State.DONE).annotate(
        wait=F("finished_at") - F("created_at")
    )
    waits = [wait.total_seconds() * 1000 for wait in done.values_list("wait", flat=True)]
    if len(waits) > 1:
        report(f"submit to words of a model ({len(waits)} of {asked.count()})", waits, sum(waits))


def measure(options: argparse.Namespace) -> None:
    if options.worker and not settings.REDIS_URL:
        raise SystemExit("--worker needs REDIS_URL: messages must reach another process")
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
    waiting = make_learner("waiting", case_set, library, 0)
    asks = options.worker and not options.no_model
    if asks:
        prepare_explanations(options.port + 1, library)
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
        with workers(options.port + 1) if options.worker else nullcontext():
            # Every process reads a case once: the figures are those of a set that is in use.
            asyncio.run(drive(options.port, [submits(item) for item in warming], 600, 200))
            report("case page, 1 client", *run([pages(single)]))
            report(f"case page, {options.clients} clients", *run([pages(item) for item in fresh]))
            report("submit, 1 client, no history", *run([submits(single)]))
            earlier = f"submit, 1 client, {options.history} earlier attempts"
            report(earlier, *run([submits(veteran)]))
            report(f"submit, {options.clients} clients", *run([submits(item) for item in fresh]))
            if asks:
                report_explanations(options.port, waiting)
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
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument(
        "--worker", action="store_true", help="with workers on the same machine (Localize only)"
    )
    parser.add_argument("--no-model", action="store_true", help="workers with nothing to explain")
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
