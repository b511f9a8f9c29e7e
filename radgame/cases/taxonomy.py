"""The taxonomy, the datasets and the label maps as written in ``data/*.toml``; no database."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

DATA = Path(__file__).parent / "data"
COLOURS = 8
"""How many colours the viewer keeps for findings (static/css/tokens.css)."""


class TaxonomyError(Exception):
    """A data file contradicts itself or another; the message says where."""


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """One abnormality of the taxonomy, with what is known about how readers agree on it."""

    slug: str
    name: str
    kind: Literal["draw", "select"]
    position: int
    colour: int
    appearance: str
    appearance_source: str
    synonyms: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    reader_iou_median: float | None = None
    reader_iou_source: str = ""


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """Where cases come from and on what terms; ``findings`` is the label set offered."""

    slug: str
    name: str
    version: str
    licence: str
    licence_url: str
    citation: str
    attribution: str
    terms: str
    homepage: str
    redistributable: bool
    synthetic: bool
    audience: Literal["everyone", "signed_in", "staff"]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelRule:
    """What a source label means here.

    ``finding`` is None where the label is not scored. ``silent`` names findings on which
    the film becomes silent because of this label: a mark so named may well be right, and
    the source does not say.
    """

    finding: str | None
    silent: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SentenceRule:
    """Recovers a source label that a derived file has merged away, from the report sentence."""

    label: str
    contains: tuple[str, ...]
    unless: tuple[str, ...]
    meaning: str

    def applies(self, label: str, sentence: str) -> bool:
        """Whether this statement carries the rule's meaning."""
        text = sentence.casefold()
        return (
            label.casefold() == self.label.casefold()
            and any(word in text for word in self.contains)
            and not any(word in text for word in self.unless)
        )


@dataclass(frozen=True, slots=True)
class LabelMap:
    """Source labels of one dataset → findings of the taxonomy. Lookups ignore case."""

    dataset: str
    rules: Mapping[str, LabelRule]
    normal: frozenset[str] = frozenset()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sentence_rules: tuple[SentenceRule, ...] = ()

    def rule(self, label: str) -> LabelRule | None:
        """The rule for a label, or None where the map does not know it."""
        return self.rules.get(label.strip().casefold())

    def is_normal(self, label: str) -> bool:
        """Whether the label says that the expert found nothing."""
        return label.strip().casefold() in self.normal

    def findings_of(self, group: str) -> tuple[str, ...]:
        """The findings that the experts of one release of the dataset looked for."""
        return self.groups[group]


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


@cache
def load_findings() -> Mapping[str, FindingEntry]:
    """The taxonomy by slug, in its order."""
    entries: dict[str, FindingEntry] = {}
    for position, row in enumerate(_read(DATA / "findings.toml")["finding"]):
        entry = FindingEntry(
            slug=row["slug"],
            name=row["name"],
            kind=row["kind"],
            position=position,
            colour=row["colour"],
            appearance=" ".join(row["appearance"].split()),
            appearance_source=row["appearance_source"],
            synonyms=tuple(row.get("synonyms", ())),
            codes=MappingProxyType(dict(row.get("codes", {}))),
            reader_iou_median=row.get("reader_iou_median"),
            reader_iou_source=row.get("reader_iou_source", ""),
        )
        if entry.slug in entries:
            raise TaxonomyError(f"findings.toml names {entry.slug} twice.")
        if entry.kind not in ("draw", "select"):
            raise TaxonomyError(f"findings.toml: {entry.slug} is neither draw nor select.")
        if not 0 <= entry.colour < COLOURS:
            raise TaxonomyError(f"findings.toml: {entry.slug} has no colour from 0 to 7.")
        entries[entry.slug] = entry
    return MappingProxyType(entries)


def _known(slugs: tuple[str, ...], where: str) -> tuple[str, ...]:
    unknown = [slug for slug in slugs if slug not in load_findings()]
    if unknown:
        raise TaxonomyError(f"{where} names {', '.join(unknown)}, which findings.toml lacks.")
    return slugs


@cache
def load_datasets() -> Mapping[str, DatasetEntry]:
    """The datasets by slug."""
    entries: dict[str, DatasetEntry] = {}
    for row in _read(DATA / "datasets.toml")["dataset"]:
        entries[row["slug"]] = DatasetEntry(
            slug=row["slug"],
            name=row["name"],
            version=row.get("version", ""),
            licence=row["licence"],
            licence_url=row.get("licence_url", ""),
            citation=row["citation"],
            attribution=row.get("attribution", ""),
            terms=row.get("terms", ""),
            homepage=row.get("homepage", ""),
            redistributable=row["redistributable"],
            synthetic=row.get("synthetic", False),
            audience=row["audience"],
            findings=_known(tuple(row["findings"]), f"datasets.toml: {row['slug']}"),
        )
    return MappingProxyType(entries)


@cache
def load_labels(dataset: str) -> LabelMap:
    """The label map of one dataset, checked against the taxonomy."""
    path = DATA / "labels" / f"{dataset}.toml"
    content = _read(path)
    rules: dict[str, LabelRule] = {}
    for label, finding in content.get("labels", {}).items():
        rules[label.casefold()] = LabelRule(finding)
    for label, row in content.get("doubtful", {}).items():
        rules[label.casefold()] = LabelRule(
            row.get("finding"), tuple(row.get("silent", ())), row["reason"]
        )
    for label, reason in content.get("not_scored", {}).items():
        rules[label.casefold()] = LabelRule(None, (), reason)
    for label, rule in rules.items():
        named = rule.silent if rule.finding is None else (rule.finding, *rule.silent)
        _known(named, f"{path.name}: {label}")
    return LabelMap(
        dataset=dataset,
        rules=MappingProxyType(rules),
        normal=frozenset(label.casefold() for label in content.get("normal", {}).get("labels", ())),
        groups=MappingProxyType(
            {
                name: _known(tuple(slugs), f"{path.name}: {name}")
                for name, slugs in content.get("looked_for", {}).items()
            }
        ),
        sentence_rules=tuple(
            SentenceRule(
                label=row["label"],
                contains=tuple(row["contains"]),
                unless=tuple(row.get("unless", ())),
                meaning=row["meaning"],
            )
            for row in content.get("sentence_rule", ())
        ),
    )
