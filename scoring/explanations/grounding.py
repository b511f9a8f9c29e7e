"""Whether a model's words agree with the experts, as the reader of reports reads them.

When model and expert disagree, the expert is shown and the model is not.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from scoring.explanations.contract import Dropped, DropReason, Kind, Request
from scoring.explanations.kin import other_findings
from scoring.explanations.phrases import CONTRASTS, MIMICS, is_warned_of, sentence_at
from scoring.explanations.places import RegionSide, places_of, sides_of
from scoring.explanations.wording import Unusable, tidy_answer
from scoring.reports.reader import (
    CONCEPTS,
    Mention,
    Polarity,
    Region,
    ReportReading,
    Scope,
    Side,
    read_report,
)

_EITHER: Final = frozenset({RegionSide.LEFT, RegionSide.RIGHT})
_NOWHERE: Final[frozenset[RegionSide]] = frozenset()
_SIDES: Final = {
    Side.LEFT: frozenset({RegionSide.LEFT}),
    Side.RIGHT: frozenset({RegionSide.RIGHT}),
    Side.BILATERAL: _EITHER,
    Side.MIDLINE: _EITHER,
}
_LEFT: Final = re.compile(r"\bleft\b(?! (?:behind|by|out|over|atri|ventric))", re.IGNORECASE)
_RIGHT: Final = re.compile(
    r"\bright\b(?! (?:above|along|angle|at|away|behind|below|beside|here|next|over|there|under|"
    r"where|atri|ventric))",
    re.IGNORECASE,
)
_BOTH: Final = re.compile(r"\b(?:bilateral\w*|both|midline)\b", re.IGNORECASE)


def ground(
    request: Request, answer: str, *, ended: bool = True, instructions: Iterable[str] = ()
) -> str | Dropped:
    """The text to be shown of a model's answer, or why there is none.

    ``ended`` and ``instructions`` as in `tidy_answer`.
    """
    try:
        text = tidy_answer(answer, ended=ended, instructions=instructions)
    except Unusable as unusable:
        return Dropped(request.id, unusable.reason, answer)
    reading = read_report(text)
    if request.kind is Kind.MISSED:
        contradicts = _denies(request, reading)
    else:
        contradicts = _asserts(request, reading)
    if contradicts:
        return Dropped(request.id, DropReason.CONTRADICTS_FINDING, answer)
    if any(other_findings(request, reading)):
        return Dropped(request.id, DropReason.OTHER_FINDING, answer)
    if _is_elsewhere(request, reading):
        return Dropped(request.id, DropReason.CONTRADICTS_SIDE, answer)
    return text


def _denies(request: Request, reading: ReportReading) -> bool:
    """Whether the missed finding is said not to be there, or its place to be normal."""
    about = [m for m in reading.mentions if _is_about(m, request.finding)]
    denied = [
        m
        for m in about
        if m.scope is Scope.CURRENT
        and m.polarity in (Polarity.ABSENT, Polarity.NOT_ASSESSED)
        and not is_warned_of(reading, m)
    ]
    if denied and not any(m.is_positive for m in about):
        return True
    return any(_is_normality_here(request, reading, mention) for mention in reading.mentions)


def _is_normality_here(request: Request, reading: ReportReading, mention: Mention) -> bool:
    """Whether a mention says that the finding's own part of the chest is normal."""
    if not mention.is_normal_statement or mention.polarity is not Polarity.PRESENT:
        return False
    if mention.region not in {Region.CHEST, *_regions_of(request.finding)}:
        return False
    first, last = sentence_at(reading, mention)
    sentence = reading.text[first:last]
    if CONTRASTS.search(sentence):
        return False
    beside = (m for m in reading.mentions if first <= m.clause[0] < last)
    if any(m.is_positive for m in beside):
        # "The normally sharp angle is blunted".
        return False
    here = _allowed_sides(request)
    said = _sides_in(reading.text[slice(*mention.clause)])
    return not said or not here or bool(said & here)


def _asserts(request: Request, reading: ReportReading) -> bool:
    """Whether the finding of a false mark is said to be there after all."""
    for mention in reading.mentions:
        if mention.is_positive and _taxonomy_of(mention) == request.finding:
            first, last = sentence_at(reading, mention)
            if not MIMICS.search(reading.text[first:last]):
                return True
    return False


def _is_elsewhere(request: Request, reading: ReportReading) -> bool:
    """Whether all that is said of a side is said of the other one."""
    here = _allowed_sides(request)
    if not here:
        return False
    said = _NOWHERE
    if request.kind is Kind.MISSED:
        said = said.union(
            *(
                _SIDES[mention.attributes.side.value]
                for mention in reading.mentions
                if mention.attributes.side
                and mention.is_positive
                and _is_about(mention, request.finding)
            )
        )
    if not said:
        said = said.union(*(_sides_in(sentence) for sentence in _own_sentences(reading)))
    return bool(said) and not said & here


def _allowed_sides(request: Request) -> frozenset[RegionSide]:
    """Where the finding may be said to lie: by the regions, and by the expert's own sentence.

    Empty where neither tells a side.
    """
    places = places_of(request.regions, request.size, is_lateral=request.is_lateral)
    written = _NOWHERE
    if request.kind is Kind.MISSED:
        written = _sides_in(request.sentence)
    return sides_of(places) | written


def _own_sentences(reading: ReportReading) -> Iterator[str]:
    """The sentences that speak of this place and of no other to compare it with."""
    for first, last in reading.sentences:
        sentence = reading.text[first:last]
        if not CONTRASTS.search(sentence):
            yield sentence


def _sides_in(text: str) -> frozenset[RegionSide]:
    if _BOTH.search(text):
        return _EITHER
    left = {RegionSide.LEFT} if _LEFT.search(text) else set()
    right = {RegionSide.RIGHT} if _RIGHT.search(text) else set()
    return frozenset(left | right)


def _taxonomy_of(mention: Mention) -> str:
    concept = CONCEPTS.get(mention.concept)
    return concept.taxonomy if concept else ""


def _is_about(mention: Mention, finding: str) -> bool:
    """Whether a mention speaks of the finding, or of the opacity that it is."""
    if _taxonomy_of(mention) == finding:
        return True
    families = {c.family for c in CONCEPTS.values() if c.taxonomy == finding}
    return mention.concept == "lung-opacity" and mention.family in families


def _regions_of(finding: str) -> frozenset[Region]:
    return frozenset(c.region for c in CONCEPTS.values() if c.taxonomy == finding)
