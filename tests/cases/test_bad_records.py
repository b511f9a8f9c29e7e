"""A record that cannot be stored is left out with its place, and the rest comes in."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, IntegrityError

from radgame.cases import services
from radgame.cases.importers.nih_cxr14 import UNKNOWN_LABEL
from radgame.cases.importers.prepare import PreparedCase, prepare
from radgame.cases.importers.record import BadRecord, CaseRecord, FileSource, ImageRecord
from radgame.cases.importers.run import NOT_TAKEN
from radgame.cases.importers.texts import NO_TEXT, TOO_LONG
from radgame.cases.models import Case, Dataset, Patient
from tests.cases.importing import (
    import_dataset,
    media_files,
    row_counts,
    write_boxes,
    write_picture,
)
from tests.cases.reports import rex_key, rex_study, write_rex
from tests.cases.synthetic import write_json, write_png

DERIVED = "localize_filtered.json"
LABEL = "cardiomegaly"
HALF = "\ud800"
NUL = "\0"

pytestmark = pytest.mark.django_db
Statement = dict[str, Any]


@pytest.fixture(autouse=True)
def _wide_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")


def padchest(root: Path, **changes: Any) -> Path:
    """Two films of PadChest-GR, of which the first one's finding is changed."""
    good = {
        "sentence_en": "Enlarged heart.",
        "abnormal": True,
        "labels": [LABEL],
        "boxes": [[0.1, 0.1, 0.5, 0.5]],
    }
    for name in ("1", "2"):
        write_png(root / "images" / f"{name}.png")
    write_json(
        root / DERIVED,
        [
            {"ImageID": "1.png", "findings": [{**good, **changes}]},
            {"ImageID": "2.png", "findings": [good]},
        ],
    )
    return root


@pytest.mark.parametrize(
    ("changes", "reason", "place"),
    [
        ({"sentence_en": f"A{HALF}"}, NO_TEXT, "sentence"),
        ({"sentence_es": f"A{NUL}"}, NO_TEXT, "sentence_es"),
        ({"locations": [f"left{NUL}"]}, NO_TEXT, "location"),
        ({"medgemma_explanation": HALF}, NO_TEXT, "explanation"),
        ({"progression": "x" * 51}, TOO_LONG, "progression has 51 characters of 50"),
    ],
)
def test_a_text_that_cannot_be_stored_skips_its_record_alone(
    tmp_path: Path, changes: Statement, reason: str, place: str
) -> None:
    root = padchest(tmp_path, **changes)
    rows = row_counts()
    dry = import_dataset("padchest-gr", root, "--dry-run")
    assert (row_counts(), media_files()) == (rows, {})
    table = import_dataset("padchest-gr", root)
    assert table == dry
    assert table["imported"][0] == 1
    assert table[f"skipped: {reason}"] == (1, f"{DERIVED} record 1 (1.png): {place}")
    assert Case.objects.get().key == "2"


def test_a_text_of_full_length_comes_in(tmp_path: Path) -> None:
    assert import_dataset("padchest-gr", padchest(tmp_path, progression="x" * 50))["imported"][0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("p" * 161, TOO_LONG), (f"p{HALF}", NO_TEXT), (f"p{NUL}", NO_TEXT)],
)
def test_a_name_that_cannot_be_stored_skips_its_study_alone(
    tmp_path: Path, name: str, reason: str
) -> None:
    root = write_rex(tmp_path, {name: rex_study(1), rex_key(2): rex_study(2)})
    table = import_dataset("rexgradient", root, "--include", "duplicates")
    assert table["imported"][0] == 1
    count, where = table[f"skipped: {reason}"]
    assert count == 1
    assert where.isprintable()
    assert Case.objects.get().key == rex_key(2)


