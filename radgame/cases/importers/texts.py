"""Whether the texts of a record can be stored: whole characters, no longer than their columns.

SQLite takes what PostgreSQL refuses, so both are asked the same here, before anything is written.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from django.db.models import Model

from radgame.cases.models import (
    Case,
    Image,
    Patient,
    ReferenceFinding,
    ReferenceReader,
    ReferenceReport,
    Series,
    Study,
)
from radgame.imaging.film import FilmFacts

from .record import BadRecord, CaseRecord, FindingRecord, ImageRecord

NO_TEXT = (
    "A text holds a character that cannot be stored: a NUL, or half of a pair (a lone surrogate). "
    "Correct the record."
)
TOO_LONG = "A name or a label is longer than can be stored. Correct the record."

Text = tuple[str, str, int | None]
"""What it is, the text itself, and how many characters fit."""


def check_texts(record: CaseRecord) -> None:
    """Raise ``BadRecord`` when a text of the record cannot be stored."""
    _check(_of_record(record), record.where or record.key)


def check_facts(facts: FilmFacts, where: str) -> None:
    """Raise ``BadRecord`` when a text of the film's header cannot be stored."""
    _check(_of_facts(facts), where)


def _check(texts: Iterable[Text], where: str) -> None:
    for name, text, limit in texts:
        if "\0" in text or not _is_whole(text):
            raise BadRecord(NO_TEXT, f"{where}: {name}")
        if limit is not None and len(text) > limit:
            raise BadRecord(TOO_LONG, f"{where}: {name} has {len(text)} characters of {limit}")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_record(record: CaseRecord) -> Iterator[Text]:
    yield "key", record.key, _room(Case, "key")
    yield "patient_key", record.patient_key, _room(Patient, "key")
    yield "study_uid", record.study_uid, _room(Study, "uid")
    # An earlier study is only looked for, so its length is nobody's concern.
    for name in ("prior_study_uid", "indication", "comparison"):
        yield name, getattr(record, name), None
    if record.report is not None:
        yield "language", record.report.language, _room(ReferenceReport, "language")
        for name in ("findings", "impression", "technique"):
            yield name, getattr(record.report, name), None
    yield from chain.from_iterable(map(_of_image, record.images))


def _of_image(image: ImageRecord) -> Iterator[Text]:
    yield "sop_uid", image.sop_uid, _room(Image, "sop_uid")
    yield "series_uid", image.series_uid, _room(Series, "uid")
    drawn = (region.reader for finding in image.findings for region in finding.regions)
    for reader in dict.fromkeys(chain(image.readers, drawn)):
        yield "reader", reader, _room(ReferenceReader, "name")
    yield from chain.from_iterable(map(_of_finding, image.findings))


def _of_finding(finding: FindingRecord) -> Iterator[Text]:
    for name in ("source_label", "progression", "explanation_source"):
        yield name, getattr(finding, name), _room(ReferenceFinding, name)
    for name in ("sentence", "sentence_es", "explanation"):
        yield name, getattr(finding, name), None
    for location in finding.locations:
        yield "location", location, None


def _of_facts(facts: FilmFacts) -> Iterator[Text]:
    yield "modality", facts.modality, _room(Series, "modality")
    photometric = facts.photometric_interpretation
    yield "photometric_interpretation", photometric, _room(Image, "photometric_interpretation")
    for preset in facts.presets:
        yield "window", preset.name, None


def _room(model: type[Model], column: str) -> int | None:
    """How many characters the column takes."""
    room: int | None = getattr(model._meta.get_field(column), "max_length", None)
    return room
