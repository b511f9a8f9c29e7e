"""How hard a case is likely to be before anybody played it. Pure.

The figures are a choice, not a measurement: they only say in which order cases are likely to lie,
and the large deviation lets the first twenty readers correct them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .glicko2 import START_RATING, Rating

DEVIATION: Final = 250.0
NORMAL_CASE: Final = -50.0
# Overlap that two radiologists reach at the median where nothing is known: METRICS.md.
USUAL_AGREEMENT: Final = 0.5
POINTS_PER_AGREEMENT: Final = 400.0
# A tenth of the film each way.
USUAL_AREA: Final = 0.01
POINTS_PER_TENFOLD: Final = 150.0
POINTS_PER_FURTHER_FINDING: Final = 40.0
MOST: Final = 300.0


@dataclass(frozen=True, slots=True)
class FindingPrior:
    """A finding on a case. ``area``: of its smallest region, as a share of the film, in (0, 1];
    ``agreement``: the radiologists' median overlap on it. None where nobody knows."""

    area: float | None = None
    agreement: float | None = None


def finding_prior(finding: FindingPrior) -> Rating:
    """Small things, and what radiologists place differently, are harder."""
    points = 0.0
    if finding.area is not None and finding.area > 0:
        points += POINTS_PER_TENFOLD * math.log10(USUAL_AREA / finding.area)
    if finding.agreement is not None:
        points += POINTS_PER_AGREEMENT * (USUAL_AGREEMENT - finding.agreement)
    return Rating(START_RATING + min(MOST, max(-MOST, points)), DEVIATION)


def case_prior(findings: Sequence[FindingPrior]) -> Rating:
    """The mean of its findings, harder with each further one; a normal case is a little easier."""
    if not findings:
        return Rating(START_RATING + NORMAL_CASE, DEVIATION)
    mean = sum(finding_prior(finding).value for finding in findings) / len(findings)
    further = POINTS_PER_FURTHER_FINDING * (len(findings) - 1)
    return Rating(min(START_RATING + MOST, mean + further), DEVIATION)
