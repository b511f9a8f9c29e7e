"""From a record to what can be stored: pixels read, boxes in pixels, renditions made.

Runs in worker processes: nothing here touches the database, and everything that crosses
is plain data.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from radgame.imaging.errors import ImagingError
from radgame.imaging.film import Film, FilmFacts
from radgame.imaging.fingerprint import pixel_fingerprint
from radgame.imaging.preview import render_preview
from radgame.imaging.read import read_film
from radgame.imaging.wire import encode_pixels

from .record import (
    BadRecord,
    Box,
    CaseRecord,
    Deferred,
    FileSource,
    FindingRecord,
    ImageRecord,
    Polygon,
    RegionRecord,
    Skipped,
)

OUTSIDE = (
    "A box lies outside its film. Check that the image is the one that was annotated, "
    "or correct the box."
)
GONE = "The film's file could not be opened. Check that it is there and may be read."

SLACK = 0.01
"""Share of a side by which a box may stick out: rounding in the source, clipped to the film."""

PIPELINE = "renditions-1"
"""Changes when films have to be encoded anew from the same source."""


@dataclass(frozen=True, slots=True)
class Renditions:
    """The two files of a film for the browser, and the digest that names this pair."""

    preview: bytes
    pixels: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.preview + self.pixels).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """One film; ``findings`` have their regions in pixels of the film.

    ``fingerprint`` names what the renditions are made of. ``renditions`` is None when they
    are known already, or nothing is to be written.
    """

    record: ImageRecord
    facts: FilmFacts
    fingerprint: str
    findings: tuple[FindingRecord, ...]
    renditions: Renditions | None


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A case that is ready to be stored."""

    record: CaseRecord
    images: tuple[PreparedImage, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The record and its files are those of the last import."""

    key: str


Prepared = PreparedCase | Unchanged | Skipped


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of a case: its source fingerprint, and its films' by SOP UID."""

    fingerprint: str = ""
    films: Mapping[str, str] | None = None


def prepare(
    item: CaseRecord | Deferred, known: Known, *, encode: bool = True, max_pixels: int
) -> Prepared:
    """Read a case's films and bring its boxes into their pixels.

    A film that cannot be used skips the case with the film's own sentence. Without
    ``encode`` everything is read and checked, and nothing is made.
    """
    record = item.build() if isinstance(item, Deferred) else item
    try:
        fingerprint = item.fingerprint if isinstance(item, Deferred) else source_fingerprint(record)
        if fingerprint == known.fingerprint:
            return Unchanged(record.key)
        images = tuple(
            _prepare_image(image, record, known.films or {}, encode=encode, max_pixels=max_pixels)
            for image in record.images
        )
    except BadRecord as problem:
        return problem.skipped
    return PreparedCase(record=record, images=images, fingerprint=fingerprint)


def source_fingerprint(record: CaseRecord) -> str:
    """Digest of the record and of its files' bytes; raises BadRecord when one cannot be read."""
    digest = hashlib.sha256(PIPELINE.encode())
    described = repr(record)
    for image in record.images:
        if isinstance(image.source, FileSource):
            # Where the folder lies on this machine changes nothing.
            described = described.replace(repr(image.source), image.source.path.name)
            try:
                with image.source.path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                raise BadRecord(GONE, f"{image.source.path.name}: {error.strerror}") from error
        else:
            digest.update(image.source.fingerprint.encode())
    digest.update(described.encode())
    return digest.hexdigest()


def rendition_fingerprint(film: Film) -> str:
    """Digest of all that decides the two renditions: pixels, the preview's window, the pipeline."""
    window = f"{film.facts.window_center!r} {film.facts.window_width!r}"
    described = f"{PIPELINE} {pixel_fingerprint(film.pixels)} {window}"
    return hashlib.sha256(described.encode()).hexdigest()


def _prepare_image(
    image: ImageRecord,
    record: CaseRecord,
    known: Mapping[str, str],
    *,
    encode: bool,
    max_pixels: int,
) -> PreparedImage:
    film = _read(image, max_pixels=max_pixels)
    fingerprint = rendition_fingerprint(film)
    renditions = None
    if encode and known.get(image.sop_uid) != fingerprint:
        renditions = Renditions(
            preview=render_preview(
                film.pixels, center=film.facts.window_center, width=film.facts.window_width
            ),
            pixels=encode_pixels(film.pixels),
        )
    return PreparedImage(
        record=image,
        facts=film.facts,
        fingerprint=fingerprint,
        findings=tuple(
            _in_pixels(finding, image, film.facts, where=record.where) for finding in image.findings
        ),
        renditions=renditions,
    )


def _read(image: ImageRecord, *, max_pixels: int) -> Film:
    if not isinstance(image.source, FileSource):
        return image.source.film
    path = image.source.path
    try:
        return read_film(path, max_pixels=max_pixels)
    except ImagingError as error:
        raise BadRecord(str(error), path.name) from error
    except OSError as error:
        raise BadRecord(GONE, f"{path.name}: {error.strerror}") from error


def _in_pixels(
    finding: FindingRecord, image: ImageRecord, facts: FilmFacts, *, where: str
) -> FindingRecord:
    width, height = image.annotated_size or (facts.columns, facts.rows)
    scale_x, scale_y = facts.columns / width, facts.rows / height
    regions = []
    for region in finding.regions:
        x_min, y_min, x_max, y_max = region.box
        box = (x_min * scale_x, y_min * scale_y, x_max * scale_x, y_max * scale_y)
        polygon = (
            tuple((x * scale_x, y * scale_y) for x, y in region.polygon) if region.polygon else None
        )
        regions.append(_on_film(RegionRecord(region.reader, box, polygon), facts, where=where))
    return FindingRecord(
        finding=finding.finding,
        source_label=finding.source_label,
        regions=tuple(regions),
        sentence=finding.sentence,
        sentence_es=finding.sentence_es,
        locations=finding.locations,
        progression=finding.progression,
        explanation=finding.explanation,
        explanation_source=finding.explanation_source,
    )


def _on_film(region: RegionRecord, facts: FilmFacts, *, where: str) -> RegionRecord:
    x_min, y_min, x_max, y_max = region.box
    slack_x, slack_y = SLACK * facts.columns, SLACK * facts.rows
    if (
        x_min < -slack_x
        or y_min < -slack_y
        or x_max > facts.columns + slack_x
        or y_max > facts.rows + slack_y
    ):
        box = tuple(round(value, 1) for value in region.box)
        raise BadRecord(OUTSIDE, f"{where}: {box} on {facts.columns} × {facts.rows}")
    clipped: Box = (
        max(x_min, 0.0),
        max(y_min, 0.0),
        min(x_max, float(facts.columns)),
        min(y_max, float(facts.rows)),
    )
    if clipped[2] <= clipped[0] or clipped[3] <= clipped[1]:
        raise BadRecord(OUTSIDE, f"{where}: {clipped} on {facts.columns} × {facts.rows}")
    return RegionRecord(region.reader, clipped, _clipped_polygon(region.polygon, facts))


def _clipped_polygon(polygon: Polygon | None, facts: FilmFacts) -> Polygon | None:
    if polygon is None:
        return None
    return tuple(
        (min(max(x, 0.0), float(facts.columns)), min(max(y, 0.0), float(facts.rows)))
        for x, y in polygon
    )
