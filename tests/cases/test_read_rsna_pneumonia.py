import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from radgame.cases.importers import rsna_pneumonia
from radgame.cases.importers.record import CaseRecord, FileSource
from radgame.cases.importers.tables import (
    CUT_SHORT,
    INCOMPLETE,
    NOT_A_BOX,
    NOT_A_NUMBER,
    REPEATED,
)
from tests.cases.synthetic import (
    CROSSWALK_HEADER,
    RSNA_HEADER,
    cases,
    only_case,
    refusal,
    skipped,
    write_dicom,
    write_png,
    write_text,
)

LABELS = "stage_2_train_labels.csv"
CROSSWALK = "rsna_to_nih_crosswalk.csv"
CLASSES = "stage_2_detailed_class_info.csv"
OPAQUE = "a1,100.0,200.0,50.0,60.0,1"
CLEAR = "a1,,,,,0"


def folder(tmp_path: Path, *rows: str, classes: tuple[str, ...] = ()) -> Path:
    write_dicom(tmp_path / "stage_2_train_images" / "a1.dcm")
    write_text(tmp_path / LABELS, RSNA_HEADER, *rows)
    if classes:
        write_text(tmp_path / CLASSES, "patientId,class", *classes)
    return tmp_path


def test_corner_and_size_become_corners(tmp_path: Path) -> None:
    root = folder(tmp_path, OPAQUE, "a1,600,210,70,80.0,1")
    case = only_case(rsna_pneumonia.read(root, None))
    (image,) = case.images
    assert [finding.regions[0].box for finding in image.findings] == [
        (100.0, 200.0, 150.0, 260.0),
        (600.0, 210.0, 670.0, 290.0),
    ]
    assert {finding.finding for finding in image.findings} == {"lung-opacity"}
    assert image.annotated_size == (1024.0, 1024.0)
    assert image.source == FileSource(tmp_path / "stage_2_train_images" / "a1.dcm")
    assert case.scored_findings == ("lung-opacity",)
    assert (case.is_normal, case.not_playable) == (False, "")


def test_a_film_of_the_class_normal_is_normal(tmp_path: Path) -> None:
    case = only_case(rsna_pneumonia.read(folder(tmp_path, CLEAR, classes=("a1,Normal",)), None))
    assert (case.is_normal, case.not_playable) == (True, "")
    assert case.scored_findings == ("lung-opacity",)


def test_abnormal_without_a_box_is_kept_but_not_played(tmp_path: Path) -> None:
    root = folder(tmp_path, CLEAR, classes=("a1,No Lung Opacity / Not Normal",))
    case = only_case(rsna_pneumonia.read(root, None))
    assert (case.is_normal, case.scored_findings) == (False, ())
    assert case.not_playable == rsna_pneumonia.NOT_NORMAL


def test_without_a_class_a_film_without_a_box_is_not_called_normal(tmp_path: Path) -> None:
    case = only_case(rsna_pneumonia.read(folder(tmp_path, CLEAR), None))
    assert case.is_normal is None
    assert case.not_playable == rsna_pneumonia.NO_CLASS


def crosswalk(tmp_path: Path, *rows: str) -> Path:
    write_png(tmp_path / "nih" / "00000001_000.png")
    write_text(tmp_path / f"{CROSSWALK}.gz", CROSSWALK_HEADER, *rows)
    write_text(tmp_path / LABELS, RSNA_HEADER, "a1,1,2,3,4,1", "b2,10,20,30,40,1")
    return tmp_path


def test_the_crosswalk_brings_the_nih_film(tmp_path: Path) -> None:
    root = crosswalk(tmp_path, "a1,00000001_000.png,0.7,Lung Opacity", "b2,,,Lung Opacity")
    items = list(rsna_pneumonia.read(root, None))
    assert [item.reason for item in skipped(items)] == [rsna_pneumonia.MISSING]
    (case,) = (item for item in items if isinstance(item, CaseRecord))
    assert case.key == "a1"
    assert case.images[0].source == FileSource(tmp_path / "nih" / "00000001_000.png")


def test_a_bad_match_is_treated_as_unmatched(tmp_path: Path) -> None:
    # One NIH film that is given to two RSNA films: the worse match is not that film.
    root = crosswalk(
        tmp_path,
        "a1,00000001_000.png,92.3,Lung Opacity",
        "b2,00000001_000.png,0.9,Lung Opacity",
    )
    items = list(rsna_pneumonia.read(root, None))
    assert [item.reason for item in skipped(items)] == [rsna_pneumonia.BAD_MATCH]
    assert [item.key for item in items if isinstance(item, CaseRecord)] == ["b2"]


