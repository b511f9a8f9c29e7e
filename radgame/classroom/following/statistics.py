"""What can be said of counts and scores, and how surely. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

# The standard normal distribution's value that 95 % lie within, on both sides.
Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def wilson(part: float, of: float, *, z: float = Z95) -> Interval:
    """Wilson's interval of a share, in [0, 1]: also right for few, and for none or all.

    ``part`` may be a sum of scores in [0, 1]: their spread is at most that of hits and misses with
    the same mean, so the interval is then too wide rather than too narrow. Raises ValueError where
    ``of`` is not above 0 or ``part`` not within it.
    """
    if not (of > 0 and 0 <= part <= of):
        raise ValueError(f"{part} of {of} is no share.")
    share = part / of
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    middle, scale = share + z * z / (2 * of), 1 + z * z / of
    return Interval(max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


def mean_interval(values: "Sequence[float] | NDArray[np.float64]") -> Interval:
    """Student's 95 % interval of the mean of independent values in [0, 1], cut at those ends.

    Raises ValueError for fewer than two values: one says nothing of the spread.
    """
    if len(values) < 2:
        raise ValueError("One value has no spread.")
    mean, n = float(np.mean(values)), len(values)
    spread = float(stdtrit(n - 1, 0.975)) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return Interval(max(0.0, mean - spread), min(1.0, mean + spread))


def difference(
    before: "NDArray[np.float64]", after: "NDArray[np.float64]"
) -> tuple[float, Interval]:
    """The mean after less the mean before, with Student's 95 % interval of equal spreads.

    Both of shape (n,), n at least 2. Raises ValueError for fewer.
    """
    n, m = len(before), len(after)
    if min(n, m) < 2:
        raise ValueError("One value has no spread.")
    value = float(after.mean() - before.mean())
    pooled = ((n - 1) * before.var(ddof=1) + (m - 1) * after.var(ddof=1)) / (n + m - 2)
    spread = float(stdtrit(n + m - 2, 0.975)) * math.sqrt(float(pooled) * (1 / n + 1 / m))
    return value, Interval(value - spread, value + spread)
