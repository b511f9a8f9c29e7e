"""Learners who submit one attempt after the other to the running site."""

import json
import re
import threading
import time
import urllib.parse
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.test import Client

from localize.models import Attempt, Explanation, Sitting
from radgame.cases.models import CaseSet
from radgame.jobs import Job
from radgame.progress.models import Outcome
from tests.factories import Said, make_case, make_set, person, token_of

from .processes import Reply, Web, wait_for

# How long a page may take while something is down. Not a figure of speed: with all its processes,
# the test has two cores to itself at best.
PATIENCE_S = 4.0
# What a page says of words that are still to come.
AWAITED = re.compile(r"A model is (still )?writing")


@dataclass
class Learner:
    """Every attempt misses a fracture that all learners miss, and has a false mark of its own."""

    cookie: str
    answers: dict[uuid.UUID, str]

    def submit(self, web: Web, attempt: uuid.UUID) -> Reply:
        body = urllib.parse.urlencode({"answer": self.answers[attempt], "elapsed_s": "12"})
        return web.post(f"/localize/attempts/{attempt}/submit/", body.encode(), self.cookie)

    def page(self, web: Web, attempt: uuid.UUID) -> Reply:
        return web.get(f"/localize/attempts/{attempt}/", self.cookie)


def make_library(cases: int) -> CaseSet:
    said = [Said("fracture", (10, 10, 50, 50)), Said("consolidation", (500, 500, 700, 800))]
    return make_set(*(make_case(said=said) for _number in range(cases)))


def make_learners(count: int, case_set: CaseSet) -> list[Learner]:
    return [_make_learner(f"learner-{number}", case_set) for number in range(count)]


def _make_learner(name: str, case_set: CaseSet) -> Learner:
    user = person(name)
    sitting = Sitting.objects.create(reader=user, case_set=case_set)
    attempts = Attempt.objects.bulk_create(
        Attempt(reader=user, case=item.case, sitting=sitting, position=item.position)
        for item in case_set.items.select_related("case")
    )
    client = Client()
    client.force_login(user, backend="radgame.accounts.backends.ReaderBackend")
    return Learner(
        cookie=f"sessionid={client.cookies['sessionid'].value}",
        answers={attempt.pk: _answer(token_of(attempt.case)) for attempt in attempts},
    )


def _answer(token: str) -> str:
    boxes = {"consolidation": [500, 500, 700, 800], "nodule-mass": [100, 900, 200, 1000]}
    marks = [
        {"image": token, "finding": finding, "box": box, "confidence": None}
        for finding, box in boxes.items()
    ]
    return json.dumps({"marks": marks, "selected": [], "normal": False})


@dataclass
class Load:
    """Each learner submits from a thread of their own, until told to stop."""

    web: Web
    learners: Sequence[Learner]
    replies: dict[uuid.UUID, Reply] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Load":
        self._threads = [
            threading.Thread(target=self._submit_all, args=(learner,)) for learner in self.learners
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def go_on(self, seconds: float, *, at_least: int = 8) -> list[Reply]:
        """Wait so long under load, and for so many replies; gives those that came meanwhile."""
        before = set(self.replies)
        time.sleep(seconds)
        wait_for(
            lambda: len(self.replies) >= len(before) + at_least, seconds=30, why="no replies came"
        )
        return [self.replies[attempt] for attempt in set(self.replies) - before]

    def _submit_all(self, learner: Learner) -> None:
        for attempt in learner.answers:
            if self._stop.wait(0.15):
                return
            self.replies[attempt] = learner.submit(self.web, attempt)
            if self.replies[attempt].status != 200 and self._stop.wait(0.3):
                return

    def submit_again_what_failed(self) -> None:
        for learner in self.learners:
            for attempt in set(learner.answers) & set(self.replies):
                if self.replies[attempt].status != 200:
                    self.replies[attempt] = learner.submit(self.web, attempt)


def owed_explanations() -> int:
    """How many rows the submitted attempts call for: one a miss, one a false mark."""
    submitted = Attempt.objects.filter(submitted_at__isnull=False)
    return submitted.count() + submitted.values("case").distinct().count()


def audit_attempts(replies: dict[uuid.UUID, Reply]) -> None:
    """What was answered with a mark is stored, whole and once; what is stored has its outcome."""
    submitted = Attempt.objects.filter(submitted_at__isnull=False)
    keys = set(submitted.values_list("pk", flat=True))
    assert {key for key, reply in replies.items() if reply.status == 200} <= keys
    assert all(attempt.result is not None for attempt in submitted)
    assert Outcome.objects.count() == len(keys)


def audit_pages(web: Web, learners: Sequence[Learner]) -> None:
    """A learner reads the model's words where they are, and that they are awaited where not."""
    for learner in learners:
        for attempt in list(learner.answers)[:3]:
            page = learner.page(web, attempt)
            assert page.status == 200
            stored = Attempt.objects.get(pk=attempt)
            if stored.submitted_at is None:
                assert "Words about row" not in page.body
                continue
            [own] = Explanation.objects.filter(attempt=stored)
            is_done = own.state == Job.State.DONE
            assert ((own.text or "Words about row") in page.body) == is_done
            assert bool(AWAITED.search(page.body)) == own.is_open
