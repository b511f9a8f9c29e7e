"""A line of a reader's file: which case, and what was said of it. Pure.

One JSON object a line. ``dataset``, and ``case`` (its key there) or ``image_uid`` (of one of its
films), name the case. For Localize it holds any of ``boxes``, ``selected`` and ``normal``, for
Report ``findings`` and perhaps ``impression``; one line may hold both.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

from scoring.jsonl import NUMBER, LineError, named, parse_object, required, shown

KEYS: Final = frozenset(
    {"dataset", "case", "image_uid", "boxes", "selected", "normal", "findings", "impression", "id"}
)
MOST_CONFIDENT: Final = 4


@dataclass(frozen=True, slots=True)
class SaidBox:
    """A box in source pixels, half-open. ``image_uid`` is empty where the case has one film.

    ``confidence``: 1 (a guess) to 4 (certain), as learners give it; None where nothing was said.
    """

    finding: str
    box: tuple[float, float, float, float]
    image_uid: str = ""
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class SaidMarks:
    boxes: tuple[SaidBox, ...]
    selected: tuple[str, ...]
    normal: bool


@dataclass(frozen=True, slots=True)
class SaidText:
    findings: str
    impression: str


@dataclass(frozen=True, slots=True)
class Line:
    """``case`` or ``image_uid`` is empty; ``marks`` or ``text`` may be None, but never both."""

    dataset: str
    case: str
    image_uid: str
    marks: SaidMarks | None
    text: SaidText | None


def read_line(raw: bytes) -> Line:
    """Raises ``LineError`` with a sentence about what is wrong."""
    try:
        line = parse_object(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise LineError("The line is not UTF-8 text.") from None
    unknown = sorted(set(line) - KEYS)
    if unknown:
        raise LineError(f"The line has an unknown key: {shown(unknown[0])}.")
    case, image_uid = _text(line, "case", ""), _text(line, "image_uid", "")
    if bool(case) == bool(image_uid):
        raise LineError("Name the case by case or by image_uid, one of the two.")
    dataset = required(line, "dataset", "")
    if type(dataset) is not str or not dataset:
        raise LineError(f"dataset must be a string, not {named(dataset)}.")
    marks = _marks(line) if line.keys() & {"boxes", "selected", "normal"} else None
    text = _reading(line) if line.keys() & {"findings", "impression"} else None
    if marks is None and text is None:
        raise LineError("The line says nothing of the case: no boxes, selected, normal, findings.")
    return Line(dataset, case, image_uid, marks, text)


def in_steps(confidence: float) -> int:
    """A probability in [0, 1] as the four steps that learners use: a quarter each."""
    return 1 + min(MOST_CONFIDENT - 1, int(MOST_CONFIDENT * confidence))


def _marks(line: dict[str, Any]) -> SaidMarks:
    boxes, selected = line.get("boxes", []), line.get("selected", [])
    normal = line.get("normal", False)
    if type(boxes) is not list:
        raise LineError(f"boxes must be a list, not {named(boxes)}.")
    if type(selected) is not list or any(type(slug) is not str for slug in selected):
        raise LineError("selected must be a list of findings.")
    if type(normal) is not bool:
        raise LineError(f"normal must be true or false, not {named(normal)}.")
    return SaidMarks(
        boxes=tuple(_box(box, f"boxes[{number}]") for number, box in enumerate(boxes)),
        selected=tuple(selected),
        normal=normal,
    )


def _box(data: Any, where: str) -> SaidBox:
    if type(data) is not dict:
        raise LineError(f"{where} must be an object, not {named(data)}.")
    finding = required(data, "finding", f"{where}.")
    box = required(data, "box", f"{where}.")
    if type(finding) is not str:
        raise LineError(f"{where}.finding must be a string, not {named(finding)}.")
    if type(box) is not list or len(box) != 4 or any(type(side) not in NUMBER for side in box):
        raise LineError(f"{where}.box must be four numbers: x_min, y_min, x_max, y_max.")
    confidence = data.get("confidence")
    if confidence is not None and (
        type(confidence) not in NUMBER or not math.isfinite(confidence) or not 0 <= confidence <= 1
    ):
        raise LineError(f"{where}.confidence must be a number from 0 to 1.")
    x_min, y_min, x_max, y_max = (float(side) for side in box)
    return SaidBox(
        finding=finding,
        box=(x_min, y_min, x_max, y_max),
        image_uid=_text(data, "image_uid", f"{where}."),
        confidence=None if confidence is None else in_steps(confidence),
    )


def _reading(line: dict[str, Any]) -> SaidText:
    text = SaidText(_text(line, "findings", ""), _text(line, "impression", ""))
    if not (text.findings.strip() or text.impression.strip()):
        raise LineError("The report is blank.")
    return text


def _text(data: dict[str, Any], key: str, where: str) -> str:
    value = data.get(key, "")
    if type(value) is not str:
        raise LineError(f"{where}{key} must be a string, not {named(value)}.")
    return value
