"""Whether a model's words agree with the experts, as the reader of reports reads them.

When model and expert disagree, the expert is shown and the model is not.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from scoring.explanations.contract import Dropped, DropReason, Kind, Request
from scoring.explanations.doubts import doubts, normal_sentences
from scoring.explanations.kin import is_vague, other_findings
from scoring.explanations.phrases import (
    CONTRASTS,
    LOST,
    MIMICS,
    is_measure,
    is_warned_of,
    sentence_at,
    span_of,
)
from scoring.explanations.places import RegionSide, Zone, places_of, sides_of
from scoring.explanations.whereabouts import EITHER, sides_beside, sides_in, zones_in, zones_near
from scoring.explanations.wording import Unusable, tidy_answer
from scoring.reports.reader import (
    CONCEPTS,
    Mention,
    Polarity,
    Region,
    ReportReading,
    Scope,
    Side,
    Span,
    read_report,
)

_NOWHERE: Final[frozenset[RegionSide]] = frozenset()
_SIDES: Final = {
    Side.LEFT: frozenset({RegionSide.LEFT}),
    Side.RIGHT: frozenset({RegionSide.RIGHT}),
    Side.BILATERAL: EITHER,
    Side.MIDLINE: EITHER,
}
# "Normal hila are concave" is no word on these hila.
_GENERAL: Final = re.compile(
    r"(?:an? )?normal (?:\w+ ){1,2}(?:is|are|has|have|do|does)\b"
    r"(?! (?:\w+ly )?(?:seen|visible|present|shown|noted|here|there))",
    re.IGNORECASE,
)
# A sharp edge in the lung is more often a nodule's than the lung's.
_OUTLINE: Final = re.compile(
    r"\blungs? .*(?:sharp|defined|demarcated|circumscribed)", re.IGNORECASE
)

_MOVED: Final = re.compile(
    r"gone (?:in|into|to|too|up|down|through|past|beyond|across|behind)\b", re.IGNORECASE
)


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
    against = next((reason for reason, is_so in _RULES if is_so(request, reading)), None)
    return Dropped(request.id, against, answer) if against else text


def _contradicts(request: Request, reading: ReportReading) -> bool:
    rule = _denies if request.kind is Kind.MISSED else _asserts
    return rule(request, reading)


def _denies(request: Request, reading: ReportReading) -> bool:
    """Whether the missed finding is said not to be there."""
    about = [m for m in reading.mentions if _is_about(m, request.finding)]
    denied = [
        m
        for m in about
        if m.scope is Scope.CURRENT
        and m.polarity in (Polarity.ABSENT, Polarity.NOT_ASSESSED)
        and not is_warned_of(reading, m)
        and not _has_moved(reading, m)
    ]
    return bool(denied) and not any(m.is_positive for m in about)


def _has_moved(reading: ReportReading, mention: Mention) -> bool:
    """ "The tube has gone into the right bronchus": it is there, and where it should not be."""
    return any(_MOVED.match(reading.text, start) for start, _ in mention.cues)


def _says_normal(request: Request, reading: ReportReading) -> bool:
    """Whether the place of a missed finding, or the film, is said to be normal."""
    if request.kind is not Kind.MISSED:
        return False
    if any(_is_normality_here(request, reading, mention) for mention in reading.mentions):
        return True
    regions = _regions_of(request.finding)
    of_lungs = not regions or bool(regions & {Region.LUNGS, Region.PLEURA})
    found = normal_sentences(reading, of_lungs=of_lungs)
    return any(_is_said_here(request, sentence) for sentence in found)


def _doubts(request: Request, reading: ReportReading) -> bool:
    if request.kind is not Kind.MISSED:
        return False
    about = [m for m in reading.mentions if _is_about(m, request.finding)]
    expert = read_report(request.sentence).mentions if request.sentence else ()
    hedged = any(m.polarity is Polarity.HEDGED and _is_about(m, request.finding) for m in expert)
    return doubts(reading, about, expert_hedges=hedged)


def _names_other(request: Request, reading: ReportReading) -> bool:
    return any(other_findings(request, reading))


def _is_normality_here(request: Request, reading: ReportReading, mention: Mention) -> bool:
    """Whether a mention says that the finding's own part of the chest is normal."""
    if not mention.is_normal_statement or mention.polarity is not Polarity.PRESENT:
        return False
    if mention.region not in {Region.CHEST, *_regions_of(request.finding)}:
        return False
    first, last = sentence_at(reading, mention)
    sentence = reading.text[first:last]
    if _GENERAL.match(sentence) or _OUTLINE.search(reading.words_of(mention)):
        return False
    if CONTRASTS.search(sentence) or LOST.search(reading.text[slice(*mention.clause)]):
        return False
    beside = (m for m in reading.mentions if first <= m.clause[0] < last)
    if any(m.is_positive for m in beside):
        # "The normally sharp angle is blunted".
        return False
    return _is_said_here(request, reading.text[slice(*mention.clause)])


