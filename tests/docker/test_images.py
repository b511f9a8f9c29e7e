"""The images' build steps do what they say: run here as plain commands, in a folder of the test.

Not run: the steps that make the image's user and hand it a folder, which would change this
machine; and for the GPU worker the installation, gigabytes of CUDA, in whose place the packages
of the tests' own environment are held to the same lock files.
"""

import fcntl
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.docker.dockerfiles import (
    DOCKERFILES,
    PlainBuild,
    Stage,
    command_of,
    ignored,
    stages_of,
)

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "docker" / "web.Dockerfile"
GPU = ROOT / "docker" / "gpu-worker.Dockerfile"
MAKES_THE_USER = "useradd"
# A database of its own on the server that the other tests use.
REDIS = "redis://127.0.0.1:6379/14"
UID = "10001:10001"
# For a process to start on a machine that is busy with other tests.
PATIENCE_S = 90


def name_of(path: Path) -> str:
    return path.name


def redis_answers() -> bool:
    parts = urlsplit(REDIS)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 6379), 1).close()
    except OSError:
        return False
    return True


needs_redis = pytest.mark.skipif(
    not redis_answers(), reason="Redis does not answer on this machine"
)


# --- as written -----------------------------------------------------------------


def last_stage(path: Path) -> Stage:
    return stages_of(path)[-1]


def test_both_images_are_found() -> None:
    assert [path.name for path in DOCKERFILES] == ["gpu-worker.Dockerfile", "web.Dockerfile"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_the_image_runs_as_nobody_in_particular(path: Path) -> None:
    stage = last_stage(path)
    assert stage.all("USER") == [UID]
    # Numbers, because a cluster that forbids root cannot look a name up.
    assert [step.name for step in stage.steps].index("USER") > [
        step.name for step in stage.steps
    ].index("RUN")


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_the_image_has_a_health_check_and_a_command(path: Path) -> None:
    stage = last_stage(path)
    assert command_of(stage.all("HEALTHCHECK")[0])[0] == "python"
    assert command_of(stage.all("CMD")[0])[0] in {"gunicorn", "celery"}


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_every_base_is_pinned_to_a_release(path: Path) -> None:
    for stage in stages_of(path):
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+[\w.-]*", stage.base), stage.base


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_no_secret_and_no_package_index_is_written_into_the_image(path: Path) -> None:
    text = path.read_text()
    for stage in stages_of(path):
        assert not re.search(r"SECRET|PASSWORD|TOKEN|KEY", " ".join(stage.environment()))
        assert not stage.all("ARG")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_production_is_what_the_image_starts_in(path: Path) -> None:
    assert last_stage(path).environment()["RADGAME_PRODUCTION"] == "1"


@pytest.mark.parametrize(
    "name",
    [
        ".git/config",
        ".env",
        "docker/.env",
        "docker/compose.yml",
        "var/secret_key",
        ".venv/pyvenv.cfg",
        "tests/conftest.py",
        "radgame/__pycache__/settings.cpython-311.pyc",
        "radgame/.env",
        "secrets.txt",
    ],
)
def test_what_is_no_business_of_an_image_is_kept_out(name: str) -> None:
    assert ignored(name)


@pytest.mark.parametrize(
    "name", ["manage.py", "radgame/settings.py", "static/css/site.css", "requirements/base.txt"]
)
def test_what_the_site_consists_of_gets_in(name: str) -> None:
    assert not ignored(name)


def test_every_folder_of_the_site_is_copied() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {name.split("/")[0] for name in tracked if "/" in name}
    needed = folders - {".ci", "docker", "docs", "requirements", "tests", "tools"}
    for path, spared in ((WEB, set()), (GPU, {"static"})):
        copied = {text.split()[0] for stage in stages_of(path) for text in stage.all("COPY")}
        assert needed - spared - copied == set()


# --- the site's image, built and run ----------------------------------------------


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> PlainBuild:
    """The site as the image holds it: its own environment, its code, its static files."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        # The processes of one run share what takes half a minute to make.
        folder = folder.parent
    build = PlainBuild(
        folder / "web" / "radgame", python=Path(sys.executable), leave_out=(MAKES_THE_USER,)
    )
    build.home.parent.mkdir(exist_ok=True)
    with (folder / "web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "web.made"
        build.run(WEB, again=made.exists())
        made.touch()
    return build


def started(build: PlainBuild, **extra: str) -> dict[str, str]:
    """What a container of the image would find in its environment."""
    return {**build.environment, "HOME": str(build.home.parent), **extra}


def production(build: PlainBuild, folder: Path, **extra: str) -> dict[str, str]:
    values = {
        "SECRET_KEY": "a" * 25 + "b" * 25 + "0123456789",
        "ALLOWED_HOSTS": "radgame.example.org",
        "EMAIL_URL": "consolemail://",
        "DATABASE_URL": f"sqlite:///{folder}/radgame.sqlite3",
        "REDIS_URL": REDIS,
        "RADGAME_VAR": str(folder),
    }
    return started(build, **{**values, **extra})


def run(build: PlainBuild, command: list[str], env: dict[str, str]) -> Any:
    return subprocess.run(
        command, cwd=build.cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )


@contextmanager
def running(build: PlainBuild, command: list[str], env: dict[str, str], log: Path) -> Iterator[Any]:
    """A container's command; ended as an engine ends it."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=build.cwd, env=env, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_well(build: PlainBuild, check: list[str], env: dict[str, str], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        done = run(build, check, env)
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            pytest.fail(f"{done.stderr}\n{log.read_text()[-3000:]}")
        time.sleep(0.3)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def serve(build: PlainBuild) -> tuple[int, list[str]]:
    """The image's own command, on a port that is free here and with one process."""
    port = free_port()
    words = command_of(last_stage(WEB).all("CMD")[0])
    words[words.index("0.0.0.0:8000")] = f"127.0.0.1:{port}"
    return port, [*words, "--workers", "1"]


def test_the_web_image_holds_the_site_and_nothing_else(web: PlainBuild) -> None:
    assert web.left_out == [last_stage(WEB).all("RUN")[0]]
    assert sorted(path.name for path in web.home.iterdir()) == [
        "requirements",
        "site",
        "static",
        "venv",
    ]
    assert (web.home / "static" / "staticfiles.json").exists()
    names = {path.name for path in (web.home / "site").rglob("*")}
    assert "secret_key" not in names
    assert "tests" not in names
    assert not any(name.startswith(".env") for name in names)
    packages = {path.name for path in (web.home / "venv").glob("lib/*/site-packages/*")}
    assert {"django", "celery", "storages", "boto3", "gunicorn"} <= packages
    assert not {"torch", "pytest", "moto", "ruff"} & packages


def test_the_key_that_static_files_were_collected_with_is_gone(web: PlainBuild) -> None:
    done = run(web, ["python", "manage.py", "check"], started(web))
    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr.splitlines()[-1]


def test_a_deployment_is_found_fit_by_djangos_own_check(web: PlainBuild, tmp_path: Path) -> None:
    env = production(web, tmp_path, BEHIND_PROXY="1")
    done = run(web, ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], env)
    assert done.returncode == 0, done.stderr


