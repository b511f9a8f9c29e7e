"""How far radiologists' boxes agree with one another, and the thresholds that follow from it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor as round_down
from statistics import median
from typing import Final

from scoring.localization.geometry import Box
from scoring.localization.marking import ReferenceRegion

QUANTILE_LEVELS: Final = tuple(step / 10 for step in range(11))
"""The levels at which a summary keeps quantiles: 0, 10, …, 100 %."""

MINIMUM_PAIRS: Final = 30
AGREEMENT_QUANTILE: Final = 0.2
LOWEST_THRESHOLD: Final = 0.1
HIGHEST_THRESHOLD: Final = 0.5


@dataclass(frozen=True, slots=True)
class AgreementSummary:
    """The overlaps between radiologists on one finding.

    `n` counts boxes. `quantiles` are IoU at QUANTILE_LEVELS, ascending, in [0, 1]; with no box at
    all they are empty and `median` is None. `threshold` is None where the default must serve.
    """

    finding: str
    n: int
    quantiles: tuple[float, ...]
    median: float | None
    threshold: float | None


def best_ious(
    regions_a: Sequence[ReferenceRegion], regions_b: Sequence[ReferenceRegion]
) -> list[float]:
    """For each box of reader A, its best IoU with any box of reader B on the same image & finding.

    Shape: one value in [0, 1] per region of A, in that order; empty without any. Not symmetric.

    A box without a counterpart counts as 0: it was read otherwise, and leaving it out would make
    radiologists look more of one mind than they are. The median of 0.49 for PadChest-GR's second
    reader against the first likewise counts boxes that meet none of the other's. So give only
    images that B is known to have read; on any other, B's silence says nothing.
    """
    boxes_b: dict[tuple[str, str], list[Box]] = {}
    for region in regions_b:
        boxes_b.setdefault((region.image, region.finding), []).append(region.box)
    return [
        max(
            (region.box.iou(box) for box in boxes_b.get((region.image, region.finding), ())),
            default=0.0,
        )
        for region in regions_a
    ]


def quantile_of(values: Sequence[float], level: float) -> float:
    """The quantile of the values at a level in [0, 1], interpolated linearly between neighbours
    (type 7 of Hyndman and Fan, The American Statistician 1996; 50: 361).

    Raises ValueError without values or for a level outside [0, 1].
    """
    if not values:
        raise ValueError("There is no quantile of nothing.")
    if not 0 <= level <= 1:
        raise ValueError(f"The level {level} is outside [0, 1].")
    ordered = sorted(values)
    position = level * (len(ordered) - 1)
    below = round_down(position)
    above = min(below + 1, len(ordered) - 1)
    between = ordered[below] + (position - below) * (ordered[above] - ordered[below])
    # Rounding must not carry one quantile past the next.
    return min(between, ordered[above])


def threshold_from_agreement(
    ious: Sequence[float],
    *,
    minimum_pairs: int = MINIMUM_PAIRS,
    quantile: float = AGREEMENT_QUANTILE,
    floor: float = LOWEST_THRESHOLD,
    ceiling: float = HIGHEST_THRESHOLD,
) -> float | None:
    """The IoU to ask of a learner, from the IoUs that radiologists reach against one another.

    `ious` lie in [0, 1], boxes without a counterpart included as 0 (see best_ious). With the
    defaults the answer is the IoU that four out of five reach, clipped to [floor, ceiling]: below
    the floor the place would not matter any more, above the ceiling drawing skill would be
    tested. With fewer than `minimum_pairs` the answer is None, and the default must serve.

    Raises ValueError unless 0 < floor ≤ ceiling ≤ 1, 0 ≤ quantile ≤ 1 and minimum_pairs ≥ 1, or
    for an IoU outside [0, 1].
    """
    if not 0 < floor <= ceiling <= 1:
        raise ValueError(f"The floor {floor} and ceiling {ceiling} are not in order in (0, 1].")
    if minimum_pairs < 1:
        raise ValueError(f"At least one pair is needed, not {minimum_pairs}.")
    if not all(0 <= iou <= 1 for iou in ious):
        raise ValueError("An IoU is outside [0, 1].")
    if not 0 <= quantile <= 1:
        raise ValueError(f"The quantile {quantile} is outside [0, 1].")
    if len(ious) < minimum_pairs:
        return None
    return min(max(quantile_of(ious, quantile), floor), ceiling)


def summarise_agreement(
    finding: str, ious: Sequence[float], *, minimum_pairs: int = MINIMUM_PAIRS
) -> AgreementSummary:
    """Sum up the IoUs of one finding; for the threshold see threshold_from_agreement."""
    return AgreementSummary(
        finding=finding,
        n=len(ious),
        quantiles=tuple(quantile_of(ious, level) for level in QUANTILE_LEVELS) if ious else (),
        median=median(ious) if ious else None,
        threshold=threshold_from_agreement(ious, minimum_pairs=minimum_pairs),
    )


def percentile_of(iou: float, quantiles: Sequence[float]) -> float:
    """Where an overlap lies among radiologists: the share of their IoUs that do not exceed it.

    `quantiles` ascend and stand at evenly spaced levels from 0 to 1, as in AgreementSummary;
    between two of them the share is interpolated linearly. Range [0, 1]: 0 below the lowest, 1
    from the highest on. Where several quantiles are equal to the IoU the highest level counts.

    Raises ValueError for fewer than two quantiles, or if they do not ascend.
    """
    if len(quantiles) < 2:
        raise ValueError("At least the lowest and the highest quantile are needed.")
    if any(right < left for left, right in pairwise(quantiles)):
        raise ValueError("The quantiles do not ascend.")
    reached = bisect_right(quantiles, iou)
    if reached == 0:
        return 0.0
    if reached == len(quantiles):
        return 1.0
    left, right = quantiles[reached - 1], quantiles[reached]
    return (reached - 1 + (iou - left) / (right - left)) / (len(quantiles) - 1)
