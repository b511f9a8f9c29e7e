"""What is pointed out in a learner's text and costs nothing."""

from collections.abc import Iterator, Sequence
from typing import Final

from scoring.reports.evaluation import Gravity, Remark, RemarkKind, Span
from scoring.reports.judge.kinship import KinshipTable
from scoring.reports.judge.places import Distance, whereabouts_of
from scoring.reports.judge.stated import Stated
from scoring.reports.reader import (
    CONCEPTS,
    Change,
    Mention,
    Polarity,
    Region,
    ReportReading,
    Scope,
    Section,
)

_SCORED: Final = frozenset({Section.FINDINGS, Section.IMPRESSION, Section.NONE})


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
    mentions = [m for m in reading.mentions if m.section in _SCORED]
    return tuple(
        remark
        for remarks in (
            _denied(reading, mentions, missing, kinship),
            _contradictions(reading, mentions, said),
            _not_assessed(reading, mentions, missing, kinship),
            _left_open(left_open, missing, kinship),
            () if prior_shown else _unseen_priors(reading, mentions),
            _not_understood(reading),
        )
        for remark in remarks
    )


def _denied(
    reading: ReportReading,
    mentions: Sequence[Mention],
    missing: Sequence[tuple[str, Stated]],
    kinship: KinshipTable,
) -> Iterator[Remark]:
    for ref_id, finding in missing:
        for mention in mentions:
            if _denies(mention, finding, kinship):
                yield Remark(
                    RemarkKind.DENIED,
                    _spans(mention),
                    f"You write “{_quote(reading, mention)}”; "
                    f"the radiologist reports “{finding.phrase}”.",
                    ref_id,
                )
                break


def _denies(mention: Mention, finding: Stated, kinship: KinshipTable) -> bool:
    if mention.scope is not Scope.CURRENT:
        return False
    if mention.is_normal_statement:
        speaks_of_it = (
            mention.polarity is Polarity.PRESENT
            and mention.region is finding.region
            and finding.region is not Region.DEVICES
        )
    else:
        speaks_of_it = mention.polarity is Polarity.ABSENT and _is_named(mention, finding, kinship)
    return speaks_of_it and whereabouts_of(mention).distance(finding.where) <= Distance.PARTLY


def _is_named(mention: Mention, finding: Stated, kinship: KinshipTable) -> bool:
    return any(
        (kin := kinship.kin(concept, mention.concept)) is not None
        and kin.gravity is Gravity.NEGLIGIBLE
        for concept in finding.concepts
    )


def _contradictions(
    reading: ReportReading, mentions: Sequence[Mention], said: Sequence[Stated]
) -> Iterator[Remark]:
    for mention in mentions:
        if mention.polarity is not Polarity.ABSENT or mention.scope is not Scope.CURRENT:
            continue
        # "No large effusion" leaves room for a small one.
        if mention.attributes.severity or mention.attributes.descriptors:
            continue
        for finding in said:
            if finding.concept == mention.concept and finding.where.may_be(whereabouts_of(mention)):
                yield Remark(
                    RemarkKind.CONTRADICTION,
                    (*_spans(mention), *finding.spans),
                    f"You write both “{_quote(reading, mention)}” and “{finding.phrase}”.",
                )
                break


def _not_assessed(
    reading: ReportReading,
    mentions: Sequence[Mention],
    missing: Sequence[tuple[str, Stated]],
    kinship: KinshipTable,
) -> Iterator[Remark]:
    for mention in mentions:
        if mention.polarity is not Polarity.NOT_ASSESSED:
            continue
        for ref_id, finding in missing:
            if finding.region is mention.region or _is_named(mention, finding, kinship):
                yield Remark(
                    RemarkKind.NOT_ASSESSED,
                    _spans(mention),
                    f"You could not judge this; the radiologist reports “{finding.phrase}”.",
                    ref_id,
                )
                break
        else:
            yield Remark(
                RemarkKind.NOT_ASSESSED,
                _spans(mention),
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


def _unseen_priors(reading: ReportReading, mentions: Sequence[Mention]) -> Iterator[Remark]:
    changes = [
        mention.attributes.change.span
        for mention in mentions
        if mention.is_positive
        and mention.attributes.change is not None
        and mention.attributes.change.value in Change
    ]
    spans = sorted({*reading.prior_references, *changes})
    if spans:
        yield Remark(
            RemarkKind.UNSEEN_PRIOR,
            tuple(spans),
            "You compare with an earlier film, but none was shown.",
        )


def _not_understood(reading: ReportReading) -> Iterator[Remark]:
    """Sentences in which no word was of use, so that silence is not taken for agreement."""
    if not reading.unknown_words:
        return
    for start, end in reading.sentences:
        unknown = [span for span in reading.unknown_words if start <= span[0] < end]
        understood = any(start <= mention.words[0][0] < end for mention in reading.mentions)
        if unknown and not understood:
            text = " ".join(reading.text[start:end].split())
            yield Remark(
                RemarkKind.NOT_UNDERSTOOD,
                ((start, end),),
                f"Not understood, and not counted: “{text}”.",
            )


def _spans(mention: Mention) -> tuple[Span, ...]:
    return tuple(sorted({*mention.words, *mention.cues}))


def _quote(reading: ReportReading, mention: Mention) -> str:
    spans = _spans(mention)
    start, end = spans[0][0], max(end for _, end in spans)
    if end - start > 80:
        return CONCEPTS[mention.concept].name if mention.concept in CONCEPTS else "normal"
    return " ".join(reading.text[start:end].split())
