"""Every refusal has one shape, whatever went wrong."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from radgame.accounts.models import User
from radgame.rest import api as rest
from radgame.rest.schema import document
from tests.api.conftest import Program, Site, at, key_of


def refused(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    told: dict[str, Any] = response.json()
    assert set(told) == {"code", "message", "fields"}
    assert told["message"][0].isupper()
    assert told["message"].endswith((".", "…"))
    return told


def test_an_address_that_is_none(as_alice: Program) -> None:
    assert refused(as_alice.ask("GET", "/api/v1/no/such/"), 404)["code"] == "not_found"
    assert refused(as_alice.ask("POST", "/api/v1/no/such/", {}), 404)["code"] == "not_found"
    assert refused(as_alice.ask("GET", "/api/v1/no%0Asuch/"), 404)["code"] == "not_found"


def test_another_method(as_alice: Program) -> None:
    answer = as_alice.ask("PUT", at("me"), {})
    assert refused(answer, 405)["code"] == "method_not_allowed"
    assert answer["Allow"] == "GET, PATCH, HEAD, OPTIONS"


@pytest.mark.parametrize("body", ["{", "not json", '{"alias": NaN}', "[" * 100_000, "\x00"])
def test_a_body_that_is_no_json(alice: User, body: str) -> None:
    headers = {"Authorization": f"Bearer {key_of(alice)}"}
    sent = Client().patch(at("me"), body, content_type="application/json", headers=headers)
    assert refused(sent, 400)["code"] == "not_json"


@pytest.mark.parametrize("body", ["[]", "3", '"text"', "null"])
def test_json_that_is_no_object(alice: User, body: str) -> None:
    headers = {"Authorization": f"Bearer {key_of(alice)}"}
    sent = Client().patch(at("me"), body, content_type="application/json", headers=headers)
    assert refused(sent, 422)["code"] == "invalid"


def test_another_content_type(alice: User) -> None:
    headers = {"Authorization": f"Bearer {key_of(alice)}"}
    sent = Client().patch(at("me"), "alias=x", content_type="text/plain", headers=headers)
    assert refused(sent, 415)["code"] == "not_json"


def test_a_body_without_end(alice: User) -> None:
    headers = {"Authorization": f"Bearer {key_of(alice)}"}
    body = json.dumps({"alias": "x" * 1_100_000})
    sent = Client().patch(at("me"), body, content_type="application/json", headers=headers)
    assert refused(sent, 413)["code"] == "too_large"


def test_one_wrong_field_and_several(as_alice: Program) -> None:
    one = refused(as_alice.ask("PATCH", at("me"), {"time_zone": "Mars/Base"}), 422)
    assert one["message"] == "One field cannot be taken as it is: time_zone."
    assert list(one["fields"]) == ["time_zone"]
    two = refused(as_alice.ask("PATCH", at("me"), {"boards": "x", "alias": 3.5e3 * 10}), 422)
    assert "boards" in two["fields"]


def test_a_place_in_a_list_is_named(as_alice: Program, site: Site) -> None:
    marks = [{"image": "x", "finding": "nodule-mass", "box": [1, 2, 3]}]
    sent = as_alice.post(
        "localize_submit", site.open_box.pk, body={"answer": {"marks": marks}, "elapsed_s": 1}
    )
    assert "answer.marks.0.box" in refused(sent, 422)["fields"]


def test_a_name_that_is_no_field_is_refused_and_the_fields_are_named(
    as_alice: Program, site: Site
) -> None:
    told = refused(as_alice.ask("PATCH", at("me"), {"timezone": "Europe/Zurich"}), 422)
    [said] = told["fields"]["timezone"]
    assert "There is no such field." in said
    assert "time_zone" in said
    mark = {"image": "x", "finding": "nodule-mass", "box": [1, 2, 3, 4], "certainty": 3}
    body = {"answer": {"marks": [mark]}, "elapsed_s": 1}
    sent = as_alice.post("localize_submit", site.open_box.pk, body=body)
    assert "answer.marks.0.certainty" in refused(sent, 422)["fields"]


def test_a_question_that_nobody_asks_is_refused(as_charlie: Program) -> None:
    told = refused(as_charlie.ask("GET", at("search_cases") + "?finding=nodule-mass"), 422)
    [said] = told["fields"]["finding"]
    assert "findings" in said
    told = refused(as_charlie.ask("GET", at("cohorts") + "?per_page=5"), 422)
    assert "page_size" in told["fields"]["per_page"][0]


def test_the_description_says_that_there_are_no_other_fields() -> None:
    shapes = document()["components"]["schemas"]
    for sent in ("NewAssignment", "Submit", "Answer", "Mark"):
        assert shapes[sent]["additionalProperties"] is False
    assert "additionalProperties" not in shapes["Assignment"]


def test_halves_of_characters_are_refused(as_alice: Program) -> None:
    sent = as_alice.ask("PATCH", at("me"), {"first_name": "\ud800"})
    assert "first_name" in refused(sent, 422)["fields"]


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=0", "page_size=101"])
def test_a_page_that_cannot_be(as_alice: Program, query: str) -> None:
    sent = as_alice.ask("GET", f"{at('findings')}?{query}")
    assert refused(sent, 422)["code"] == "invalid"


def test_a_page_past_the_end(as_alice: Program) -> None:
    assert refused(as_alice.get("findings", page=7), 404)["code"] == "not_found"


def test_a_database_that_does_not_answer(
    as_alice: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(rest, "tokens_of", fail)
    answer = as_alice.get("tokens")
    assert refused(answer, 503)["code"] == "unavailable"
    assert int(answer["Retry-After"]) > 0


def test_a_fault_of_ours_goes_on_its_way(
    as_alice: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rest, "tokens_of", fail)
    with pytest.raises(ZeroDivisionError):
        as_alice.get("tokens")


def test_no_cache_keeps_an_answer_but_for_films(as_alice: Program, site: Site) -> None:
    answer = as_alice.get("me")
    assert "no-store" in answer["Cache-Control"]
    assert "Authorization" in answer["Vary"]
    shown = as_alice.told("localize_attempt", site.open_box.pk)
    film = as_alice.ask("GET", shown["films"][0]["preview"])
    assert film["Cache-Control"] == "private, max-age=31536000, immutable"