@pytest.mark.parametrize("text", [f"The lungs are clear. {half}" for half in (HALF, NUL)])
def test_a_report_that_cannot_be_stored_skips_its_study_alone(tmp_path: Path, text: str) -> None:
    studies = {rex_key(1): rex_study(1, Findings=text), rex_key(2): rex_study(2)}
    table = import_dataset("rexgradient", write_rex(tmp_path, studies))
    assert table["imported"][0] == 1
    assert table[f"skipped: {NO_TEXT}"][0] == 1


def of_long_uid(record: CaseRecord) -> CaseRecord:
    return replace(record, study_uid="1" * 129)


def of_long_film(record: CaseRecord) -> CaseRecord:
    return replace(record, images=(replace(record.images[0], sop_uid="1" * 129),))


def of_long_series(record: CaseRecord) -> CaseRecord:
    return replace(record, images=(replace(record.images[0], series_uid="1" * 129),))


def of_long_patient(record: CaseRecord) -> CaseRecord:
    return replace(record, patient_key="1" * 101)


def of_long_reader(record: CaseRecord) -> CaseRecord:
    return replace(record, images=(replace(record.images[0], readers=("r" * 101,)),))


def prepared_case(tmp_path: Path, change: Callable[[CaseRecord], CaseRecord]) -> PreparedCase:
    film = write_png(tmp_path / "1.png")
    image = ImageRecord(sop_uid="1", source=FileSource(film))
    record = change(
        CaseRecord(dataset="own", key="1", patient_key="1", study_uid="1", images=(image,))
    )
    prepared = prepare(record, services.Known(), max_pixels=10**6)
    assert isinstance(prepared, PreparedCase)
    return prepared


@pytest.mark.parametrize(
    "change", [of_long_uid, of_long_film, of_long_series, of_long_patient, of_long_reader]
)
def test_every_name_is_measured_before_anything_is_written(
    tmp_path: Path, change: Callable[[CaseRecord], CaseRecord]
) -> None:
    dataset = Dataset.objects.create(slug="own", name="Own")
    with pytest.raises(BadRecord) as refused:
        services.store_case(dataset=dataset, prepared=prepared_case(tmp_path, change))
    assert refused.value.skipped.reason == TOO_LONG
    assert media_files() == {}


def test_a_header_that_cannot_be_stored_is_refused(tmp_path: Path) -> None:
    dataset = Dataset.objects.create(slug="own", name="Own")
    prepared = prepared_case(tmp_path, lambda record: record)
    (image,) = prepared.images
    image = replace(image, facts=replace(image.facts, photometric_interpretation="M" * 17))
    with pytest.raises(BadRecord, match="photometric_interpretation has 17 characters of 16"):
        services.check_fit(dataset=dataset, prepared=replace(prepared, images=(image,)))


@pytest.mark.parametrize("refusal", [DataError, IntegrityError])
def test_what_the_database_does_not_take_skips_its_record_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: type[Exception]
) -> None:
    write = services._write_reference
    given: list[object] = []

    def refuse_first(*arguments: Any) -> None:
        given.append(arguments)
        if len(given) == 1:
            raise refusal("value too long\nDETAIL: of no use here")
        write(*arguments)

    monkeypatch.setattr(services, "_write_reference", refuse_first)
    table = import_dataset("padchest-gr", padchest(tmp_path))
    assert table["imported"][0] == 1
    assert table[f"skipped: {NOT_TAKEN}"] == (1, f"{DERIVED} record 1 (1.png): value too long")
    assert Case.objects.get().key == "2"
    assert Patient.objects.count() == 1
    assert len(media_files()) == 2


def test_a_place_that_quotes_markup_is_shown_as_it_stands(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        write_picture(tmp_path / "images" / name)
    write_boxes(tmp_path, "1.png,[/b],1,1,2,2", "2.png,Mass,160,320,80,64")
    _count, where = import_dataset("nih-cxr14", tmp_path)[f"skipped: {UNKNOWN_LABEL}"]
    assert where.endswith("(1.png): '[/b]'")
