"""A report's abnormal findings, each once, gathered from the mentions that the reader found.

A report says things twice: in the findings and the impression, or as what is seen and what it
means ("opacity consistent with pneumonia"). `gather` joins such mentions into one finding.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Final

from scoring.reports.evaluation import ErrorType, Gravity, Span
from scoring.reports.judge.kinship import KinshipTable
from scoring.reports.judge.places import Whereabouts, whereabouts_of
from scoring.reports.reader import (
    CONCEPTS,
    Acuity,
    Certainty,
    Change,
    Mention,
    PassageReading,
    Placement,
    Region,
    ReportReading,
    Section,
    Severity,
    moved_spans,
    remembers_passages,
)

# Words between two mentions of one sentence that make the second the meaning of the first ...
_MEANS: Final = re.compile(
    r"consistent|compatible|keeping|\bc/w\b|suggest|suspicious|concern|worrisome|represent|reflect"
    r"|likely|probabl|presum|due to|related|form of|secondary|indicat|favou?r|\bmay\b|\bmight\b"
    r"|\bcould\b|possib|\?|query|in the setting of|\(|i\.?e\.|such as|typical|\bfrom\b"
    r"|\bfor\b|\bas\b",
    re.IGNORECASE,
)
# ... and, more narrowly, words that say what an opacity is, whatever that may be,
_IS: Final = re.compile(
    r"consistent|compatible|keeping|\bc/w\b|suggest|suspicious|concern|represent|reflect|likely"
    r"|probabl|presum|due to|secondary|indicat|favou?r|typical",
    re.IGNORECASE,
)
# ... but not "an opacity with a likely effusion".
_BESIDE: Final = re.compile(
    r"\b(?:and|plus|(?<!consistent )(?<!compatible )(?<!keeping )with)\s+"
    r"(?:(?:an?|some|small|large|moderate|left|right)\s+)*(?:likely|probabl|presum|suspected)",
    re.IGNORECASE,
)
_UNEXPLAINED: Final = frozenset(
    {"lung-opacity", "hemithorax-opacification", "mass", "mediastinal-mass", "lung-lesion"}
)
_INFECTIVE: Final = frozenset(
    {"lung-opacity", "consolidation", "infiltrate", "pneumonia", "aspiration"}
)
_INFECTIONS: Final = _INFECTIVE - {"lung-opacity"}
_NODULES: Final = frozenset({"nodule", "lung-lesion"})
# ... or the other of two possibilities. A stroke is also a mere "and", so kin only.
_OR: Final = re.compile(r"^[^,;:]{0,25}\b(?:or|versus|vs)\b[^,;:]{0,25}$", re.IGNORECASE)
_STROKE: Final = re.compile(r"/|\bor\b|versus|\bvs\b", re.IGNORECASE)
# A doubt that leaves it open whether there is anything at all.
_OPEN_DOUBT: Final = re.compile(r"exclu|rule[ds]? out|r/o|if any|differential", re.IGNORECASE)
# Words that make two findings one stand between neighbours. Unbounded, a sentence of hundreds of
# findings, which only a machine or a joker writes, would be searched between every two of them.
_FURTHEST_LINK: Final = 160
_LONGEST_PHRASE: Final = 90
_MOST_WORDS: Final = 14

# What makes a sentence of a name: "heart is enlarged" is told as "heart enlarged".
_COPULA: Final = re.compile(
    r"\b(?:is|are|was|were|has been|have been|appears?|seems?|remains?)\s+(?:to be\s+)?",
    re.IGNORECASE,
)
_LAST_ADVERB: Final = re.compile(
    r"\s+(?:(?:slight|mild|moderate|marked|severe|minimal|significant|gross)ly)$", re.IGNORECASE
)
# What stands beyond these words is said of another thing.
_ANOTHER: Final = re.compile(rf"{_MEANS.pattern}|\bwhich\b|\bthat\b|associated", re.IGNORECASE)
_THERE_IS: Final = re.compile(r",?\s+there (?:is|are)(?: an?)?\s+", re.IGNORECASE)
_NO_NOUN: Final = re.compile(r"^(?:\w+(?:ive|ic|ous|ed|al|ar)|it|its|this|tips?)$", re.IGNORECASE)
_BRONCHOGRAM: Final = re.compile(r"bronchogram", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stated:
    """One abnormal finding as a report states it, wherever it does.

    `concepts`: the main one first, then others that were said of the same thing. `weighed`: those
    of them that decide how much it matters: what it is said to mean, and what it is seen as only
    where the meaning is left open.
    `number`: None unstated, 0 for several.
    `is_open`: it is not asserted, only not excluded.
    `spans`: of all that was said of it.
    `phrase`: the words that name it best, as they were written; `head` is where they stand.
    """

    concepts: tuple[str, ...]
    weighed: tuple[str, ...]
    region: Region
    where: Whereabouts
    severity: Severity | None
    size_mm: float | None
    number: int | None
    acuity: Acuity | None
    change: Change | None
    descriptors: frozenset[str]
    tip: str | None
    tip_distance_mm: float | None
    placement: Placement | None
    certainty: Certainty
    is_open: bool
    spans: tuple[Span, ...]
    phrase: str
    head: Span
    sections: frozenset[Section]
    start: int
    end: int

    def moved(self, by: int) -> "Stated":
        """The same, ``by`` code points further on."""
        # Written out: this is done for every finding of every report.
        return Stated(
            self.concepts, self.weighed, self.region, self.where, self.severity, self.size_mm,
            self.number, self.acuity, self.change, self.descriptors, self.tip,
            self.tip_distance_mm, self.placement, self.certainty, self.is_open,
            moved_spans(self.spans, by), self.phrase, (self.head[0] + by, self.head[1] + by),
            self.sections, self.start + by, self.end + by,
        )  # fmt: skip

    @property
    def concept(self) -> str:
        return self.concepts[0]

    @property
    def title(self) -> str:
        """The phrase as a name for the finding."""
        return _title_of(self.phrase)


@lru_cache(maxsize=1024)
def _title_of(phrase: str) -> str:
    return _LAST_ADVERB.sub("", _COPULA.sub("", _THERE_IS.sub(": ", phrase)))


_CERTAINTIES: Final = (Certainty.POSSIBLE, Certainty.PROBABLE, Certainty.DEFINITE)


def gather(reading: ReportReading, kinship: KinshipTable) -> tuple[Stated, ...]:
    """The findings of a report, each once, in an order that is that of no sentence.

    Two mentions of one sentence are joined when the words between them say that one means the
    other, and anywhere when they are of one concept, or are restated in the impression; never
    when place, side or size speak against it.
    """
    found: list[Stated] = []
    left_open: list[Stated] = []
    for start, passage in reading.passages:
        for stated in _gathered(passage, kinship):
            # What is left open adds nothing to what is asserted: it stays by itself.
            (left_open if stated.is_open else found).append(stated.moved(start))
    found.sort(key=_canonical)
    joined: list[Stated] = []
    for stated in found:
        for index, other in enumerate(joined):
            if _says_again(other, stated, kinship):
                concluded = Section.IMPRESSION in stated.sections - other.sections
                joined[index] = _joined(stated, other) if concluded else _joined(other, stated)
                break
        else:
            joined.append(stated)
    joined = _explained(joined, kinship, anywhere=True)
    return tuple(sorted([*joined, *left_open], key=_canonical))


_SCORED_SECTIONS: Final = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.NONE})


@remembers_passages
def _gathered(passage: PassageReading, kinship: KinshipTable) -> tuple[Stated, ...]:
    """The findings of a passage; those of one sentence are joined where one means the other."""
    gathered: list[Stated] = []
    mentions = [
        mention
        for mention in passage.mentions
        if mention.is_positive and mention.section in _SCORED_SECTIONS
    ]
    for _, sentence in groupby(mentions, partial(_sentence_of, passage.sentences)):
        stated_here = [_stated(passage, mention) for mention in sentence]
        asserted = [stated for stated in stated_here if not stated.is_open]
        linked = _join_linked(passage.text, asserted, kinship)
        gathered += _explained(linked, kinship, anywhere=False)
        gathered += [stated for stated in stated_here if stated.is_open]
    return tuple(gathered)


def _stated(reading: PassageReading, mention: Mention) -> Stated:
    said = mention.attributes
    noted = (
        said.side, *said.places, said.severity, said.size, said.number, said.acuity,
        *said.descriptors, said.tip, said.tip_distance_mm, said.placement,
    )  # fmt: skip
    attribute_spans = [note.span for note in noted if note is not None]
    head = _head(reading, mention, attribute_spans)
    return Stated(
        concepts=(mention.concept,),
        weighed=(mention.concept,),
        region=mention.region,
        where=whereabouts_of(mention),
        severity=said.severity.value if said.severity else None,
        size_mm=said.size.value.longest_mm if said.size else None,
        number=(said.number.value.count or 0) if said.number else None,
        acuity=said.acuity.value if said.acuity else None,
        change=said.change.value if said.change else None,
        descriptors=frozenset(note.value for note in said.descriptors),
        tip=said.tip.value if said.tip else None,
        tip_distance_mm=said.tip_distance_mm.value if said.tip_distance_mm else None,
        placement=said.placement.value if said.placement else None,
        certainty=mention.certainty,
        is_open=mention.certainty is Certainty.POSSIBLE
        and any(_OPEN_DOUBT.search(reading.text[a:b]) for a, b in mention.cues),
        spans=_merge_spans([*mention.words, *attribute_spans]),
        phrase=_phrase(reading.text, head, mention.concept),
        head=head,
        sections=frozenset({mention.section}),
        start=mention.words[0][0],
        end=mention.words[-1][1],
    )


def _head(reading: PassageReading, mention: Mention, attributes: Sequence[Span]) -> Span:
    """The words that name a finding and what is said of it, as far as they stand together.

    A place that was said of the finding before belongs to the name of that one.
    """
    text = reading.text
    start, end = mention.words[0][0], mention.words[-1][1]
    if not attributes:
        return start, end
    others = [
        words
        for other in reading.mentions
        if other is not mention and other.clause == mention.clause
        for words in other.words
    ]
    for first, last in sorted(attributes, key=lambda span: max(start - span[0], span[1] - end)):
        if _ANOTHER.search(text[last:start] or text[end:first]):
            continue
        wider = min(start, first), max(end, last)
        new = [words for words in others if wider[0] <= words[0] and words[1] <= wider[1]]
        if all(start <= words[0] and words[1] <= end for words in new) and _is_short(text, wider):
            start, end = wider
    return start, end


def _phrase(text: str, head: Span, concept: str) -> str:
    """The words themselves, unless they are too many, or a mere "degenerative" or "it"."""
    words = _words(text, head)
    if not _is_short(text, head) or _NO_NOUN.search(words):
        return CONCEPTS[concept].name
    return words


def _is_short(text: str, span: Span) -> bool:
    length = span[1] - span[0]
    # So few characters hold no more words than that; most spans are as short.
    if length <= 2 * _MOST_WORDS:
        return True
    return length <= _LONGEST_PHRASE and len(text[slice(*span)].split()) <= _MOST_WORDS


def _words(text: str, span: Span) -> str:
    return " ".join(text[slice(*span)].split())


def _sentence_of(sentences: Sequence[Span], mention: Mention) -> int:
    """The number of the sentence, of several in order, that the mention begins in."""
    return bisect_right(sentences, mention.words[0][0], key=_start_of)


_start_of: Final = itemgetter(0)


def _join_linked(text: str, found: list[Stated], kinship: KinshipTable) -> list[Stated]:
    """Join what is seen in a sentence with what it is said to mean."""
    joined: list[Stated] = []
    for stated in found:
        meaning = stated
        for index in range(len(joined) - 1, -1, -1):
            other = joined[index]
            if stated.start - other.end > _FURTHEST_LINK:
                continue
            between = text[other.end : stated.start]
            if not other.where.may_be(meaning.where):
                continue
            if _is_tumour_of(between, other, meaning):
                meaning = _named_together(text, _joined_as(other, meaning, other.concepts), meaning)
                del joined[index]
            elif _are_linked(between, other, meaning, kinship) or (
                index == len(joined) - 1 and _is_explained(between, other, meaning)
            ):
                both = (_alternatives if _STROKE.search(between) else _joined)(meaning, other)
                if _BRONCHOGRAM.search(meaning.phrase):
                    # An opacity that shows the bronchi is a consolidation, and nothing vaguer.
                    both = _joined_as(meaning, other, meaning.concepts)
                meaning = _named_together(text, both, other)
                del joined[index]
        joined.append(meaning)
    return joined


def _is_explained(between: str, seen: Stated, meaning: Stated) -> bool:
    """Whether an opacity or a mass is said to be something, even of another part of the chest."""
    return (
        seen.concept in _UNEXPLAINED
        and meaning.region in (Region.LUNGS, Region.PLEURA, Region.MEDIASTINUM)
        and _IS.search(between) is not None
        and _BESIDE.search(between) is None
    )


def _is_tumour_of(between: str, seen: Stated, meaning: Stated) -> bool:
    """A nodule suspicious for malignancy stays a nodule, which it is by its size."""
    return (
        seen.concept in _NODULES and meaning.concept == "mass" and _IS.search(between) is not None
    )


def _joined_as(main: Stated, other: Stated, concepts: tuple[str, ...]) -> Stated:
    return replace(_joined(main, other), concepts=concepts, weighed=concepts)


def _named_together(text: str, meaning: Stated, seen: Stated) -> Stated:
    """Named by what is seen as well, if that is still a name: "opacity suspicious for tumour"."""
    head = min(meaning.head[0], seen.head[0]), max(meaning.head[1], seen.head[1])
    if not _is_short(text, head):
        return meaning
    return replace(meaning, phrase=_words(text, head), head=head)


def _explained(found: Sequence[Stated], kinship: KinshipTable, *, anywhere: bool) -> list[Stated]:
    """Without the signs of what is named beside them: "effusion *blunting the angle*" is one.

    ``found``: of one sentence, unless ``anywhere``.
    """
    causes = list(found)
    for sign in found:
        if not kinship.may_be_signs(sign.concepts):
            continue
        candidates = [
            index
            for index, cause in enumerate(causes)
            if cause is not sign and _is_sign(sign, cause, kinship, anywhere=anywhere)
        ]
        if candidates:
            nearest = min(
                candidates,
                key=lambda index: (
                    ((abs(causes[index].start - sign.start),) if not anywhere else ())
                    + _canonical(causes[index])
                ),
            )
            causes[nearest] = _with_sign(causes[nearest], sign)
            causes = [cause for cause in causes if cause is not sign]
    return causes


def _is_sign(sign: Stated, cause: Stated, kinship: KinshipTable, *, anywhere: bool) -> bool:
    """Whether the one is how the other is seen, where nothing speaks against it."""
    if cause.certainty is Certainty.POSSIBLE is not sign.certainty:
        # What is seen for certain is not to be lost in what it might be.
        return False
    return sign.where.lies_in(cause.where) and all(
        any(kinship.is_sign(one, other, anywhere=anywhere) for other in cause.concepts)
        for one in sign.concepts
    )


def _with_sign(cause: Stated, sign: Stated) -> Stated:
    """The cause, as it was described; its sign lends it a side at most."""
    sides = cause.where.sides or sign.where.sides
    return replace(
        cause,
        where=replace(cause.where, sides=sides),
        spans=_merge_spans([*cause.spans, *sign.spans]),
        sections=cause.sections | sign.sections,
    )


def _alternatives(main: Stated, other: Stated) -> Stated:
    """One finding of two possibilities. It is open which of the two it is, not whether it is."""
    both = _joined(main, other)
    doubted = both.certainty is Certainty.POSSIBLE
    return replace(
        both,
        weighed=tuple(dict.fromkeys((*main.weighed, *other.weighed))),
        certainty=Certainty.PROBABLE if doubted else both.certainty,
    )


def _are_linked(between: str, seen: Stated, meaning: Stated, kinship: KinshipTable) -> bool:
    """Whether the words between two findings make them one."""
    is_kin = kinship.closest(seen.concepts, meaning.concepts) is not None
    if is_kin and _BRONCHOGRAM.search(meaning.phrase):
        return True
    if _OR.search(between) and seen.region is meaning.region:
        return True
    if not is_kin or _STROKE.search(between):
        return is_kin
    kins = [kinship.kin(a, b) for a in seen.concepts for b in meaning.concepts]
    return _MEANS.search(between) is not None and any(
        kin is not None
        and (kin.gravity is Gravity.NEGLIGIBLE or kin.error is ErrorType.OVERINTERPRETATION)
        for kin in kins
    )


def _says_again(one: Stated, other: Stated, kinship: KinshipTable) -> bool:
    """Whether two statements are of one finding."""
    kin = kinship.closest(one.concepts, other.concepts)
    if kin is None and _INFECTIVE.isdisjoint(one.concepts):
        # So it is with most: no name of the one can mean the other.
        return False
    if one.size_mm and other.size_mm and one.size_mm != other.size_mm:
        return False
    if not one.where.may_be(other.where):
        return False
    if kin is not None and kin.error is None:
        return True
    if _is_meant(one, other) or _is_meant(other, one):
        return True
    # The impression names what the findings describe.
    apart = (Section.IMPRESSION in one.sections) is not (Section.IMPRESSION in other.sections)
    return apart and kin is not None and kin.gravity is Gravity.NEGLIGIBLE


def _is_meant(seen: Stated, meaning: Stated) -> bool:
    """Whether it is what the opacity means: "RLL consolidation. Findings suggest pneumonia." """
    return (
        not _INFECTIVE.isdisjoint(seen.concepts)
        and not _INFECTIONS.isdisjoint(meaning.concepts)
        and not meaning.where.sides
        and not meaning.where.levels
    )


def _joined(main: Stated, other: Stated) -> Stated:
    """One finding of two statements; where they differ, the surer and more specific one holds."""
    weighed = main.weighed
    if main.certainty is Certainty.POSSIBLE:
        weighed = tuple(dict.fromkeys((*main.weighed, *other.weighed)))
    return replace(
        main,
        concepts=tuple(dict.fromkeys((*main.concepts, *other.concepts))),
        weighed=weighed,
        where=main.where.joined(other.where),
        severity=main.severity or other.severity,
        size_mm=main.size_mm or other.size_mm,
        number=main.number if main.number is not None else other.number,
        acuity=main.acuity or other.acuity,
        change=main.change or other.change,
        descriptors=main.descriptors | other.descriptors,
        tip=main.tip or other.tip,
        tip_distance_mm=main.tip_distance_mm
        if main.tip_distance_mm is not None
        else other.tip_distance_mm,
        placement=Placement.MALPOSITIONED
        if Placement.MALPOSITIONED in (main.placement, other.placement)
        else main.placement or other.placement,
        certainty=max(main.certainty, other.certainty, key=_CERTAINTIES.index),
        spans=_merge_spans([*main.spans, *other.spans]),
        sections=main.sections | other.sections,
    )


def _merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _canonical(stated: Stated) -> tuple[object, ...]:
    """An order that belongs to the finding itself, and not to where it stands in the text."""
    return (
        stated.concepts,
        stated.where.key,
        -(stated.severity or 0),
        -(stated.size_mm or 0.0),
        -1 if stated.number is None else stated.number,
        stated.tip or "",
        stated.phrase,
    )
