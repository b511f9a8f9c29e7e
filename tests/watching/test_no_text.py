"""No word that a learner, a report, a sentence or a model wrote gets into the log.

Everything that is written somewhere holds the marker. The site is then driven through both games,
through refusals and through failures, with every logger at its most talkative; and the marker is
looked for in all that was logged and printed.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

import localize.services
import report.services
from localize import explaining
from localize.models import Attempt, Explanation
from localize.tasks import explain
from radgame.accounts.models import User
from radgame.cases.models import (
    Case,
    Finding,
    ReferenceFinding,
    ReferenceReader,
    ReferenceRegion,
)
from report.models import Attempt as ReportAttempt
from scoring.explanations import (
    Dropped,
    DropReason,
    ExplainerFailed,
    Failed,
    FailReason,
    Request,
    Result,
)
from tests.conftest import client_of
from tests.factories import make_report_case, make_set, mark

from .conftest import Log

# In no name of the source, and in no digest.
MARKER = "xyloquartz"
WORDS = f"A {MARKER} nodule, {MARKER} of the left upper lobe."
NODULE = (100.0, 100.0, 200.0, 200.0)


@pytest.fixture
def case(db: None) -> Case:
    case = make_report_case(WORDS, WORDS, technique=WORDS, indication=WORDS, comparison=WORDS)
    case.for_localize = True
    case.save()
    return case


@pytest.fixture
def boxes(case: Case, alice: User) -> Attempt:
    row = ReferenceFinding.objects.create(
        image=case.images.get(),
        finding=Finding.objects.get(slug="nodule-mass"),
        sentence=WORDS,
        explanation=WORDS,
        explanation_source=MARKER,
        located=True,
    )
    reader = ReferenceReader.objects.create(dataset=case.dataset, name=MARKER)
    ReferenceRegion.objects.create(
        reference_finding=row, reader=reader, x_min=100, y_min=100, x_max=200, y_max=200
    )
    opened = localize.services.start_sitting(reader=alice, case_set=make_set(case)).attempt
    assert opened is not None
    return opened


@pytest.fixture
def text(boxes: Attempt, alice: User) -> ReportAttempt:
    case_set = boxes.sitting.case_set
    opened = report.services.start_sitting(reader=alice, case_set=case_set).attempt
    assert opened is not None
    return opened


@pytest.fixture
def visitor(alice: User) -> Client:
    """A browser that is shown the page of a failure, as in production."""
    client = client_of(alice)
    client.raise_request_exception = False
    return client


@pytest.fixture(autouse=True)
def _nothing_of_it(
    log: Log, capfd: pytest.CaptureFixture[str], settings: Settings
) -> Iterator[None]:
    connection.force_debug_cursor = True
    yield
    connection.force_debug_cursor = False
    printed = capfd.readouterr()
    assert log.text
    for written in (log.text, printed.out, printed.err):
        assert MARKER not in written.lower()


def post(client: Client, name: str, attempt: Any, **data: object) -> HttpResponse:
    return client.post(reverse(name, args=[attempt.pk]), data, headers={"HX-Request": "true"})


def answer(attempt: Attempt) -> str:
    marks = [mark(attempt.case, "nodule-mass", NODULE)]
    return json.dumps({"marks": marks, "selected": [], "normal": False})


def draft(client: Client, name: str, attempt: Any, given: object) -> int:
    body = {"answer": given, "elapsed_s": 1, "revision": 0, "tab": MARKER}
    address = reverse(name, args=[attempt.pk])
    return client.post(address, body, content_type="application/json").status_code


def test_in_playing_both_games(
    visitor: Client, boxes: Attempt, text: ReportAttempt, log: Log
) -> None:
    assert visitor.get(reverse("localize:attempt", args=[boxes.pk])).status_code == 200
    assert WORDS in visitor.get(reverse("report:attempt", args=[text.pk])).content.decode()
    assert draft(visitor, "localize:draft", boxes, json.loads(answer(boxes))) == 200
    assert draft(visitor, "report:draft", text, {"findings": WORDS, "impression": WORDS}) == 200
    assert post(visitor, "localize:submit", boxes, answer=answer(boxes)).status_code == 200
    submitted = post(visitor, "report:submit", text, findings=WORDS, impression=WORDS)
    assert submitted.status_code == 200
    for name, attempt in (("localize:flag", boxes), ("report:flag", text)):
        assert post(visitor, name, attempt, comment=WORDS).status_code == 200
    routes = [line["route"] for line in log.lines("request")]
    assert routes[-4:] == ["localize:submit", "report:submit", "localize:flag", "report:flag"]


def test_in_what_is_refused(visitor: Client, boxes: Attempt, text: ReportAttempt) -> None:
    refused = [
        post(visitor, "localize:submit", boxes, answer=WORDS),
        post(visitor, "localize:submit", boxes, answer=json.dumps({"marks": [{"finding": WORDS}]})),
        post(visitor, "report:submit", text, findings=WORDS * 1000),
        post(visitor, "report:flag", text, comment=WORDS),
        visitor.post(
            reverse("report:draft", args=[text.pk]), WORDS, content_type="application/json"
        ),
        visitor.get(f"/{MARKER}/", {"q": WORDS}),
        visitor.get(f"/localize/?{MARKER}=1", headers={"Host": f"{MARKER}.example"}),
        visitor.post("/localize/", {"comment": WORDS}),
        visitor.get("/healthz", headers={"X-Request-ID": WORDS, "Referer": f"http://x/{MARKER}"}),
        Client().post("/accounts/login/", {"login": f"{MARKER}@x.org", "password": MARKER}),
        Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": MARKER}),
    ]
    assert [response.status_code for response in refused] == [
        *(422, 422, 422, 409, 422, 404, 400, 405, 200, 200, 403)
    ]


@pytest.mark.parametrize("error", [ValueError, DatabaseError, UnicodeError])
def test_in_a_submit_that_fails(
    error: type[Exception],
    visitor: Client,
    boxes: Attempt,
    text: ReportAttempt,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    def fail(*arguments: object, **_named: object) -> None:
        variable = WORDS
        try:
            raise KeyError(variable, arguments)
        except KeyError as cause:
            raise error(f"cannot mark {arguments} {variable}") from cause

    monkeypatch.setattr(localize.services, "mark_answer", fail)
    monkeypatch.setattr(report.services, "mark_reading", fail)
    assert post(visitor, "localize:submit", boxes, answer=answer(boxes)).status_code >= 500
    assert post(visitor, "report:submit", text, findings=WORDS).status_code >= 500
    told = [line for line in log.lines() if "error" in line]
    assert {line["attempt_id"] for line in told} == {str(boxes.pk), str(text.pk)}
    assert all(line["because"] == ["KeyError"] for line in told)
    assert all(any("test_no_text.py" in place for place in line["at"]) for line in told)


class Talker:
    """An explainer that talks, and does what it was told to."""

    def __init__(self, what: object) -> None:
        self._what = what

    def explain(self, requests: Sequence[Request], load_film: object) -> list[Result]:
        said = f"{WORDS} {requests}"
        if isinstance(self._what, type):
            raise self._what(said)
        if isinstance(self._what, DropReason):
            return [Dropped(request.id, self._what, said) for request in requests]
        assert isinstance(self._what, FailReason)
        return [Failed(request.id, self._what, said) for request in requests]


@pytest.mark.parametrize(
    "what", [RuntimeError, ExplainerFailed, next(iter(DropReason)), FailReason.ENDPOINT]
)
def test_in_tasks(
    what: object, boxes: Attempt, settings: Settings, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    settings.EXPLAINER = "openai"
    done = localize.services.submit_attempt(
        attempt=boxes, answer=localize.services.Answer((), (), normal=False), elapsed_s=1
    )
    explaining.ask_for_attempt(done)
    monkeypatch.setattr(explaining, "_explainer", lambda: Talker(what))
    keys = [str(key) for key in Explanation.objects.values_list("pk", flat=True)]
    assert keys
    explain.apply(args=[keys])
    [line] = log.lines("task")
    assert line["task"] == "localize.tasks.explain"
    assert line["rows"] == keys
    assert line["outcome"] == ("failure" if what is RuntimeError else "success")
    if what is RuntimeError:
        [failed] = log.lines("a task failed")
        assert failed["error"] == "RuntimeError"
        assert failed["task_id"] == line["task_id"]


def test_in_a_message_that_holds_something_else(log: Log, db: None) -> None:
    explain.apply(args=[[WORDS]])
    [line] = log.lines("task")
    assert (line["outcome"], line["rows"]) == ("failure", [])


def test_in_what_other_programs_log_of_their_own_accord(log: Log) -> None:
    for name in ("transformers", "httpx", "urllib3", "PIL", "celery.redirected", "django.security"):
        logging.getLogger(name).critical("%s", WORDS)
        logging.getLogger(f"{name}.deeper").critical(WORDS)
    logging.getLogger("django.template").critical("%s", WORDS)
    assert len(log.lines()) == 13
