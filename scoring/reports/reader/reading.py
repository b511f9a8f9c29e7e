"""What the findings reader gives back: a report as mentions of findings, each with its spans.

All spans are half-open pairs of code points of the text that was read, as it was given: whatever
was folded on the way (case, dashes, accents), ``text[start:end]`` is what the writer wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

Span = tuple[int, int]


def moved_spans(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    """The spans, ``by`` code points further on."""
    if not spans:
        return ()
    return tuple([(start + by, end + by) for start, end in spans])


class Section(StrEnum):
    """The part of a report in which a sentence stands."""

    FINDINGS = "findings"
    IMPRESSION = "impression"
    INDICATION = "indication"
    COMPARISON = "comparison"
    TECHNIQUE = "technique"
    NONE = "none"


class Polarity(StrEnum):
    """What the writer says of a finding."""

    PRESENT = "present"
    HEDGED = "hedged"
    ABSENT = "absent"
    NOT_ASSESSED = "not_assessed"


class Certainty(StrEnum):
    """How sure the writer is: "likely" is probable, "cannot exclude" is possible."""

    DEFINITE = "definite"
    PROBABLE = "probable"
    POSSIBLE = "possible"


class Scope(StrEnum):
    """Whether the finding is of this film, of the patient's past, or of an earlier film."""

    CURRENT = "current"
    HISTORY = "history"
    PRIOR = "prior"


class Region(StrEnum):
    """The parts of the chest that a systematic reading goes through."""

    LUNGS = "lungs"
    PLEURA = "pleura"
    HEART = "heart"
    MEDIASTINUM = "mediastinum"
    BONES = "bones"
    SOFT_TISSUE = "soft_tissue"
    ABDOMEN = "abdomen"
    DEVICES = "devices"
    # "No acute abnormality" says something of the whole film and of no part of it.
    CHEST = "chest"


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    MIDLINE = "midline"


class Severity(IntEnum):
    """One scale for amount, size in words, and degree."""

    TRACE = 1
    MILD = 2
    MODERATE = 3
    SEVERE = 4
    MASSIVE = 5


class Acuity(StrEnum):
    ACUTE = "acute"
    CHRONIC = "chronic"
    OLD = "old"


class Change(StrEnum):
    NEW = "new"
    INCREASED = "increased"
    DECREASED = "decreased"
    STABLE = "stable"
    RESOLVED = "resolved"


class Placement(StrEnum):
    """Whether a device is said to lie where it should."""

    GOOD = "good"
    MALPOSITIONED = "malpositioned"
    REMOVED = "removed"


# What is made for every finding of every report is a named tuple: that takes a third of the time of
# a frozen dataclass, if its fields are given without their names.

T = TypeVar("T")


class Noted(NamedTuple, Generic[T]):
    """A value, and the words that say it."""

    value: T
    span: Span

    def moved(self, by: int) -> "Noted[T]":
        """The same, ``by`` code points further on."""
        start, end = self.span
        return Noted(self.value, (start + by, end + by))


@dataclass(frozen=True, slots=True)
class Size:
    """A measurement in millimetres, the dimensions in the order in which they were written.

    ``is_range``: the two are the ends of what may be ("1-2 cm").
    """

    dimensions_mm: tuple[float, ...]
    is_range: bool = False

    @property
    def longest_mm(self) -> float:
        return max(self.dimensions_mm)


@dataclass(frozen=True, slots=True)
class Count:
    """``count`` is None where only "several" or a plural was written."""

    count: int | None

    @property
    def is_multiple(self) -> bool:
        return self.count != 1


class Attributes(NamedTuple):
    """What is said about a finding beyond its name; None or empty where nothing is said.

    ``places`` are slugs of zones, lobes and named places ("lower-lobe", "base", "hilum").
    ``descriptors`` are slugs ("calcified", "loculated", "tension").
    Of devices: ``tip`` is the place where it ends, ``tip_distance`` how far in millimetres the tip
    lies above the carina (below it: negative), ``placement`` whether it is said to lie well.
    """

    side: Noted[Side] | None = None
    places: tuple[Noted[str], ...] = ()
    severity: Noted[Severity] | None = None
    size: Noted[Size] | None = None
    number: Noted[Count] | None = None
    acuity: Noted[Acuity] | None = None
    change: Noted[Change] | None = None
    descriptors: tuple[Noted[str], ...] = ()
    tip: Noted[str] | None = None
    tip_distance_mm: Noted[float] | None = None
    placement: Noted[Placement] | None = None

    def moved(self, by: int) -> "Attributes":
        """The same, ``by`` code points further on."""
        if self is NO_ATTRIBUTES:
            return self
        return Attributes(
            self.side and self.side.moved(by),
            tuple([place.moved(by) for place in self.places]),
            self.severity and self.severity.moved(by),
            self.size and self.size.moved(by),
            self.number and self.number.moved(by),
            self.acuity and self.acuity.moved(by),
            self.change and self.change.moved(by),
            tuple([descriptor.moved(by) for descriptor in self.descriptors]),
            self.tip and self.tip.moved(by),
            self.tip_distance_mm and self.tip_distance_mm.moved(by),
            self.placement and self.placement.moved(by),
        )


