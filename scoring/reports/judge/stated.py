"""A report's abnormal findings, each once, gathered from the mentions that the reader found.

A report says things twice: in the findings and the impression, or as what is seen and what it
means ("opacity consistent with pneumonia"). `gather` joins such mentions into one finding.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from scoring.reports.evaluation import ErrorType, Gravity, Span
from scoring.reports.judge.kinship import Kin, KinshipTable
from scoring.reports.judge.places import LEVELS, Whereabouts, whereabouts_of
from scoring.reports.reader import (
    CONCEPTS,
    NORMAL_REGIONS,
    Acuity,
    Certainty,
    Change,
    Mention,
    PassageReading,
    Placement,
    Polarity,
    Region,
    ReportReading,
    Scope,
    Section,
    Severity,
    Size,
    moved_spans,
    remembers_passages,
)
from scoring.reports.reader.memory import MOST_REMEMBERED


def _found_in(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern, in letters of any case, is in the words between two findings.

    They are short, and mostly the same few: to remember takes 0.1 µs, to search 2 to 40.
    """
    any_case, lower_case = re.compile(pattern, re.IGNORECASE), re.compile(pattern)

    @lru_cache(maxsize=MOST_REMEMBERED)
    def is_found(words: str) -> bool:
        # Three times as fast as any case, and no other in ASCII.
        found = lower_case.search(words.lower()) if words.isascii() else any_case.search(words)
        return found is not None

    return is_found


# Words between two mentions of one sentence that make the second the meaning of the first ...
_MEANING: Final = (
    r"consistent|compatible|keeping|\bc/w\b|suggest|suspicious|concern|worrisome|represent|reflect"
    r"|likely|probabl|presum|due to|related|form of|secondary|indicat|favou?r|\bmay\b|\bmight\b"
    r"|\bcould\b|possib|\?|query|in the setting of|\(|i\.?e\.|such as|typical|\bfrom\b"
    r"|\bfor\b|\bas\b"
)
_means: Final = _found_in(_MEANING)
# ... and, more narrowly, words that say what an opacity is, whatever that may be,
_is: Final = _found_in(
    r"consistent|compatible|keeping|\bc/w\b|suggest|suspicious|concern|represent|reflect|likely"
    r"|probabl|presum|due to|secondary|indicat|favou?r|typical"
)
# ... but not "an opacity with a likely effusion".
_is_beside: Final = _found_in(
    r"\b(?:and|plus|(?<!consistent )(?<!compatible )(?<!keeping )with)\s+"
    r"(?:(?:an?|some|small|large|moderate|left|right)\s+)*(?:likely|probabl|presum|suspected)"
)
_UNEXPLAINED: Final = frozenset(
    {"lung-opacity", "hemithorax-opacification", "mass", "mediastinal-mass", "lung-lesion"}
)
_INFECTIVE: Final = frozenset(
    {"lung-opacity", "consolidation", "infiltrate", "pneumonia", "aspiration"}
)
_INFECTIONS: Final = _INFECTIVE - {"lung-opacity"}
_MEDIASTINAL_MASS: Final = "mediastinal-mass"
_OF_MEDIASTINUM: Final = frozenset({"mediastinal-widening", _MEDIASTINAL_MASS})
_NODULES: Final = frozenset({"nodule", "lung-lesion"})
# ... or the other of two possibilities. A stroke is also a mere "and", so kin only.
_are_either: Final = _found_in(r"^[^,;:]{0,25}\b(?:or|versus|vs)\b[^,;:]{0,25}$")
_has_stroke: Final = _found_in(r"/|\bor\b|versus|\bvs\b")
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
_says_another: Final = _found_in(rf"{_MEANING}|\bwhich\b|\bthat\b|associated")
_THERE_IS: Final = re.compile(r",?\s+there (?:is|are)(?: an?)?\s+", re.IGNORECASE)
_NO_NOUN: Final = re.compile(r"^(?:\w+(?:ive|ic|ous|ed|al|ar)|it|its|this|tips?)$", re.IGNORECASE)
# A part of a device, which does not name it: "two leads", "its tip".
_names_a_part: Final = _found_in(
    r"^(?:(?:the|its|an?|two|three|\d|both|all|dual|intact|left|right|l|r)\s+)*"
    r"(?:leads?|wires?|tips?|it|its|this|end|side[ -]?(?:holes?|ports?))\b"
)
_NOUN_OF_SIDE: Final = re.compile(
    r"\s+(?:lungs?|side|h(?:a?e|\xe6)?mi-?thorax|pleura|pleural (?:space|cavity))\b", re.IGNORECASE
)
_BRONCHOGRAM: Final = re.compile(r"bronchogram", re.IGNORECASE)

