"""What a practice set is made of: which findings, and how many films of each kind. Pure.

The site and the simulation of it (``tests/bench/simulate_review.py``) both plan with this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SIZE: Final = 10
WITH_DUE: Final = 6
NORMAL: Final = 3
MOST_FINDINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Share:
    """So many films that show this finding, whatever else they show."""

    finding: str
    films: int


@dataclass(frozen=True, slots=True)
class Plan:
    """``normal``: films without a finding; what is left to ``size`` may be any film."""

    shares: tuple[Share, ...]
    normal: int
    size: int = SIZE


def findings_first(*, due: Sequence[str], weakest: Sequence[str]) -> list[str]:
    """At most three: what is due, in the order given, then what the reader is weakest at."""
    wanted = [*due, *(finding for finding in weakest if finding not in due)]
    return wanted[:MOST_FINDINGS]


def planned(findings: Sequence[str]) -> Plan:
    """Six of ten for these findings, as evenly as it goes, the first ones getting what is over.

    Without a finding any ten films will do: nothing is known yet to practise.
    """
    if not findings:
        return Plan((), 0)
    each, over = divmod(WITH_DUE, len(findings))
    shares = (Share(finding, each + (number < over)) for number, finding in enumerate(findings))
    return Plan(tuple(shares), NORMAL)