NO_ATTRIBUTES = Attributes()
NORMAL_FAMILY = "normal"
# Python 3.11 looks up a member of an enumeration in 150 ns, a global name in 10.
_CURRENT, _PRESENT, _HEDGED = Scope.CURRENT, Polarity.PRESENT, Polarity.HEDGED


class Mention(NamedTuple):
    """One finding as it is mentioned once.

    ``words``: the words that name it, in reading order; several spans where they are apart
    ("*heart* is mildly *enlarged*"). ``cues``: what decided polarity, certainty and scope.
    A statement that a region is normal is a mention too: family "normal", concept "normal-heart".
    ``refers_to_prior``: its clause compares with an earlier study.
    """

    concept: str
    family: str
    region: Region
    words: tuple[Span, ...]
    clause: Span
    section: Section
    polarity: Polarity
    scope: Scope
    certainty: Certainty
    attributes: Attributes = NO_ATTRIBUTES
    cues: tuple[Span, ...] = ()
    refers_to_prior: bool = False

    def moved(self, by: int) -> "Mention":
        """The same, ``by`` code points further on."""
        start, end = self.clause
        return Mention(
            self.concept, self.family, self.region, moved_spans(self.words, by),
            (start + by, end + by), self.section, self.polarity, self.scope, self.certainty,
            self.attributes.moved(by), moved_spans(self.cues, by), self.refers_to_prior,
        )  # fmt: skip

    @property
    def is_normal_statement(self) -> bool:
        return self.family == NORMAL_FAMILY

    @property
    def is_positive(self) -> bool:
        """Whether it asserts, firmly or not, an abnormal finding of this film."""
        return (
            self.family != NORMAL_FAMILY
            and self.scope is _CURRENT
            and (self.polarity is _PRESENT or self.polarity is _HEDGED)
        )


class RegionCover(NamedTuple):
    """A region that the report speaks of, and the words where it does."""

    region: Region
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PassageReading:
    """A passage, read as if it were a whole report; see there. Spans are of its own text."""

    text: str
    mentions: tuple[Mention, ...] = ()
    regions: tuple[RegionCover, ...] = ()
    sentences: tuple[Span, ...] = ()
    prior_references: tuple[Span, ...] = ()
    unknown_words: tuple[Span, ...] = ()

    def __hash__(self) -> int:
        # All but the text follows from it, nearly; so what is gathered from it is soon found again.
        return hash(self.text)


@dataclass(frozen=True)
class ReportReading:
    """A whole report, read: its passages, each with the place where it starts.

    What they say together is put together when it is asked for, with spans of the whole text.
    """

    text: str
    passages: tuple[tuple[int, PassageReading], ...] = ()

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """All mentions, in the order of the text."""
        return tuple(
            [mention.moved(start) for start, read in self.passages for mention in read.mentions]
        )

    @cached_property
    def regions(self) -> tuple[RegionCover, ...]:
        """The parts of the chest that findings or impression speak of, as they come first."""
        covered: dict[Region, list[Span]] = {}
        for start, read in self.passages:
            for cover in read.regions:
                covered.setdefault(cover.region, []).extend(moved_spans(cover.spans, start))
        return tuple([RegionCover(region, tuple(spans)) for region, spans in covered.items()])

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """From the first token of each sentence to its last."""
        return self._together("sentences")

    @cached_property
    def prior_references(self) -> tuple[Span, ...]:
        """Words that speak of an earlier study."""
        return self._together("prior_references")

    @cached_property
    def unknown_words(self) -> tuple[Span, ...]:
        """Words that the reader has no use for, so that nobody takes silence for understanding."""
        return self._together("unknown_words")

    def words_of(self, mention: Mention) -> str:
        """The mention's own words, as they were written."""
        return " ".join(self.text[start:end] for start, end in mention.words)

    def _together(self, kind: str) -> tuple[Span, ...]:
        return tuple(
            [
                span
                for start, read in self.passages
                for span in moved_spans(getattr(read, kind), start)
            ]
        )