# Members by plain names: Python 3.11 looks one up in 150 ns, a global name in 10.
_POSSIBLE, _DEFINITE, _IMPRESSION = Certainty.POSSIBLE, Certainty.DEFINITE, Section.IMPRESSION
_NONE_SAID: Final[frozenset[str]] = frozenset()
_GAPS: Final = frozenset({"", " "})
_ONLY_IN: Final = {section: frozenset({section}) for section in Section}


class Stated(NamedTuple):
    """One abnormal finding as a report states it, wherever it does.

    `concepts`: the main one first, then others that were said of the same thing. `weighed`: those
    of them that decide how much it matters: what it is said to mean, and what it is seen as only
    where the meaning is left open.
    `size_from_mm`: where a range begins of which `size_mm` is the end; else the same.
    `number`: None unstated, 0 for several.
    `is_open`: it is not asserted, only not excluded. A heart "at the upper limit of normal" is
    an enlarged one that is open, of least severity and for certain.
    `degree`: the words for the severity, as they were written; `quotes`: those for acuity, change
    and descriptors, each behind its slug.
    `spans`: of all that was said of it.
    `phrase`: the words that name it best, as they were written; `head` is where they stand.
    """

    concepts: tuple[str, ...]
    weighed: tuple[str, ...]
    region: Region
    where: Whereabouts
    severity: Severity | None
    degree: str
    size_mm: float | None
    size_from_mm: float | None
    number: int | None
    acuity: Acuity | None
    change: Change | None
    descriptors: frozenset[str]
    quotes: tuple[tuple[str, str], ...]
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
        return Stated(
            self.concepts, self.weighed, self.region, self.where, self.severity, self.degree,
            self.size_mm, self.size_from_mm, self.number, self.acuity, self.change,
            self.descriptors, self.quotes, self.tip, self.tip_distance_mm, self.placement,
            self.certainty, self.is_open, moved_spans(self.spans, by), self.phrase,
            (self.head[0] + by, self.head[1] + by), self.sections, self.start + by, self.end + by,
        )  # fmt: skip

    @property
    def concept(self) -> str:
        return self.concepts[0]

    @property
    def is_borderline(self) -> bool:
        """Whether it is called normal, but only just."""
        return self.is_open and self.certainty is _DEFINITE

    def quote(self, slug: str) -> str:
        """The words that were written for an acuity, a change or a descriptor."""
        return dict(self.quotes).get(slug, slug)

    @property
    def title(self) -> str:
        """The phrase as a name for the finding."""
        return _title_of(self.phrase)


@lru_cache(maxsize=MOST_REMEMBERED)
def _title_of(phrase: str) -> str:
    if phrase.isascii() and not _is_like_a_sentence(phrase.lower()):
        return phrase
    return _LAST_ADVERB.sub("", _COPULA.sub("", _THERE_IS.sub(": ", phrase)))


def _is_like_a_sentence(phrase: str) -> bool:
    """Whether anything might have to be left out; a quarter of the time of trying to."""
    return phrase.endswith("ly") or any(map(phrase.__contains__, _SIGNS_OF_A_SENTENCE))


# In each of the copulas, and in each "there is".
_SIGNS_OF_A_SENTENCE: Final = ("is ", "are ", "was ", "were ", "been ", "appear", "seem", "remain")


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
            kin = kinship.closest(other.concepts, stated.concepts)
            if kin is None and _INFECTIVE.isdisjoint(other.concepts):
                # So it is with most: no name of the one can mean the other.
                continue
            if _says_again(other, stated, kin):
                concluded = _IMPRESSION in stated.sections - other.sections
                joined[index] = _joined(stated, other) if concluded else _joined(other, stated)
                break
        else:
            joined.append(stated)
    joined = _explained(joined, kinship, anywhere=True)
    if len(joined) == len(found) and not left_open:
        # Nothing was joined: it is in order.
        return tuple(joined)
    return tuple(sorted([*joined, *left_open], key=_canonical))


_SCORED_SECTIONS: Final = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.NONE})


