"""A report's abnormal findings, each once, gathered from the mentions that the reader found.

A report says things twice: in the findings and the impression, or as what is seen and what it
means ("opacity consistent with pneumonia"). `gather` joins such mentions into one finding.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scoring.reports.evaluation import ErrorType, Gravity, Span
from scoring.reports.judge.kinship import KinshipTable
from scoring.reports.judge.places import Whereabouts, whereabouts_of
from scoring.reports.reader import (
    Acuity,
    Certainty,
    Change,
    Mention,
    Placement,
    Region,
    ReportReading,
    Section,
    Severity,
)

# Words between two mentions of one sentence that make the second the meaning of the first ...
_MEANS: Final = re.compile(
    r"consistent|compatible|keeping|\bc/w\b|suggest|suspicious|concern|worrisome|represent|reflect"
    r"|likely|probabl|presum|due to|related|secondary|indicat|favou?r|\bmay\b|\bmight\b|\bcould\b"
    r"|possib|\?|query|in the setting of|\(|i\.?e\.|such as|typical|\bfrom\b|\bfor\b|\bas\b",
    re.IGNORECASE,
)
# ... or the other of two possibilities. A stroke is also a mere "and", so kin only.
_OR: Final = re.compile(r"^[^,;:]{0,25}\b(?:or|versus|vs)\b[^,;:]{0,25}$", re.IGNORECASE)
_STROKE: Final = re.compile(r"/|\bor\b|versus|\bvs\b", re.IGNORECASE)
# A doubt that leaves it open whether there is anything at all.
_OPEN_DOUBT: Final = re.compile(r"exclu|rule[ds]? out|r/o|if any|differential", re.IGNORECASE)
# Words that make two findings one stand between neighbours. Unbounded, a sentence of hundreds of
# findings, which only a machine or a joker writes, would be searched between every two of them.
_FURTHEST_LINK: Final = 160
_LONGEST_PHRASE: Final = 90


@dataclass(frozen=True, slots=True)
class Stated:
    """One abnormal finding as a report states it, wherever it does.

    `concepts`: the main one first, then others that were said of the same thing. `weighed`: those
    of them that decide how much it matters: what it is said to mean, and what it is seen as only
    where the meaning is left open.
    `number`: None unstated, 0 for several.
    `is_open`: it is not asserted, only not excluded.
    `spans`: of all that was said of it; `sentences` its sentences' numbers.
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
    sections: frozenset[Section]
    sentence: int
    start: int
    end: int

    @property
    def concept(self) -> str:
        return self.concepts[0]


_CERTAINTIES: Final = (Certainty.POSSIBLE, Certainty.PROBABLE, Certainty.DEFINITE)


def gather(reading: ReportReading, kinship: KinshipTable) -> tuple[Stated, ...]:
    """The findings of a report, each once, in an order that is that of no sentence.

    Two mentions of one sentence are joined when the words between them say that one means the
    other, and anywhere when they are of one concept, or are restated in the impression; never
    when place, side or size speak against it.
    """
    mentions = [
        mention
        for mention in reading.mentions
        if mention.is_positive and mention.section in _SCORED_SECTIONS
    ]
    stated_here = [_stated(reading, mention) for mention in mentions]
    # What is left open adds nothing to what is asserted: it stays by itself.
    left_open = [stated for stated in stated_here if stated.is_open]
    asserted = [stated for stated in stated_here if not stated.is_open]
    found = _join_linked(reading.text, asserted, kinship)
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
    return tuple(sorted([*joined, *left_open], key=_canonical))


_SCORED_SECTIONS: Final = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.NONE})


def _stated(reading: ReportReading, mention: Mention) -> Stated:
    said = mention.attributes
    noted = (
        said.side, *said.places, said.severity, said.size, said.number, said.acuity,
        *said.descriptors, said.tip, said.tip_distance_mm, said.placement,
    )  # fmt: skip
    attribute_spans = [note.span for note in noted if note is not None]
    spans = _merge_spans([*mention.words, *attribute_spans])
    start, end = spans[0][0], spans[-1][1]
    if end - start > _LONGEST_PHRASE:
        start, end = mention.words[0][0], mention.words[-1][1]
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
        spans=spans,
        phrase=" ".join(reading.text[start:end].split()),
        sections=frozenset({mention.section}),
        sentence=_sentence_of(mention.words[0][0], reading.sentences),
        start=mention.words[0][0],
        end=mention.words[-1][1],
    )


def _sentence_of(position: int, sentences: Sequence[Span]) -> int:
    for number, (start, end) in enumerate(sentences):
        if start <= position < end:
            return number
    return -1


def _join_linked(text: str, found: list[Stated], kinship: KinshipTable) -> list[Stated]:
    """Join what is seen with what it is said to mean, within one sentence."""
    joined: list[Stated] = []
    for stated in found:
        meaning = stated
        for index in range(len(joined) - 1, -1, -1):
            other = joined[index]
            if other.sentence != stated.sentence or stated.sentence < 0:
                break
            if stated.start - other.end > _FURTHEST_LINK:
                continue
            between = text[other.end : stated.start]
            if other.where.may_be(meaning.where) and _are_linked(between, other, meaning, kinship):
                meaning = (_alternatives if _STROKE.search(between) else _joined)(meaning, other)
                del joined[index]
        joined.append(meaning)
    return joined


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
    kins = [kinship.kin(a, b) for a in seen.concepts for b in meaning.concepts]
    if _OR.search(between) and seen.region is meaning.region:
        return True
    if _STROKE.search(between):
        return any(kin is not None for kin in kins)
    return _MEANS.search(between) is not None and any(
        kin is not None
        and (kin.gravity is Gravity.NEGLIGIBLE or kin.error is ErrorType.OVERINTERPRETATION)
        for kin in kins
    )


def _says_again(one: Stated, other: Stated, kinship: KinshipTable) -> bool:
    """Whether two statements are of one finding."""
    if one.size_mm and other.size_mm and one.size_mm != other.size_mm:
        return False
    if not one.where.may_be(other.where):
        return False
    if set(one.concepts) & set(other.concepts):
        return True
    # The impression names what the findings describe.
    apart = (Section.IMPRESSION in one.sections) is not (Section.IMPRESSION in other.sections)
    return apart and any(
        (kin := kinship.kin(a, b)) is not None and kin.gravity is Gravity.NEGLIGIBLE
        for a in one.concepts
        for b in other.concepts
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
        placement=main.placement or other.placement,
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
