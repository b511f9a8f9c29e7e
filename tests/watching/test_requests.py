"""A request has an id and one line, with a route and no address, and is counted once."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings
from structlog.contextvars import get_contextvars

from localize import services
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.watching.middleware import WatchMiddleware
from tests.factories import Said, make_case, make_set

from .conftest import Log


@pytest.fixture
def attempt(alice: User) -> Attempt:
    case_set = make_set(make_case(said=[Said("nodule-mass", (1.0, 2.0, 30.0, 40.0))]))
    opened = services.start_sitting(reader=alice, case_set=case_set).attempt
    assert opened is not None
    return opened


def test_a_line_says_route_method_status_time_who_and_which_attempt(
    attempt: Attempt, alice: User, alice_client: Client, log: Log
) -> None:
    address = reverse("localize:attempt", args=[attempt.pk])
    answered = alice_client.get(address, {"q": "secret"})
    [line] = log.lines("request")
    assert line["route"] == "localize:attempt"
    assert (line["method"], line["status"], line["user_id"]) == ("GET", 200, alice.pk)
    assert line["attempt_id"] == str(attempt.pk)
    assert line["request_id"] == answered["X-Request-ID"]
    assert line["ms"] > 0
    assert "secret" not in log.text
    assert address not in log.text


@pytest.mark.django_db
def test_a_slug_and_an_unknown_address_are_not_told(client: Client, log: Log) -> None:
    client.post("/localize/sets/a-slug-of-ours/start/")
    client.get("/no-such-page/")
    lines = log.lines("request")
    assert [line["route"] for line in lines] == ["localize:start", "unmatched"]
    assert "a-slug-of-ours" not in log.text
    assert "no-such-page" not in log.text


@pytest.mark.django_db
def test_the_health_check_is_quiet_while_it_is_well(
    client: Client, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/healthz")
    monkeypatch.setattr("radgame.views._storage", lambda: "failing")
    client.get("/healthz")
    assert [line["level"] for line in log.lines("request")] == ["debug", "info"]


@pytest.mark.parametrize(
    ("trusted", "given", "taken"),
    [
        (True, "proxy-0123456789_A", True),
        (True, "short", False),
        (True, "x" * 65, False),
        (True, "line\nbreak-0123", False),
        (True, 'quote"-01234567', False),
        (False, "proxy-0123456789_A", False),
    ],
)
def test_an_id_is_taken_from_a_trusted_proxy_if_it_is_well_formed(
    trusted: bool, given: str, taken: bool, settings: Settings
) -> None:
    settings.TRUST_REQUEST_ID = trusted
    answer = WatchMiddleware(lambda _request: HttpResponse())
    request = RequestFactory().get("/", HTTP_X_REQUEST_ID=given)
    told = answer(request).headers["X-Request-ID"]
    assert (told == given) is taken
    assert taken or re.fullmatch(r"[0-9a-f]{16}", told)


def test_nothing_stays_bound_for_the_next_request() -> None:
    bound: list[dict[str, object]] = []

    def see(_request: HttpRequest) -> HttpResponse:
        bound.append(dict(get_contextvars()))
        return HttpResponse()

    answer = WatchMiddleware(see)
    first, second = (answer(RequestFactory().get("/")).headers["X-Request-ID"] for _ in range(2))
    assert [values["request_id"] for values in bound] == [first, second]
    assert first != second
    assert get_contextvars() == {}


def test_who_it_is_costs_no_query(
    client: Client, log: Log, django_assert_num_queries: Callable[..., object], db: None
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        client.get("/accounts/no-such-page/")
    assert "user_id" not in log.lines("request")[0]


def test_watching_costs_little(settings: Settings, tmp_path: Path) -> None:
    """Processor time, with the line written; ten times what it is, for a slow machine."""
    answer = WatchMiddleware(lambda _request: HttpResponse())
    requests = [RequestFactory().get("/") for _ in range(300)]
    began = time.process_time()
    for request in requests:
        answer(request)
    assert (time.process_time() - began) / len(requests) < 0.0015
