"""Real workers and a real schedule leave signs of life, logs without text, and metrics."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from redis import Redis

from radgame.watching import broker
from tools.services import in_database

from .test_metrics import value_in

ROOT = Path(__file__).resolve().parents[2]
MARKER = "xyloquartz"

pytestmark = [
    pytest.mark.redis,
    pytest.mark.xdist_group("workers"),
    pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Any], *, seconds: float = 40) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture
def site(tmp_path: Path) -> Iterator["Site"]:
    made = Site(tmp_path)
    yield made
    made.stop()


class Site:
    """Processes on a database of Redis that nobody else uses, and on SQLite with tables."""

    def __init__(self, folder: Path) -> None:
        # Two tests of this file may run side by side, in a process each.
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        self.url = in_database(settings.REDIS_URL, 13 - worker)
        Redis.from_url(self.url).flushdb()
        self.port = free_port()
        self.folder = folder
        self.environment = {
            **os.environ,
            "REDIS_URL": self.url,
            "BROKER_URL": "",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "RADGAME_VAR": str(folder),
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": str(ROOT),
        }
        self._started: list[subprocess.Popen[bytes]] = []
        assert self.manage("migrate", "-v", "0").returncode == 0

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def start(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("wb")
        started = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "radgame", *command],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=log,
            stderr=log,
        )
        self._started.append(started)
        return started

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def lines(self, name: str, event: str) -> list[dict[str, Any]]:
        rows = [json.loads(row) for row in self.log(name).splitlines() if row.startswith("{")]
        return [row for row in rows if row["event"] == event]

    def stop(self) -> None:
        for process in self._started:
            process.terminate()
        for process in self._started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        Redis.from_url(self.url).flushdb()


def test_a_worker_and_the_schedule_are_alive_until_they_end(site: Site) -> None:
    none = site.manage("check_worker")
    assert none.returncode == 1
    assert "the queue gpu" in none.stderr
    port = str(site.port)
    # Of a process that was: a new start begins from nothing.
    site.environment["PROMETHEUS_MULTIPROC_DIR"] = str(site.folder / "counts")
    (site.folder / "counts").mkdir()
    (site.folder / "counts" / "counter_1.db").write_bytes(b"")
    worker = site.start(
        "worker",
        *("worker", "-Q", "gpu", "--concurrency", "1", "-n", "gpu@%h"),
        RADGAME_WORKER_METRICS_PORT=port,
    )
    site.start("beat", "beat", "--schedule", str(site.folder / "schedule"))
    wait_for(lambda: site.manage("check_worker", "--queue", "gpu", "--here").returncode == 0)
    wait_for(lambda: site.manage("check_worker", "--beat", "--here").returncode == 0)
    reach = site.environment["DATABASE_URL"]
    site.environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/nothing"
    cut_off = site.manage("check_worker", "--queue", "gpu", "--here")
    assert (cut_off.returncode, "the database does not answer" in cut_off.stderr) == (1, True)
    assert site.manage("check_worker", "--queue", "gpu").returncode == 0
    assert site.manage("check_worker", "--beat", "--here").returncode == 0
    site.environment["DATABASE_URL"] = reach
    quick = site.manage("check_worker", "--queue", "quick")
    assert quick.returncode == 1
    assert "no process for the queue quick" in quick.stderr

    # A message with text where keys should be, one that no task knows, and one from a page.
    sender = Celery("sender", broker=site.url)
    options: dict[str, Any] = {"queue": "gpu", "headers": {"request_id": "page-0123456789"}}
    sender.send_task("localize.tasks.explain", args=[[f"a {MARKER} nodule"]], **options)
    sender.send_task("nobody.knows", args=[f"a {MARKER} nodule"], queue="gpu")
    sender.send_task("localize.tasks.explain", args=[["1", "22"]], **options)
    wait_for(lambda: len(site.lines("worker", "task")) == 2)
    bad, good = site.lines("worker", "task")
    assert (bad["outcome"], bad["rows"]) == ("failure", [])
    assert (good["outcome"], good["rows"], good["queue"]) == ("success", ["1", "22"], "gpu")
    assert (good["task"], good["request_id"]) == ("localize.tasks.explain", "page-0123456789")
    assert site.lines("worker", "a task failed")[0]["task_id"] == bad["task_id"]
    assert MARKER not in site.log("worker")

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answered:
        told = answered.read().decode()
    labels = {"task": "localize.tasks.explain", "outcome": "success"}
    assert value_in(told, "radgame_task_seconds_count", **labels) == 1
    assert not (site.folder / "counts" / "counter_1.db").exists()

    worker.terminate()
    worker.wait(30)
    ended = site.manage("check_worker", "--queue", "gpu")
    assert ended.returncode == 1


def test_a_broker_that_is_down_is_said_and_no_worker_counts_as_alive(site: Site) -> None:
    site.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"
    told = site.manage("check_worker")
    assert told.returncode == 1
    assert "The broker does not answer" in told.stderr


def test_signs_of_a_day_ago_are_forgotten(site: Site, settings: Any) -> None:
    settings.BROKER_URL = site.url
    now = time.time()
    broker.leave_sign(broker.Sign("old@x", "x", ("gpu",), since=0, at=now - broker.FORGET_S - 1))
    broker.leave_sign(broker.Sign("new@x", "x", ("gpu",), since=0, at=now))
    broker.forget_old_signs(now)
    assert Redis.from_url(site.url).hkeys("radgame:signs") == [b"new@x"]
    assert [sign.name for sign in broker.read_broker(now).alive] == ["new@x"]
