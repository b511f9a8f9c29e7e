"""The site's real processes, as docs/operations.md starts them, to be killed."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from .services import free_port

ROOT = Path(__file__).resolve().parents[2]


def wait_for(what: Callable[[], object], *, seconds: float, why: str) -> None:
    """Until ``what`` is true; fails with ``why`` when it takes longer."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s: {why}")
        time.sleep(0.05)


class Process:
    """A process and its children, in a group that can be killed as a whole."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def children(self) -> list[int]:
        return [child.pid for child in psutil.Process(self._process.pid).children()]

    def kill(self) -> None:
        """All of it at once, as when its machine dies."""
        if self.is_alive:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self, *, seconds: float = 20, by: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, as a service manager does, or whoever presses Ctrl-C."""
        if self.is_alive:
            self._process.send_signal(by)
            try:
                self._process.wait(seconds)
            finally:
                self.kill()


class Site:
    """Starts the site's processes on the services of the tests."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self._folder = folder
        self._processes: list[Process] = []

    def worker(self, *queues: str, concurrency: int = 1, beat: bool = False) -> Process:
        number = len(self._processes)
        command = ["celery", "-A", "radgame", "worker", "-Q", ",".join(queues)]
        command += ["-c", str(concurrency), "-n", f"{queues[0]}{number}@%h", "-l", "info"]
        command += ["--without-gossip", "--without-mingle"]
        if beat:
            command += ["-B", "-s", str(self._folder / f"schedule-{number}")]
        return self._start(command, f"worker-{'-'.join(queues)}")

    def beat(self) -> Process:
        schedule = str(self._folder / f"schedule-{len(self._processes)}")
        return self._start(["celery", "-A", "radgame", "beat", "-s", schedule], "beat")

    def web(self, *, processes: int = 2) -> "Web":
        port = free_port()
        command = ["gunicorn", "-c", "python:radgame.gunicorn", "-b", f"127.0.0.1:{port}"]
        command += ["--workers", str(processes), "--threads", "4", "--log-level", "warning"]
        web = Web(self._start(command, "web"), port)
        wait_for(lambda: web.get("/about/").status == 200, seconds=30, why="the site is not up")
        return web

    def embedded(self) -> "Web":
        """As `make run` starts it, once everything is prepared."""
        port = free_port()
        command = ["gunicorn", "-c", "tools/gunicorn_embedded.py"]
        web = Web(self._start(command, "embedded", RADGAME_PORT=str(port)), port)
        wait_for(lambda: web.get("/about/").status == 200, seconds=30, why="the site is not up")
        return web

    def stop(self, keep: int = 0) -> None:
        """End everything that was started after the first ``keep``, without ceremony."""
        for process in self._processes[keep:]:
            process.kill()
        del self._processes[keep:]

    @property
    def count(self) -> int:
        return len(self._processes)

    def logs(self) -> list[tuple[str, str]]:
        return [
            (path.stem, path.read_text(errors="replace")) for path in self._folder.glob("*.log")
        ]

    def _start(self, command: list[str], name: str, **more: str) -> Process:
        log = self._folder / f"{len(self._processes)}-{name}.log"
        log.unlink(missing_ok=True)
        process = Process([sys.executable, "-m", *command], {**self.environment, **more}, log)
        self._processes.append(process)
        return process


class Reply:
    def __init__(self, status: int, body: str, seconds: float) -> None:
        self.status, self.body, self.seconds = status, body, seconds


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


class Web:
    """gunicorn, and requests to it."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port
        self._opener = urllib.request.build_opener(_NoRedirects)

    def get(self, path: str, cookie: str = "") -> Reply:
        return self._send(urllib.request.Request(self._address(path)), cookie)

    def post(self, path: str, body: bytes, cookie: str) -> Reply:
        headers = {"HX-Request": "true"}
        return self._send(urllib.request.Request(self._address(path), body, headers), cookie)

    def _address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def _send(self, request: urllib.request.Request, cookie: str) -> Reply:
        csrf = "b" * 32
        request.add_header("Cookie", f"{cookie}; csrftoken={csrf}")
        request.add_header("X-CSRFToken", csrf)
        began = time.perf_counter()
        try:
            with self._opener.open(request, timeout=30) as response:
                status, body = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        except OSError as error:
            return Reply(0, str(error), time.perf_counter() - began)
        return Reply(status, body.decode(), time.perf_counter() - began)

    def tracebacks(self) -> list[str]:
        return re.findall(r"^(\w[\w.]*(?:Error|Exception)\b.*)$", self.process.log, re.MULTILINE)
