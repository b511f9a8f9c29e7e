"""The description of the API as a page tells it: chapter by chapter, with examples."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_NUMBERS: Final = re.compile(r"\[\s+([-\d.,\s]+?)\s+\]")
_CHOICES: Final = re.compile(r"^\* `.*$", re.MULTILINE)
METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """``where``: in the path or the query."""

    name: str
    where: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back under a status; ``example`` as JSON where there is one."""

    status: str
    text: str
    example: str


@dataclass(frozen=True, slots=True)
class Told:
    """An operation. ``scopes``: of which a token needs one; any will do where there are none."""

    name: str
    method: str
    path: str
    summary: str
    text: str
    parameters: tuple[Parameter, ...]
    body: tuple[Parameter, ...]
    sent: str
    scopes: tuple[str, ...]
    answer: Answer
    refusals: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    operations: tuple[Told, ...]


def chapters(document: Mapping[str, Any]) -> list[Chapter]:
    """Operations in the order of their addresses, by the first part of it."""
    found: dict[str, list[Told]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                tag = item[method]["tags"][0]
                found.setdefault(tag, []).append(_told(document, path, method, item[method]))
    return [Chapter(name, tuple(told)) for name, told in found.items()]


def _told(document: Mapping[str, Any], path: str, method: str, said: dict[str, Any]) -> Told:
    answers = [_answer(document, status, answer) for status, answer in said["responses"].items()]
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Told(
        name=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said["summary"],
        text=said.get("description", ""),
        parameters=tuple(_parameter(document, one) for one in said.get("parameters", [])),
        body=tuple(_fields(document, body.get("schema", {}))),
        sent=_example(body),
        scopes=tuple(said.get("x-scopes", ())),
        answer=next(answer for answer in answers if answer.status < "300"),
        refusals=tuple(answer for answer in answers if answer.status >= "300"),
    )


def _answer(document: Mapping[str, Any], status: str, said: dict[str, Any]) -> Answer:
    whole = _followed(document, said)
    content = whole.get("content", {})
    kind = next(iter(content), "")
    example = _example(content.get(kind, {}))
    if kind and not example:
        example = kind
    return Answer(status, whole.get("description", ""), example)


def _example(content: dict[str, Any]) -> str:
    named = content.get("examples", {})
    values = [example["value"] for example in named.values()]
    values += [content["example"]] if "example" in content else []
    if not values:
        return ""
    # A box is read in one line.
    return _NUMBERS.sub(_in_a_line, json.dumps(values[0], indent=2, ensure_ascii=False))


def _in_a_line(numbers: re.Match[str]) -> str:
    return f"[{' '.join(numbers[1].split())}]"


def _parameter(document: Mapping[str, Any], said: dict[str, Any]) -> Parameter:
    return Parameter(
        name=said["name"],
        where=said["in"],
        kind=_kind(document, said["schema"]),
        is_required=said.get("required", False),
        text=_text(said),
    )


def _text(said: dict[str, Any]) -> str:
    """What is said of it, without the list of what it can be: its kind tells that."""
    return _CHOICES.sub("", said.get("description", "")).strip()


def _fields(document: Mapping[str, Any], schema: dict[str, Any]) -> Iterator[Parameter]:
    whole = _followed(document, schema)
    for name, said in whole.get("properties", {}).items():
        yield Parameter(
            name=name,
            where="body",
            kind=_kind(document, said),
            is_required=name in whole.get("required", []),
            text=_text(said),
        )


def _followed(document: Mapping[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    if "$ref" not in said:
        return said
    found: Any = document
    for part in said["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _kind(document: Mapping[str, Any], schema: dict[str, Any]) -> str:
    """The kind of a value in a few words, as in “array of string” or “draft | submitted”."""
    if "allOf" in schema:
        return _kind(document, schema["allOf"][0])
    whole = _followed(document, schema)
    if "enum" in whole:
        return " | ".join(str(value) for value in whole["enum"] if value not in {"", None})
    kind = str(whole.get("format") or whole.get("type", "any"))
    if kind == "array":
        return f"array of {_kind(document, whole['items'])}"
    return kind
