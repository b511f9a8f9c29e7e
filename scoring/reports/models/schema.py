"""The CRIMSON JSON as a model must write it: its JSON schema, and what a schema cannot say."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator

from scoring.reports.evaluation import ErrorType, Gravity, Significance

MAX_FINDINGS: Final = 100
MAX_PROBLEMS: Final = 8


def _object(properties: dict[str, Any], optional: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in set(optional)],
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": MAX_FINDINGS}


_ID: Final = {"type": "string", "minLength": 1, "maxLength": 20}
_WORDS: Final = {"type": "string", "minLength": 1, "maxLength": 600}
_SENTENCE: Final = {"type": "string", "maxLength": 1000}


def evaluation_schema(*, quoted: bool) -> dict[str, Any]:
    """The schema of an answer.

    ``quoted``: each finding must also quote the words that state it and say why it has its
    significance, as our own prompt asks. Without it the answer is CRIMSON's own format, and these
    are not there.
    """
    finding = {
        "id": _ID,
        "finding": _WORDS,
        "clinical_significance": {"enum": [level.value for level in Significance]},
    }
    if quoted:
        finding |= {
            "quotes": {"type": "array", "items": _WORDS, "minItems": 1, "maxItems": 6},
            "why": _SENTENCE,
        }
    mismatch = {
        "ref_id": _ID,
        "pred_id": _ID,
        "severity": {"enum": [gravity.value for gravity in Gravity]},
        "error_types": {
            "type": "array",
            "items": {"enum": [kind.value for kind in ErrorType]},
            "minItems": 1,
            "maxItems": len(ErrorType),
        },
        "explanation": _SENTENCE,
    }
    return _object(
        {
            "reference_findings": _list(_object(finding)),
            "predicted_findings": _list(_object(finding)),
            "matched_findings": _list(_object({"ref_id": _ID, "pred_id": _ID})),
            "errors": _object(
                {
                    "false_findings": _list(_ID),
                    "missing_findings": _list(_ID),
                    # CRIMSON's own examples leave the explanation out now and then.
                    "attribute_errors": _list(
                        _object(mismatch, optional=() if quoted else ("explanation",))
                    ),
                }
            ),
        }
    )


@cache
def _validator(*, quoted: bool) -> Draft202012Validator:
    return Draft202012Validator(evaluation_schema(quoted=quoted))


def schema_problems(data: Any, *, quoted: bool) -> list[str]:
    """What keeps ``data`` from being of the schema, a sentence each; empty when nothing does."""
    problems = []
    for error in _validator(quoted=quoted).iter_errors(data):
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
        message = error.message if len(error.message) <= 200 else f"{error.message[:200]}…"
        problems.append(f"{place.lstrip('.') or 'the answer'}: {message}.")
        if len(problems) == MAX_PROBLEMS:
            break
    return problems


def reference_problems(data: Mapping[str, Any]) -> list[str]:
    """What does not add up in an answer that is of the schema.

    Every id is given once. A predicted finding is matched or false, a reference finding is matched
    or missing, never both and never neither. Only a matched pair can differ in an attribute.
    """
    problems: list[str] = []
    references = [row["id"] for row in data["reference_findings"]]
    predictions = [row["id"] for row in data["predicted_findings"]]
    errors = data["errors"]
    pairs = [(row["ref_id"], row["pred_id"]) for row in data["matched_findings"]]
    for name, ids in (
        ("reference_findings", references),
        ("predicted_findings", predictions),
        ("false_findings", errors["false_findings"]),
        ("missing_findings", errors["missing_findings"]),
        ("matched_findings", [f"{ref_id} with {pred_id}" for ref_id, pred_id in pairs]),
    ):
        problems += [f"{name} holds {id_} twice." for id_, n in Counter(ids).items() if n > 1]
    problems += _partition(
        "reference", references, {ref_id for ref_id, _ in pairs}, errors["missing_findings"]
    )
    problems += _partition(
        "predicted", predictions, {pred_id for _, pred_id in pairs}, errors["false_findings"]
    )
    matched = set(pairs)
    for row in errors["attribute_errors"]:
        if (row["ref_id"], row["pred_id"]) not in matched:
            problems.append(
                f"attribute_errors speaks of {row['ref_id']} and {row['pred_id']}, "
                "which are not matched."
            )
    return problems[:MAX_PROBLEMS]


def _partition(kind: str, known: list[str], matched: set[str], others: list[str]) -> list[str]:
    left = "missing" if kind == "reference" else "false"
    problems = []
    for id_ in sorted((matched | set(others)) - set(known)):
        problems.append(f"{id_} is not the id of a {kind} finding.")
    for id_ in known:
        if id_ in matched and id_ in others:
            problems.append(f"{id_} is both matched and {left}.")
        elif id_ not in matched and id_ not in others:
            problems.append(f"{id_} is neither matched nor {left}.")
    return problems