def test_the_health_check_of_the_web_image_says_what_fails(web: PlainBuild, tmp_path: Path) -> None:
    env = production(web, tmp_path, REDIS_URL="redis://127.0.0.1:1/0")
    port, command = serve(web)
    check = [*command_of(last_stage(WEB).all("HEALTHCHECK")[0]), str(port)]
    silent = run(web, check, env)
    assert silent.returncode == 1
    assert f"no answer on port {port}" in silent.stderr
    with running(web, command, env, tmp_path / "log"):
        deadline = time.monotonic() + PATIENCE_S
        while "no answer" in (done := run(web, check, env)).stderr:
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.3)
    assert done.returncode == 1
    assert '503: {"status": "failing"' in done.stderr
    assert '"broker": "failing"' in done.stderr
    assert '"storage": "ok"' in done.stderr


@pytest.mark.parametrize(
    ("allowed", "asked"),
    [
        ("radgame.example.org,other.example", "radgame.example.org"),
        (".example.org", "example.org"),
        ("*", "localhost"),
        ("", "localhost"),
    ],
)
def test_the_health_check_asks_under_a_name_that_the_site_answers_to(
    allowed: str, asked: str
) -> None:
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request).start()
        done = subprocess.run(
            [sys.executable, str(ROOT / "docker" / "health.py"), str(server.server_port)],
            env={"ALLOWED_HOSTS": allowed},
            check=False,
        )
    assert (done.returncode, heard) == (0, [asked])