@pytest.mark.parametrize("error", ["", "nan", "close"])
def test_a_match_without_a_number_is_no_match(tmp_path: Path, error: str) -> None:
    root = crosswalk(tmp_path, f"a1,00000001_000.png,{error},Lung Opacity")
    items = list(rsna_pneumonia.read(root, None))
    assert [item.reason for item in skipped(items)] == [
        NOT_A_NUMBER,
        rsna_pneumonia.MISSING,
    ]


def test_the_films_own_dicom_is_preferred(tmp_path: Path) -> None:
    root = crosswalk(tmp_path, "a1,00000001_000.png,92.3,Lung Opacity")
    film = write_dicom(root / "a1.dcm")
    case = next(item for item in rsna_pneumonia.read(root, None) if isinstance(item, CaseRecord))
    assert case.images[0].source == FileSource(film)


@pytest.mark.parametrize(
    ("rows", "classes", "reason"),
    [
        ((OPAQUE,), ("a1,Normal",), rsna_pneumonia.CONTRADICTION),
        ((CLEAR,), ("a1,Lung Opacity",), rsna_pneumonia.CONTRADICTION),
        (("a1,,,,,1",), (), rsna_pneumonia.BAD_TARGET),
        (("a1,1,2,3,4,0",), (), rsna_pneumonia.BAD_TARGET),
        (("a1,1,2,3,4,2",), (), rsna_pneumonia.BAD_TARGET),
        (("a1,nan,nan,nan,nan,0",), (), NOT_A_NUMBER),
        (("a1,1,2,inf,4,1",), (), NOT_A_NUMBER),
        (("a1,1,2,0,4,1",), (), NOT_A_BOX),
        (("a1,1,,3,4,1",), (), NOT_A_NUMBER),
        (("c3,1,2,3,4,1",), (), rsna_pneumonia.MISSING),
    ],
)
def test_a_bad_film_is_skipped_with_its_sentence(
    tmp_path: Path, rows: tuple[str, ...], classes: tuple[str, ...], reason: str
) -> None:
    (left_out,) = skipped(rsna_pneumonia.read(folder(tmp_path, *rows, classes=classes), None))
    assert left_out.reason == reason
    assert left_out.where.startswith(f"{LABELS} line 2")


def test_a_repeated_row_is_counted_once(tmp_path: Path) -> None:
    items = list(rsna_pneumonia.read(folder(tmp_path, OPAQUE, OPAQUE), None))
    assert [item.reason for item in skipped(items)] == [REPEATED]
    (case,) = (item for item in items if isinstance(item, CaseRecord))
    assert len(case.images[0].findings) == 1


def test_a_film_with_a_row_cut_short_is_left_out_whole(tmp_path: Path) -> None:
    items = list(rsna_pneumonia.read(folder(tmp_path, OPAQUE, "a1,600,2"), None))
    assert [item.reason for item in skipped(items)] == [CUT_SHORT, INCOMPLETE]
    assert len(items) == 2


def test_a_row_of_the_classes_cut_short_is_told(tmp_path: Path) -> None:
    items = list(rsna_pneumonia.read(folder(tmp_path, OPAQUE, classes=("a1",)), None))
    assert [(item.reason, item.where) for item in skipped(items)] == [
        (CUT_SHORT, f"{CLASSES} line 2")
    ]
    assert len(items) == 2


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(lambda: rsna_pneumonia.read(tmp_path, None)) == (
        f"{tmp_path} holds no {LABELS}. Name the folder of the RSNA labels."
    )


@pytest.mark.data
def test_the_real_labels_come_in_by_class(shared_data: Path) -> None:
    images = shared_data / "nih_cxr14" / "images"
    items = list(rsna_pneumonia.read(shared_data / "rsna_pneumonia", images))
    assert len(items) == 26_684
    assert {item.reason for item in skipped(items)} == {rsna_pneumonia.MISSING}
    found = cases(item for item in items if isinstance(item, CaseRecord))
    assert Counter((case.is_normal, bool(case.not_playable)) for case in found) == {
        (False, False): 29,
        (True, False): 8,
        (False, True): 7,
    }
    assert sum(len(finding.regions) for case in found for finding in case.images[0].findings) == 37


@pytest.mark.data
def test_a_match_of_98_real_films_is_not_believed(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "rsna_pneumonia"
    with gzip.open(source / f"{CROSSWALK}.gz", "rt") as file:
        matches = list(csv.DictReader(file))
    for name in {match["nih_image_index"] for match in matches}:
        (tmp_path / name).touch()
    items = list(rsna_pneumonia.read(source, tmp_path))
    assert Counter(item.reason for item in skipped(items)) == {rsna_pneumonia.BAD_MATCH: 98}
    found = [item for item in items if isinstance(item, CaseRecord)]
    assert len(found) == 26_684 - 98
    used = Counter(case.images[0].source for case in found)
    assert sorted(used.values())[-2:] == [1, 2]
