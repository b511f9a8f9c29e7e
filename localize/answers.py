"""What the learner sent, checked: pure, and the only place that trusts nothing."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from radgame.playing.services import AnswerError

Box = tuple[float, float, float, float]

MIN_BOX_SIDE_PX = 1.0
MAX_CONFIDENCE = 4


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A region the learner drew: source-image pixels, half-open; confidence 1 to 4 or none."""

    image: str
    finding: str
    box: Box
    confidence: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    marks: tuple[DrawnMark, ...]
    selected: tuple[str, ...]
    normal: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "marks": [
                {
                    "image": mark.image,
                    "finding": mark.finding,
                    "box": list(mark.box),
                    "confidence": mark.confidence,
                }
                for mark in self.marks
            ],
            "selected": list(self.selected),
            "normal": self.normal,
        }


def answer_from_json(data: Mapping[str, Any]) -> Answer:
    """The stored form back into an answer; it was checked on its way in."""
    return Answer(
        marks=tuple(
            DrawnMark(
                image=mark["image"],
                finding=mark["finding"],
                box=tuple(mark["box"]),
                confidence=mark["confidence"],
            )
            for mark in data["marks"]
        ),
        selected=tuple(data["selected"]),
        normal=data["normal"],
    )


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """What may be answered on a case: sizes of its films, findings by how they are answered."""

    film_sizes: Mapping[str, tuple[int, int]]
    draw: Collection[str]
    select: Collection[str]
    max_marks: int


def read_answer(text: str, rules: AnswerRules) -> Answer:
    """Read the answer field of the form.

    Raises ``AnswerError`` with a sentence for the learner when it is not what
    the page sends. Boxes are clipped to the film, so that a mark dragged over
    the edge is kept for what lies on the film.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise AnswerError(_("The answer did not arrive whole. Please submit again.")) from None
    # Without its marks it is a piece of one, and must not be taken for an answer that has none.
    if not isinstance(data, dict) or "marks" not in data:
        raise AnswerError(_("The answer did not arrive whole. Please submit again."))
    marks = data["marks"]
    selected = data.get("selected", [])
    normal = data.get("normal", False)
    if not isinstance(marks, list) or not isinstance(selected, list) or normal not in (True, False):
        raise AnswerError(_("The answer did not arrive whole. Please submit again."))
    if len(marks) > rules.max_marks:
        raise AnswerError(
            _("There are more than %(limit)d marks. Delete some and submit again.")
            % {"limit": rules.max_marks}
        )
    for slug in selected:
        if not isinstance(slug, str) or slug not in rules.select:
            raise AnswerError(_("“%(finding)s” cannot be ticked on this film.") % {"finding": slug})
    answer = Answer(
        marks=tuple(_read_mark(number, mark, rules) for number, mark in enumerate(marks, 1)),
        selected=tuple(dict.fromkeys(selected)),
        normal=bool(normal),
    )
    if answer.normal and (answer.marks or answer.selected):
        raise AnswerError(
            _("A normal film has no marks. Clear the marks, or submit without “Normal film”.")
        )
    return answer


def _read_mark(number: int, data: Any, rules: AnswerRules) -> DrawnMark:
    if not isinstance(data, dict):
        raise AnswerError(_("Mark %(number)d did not arrive whole.") % {"number": number})
    image, finding, box = data.get("image"), data.get("finding"), data.get("box")
    confidence = data.get("confidence")
    if not isinstance(image, str) or image not in rules.film_sizes:
        raise AnswerError(
            _("Mark %(number)d belongs to no film of this case.") % {"number": number}
        )
    if not isinstance(finding, str) or finding not in rules.draw:
        raise AnswerError(_("Mark %(number)d has no finding. Choose one.") % {"number": number})
    if confidence is not None and (
        isinstance(confidence, bool)
        or not isinstance(confidence, int)
        or not 1 <= confidence <= MAX_CONFIDENCE
    ):
        raise AnswerError(
            _("The confidence of mark %(number)d must be 1 to 4.") % {"number": number}
        )
    return DrawnMark(
        image=image,
        finding=finding,
        box=_read_box(number, box, rules.film_sizes[image]),
        confidence=confidence,
    )


def _read_box(number: int, box: Any, size: tuple[int, int]) -> Box:
    columns, rows = size
    if (
        not isinstance(box, list)
        or len(box) != 4
        or any(isinstance(v, bool) or not isinstance(v, int | float) for v in box)
        or not all(math.isfinite(v) for v in box)
    ):
        raise AnswerError(_("Mark %(number)d is not a box.") % {"number": number})
    x_min, x_max = sorted((_clip(box[0], columns), _clip(box[2], columns)))
    y_min, y_max = sorted((_clip(box[1], rows), _clip(box[3], rows)))
    if x_max - x_min < MIN_BOX_SIDE_PX or y_max - y_min < MIN_BOX_SIDE_PX:
        raise AnswerError(
            _("Mark %(number)d is too small or lies outside the film. Draw it again.")
            % {"number": number}
        )
    return (x_min, y_min, x_max, y_max)


def _clip(value: float, limit: int) -> float:
    return float(min(max(value, 0), limit))
