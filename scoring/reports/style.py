"""How a reading is written, apart from whether it is right: four parts, each 0, 0.5 or 1.

The paper behind the game scores systematic evaluation, and organisation and language (docs/
scoring-style.md says how these four follow from it). Headings are neither asked for nor held
against anybody, and telegram style is half way.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from scoring.reports.marking import StyleMark, StylePart
from scoring.reports.reader import (
    Mention,
    PassageReading,
    Region,
    ReportReading,
    Section,
    read_report,
    remembers_passages,
)

TABLE: Final = Path(__file__).with_name("style.toml")


class StyleName(StrEnum):
    """The parts of the style score, in the order in which they are given."""

    REGIONS = "regions"
    ORDER = "order"
    CLAUSES = "clauses"
    WORDING = "wording"


# The areas that a systematic reading speaks of, as the paper has them.
AREAS: Final = MappingProxyType(
    {
        Region.LUNGS: "lungs",
        Region.HEART: "heart",
        Region.MEDIASTINUM: "mediastinum",
        Region.BONES: "bones",
    }
)
# Areas that are looked at together: going to and fro inside one of these is no disorder.
_TOGETHER: Final[Mapping[Region, str]] = {
    Region.LUNGS: "lungs",
    Region.PLEURA: "lungs",
    Region.HEART: "heart and mediastinum",
    Region.MEDIASTINUM: "heart and mediastinum",
    Region.BONES: "bones",
}
# Members by plain names: Python 3.11 looks one up in 150 ns, a global name in 10.
_HEART, _IMPRESSION = Region.HEART, Section.IMPRESSION
_UNSCORED: Final = frozenset({Section.INDICATION, Section.COMPARISON, Section.TECHNIQUE})
_WORD: Final = re.compile(r"[^\W_]+(?:['’/.-][^\W_]+)*")
_MEDIASTINUM: Final = re.compile("mediast", re.IGNORECASE)
_DENIAL: Final = re.compile(r"\W*(?:no|without|neither|nor)\b", re.IGNORECASE)
_PAUSE: Final = re.compile(r"[,;:/\n]|\band\b|\bor\b|\bwith\b", re.IGNORECASE)
_QUESTION: Final = re.compile(r"\?(?=\s*\w)")
_EVERYWHERE: Final = frozenset({"heart", "lung", "lungs", "is", "are", "the", "on", "in"})
LONGEST_SENTENCE: Final = 45
"""Words in a sentence that can still be followed."""
ADVISED: Final = 3
"""How many words one advice speaks of."""


def score_style(candidate: str, reading: ReportReading | None = None) -> StyleMark:
    """The style of a reading: ``score`` in 0–1, the mean of four parts of 0, 0.5 or 1.

    Each part below 1 has one sentence on what to do. ``reading`` saves reading the text again.
    The empty case: a text that says nothing of the film is 0 in every part.
    """
    read = read_report(candidate) if reading is None else reading
    written = [_written(passage) for _, passage in read.passages]
    says = any(one.says for one in written)
    if not says and not any(passage.regions for _, passage in read.passages):
        parts = _nothing(read)
    else:
        parts = (
            _regions(read),
            _order(read),
            _clauses(written),
            _wording(read, written),
        )
    return StyleMark(score=sum(part.value for part in parts) / len(parts), parts=parts)


class _Written(NamedTuple):
    """What follows from one passage alone, and is remembered with it.

    ``says``: whether it mentions anything that is looked at. ``worths``: what each sentence that
    does is worth as a clause, and the sentence.
    """

    says: bool
    worths: tuple[tuple[float, str], ...]
    wording: "_Wording"


class _Wording(NamedTuple):
    """How many words there are, how many may be hedges, and whether any may be to be noted."""

    words: int
    hedges: int
    tells: bool

    @classmethod
    def of(cls, words: Sequence[str]) -> "_Wording":
        table = _table()
        hedges = sum([word in table.hedge_tells for word in words])
        return cls(len(words), hedges, not table.tells.isdisjoint(words))


@remembers_passages
def _written(passage: PassageReading) -> _Written:
    mentions = [m for m in passage.mentions if m.section not in _UNSCORED]
    sentences = [passage.text[start:end] for start, end in passage.sentences]
    words = [_words(sentence) for sentence in sentences]
    # Every letter and figure of a passage is in one of its sentences. Of several, a full stop
    # without a blank makes one word of two.
    whole = words[0] if len(words) == 1 else _words(passage.text)
    worths = _worths(passage, mentions, sentences, words)
    return _Written(bool(mentions), worths, _Wording.of(whole))


def _nothing(read: ReportReading) -> tuple[StylePart, ...]:
    unknown = _texts(read, read.unknown_words[:ADVISED])
    advice = {
        StyleName.REGIONS: f"Say what you see of the {_listed(AREAS.values())}.",
        StyleName.ORDER: "Go through the film area by area.",
        StyleName.CLAUSES: "Write one short sentence for each thing that you see.",
        StyleName.WORDING: "Name what you see in the words of a radiology report.",
    }
    return tuple(
        StylePart(name, 0.0, advice[name], unknown if name is StyleName.WORDING else ())
        for name in StyleName
    )


def _regions(read: ReportReading) -> StylePart:
    """1: lungs, heart, mediastinum and bones; 0.5: three of them; 0: fewer."""
    covered = set()
    for _, passage in read.passages:
        for region, spans in passage.regions:
            covered.add(region)
            if region is _HEART and any(
                _MEDIASTINUM.search(passage.text[start:end]) for start, end in spans
            ):
                # "The cardiomediastinal silhouette" is one statement about both.
                covered.add(Region.MEDIASTINUM)
    missing = [name for region, name in AREAS.items() if region not in covered]
    advice = (
        f"Say something of the {_listed(missing)} as well, even where all is normal."
        if missing
        else ""
    )
    value = 1.0 if not missing else 0.5 if len(missing) == 1 else 0.0
    names = tuple(name for region, name in AREAS.items() if region in covered)
    return StylePart(StyleName.REGIONS, value, advice, names)


class _Visit(NamedTuple):
    """One mention of an area: ``leads`` if it may be the finding that is told first."""

    start: int
    area: str
    leads: bool
    concludes: bool


def _visits(read: ReportReading) -> list[_Visit]:
    """The mentions of areas that are looked at, in the order of the text."""
    return [
        _Visit(by + _start(m), _TOGETHER[m.region], m.is_positive, m.section is _IMPRESSION)
        for by, passage in read.passages
        for m in passage.mentions
        if m.region in _TOGETHER and m.section not in _UNSCORED
    ]


def _order(read: ReportReading) -> StylePart:
    """1: every area is spoken of in one go; 0.5: one is come back to; 0: more, or nothing to order.

    A first sentence with a finding may stand ahead of the rest, and an impression repeats by right.
    With one area only there is no order yet: 0.5.
    """
    every = _visits(read)
    body = [visit for visit in every if not visit.concludes]
    body.sort(key=itemgetter(0))
    if body and body[0].leads:
        lead_end = next((end for _, end in read.sentences if end > body[0].start), 0)
        body = [visit for visit in body if visit.start >= lead_end] or body
    visits = [visit.area for visit in body]
    visits = [area for n, area in enumerate(visits) if n == 0 or visits[n - 1] != area]
    returns = len(visits) - len(set(visits))
    if len({visit.area for visit in every}) < 2:
        advice = "Go through the film area by area, in the same order every time."
        return StylePart(StyleName.ORDER, 0.5, advice, tuple(visits))
    if not returns:
        return StylePart(StyleName.ORDER, 1.0, "", tuple(visits))
    back = next(area for n, area in enumerate(visits) if area in visits[:n])
    advice = f"Finish with the {back} before you go on: you come back to {_it(back)} later."
    return StylePart(StyleName.ORDER, 0.5 if returns == 1 else 0.0, advice, tuple(visits))


def _clauses(written: Sequence[_Written]) -> StylePart:
    """1: mostly full clauses; 0.5: mostly phrases; 0: mostly single words or run-on text.

    A sentence counts 1 with a verb, or as a denial ("No pneumothorax"); 0.5 as a phrase of three
    words, or of two that say what and how ("Lungs clear"); else 0. So does one that runs on: three
    findings without a pause, or more than 45 words. The mean: from 0.75 on 1, from 0.4 on 0.5.
    """
    worths = [worth for one in written for worth in one.worths]
    if not worths:
        return StylePart(StyleName.CLAUSES, 0.5, "Write one short sentence for each finding.")
    mean = sum(worth for worth, _ in worths) / len(worths)
    poor = [(worth, sentence) for worth, sentence in worths if worth < 1]
    if mean >= 0.75:
        return StylePart(StyleName.CLAUSES, 1.0, "")
    shown = tuple(_short(sentence) for _, sentence in sorted(poor, key=lambda row: row[0]))
    if len(_words(poor[0][1])) > LONGEST_SENTENCE or any(
        worth == 0 and len(_words(sentence)) > 4 for worth, sentence in poor
    ):
        advice = "End a sentence after each statement, so that none runs into the next."
    else:
        advice = (
            f"Make full clauses of phrases such as “{shown[0]}”: say what is where, and how much."
        )
    return StylePart(StyleName.CLAUSES, 0.5 if mean >= 0.4 else 0.0, advice, shown[:ADVISED])


def _worths(
    passage: PassageReading,
    mentions: Sequence[Mention],
    sentences: Sequence[str],
    words: Sequence[Sequence[str]],
) -> tuple[tuple[float, str], ...]:
    placed = sorted([(_start(m), number) for number, m in enumerate(mentions)])
    worths = []
    for (start, end), sentence, said in zip(passage.sentences, sentences, words, strict=True):
        first, last = bisect_left(placed, (start,)), bisect_left(placed, (end,))
        if first < last:
            named = mentions[placed[first][1]]
            worths.append((_clause_worth(passage, sentence, said, last - first, named), sentence))
    return tuple(worths)


def _clause_worth(
    passage: PassageReading, sentence: str, words: Sequence[str], mentions: int, first: Mention
) -> float:
    """``first`` of its mentions, of which there are so many."""
    if len(words) > LONGEST_SENTENCE:
        return 0.0
    if mentions >= 3 and not _PAUSE.search(sentence):
        return 0.0
    if not _table().verbs.isdisjoint(words) or (len(words) > 1 and _DENIAL.match(sentence)):
        return 1.0
    named = " ".join(_texts(passage, first.words))
    return 0.5 if len(words) >= 3 or len(_words(named)) >= 2 else 0.0


def _wording(read: ReportReading, written: Sequence[_Written]) -> StylePart:
    """1: nothing to note; 0.5: one or two things; 0: more, or most words are not understood.

    Noted are abbreviations of one's own, everyday words, the first person, question marks for
    "possible", and two hedges in one sentence.
    """
    wording = [one.wording for one in written]
    wording += [_Wording.of(_words(heading)) for heading in _headings(read)]
    unknown = [
        word for _, passage in read.passages for word in _texts(passage, passage.unknown_words)
    ]
    if len(unknown) * 2 > sum([part.words for part in wording]):
        advice = f"Use the words of a radiology report: “{unknown[0]}” was not understood."
        return StylePart(StyleName.WORDING, 0.0, advice, tuple(unknown[:ADVISED]))
    table = _table()
    noted = {}
    if any(part.tells for part in wording):
        noted = dict(table.noted_in(read.text))
    if sum([part.hedges for part in wording]) > 1:
        for start, end in read.sentences:
            hedges = table.hedges.findall(read.text, start, end)
            if len(hedges) > 1:
                said = f"{hedges[0]} … {hedges[1]}"
                noted.setdefault(said, f"keep one of “{hedges[0]}” and “{hedges[1]}”")
    if "?" in read.text and _QUESTION.search(read.text):
        noted.setdefault("?", "write “possible” for “?”")
    if not noted:
        return StylePart(StyleName.WORDING, 1.0, "")
    advice = _listed(list(noted.values())[:ADVISED])
    value = 0.5 if len(noted) <= 2 else 0.0
    return StylePart(StyleName.WORDING, value, f"{advice[0].upper()}{advice[1:]}.", tuple(noted))


def _headings(read: ReportReading) -> list[str]:
    """What stands between the passages of a text, where that is more than a gap."""
    headings, end = [], 0
    for start, passage in (*read.passages, (len(read.text), None)):
        between = read.text[end:start]
        if between and not between.isspace():
            headings.append(between)
        end = start + len(passage.text) if passage else start
    return headings


@dataclass(frozen=True)
class _Table:
    """style.toml, ready for use.

    ``advice`` is by what is noted; ``tells`` holds a word of each noted phrase, ``hedge_tells`` of
    each hedge, so that a text with none of them need not be searched.
    """

    advice: Mapping[str, str]
    noted: re.Pattern[str]
    hedges: re.Pattern[str]
    verbs: frozenset[str]
    tells: frozenset[str]
    hedge_tells: frozenset[str]

    def noted_in(self, text: str) -> Iterable[tuple[str, str]]:
        """What is to be written otherwise, and how, in the order of the text, each once."""
        seen = set()
        for match in self.noted.finditer(text):
            said = " ".join(match.group().lower().split()).replace("’", "'")
            advice = self.advice[said]
            if advice not in seen:
                seen.add(advice)
                yield match.group(), advice.format(said=match.group())


@cache
def _table() -> _Table:
    data: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    advice = {
        said: f"write “{better}” for “{{said}}”"
        for said, better in {**data["abbreviations"], **data["colloquial"]}.items()
    }
    advice |= dict.fromkeys(data["vague"]["words"], "say more exactly what “{said}” is")
    advice |= dict.fromkeys(data["empty"]["words"], "leave out “{said}”")
    hedges = data["hedges"]["words"]
    return _Table(
        advice=MappingProxyType(advice),
        noted=_any_of(advice),
        hedges=_any_of(hedges),
        verbs=frozenset(data["verbs"]["words"]),
        tells=frozenset(_tell(phrase) for phrase in advice),
        hedge_tells=frozenset(_tell(phrase) for phrase in hedges),
    )


def _tell(phrase: str) -> str:
    """The longest word of a phrase that is not in every report."""
    words = _words(phrase)
    return max((word for word in words if word not in _EVERYWHERE), key=len, default=words[0])


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Whole phrases, the longest first; no part of a compound such as L-spine or T/L."""
    longest = sorted(phrases, key=len, reverse=True)
    inner = "|".join(
        r"\s+".join(re.escape(word).replace("'", "['’]") for word in phrase.split())
        for phrase in longest
    )
    return re.compile(rf"(?<![\w/.-])(?:{inner})(?![\w/-])", re.IGNORECASE)


def _start(mention: Mention) -> int:
    words = mention.words
    if len(words) == 1:
        return words[0][0]
    return min(words)[0] if words else mention.clause[0]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _texts(
    read: ReportReading | PassageReading, spans: Iterable[tuple[int, int]]
) -> tuple[str, ...]:
    return tuple(read.text[start:end] for start, end in spans)


def _short(sentence: str) -> str:
    plain = " ".join(sentence.split()).strip("-–•* ")
    return plain if len(plain) <= 60 else f"{plain[:59]}…"


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _it(area: str) -> str:
    return "it" if area.endswith("um") and " and " not in area else "them"
