"""What a Localize attempt was worth: one outcome for every mark and every reference finding."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from scoring.localization.geometry import Box
from scoring.localization.pairing import (
    Joined,
    Lesion,
    MarkRow,
    Pairing,
    RegionRow,
    lesions_of,
    pair_case,
)

SCORER_VERSION: Final = "localization-1.0.0"
DEFAULT_THRESHOLD: Final = 0.3
"""The IoU that counts as the right place for a finding whose readers' agreement is unknown."""

HIT_CREDIT: Final = 1.0
MISPLACED_CREDIT: Final = 0.25
WRONG_FINDING_CREDIT: Final = 0.25
FALSE_MARK_CREDIT: Final = 0.0
MISSED_CREDIT: Final = 0.0

NO_THRESHOLDS: Final[Mapping[str, float]] = MappingProxyType({})


class Outcome(StrEnum):
    """What became of a mark, a tick, or a reference finding."""

    HIT = "hit"
    MISPLACED = "misplaced"
    WRONG_FINDING = "wrong_finding"
    FALSE_MARK = "false_mark"
    MISSED = "missed"
    NOT_SCORED = "not_scored"


class Kind(StrEnum):
    """How a finding is answered: by a box on the film, or by a tick in a list."""

    DRAW = "draw"
    SELECT = "select"


class Reason(StrEnum):
    """Why a line says what it says, where its outcome alone does not tell."""

    NONE = ""
    DUPLICATE = "duplicate"
    ABSENT = "absent"
    OUTSIDE_LABEL_SET = "outside_label_set"
    UNLOCATED = "unlocated"
    MINORITY = "minority"


