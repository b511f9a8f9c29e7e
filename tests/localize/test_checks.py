"""What is wrong with the explainer's settings is said at the start, with what to do."""

import os
import subprocess
import sys
from pathlib import Path

from pytest_django import Settings

from localize.checks import check_explainer

ROOT = Path(__file__).resolve().parents[2]


def said(settings: Settings, name: str, broker: str = "memory://", url: str = "") -> list[str]:
    settings.EXPLAINER, settings.BROKER_URL, settings.EXPLAINER_URL = name, broker, url
    return [f"{message.id}: {message.msg}" for message in check_explainer(None)]


def test_the_atlas_needs_nothing(settings: Settings) -> None:
    assert said(settings, "atlas") == []


def test_an_unknown_name_is_told_with_the_known_ones(settings: Settings) -> None:
    [told] = said(settings, "medgemma")
    assert told.startswith("localize.E001")
    assert "'medgemma'" in told
    assert "atlas" in told
    assert "transformers" in told


def test_a_model_on_this_machine_needs_a_worker_to_live_in(settings: Settings) -> None:
    [told] = said(settings, "transformers")
    assert "start a worker for the queue gpu" in told
    assert said(settings, "transformers", broker="redis://127.0.0.1") == []


def test_an_endpoint_needs_an_address_and_may_be_asked_without_a_broker(
    settings: Settings,
) -> None:
    [told] = said(settings, "openai")
    assert told == (
        "localize.E002: RADGAME_EXPLAINER=openai asks an endpoint: set RADGAME_EXPLAINER_URL."
    )
    assert said(settings, "openai", url="http://127.0.0.1:1/v1") == []


def test_a_time_that_the_queue_does_not_allow_is_warned_of(settings: Settings) -> None:
    settings.EXPLAINER_TIMEOUT_S = 75
    assert said(settings, "openai", url="http://127.0.0.1:1/v1") == []
    settings.EXPLAINER_TIMEOUT_S = 76
    [told] = said(settings, "openai", url="http://127.0.0.1:1/v1")
    assert told == (
        "localize.W001: 16 answers, 4 at a time, may take 304 s, and the queue gpu allows 300."
    )


def in_another_process(script: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "radgame.settings",
            "SECRET_KEY": "k" * 60,
            "RADGAME_VAR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/test.sqlite3",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


SERVE = """
import json, sys
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
import radgame.wsgi
from localize.models import Attempt, Explanation, Sitting
from radgame.accounts.models import User
from tests.factories import Said, make_case, make_set

reader = User.objects.create_user("alice", "alice@example.org", "correct horse")
case = make_case(said=[Said("fracture", (60.0, 950.0, 160.0, 1050.0))])
sitting = Sitting.objects.create(reader=reader, case_set=make_set(case))
attempt = Attempt.objects.create(reader=reader, case=case, sitting=sitting, position=0)
client = Client()
client.force_login(reader, backend="radgame.accounts.backends.ReaderBackend")
answer = json.dumps({"marks": [], "selected": [], "normal": False})
page = f"/localize/attempts/{attempt.pk}/"
sent = {"answer": answer, "elapsed_s": "1"}
submitted = client.post(f"{page}submit/", sent, headers={"HX-Request": "true"})
shown = client.get(page)
polled = client.get(f"{page}explanations/?lines=0&waited=2")
print(submitted.status_code, shown.status_code, polled.status_code)
print("A model is writing about this." in shown.content.decode(), Explanation.objects.count())
print(sorted({"torch", "transformers", "vllm"} & set(sys.modules)))
"""


def test_the_process_that_serves_pages_never_loads_a_model(tmp_path: Path) -> None:
    """A broker that is down, at that: the page comes, the row waits."""
    told = in_another_process(
        SERVE,
        tmp_path,
        RADGAME_EXPLAINER="transformers",
        BROKER_URL="redis://127.0.0.1:9/0",
        RADGAME_PLAIN_STATIC="1",
    )
    assert told.split("\n")[:3] == ["200 200 200", "True 1", "[]"]
