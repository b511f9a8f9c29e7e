"""How much a finding matters for this patient, from the table `significance.toml`.

The table is meant to be read and edited by radiologists; its own comments explain it. It is read
once and checked as it is read: a name that means nothing stops the program at its start.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from scoring.reports.evaluation import ReadingContext, Significance
from scoring.reports.reader.reading import Acuity, Placement, Severity

TABLE: Final = Path(__file__).with_name("significance.toml")

LADDER: Final = (
    Significance.BENIGN,
    Significance.NOT_ACTIONABLE,
    Significance.ACTIONABLE,
    Significance.URGENT,
)


class Traits(NamedTuple):
    """What the significance of a finding depends on, besides the patient."""

    concept: str
    severity: Severity | None = None
    size_mm: float | None = None
    acuity: Acuity | None = None
    placement: Placement | None = None
    descriptors: frozenset[str] = frozenset()
    is_doubtful: bool = False


class Weighed(NamedTuple):
    """A significance, and the sentence that says why."""

    significance: Significance
    why: str


@dataclass(frozen=True, slots=True)
class _Concept:
    usual: Significance
    why: str
    by_severity: tuple[tuple[int, Significance], ...]
    """(up to this severity, its significance), ascending; the usual one above the last."""


@dataclass(frozen=True, slots=True)
class _Rule:
    why: str
    concepts: frozenset[str]
    age_from: float
    age_below: float
    indication: re.Pattern[str] | None
    unless_indication: re.Pattern[str] | None
    severity_from: int
    severity_to: int
    size_below_mm: float | None
    acuity: frozenset[Acuity]
    placement: Placement | None
    descriptors: frozenset[str]
    is_doubtful: bool | None
    is_: Significance | None
    at_least: Significance | None
    at_most: Significance | None
    steps_down: int

    def suits(self, context: ReadingContext) -> bool:
        """Whether the patient is one the rule is about."""
        if self.age_from > 0 or self.age_below < _NO_AGE:
            age = context.age_years
            if age is None or not self.age_from <= age < self.age_below:
                return False
        if self.indication and not self.indication.search(context.indication):
            return False
        return not (self.unless_indication and self.unless_indication.search(context.indication))

    def applies(self, traits: Traits) -> bool:
        """Whether the finding is one the rule is about."""
        # What is not called large is not large.
        severity = traits.severity or 0
        if not self.severity_from <= severity <= self.severity_to:
            return False
        if self.size_below_mm is not None and (
            traits.size_mm is None or traits.size_mm >= self.size_below_mm
        ):
            return False
        return (
            (not self.acuity or traits.acuity in self.acuity)
            and (self.placement is None or traits.placement is self.placement)
            and (not self.descriptors or bool(self.descriptors & traits.descriptors))
            and (self.is_doubtful is None or traits.is_doubtful is self.is_doubtful)
        )

    def change(self, significance: Significance) -> Significance:
        step = LADDER.index(self.is_ or significance)
        if self.at_least:
            step = max(step, LADDER.index(self.at_least))
        if self.at_most:
            step = min(step, LADDER.index(self.at_most))
        return LADDER[max(0, step - self.steps_down)]


class SignificanceTable:
    """The table, and the one question it answers."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._unlisted = _concept(data["unlisted"])
        self.concepts: Mapping[str, _Concept] = {
            slug: _concept(row) for slug, row in data["concepts"].items()
        }
        groups = {name: frozenset(slugs) for name, slugs in data["groups"].items()}
        self._rules = tuple(_rule(row, groups) for row in data["rules"])
        self.for_patient = lru_cache(maxsize=1024)(self._find_suiting)

    def weigh(self, traits: Traits, context: ReadingContext) -> Weighed:
        """The significance for this patient."""
        return self.for_patient(context).weigh(traits)

    def _find_suiting(self, context: ReadingContext) -> "PatientTable":
        rules = tuple(rule for rule in self._rules if rule.suits(context))
        return PatientTable(self.concepts, self._unlisted, rules)


