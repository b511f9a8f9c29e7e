"""The public data beside the checkout come in, and lie where their own files say."""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pydicom
import pytest

from radgame.cases.importers.dicom_folder import NO_REFERENCE, NOT_DICOM
from radgame.cases.importers.nih_cxr14 import UNBOXED
from radgame.cases.models import Case, CaseSet, Image, ReferenceRegion
from tests.cases.importing import Table, import_dataset, media_files

pytestmark = [pytest.mark.django_db, pytest.mark.data]

PREVIEW_BYTES = 150_000
Corners = tuple[float, float, float, float]


@pytest.fixture(autouse=True)
def _wide_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    settings.VAR_DIR = tmp_path / "var"


def counts(table: Table) -> tuple[int, int, int]:
    imported, updated, unchanged = (table[what][0] for what in ("imported", "updated", "unchanged"))
    return imported, updated, unchanged


def status_of_all() -> dict[str, str]:
    return dict(Case.objects.values_list("key", "status"))


def boxes_of(key: str, reader: str = "reference") -> list[Corners]:
    regions = ReferenceRegion.objects.filter(
        reference_finding__image__cases__key=key, reader__name=reader
    )
    return sorted(region.box for region in regions)


def near(boxes: Iterable[Corners]) -> list[object]:
    return [pytest.approx(box, abs=1e-3) for box in sorted(boxes)]


def rows_of(file: Path, key: str) -> dict[str, list[dict[str, str]]]:
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as content:
        for row in csv.DictReader(content):
            rows[row[key]].append(row)
    return rows


def check_films(table: Table) -> None:
    """Whole, in two files each, and the set holds what can be played and nothing else."""
    films = Image.objects.all()
    files = media_files()
    assert len(files) == 2 * len(films)
    for film in films:
        assert len(files[str(film.preview.name)]) <= PREVIEW_BYTES
        assert files[str(film.pixels.name)]
        regions = ReferenceRegion.objects.filter(reference_finding__image=film)
        for x_min, y_min, x_max, y_max in (region.box for region in regions):
            assert 0 <= x_min < x_max <= film.columns
            assert 0 <= y_min < y_max <= film.rows
    assert Case.objects.count() == table["imported"][0]
    in_sets = set(CaseSet.objects.values_list("items__case__key", flat=True))
    assert in_sets == set(Case.objects.ready().values_list("key", flat=True))


def test_padchest_gr_comes_in_with_both_readers(shared_data: Path) -> None:
    folder = shared_data / "padchest_gr"
    table = import_dataset("padchest-gr", folder)
    # Four pictures are there; three of them have a record in the smaller file.
    assert counts(table) == (3, 0, 0)
    assert set(status_of_all().values()) == {Case.Status.READY}
    check_films(table)
    films = {film.sop_uid: film for film in Image.objects.all()}
    assert {film.bits_stored for film in films.values()} == {16}
    records = {
        record["ImageID"]: record
        for record in json.loads((folder / "localize_small.json").read_text("utf-8"))
    }
    readers: dict[str, int] = defaultdict(int)
    for name in ReferenceRegion.objects.values_list("reader__name", flat=True):
        readers[name] += 1
    assert len(readers) == 2
    for case in Case.objects.all():
        film = case.images.get()
        stored = {
            region.box for region in ReferenceRegion.objects.filter(reference_finding__image=film)
        }
        (record,) = (
            record for name, record in records.items() if name.removesuffix(".png") in case.key
        )
        # Fractions of the sides, one list a reader.
        named = {
            (
                round(x_min * film.columns, 3),
                round(y_min * film.rows, 3),
                round(x_max * film.columns, 3),
                round(y_max * film.rows, 3),
            )
            for finding in record["findings"]
            for x_min, y_min, x_max, y_max in finding["boxes"] + finding["extra_boxes"]
        }
        rounded = {tuple(round(side, 3) for side in box) for box in stored}
        assert rounded
        assert rounded <= named
        assert case.is_normal is False


