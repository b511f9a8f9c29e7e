"""A new SECRET_KEY signs nobody out while the old one is among the fallbacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from radgame.accounts.models import User
from tests.conftest import client_of

ROOT = Path(__file__).resolve().parents[2]


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/email/").status_code == 200


@pytest.mark.parametrize("kept", [True, False])
def test_sessions_survive_a_new_key_if_the_old_one_is_kept(
    kept: bool, alice: User, settings: Settings
) -> None:
    client = client_of(alice)
    assert is_signed_in(client)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "new-" + "x9!aB" * 12
    settings.SECRET_KEY_FALLBACKS = [old] if kept else []
    assert is_signed_in(client) is kept


def settings_from(folder: Path, names: str, **variables: str) -> str:
    """What a process of the site with these variables takes ``names`` to be."""
    told = subprocess.run(
        [sys.executable, "-c", f"from radgame import settings; print({names})"],
        cwd=ROOT,
        env={**os.environ, "RADGAME_VAR": str(folder), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def test_the_keys_that_were_come_from_the_environment(tmp_path: Path) -> None:
    told = settings_from(tmp_path, "settings.SECRET_KEY_FALLBACKS", SECRET_KEY_FALLBACKS="one,two")
    assert told == "['one', 'two']"


def test_a_secret_may_begin_with_a_dollar(tmp_path: Path) -> None:
    """One in fifty of the keys that Django makes does."""
    told = settings_from(
        tmp_path,
        "settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS, settings.JUDGE_KEY",
        SECRET_KEY="$one$HOME",
        SECRET_KEY_FALLBACKS="$$two,$three",
        RADGAME_JUDGE_KEY="$PATH",
    )
    assert told == "$one$HOME ['$$two', '$three'] $PATH"