CREDITS: Final[Mapping[Outcome, float | None]] = MappingProxyType(
    {
        Outcome.HIT: HIT_CREDIT,
        Outcome.MISPLACED: MISPLACED_CREDIT,
        Outcome.WRONG_FINDING: WRONG_FINDING_CREDIT,
        Outcome.FALSE_MARK: FALSE_MARK_CREDIT,
        Outcome.MISSED: MISSED_CREDIT,
        Outcome.NOT_SCORED: None,
    }
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A box the learner drew, in source-image pixels of `image`, with the name they gave it."""

    finding: str
    box: Box
    image: str = ""
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class ReferenceRegion:
    """One reader's box around a finding, in source-image pixels of `image`."""

    finding: str
    box: Box
    reader: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One outcome, as the page tells it.

    `finding` is the learner's word in a wrong finding, `reference_finding` the experts' (None in
    every other outcome). `mark` is an index into the marks, None where there is no mark.
    `regions` are indices into the reference regions: the outline this line is measured against
    first, then the other readers' outlines of the same lesion; empty where no region is
    concerned. `iou` is that of the mark with the first of them. `threshold` is the IoU that was
    asked for, None for ticks and for what is not scored. `credit` is in [0, 1], None when not
    scored. `reason` is a value of Reason.
    """

    outcome: Outcome
    kind: Kind
    finding: str
    mark: int | None
    regions: tuple[int, ...]
    iou: float | None
    threshold: float | None
    credit: float | None
    reference_finding: str | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            **values,
            "outcome": self.outcome.value,
            "kind": self.kind.value,
            "regions": list(self.regions),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Line":
        """The inverse of to_dict(); KeyError or ValueError when the values are no line."""
        return cls(
            outcome=Outcome(values["outcome"]),
            kind=Kind(values["kind"]),
            finding=values["finding"],
            mark=values["mark"],
            regions=tuple(values["regions"]),
            iou=values["iou"],
            threshold=values["threshold"],
            credit=values["credit"],
            reference_finding=values["reference_finding"],
            reason=values["reason"],
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many scored lines ended in each outcome, and what follows from that.

    All figures lie in [0, 1] and higher is better. The empty case, nothing to find and nothing
    marked, is a perfect answer: 1 throughout.
    """

    hits: int
    misplaced: int
    wrong_finding: int
    false_marks: int
    missed: int

    @property
    def lines(self) -> int:
        """The number of scored lines."""
        return self.hits + self.misplaced + self.wrong_finding + self.false_marks + self.missed

    @property
    def score(self) -> float:
        """The mean credit of the scored lines."""
        credit = (
            self.hits * HIT_CREDIT
            + self.misplaced * MISPLACED_CREDIT
            + self.wrong_finding * WRONG_FINDING_CREDIT
            + self.false_marks * FALSE_MARK_CREDIT
            + self.missed * MISSED_CREDIT
        )
        return credit / self.lines if self.lines else 1.0

    @property
    def precision(self) -> float:
        """Hits among everything the learner marked or ticked; 0 if only misses are there."""
        return self._share_of_hits(self.lines - self.missed)

    @property
    def recall(self) -> float:
        """Hits among everything there was to find; 0 if only false marks are there."""
        return self._share_of_hits(self.lines - self.false_marks)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 2h / (2h + false positives + misses), where
        a misplaced mark and a wrong finding are each a false positive and a miss."""
        if not self.lines:
            return 1.0
        half_right = self.misplaced + self.wrong_finding
        return 2 * self.hits / (2 * self.hits + 2 * half_right + self.false_marks + self.missed)

    def _share_of_hits(self, whole: int) -> float:
        if not self.lines:
            return 1.0
        return self.hits / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class LocalizationResult:
    """What an attempt was worth, with every line that led to it.

    `score`, `precision`, `recall` and `f1` lie in [0, 1]; see Tally. `mean_iou` is that of the
    drawn hits, None without any. `version` is that of the scorer; it changes with every rule.
    """

    version: str
    score: float
    lines: tuple[Line, ...]
    hits: int
    misplaced: int
    wrong_finding: int
    false_marks: int
    missed: int
    precision: float
    recall: float
    f1: float
    mean_iou: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {**values, "lines": [line.to_dict() for line in self.lines]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LocalizationResult":
        """The inverse of to_dict(); KeyError or ValueError when the values are no result."""
        own = {name: values[name] for name in cls.__slots__}
        return cls(**{**own, "lines": tuple(Line.from_dict(line) for line in values["lines"])})


def score_localization(
    *,
    marks: Sequence[Mark],
    regions: Sequence[ReferenceRegion],
    selected: Collection[str] = (),
    present: Collection[str] = (),
    scored: Collection[str] | None = None,
    unlocated: Collection[str] = (),
    readers: Collection[str] = (),
    thresholds: Mapping[str, float] = NO_THRESHOLDS,
    default_threshold: float = DEFAULT_THRESHOLD,
) -> LocalizationResult:
    """Mark one case: every mark, tick and reference finding ends in exactly one line.

    What is given
        `marks` and `regions` are boxes of draw findings, in source-image pixels, on named images
        of the case. Select findings have no boxes: `selected` are those the learner ticked,
        `present` those the reference standard holds. `thresholds` are IoU in (0, 1] by finding,
        else `default_threshold`.

    What is scored
        `scored` are the findings the experts read exhaustively on this case (None: all), and
        whatever has regions or is present counts as read. Outside of it silence of the experts
        is no evidence, so a mark or tick there is NOT_SCORED ("outside_label_set"). So is one on
        a finding in `unlocated`, known to be there but without a usable region ("unlocated"); a
        mark on a present select finding is the same case, and regions of an unlocated finding
        are shown but not scored. What is not scored changes neither score nor counts.

    Hits
        Per finding and image, marks and lesions are matched one to one by optimal assignment:
        the largest number of pairs whose IoU reaches the finding's threshold, then the largest
        total IoU. The result does not depend on the order of marks, regions or readers: ties go
        by the boxes' coordinates, from the left.

    Several readers
        For each finding, each reader who marked it anywhere in the case offers a reading: their
        regions are the lesions. The other readers' regions are put beside them, reader by
        reader, by the one-to-one assignment with the largest total IoU among regions that
        overlap, and a mark's IoU with a lesion is the best over its outlines. The learner is held
        to the reading with the fewest errors (unmatched marks and lesions), then the largest
        total IoU, then the leftmost boxes. So whoever marks a finding exactly as one of the
        readers did is right. A region of another reader without a counterpart has no line.

        `readers` are all who are known to have read the case. If it is given and at least half
        of them (and of any further readers among the regions) did not mark the finding at all,
        "nothing there" is one more reading; where it has fewer errors, the lesions are
        NOT_SCORED ("minority"), and marks on the finding count as marks where nothing is.
        Without `readers` a reader's silence is no evidence.

    What is left over, image by image
        1. A mark that reaches the threshold of an unmatched lesion of another finding, which
           was not named: WRONG_FINDING, the right place under the wrong name; paired by the same
           optimal rule across findings.
        2. Of the rest, a mark and a lesion of the same finding, nearest first (largest IoU, then
           smallest distance of centres): MISPLACED, the right finding in the wrong place. Such a
           pair is one line; the lesion is not also missed.
        3. The rest of the marks: FALSE_MARK, "duplicate" if it reaches the threshold of a lesion
           of its finding that another mark hit, else "absent". The rest of the lesions: MISSED.

    Select findings
        Ticked and present: HIT. Ticked and not present: FALSE_MARK. Present and not ticked:
        MISSED.

    The score is the mean credit over the scored lines, in [0, 1], higher is better: 1 for a hit,
    0.25 for a misplaced mark or a wrong finding, 0 for a false mark or a miss. The empty case, no
    scored line at all, is the right answer to a normal film and scores 1; a normal film with a
    false mark scores 0.

    Lines come by outcome in the order of Outcome; within one, marks before regions without a
    mark before ticks, each by finding, image and box.

    Raises ValueError for a threshold outside (0, 1]. The rules are this project's own, founded
    on how far radiologists' boxes agree with one another in public data.
    """
    for name, threshold in {**thresholds, "by default": default_threshold}.items():
        if not 0 < threshold <= 1:
            raise ValueError(f"The threshold of {name!r} is {threshold}, outside (0, 1].")
    located = {region.finding for region in regions}
    read = None if scored is None else {*scored, *located, *present}

    def why_not_scored(finding: str) -> Reason:
        if finding in unlocated:
            return Reason.UNLOCATED
        if read is not None and finding not in read:
            return Reason.OUTSIDE_LABEL_SET
        return Reason.NONE

    lines = _Lines(thresholds, default_threshold)
    mark_rows: list[MarkRow] = []
    region_rows: list[RegionRow] = []
    unlocated_rows: list[RegionRow] = []
    for index, mark in enumerate(marks):
        finding, box = mark.finding, mark.box
        reason = why_not_scored(finding)
        if finding in present and finding not in located:
            reason = Reason.UNLOCATED
        confidence = -1 if mark.confidence is None else mark.confidence
        corners = (box.x_min, box.y_min, box.x_max, box.y_max)
        row: MarkRow = (finding, mark.image, *corners, confidence, index)
        if reason:
            lines.unscored_marks.append((row, reason))
        else:
            mark_rows.append(row)
    for index, region in enumerate(regions):
        finding, box = region.finding, region.box
        corners = (box.x_min, box.y_min, box.x_max, box.y_max)
        rows = unlocated_rows if finding in unlocated else region_rows
        rows.append((finding, region.image, *corners, region.reader, index))

    pairing = pair_case(
        mark_rows,
        region_rows,
        thresholds=thresholds,
        default_threshold=default_threshold,
        readers=readers,
    )
    lines.add_drawn(pairing, lesions_of(unlocated_rows))
    for finding in sorted({*selected, *present}):
        reason = why_not_scored(finding)
        if reason:
            # A present finding that is not scored and not ticked leaves nothing to say.
            if finding in selected:
                lines.add_ticked(Outcome.NOT_SCORED, finding, reason)
        elif finding not in present:
            lines.add_ticked(Outcome.FALSE_MARK, finding, Reason.ABSENT)
        else:
            lines.add_ticked(
                Outcome.HIT if finding in selected else Outcome.MISSED, finding, Reason.NONE
            )
    return lines.result(pairing)


class _Lines:
    """Gathers the lines of one case, by outcome."""

    def __init__(self, thresholds: Mapping[str, float], default_threshold: float) -> None:
        self._thresholds = thresholds
        self._default_threshold = default_threshold
        self._lines: dict[Outcome, list[Line]] = {outcome: [] for outcome in Outcome}
        self.unscored_marks: list[tuple[MarkRow, Reason]] = []

    def add_drawn(self, pairing: Pairing, unlocated: Sequence[Lesion]) -> None:
        for hit in pairing.hits:
            self._add_joined(Outcome.HIT, hit)
        for pair in pairing.misplaced:
            self._add_joined(Outcome.MISPLACED, pair)
        for pair in pairing.wrong_finding:
            self._add_joined(Outcome.WRONG_FINDING, pair, asked=pair.lesion[0][0])
        false_marks: list[tuple[MarkRow, Joined | None]] = [
            *((pair.mark, pair) for pair in pairing.duplicates),
            *((mark, None) for mark in pairing.absent),
        ]
        for mark, joined in sorted(false_marks, key=lambda entry: entry[0]):
            if joined:
                self._add_joined(Outcome.FALSE_MARK, joined, reason=Reason.DUPLICATE)
            else:
                self._add_mark(Outcome.FALSE_MARK, mark, Reason.ABSENT)
        for lesion in pairing.missed:
            self._add_lesion(Outcome.MISSED, lesion, Reason.NONE)
        for mark, reason in sorted(self.unscored_marks):
            self._add_mark(Outcome.NOT_SCORED, mark, reason)
        for lesion in unlocated:
            self._add_lesion(Outcome.NOT_SCORED, lesion, Reason.UNLOCATED)
        for lesion in pairing.minority:
            self._add_lesion(Outcome.NOT_SCORED, lesion, Reason.MINORITY)

    def add_ticked(self, outcome: Outcome, finding: str, reason: Reason) -> None:
        self._add(outcome, Kind.SELECT, finding, reason=reason)

    def _add_joined(
        self,
        outcome: Outcome,
        joined: Joined,
        *,
        asked: str | None = None,
        reason: Reason = Reason.NONE,
    ) -> None:
        outlines = list(joined.lesion)
        outlines.insert(0, outlines.pop(joined.outline))
        self._add(
            outcome,
            Kind.DRAW,
            joined.mark[0],
            mark=joined.mark[7],
            regions=tuple(outline[7] for outline in outlines),
            iou=joined.iou,
            threshold=self._threshold_of(asked or joined.mark[0]),
            reference_finding=asked,
            reason=reason,
        )

    def _add_mark(self, outcome: Outcome, mark: MarkRow, reason: Reason) -> None:
        threshold = None if outcome is Outcome.NOT_SCORED else self._threshold_of(mark[0])
        self._add(outcome, Kind.DRAW, mark[0], mark=mark[7], threshold=threshold, reason=reason)

    def _add_lesion(self, outcome: Outcome, lesion: Lesion, reason: Reason) -> None:
        finding = lesion[0][0]
        self._add(
            outcome,
            Kind.DRAW,
            finding,
            regions=tuple(outline[7] for outline in lesion),
            threshold=None if outcome is Outcome.NOT_SCORED else self._threshold_of(finding),
            reason=reason,
        )

    def _add(
        self,
        outcome: Outcome,
        kind: Kind,
        finding: str,
        *,
        reason: Reason,
        mark: int | None = None,
        regions: tuple[int, ...] = (),
        iou: float | None = None,
        threshold: float | None = None,
        reference_finding: str | None = None,
    ) -> None:
        self._lines[outcome].append(
            Line(
                outcome=outcome,
                kind=kind,
                finding=finding,
                mark=mark,
                regions=regions,
                iou=iou,
                threshold=threshold,
                credit=CREDITS[outcome],
                reference_finding=reference_finding,
                reason=reason.value,
            )
        )

    def _threshold_of(self, finding: str) -> float:
        return self._thresholds.get(finding, self._default_threshold)

    def result(self, pairing: Pairing) -> LocalizationResult:
        tally = Tally(
            hits=len(self._lines[Outcome.HIT]),
            misplaced=len(self._lines[Outcome.MISPLACED]),
            wrong_finding=len(self._lines[Outcome.WRONG_FINDING]),
            false_marks=len(self._lines[Outcome.FALSE_MARK]),
            missed=len(self._lines[Outcome.MISSED]),
        )
        hit_ious = [hit.iou for hit in pairing.hits]
        return LocalizationResult(
            version=SCORER_VERSION,
            score=tally.score,
            lines=tuple(line for outcome in Outcome for line in self._lines[outcome]),
            hits=tally.hits,
            misplaced=tally.misplaced,
            wrong_finding=tally.wrong_finding,
            false_marks=tally.false_marks,
            missed=tally.missed,
            precision=tally.precision,
            recall=tally.recall,
            f1=tally.f1,
            mean_iou=sum(hit_ious) / len(hit_ious) if hit_ious else None,
        )
