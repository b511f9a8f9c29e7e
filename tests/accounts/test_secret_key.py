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


def test_the_keys_that_were_come_from_the_environment(tmp_path: Path) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from radgame import settings; print(settings.SECRET_KEY_FALLBACKS)",
        ],
        cwd=ROOT,
        env={**os.environ, "RADGAME_VAR": str(tmp_path), "SECRET_KEY_FALLBACKS": "one,two"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "['one', 'two']"
