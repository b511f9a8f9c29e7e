"""Staff see what waits, runs and failed, and can have it tried again."""

import socket
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from localize.models import Explanation
from radgame import jobs
from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.watching import broker, views, work
from radgame.watching.broker import Broker, Sign
from tests.conftest import client_of
from tests.factories import Said, make_case
from tests.jobs.test_jobs import a_job

PAGE = "/staff/work/"


@pytest.fixture
def case(db: None) -> Case:
    return make_case(said=[Said("fracture", (10, 10, 50, 50))])


@pytest.fixture
def staff(dana: User) -> Client:
    return client_of(dana)


@pytest.fixture
def nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "publish", lambda *_arguments, **_named: False)


def sign(name: str, *queues: str, ago_s: float = 0) -> Sign:
    now = time.time()
    return Sign(name, socket.gethostname(), queues, since=now - 3600, at=now - ago_s)


def text_of(client: Client) -> str:
    response = client.get(PAGE)
    assert response.status_code == 200
    return response.content.decode()


def test_a_failure_is_shown_with_its_reason_and_time(case: Case, staff: Client) -> None:
    row = a_job(
        case, state="failed", tries=5, error="endpoint: no <answer>", finished_at=timezone.now()
    )
    text = text_of(staff)
    assert "endpoint: no &lt;answer&gt;" in text
    assert f"explanation {row.pk}" in text


def test_the_latest_failures_come_first_and_not_more_than_fifty(case: Case, staff: Client) -> None:
    now = timezone.now()
    for number in range(53):
        finished = now - timedelta(minutes=number)
        a_job(case, state="failed", error=f"no {number:02d}.", finished_at=finished)
    text = text_of(staff)
    assert text.index("no 00.") < text.index("no 49.")
    assert "no 50." not in text


def test_what_waits_too_long_and_what_a_lost_worker_holds_are_stuck(
    case: Case, staff: Client
) -> None:
    now = timezone.now()
    long_ago = now - timedelta(hours=3)
    a_job(case, created_at=long_ago, due_at=long_ago)
    a_job(case, state="running", lease_until=long_ago)
    a_job(case, state="running", lease_until=now + timedelta(hours=1))
    response = staff.get(PAGE)
    [kind] = [kind for kind in response.context["work"] if kind.name == "explanation"]
    assert (kind.stuck, kind.states["waiting"], kind.states["running"]) == (2, 1, 2)
    assert "3\xa0hours" in response.content.decode()


