"""A model's answer, read as an evaluation or refused with the reasons. Nothing is made up."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from scoring.reports.evaluation import (
    AttributeMismatch,
    ErrorType,
    Evaluation,
    Gravity,
    Match,
    ReportFinding,
    Significance,
    Span,
)
from scoring.reports.models.quoting import Quoter
from scoring.reports.models.schema import reference_problems, schema_problems

MAX_ANSWER: Final = 200_000
"""Longest answer that is read, in code points."""

_FENCE: Final = re.compile(r"\A```(?:json)?\s*\n(.*)\n?```\Z", re.DOTALL)

Parser = Callable[[str], Any]


class BadAnswer(ValueError):
    """The answer is not a valid evaluation; ``problems`` says why, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def parse_json(text: str) -> Any:
    """The JSON of an answer that is nothing else, a code fence around it aside.

    Raises BadAnswer.
    """
    fenced = _FENCE.match(text.strip())
    body = fenced.group(1) if fenced else text.strip()
    try:
        return json.loads(body, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise BadAnswer(
            [f"The answer is not JSON: {error.msg} at character {error.pos + 1}."]
        ) from error
    except RecursionError as error:
        raise BadAnswer(["The answer is nested too deeply."]) from error


def read_answer(
    text: str, *, reference: str, candidate: str, quoted: bool, parse: Parser = parse_json
) -> Evaluation:
    """The evaluation that an answer holds.

    ``quoted``: findings bring quotations, which must stand in their report word for word; else
    the finding itself is looked for (`Quoter.find_loosely`). A finding that is not in its report
    is refused: nobody is marked for what was not written. Raises BadAnswer.
    """
    if len(text) > MAX_ANSWER:
        raise BadAnswer([f"The answer is longer than {MAX_ANSWER} characters."])
    data = parse(text)
    problems = schema_problems(data, quoted=quoted) or reference_problems(data)
    if problems:
        raise BadAnswer(problems)
    references = _findings(data["reference_findings"], reference, "reference", problems)
    predictions = _findings(data["predicted_findings"], candidate, "candidate", problems)
    if problems:
        raise BadAnswer(problems)
    errors = data["errors"]
    return Evaluation(
        reference_findings=references,
        predicted_findings=predictions,
        matched_findings=tuple(
            Match(row["ref_id"], row["pred_id"]) for row in data["matched_findings"]
        ),
        false_findings=tuple(errors["false_findings"]),
        missing_findings=tuple(errors["missing_findings"]),
        attribute_errors=tuple(_mismatch(row) for row in errors["attribute_errors"]),
    )


def _findings(
    rows: list[Mapping[str, Any]], text: str, which: str, problems: list[str]
) -> tuple[ReportFinding, ...]:
    quoter = Quoter(text)
    findings = []
    for row in rows:
        spans = _spans(row, quoter, which, problems)
        findings.append(
            ReportFinding(
                id=row["id"],
                finding=row["finding"],
                clinical_significance=Significance(row["clinical_significance"]),
                spans=spans,
                why=row.get("why", ""),
            )
        )
    return tuple(findings)


def _spans(
    row: Mapping[str, Any], quoter: Quoter, which: str, problems: list[str]
) -> tuple[Span, ...]:
    if "quotes" not in row:
        spans = quoter.find_loosely(row["finding"])
        if not spans:
            problems.append(f"{row['id']} ({row['finding']}) is not in the {which} report.")
        return spans
    found = []
    for quote in row["quotes"]:
        span = quoter.find(quote)
        if span is None:
            problems.append(
                f"{row['id']} quotes {quote!r}, which does not stand in the {which} report."
            )
        else:
            found.append(span)
    return tuple(sorted(set(found)))


def _mismatch(row: Mapping[str, Any]) -> AttributeMismatch:
    return AttributeMismatch(
        ref_id=row["ref_id"],
        pred_id=row["pred_id"],
        severity=Gravity(row["severity"]),
        error_types=tuple(dict.fromkeys(ErrorType(kind) for kind in row["error_types"])),
        explanation=row.get("explanation", ""),
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values for one key JSON says nothing, and which was meant cannot be known."""
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise BadAnswer([f"The answer gives {', '.join(sorted(twice))} twice in one object."])
    return dict(pairs)


def _refuse_constant(name: str) -> Any:
    raise BadAnswer([f"The answer is not JSON: {name} is not a JSON number."])
