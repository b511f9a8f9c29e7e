"""Without any server, the one process does everything: what `make run` starts, on a file."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from localize.models import Explanation
from radgame.jobs import Job
from tests.faults.audit import make_rows, states, wait_until_done
from tests.faults.database import connected_to
from tests.faults.endpoint import Answer, Endpoint, serving
from tests.faults.learners import AWAITED, make_learners, make_library
from tests.faults.processes import Site, wait_for

pytestmark = pytest.mark.skipif(
    bool(settings.REDIS_URL), reason="embedded is what runs without Redis: the other run does this"
)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def site(tmp_path: Path, endpoint: Endpoint, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path / 'embedded.sqlite3'}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "DATABASE_URL": url,
        "FAULTS_ENDPOINT": endpoint.url,
        "RADGAME_VAR": str(tmp_path),
        "RADGAME_PLAIN_STATIC": "1",
        "SECRET_KEY": settings.SECRET_KEY,
    }
    site = Site(environment, tmp_path)
    with connected_to(url, django_db_blocker):
        try:
            yield site
        finally:
            site.stop()


def test_a_submit_is_explained_while_pages_go_on_and_an_error_ends_nothing(
    site: Site, endpoint: Endpoint
) -> None:
    [learner] = make_learners(1, make_library(2))
    [first, second] = learner.answers
    web = site.embedded()
    endpoint.answer = lambda question: Answer(
        do="raise" if question.time == 1 else "say", after_s=1.0
    )
    assert learner.submit(web, first).status == 200
    wait_for(lambda: endpoint.asked, seconds=10, why="nobody asked")
    # The model is thinking, for a second at a time; pages do not wait for it.
    for _number in range(5):
        page = learner.page(web, first)
        assert page.status == 200
        assert page.seconds < 0.9
        assert AWAITED.search(page.body)
    wait_until_done(2, seconds=40)
    assert "Words about row" in learner.page(web, first).body
    endpoint.answer = lambda question: Answer()
    assert learner.submit(web, second).status == 200
    wait_until_done(4, seconds=20)
    assert "No hostname was supplied" not in web.process.log


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_seconds_and_the_next_one_finds_what_was_left(
    site: Site, endpoint: Endpoint, by: signal.Signals
) -> None:
    sent_and_forgotten = make_rows(1, sent_at=timezone.now())
    never_sent = make_rows(1)
    endpoint.answer = lambda question: Answer(after_s=30)
    web = site.embedded()
    wait_for(lambda: states()[Job.State.RUNNING], seconds=15, why="no row is running")
    began = time.monotonic()
    web.process.stop(seconds=10, by=by)
    assert time.monotonic() - began < 8
    assert states()[Job.State.DONE] == 0
    endpoint.answer = lambda question: Answer()
    site.embedded()
    wait_until_done(2, seconds=30)
    done = Explanation.objects.values_list("pk", flat=True)
    assert set(done) == {*sent_and_forgotten, *never_sent}


def test_the_schedule_goes_on_while_a_model_thinks_about_everything_that_waits(
    site: Site, endpoint: Endpoint
) -> None:
    # Each is sent alone, and there are more of them than threads.
    for _number in range(4):
        make_rows(1, tries=1)
    endpoint.answer = lambda question: Answer(after_s=20)
    site.embedded()
    wait_for(lambda: endpoint.asked, seconds=15, why="nobody asked")
    time.sleep(2)
    [abandoned] = make_rows(
        1,
        state=Job.State.RUNNING,
        claim=uuid.uuid4(),
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    wait_for(
        lambda: Explanation.objects.get(pk=abandoned).state != Job.State.RUNNING,
        seconds=8,
        why="no sweep came between",
    )