def test_a_long_queue_is_no_standstill(
    case: Case, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(messages: int | None) -> tuple[int, int]:
        monkeypatch.setattr(work, "depth", lambda _app, _queue: messages)
        found = staff.get(PAGE).context["work"]
        [kind] = [kind for kind in found if kind.name == "explanation"]
        return kind.queued, kind.stuck

    now = timezone.now()
    hours_ago = now - timedelta(hours=2)
    for sent_at in (now - timedelta(minutes=4), now - timedelta(minutes=5, seconds=10)):
        a_job(case, created_at=hours_ago, due_at=hours_ago, sent_at=sent_at)
    # Nobody sends these: the schedule does not run, or the broker is gone.
    a_job(case, created_at=hours_ago, due_at=hours_ago)
    a_job(case, created_at=hours_ago, due_at=hours_ago, sent_at=hours_ago)
    a_job(case, sent_at=now)
    assert told(40) == (3, 2)
    assert told(None) == (3, 2)
    # Nothing is in the queue: what was sent reached nobody who takes it up.
    assert told(0) == (1, 4)


def test_everything_of_a_kind_is_tried_again(case: Case, staff: Client, nothing_sent: None) -> None:
    now = timezone.now()
    failed = a_job(case, state="failed", tries=5, error="x", finished_at=now)
    waiting = a_job(case, tries=3, due_at=now + timedelta(minutes=15))
    done = a_job(case, state="done", text="words", finished_at=now)
    answered = staff.post(reverse("staff_retry_work", args=["explanation"]), follow=True)
    assert "Explanations: 2 are tried again." in answered.content.decode()
    rows = Explanation.objects.in_bulk([failed.pk, waiting.pk, done.pk])
    assert [rows[key].state for key in (failed.pk, waiting.pk, done.pk)] == [
        *("waiting", "waiting", "done")
    ]
    assert [rows[key].tries for key in (failed.pk, waiting.pk)] == [0, 0]
    assert rows[waiting.pk].due_at <= timezone.now()


def test_when_nothing_failed_it_says_so(case: Case, staff: Client, nothing_sent: None) -> None:
    answered = staff.post(reverse("staff_retry_work", args=["explanation"]), follow=True)
    assert "nothing failed and nothing waits" in answered.content.decode()


def test_an_unknown_kind_is_not_there(staff: Client) -> None:
    assert staff.post(reverse("staff_retry_work", args=["nothing"])).status_code == 404


def test_learners_may_not_have_it_tried_again(case: Case, alice_client: Client) -> None:
    row = a_job(case, state="failed", tries=5, finished_at=timezone.now())
    page = reverse("staff_retry_work", args=["explanation"])
    assert alice_client.post(page).status_code == 403
    row.refresh_from_db()
    assert row.state == "failed"


def test_the_number_of_queries_does_not_grow(
    case: Case, staff: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    text_of(staff)
    # Who asks, then two for each kind of work.
    queries = 1 + 2 * len(jobs.kinds())
    with django_assert_num_queries(queries):
        text_of(staff)
    for _number in range(5):
        a_job(case, state="failed", finished_at=timezone.now())
        a_job(case)
    with django_assert_num_queries(queries):
        text_of(staff)


def test_htmx_is_given_the_middle_only_and_what_may_be_pressed_stays(
    case: Case, staff: Client
) -> None:
    part = staff.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert "<table" in part
    for left in ("<html", "<form", "<button", "<details"):
        assert left not in part
    whole = text_of(staff)
    assert f'hx-get="{PAGE}" hx-trigger="every 5s"' in whole
    assert whole.index("/retry/") > whole.index('id="work-state"')


# --- queues and workers ---------------------------------------------------------------


def test_embedded_it_says_that_work_runs_in_this_process(staff: Client, settings: Settings) -> None:
    settings.BROKER_URL = "memory://"
    assert "the work is done in this process" in text_of(staff)


def test_it_says_so_when_redis_is_down_and_still_shows_the_rows(
    case: Case, staff: Client, settings: Settings
) -> None:
    a_job(case, state="failed", error="the reason", finished_at=timezone.now())
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    text = text_of(staff)
    assert "Redis does not answer" in text
    assert "the reason" in text


def test_queues_and_workers_are_shown_and_who_is_missing(
    staff: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BROKER_URL = "redis://elsewhere"
    there = Broker({"quick": 3, "gpu": 1204}, 2, (sign("quick@one", "quick"),))
    monkeypatch.setattr(views, "read_broker", lambda: there)
    text = text_of(staff)
    assert "1,204" in text
    assert "quick@one" in text
    assert "No worker of the queue gpu gives a sign of life." in text
    assert "No worker of the queue quick" not in text
    assert "The schedule (beat) gives no sign of life" in text


def test_a_process_without_a_sign_for_a_minute_is_missing() -> None:
    fresh, old = sign("gpu@one", "gpu"), sign("gpu@one", "gpu", ago_s=61)
    now = time.time()
    assert fresh.is_fresh(now)
    assert not old.is_fresh(now)
    assert broker.missing([fresh], queue="gpu", host=None) == ""
    assert broker.missing([fresh], queue="gpu", host=socket.gethostname()) == ""
    assert broker.missing([fresh], queue="gpu", host="elsewhere") == (
        "no process for the queue gpu gave a sign of life on elsewhere within 60 seconds"
    )
    assert "the schedule (beat)" in broker.missing([fresh], queue="beat", host=None)


def test_of_two_workers_on_a_machine_each_can_be_asked_for() -> None:
    alive = [sign("gpu0@one", "gpu")]
    assert broker.missing(alive, queue="gpu", host=None, name="gpu0") == ""
    assert broker.missing(alive, queue="gpu", host=None, name="gpu1") == (
        "no process for the queue gpu called gpu1 gave a sign of life within 60 seconds"
    )
