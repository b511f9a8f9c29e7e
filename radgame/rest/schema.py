"""The description of the API: what ``operation`` says of each, put together once a process."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from .authentication import SCHEME, TokenAuthentication
from .models import ANY_SCOPE
from .operations import PageQuestion
from .shapes import Shape

F = TypeVar("F", bound=Callable[..., Any])

# Notes of ours on an operation; the first is taken out again before anybody reads it.
_CONFLICT: Final = "x-conflict"
SCOPES: Final = "x-scopes"
# A note of the generator's to itself.
_OF_THE_TOOL: Final = re.compile(r', "x-spec-enum-id": "\w+"')
# What a question may name that is not there.
_NAMING: Final = ("page", "set")
_SHAPE: Final = re.compile(r'((?:"|/)\w+)Shape"')
_REFERENCE: Final = re.compile(r'"#/components/schemas/(\w+)"')
_METHODS: Final = ("get", "post", "put", "patch", "delete")

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Every refusal: a code for programs, a sentence for people, and for what was "
    "sent wrongly what is wrong with each field.",
    "required": ["code", "message", "fields"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}

# Name, when it is given, an example of its code and sentence.
_REFUSALS: Final = {
    "400": ("NotJson", "The body is no JSON.", "not_json", "The body is not whole JSON."),
    "401": ("NotSignedIn", "Nobody is signed in, or the token opens nothing.", "not_signed_in", ""),
    "403": ("Forbidden", "It is not open to this person or token.", "forbidden", ""),
    "404": ("NotFound", "It is not there, or not open to this person.", "not_found", ""),
    "409": ("Conflict", "It cannot be done now; the message says why.", "conflict", ""),
    "413": ("TooLarge", "The body is longer than a megabyte.", "too_large", ""),
    "415": ("NotJsonType", "The body is not sent as JSON.", "not_json", ""),
    "422": ("Invalid", "What was sent cannot be taken as it is.", "invalid", ""),
    "429": ("TooOften", "Too many requests; Retry-After has the seconds.", "too_often", ""),
}


class Described(AutoSchema):
    """With the scopes of which a token needs one, where not any of them will do."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        told: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        view: Any = self.view
        scopes = view.scopes_for(self.method)
        if told is not None and scopes != ANY_SCOPE:
            told[SCOPES] = [scope.value for scope in scopes]
        return told


class _TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": SCHEME.lower(),
            "description": "A token of your account page, for programs.",
        }


def operation(
    name: str,
    summary: str,
    *,
    takes: type[Shape] | None = None,
    asks: type[Shape] | None = None,
    gives: type[Shape] | None = None,
    listed: bool = False,
    status: int = 200,
    conflict: bool = False,
    example: dict[str, Any] | None = None,
) -> Callable[[F], F]:
    """Describe an operation. ``takes``: its body; ``asks``: the question behind its address.

    ``gives``: what it answers, one page of them where ``listed``; nothing, with 204, where None.
    ``conflict``: whether a service may refuse it. The view's docstring is the description.
    """
    parameters = [shape for shape in (asks, PageQuestion if listed else None) if shape]
    shown = gives.example if gives and example is None else example
    if gives is None:
        response: Any = {204: OpenApiResponse(description="Done.")}
        examples = []
    else:
        body = _page_of(gives) if listed else gives
        response = {status: OpenApiResponse(body, description=summary)}
        told = {"count": 1, "page": 1, "pages": 1, "results": [shown]} if listed else shown
        examples = [OpenApiExample("Answer", told, response_only=True, status_codes=[str(status)])]
    if takes is not None:
        examples.append(OpenApiExample("Request", takes.example, request_only=True))
    describe = extend_schema(
        operation_id=name,
        summary=summary,
        request=takes,
        parameters=parameters,
        responses=response,
        examples=examples,
        extensions={_CONFLICT: conflict},
    )
    names = frozenset(name for shape in parameters for name in shape().fields)

    def described(view: F) -> F:
        made: F = describe(view)
        made.asks = names  # type: ignore[attr-defined]
        return made

    return described


@cache
def _page_of(shape: type[Shape]) -> Any:
    whole = serializers.IntegerField
    return inline_serializer(
        f"{shape.__name__.removesuffix('Shape')}Page",
        {
            "count": whole(help_text="Of the whole list."),
            "page": whole(help_text="Which page this is, from 1."),
            "pages": whole(help_text="How many there are."),
            "results": shape(many=True),
        },
    )


def file_operation(name: str, summary: str, content_type: str) -> Callable[[F], F]:
    """Describe an operation that answers with a file."""
    return extend_schema(
        operation_id=name,
        summary=summary,
        request=None,
        responses={(200, content_type): OpenApiTypes.BINARY},
        extensions={_CONFLICT: False},
    )


# --- the whole ------------------------------------------------------------------


@cache
def document() -> dict[str, Any]:
    """The description as OpenAPI 3; the same for everybody, since it tells of shapes only."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    described: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    # In the code a shape is called one; outside, what it is the shape of.
    described = json.loads(_SHAPE.sub(r'\1"', _OF_THE_TOOL.sub("", json.dumps(described))))
    components = described.setdefault("components", {})
    for shape in components["schemas"].values():
        # What a shape does not say of itself it would have from the ground of all.
        if shape.get("description") == inspect.getdoc(Shape):
            del shape["description"]
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {
        name: _refusal(description, code, message)
        for name, description, code, message in _REFUSALS.values()
    }
    _close_what_is_sent(described)
    for path, told in operations(described):
        for code in _refusals_of(path, told):
            told["responses"][code] = {"$ref": f"#/components/responses/{_REFUSALS[code][0]}"}
        told["responses"] = dict(sorted(told["responses"].items()))
    return described


def _close_what_is_sent(described: dict[str, Any]) -> None:
    """Say of each body, and of what is in it, that it has no other fields (``Shape``)."""
    shapes = described["components"]["schemas"]
    told = [
        operation["requestBody"]
        for _path, operation in operations(described)
        if "requestBody" in operation
    ]
    open_names = set(_REFERENCE.findall(json.dumps(told)))
    closed: set[str] = set()
    while open_names:
        name = open_names.pop()
        closed.add(name)
        shape = shapes[name]
        if shape.get("type") == "object" and "additionalProperties" not in shape:
            shape["additionalProperties"] = False
        open_names |= set(_REFERENCE.findall(json.dumps(shape))) - closed


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its path."""
    for path, item in described["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, item[method]


def _refusals_of(path: str, told: dict[str, Any]) -> Iterator[str]:
    yield from ("401", "403", "429")
    asks = told.get("parameters", [])
    if any(parameter["in"] == "path" or parameter["name"] in _NAMING for parameter in asks):
        yield "404"
    if "requestBody" in told:
        yield from ("400", "413", "415")
    if "requestBody" in told or any(parameter["in"] == "query" for parameter in asks):
        yield "422"
    if told.pop(_CONFLICT, False):
        yield "409"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as a table tells it."""

    status: str
    code: str
    text: str


def refusals() -> list[Refusal]:
    return [Refusal(status, told[2], told[1]) for status, told in _REFUSALS.items()]


def _refusal(description: str, code: str, message: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {"code": code, "message": message or description, "fields": {}},
            }
        },
    }