@remembers_passages
def _gathered(passage: PassageReading, kinship: KinshipTable) -> tuple[Stated, ...]:
    """The findings of a passage; those of one sentence are joined where one means the other."""
    gathered: list[Stated] = []
    mentions = [
        mention
        for mention in passage.mentions
        if mention.section in _SCORED_SECTIONS
        and (mention.is_positive or _is_borderline_heart(mention))
    ]
    for sentence in _by_sentence(mentions, passage.sentences):
        stated_here = [_stated(passage, mention) for mention in sentence]
        if len(stated_here) == 1:
            gathered += stated_here
            continue
        asserted = [stated for stated in stated_here if not stated.is_open]
        linked = _join_linked(passage.text, asserted, kinship)
        gathered += _explained(linked, kinship, anywhere=False)
        gathered += [stated for stated in stated_here if stated.is_open]
    return tuple(gathered)


_COLLAPSE: Final = "lobar-collapse"
_HEIGHTS_OF_A_LUNG: Final = frozenset({0, LEVELS["hilum"]})
_NORMAL_HEART: Final = NORMAL_REGIONS[Region.HEART].slug
_FOCAL: Final = frozenset({"mass", "nodule", "lung-lesion"})
_LARGE_HEART: Final = "cardiomegaly"


def _smallest_mm(size: Size) -> float:
    return min(size.dimensions_mm) if size.is_range else size.longest_mm


def _names_mass(text: str, words: Sequence[Span]) -> bool:
    """Whether a hilum is large by a mass: "hilar *mass*"."""
    return any("mass" in text[start:end].lower() for start, end in words)


def _is_borderline_heart(mention: Mention) -> bool:
    """Whether a heart is called normal, but only just: "heart size is *top normal*"."""
    return (
        mention.concept == _NORMAL_HEART
        and mention.attributes.severity is not None
        and mention.polarity is Polarity.PRESENT
        and mention.scope is Scope.CURRENT
    )


def _stated(reading: PassageReading, mention: Mention) -> Stated:
    (
        side, places, severity, size, number, acuity, change, descriptors, tip, tip_distance,
        placement,
    ) = mention.attributes  # fmt: skip
    noted = (
        side, *places, severity, size, number, acuity, *descriptors, tip, tip_distance, placement
    )  # fmt: skip
    attribute_spans = [note.span for note in noted if note is not None]
    is_borderline = mention.is_normal_statement
    concept = _LARGE_HEART if is_borderline else mention.concept
    words = mention.words
    concepts: tuple[str, ...] = (concept,)
    if concept in _FOCAL and any(note.value == "cavitary" for note in descriptors):
        # A cavitating mass is a cavity as well.
        concepts = (concept, "cavity")
    elif concept == "hilar-enlargement" and _names_mass(reading.text, words):
        concepts = (concept, "mass")
    head = _head(reading, mention, attribute_spans)
    is_open = is_borderline or (
        mention.certainty is _POSSIBLE
        and any(_OPEN_DOUBT.search(reading.text[start:end]) for start, end in mention.cues)
    )
    return Stated(
        concepts,
        (concept,),
        mention.region,
        whereabouts_of(mention),
        severity.value if severity else None,
        _words(reading.text, severity.span) if severity else "",
        size.value.longest_mm if size else None,
        _smallest_mm(size.value) if size else None,
        (number.value.count or 0) if number else None,
        acuity.value if acuity else None,
        change.value if change else None,
        frozenset([note.value for note in descriptors]) if descriptors else _NONE_SAID,
        tuple(
            [
                (str(note.value), _words(reading.text, note.span))
                for note in (acuity, change, *descriptors)
                if note is not None
            ]
        )
        if acuity or change or descriptors
        else (),
        tip.value if tip else None,
        tip_distance.value if tip_distance else None,
        placement.value if placement else None,
        mention.certainty,
        is_open,
        _merge_spans([*words, *attribute_spans]) if attribute_spans or len(words) > 1 else words,
        _phrase(reading.text, head, concept),
        head,
        _ONLY_IN[mention.section],
        words[0][0],
        words[-1][1],
    )


