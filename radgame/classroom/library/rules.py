"""A rule for a case set, and how many cases of what it asks for. Pure.

"20 cases, 30 % normal, pneumothorax and effusion" is six normal cases, seven with a pneumothorax
and seven with an effusion.
"""

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """What the cases of a part have in common."""

    NORMAL = "normal"
    FINDING = "finding"
    ABNORMAL = "abnormal"
    """Something is on the film, whatever it is."""
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Rule:
    """``normal_percent``: None leaves it to chance, or to none where findings are named.

    ``findings``: slugs, each once.
    """

    size: int
    normal_percent: int | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    what: What
    count: int
    finding: str = ""


def normal_count(rule: Rule) -> int:
    """The share of normal cases, in whole cases, half a case rounded up."""
    return (rule.size * (rule.normal_percent or 0) + 50) // 100


def places_for_findings(rule: Rule) -> int:
    return rule.size - normal_count(rule)


def plan(rule: Rule) -> tuple[Part, ...]:
    """The parts of the set; their counts add up to its size, and none is empty.

    Findings share what is not normal evenly, the first ones getting what is left over. Raises
    ``ValueError`` for a size below 1, a share outside 0 to 100, or a finding named twice.
    """
    if rule.size < 1:
        raise ValueError("a set has at least one case")
    if rule.normal_percent is not None and not 0 <= rule.normal_percent <= 100:
        raise ValueError("a share is between 0 and 100 per cent")
    if len(set(rule.findings)) != len(rule.findings):
        raise ValueError("a finding is named once")
    rest = places_for_findings(rule)
    parts = [Part(What.NORMAL, normal_count(rule))]
    if rule.findings:
        each, over = divmod(rest, len(rule.findings))
        parts += [
            Part(What.FINDING, each + (number < over), finding)
            for number, finding in enumerate(rule.findings)
        ]
    else:
        parts.append(Part(What.ANY if rule.normal_percent is None else What.ABNORMAL, rest))
    return tuple(part for part in parts if part.count)
