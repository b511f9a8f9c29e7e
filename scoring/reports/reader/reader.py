"""Read a report: passages → sentences → terms → clauses → findings → standing and attributes."""

from collections.abc import Sequence

from scoring.reports.reader.attributes import describe
from scoring.reports.reader.clauses import Clause, find_terms, split_clauses
from scoring.reports.reader.findings import Draft, find_drafts, whole_film
from scoring.reports.reader.lexicon import LEXICON
from scoring.reports.reader.memory import remembers_passages
from scoring.reports.reader.passages import Passage, split_passages
from scoring.reports.reader.reading import (
    Certainty,
    Change,
    Mention,
    PassageReading,
    Placement,
    Polarity,
    Region,
    RegionCover,
    ReportReading,
    Scope,
    Section,
    Span,
)
from scoring.reports.reader.scopes import Cues, alternatives
from scoring.reports.reader.text import Sentence, split_sentences
from scoring.reports.reader.wanted import is_wanted

READER_VERSION = "8"

# Words with which a sentence goes on about the device of the one before.
_OF_THE_LAST = frozenset({"tip", "tips", "its", "it", "this"})
_BEFORE_WHAT_IS_TOLD = frozenset({"the", ";", ",", "but", "and", "however", "although", "though"})

# Members by plain names: Python 3.11 is slow to look one up.
_TECHNIQUE, _DEVICES, _RESOLVED = Section.TECHNIQUE, Region.DEVICES, Change.RESOLVED
_PRESENT, _ABSENT = Polarity.PRESENT, Polarity.ABSENT
_MALPOSITIONED, _REMOVED = Placement.MALPOSITIONED, Placement.REMOVED

# Sections that describe the film; the others say what was known, or how it was taken.
READ_SECTIONS = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.NONE})


def read_report(text: str) -> ReportReading:
    """Everything the report mentions, in the order of its text.

    Any text can be read, the empty one too; nothing is raised. The same text gives the same
    reading.
    """
    passages: list[tuple[int, PassageReading]] = []
    device = ""
    for start, passage in split_passages(text, LEXICON.canonical):
        read = _read_passage(passage, device)
        passages.append((start, read))
        device = _last_device(read.mentions, device)
    return ReportReading(text, tuple(passages))


@remembers_passages
def _read_passage(passage: Passage, device: str) -> PassageReading:
    """A passage, read alone; ``device`` is what may have been named before."""
    mentions: list[Mention] = []
    covered: dict[Region, list[Span]] = {}
    sentences: list[Span] = []
    priors: list[Span] = []
    unknown: list[Span] = []
    for sentence in split_sentences(passage, LEXICON.remembered, LEXICON.canonical):
        sentences.append(sentence.span)
        unknown.extend(_unknown_words(sentence))
        if sentence.section is _TECHNIQUE:
            continue
        _read_sentence(sentence, mentions, covered, priors, _last_device(mentions, device))
    return PassageReading(
        passage.text,
        tuple(mentions),
        tuple([RegionCover(region, tuple(spans)) for region, spans in covered.items()]),
        tuple(sentences),
        tuple(priors),
        tuple(unknown),
    )


def _unknown_words(sentence: Sentence) -> list[Span]:
    known = LEXICON.known
    strange = {
        word for word in sentence.words if word not in known and len(word) > 1 and word[0].isalpha()
    }
    if not strange:
        return []
    return [
        (start, end)
        for word, start, end in zip(sentence.words, sentence.starts, sentence.ends, strict=True)
        if word in strange
    ]


