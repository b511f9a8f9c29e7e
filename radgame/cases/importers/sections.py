"""A report's sections, whether they come as fields of their own or as one text with headings."""

import math
import re
from dataclasses import dataclass, fields

_HEADINGS = {
    "findings": r"findings?(?:\s+and\s+impression)?|observations?",
    "impression": r"impressions?|conclusions?|opinion",
    "indication": (
        r"indications?|(?:clinical\s+)?history|clinical\s+(?:indication|information|data|details)"
        r"|reason(?:\s+for\s+(?:the\s+)?(?:exam|examination|study))?"
    ),
    "comparison": r"comparisons?(?:\s+(?:stud(?:y|ies)|exams?))?",
    "technique": r"technique|procedure|views?|exam(?:ination)?(?:\s+type)?|study|projections?",
}
_HEADING = re.compile(
    r"(?:^|(?<=[.;])\s|\n)\s*(?:"
    + "|".join(rf"(?P<{name}>{words})" for name, words in _HEADINGS.items())
    + r")\s*:\s*",
    re.IGNORECASE,
)
_REMOVED = re.compile(r"X{3,}")
REMOVED = "[removed]"
"""What stands for a word that the source took out, where a learner reads the report."""

_NOT_FINDINGS = re.compile(
    r"(?:see|as|refer to|per)\s+(?:the\s+)?(?:impression|above|below|report)|none|n/?a|nan|null"
    r"|not\s+(?:available|applicable|stated)|no\s+findings?|pending|normal\.?\s*see\s+impression"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
MOST_REMOVED = 0.25
"""Share of removed words above which findings can no longer be understood."""


@dataclass(frozen=True, slots=True)
class Sections:
    """The parts of one report, each empty where the source has none."""

    findings: str = ""
    impression: str = ""
    indication: str = ""
    comparison: str = ""
    technique: str = ""


def plain_text(value: object) -> str:
    """A field as text without idle spaces; null, NaN and the word nan are empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    lines = (" ".join(line.split()) for line in str(value).splitlines())
    text = "\n".join(filter(None, lines))
    text = _REMOVED.sub(REMOVED, text)
    return "" if text.lower() in {"nan", "null", REMOVED} else text


def read_sections(stated: Sections) -> Sections:
    """The sections as stated, cleaned, with headings inside a field followed.

    What stands in a field of its own wins; what a heading in another field announces fills a
    section that would be empty.
    """
    own: dict[str, list[str]] = {}
    announced: dict[str, list[str]] = {}
    for field in fields(Sections):
        text = plain_text(getattr(stated, field.name))
        for name, part in _parts(text, default=field.name):
            (own if name == field.name else announced).setdefault(name, []).append(part)
    return Sections(
        **{
            field.name: "\n".join(own.get(field.name) or announced.get(field.name) or ())
            for field in fields(Sections)
        }
    )


def _parts(text: str, *, default: str) -> list[tuple[str, str]]:
    """The pieces of a text with the section each belongs to, in order."""
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    pieces = [(default, text[: headings[0].start()] if headings else text)]
    pieces += [
        (str(heading.lastgroup), text[heading.end() : end])
        for heading, end in zip(headings, ends, strict=False)
    ]
    return [(name, piece.strip()) for name, piece in pieces if piece.strip()]


def is_usable(findings: str) -> bool:
    """Whether a learner's text can be compared with it: words that say something of the film."""
    text = findings.replace(REMOVED, " ")
    words = len(_WORD.findall(text))
    removed = findings.count(REMOVED)
    if words < 2 or removed > MOST_REMOVED * (words + removed):
        return False
    return _NOT_FINDINGS.fullmatch(text.strip().rstrip(".").lower()) is None
