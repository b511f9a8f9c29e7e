"""`.ci/run` on a clean machine: installs what lacks, starts what it installed, and no more."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("chromium", "docker-compose", "sqlite3", "node", "pg_dump", "redis-server")
PACKAGES = "chromium docker-compose sqlite3 nodejs postgresql-client postgresql redis-server"


class Machine:
    """Nothing but bash, and programs that write down how they were called."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        (folder / ".ci").mkdir()
        self.bin.mkdir()
        for name in ("bash", "dirname", "env"):
            (self.bin / name).symlink_to(str(shutil.which(name)))
        for name in ("apt-get", "service", "make"):
            self.install(name)
        text = (ROOT / ".ci" / "run").read_text()
        for there, here in {"/usr/lib": str(folder / "lib"), **ports}.items():
            assert there in text
            text = text.replace(there, str(here))
        (folder / ".ci" / "run").write_text(text)

    def install(self, name: str, status: int = 0) -> None:
        program = self.bin / name
        program.write_text(
            f'#!/bin/bash\necho "{name} $*" >>"{self.folder}/calls"\nexit {status}\n'
        )
        program.chmod(0o755)

    def has_a_server_of_postgresql(self) -> None:
        program = self.folder / "lib/postgresql/15/bin/initdb"
        program.parent.mkdir(parents=True)
        program.touch()

    def run(self) -> list[str]:
        """The calls it made; raises when the script fails."""
        subprocess.run(
            [self.bin / "bash", self.folder / ".ci/run"],
            env={"PATH": str(self.bin), "HOME": os.environ.get("HOME", "/")},
            capture_output=True,
            timeout=30,
            check=True,
        )
        calls = (self.folder / "calls").read_text().splitlines()
        return [call for call in calls if not call.startswith(("docker", "env", "apt-get update"))]


def a_port(*, listening: bool) -> tuple[socket.socket, int]:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    if listening:
        taken.listen()
    return taken, int(taken.getsockname()[1])


@pytest.fixture
def postgres() -> Iterator[int]:
    """A port nobody listens on."""
    taken, port = a_port(listening=False)
    yield port
    taken.close()


@pytest.fixture
def redis() -> Iterator[int]:
    """A port somebody listens on."""
    taken, port = a_port(listening=True)
    yield port
    taken.close()


def test_a_bare_machine_gets_everything_and_what_does_not_answer_is_started(
    tmp_path: Path, postgres: int, redis: int
) -> None:
    machine = Machine(tmp_path, {"5432": postgres, "6379": redis})
    install, *rest = machine.run()
    assert install.startswith("apt-get install")
    assert install.endswith(PACKAGES)
    assert rest == ["service postgresql start", "make check", "make test"]


def test_a_service_that_cannot_be_started_is_for_make_test_to_say(
    tmp_path: Path, postgres: int, redis: int
) -> None:
    machine = Machine(tmp_path, {"5432": postgres, "6379": redis})
    machine.install("service", status=1)
    assert machine.run()[1:] == ["service postgresql start", "make check", "make test"]


def test_a_machine_that_has_everything_is_left_alone(
    tmp_path: Path, postgres: int, redis: int
) -> None:
    # PostgreSQL does not answer, and somebody may have stopped it.
    machine = Machine(tmp_path, {"5432": postgres, "6379": redis})
    machine.has_a_server_of_postgresql()
    for name in PROGRAMS:
        machine.install(name)
    assert machine.run() == ["make check", "make test"]
