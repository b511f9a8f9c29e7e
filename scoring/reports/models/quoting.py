"""Finds in a report the words that a model says it read there."""

import re
from dataclasses import dataclass, field
from typing import Final

from scoring.reports.evaluation import Span

# What models change when they copy: kinds of dash and quotation mark.
_FOLDED: Final = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("‘’ʼ", "'"),
        **dict.fromkeys("“”„", '"'),
    }
)
_WORD: Final = re.compile(r"[^\W_]+(?:[.'-][^\W_]+)*")
_SENTENCE: Final = re.compile(r"[^.;\n]+(?:\.(?=\S)[^.;\n]*)*")
# Words that are in every sentence and place nothing.
_FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and are at be in is it of on or that the there this to was were with",
    )
)
ENOUGH: Final = 0.5
"""The share of a finding's words that must stand in one sentence for it to be there."""


@dataclass
class Quoter:
    """One report, and which of its words have been quoted so far.

    A phrase that stands in the text more than once is found at the first place that no earlier
    quotation took, so that two findings of the same words are not both shown at one place.
    """

    text: str
    _taken: list[Span] = field(default_factory=list)

    def find(self, quote: str) -> Span | None:
        """Where the quotation stands, word for word, whatever its case and white space."""
        # Of the text in lower case only what has one code point each way may be compared.
        words = [re.escape(_fold(word)) for word in quote.split()]
        if not words:
            return None
        places = [m.span() for m in re.finditer(r"\s+".join(words), _fold(self.text))]
        # A whole word first: "rib" is not the "rib" of "ribbon".
        places = [place for place in places if self._is_whole(place)] or places
        if not places:
            return None
        place = next((p for p in places if p not in self._taken), places[0])
        self._taken.append(place)
        return place

    def find_loosely(self, finding: str) -> tuple[Span, ...]:
        """Where a finding stands that may carry a qualifier over from a neighbour.

        Word for word if possible. Else its words in the sentence that has most of them, at least
        half of those that are not fillers. Empty when there is no such sentence.
        """
        whole = self.find(finding.strip(" ."))
        if whole:
            return (whole,)
        wanted = {word for word in _words(finding) if word not in _FILLERS}
        best: tuple[Span, ...] = ()
        most = 0
        for sentence in _SENTENCE.finditer(self.text):
            found = [
                (sentence.start() + m.start(), sentence.start() + m.end())
                for m in _WORD.finditer(sentence.group())
                if _fold(m.group()) in wanted
            ]
            distinct = len({_fold(self.text[start:end]) for start, end in found})
            if distinct > most:
                most, best = distinct, tuple(found)
        return best if wanted and most >= ENOUGH * len(wanted) else ()

    def _is_whole(self, place: Span) -> bool:
        start, end = place
        before, after = self.text[:start][-1:], self.text[end:][:1]
        return not (before.isalnum() and self.text[start].isalnum()) and not (
            after.isalnum() and self.text[end - 1].isalnum()
        )


def _fold(text: str) -> str:
    """Lower case and plain punctuation, one code point for each."""
    lowered = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    return lowered.translate(_FOLDED)


def _words(text: str) -> list[str]:
    return [_fold(word) for word in _WORD.findall(text)]
