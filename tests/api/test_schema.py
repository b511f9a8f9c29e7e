"""The description of the API is whole: an example for each operation, and each fits its shape."""

import warnings
from typing import Any

import jsonschema
import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from radgame.rest.reference import chapters
from radgame.rest.schema import document, operations
from tests.api.conftest import at

JSON = "application/json"
SAID = {told["operationId"]: told for _path, told in operations(document())}


def shaped(content: dict[str, Any]) -> dict[str, Any]:
    """The shape of a body with what it refers to; null and formats in JSON Schema's words."""
    return {**_in_json_schema(content["schema"]), "components": _in_json_schema(COMPONENTS)}


def _in_json_schema(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_json_schema(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    told = {name: _in_json_schema(inner) for name, inner in value.items() if name != "nullable"}
    return {"anyOf": [told, {"type": "null"}]} if value.get("nullable") is True else told


COMPONENTS = document()["components"]


def examples(content: dict[str, Any]) -> list[Any]:
    return [example["value"] for example in content.get("examples", {}).values()]


def test_it_is_made_without_a_warning() -> None:
    document.cache_clear()
    GENERATOR_STATS.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document()
    assert not GENERATOR_STATS


@pytest.mark.parametrize("name", SAID)
def test_each_operation_says_what_it_does_and_answers_by_example(name: str) -> None:
    told = SAID[name]
    assert told["summary"]
    assert told["description"]
    [status] = [status for status in told["responses"] if status < "300"]
    content = told["responses"][status].get("content", {})
    if status == "204" or JSON not in content:
        return
    [example] = examples(content[JSON])
    jsonschema.validate(example, shaped(content[JSON]))


@pytest.mark.parametrize("name", [name for name, told in SAID.items() if "requestBody" in told])
def test_each_body_has_an_example_that_fits(name: str) -> None:
    content = SAID[name]["requestBody"]["content"]
    assert list(content) == [JSON]
    [example] = examples(content[JSON])
    jsonschema.validate(example, shaped(content[JSON]))


def test_each_operation_tells_its_refusals() -> None:
    for told in SAID.values():
        assert {"401", "403", "429"} <= set(told["responses"])


def test_it_is_openapi() -> None:
    validate_schema(document())
    assert "x-spec" not in str(document())


def test_a_shape_that_says_nothing_of_itself_has_no_description() -> None:
    assert "``example``" not in str(document())


def test_it_is_served_as_json_to_everybody(client: Client, db: None) -> None:
    answer = client.get(at("schema"))
    assert answer.status_code == 200
    assert answer.json() == document()
    assert answer.json()["openapi"].startswith("3.")


def test_the_page_tells_every_operation_and_loads_nothing_from_elsewhere(
    client: Client, db: None
) -> None:
    answer = client.get(at("reference"))
    text = answer.content.decode()
    assert "script-src 'self';" in f"{answer['Content-Security-Policy']};"
    for name in SAID:
        assert f'id="{name}"' in text
    assert "<script>" not in text
    assert " style=" not in text
    assert "://" not in text.replace("https://creativecommons.org", "")


def test_the_page_tells_fields_kinds_and_examples() -> None:
    told = {one.name: one for chapter in chapters(document()) for one in chapter.operations}
    submit = told["localize_submit"]
    assert [field.name for field in submit.body] == ["answer", "elapsed_s"]
    assert '"box": [410.0, 622.5, 498.0, 700.0]' in submit.sent
    assert '"score_percent"' in submit.answer.example
    assert (submit.scopes, told["datasets"].scopes) == (("play",), ())
    assert told["make_cohort"].scopes == ("teach",)
    attempts = {field.name: field for field in told["localize_attempts"].parameters}
    assert attempts["status"].kind == "draft | submitted"
    assert attempts["status"].text == ""
    assert attempts["page"].where == "query"
    assert told["film_preview"].answer.example == "image/webp"
    assert told["revoke_token"].answer.status == "204"
