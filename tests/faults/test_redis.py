"""Redis is killed with its memory, or frozen, under a load of submits: none fails, none is lost."""

import urllib.parse
from collections.abc import Iterable

import pytest

from localize.models import Explanation
from radgame.jobs import Job

from .audit import audit, make_rows, states, wait_until_done
from .endpoint import Answer, Endpoint
from .learners import (
    PATIENCE_S,
    Load,
    audit_attempts,
    audit_pages,
    make_learners,
    make_library,
    owed_explanations,
)
from .processes import Reply, Site, Web, wait_for
from .services import Redis


def test_submits_go_on_while_redis_is_down_and_are_explained_afterwards(
    site: Site, endpoint: Endpoint, redis: Redis
) -> None:
    learners = make_learners(4, make_library(80))
    web = site.web()
    site.worker("gpu")
    endpoint.answer = lambda question: Answer(after_s=0.02)
    with Load(web, learners) as load:
        assert _all_well(load.go_on(1.0))
        redis.kill()
        assert _all_well(load.go_on(3.0))
        _sign_in(web, "learner-0")
        redis.start()
        assert _all_well(load.go_on(1.0))
        redis.freeze()
        assert _all_well(load.go_on(3.0))
        _sign_in(web, "learner-1")
        redis.thaw()
        assert _all_well(load.go_on(0.5))
    assert _all_well(load.replies.values())
    wait_until_done(owed_explanations(), seconds=60)
    audit(endpoint)
    audit_attempts(load.replies)
    audit_pages(web, learners)
    assert web.tracebacks() == []


def test_while_redis_is_down_the_page_says_that_words_are_awaited(
    site: Site, endpoint: Endpoint, redis: Redis
) -> None:
    learners = make_learners(1, make_library(3))
    web = site.web(processes=1)
    site.worker("gpu")
    redis.kill()
    try:
        for attempt in learners[0].answers:
            assert learners[0].submit(web, attempt).status == 200
        assert states() == {Job.State.WAITING: 6}
        audit_pages(web, learners)
    finally:
        redis.start()
    wait_until_done(6, seconds=30)
    audit(endpoint)
    audit_pages(web, learners)


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_what_runs_while_redis_is_lost_is_stored_and_not_made_again(
    site: Site, endpoint: Endpoint, redis: Redis, how: str
) -> None:
    make_rows(1)
    endpoint.answer = lambda question: Answer(after_s=2.0)
    site.worker("gpu")
    wait_for(lambda: endpoint.asked, seconds=60, why="nobody asked")
    if how == "kill":
        redis.kill()
    else:
        redis.freeze()
    try:
        wait_until_done(1, seconds=6)
    finally:
        if how == "kill":
            redis.start()
        else:
            redis.thaw()
    # The worker is back when it does what is new; the message of old has led to nothing.
    make_rows(1)
    endpoint.answer = lambda question: Answer()
    wait_until_done(2, seconds=40)
    assert len(endpoint.asked) == 2
    assert set(Explanation.objects.values_list("tries", flat=True)) == {1}
    audit(endpoint)


def _all_well(replies: Iterable[Reply]) -> bool:
    listed = list(replies)
    assert listed
    assert {reply.status for reply in listed} == {200}
    assert max(reply.seconds for reply in listed) < PATIENCE_S
    return True


def _sign_in(web: Web, name: str) -> None:
    form = urllib.parse.urlencode({"login": name, "password": "correct horse"}).encode()
    reply = web.post("/accounts/login/", form, "")
    assert reply.status == 302
    assert reply.seconds < PATIENCE_S
