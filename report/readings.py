"""What the learner wrote, cleaned and checked: pure, and the only place that trusts nothing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from radgame.playing.services import AnswerError

FINDINGS = "findings"
IMPRESSION = "impression"

_FINDINGS_LONG = gettext_lazy(
    "The findings are %(length)d characters long; %(limit)d are allowed. Nothing is lost: shorten "
    "the text and submit again."
)
_IMPRESSION_LONG = gettext_lazy(
    "The impression is %(length)d characters long; %(limit)d are allowed. Nothing is lost: shorten "
    "the text and submit again."
)

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters but tab and line feed; halves of characters, which no database stores; and
# the marks that turn the direction of text around, which would show another order than was typed.
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of an attempt, section by section, as it was typed."""

    findings: str = ""
    impression: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.findings.strip() or self.impression.strip())

    def to_json(self) -> dict[str, Any]:
        return {FINDINGS: self.findings, IMPRESSION: self.impression}


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What may be written on a case: whether an impression is asked for, characters a section."""

    asks_impression: bool
    max_findings: int
    max_impression: int

    @property
    def limits(self) -> dict[str, int]:
        return {FINDINGS: self.max_findings, IMPRESSION: self.max_impression}


def reading_from_json(data: Mapping[str, Any]) -> Reading:
    """The stored form back into a reading; it was checked on its way in."""
    return Reading(findings=data[FINDINGS], impression=data[IMPRESSION])


def clean_text(text: str) -> str:
    """One kind of line end, nothing that cannot be stored or seen; else as it was typed."""
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))


def read_reading(findings: str, impression: str, rules: ReadingRules) -> Reading:
    """Clean and bound both sections; an impression that is not asked for is left out.

    Raises ``AnswerError`` with a sentence for the learner when a section is too long.
    """
    reading = Reading(
        findings=clean_text(findings),
        impression=clean_text(impression) if rules.asks_impression else "",
    )
    _bound(reading.findings, rules.max_findings, _FINDINGS_LONG)
    _bound(reading.impression, rules.max_impression, _IMPRESSION_LONG)
    return reading


def read_draft(text: str, rules: ReadingRules) -> Reading:
    """Read the JSON of a draft. Raises ``AnswerError`` when it is not what the page sends."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise AnswerError(_("The draft did not arrive whole. It is kept in this browser."))
    findings, impression = data.get(FINDINGS, ""), data.get(IMPRESSION, "")
    if not isinstance(findings, str) or not isinstance(impression, str):
        raise AnswerError(_("The draft did not arrive whole. It is kept in this browser."))
    return read_reading(findings, impression, rules)


def require_text(reading: Reading) -> Reading:
    """Refuse a blank reading: silence is not a report. Raises ``AnswerError``."""
    if reading.is_blank:
        raise AnswerError(
            _("Nothing is written yet. Write what you see; if the film is normal, say so.")
        )
    return reading


def _bound(text: str, limit: int, sentence: Promise) -> None:
    if len(text) > limit:
        raise AnswerError(str(sentence) % {"length": len(text), "limit": limit})