@needs_redis
def test_the_web_image_serves_the_site_and_is_well(web: PlainBuild, tmp_path: Path) -> None:
    env = production(web, tmp_path, BEHIND_PROXY="1", ALLOWED_HOSTS=".example.org,other.example")
    [migrate] = [compose()["services"]["migrate"]["command"]]
    done = run(web, shlex.split(migrate), env)
    assert done.returncode == 0, done.stderr
    port, command = serve(web)
    check = [*command_of(last_stage(WEB).all("HEALTHCHECK")[0]), str(port)]

    def get(path: str) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            headers={"Host": "radgame.example.org", "X-Forwarded-Proto": "https"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())

    with running(web, command, env, tmp_path / "log"):
        wait_until_well(web, check, env, tmp_path / "log")
        page = get("/").decode()
        found = re.search(r'href="(/static/[\w/.-]+\.[0-9a-f]{12}\.css)"', page)
        assert found, page[:2000]
        assert get(found.group(1))


# --- worker and schedule, with the commands of the compose file ----------------------


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yml").read_text())
    return parsed


def service(name: str) -> tuple[list[str], list[str]]:
    """Command and health check of a service, in words; defaults filled in."""
    described = compose()["services"][name]
    command = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", described["command"])
    return shlex.split(command), described["healthcheck"]["test"][1:]


@needs_redis
def test_the_quick_worker_starts_and_answers_its_health_check(
    web: PlainBuild, tmp_path: Path
) -> None:
    env = production(web, tmp_path)
    command, check = service("worker-quick")
    gone = run(web, check, env)
    assert gone.returncode == 1
    assert "queue quick" in gone.stderr
    with running(web, command, env, tmp_path / "log"):
        wait_until_well(web, check, env, tmp_path / "log")


@needs_redis
def test_the_schedule_gives_signs_of_life(web: PlainBuild, tmp_path: Path) -> None:
    env = production(web, tmp_path)
    command, check = (
        [re.sub(r"^/tmp/", f"{tmp_path}/", word) for word in words] for words in service("beat")
    )
    assert run(web, check, env).returncode == 1
    with running(web, command, env, tmp_path / "log"):
        wait_until_well(web, check, env, tmp_path / "log")


# --- the GPU worker's image ------------------------------------------------------


@pytest.fixture(scope="module")
def gpu(tmp_path_factory: pytest.TempPathFactory) -> PlainBuild:
    """The GPU worker's code beside the environment of the tests, where pip only looks."""
    folder = tmp_path_factory.mktemp("gpu")
    build = PlainBuild(
        folder / "radgame",
        python=Path(sys.executable),
        leave_out=(MAKES_THE_USER, "-m venv", "torch.version.cuda"),
    )
    build.home.mkdir()
    (build.home / "venv").symlink_to(sys.prefix)
    report = folder / "pip.json"
    build.run(GPU, {"PIP_DRY_RUN": "1", "PIP_REPORT": str(report)})
    return build


def test_the_lock_files_of_the_gpu_worker_install_together(gpu: PlainBuild) -> None:
    assert len(gpu.left_out) == 3
    report = json.loads((gpu.home.parent / "pip.json").read_text())
    missing = [
        f"{found['metadata']['name']}=={found['metadata']['version']}"
        for found in report["install"]
    ]
    assert missing == [], "the tests' environment has all of them, in these versions"


def test_an_environment_without_cuda_makes_no_gpu_image(gpu: PlainBuild) -> None:
    [step] = [text for text in stages_of(GPU)[0].all("RUN") if "torch.version.cuda" in text]
    done = run(gpu, ["/bin/sh", "-c", gpu.placed(step)], started(gpu))
    cuda = run(gpu, [sys.executable, "-c", "import torch; print(torch.version.cuda)"], started(gpu))
    if cuda.stdout.strip() == "None":
        assert done.returncode == 1
        assert "torch came without CUDA" in done.stderr
    else:
        assert done.returncode == 0


@needs_redis
def test_the_gpu_worker_starts_and_answers_its_health_check(
    gpu: PlainBuild, tmp_path: Path
) -> None:
    env = production(gpu, tmp_path)
    command, check = service("worker-gpu")
    assert command == command_of(last_stage(GPU).all("CMD")[0])
    assert check == command_of(last_stage(GPU).all("HEALTHCHECK")[0])
    with running(gpu, command, env, tmp_path / "log"):
        wait_until_well(gpu, check, env, tmp_path / "log")
