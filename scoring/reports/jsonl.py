"""Score reports as JSON Lines: one pair on a line in, one result on a line out, in the same order.

A line is an object with

    id          a string or a whole number, given back
    reference   the radiologist's report
    candidate   the report to be scored
    context     {"age"?, "sex"?, "indication"?, "comparison"?}, optional

An age is a number of years, or a text as headers and spreadsheets have it: "072Y", "62", "003M".
An optional key may also be null. Other keys are ignored.
"""

import json
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from scoring.ages import OLDEST_PLAUSIBLE_YEARS, parse_age
from scoring.jsonl import NUMBER, LineError, named, parse_object, read_id, required, shown, to_line
from scoring.ordered import map_ordered
from scoring.reports import score_report
from scoring.reports.evaluation import Judge, JudgeFailed, ReadingContext
from scoring.reports.marking import ReportMark

MAX_TEXT: Final = 50_000
"""Longest report that is scored, in code points."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What one line asks to be scored."""

    id: str | int
    reference: str
    candidate: str
    context: ReadingContext


def read_pair(line: str | bytes) -> Pair:
    """Read a line. Raises LineError."""
    return _pair(parse_object(line))


def score_line(line: str | bytes, judge: Judge | None = None) -> dict[str, Any]:
    """Score one line, UTF-8 where it is bytes, by the rules if no other judge is given.

    Returns {"id", "score", "crimson", "burden", "counts", "findings", "style", "version"}: the
    game's score and the style's in 0–100, CRIMSON in −1–1, burden in 0–1, the counts of
    `marking.Counts`, and as findings the judge's evaluation (`Evaluation.to_json`), with spans in
    code points of the two texts.

    A line that cannot be scored gives {"id", "error"}: the id, or null if it has none, and a
    sentence. Nothing is raised for what a line holds or a judge could not do.
    """
    case_id: str | int | None = None
    try:
        case = parse_object(line)
        case_id = read_id(case)
        pair = _pair(case)
        mark = score_report(pair.reference, pair.candidate, pair.context, judge=judge)
    except (LineError, JudgeFailed) as error:
        return {"id": case_id, "error": str(error)}
    return {"id": case_id, **_result(mark)}


def score_lines(
    stream: Iterable[str | bytes], judge: Judge | None = None, *, workers: int = 1
) -> Generator[tuple[dict[str, Any], bool], None, None]:
    """Score each line as it comes; with each result, whether the line could be scored.

    An empty line is a line that cannot be scored: results and lines stay in step. ``workers``
    processes share a long stream when the judge is the rules; a model is asked by this process.
    """
    for line, good in write_lines(stream, judge, workers=workers):
        yield json.loads(line), good


def write_lines(
    stream: Iterable[str | bytes], judge: Judge | None = None, *, workers: int = 1
) -> Generator[tuple[str, bool], None, None]:
    """As `score_lines`, with each result as the line that is written."""
    written = partial(_write_line, judge=judge)
    with closing(map_ordered(written, stream, workers=workers if judge is None else 1)) as results:
        yield from results


def _write_line(line: str | bytes, judge: Judge | None) -> tuple[str, bool]:
    # Written where it is scored: a line goes from process to process in no time, an object not.
    result = score_line(line, judge)
    return to_line(result), "error" not in result


def _pair(case: dict[str, Any]) -> Pair:
    return Pair(
        id=read_id(case),
        reference=_text(case, "reference"),
        candidate=_text(case, "candidate"),
        context=_context(case),
    )


def _text(case: dict[str, Any], key: str) -> str:
    text = required(case, key, "")
    if type(text) is not str:
        raise LineError(f"{key} must be a string, not {named(text)}.")
    if len(text) > MAX_TEXT:
        raise LineError(f"{key} must have at most {MAX_TEXT} characters; it has {len(text)}.")
    try:
        text.encode()
    except UnicodeEncodeError:
        # JSON can write half of a pair: "\ud800".
        raise LineError(f"{key} holds half a character (a lone surrogate).") from None
    return text


def _context(case: dict[str, Any]) -> ReadingContext:
    context = case.get("context")
    if context is None:
        return ReadingContext()
    if type(context) is not dict:
        raise LineError(f"context must be an object, not {named(context)}.")
    given = {key: _optional_text(context, key) for key in ("sex", "indication", "comparison")}
    return ReadingContext(age_years=_age(context.get("age")), **given)


def _optional_text(context: dict[str, Any], key: str) -> str:
    value = context.get(key)
    if value is None:
        return ""
    if type(value) is not str:
        raise LineError(f"context.{key} must be a string, not {named(value)}.")
    return value


def _age(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) in NUMBER and 0 <= value <= OLDEST_PLAUSIBLE_YEARS:
        return float(value)
    if type(value) is str:
        text = value.strip()
        years = parse_age(text)
        # Nothing, or what a de-identified report has in its place: "[AGE]", "XXXX".
        if years is not None or not any(c.isdigit() for c in text):
            return years
    raise LineError(
        "context.age must be years from 0 to "
        f'{OLDEST_PLAUSIBLE_YEARS}, or a text such as "072Y" or "003M", not {shown(value)}.'
    )


def _result(mark: ReportMark) -> dict[str, Any]:
    counts = mark.counts
    return {
        "score": round(100 * mark.score, 2),
        "crimson": mark.crimson,
        "burden": mark.burden,
        # Written out: asdict() takes as long as reading a report.
        "counts": {
            "matched": counts.matched,
            "missing": counts.missing,
            "false": counts.false,
            "significant_errors": counts.significant_errors,
            "negligible_errors": counts.negligible_errors,
        },
        "findings": mark.evaluation.to_json(),
        "style": {
            "score": round(100 * mark.style.score, 2),
            "parts": [
                {
                    "name": part.name,
                    "value": part.value,
                    "advice": part.advice,
                    "observed": list(part.observed),
                }
                for part in mark.style.parts
            ],
        },
        "version": mark.version,
    }