def _head(reading: PassageReading, mention: Mention, attributes: list[Span]) -> Span:
    """The words that name a finding and what is said of it, as far as they stand together.

    A place that was said of the finding before belongs to the name of that one.
    """
    text = reading.text
    start, end = mention.words[0][0], mention.words[-1][1]
    if not attributes:
        return start, end
    if len(attributes) > 1:
        attributes = sorted(attributes, key=lambda span: max(start - span[0], span[1] - end))
    others = (
        [
            words
            for other in reading.mentions
            if other is not mention and other.clause == mention.clause
            for words in other.words
        ]
        if len(reading.mentions) > 1
        else ()
    )
    for first, last in attributes:
        if start <= first and last <= end:
            # Among the words already.
            continue
        between = text[last:start] or text[end:first]
        if len(between) > _LONGEST_PHRASE or (between not in _GAPS and _says_another(between)):
            continue
        wider = (first if first < start else start), (last if last > end else end)
        if not _is_short(text, wider):
            continue
        new = [words for words in others if wider[0] <= words[0] and words[1] <= wider[1]]
        if not new or all(start <= words[0] and words[1] <= end for words in new):
            start, end = wider
    if end > mention.words[-1][1] and (noun := _NOUN_OF_SIDE.match(text, end)):
        # A side is said of something: "collapse of the left *lung*".
        end = noun.end()
    return start, end


def _phrase(text: str, head: Span, concept: str) -> str:
    """The words themselves, unless they are too many, or a mere "degenerative" or "it"."""
    if not _is_short(text, head):
        return CONCEPTS[concept].name
    words = _words(text, head)
    # One word only: most phrases are more, and need not be asked.
    return CONCEPTS[concept].name if " " not in words and _NO_NOUN.search(words) else words


def _is_short(text: str, span: Span) -> bool:
    start, end = span
    # So few characters hold no more words than that; most spans are as short.
    if end - start <= 2 * _MOST_WORDS:
        return True
    return end - start <= _LONGEST_PHRASE and len(text[start:end].split()) <= _MOST_WORDS


def _words(text: str, span: Span) -> str:
    return " ".join(text[span[0] : span[1]].split())


def _by_sentence(mentions: list[Mention], sentences: Sequence[Span]) -> list[list[Mention]]:
    if len(mentions) <= 1 or len(sentences) == 1:
        return [mentions] if mentions else []
    return [list(found) for _, found in groupby(mentions, partial(_sentence_of, sentences))]


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
            if _is_mass_there(between, other, meaning):
                concepts = tuple(dict.fromkeys((*other.concepts, _MEDIASTINAL_MASS)))
                meaning = _named_together(text, _joined_as(other, meaning, concepts), meaning)
                del joined[index]
            elif _is_tumour_of(between, other, meaning):
                meaning = _named_together(text, _joined_as(other, meaning, other.concepts), meaning)
                del joined[index]
            elif _are_linked(between, other, meaning, kinship) or (
                index == len(joined) - 1 and _is_explained(between, other, meaning)
            ):
                both = (_alternatives if _has_stroke(between) else _joined)(meaning, other)
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
        and _is(between)
        and not _is_beside(between)
    )


def _is_mass_there(between: str, seen: Stated, meaning: Stated) -> bool:
    """Whether a mass is supposed in the mediastinum that is wide: "wide mediastinum ?*mass*"."""
    return (
        seen.concept in _OF_MEDIASTINUM
        and meaning.concept == "mass"
        and not meaning.where.sides
        and not meaning.where.levels
        and _means(between)
    )


def _is_tumour_of(between: str, seen: Stated, meaning: Stated) -> bool:
    """A nodule suspicious for malignancy stays a nodule, which it is by its size."""
    return seen.concept in _NODULES and meaning.concept == "mass" and _is(between)


def _joined_as(main: Stated, other: Stated, concepts: tuple[str, ...]) -> Stated:
    return _joined(main, other)._replace(concepts=concepts, weighed=concepts)


def _named_together(text: str, meaning: Stated, seen: Stated) -> Stated:
    """Named by what is seen as well, if that is still a name: "opacity suspicious for tumour"."""
    head = min(meaning.head[0], seen.head[0]), max(meaning.head[1], seen.head[1])
    if not _is_short(text, head):
        return meaning
    return meaning._replace(phrase=_words(text, head), head=head)


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
    if cause.certainty is _POSSIBLE is not sign.certainty:
        # What is seen for certain is not to be lost in what it might be.
        return False
    if sign.concept == _COLLAPSE and sign.where.levels not in _HEIGHTS_OF_A_LUNG:
        # A pneumothorax lets the lung collapse, down to the hilum maybe, and no lobe.
        return False
    return sign.where.lies_in(cause.where) and all(
        any(kinship.is_sign(one, other, anywhere=anywhere) for other in cause.concepts)
        for one in sign.concepts
    )


