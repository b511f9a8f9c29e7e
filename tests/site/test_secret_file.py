"""The machine's own secrets: made once, whole, and for nobody else."""

import secrets
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from radgame.secret_file import kept_secret

ROOT = Path(__file__).resolve().parents[2]


def test_of_many_that_start_together_all_get_the_same(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret"
    with ThreadPoolExecutor(16) as threads:
        got = list(
            threads.map(lambda _: kept_secret(file, lambda: secrets.token_bytes(8)), range(64))
        )
    assert set(got) == {file.read_bytes()}
    assert [entry.name for entry in file.parent.iterdir()] == ["secret"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    def fails() -> bytes:
        raise RuntimeError("no entropy")

    with pytest.raises(RuntimeError):
        kept_secret(tmp_path / "secret", fails)
    assert list(tmp_path.iterdir()) == []


def test_an_embedded_site_keeps_the_key_it_made(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from radgame import settings; print(settings.SECRET_KEY)"]
    environment = {"RADGAME_VAR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    told = [
        subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert told[0] == told[1] == (tmp_path / "secret_key").read_text()
    assert len(told[0]) == 50
