"""The words the reader knows, from lexicon.toml and cues.toml, as one tree of phrases."""

import itertools
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scoring.reports.reader.reading import (
    NORMAL_FAMILY,
    Acuity,
    Certainty,
    Change,
    Placement,
    Region,
    Severity,
    Side,
)
from scoring.reports.reader.spelling import SpellingIndex
from scoring.reports.reader.text import fold

_HERE = Path(__file__).parent
# So many spellings are remembered, then all are forgotten: the texts come from outside.
MOST_REMEMBERED_WORDS = 50_000
# Longer than any word of medicine; without blanks a whole text is one.
LONGEST_REMEMBERED_WORD = 40


LUNG_PLACES = frozenset(
    [
        "upper-lobe",
        "middle-lobe",
        "lower-lobe",
        "lingula",
        "upper-zone",
        "mid-zone",
        "lower-zone",
        "base",
        "apex",
    ]
)


# Anatomy that says no more of the place of a finding than its concept does.
VAGUE_PLACES = frozenset(
    [
        "lungs",
        "pleura",
        "chest",
        "heart",
        "cardiothoracic-ratio",
        "vasculature",
        "interstitium",
        "lung-volumes",
        "bronchi",
        "devices",
        "bones",
        "soft-tissue",
        "cardiomediastinum",
        "abdomen",
        "lymph-node",
    ]
)


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that a report can say is there.

    ``family``: concepts of one family may stand for one another. ``taxonomy``: the slug of the box
    game's finding that it belongs to, empty where there is none.
    """

    slug: str
    name: str
    family: str
    region: Region
    taxonomy: str = ""

    is_device: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_device", self.region is Region.DEVICES)


class Entry:
    """What one phrase means; a phrase may mean several things, and its place decides which."""

    __slots__ = (
        "abnormality",
        "acuity",
        "anatomy",
        "certainty_after",
        "certainty_before",
        "change",
        "clause_start",
        "commits",
        "concept",
        "count",
        "denies_after",
        "denies_before",
        "describes",
        "descriptors",
        "history",
        "inner",
        "is_cue",
        "is_noun",
        "normal",
        "place",
        "placement",
        "plural",
        "prior",
        "prior_before",
        "qualities",
        "severity",
        "side",
        "unassessed_after",
        "unassessed_before",
        "where",
    )  # fmt: skip

    def __init__(self) -> None:
        self.concept: Concept | None = None
        self.plural = False
        self.anatomy = ""
        self.qualities: tuple[str, ...] = ()
        self.place = ""
        self.side: Side | None = None
        self.severity: Severity | None = None
        self.acuity: Acuity | None = None
        self.change: Change | None = None
        self.count: int | None = None
        self.descriptors: tuple[str, ...] = ()
        self.placement: Placement | None = None
        self.normal = False
        self.abnormality = False
        self.denies_before = False
        self.denies_after = False
        self.certainty_before: Certainty | None = None
        self.certainty_after: Certainty | None = None
        self.commits = False
        self.unassessed_before = False
        self.unassessed_after = False
        self.history = False
        self.prior = False
        self.prior_before = False
        self.clause_start = False
        self.is_noun = False
        # Said of the entry once all tables are read, so that reading looks at one flag.
        self.is_cue = False
        self.describes = False
        self.where = ""
        # Words inside a concept's phrase that describe it too: their place in it, their entries.
        self.inner: tuple[tuple[int, Entry], ...] = ()

    def settle(self) -> None:
        """Sum up what the entry can do."""
        self.is_cue = (
            self.denies_before
            or self.denies_after
            or self.certainty_before is not None
            or self.certainty_after is not None
            or self.commits
            or self.unassessed_before
            or self.unassessed_after
            or self.history
            or self.prior_before
        )
        self.where = self.place or (self.anatomy if self.anatomy not in VAGUE_PLACES else "")
        self.describes = bool(
            self.place
            or self.anatomy
            or self.side is not None
            or self.severity is not None
            or self.acuity is not None
            or self.change is not None
            or self.count is not None
            or self.descriptors
            or self.placement is not None
        )


# The same few thousand words stand in tens of thousands of phrases.
_fold = cache(fold)

# A node maps the next word to a node; the entry that ends there stands under the empty word.
Node = dict[str, Any]


_SIDES = frozenset({"left", "right"})
_SHORT_SIDES = ("l", "r", "lt", "rt")


def expand(pattern: str) -> Iterator[tuple[str, ...]]:
    """The phrases of a pattern: ``a|b c?`` is "a", "b", "a c", "b c".

    Where either side may stand, so may its letter.
    """
    slots: list[tuple[str, ...]] = []
    for slot in pattern.split():
        optional = slot.endswith("?") and slot != "?"
        choices = tuple((slot[:-1] if optional else slot).split("|"))
        if _SIDES.issubset(choices):
            choices += _SHORT_SIDES
        slots.append(("", *choices) if optional else choices)
    for choice in itertools.product(*slots):
        phrase = tuple(word for word in choice if word)
        if phrase:
            yield phrase


def plural_of(word: str) -> str:
    """The regular plural, or the word itself where it has none."""
    if word.endswith("ss"):
        return word + "es"
    if len(word) < 3 or word.endswith(("s", "ed", "ing", "ic", "al", "ous", "ary")):
        return word
    if word.endswith(("x", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


class Lexicon:
    """Phrases by their words, concepts by their slug, and the composition of both."""

    def __init__(self, data: Mapping[str, Any], cues: Mapping[str, Any]) -> None:
        self.root: Node = {}
        self.words: set[str] = set()
        self.concepts: dict[str, Concept] = {}
        self.anatomy_region: dict[str, Region] = {}
        self.compositions: dict[tuple[str, str], Concept] = {}
        self.remembered: dict[str, str] = {}
        self._load_concepts(data)
        self._load_attributes(data)
        self._load_cues(cues)
        self._settle(self.root, ())
        self.normal_concepts: dict[Region, Concept] = {
            region: Concept(
                f"normal-{region.value}", f"normal {_REGION_NAMES[region]}", NORMAL_FAMILY, region
            )
            for region in Region
        }
        self.filler = {fold(word) for text in cues["filler"]["words"] for word in text.split()}
        self.of_whole_film = {
            fold(word) for text in cues["whole"]["words"] for word in text.split()
        }
        self.known = (
            self.words | self.filler | self.of_whole_film | set(",;:=()/#_?<>") | {"?after"}
        )
        self._spelling = SpellingIndex(self.words)

    def canonical(self, written: str) -> str:
        """The lexicon's spelling of a word as it was written, misspellings mended."""
        known = self.remembered.get(written)
        if known is not None:
            return known
        word = fold(written)
        if word not in self.known:
            word = self._spelling.nearest(word) or word
        if len(written) <= LONGEST_REMEMBERED_WORD:
            if len(self.remembered) >= MOST_REMEMBERED_WORDS:
                self.remembered.clear()
            self.remembered[written] = word
        return word

    # -------------------------------------------------------------- loading

    def _settle(self, node: Node, phrase: tuple[str, ...]) -> None:
        for word, following in node.items():
            if word:
                self._settle(following, (*phrase, word))
        entry: Entry | None = node.get("")
        if entry is None:
            return
        entry.settle()
        if entry.concept is not None and len(phrase) > 1:
            singles = (
                (place, self.root[word].get(""))
                for place, word in enumerate(phrase)
                if word in self.root
            )
            entry.inner = tuple(
                (place, single)
                for place, single in singles
                if single is not None and (single.side or single.place or single.descriptors)
            )

    def entry(self, phrase: tuple[str, ...]) -> Entry:
        node = self.root
        for word in phrase:
            node = node.setdefault(word, {})
            self.words.add(word)
        found: Entry | None = node.get("")
        if found is None:
            found = node[""] = Entry()
        return found

    def _entries(
        self, patterns: Iterable[str], *, plurals: bool = False
    ) -> Iterator[tuple[Entry, bool]]:
        """The entries of patterns, each with whether it is the plural made by rule."""
        phrases = dict.fromkeys(
            tuple([_fold(word) for word in phrase])
            for pattern in patterns
            for phrase in expand(pattern)
        )
        for phrase in phrases:
            yield self.entry(phrase), False
        if plurals:
            for phrase in phrases:
                several = (*phrase[:-1], plural_of(phrase[-1]))
                if several != phrase:
                    yield self.entry(several), True

    def _load_concepts(self, data: Mapping[str, Any]) -> None:
        for slug, row in data["concepts"].items():
            concept = Concept(
                slug, row["name"], row["family"], Region(row["region"]), row.get("taxonomy", "")
            )
            self.concepts[slug] = concept
            for entry, several in self._entries(row["words"], plurals=True):
                # The first that claims a phrase has it: the file's order is its priority.
                if entry.concept is None:
                    entry.concept = concept
                entry.plural = entry.plural or several
                entry.is_noun = True
        for slug, row in data["anatomy"].items():
            self.anatomy_region[slug] = Region(row["region"])
            for entry, _ in self._entries(row["words"]):
                if not entry.anatomy:
                    entry.anatomy = slug
                entry.is_noun = True
        for quality, patterns in data["qualities"].items():
            for entry, _ in self._entries(patterns):
                entry.qualities = (*entry.qualities, quality)
        for rule in data["compose"]:
            for pair in itertools.product(rule["anatomy"], rule["quality"]):
                self.compositions[pair] = self.concepts[rule["concept"]]

    def _load_attributes(self, data: Mapping[str, Any]) -> None:
        for place, patterns in data["places"].items():
            for entry, _ in self._entries(patterns):
                entry.place = entry.place or place
                self._make_lung(entry)
        for row in data["combined"]:
            for entry, _ in self._entries(row["words"]):
                entry.side, entry.place = Side(row["side"]), row["place"]
                self._make_lung(entry)
        for side, patterns in data["sides"].items():
            for entry, _ in self._entries(patterns):
                entry.side = entry.side or Side(side)
        for severity, patterns in data["severities"].items():
            for entry, _ in self._entries(patterns):
                entry.severity = entry.severity or Severity(int(severity))
        for acuity, patterns in data["acuities"].items():
            for entry, _ in self._entries(patterns):
                entry.acuity = entry.acuity or Acuity(acuity)
        for change, patterns in data["changes"].items():
            for entry, _ in self._entries(patterns):
                entry.change = entry.change or Change(change)
        for number, patterns in data["numbers"].items():
            for entry, _ in self._entries(patterns):
                entry.count = int(number) if entry.count is None else entry.count
        for descriptor, patterns in data["descriptors"].items():
            for entry, _ in self._entries(patterns):
                entry.descriptors = (*entry.descriptors, descriptor)
        for placement, patterns in data["placements"].items():
            for entry, _ in self._entries(patterns):
                entry.placement = entry.placement or Placement(placement)

    @staticmethod
    def _make_lung(entry: Entry) -> None:
        """Zones and lobes are lung, so that "the bases are clear" says something of it."""
        if entry.place in LUNG_PLACES and not entry.anatomy:
            entry.anatomy = "lungs"
            entry.is_noun = True

    def _load_cues(self, cues: Mapping[str, Any]) -> None:
        flags: tuple[tuple[Iterable[str], str], ...] = (
            (cues["deny"]["before"], "denies_before"),
            (cues["deny"]["after"], "denies_after"),
            (cues["hedge"]["committed_before"], "commits"),
            (cues["unassessed"]["before"], "unassessed_before"),
            (cues["unassessed"]["after"], "unassessed_after"),
            (cues["history"]["before"], "history"),
            (cues["prior"]["words"], "prior"),
            (cues["prior"]["before"], "prior_before"),
            (cues["stop"]["words"], "clause_start"),
            (cues["normal"]["words"], "normal"),
            (cues["abnormality"]["words"], "abnormality"),
        )
        for patterns, flag in flags:
            for entry, _ in self._entries(patterns):
                setattr(entry, flag, True)
        certainties = (
            ("probable_before", "certainty_before", Certainty.PROBABLE),
            ("possible_before", "certainty_before", Certainty.POSSIBLE),
            ("probable_after", "certainty_after", Certainty.PROBABLE),
            ("possible_after", "certainty_after", Certainty.POSSIBLE),
        )
        for table, attribute, certainty in certainties:
            for entry, _ in self._entries(cues["hedge"][table]):
                setattr(entry, attribute, getattr(entry, attribute) or certainty)
        # Known as phrases, so that the longest match takes them, and without meaning.
        for _ in self._entries(cues["ignore"]["words"]):
            pass


_REGION_NAMES = {
    Region.LUNGS: "lungs",
    Region.PLEURA: "pleura",
    Region.HEART: "heart",
    Region.MEDIASTINUM: "mediastinum and hila",
    Region.BONES: "bones",
    Region.SOFT_TISSUE: "soft tissue",
    Region.ABDOMEN: "upper abdomen",
    Region.DEVICES: "devices",
    Region.CHEST: "chest",
}


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


LEXICON = Lexicon(_load("lexicon.toml"), _load("cues.toml"))
CONCEPTS: Mapping[str, Concept] = LEXICON.concepts
NORMAL_REGIONS: Mapping[Region, Concept] = LEXICON.normal_concepts