def _with_sign(cause: Stated, sign: Stated) -> Stated:
    """The cause, as it was described; its sign lends it a side at most."""
    sides = cause.where.sides or sign.where.sides
    concepts = cause.concepts
    if sign.concept == "cavity" and cause.concept in _FOCAL:
        concepts = tuple(dict.fromkeys((*concepts, *sign.concepts)))
    return cause._replace(
        concepts=concepts,
        where=replace(cause.where, sides=sides),
        spans=_merge_spans([*cause.spans, *sign.spans]),
        sections=cause.sections | sign.sections,
    )


def _alternatives(main: Stated, other: Stated) -> Stated:
    """One finding of two possibilities. It is open which of the two it is, not whether it is."""
    both = _joined(main, other)
    doubted = both.certainty is _POSSIBLE
    return both._replace(
        weighed=tuple(dict.fromkeys((*main.weighed, *other.weighed))),
        certainty=Certainty.PROBABLE if doubted else both.certainty,
    )


def _are_linked(between: str, seen: Stated, meaning: Stated, kinship: KinshipTable) -> bool:
    """Whether the words between two findings make them one."""
    is_kin = kinship.closest(seen.concepts, meaning.concepts) is not None
    if is_kin and _BRONCHOGRAM.search(meaning.phrase):
        return True
    if seen.region is meaning.region and _are_either(between):
        return True
    if not is_kin or _has_stroke(between):
        return is_kin
    if not _means(between):
        return False
    kins = [kinship.kin(a, b) for a in seen.concepts for b in meaning.concepts]
    return any(
        kin is not None
        and (kin.gravity is Gravity.NEGLIGIBLE or kin.error is ErrorType.OVERINTERPRETATION)
        for kin in kins
    )


def _says_again(one: Stated, other: Stated, kin: Kin | None) -> bool:
    """Whether two statements are of one finding; ``kin`` is the closest kin of their concepts."""
    if one.size_mm and other.size_mm and one.size_mm != other.size_mm:
        return False
    if not one.where.may_be(other.where):
        return False
    if kin is not None and kin.error is None:
        return True
    if _is_meant(one, other) or _is_meant(other, one):
        return True
    # The impression names what the findings describe.
    apart = (_IMPRESSION in one.sections) is not (_IMPRESSION in other.sections)
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
    if main.certainty is _POSSIBLE:
        weighed = tuple(dict.fromkeys((*main.weighed, *other.weighed)))
    named, told = main, other
    if _names_a_part(main.phrase) and not _names_a_part(other.phrase):
        # "Left pacemaker with two leads" is a pacemaker, and not the leads.
        named, told = other, main
    elif main.concept == other.concept and _is_placed(other) and not _is_placed(main):
        # "Pulmonary fibrosis, lower zones. Honeycombing."
        named, told = other, main
    phrase = named.phrase
    is_wrong = told.placement is Placement.MALPOSITIONED is not named.placement
    if is_wrong or (_tells_tip(told) and not _tells_tip(named) and not _tells_of_heart(named)):
        # Where a tube ends, and what is wrong with it, is the most that there is to tell of it.
        both = f"{phrase}; {_going_on(told.phrase)}"
        if len(both.split()) <= _MOST_WORDS:
            phrase = both
        elif is_wrong:
            phrase = told.phrase
    return main._replace(
        concepts=tuple(dict.fromkeys((*main.concepts, *other.concepts))),
        phrase=phrase,
        head=named.head,
        weighed=weighed,
        where=main.where.joined(other.where),
        severity=main.severity or other.severity,
        degree=main.degree or other.degree,
        size_mm=main.size_mm or other.size_mm,
        size_from_mm=main.size_from_mm or other.size_from_mm,
        number=main.number if main.number is not None else other.number,
        acuity=main.acuity or other.acuity,
        change=main.change or other.change,
        descriptors=main.descriptors | other.descriptors,
        # The main finding's own words come last, so that they are quoted of the two.
        quotes=(*other.quotes, *main.quotes) if other.quotes else main.quotes,
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


def _is_placed(stated: Stated) -> bool:
    return bool(stated.where.sides or stated.where.levels)


def _tells_of_heart(stated: Stated) -> bool:
    """Whether it is a pacemaker, whose leads end where they must."""
    return CONCEPTS[stated.concept].family == "heart-device"


def _tells_tip(stated: Stated) -> bool:
    return stated.tip is not None or stated.tip_distance_mm is not None


def _going_on(phrase: str) -> str:
    """The phrase behind a semicolon: "the tip", but "ETT"."""
    return phrase[0].lower() + phrase[1:] if phrase[1:2].islower() else phrase


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
