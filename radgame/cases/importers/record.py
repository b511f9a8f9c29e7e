"""What every importer speaks: a case as a dataset describes it, before any pixel is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from radgame.imaging.film import Film

Box = tuple[float, float, float, float]
Polygon = tuple[tuple[float, float], ...]


NOTHING_TO_COMPARE = "Nobody says what is on the film: it can be viewed but not played."


class CannotRead(Exception):
    """The whole import cannot go on: a wrong folder, a missing file or column, damage.

    The message is one or two plain sentences: what is wrong and what to do.
    """


@dataclass(frozen=True, slots=True)
class Skipped:
    """One record or row that does not come in.

    ``reason`` is a full sentence without particulars, so that equal reasons can be counted;
    ``where`` names the file, line or film, with the particulars.
    """

    reason: str
    where: str


class BadRecord(Exception):
    """One record cannot come in; the rest of the import goes on."""

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(f"{reason} ({where})")
        self.skipped = Skipped(reason, where)

    def __reduce__(self) -> tuple[type["BadRecord"], tuple[str, str]]:
        return BadRecord, (self.skipped.reason, self.skipped.where)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A film in a file."""

    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class FilmSource:
    """A film that is in memory already, and what names its pixels once and for all."""

    film: Film
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RegionRecord:
    """Where one reader saw it: corners in units of the image's ``annotated_size``."""

    reader: str
    box: Box
    polygon: Polygon | None = None


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """One statement of one finding; without a region it is present but nobody drew where."""

    finding: str
    source_label: str
    regions: tuple[RegionRecord, ...] = ()
    sentence: str = ""
    sentence_es: str = ""
    locations: tuple[str, ...] = ()
    progression: str = ""
    explanation: str = ""
    explanation_source: str = ""

    @property
    def located(self) -> bool:
        """Whether any reader drew a region."""
        return bool(self.regions)


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One film of the case.

    ``annotated_size`` is the (width, height) to which the boxes refer: (1, 1) for
    fractions, (1024, 1024) for the NIH square; None when they are pixels of the image
    itself. ``readers`` names those who read the whole film, whatever they found.
    ``body_part`` is what the dataset says is shown, in the words of ``radgame.imaging.anatomy``.
    """

    sop_uid: str
    source: FileSource | FilmSource
    view: str = ""
    series_uid: str = ""
    annotated_size: tuple[float, float] | None = None
    findings: tuple[FindingRecord, ...] = ()
    readers: tuple[str, ...] = ()
    body_part: str = ""


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """The radiologist's report."""

    findings: str
    impression: str
    language: str = "en"
    technique: str = ""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case as the dataset describes it.

    ``is_normal``: True only where an expert said so, None where nobody said.
    ``scored_findings``: what the experts looked for on this film; silence on anything
    else is not a negative. ``not_playable``: why the case can be kept but not played in
    Localize; ``not_reportable``: every reason for which its report is kept but not played
    in Report (see ``choices``).
    """

    dataset: str
    key: str
    patient_key: str
    study_uid: str
    images: tuple[ImageRecord, ...]
    scored_findings: tuple[str, ...] = ()
    is_normal: bool | None = None
    age_years: float | None = None
    sex: str = ""
    indication: str = ""
    comparison: str = ""
    prior_study_uid: str = ""
    report: ReportRecord | None = None
    not_playable: str = ""
    not_reportable: tuple[Skipped, ...] = ()
    where: str = ""

    @property
    def for_localize(self) -> bool:
        """Whether marks can be compared: somebody looked for something, and nothing forbids it."""
        return bool(self.scored_findings) and not self.not_playable

    @property
    def for_report(self) -> bool:
        """Whether a report can be compared: one is there in English, and nothing forbids it."""
        report = self.report
        return (
            report is not None
            and report.language == "en"
            and bool(report.findings.strip())
            and not self.not_reportable
        )

    @property
    def why_not_playable(self) -> str:
        """Why no game can play it; empty when one can."""
        if self.for_localize or self.for_report:
            return ""
        reasons = (self.not_playable, *(fell.reason for fell in self.not_reportable))
        return next(filter(None, reasons), NOTHING_TO_COMPARE)


@dataclass(frozen=True, slots=True)
class Deferred:
    """A case that costs time to describe: made only when ``fingerprint`` is new.

    ``build`` runs in a worker process, so it is a module's function or a ``partial`` of one.
    """

    key: str
    fingerprint: str
    build: Callable[[], CaseRecord]


Item = CaseRecord | Deferred | Skipped

Expect = Callable[[int], None]
"""Told how many records are to come, by a reader that knows before it gives the first."""


def unheard(_records: int) -> None:
    """Nobody asks how many there are."""
