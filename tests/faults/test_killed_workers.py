"""kill -9, fifty times, in the middle of tasks: every row gets its words, once."""

import os
import queue
import signal
from collections import Counter

from localize.models import Explanation
from radgame.jobs import Job

from .audit import audit, make_rows, wait_until_done
from .endpoint import Answer, Endpoint, Question, words_of
from .processes import Process, Site, wait_for

KILLS = 50
WHOLE = 8


def test_fifty_kills_lose_nothing_and_double_nothing(site: Site, endpoint: Endpoint) -> None:
    """Forty-two times the process that runs the task, eight times the worker with all of it."""
    rows = make_rows(KILLS)
    asked: queue.Queue[Question] = queue.Queue()

    def answer(question: Question) -> Answer:
        if question.time == 1:
            # Nobody hears this answer: whoever asks is killed first.
            asked.put(question)
            return Answer(after_s=2.0)
        return Answer()

    endpoint.answer = answer
    workers = [site.worker("gpu"), site.worker("gpu")]
    killed: Counter[str] = Counter()
    while killed.total() < KILLS:
        question = asked.get(timeout=30)
        owner = _owner(workers, question.pid)
        if owner and killed["worker"] < WHOLE and killed.total() % 6 == 5:
            owner.kill()
            killed["worker"] += 1
            workers[workers.index(owner)] = site.worker("gpu")
        else:
            os.kill(question.pid, signal.SIGKILL)
            killed["child"] += 1
    wait_until_done(KILLS, seconds=60)
    assert (killed["child"], killed["worker"]) == (KILLS - WHOLE, WHOLE)
    # Nobody was asked in vain but by those who were killed.
    assert Counter(question.row for question in endpoint.asked) == dict.fromkeys(rows, 2)
    audit(endpoint)


def test_who_comes_back_after_being_given_up_stores_nothing(site: Site, endpoint: Endpoint) -> None:
    """As a machine that was suspended, and wakes up with the answer in its hands."""
    [row] = make_rows(1)
    endpoint.answer = lambda question: Answer(after_s=1.0 if question.time == 1 else 0.0)
    workers = [site.worker("gpu"), site.worker("gpu")]
    wait_for(lambda: endpoint.asked, seconds=60, why="nobody asked")
    suspended = endpoint.asked[0].pid
    os.kill(suspended, signal.SIGSTOP)
    wait_until_done(1, seconds=30)
    for worker in workers:
        if suspended not in worker.children():
            worker.kill()
    os.kill(suspended, signal.SIGCONT)
    # When it does what is new, it has heard its own answer and tried to store it.
    make_rows(1)
    wait_until_done(2, seconds=30)
    assert Explanation.objects.get(pk=row).text == words_of(row, 2)
    audit(endpoint)


def test_a_worker_that_is_asked_to_end_ends_its_task_first(site: Site, endpoint: Endpoint) -> None:
    make_rows(1)
    endpoint.answer = lambda question: Answer(after_s=1.5)
    worker = site.worker("gpu")
    wait_for(lambda: endpoint.asked, seconds=60, why="nobody asked")
    worker.stop(seconds=10)
    assert Explanation.objects.get().state == Job.State.DONE
    assert len(endpoint.asked) == 1
    audit(endpoint)


def _owner(workers: list[Process], pid: int) -> Process | None:
    return next((worker for worker in workers if pid in worker.children()), None)
