"""In production settings Django's own checks of a deployment find nothing, and cookies are safe."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TELL = """
import json
from django.conf import settings
names = ["DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
         "SECURE_SSL_REDIRECT", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SILENCED_SYSTEM_CHECKS"]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


GUNICORN = ("-m", "gunicorn", "-c", "python:radgame.gunicorn", "-b", "127.0.0.1:0")


def manage(
    folder: Path, *arguments: str, without: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return run(folder, "manage.py", *arguments, without=without, **environment)


def run(
    folder: Path, *arguments: str, without: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    production = {
        "RADGAME_PRODUCTION": "1",
        "RADGAME_VAR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "radgame.example.org",
        "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
        "DATABASE_URL": f"sqlite:///{folder / 'radgame.sqlite3'}",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
    }
    production.pop(without, None)
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**plain, **production, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_checks_of_a_deployment_find_nothing(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize(
    ("setting", "value"), [("SECRET_KEY", "short"), ("SECURE_SSL_REDIRECT", "0")]
)
def test_and_what_is_amiss_they_do_find(setting: str, value: str, tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **{setting: value})
    assert done.returncode == 1
    assert "security.W" in done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "EMAIL_URL"])
@pytest.mark.parametrize("program", [("manage.py", "migrate"), (*GUNICORN, "--workers", "1")])
def test_what_must_be_set_is_said_in_one_sentence(
    program: tuple[str, ...], missing: str, tmp_path: Path
) -> None:
    done = run(tmp_path, *program, without=missing, TMPDIR=str(tmp_path))
    assert done.returncode in {1, 4}
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert told == [f"RadGame does not start. Set the {missing} environment variable"]


def test_cookies_travel_over_https_alone(tmp_path: Path) -> None:
    done = manage(tmp_path, "shell", "--no-imports", "-c", TELL)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("DEBUG") is False
    assert told.pop("SILENCED_SYSTEM_CHECKS") == []
    assert set(told.values()) == {True}