def _is_said_here(request: Request, text: str) -> bool:
    """Whether the text speaks of the finding's side, or of none."""
    here, said = _allowed_sides(request), sides_in(text)
    return not said or not here or bool(said & here)


def _asserts(request: Request, reading: ReportReading) -> bool:
    """Whether the finding of a false mark is said to be there after all."""
    for mention in reading.mentions:
        if is_vague(reading.words_of(mention)):
            continue
        if mention.is_positive and _taxonomy_of(mention) == request.finding:
            first, last = sentence_at(reading, mention)
            if not MIMICS.search(reading.text[first:last]) and not is_measure(reading, mention):
                return True
    return False


def _is_elsewhere(request: Request, reading: ReportReading) -> bool:
    """Whether all that is said of a side is said of the other one."""
    here = _allowed_sides(request)
    if not here:
        return False
    if any(by and not by & here for by in _sides_by_landmarks(request, reading)):
        return True
    said = _NOWHERE
    if request.kind is Kind.MISSED:
        said = said.union(
            *(
                _SIDES[mention.attributes.side.value]
                for mention in reading.mentions
                if mention.attributes.side
                and mention.is_positive
                and _is_about(mention, request.finding)
                and not _is_side_compared(reading, mention, mention.attributes.side.span)
            )
        )
    if not said:
        said = said.union(*(sides_in(sentence) for sentence in _own_sentences(reading)))
    return bool(said) and not said & here


def _sides_by_landmarks(
    request: Request, reading: ReportReading
) -> Iterator[frozenset[RegionSide]]:
    """Where landmarks put what lies in the lung; a catheter may pass them all."""
    regions = _regions_of(request.finding)
    if regions and regions <= {Region.LUNGS, Region.PLEURA}:
        yield from (sides_beside(sentence) for sentence in _own_sentences(reading))


def _is_side_compared(reading: ReportReading, mention: Mention, side: Span) -> bool:
    """Whether the side is that of something compared with: "fluid, unlike the right angle"."""
    _, end = span_of(mention)
    return bool(CONTRASTS.search(reading.text[end : side[1]]))


def _is_at_another_height(request: Request, reading: ReportReading) -> bool:
    """Whether all that is said of a height is said of one where no region reaches."""
    places = places_of(request.regions, request.size, is_lateral=request.is_lateral)
    here = zones_near(zone for place in places for zone in place.zones)
    if not here:
        return False
    if request.kind is Kind.MISSED:
        here |= zones_in(request.sentence)
    said = frozenset[Zone]().union(*(zones_in(text) for text in _finding_sentences(reading)))
    return bool(said) and not said & here


def _allowed_sides(request: Request) -> frozenset[RegionSide]:
    """Where the finding may be said to lie: by the regions, and by the expert's own sentence.

    Empty where neither tells a side.
    """
    places = places_of(request.regions, request.size, is_lateral=request.is_lateral)
    written = _NOWHERE
    if request.kind is Kind.MISSED:
        written = sides_in(request.sentence)
    return sides_of(places) | written


def _finding_sentences(reading: ReportReading) -> Iterator[str]:
    """Own sentences that do more than say that something is normal or is not there."""
    for first, last in reading.sentences:
        within = [m for m in reading.mentions if first <= m.clause[0] < last]
        sentence = reading.text[first:last]
        if within and not any(m.is_positive for m in within):
            continue
        if not CONTRASTS.search(sentence):
            yield sentence


def _own_sentences(reading: ReportReading) -> Iterator[str]:
    """The sentences that speak of this place and of no other to compare it with."""
    for first, last in reading.sentences:
        sentence = reading.text[first:last]
        if not CONTRASTS.search(sentence):
            yield sentence


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


# The first that holds names the reason.
_RULES: Final[tuple[tuple[DropReason, Callable[[Request, ReportReading], bool]], ...]] = (
    (DropReason.CONTRADICTS_FINDING, _contradicts),
    (DropReason.SAYS_NORMAL, _says_normal),
    (DropReason.DOUBTS_FINDING, _doubts),
    (DropReason.OTHER_FINDING, _names_other),
    (DropReason.CONTRADICTS_SIDE, _is_elsewhere),
    (DropReason.CONTRADICTS_ZONE, _is_at_another_height),
)
