"""What is pointed out in a learner's text and costs nothing."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from scoring.reports.evaluation import Gravity, Remark, RemarkKind, Span
from scoring.reports.judge.kinship import KinshipTable
from scoring.reports.judge.places import Distance, Whereabouts, whereabouts_of
from scoring.reports.judge.stated import Stated
from scoring.reports.reader import (
    CONCEPTS,
    Mention,
    Polarity,
    Region,
    ReportReading,
    Scope,
    Section,
    moved_spans,
)

# The side of a region that is called normal: "*right* hilum normal".
_SIDE_BEFORE: Final = re.compile(r"\b(?:left|right|both|bilateral|[lr])\s+\Z", re.IGNORECASE)
_LONGEST_SIDE: Final = 12
_SCORED: Final = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.NONE})

# Members by plain names: Python 3.11 looks one up in 150 ns, a global name in 10.
_CURRENT, _DEVICES, _PARTLY = Scope.CURRENT, Region.DEVICES, Distance.PARTLY
_PRESENT, _ABSENT, _NOT_ASSESSED = Polarity.PRESENT, Polarity.ABSENT, Polarity.NOT_ASSESSED


class _Placed(NamedTuple):
    """A mention with spans of its passage, and the place where that starts in the text."""

    start: int
    mention: Mention
    where: Whereabouts

    @property
    def spans(self) -> tuple[Span, ...]:
        return moved_spans(sorted({*self.mention.words, *self.mention.cues}), self.start)


class _Sorted:
    """The mentions of a text by what may have to be said of them."""

    def __init__(self, reading: ReportReading) -> None:
        self.denials: list[_Placed] = []
        """Findings that are denied, and regions that are called normal."""
        self.unassessed: list[_Placed] = []
        self.changes: list[Span] = []
        for start, passage in reading.passages:
            for mention in passage.mentions:
                if mention.section in _SCORED:
                    self._sort(start, mention)

    def _sort(self, start: int, mention: Mention) -> None:
        polarity = mention.polarity
        if polarity is _NOT_ASSESSED:
            self.unassessed.append(_Placed(start, mention, whereabouts_of(mention)))
        elif mention.scope is not _CURRENT:
            return
        elif mention.is_normal_statement:
            if polarity is _PRESENT and mention.region is not _DEVICES:
                self.denials.append(_Placed(start, mention, whereabouts_of(mention)))
        elif polarity is _ABSENT:
            self.denials.append(_Placed(start, mention, whereabouts_of(mention)))
        elif mention.attributes.change is not None:
            self.changes.append(mention.attributes.change.moved(start).span)


def find_remarks(
    reading: ReportReading,
    said: Sequence[Stated],
    left_open: Sequence[Stated],
    missing: Sequence[tuple[str, Stated]],
    kinship: KinshipTable,
    *,
    prior_shown: bool,
) -> tuple[Remark, ...]:
    """All remarks on a text.

    `left_open` is what it only does not exclude, `missing` are the ids and findings that it does
    not report.
    """
    mentions = _Sorted(reading)
    return (
        *_denied(reading, mentions.denials, missing, kinship),
        *_contradictions(reading, mentions.denials, said),
        *_not_assessed(mentions.unassessed, missing, kinship),
        *_left_open(left_open, missing, kinship),
        *(() if prior_shown else _unseen_priors(reading, mentions.changes)),
        *_not_understood(reading),
    )


def _denied(
    reading: ReportReading,
    denials: Sequence[_Placed],
    missing: Sequence[tuple[str, Stated]],
    kinship: KinshipTable,
) -> Iterator[Remark]:
    for ref_id, finding in missing:
        for denial in denials:
            if _denies(denial, finding, kinship):
                yield Remark(
                    RemarkKind.DENIED,
                    denial.spans,
                    f"You write “{_quote(reading, denial)}”; "
                    f"the radiologist reports “{finding.phrase}”.",
                    ref_id,
                )
                break


def _denies(denial: _Placed, finding: Stated, kinship: KinshipTable) -> bool:
    mention = denial.mention
    speaks_of_it = (
        mention.region is finding.region
        if mention.is_normal_statement
        else _is_named(mention, finding, kinship)
    )
    return speaks_of_it and denial.where.distance(finding.where) <= _PARTLY


def _is_named(mention: Mention, finding: Stated, kinship: KinshipTable) -> bool:
    return any(
        (kin := kinship.kin(concept, mention.concept)) is not None
        and kin.gravity is Gravity.NEGLIGIBLE
        for concept in finding.concepts
    )


def _contradictions(
    reading: ReportReading, denials: Sequence[_Placed], said: Sequence[Stated]
) -> Iterator[Remark]:
    for denial in denials:
        mention = denial.mention
        # "No large effusion" leaves room for a small one.
        if mention.attributes.severity or mention.attributes.descriptors:
            continue
        for finding in said:
            # A region that is called normal is no finding, and is not contradicted here.
            if finding.concept == mention.concept and finding.where.may_be(denial.where):
                yield Remark(
                    RemarkKind.CONTRADICTION,
                    (*denial.spans, *finding.spans),
                    f"You write both “{_quote(reading, denial)}” and “{finding.phrase}”.",
                )
                break


def _not_assessed(
    unassessed: Sequence[_Placed],
    missing: Sequence[tuple[str, Stated]],
    kinship: KinshipTable,
) -> Iterator[Remark]:
    for placed in unassessed:
        mention = placed.mention
        for ref_id, finding in missing:
            if finding.region is mention.region or _is_named(mention, finding, kinship):
                yield Remark(
                    RemarkKind.NOT_ASSESSED,
                    placed.spans,
                    f"You could not judge this; the radiologist reports “{finding.phrase}”.",
                    ref_id,
                )
                break
        else:
            yield Remark(
                RemarkKind.NOT_ASSESSED,
                placed.spans,
                "What cannot be assessed is not counted, for or against.",
            )


def _left_open(
    left_open: Sequence[Stated], missing: Sequence[tuple[str, Stated]], kinship: KinshipTable
) -> Iterator[Remark]:
    for finding in left_open:
        for ref_id, other in missing:
            if any(
                (kin := kinship.kin(concept, finding.concept)) is not None
                and kin.gravity is Gravity.NEGLIGIBLE
                for concept in other.concepts
            ):
                yield Remark(
                    RemarkKind.NOT_ASSESSED,
                    finding.spans,
                    f"You only do not exclude it; the radiologist reports “{other.phrase}”.",
                    ref_id,
                )
                break
        else:
            yield Remark(
                RemarkKind.NOT_ASSESSED,
                finding.spans,
                "What is only not excluded is not counted, for or against.",
            )


def _unseen_priors(reading: ReportReading, changes: Sequence[Span]) -> Iterator[Remark]:
    spans = sorted({*reading.prior_references, *changes})
    if spans:
        yield Remark(
            RemarkKind.UNSEEN_PRIOR,
            tuple(spans),
            "You compare with an earlier film, but none was shown.",
        )


def _not_understood(reading: ReportReading) -> Iterator[Remark]:
    """Sentences in which no word was of use, so that silence is not taken for agreement."""
    for by, passage in reading.passages:
        if not passage.unknown_words:
            continue
        for start, end in passage.sentences:
            unknown = any(start <= first < end for first, _ in passage.unknown_words)
            understood = any(start <= mention.words[0][0] < end for mention in passage.mentions)
            if unknown and not understood:
                text = " ".join(passage.text[start:end].split())
                yield Remark(
                    RemarkKind.NOT_UNDERSTOOD,
                    ((start + by, end + by),),
                    f"Not understood, and not counted: “{text}”.",
                )


def _quote(reading: ReportReading, placed: _Placed) -> str:
    spans = placed.spans
    start, end = spans[0][0], max(end for _, end in spans)
    side = _SIDE_BEFORE.search(reading.text, max(0, start - _LONGEST_SIDE), start)
    if side is not None:
        start = side.start()
    if end - start > 80:
        concept = placed.mention.concept
        return CONCEPTS[concept].name if concept in CONCEPTS else "normal"
    return " ".join(reading.text[start:end].split())
