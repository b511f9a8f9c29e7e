"""A PostgreSQL and a Redis of the tests' own, to be stopped, frozen and killed."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from django.db import connection


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def postgres_tools() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the path, by version."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in folders), key=lambda p: int(p.parent.name), default=None)


def missing() -> list[str]:
    """What of the services this machine does not have."""
    lacks = []
    if postgres_tools() is None:
        lacks.append("PostgreSQL's server (Debian: apt install postgresql)")
    if shutil.which("redis-server") is None:
        lacks.append("redis-server (Debian: apt install redis-server)")
    return lacks


class Postgres:
    """PostgreSQL in a folder of its own; as the user ``postgres`` when the tests run as root."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="radgame-faults-pg-"))
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")
        # What this process had open was cut off with all the others.
        connection.close()

    def stop(self) -> None:
        """As a restart of the service does: whoever is connected is cut off."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", "fast", "stop")

    def crash(self) -> None:
        """As a loss of power does, as far as PostgreSQL can tell."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.crash()
        shutil.rmtree(self.folder)

    def _run(self, tool: str, *arguments: str) -> None:
        tools = postgres_tools()
        assert tools is not None
        subprocess.run(
            [tools / tool, *arguments],
            cwd=self.folder,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )


class Redis:
    """Redis without a file: whoever kills it takes its memory."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()),
            ],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("redis-server did not come up")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Accepts connections, by way of the kernel, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)