def test_nih_comes_in_playable_where_it_was_boxed_and_never_normal(shared_data: Path) -> None:
    folder = shared_data / "nih_cxr14"
    # Twelve of the films that are there were boxed.
    table = import_dataset("nih-cxr14", folder, "--limit", 14)
    assert counts(table) == (14, 0, 0)
    assert table[f"not playable: {UNBOXED}"][0] == 2
    check_films(table)
    assert not Case.objects.filter(is_normal=True).exists()
    assert Case.objects.ready().count() == 12
    listed: dict[str, list[Corners]] = defaultdict(list)
    file = folder / "annotations" / "BBox_List_2017.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8") as content:
        for name, _label, *sides in list(csv.reader(content))[1:]:
            x, y, width, height = (float(side) for side in sides[:4])
            listed[name].append((x, y, x + width, y + height))
    for key, status in status_of_all().items():
        # The films have 1,024 pixels a side, so the boxes are those of the list.
        assert boxes_of(key) == near(listed[f"{key}.png"])
        assert (status == Case.Status.READY) == bool(listed[f"{key}.png"])
    study = Case.objects.get(key="00000001_000").study
    assert study.patient.key == "1"
    assert (study.age_years, study.sex) != (None, "")


def test_rsna_comes_in_on_nih_films_and_normal_only_where_it_says_so(shared_data: Path) -> None:
    folder = shared_data / "rsna_pneumonia"
    table = import_dataset(
        "rsna-pneumonia", folder, "--images", shared_data / "nih_cxr14" / "images", "--limit", 12
    )
    assert counts(table) == (12, 0, 0)
    check_films(table)
    assert set(Case.objects.values_list("is_normal", flat=True)) == {True, False}
    listed = rows_of(folder / "stage_2_train_labels.csv.gz", "patientId")
    stated = rows_of(folder / "rsna_to_nih_crosswalk.csv.gz", "patientId")
    for case in Case.objects.all():
        boxes = [
            (x, y, x + float(row["width"]), y + float(row["height"]))
            for row in listed[case.key]
            if row["Target"] == "1"
            for x, y in [(float(row["x"]), float(row["y"]))]
        ]
        assert boxes_of(case.key) == near(boxes)
        (says,) = (row["class"] for row in stated[case.key])
        assert case.is_normal == (says == "Normal")
        playable = bool(boxes) or says == "Normal"
        assert (case.status == Case.Status.READY) == playable


def test_chestx_det_comes_in_playable_and_twice_without_a_change(shared_data: Path) -> None:
    folder = shared_data / "chestx_det"
    table = import_dataset("chestx-det", folder)
    assert counts(table) == (4, 0, 0)
    check_films(table)
    assert status_of_all() == dict.fromkeys(("36199", "36203", "36216", "36229"), "ready")
    records = {
        record["file_name"].removesuffix(".png"): record
        for name in ("ChestX_Det_train.json", "ChestX_Det_test.json")
        for record in json.loads((folder / name).read_text("utf-8"))
    }
    for case in Case.objects.all():
        film = case.images.get()
        scale = film.columns / 1024
        boxes = [
            (x_min * scale, y_min * scale, x_max * scale, y_max * scale)
            for x_min, y_min, x_max, y_max in records[case.key]["boxes"]
        ]
        assert boxes_of(case.key) == near(boxes)
        assert case.is_normal == (not boxes)
    files = media_files()
    assert counts(import_dataset("chestx-det", folder)) == (0, 0, 4)
    assert media_files() == files


IDENTIFYING = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "InstitutionName",
    "ReferringPhysicianName",
    "AccessionNumber",
    "StudyDate",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
)


def test_every_dicom_comes_in_for_viewing_and_leaves_its_names_behind(shared_data: Path) -> None:
    files = sorted((shared_data / "dicom").glob("*.dcm"))
    table = import_dataset("dicom", shared_data / "dicom")
    assert table[f"not playable: {NO_REFERENCE}"][0] == table["imported"][0] == 7
    assert [what for what in table if what.startswith("skipped")] == [f"skipped: {NOT_DICOM}"]
    # Two encodings of one examination make one case of two films.
    assert Image.objects.count() == len(files) == 8
    assert set(status_of_all().values()) == {Case.Status.DRAFT}
    assert not CaseSet.objects.exists()
    previews = [content for name, content in media_files().items() if name.endswith(".webp")]
    assert len(previews) == 8
    assert max(map(len, previews)) <= PREVIEW_BYTES
    told = " ".join(
        str(value)
        for film in Image.objects.select_related("series__study__patient")
        for value in (
            film.sop_uid,
            film.series.uid,
            film.series.study.uid,
            film.series.study.patient.key,
            film.preview.name,
            film.pixels.name,
        )
    )
    contents = media_files().values()
    named = {
        text
        for file in files
        for header in [pydicom.dcmread(file, stop_before_pixels=True, force=True)]
        for keyword in IDENTIFYING
        if len(text := str(header.get(keyword) or "").strip()) >= 6
    }
    assert len(named) >= 8
    for text in named:
        assert text not in told
        assert not any(text.encode() in content for content in contents)
