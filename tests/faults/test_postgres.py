"""PostgreSQL is stopped for seconds under load: a calm page, nothing half-written, all made up."""

import time

from .audit import audit, make_rows, wait_until_done
from .endpoint import Answer, Endpoint
from .learners import (
    Load,
    audit_attempts,
    audit_pages,
    make_learners,
    make_library,
    owed_explanations,
)
from .processes import Site, wait_for
from .services import Postgres


def test_pages_say_so_calmly_and_everything_recovers(
    site: Site, endpoint: Endpoint, postgres: Postgres
) -> None:
    learners = make_learners(4, make_library(60))
    web = site.web()
    site.worker("gpu")
    endpoint.answer = lambda question: Answer(after_s=0.02)
    with Load(web, learners) as load:
        load.go_on(1.5)
        postgres.crash()
        load.go_on(0.5)
        down = web.get("/", learners[0].cookie)
        load.go_on(2.0)
        postgres.start()
        load.go_on(2.0)
    assert {reply.status for reply in load.replies.values()} == {200, 503}
    assert down.status == 503
    failed = [reply for reply in load.replies.values() if reply.status == 503]
    for reply in [down, *failed]:
        assert "Nothing that was saved is lost" in reply.body
        assert "Traceback" not in reply.body
        assert "127.0.0.1" not in reply.body
    load.submit_again_what_failed()
    assert {reply.status for reply in load.replies.values()} == {200}
    # Words that were to be asked for in the last moment are asked for by who opens the feedback.
    for learner in learners:
        for attempt in set(learner.answers) & set(load.replies):
            assert learner.page(web, attempt).status == 200
    wait_until_done(owed_explanations(), seconds=60)
    audit(endpoint)
    audit_attempts(load.replies)
    audit_pages(web, learners)


def test_a_task_whose_database_goes_away_is_made_again(
    site: Site, endpoint: Endpoint, postgres: Postgres
) -> None:
    rows = make_rows(3)
    endpoint.answer = lambda question: Answer(after_s=1.0 if question.time == 1 else 0.0)
    worker = site.worker("gpu")
    wait_for(lambda: endpoint.asked, seconds=60, why="nobody asked")
    postgres.stop()
    time.sleep(2.0)
    postgres.start()
    wait_until_done(3, seconds=40)
    assert worker.is_alive
    assert {question.row for question in endpoint.asked} == set(rows)
    audit(endpoint)
