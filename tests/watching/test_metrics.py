"""The metrics tell what happened and what stands, to who may read them."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

import localize.services
import report.services
from localize.answers import Answer
from localize.models import Explanation
from radgame.accounts.models import User
from radgame.cases.models import Case
from report.readings import Reading
from tests.conftest import client_of
from tests.factories import Said, make_case, make_report_case, make_set
from tests.jobs.test_jobs import a_job

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def case(db: None) -> Case:
    return make_case(said=[Said("fracture", (10, 10, 50, 50))])


def read(client: Client, name: str, **labels: str) -> float | None:
    text = client.get("/metrics").content.decode()
    return value_in(text, name, **labels)


def value_in(text: str, name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def test_a_submit_of_each_game_is_counted_once_when_it_is_committed(
    alice: User, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def counts() -> list[float]:
        games = ("localize", "report")
        return [read(client, "radgame_submits_total", game=game) or 0.0 for game in games]

    before = counts()
    box = localize.services.start_sitting(
        reader=alice, case_set=make_set(make_case(), slug="boxes")
    ).attempt
    text = report.services.start_sitting(
        reader=alice, case_set=make_set(make_report_case("Clear."), slug="texts")
    ).attempt
    assert box is not None
    assert text is not None
    with django_capture_on_commit_callbacks(execute=True):
        for _twice in range(2):
            answer = Answer((), (), normal=True)
            box = localize.services.submit_attempt(attempt=box, answer=answer, elapsed_s=1)
        report.services.submit_attempt(attempt=text, reading=Reading("Clear."), elapsed_s=1)
        assert counts() == before
    assert counts() == [before[0] + 1, before[1] + 1]


def test_requests_are_counted_and_timed_by_route(client: Client, db: None) -> None:
    labels = {"route": "about", "method": "GET", "status": "200"}
    before = read(client, "radgame_requests_total", **labels) or 0
    timed = read(client, "radgame_request_seconds_count", route="about") or 0
    client.get("/about/")
    assert read(client, "radgame_requests_total", **labels) == before + 1
    assert read(client, "radgame_request_seconds_count", route="about") == timed + 1


def test_an_error_is_counted_by_route_and_class(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise LookupError("secret")

    monkeypatch.setattr("radgame.views.home_of", fail)
    client.raise_request_exception = False
    labels = {"route": "home", "error": "LookupError"}
    before = read(client, "radgame_request_errors_total", **labels) or 0
    assert client.get("/").status_code == 500
    assert read(client, "radgame_request_errors_total", **labels) == before + 1


def test_a_method_that_a_stranger_made_up_is_no_label(client: Client, db: None) -> None:
    client.generic("ZQX", "/about/")
    assert b"ZQX" not in client.get("/metrics").content


def test_work_is_told_by_kind_state_and_reason(client: Client, case: Case) -> None:
    now = timezone.now()
    a_job(case, state="done", text="x")
    a_job(case, state="dropped", drop_reason="contradicts")
    a_job(case, state="dropped", drop_reason="contradicts")
    a_job(case, state="failed", finished_at=now)
    a_job(case, created_at=now - timedelta(hours=1), due_at=now - timedelta(minutes=30))
    a_job(case, created_at=now, due_at=now)
    text = client.get("/metrics").content.decode()
    kind = {"kind": "explanation"}
    states = {
        state: value_in(text, "radgame_jobs", **kind, state=state)
        for state in ("waiting", "running", "done", "dropped", "failed")
    }
    assert states == {"waiting": 2, "running": 0, "done": 1, "dropped": 2, "failed": 1}
    assert value_in(text, "radgame_jobs_dropped", **kind, reason="contradicts") == 2
    assert value_in(text, "radgame_jobs_stuck", **kind) == 1
    oldest = value_in(text, "radgame_jobs_oldest_waiting_seconds", **kind)
    assert oldest == pytest.approx(3600, abs=60)
    assert value_in(text, "radgame_database_up") == 1
    assert Explanation.objects.count() == 6


def test_a_database_that_does_not_answer_is_told(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("radgame.watching.state.all_work", gone)
    assert read(client, "radgame_database_up") == 0


def test_a_broker_that_does_not_answer_is_told(
    client: Client, db: None, settings: Settings
) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert read(client, "radgame_broker_up") == 0


# --- who may read -------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("Bearer the-token", 200),
        ("Bearer other", 401),
        ("the-token", 401),
        ("Bearer ü", 401),
        ("", 401),
    ],
)
def test_with_a_token_only_who_has_it(sent: str, status: int, settings: Settings) -> None:
    settings.METRICS_TOKEN = "the-token"
    headers = {"Authorization": sent} if sent else {}
    assert Client().get("/metrics", headers=headers).status_code == status


def test_in_production_without_a_token_nobody(dana: User, settings: Settings) -> None:
    settings.PRODUCTION = True
    assert client_of(dana).get("/metrics").status_code == 404


def test_embedded_this_machine_and_staff(alice: User, dana: User) -> None:
    far = {"REMOTE_ADDR": "192.0.2.7"}
    proxied = {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}
    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", **far).status_code == 404
    assert Client().get("/metrics", **proxied).status_code == 404
    assert client_of(alice).get("/metrics", **far).status_code == 404
    assert client_of(dana).get("/metrics", **far).status_code == 200


# --- several processes --------------------------------------------------------------


def test_processes_that_share_a_folder_are_added_up(tmp_path: Path) -> None:
    count = (
        "import django; django.setup()\n"
        "from radgame.watching.metrics import count_submit\n"
        "count_submit('localize')\n"
    )
    tell = (
        "import django; django.setup()\n"
        "from prometheus_client import generate_latest\n"
        "from radgame.watching.metrics import counted\n"
        "print(generate_latest(counted()).decode())\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "radgame.settings",
        "RADGAME_VAR": str(tmp_path / "var"),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts"),
    }
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for code in (count, count, tell)
    ]
    assert value_in(printed[-1], "radgame_submits_total", game="localize") == 2


def test_the_page_of_metrics_is_named(client: Client, db: None) -> None:
    assert client.get(reverse("metrics"))["Content-Type"].startswith("text/plain")
