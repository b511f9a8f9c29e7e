"""The findings reader: what a report says, where, how surely, and of which region.

`read_report` is the entrance; what it gives back is described in `reading`. What it knows of words
stands in `lexicon.toml` and `cues.toml`, and `CONCEPTS` offers the facts of each concept.
"""

from scoring.reports.reader.lexicon import CONCEPTS, NORMAL_REGIONS, Concept
from scoring.reports.reader.memory import remembers_passages
from scoring.reports.reader.reader import READER_VERSION, read_report
from scoring.reports.reader.reading import (
    NO_ATTRIBUTES,
    NORMAL_FAMILY,
    Acuity,
    Attributes,
    Certainty,
    Change,
    Count,
    Mention,
    Noted,
    PassageReading,
    Placement,
    Polarity,
    Region,
    RegionCover,
    ReportReading,
    Scope,
    Section,
    Severity,
    Side,
    Size,
    Span,
    moved_spans,
)

__all__ = [
    "CONCEPTS",
    "NORMAL_FAMILY",
    "NORMAL_REGIONS",
    "NO_ATTRIBUTES",
    "READER_VERSION",
    "Acuity",
    "Attributes",
    "Certainty",
    "Change",
    "Concept",
    "Count",
    "Mention",
    "Noted",
    "PassageReading",
    "Placement",
    "Polarity",
    "Region",
    "RegionCover",
    "ReportReading",
    "Scope",
    "Section",
    "Severity",
    "Side",
    "Size",
    "Span",
    "moved_spans",
    "read_report",
    "remembers_passages",
]