class PatientTable:
    """The table as it is for one patient."""

    def __init__(
        self, concepts: Mapping[str, _Concept], unlisted: _Concept, rules: tuple[_Rule, ...]
    ) -> None:
        self._concepts = concepts
        self._unlisted = unlisted
        self._rules = rules
        self._rules_of: dict[str, tuple[_Rule, ...]] = {}

    def weigh(self, traits: Traits) -> Weighed:
        """The usual significance, changed by every rule in turn."""
        concept = self._concepts.get(traits.concept, self._unlisted)
        significance, why = concept.usual, concept.why
        if traits.severity is not None:
            for limit, at_that in concept.by_severity:
                if traits.severity <= limit:
                    why = _told_by_degree(why, concept.usual, at_that)
                    significance = at_that
                    break
        rules = self._rules_of.get(traits.concept)
        if rules is None:
            rules = self._rules_of[traits.concept] = self._find_rules(traits.concept)
        for rule in rules:
            if rule.applies(traits):
                changed = rule.change(significance)
                if changed is not significance:
                    significance, why = changed, rule.why
        return Weighed(significance, why)

    def _find_rules(self, concept: str) -> tuple[_Rule, ...]:
        return tuple(rule for rule in self._rules if not rule.concepts or concept in rule.concepts)


def _told_by_degree(why: str, usual: Significance, stated: Significance) -> str:
    """Why it matters, where the stated degree makes it matter less or more than it usually does."""
    step = LADDER.index(stated) - LADDER.index(usual)
    if not step:
        return why
    return f"{why} {_LESS if step < 0 else _MORE}"


_LESS: Final = "When small or slight it is less pressing."
_MORE: Final = "When large or severe it is more pressing."


@lru_cache(maxsize=1)
def significance_table() -> SignificanceTable:
    """The table that ships with the program."""
    return SignificanceTable(tomllib.loads(TABLE.read_text(encoding="utf-8")))


_NO_AGE: Final = 1000.0
_CONCEPT_KEYS: Final = frozenset(
    {"usual", "why", "up_to_trace", "up_to_mild", "up_to_moderate", "up_to_severe", "up_to_massive"}
)
_RULE_KEYS: Final = frozenset(
    {
        "why", "about", "age_from", "age_below", "indication", "unless_indication",
        "severity_from", "severity_to", "size_below_mm", "acuity", "placement", "descriptors",
        "doubtful", "is", "at_least", "at_most", "steps_down",
    }
)  # fmt: skip


def _concept(row: Mapping[str, Any]) -> _Concept:
    _refuse_unknown(row, _CONCEPT_KEYS)
    return _Concept(
        usual=Significance(row["usual"]),
        why=row["why"],
        by_severity=tuple(
            (int(severity), Significance(row[key]))
            for severity in Severity
            if (key := f"up_to_{severity.name.lower()}") in row
        ),
    )


def _rule(row: Mapping[str, Any], groups: Mapping[str, frozenset[str]]) -> _Rule:
    _refuse_unknown(row, _RULE_KEYS)
    return _Rule(
        why=row["why"],
        concepts=frozenset().union(*(groups[name] for name in row.get("about", ()))),
        age_from=float(row.get("age_from", 0)),
        age_below=float(row.get("age_below", _NO_AGE)),
        indication=_words(row.get("indication")),
        unless_indication=_words(row.get("unless_indication")),
        severity_from=int(Severity[row["severity_from"].upper()]) if "severity_from" in row else 0,
        severity_to=int(
            Severity[row["severity_to"].upper()] if "severity_to" in row else Severity.MASSIVE
        ),
        size_below_mm=row.get("size_below_mm"),
        acuity=frozenset(Acuity(value) for value in row.get("acuity", ())),
        placement=Placement(row["placement"]) if "placement" in row else None,
        descriptors=frozenset(row.get("descriptors", ())),
        is_doubtful=row.get("doubtful"),
        is_=Significance(row["is"]) if "is" in row else None,
        at_least=Significance(row["at_least"]) if "at_least" in row else None,
        at_most=Significance(row["at_most"]) if "at_most" in row else None,
        steps_down=int(row.get("steps_down", 0)),
    )


def _words(words: list[str] | None) -> re.Pattern[str] | None:
    """Any of the words or beginnings of words; ``|`` and the like keep their meaning."""
    return re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE) if words else None


def _refuse_unknown(row: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise ValueError(f"The significance table has no column {', '.join(unknown)}.")
