"""`make run` and `make test` on machines that are not as they should be: one clear line each."""

import ast
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools.services import in_database, left_out, redis_of_tests, refusal

ROOT = Path(__file__).resolve().parents[2]
OLDEST_THAT_IS_TOLD = (3, 7)


@pytest.mark.parametrize("name", ["run", "test", "check", "audit", "environment", "services"])
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


@pytest.mark.parametrize(
    ("named", "used"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/9"),
        ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379/9"),
        ("redis://127.0.0.1:6379/", "redis://127.0.0.1:6379/9"),
        ("redis://:secret@redis/00", "redis://:secret@redis/9"),
        ("rediss://redis:6380/0?ssl_cert_reqs=none", "rediss://redis:6380/9?ssl_cert_reqs=none"),
        ("redis://redis/11?db=0", "redis://redis/9"),
        ("redis://redis/0?db=11", "redis://redis/11"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=9"),
        ("unix:///run/redis.sock?db=3", "unix:///run/redis.sock?db=3"),
        ("redis://redis/3", "redis://redis/3"),
        ("redis://redis/9", "redis://redis/9"),
    ],
)
def test_tests_keep_away_from_a_sites_database(named: str, used: str) -> None:
    assert redis_of_tests(named) == used
    # What `make test` handed over is not changed again.
    assert redis_of_tests(used) == used


@pytest.mark.parametrize(
    ("named", "used"),
    [
        ("redis://redis", "redis://redis/13"),
        ("redis://redis:6379/9?health_check_interval=5/5", "redis://redis:6379/13?health"),
        ("rediss://redis/9?db=2&ssl_cert_reqs=none", "rediss://redis/13?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock?db=9", "unix:///run/redis.sock?db=13"),
    ],
)
def test_a_database_is_named_whatever_the_address_is_like(named: str, used: str) -> None:
    assert in_database(named, 13).startswith(used)


def test_each_worker_has_a_database_of_its_own() -> None:
    assert [redis_of_tests("redis://redis/0", worker)[-3:] for worker in (0, 1)] == ["s/9", "/10"]


def test_pytest_in_the_shell_of_a_site_leaves_the_site_alone() -> None:
    told = run(
        "-c",
        "import os, django; django.setup()\n"
        "from tests.conftest import pytest_configure; pytest_configure()\n"
        "from django.conf import settings as s; from radgame.celery import app\n"
        "print(s.REDIS_URL, s.CACHES['default']['LOCATION'], s.BROKER_URL, app.conf.broker_url)\n"
        "print(os.environ['REDIS_URL'], os.environ.get('BROKER_URL'))",
        DJANGO_SETTINGS_MODULE="radgame.settings",
        REDIS_URL="redis://127.0.0.1:1/0",
        BROKER_URL="redis://127.0.0.1:1/1",
        RADGAME_PRODUCTION="",
    )
    assert told.stdout.split() == ["redis://127.0.0.1:1/9"] * 5 + ["None"], told.stderr


def test_a_service_that_refuses_is_told_with_its_reason() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server_url = f"redis://:wrong@127.0.0.1:{server.getsockname()[1]}/9"

        def refuse() -> None:
            # Every command, as a Redis with another password does.
            connection, _address = server.accept()
            with connection:
                while connection.recv(4096):
                    connection.sendall(b"-WRONGPASS invalid username-password pair\r\n" * 4)

        threading.Thread(target=refuse, daemon=True).start()
        assert "invalid username-password" in refusal(sys.executable, "Redis", server_url)
    nobody = "postgres://me@127.0.0.1:1/db"
    assert "refused" in refusal(sys.executable, "PostgreSQL", nobody)
    assert refusal(sys.executable, "PostgreSQL", "sqlite:///x") == "the address names no PostgreSQL"


def test_both_services_are_told_of_when_one_refuses() -> None:
    addresses = {"PostgreSQL": "postgres://me:secret@db/radgame", "Redis": "redis://:secret@r/9"}
    assert left_out(addresses, {"PostgreSQL": "", "Redis": ""}) == []
    assert left_out(addresses, {"PostgreSQL": "", "Redis": "WRONGPASS"}) == [
        "the tests on PostgreSQL and Redis: PostgreSQL answers at postgres://me@db/radgame, "
        "but is not used without the other",
        "the tests on PostgreSQL and Redis: Redis at redis://@r/9: WRONGPASS",
    ]


def test_the_last_lines_name_everything_that_was_left_out(tmp_path: Path) -> None:
    # Nothing is installed or run; a shell with neither services, browser, Node nor data.
    code = (
        "import sys, pathlib; sys.path.insert(0, 'tools'); sys.argv[1:] = ['-k', 'x']\n"
        "import environment, services, test\n"
        "environment.ensure = lambda *names: pathlib.Path(sys.executable)\n"
        "environment.add = lambda *names: False\n"
        "test.run = lambda *arguments, **more: True\n"
        "test.servers = test.compose = lambda: False\n"
        "test.shutil.which = lambda name: None\n"
        "sys.exit(test.main())"
    )
    nobody = {"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}
    data = {"RADGAME_TEST_DATA": str(tmp_path / "gone")}
    done = run("-c", code, CI="", **nobody, **data)
    lines = [line for line in done.stdout.splitlines() if line.startswith("not run: ")]
    for name, part in enumerate(
        ("models.txt", "browser", "compose", "PostgreSQL at", "Redis at", "fault", "modules")
    ):
        assert part in lines[name], done.stdout + done.stderr
    assert lines[-1].endswith(f"no test data at {tmp_path / 'gone'}")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "all that ran passed")
    assert run("-c", code, CI="true", **nobody, **data).returncode == 1


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
