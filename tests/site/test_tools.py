"""`make run` and `make test` on machines that are not as they should be: one clear line each."""

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OLDEST_THAT_IS_TOLD = (3, 7)


@pytest.mark.parametrize("name", ["run", "test", "check", "audit", "environment"])
def test_an_old_python_gets_as_far_as_being_told(name: str) -> None:
    source = (ROOT / "tools" / f"{name}.py").read_text()
    tree = ast.parse(source, feature_version=OLDEST_THAT_IS_TOLD)
    futures = [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert futures, "annotations must not be evaluated"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # The browser tests of the same process set this, and no deployment does.
    inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("tools/run.py", PORT=str(port))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"radgame: port {port} cannot be used (Address already in use). "
        f"Choose another: make run PORT={port + 1}"
    )


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_said_in_one_line(port: str) -> None:
    done = run("tools/run.py", PORT=port)
    assert done.returncode == 1
    assert done.stderr.strip() == f"radgame: PORT is {port!r}; it must be a number from 1 to 65535."


def test_an_old_python_is_told_which_one_is_needed() -> None:
    told = run(
        "-c",
        "import sys; sys.path.insert(0, 'tools'); sys.version_info = (3, 9, 2);"
        "sys.version = '3.9.2 (old)'; import environment; environment.ensure('base')",
    )
    assert told.returncode == 1
    assert told.stderr.strip() == (
        "radgame: Python 3.11 or newer is needed, this is 3.9.2. "
        "Install a newer one, or name it: make run PYTHON=python3.12"
    )


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    told = run(
        "-c",
        "import sys; sys.path.insert(0, 'tools'); import environment, pathlib, venv\n"
        f"environment.VENV = pathlib.Path({str(tmp_path / 'venv')!r})\n"
        "def refuse(*a, **k): raise OSError('ensurepip is not available')\n"
        "venv.create = refuse\n"
        "environment.ensure('base')",
    )
    assert told.returncode == 1
    assert told.stderr.strip() == (
        "radgame: this Python cannot make a virtual environment (OSError). "
        "On Debian: apt install python3-venv"
    )


def test_production_without_a_secret_is_refused() -> None:
    told = run(
        "manage.py",
        "check",
        RADGAME_PRODUCTION="1",
        ALLOWED_HOSTS="x",
        SECRET_KEY="",
    )
    assert told.returncode == 1
    clean = {key: value for key, value in os.environ.items() if key != "SECRET_KEY"}
    told = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**clean, "RADGAME_PRODUCTION": "1", "ALLOWED_HOSTS": "x"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 1
    assert "SECRET_KEY" in told.stderr


def test_the_deployment_check_is_clean_in_production(tmp_path: Path) -> None:
    told = run(
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        RADGAME_PRODUCTION="1",
        ALLOWED_HOSTS="radgame.example",
        SECRET_KEY="k3y-" + "x9!aB" * 12,
        DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}",
        REDIS_URL="redis://127.0.0.1:6379/9",
        EMAIL_URL="smtp://localhost:25",
        RADGAME_VAR=str(tmp_path),
    )
    assert told.returncode == 0, told.stderr