def _read_sentence(
    sentence: Sentence,
    mentions: list[Mention],
    covered: dict[Region, list[Span]],
    priors: list[Span],
    device: str,
) -> None:
    terms = find_terms(sentence.words, LEXICON.root)
    if not terms:
        return
    reads = sentence.section in READ_SECTIONS
    for clause in split_clauses(sentence, terms):
        if not clause.terms:
            continue
        refers = [clause.term_span(term) for term in clause.terms if term.entry.prior]
        if reads:
            priors.extend(refers)
        drafts = find_drafts(clause)
        if not drafts and reads:
            if clause.first:
                device = _device_before(mentions, sentence)
            told = _told_of_device(clause, device) if device else []
            mentions.extend(told)
            whole = None if told else whole_film(clause)
            drafts = [] if whole is None else [whole]
        if drafts:
            found = _read_clause(clause, drafts, bool(refers))
            mentions.extend(found)
            if reads:
                for mention in found:
                    covered.setdefault(mention.region, []).extend(mention.words)
        elif reads:
            for term in clause.terms:
                if term.entry.anatomy:
                    region = LEXICON.anatomy_region[term.entry.anatomy]
                    covered.setdefault(region, []).append(clause.term_span(term))


def _last_device(mentions: Sequence[Mention], before: str) -> str:
    """The slug of the device that was mentioned last, or none; ``before`` where nothing was yet.

    Of two devices in one sentence it is open which is meant.
    """
    if not mentions:
        return before
    last = mentions[-1]
    if last.region is not _DEVICES or not last.is_positive:
        return ""
    return "" if len(mentions) > 1 and mentions[-2].clause == last.clause else last.concept


def _device_before(mentions: Sequence[Mention], sentence: Sentence) -> str:
    """The slug of the device that the sentence has just named, or none."""
    if not mentions or mentions[-1].clause[0] < sentence.starts[0]:
        return ""
    return _last_device(mentions, "")


def _told_of_device(clause: Clause, device: str) -> list[Mention]:
    """ "ETT in place. *Tip at the carina.*": what is told of the device just mentioned.

    So in a clause: "NGT in the stomach, but *its side hole is above the junction*; *advance*".
    """
    words, opening = clause.sentence.words, clause.first
    while opening < clause.last - 1 and words[opening] in _BEFORE_WHAT_IS_TOLD:
        opening += 1
    if words[opening] in _OF_THE_LAST:
        first, last = opening, opening + 1
    elif not clause.first:
        # "Withdraw 1 cm." by itself is advice, and may be of no weight.
        return []
    else:
        term = next((term for term in clause.terms if term.first >= opening), clause.terms[0])
        if term.entry.placement is not _MALPOSITIONED or term.first > opening + 1:
            return []
        first, last = term.first, term.last
    concept = LEXICON.concepts[device]
    draft = Draft(concept, (clause.span_of(first, last),), first, last, ())
    told = _read_clause(clause, [draft], False)
    return [
        mention
        for mention in told
        if mention.is_positive
        and (
            mention.attributes.tip
            or mention.attributes.tip_distance_mm
            or mention.attributes.placement
        )
    ]


def _read_clause(clause: Clause, drafts: list[Draft], refers_to_prior: bool) -> list[Mention]:
    section = clause.sentence.section
    cues = Cues(clause, drafts)
    either = alternatives(clause, drafts) if len(drafts) > 1 else set()
    span = clause.span
    found = []
    for place, (draft, attributes) in enumerate(zip(drafts, describe(clause, drafts), strict=True)):
        concept = draft.concept
        if concept.is_device and not attributes.placement and is_wanted(clause, draft):
            continue
        standing = cues.standing(draft, section)
        polarity, certainty = standing.polarity, standing.certainty
        if place in either and polarity is _PRESENT:
            polarity, certainty = Polarity.HEDGED, Certainty.POSSIBLE
        scope, marks = standing.scope, standing.cues
        change = attributes.change
        if change is not None and change.value is _RESOLVED:
            # "An effusion on the earlier film, now resolved" is denied for this one.
            polarity, scope = _ABSENT, Scope.CURRENT
            if change.span not in marks:
                marks = (*marks, change.span)
        elif attributes.placement is not None and attributes.placement.value is _REMOVED:
            # "ETT removed" has no tube.
            polarity, marks = _ABSENT, (*marks, attributes.placement.span)
        mention = Mention(
            concept.slug, concept.family, concept.region, draft.words, span, section, polarity,
            scope, certainty, attributes, marks, refers_to_prior,
        )  # fmt: skip
        found.append(mention)
    return found
