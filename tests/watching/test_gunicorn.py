"""gunicorn's processes count together, and log in one form, without addresses."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from .test_metrics import value_in
from .test_workers import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
MARKER = "xyloquartz"

# One start for all; the last test ends it.
pytestmark = pytest.mark.xdist_group("gunicorn")


class Served:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.log = folder / "log"
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "REDIS_URL": "",
            "RADGAME_VAR": str(folder),
            "RADGAME_PLAIN_STATIC": "1",
            "LOG_FORMAT": "json",
            "TMPDIR": str(folder),
        }
        command = ["gunicorn", "-c", "python:radgame.gunicorn", "-b", f"127.0.0.1:{self.port}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command, "--workers", "2", "--threads", "1"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as got:
                return str(got.read().decode())
        except urllib.error.HTTPError as error:
            return str(error.code)

    def answers(self) -> bool:
        try:
            return self.get("/no-such-page/") == "404"
        except OSError:
            return False

    def counts(self) -> list[Path]:
        return list(self.folder.glob("radgame-metrics-*/*.db"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"))
    try:
        wait_for(made.answers)
        yield made
    finally:
        made.process.send_signal(signal.SIGTERM)
        made.process.wait(20)


def test_what_several_processes_did_is_told_by_any_of_them(served: Served) -> None:
    # Each process answers some: with one thread, the other takes over when one is busy.
    def both_counted() -> bool:
        served.get("/no-such-page/")
        return len({path.stem.split("_")[1] for path in served.counts()}) == 2

    wait_for(both_counted)
    labels = {"route": "unmatched", "method": "GET", "status": "404"}
    before = value_in(served.get("/metrics"), "radgame_requests_total", **labels) or 0
    for _number in range(10):
        served.get("/no-such-page/")
    told = {
        value_in(served.get("/metrics"), "radgame_requests_total", **labels) for _number in range(6)
    }
    assert told == {before + 10}


def test_every_line_is_of_one_form_and_holds_no_address(served: Served) -> None:
    served.get(f"/{MARKER}/?q={MARKER}")
    with socket.create_connection(("127.0.0.1", served.port)) as raw:
        raw.sendall(f"NONSENSE {MARKER}\r\n\r\n".encode())
        raw.settimeout(10)
        assert raw.recv(100)
    time.sleep(0.2)
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert {"gunicorn.error", "radgame.watching.middleware"} <= {line["logger"] for line in lines}
    assert any(line["event"].startswith("Booting worker") for line in lines)
    assert MARKER not in served.log.read_text()


def test_a_process_whose_threads_are_busy_leaves_new_visitors_to_another(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(b"GET /no-such-page/ HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        time.sleep(0.5)  # the one thread of one process now waits for the rest
        for _visitor in range(20):
            assert served.get("/no-such-page/") == "404"
        slow.sendall(b"\r\n")
        slow.settimeout(10)
        assert slow.recv(12) == b"HTTP/1.1 404"


def test_the_counts_are_gone_when_it_has_ended(served: Served) -> None:
    wait_for(served.counts)
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(20)
    assert served.counts() == []
