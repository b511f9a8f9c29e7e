"""Statements that say the same thing twice become one, and what a film is silent on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from radgame.cases.taxonomy import LabelMap, LabelRule, load_findings

from .record import Box, FindingRecord, RegionRecord

SAME_BOX_IOU = 0.9
"""Two boxes of one statement by one reader that overlap this much were drawn twice."""

SAME_LESION_IOU = 0.5
"""Two statements of one finding whose boxes overlap this much name one lesion twice.

Two radiologists who box one lesion reach a median of 0.49 (METRICS, PadChest-GR), so boxes
of one reader that overlap more are no further apart than two readings of one lesion. Left
apart, they would ask the learner for two marks in one place.
"""


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes with area."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union


def _repeats(region: RegionRecord, others: Iterable[RegionRecord], threshold: float) -> bool:
    return any(
        other.reader == region.reader and overlap(other.box, region.box) >= threshold
        for other in others
    )


def _joined(first: str, second: str, separator: str) -> str:
    if not second or second in first:
        return first
    return f"{first}{separator}{second}" if first else second


def _without_doubles(finding: FindingRecord) -> FindingRecord:
    kept: list[RegionRecord] = []
    for region in finding.regions:
        if not _repeats(region, kept, SAME_BOX_IOU):
            kept.append(region)
    return replace(finding, regions=tuple(kept))


def merge_repeated(findings: Sequence[FindingRecord]) -> tuple[FindingRecord, ...]:
    """Statements in their order, without those that name a lesion named before.

    A located statement is folded into an earlier one of the same finding when each of its
    regions overlaps one of the same reader there; its label, sentence and locations are
    kept with the earlier one. An unlocated statement of the same label and sentence is
    folded too. Quadratic in the statements of one film, of which there are at most dozens.
    """
    kept: list[FindingRecord] = []
    for finding in map(_without_doubles, findings):
        for index, earlier in enumerate(kept):
            if earlier.finding != finding.finding or earlier.located != finding.located:
                continue
            same = (
                all(
                    _repeats(region, earlier.regions, SAME_LESION_IOU) for region in finding.regions
                )
                if finding.located
                else (earlier.source_label, earlier.sentence)
                == (finding.source_label, finding.sentence)
            )
            if same:
                new_places = [
                    place for place in finding.locations if place not in earlier.locations
                ]
                kept[index] = replace(
                    earlier,
                    source_label=_joined(earlier.source_label, finding.source_label, " / "),
                    sentence=_joined(earlier.sentence, finding.sentence, " "),
                    sentence_es=_joined(earlier.sentence_es, finding.sentence_es, " "),
                    explanation=_joined(earlier.explanation, finding.explanation, " "),
                    locations=(*earlier.locations, *new_places),
                )
                break
        else:
            kept.append(finding)
    return tuple(kept)


def scored(
    looked_for: Iterable[str],
    findings: Sequence[FindingRecord],
    rules: Iterable[LabelRule],
) -> tuple[str, ...]:
    """What can be scored on one film, in the order of ``looked_for``.

    Left out are the findings on which a doubtful label makes the film silent, unless the
    film states them by themselves, and *draw* findings with a statement that nobody drew:
    a mark may be right, and there is no region to tell by.
    """
    taxonomy = load_findings()
    silent = {slug for rule in rules for slug in rule.silent}
    stated = {finding.finding for finding in findings}
    unlocated = {
        finding.finding
        for finding in findings
        if not finding.located and taxonomy[finding.finding].kind == "draw"
    }
    return tuple(
        slug
        for slug in looked_for
        if slug not in unlocated and (slug not in silent or slug in stated)
    )


def is_scorable(findings: Iterable[FindingRecord], scored_findings: Sequence[str]) -> bool:
    """Whether a film has anything positive that can be scored."""
    return any(finding.finding in scored_findings for finding in findings)


def rules_of(labels: Iterable[str], label_map: LabelMap) -> list[tuple[str, LabelRule]]:
    """The labels that the map knows, each with its rule."""
    return [(label, rule) for label in labels if (rule := label_map.rule(label)) is not None]
