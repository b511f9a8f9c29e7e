"""`make test`: every test, on every database that answers. Standard library only.

Arguments are handed to pytest: make test ARGS="-k overlap".
"""

# An old Python must get as far as the line that says it is too old.
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import environment
import services

CI = bool(os.environ.get("CI"))
POSTGRES = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = services.redis_of_tests(os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379")
ADDRESSES = {"PostgreSQL": POSTGRES, "Redis": REDIS}
DATA = Path(os.environ.get("RADGAME_TEST_DATA") or environment.ROOT.parent / "shared" / "data")


def node() -> str | None:
    """The system's Node, from 18 on: the oldest that tests modules by itself, and Debian 12's."""
    found = shutil.which("node")
    if found:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        if version.stdout.startswith("v") and int(version.stdout[1:].split(".")[0]) >= 18:
            return found
    return None


def compose() -> bool:
    """Whether docker compose is here, or the program of that name before it."""
    if shutil.which("docker-compose"):
        return True
    asked = ["docker", "compose", "version"]
    return (
        shutil.which("docker") is not None
        and not subprocess.run(asked, capture_output=True, check=False).returncode
    )


def servers() -> bool:
    """Whether the fault tests find a PostgreSQL and a Redis that they may kill."""
    postgres = shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return bool(postgres) and shutil.which("redis-server") is not None


def run(title: str, command: list[str], **env: str) -> bool:
    print(f"\n=== {title}", flush=True)
    done = subprocess.run(command, cwd=environment.ROOT, env={**os.environ, **env}, check=False)
    return done.returncode == 0


def main() -> int:
    python = str(environment.ensure("base", "test"))
    arguments = sys.argv[1:]
    failed: list[str] = []
    left_out: list[str] = []
    # What nobody can pass on is told, and no failure even with CI set: the tests are skipped.
    told: list[str] = []
    if not environment.add("base", "models", "test"):
        left_out.append(
            "the tests of models and of the shelf of metrics: requirements/models.txt "
            "could not be installed (see above)"
        )
    if not DATA.is_dir():
        told.append(f"the tests on real films and reports: no test data at {DATA}")
    pytest = [python, "-m", "pytest", "-q", *arguments]

    browser = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    select: list[str] = []
    if browser is None:
        left_out.append(
            "the browser tests: no Chromium on this machine (Debian: apt install chromium)"
        )
        select = ["-m", "not e2e"]
    if not compose():
        left_out.append(
            "the compose file, as compose reads it: neither docker compose nor docker-compose "
            "is on this machine (Debian: apt install docker-compose)"
        )
    _forget_the_shell()
    if not run("everything, embedded (SQLite)", [*pytest, "-n", "2", *select]):
        failed.append("tests on SQLite")

    refusals = {name: services.refusal(python, name, url) for name, url in ADDRESSES.items()}
    left_out += services.left_out(ADDRESSES, refusals)
    if not any(refusals.values()):
        both = {"DATABASE_URL": POSTGRES, "REDIS_URL": REDIS}
        # What meets no server, and pages in a browser, have had their run.
        command = [*pytest, "-n", "2", "-m", "servers and not e2e", "--create-db"]
        command += ["--ignore=tests/scoring", "--ignore=tests/imaging", "--ignore=tests/docker"]
        if not run("everything with a database, PostgreSQL and Redis", command, **both):
            failed.append("tests on PostgreSQL and Redis")

    if not servers():
        left_out.append(
            "the fault tests: PostgreSQL's or Redis' server is not on this machine "
            "(Debian: apt install postgresql redis-server)"
        )
    elif not arguments:
        command = [*pytest, "-n", "2", "tests/faults"]
        if not run("what happens when workers, Redis and PostgreSQL die", command):
            failed.append("fault tests")

    if browser and not arguments:
        command = [*pytest, "tests/js/harness"]
        if not run("the viewer on its own, in Chromium", command, CHROMIUM=browser):
            failed.append("tests of the viewer in Chromium")
    javascript = node()
    if javascript is None:
        left_out.append(
            "the tests of the viewer's modules: Node 18 or newer is not on the path "
            "(Debian: apt install nodejs)"
        )
    elif not run("the viewer's modules", [javascript, "--test", "tests/js/"]):
        failed.append("tests of the viewer's modules")

    print()
    for reason in left_out + told:
        print(f"not run: {reason}")
    if CI and left_out:
        failed.append("something was left out, and CI leaves nothing out")
    for name in failed:
        print(f"failed: {name}")
    if not failed:
        print("all that ran passed" if left_out + told else "everything ran and passed")
    return 1 if failed else 0


def _forget_the_shell() -> None:
    """Tests must not see the services of the calling shell, which may be a running site's."""
    for name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL"):
        os.environ.pop(name, None)


if __name__ == "__main__":
    sys.exit(main())
