"""Sections joined into the one text that a judge reads, and back: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# In English whatever the page's language is: the judges read it.
HEADINGS = {"findings": "Findings: ", "impression": "Impression: "}


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a judged text; half-open, in code points of the text."""

    section: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class JudgedText:
    """One text for the judge, and where each section of it lies."""

    text: str
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "parts": [[part.section, part.start, part.end] for part in self.parts],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "JudgedText":
        return cls(
            text=data["text"],
            parts=tuple(Part(section, start, end) for section, start, end in data["parts"]),
        )


def join_sections(sections: Iterable[tuple[str, str]]) -> JudgedText:
    """Join named sections, each under its heading; a blank one is left out."""
    text = ""
    parts = []
    for name, words in sections:
        if not words.strip():
            continue
        text += ("\n\n" if text else "") + HEADINGS[name]
        parts.append(Part(name, len(text), len(text) + len(words)))
        text += words
    return JudgedText(text, tuple(parts))
