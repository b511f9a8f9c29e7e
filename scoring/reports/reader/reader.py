"""Read a report: sentences → terms → clauses → findings → standing and attributes."""

from scoring.reports.reader.attributes import describe
from scoring.reports.reader.clauses import Clause, find_terms, split_clauses
from scoring.reports.reader.findings import Draft, find_drafts
from scoring.reports.reader.lexicon import LEXICON
from scoring.reports.reader.reading import (
    Certainty,
    Change,
    Mention,
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

READER_VERSION = "2"

# Sections that describe the film; the others say what was known, or how it was taken.
READ_SECTIONS = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.NONE})


def read_report(text: str) -> ReportReading:
    """Everything the report mentions, in the order of its text.

    Any text can be read, the empty one too; nothing is raised. The same text gives the same
    reading.
    """
    mentions: list[Mention] = []
    covered: dict[Region, list[Span]] = {}
    sentences: list[Span] = []
    priors: list[Span] = []
    unknown: list[Span] = []
    known = LEXICON.known
    for sentence in split_sentences(text, LEXICON.remembered, LEXICON.canonical):
        sentences.append(sentence.span)
        if not known.issuperset(sentence.words):
            unknown.extend(_unknown_words(sentence))
        if sentence.section is Section.TECHNIQUE:
            continue
        _read_sentence(sentence, mentions, covered, priors)
    return ReportReading(
        text=text,
        mentions=tuple(mentions),
        regions=tuple(RegionCover(region, tuple(spans)) for region, spans in covered.items()),
        sentences=tuple(sentences),
        prior_references=tuple(priors),
        unknown_words=tuple(unknown),
    )


def _unknown_words(sentence: Sentence) -> list[Span]:
    return [
        (start, end)
        for word, start, end in zip(sentence.words, sentence.starts, sentence.ends, strict=True)
        if len(word) > 1 and word[0].isalpha() and word not in LEXICON.known
    ]


def _read_sentence(
    sentence: Sentence,
    mentions: list[Mention],
    covered: dict[Region, list[Span]],
    priors: list[Span],
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


def _read_clause(clause: Clause, drafts: list[Draft], refers_to_prior: bool) -> list[Mention]:
    section = clause.sentence.section
    cues = Cues(clause)
    either = alternatives(clause, drafts) if len(drafts) > 1 else set()
    span = clause.span
    found = []
    for place, (draft, attributes) in enumerate(zip(drafts, describe(clause, drafts), strict=True)):
        standing = cues.standing(draft, section)
        polarity, certainty = standing.polarity, standing.certainty
        if place in either and polarity is Polarity.PRESENT:
            polarity, certainty = Polarity.HEDGED, Certainty.POSSIBLE
        scope, marks = standing.scope, standing.cues
        change = attributes.change
        if change is not None and change.value is Change.RESOLVED:
            # "An effusion on the earlier film, now resolved" is denied for this one.
            polarity, scope = Polarity.ABSENT, Scope.CURRENT
            if change.span not in marks:
                marks = (*marks, change.span)
        found.append(
            Mention(
                concept=draft.concept.slug,
                family=draft.concept.family,
                region=draft.concept.region,
                words=draft.words,
                clause=span,
                section=section,
                polarity=polarity,
                scope=scope,
                certainty=certainty,
                attributes=attributes,
                cues=marks,
                refers_to_prior=refers_to_prior,
            )
        )
    return found
