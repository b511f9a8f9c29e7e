"""The commands of docs/operations.md back a site up, and restore it into an empty one."""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATABASE_URL = os.environ.get("DATABASE_URL", "")


def commands(section: str) -> list[str]:
    """The lines after a ``$`` in a section of operations.md, without their comments."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    body = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [
        re.split(r"\s{2,}#", line)[0].strip()
        for line in re.findall(r"^\$ (.+)$", body, re.MULTILINE)
    ]


def need(program: str) -> None:
    """On the build machine a program that is missing is a failure, elsewhere a skip."""
    if shutil.which(program):
        return
    if os.environ.get("CI"):
        pytest.fail(f"{program} is not on the path, and CI leaves nothing out")
    pytest.skip(f"{program} is not on the path")


class Site:
    """A folder as an operator has it: ``var/`` with database and films, and ``backup/``."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.folder = folder
        (folder / "backup").mkdir(parents=True)
        (folder / "var").mkdir()
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "radgame.settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": "",
            "MEDIA_ROOT": "",
            "RADGAME_VAR": str(folder / "var"),
            "SECRET_KEY": "k3y-" + "x9!aB" * 12,
        }
        del self._environment["MEDIA_ROOT"]

    def shell(self, command: str) -> None:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def python(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fill(self) -> None:
        self.python("manage.py", "migrate", "-v", "0")
        self.python("-m", "tests.site.filling", "fill")

    @cached_property
    def told(self) -> dict[str, Any]:
        """What is in it, as it was when first asked."""
        return self.tell()

    def tell(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.python("-m", "tests.site.filling", "tell"))
        return told

    @property
    def films(self) -> dict[str, bytes]:
        media = self.folder / "var" / "media"
        return {
            str(path.relative_to(media)): path.read_bytes()
            for path in media.rglob("*")
            if path.is_file()
        }


def move_backup(old: Site, new: Site) -> None:
    shutil.copytree(old.folder / "backup", new.folder / "backup", dirs_exist_ok=True)


def assert_same(old: Site, new: Site) -> None:
    told = new.tell()
    assert told == old.told
    assert told["tables"]["localize.Attempt"][0] == 4
    assert told["tables"]["progress.Outcome"][0] == 4
    assert len(told["scores"]) == 4
    assert all(stored == anew for stored, anew in told["scores"].values())
    assert any(stored > 0 for stored, _anew in told["scores"].values())
    assert len(told["films"]) == 8
    assert new.films == old.films
    assert len(new.films) == 8


def test_the_commands_are_found_in_the_document() -> None:
    told = commands("Back up and restore")
    assert [command.split()[0] for command in told] == [
        *("sqlite3", "sqlite3", "pg_dump", "cp", "rm", "cp", "pg_restore", "cp")
    ]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A filled site on SQLite."""
    made = Site(tmp_path_factory.mktemp("site") / "old")
    made.fill()
    return made


@pytest.mark.xdist_group("backup")
@pytest.mark.parametrize("how", [".backup", "VACUUM INTO"])
def test_a_site_on_sqlite_is_restored_whole(how: str, old: Site, tmp_path: Path) -> None:
    need("sqlite3")
    told = commands("Back up and restore")
    new = Site(tmp_path / "new")
    (old.folder / "backup" / "radgame.sqlite3").unlink(missing_ok=True)
    [back_up] = [command for command in told if how in command]
    old.shell(back_up)
    old.shell(told[3])
    move_backup(old, new)
    # What an earlier database left there must not get into the new one.
    (new.folder / "var" / "radgame.sqlite3-wal").write_bytes(b"of another file")
    for command in (told[4], told[5], told[7]):
        new.shell(command)
    assert_same(old, new)


# --- PostgreSQL -----------------------------------------------------------------------


@pytest.fixture
def databases() -> Iterator[list[str]]:
    """Two empty databases on the server of the tests."""
    parts = urlsplit(DATABASE_URL)
    names = [f"backup_{uuid.uuid4().hex[:12]}" for _number in range(2)]
    connection = psycopg2.connect(DATABASE_URL)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE DATABASE {name}")
        yield [parts._replace(path=f"/{name}").geturl() for name in names]
        for name in names:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    connection.close()


@pytest.mark.postgres
@pytest.mark.skipif(not DATABASE_URL.startswith("postgres"), reason="needs PostgreSQL")
def test_a_site_on_postgresql_is_restored_whole(databases: list[str], tmp_path: Path) -> None:
    for program in ("pg_dump", "pg_restore"):
        need(program)
        assert major_of(program) >= server_major(), f"{program} is older than the server"
    told = commands("Back up and restore")
    old, new = Site(tmp_path / "old", databases[0]), Site(tmp_path / "new", databases[1])
    old.fill()
    old.shell(told[2])
    old.shell(told[3])
    move_backup(old, new)
    # Once into an empty database, once over what is there.
    for _again in range(2):
        new.shell(told[6])
        new.shell(told[7])
    assert_same(old, new)


def major_of(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)(?:\.\d+)?", told)
    assert found, told
    return int(found[1])


def server_major() -> int:
    connection = psycopg2.connect(DATABASE_URL)
    version = connection.server_version
    connection.close()
    return version // 10_000
