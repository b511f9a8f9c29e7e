"""From a text to passages: its sections, cut where a sentence ends for certain.

A passage is read alone: nothing that stands before or behind it can change what it says. So a
sentence that comes in report after report need be read only once.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from scoring.reports.reader.reading import Section

# After the adjectives among them ("no sig. effusion") the noun follows.
_ABBREVIATIONS = """
approx cf dr e eg etc g i ie lg mod mr mrs ms poss prob sig signif sm st vs
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
SHORT_LINE = 50
"""A line shorter than this was not wrapped: its end ends a sentence."""

_HEADERS: tuple[tuple[Section, str], ...] = (
    (
        Section.INDICATION,
        r"clinical (?:indication|history|information|details|data|background|question)s?"
        r"|reason for (?:the )?(?:exam(?:ination)?|study|visit|test)"
        r"|indications?(?: for (?:exam|study))?"
        r"|history(?: of present illness)?|presentation|clinical|hx|symptoms",
    ),
    (
        Section.COMPARISON,
        r"comparisons?(?: (?:study|studies|exams?|films?))?|prior(?:s| stud(?:y|ies))",
    ),
    (
        Section.TECHNIQUE,
        r"techniques?|procedures?(?: comments?)?|exam(?:ination)?(?: type)?|views?|study"
        r"|projections?|number of views|exam date|date of exam",
    ),
    (
        Section.FINDINGS,
        r"findings?|report|observations?|description|frontal(?: and lateral)? views?|chest",
    ),
    (
        Section.IMPRESSION,
        r"impressions?|conclusions?|opinion|summary|assessment|interpretation|diagnosis",
    ),
    (Section.NONE, r"wet read|final report|addendum|recommendations?|notifications?|plan"),
)
_SECTION_OF = tuple((re.compile(pattern, re.IGNORECASE), section) for section, pattern in _HEADERS)
# What may stand before a heading is consumed rather than looked behind at: it is much faster.
_HEADER = re.compile(
    r"(?:^[ \t]*|[.:] {1,2})[*_#]{0,3}(?P<name>"
    + "|".join(pattern for _, pattern in _HEADERS)
    + r")[*_]{0,3}[ \t]*(?:(?P<colon>(?=:))|(?:--?|\u2013|\u2014)(?=\s)|(?=[ \t]*(?:\n|$)))",
    re.IGNORECASE | re.MULTILINE,
)
# A section of these ends with a blank line, since reports go on without a heading after it.
_SHORT_SECTIONS = frozenset({Section.INDICATION, Section.COMPARISON, Section.TECHNIQUE})

# A full stop, which counts behind a plain word, or the end of a line before a blank one. To try
# every word for a full stop behind it takes longer.
_END = re.compile(r"[.!](?=\s)|\n(?=[^\S\n]*(?:\n|\Z))")
_DASHES = "-\u2012\u2013"


class Passage(NamedTuple):
    """One or a few sentences of one section, from the first letter on.

    ``ahead``: so many characters stand in its first line before it, as far as that matters to
    where its lines end.
    """

    text: str
    section: Section
    ahead: int = 0


# A sentence that may be about the device of the one before is read together with it.
_GOES_ON = re.compile(r"\s*(?:the\s+)?(?:tips?|its?|this)\b", re.IGNORECASE)


class _Header(NamedTuple):
    """A heading's name starts at ``start``, what it is the heading of at ``end``."""

    start: int
    end: int
    section: Section


def split_passages(text: str, canonical: Callable[[str], str]) -> Iterator[tuple[int, Passage]]:
    """The passages of a text in order, each with the place where it starts; headings are left out.

    ``canonical`` folds a word.
    """
    headers = [_Header(0, 0, Section.NONE), *_find_headers(text)]
    stops = [*(header.start for header in headers[1:]), len(text)]
    for header, stop in zip(headers, stops, strict=True):
        yield from _passages_under(header, text, stop, canonical)


def _passages_under(
    header: _Header, text: str, stop: int, canonical: Callable[[str], str]
) -> Iterator[tuple[int, Passage]]:
    section = header.section
    begin = _pass_dashes(text, header.end, stop)
    for match in _END.finditer(text, begin, stop):
        sign, end = match.span()
        is_line_end = text[sign] == "\n"
        if not is_line_end:
            word = _word_before(text, begin, sign)
            if not word or canonical(word) in ABBREVIATIONS or _GOES_ON.match(text, end, stop):
                continue
        found = _passage(header, section, text, begin, end)
        if found is not None:
            yield found
        begin = end
        if is_line_end and section in _SHORT_SECTIONS and text[header.end : begin].strip():
            section = Section.NONE
    found = _passage(header, section, text, begin, stop)
    if found is not None:
        yield found


def _word_before(text: str, begin: int, end: int) -> str:
    """The plain word that ends at ``end``, if there is one, and begins where a word can."""
    space = text.rfind(" ", begin, end)
    word = text[space + 1 : end] if space >= 0 else ""
    if len(word) > 1 and word.isascii() and word.isalpha():
        return word
    start = end
    while start > begin and text[start - 1].isascii() and text[start - 1].isalpha():
        start -= 1
    can_begin = start == 0 or text[start - 1].isspace() or text[start - 1] in "/(-"
    return text[start:end] if end - start > 1 and can_begin else ""


def _passage(
    header: _Header, section: Section, text: str, begin: int, end: int
) -> tuple[int, Passage] | None:
    """What stands between the two places, if there is anything."""
    inner = text[begin:end].lstrip()
    if not inner:
        return None
    start = end - len(inner)
    ahead = 0
    if "\n" in inner:
        line_start = max(header.start, text.rfind("\n", 0, start) + 1)
        ahead = min(len(text[line_start:start].lstrip()), SHORT_LINE)
    return start, Passage(inner, section, ahead)


def _pass_dashes(text: str, start: int, stop: int) -> int:
    """Where the text under a heading begins: a dash that touches the heading is no free dash."""
    while 0 < start < stop and text[start] in _DASHES and not text[start - 1].isspace():
        start += 1
    return start


def _find_headers(text: str) -> list[_Header]:
    headers: list[_Header] = []
    # Most learners write no headings; the search for them is not free.
    if not any(sign in text for sign in ":\n\u2013\u2014") and " - " not in text:
        return headers
    for match in _HEADER.finditer(text):
        name = match["name"]
        # "Chest" or "clinical" alone on a line may be anything; with a colon it is a heading.
        if match["colon"] is None and not _stands_alone(text, match):
            continue
        section = next(kind for pattern, kind in _SECTION_OF if pattern.fullmatch(name))
        end = match.end() if match["colon"] is None else match.end() + 1
        headers.append(_Header(match.start("name"), end, section))
    return headers


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether a heading without a colon is one: first in its line, and not a word of a sentence."""
    before = text.rfind("\n", 0, match.start("name")) + 1
    return not text[before : match.start("name")].strip(" \t*_#") and len(match["name"]) > 6
