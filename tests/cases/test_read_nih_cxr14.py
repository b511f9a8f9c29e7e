import errno
import os
from pathlib import Path
from typing import Any

import pytest

from radgame.cases.importers import nih_cxr14
from radgame.cases.importers.record import CannotRead, CaseRecord, FileSource
from radgame.cases.importers.tables import (
    CUT_SHORT,
    INCOMPLETE,
    NOT_A_BOX,
    NOT_A_NUMBER,
    REPEATED,
    existing,
    opened,
)
from tests.cases.synthetic import (
    NIH_HEADER,
    NIH_TABLE_HEADER,
    cases,
    only_case,
    refusal,
    skipped,
    write_png,
    write_text,
)

BOXES = "BBox_List_2017.csv"
TABLE = "Data_Entry_2017_v2020.csv"
FILM = "00000820_000.png"
OTHER = "00000001_000.png"
BOX = "100.5,200.0,50.0,60.25"


def folder(tmp_path: Path, *rows: str, films: tuple[str, ...] = (FILM,)) -> Path:
    for film in films:
        write_png(tmp_path / "images" / film)
    write_text(tmp_path / BOXES, NIH_HEADER, *rows)
    return tmp_path


def test_corner_and_size_become_corners(tmp_path: Path) -> None:
    # Nine cells in the header and six in the row, as in the real file.
    root = folder(tmp_path, f"{FILM},Mass,{BOX}")
    case = only_case(nih_cxr14.read(root, None))
    (image,) = case.images
    (finding,) = image.findings
    assert finding.regions[0].box == (100.5, 200.0, 150.5, 260.25)
    assert image.annotated_size == (1024.0, 1024.0)
    assert image.source == FileSource(tmp_path / "images" / FILM)
    assert (case.key, case.patient_key) == ("00000820_000", "820")
    assert (case.is_normal, case.not_playable) == (False, "")


def test_only_what_was_boxed_is_scored(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{FILM},Mass,{BOX}", f"{FILM},Effusion,10,20,30,40")
    write_text(
        root / TABLE,
        NIH_TABLE_HEADER,
        f"{FILM},Cardiomegaly|Effusion|Mass,0,820,057Y,F,PA,2992,2991,0.143,0.143",
    )
    case = only_case(nih_cxr14.read(root, None))
    assert case.scored_findings == ("nodule-mass", "pleural-effusion")
    assert [finding.finding for finding in case.images[0].findings] == [
        "nodule-mass",
        "pleural-effusion",
    ]


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("Infiltrate", "consolidation"),
        ("Infiltration", "consolidation"),
        ("Pneumonia", "consolidation"),
        ("Nodule", "nodule-mass"),
        ("Atelectasis", "atelectasis-fibrotic-band"),
        ("Cardiomegaly", "cardiomegaly"),
        ("Pneumothorax", "pneumothorax"),
    ],
)
def test_each_boxed_label_has_its_finding(tmp_path: Path, label: str, slug: str) -> None:
    case = only_case(nih_cxr14.read(folder(tmp_path, f"{FILM},{label},{BOX}"), None))
    assert case.images[0].findings[0].finding == slug


def test_an_infiltrate_and_a_pneumonia_over_one_shadow_are_one_statement(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{FILM},Infiltrate,{BOX}", f"{FILM},Pneumonia,101,201,50,60")
    (finding,) = only_case(nih_cxr14.read(root, None)).images[0].findings
    assert finding.source_label == "Infiltrate / Pneumonia"
    assert len(finding.regions) == 1


@pytest.mark.parametrize(
    ("text", "years"), [("057Y", 57.0), ("003M", 0.25), ("62", 62.0), ("411", None), ("", None)]
)
def test_age_sex_view_and_patient_come_from_the_table(
    tmp_path: Path, text: str, years: float | None
) -> None:
    root = folder(tmp_path, f"{FILM},Mass,{BOX}")
    write_text(
        root / f"{TABLE}.gz", NIH_TABLE_HEADER, f"{FILM},Mass,0,77,{text},F,AP,2992,2991,0.1,0.1"
    )
    case = only_case(nih_cxr14.read(root, None))
    assert (case.age_years, case.sex, case.patient_key) == (years, "F", "77")
    # The size in the table is that of the original; the boxes belong to the 1024 square.
    assert (case.images[0].view, case.images[0].annotated_size) == ("AP", (1024.0, 1024.0))


def test_an_empty_view_stays_empty(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{FILM},Mass,{BOX}")
    write_text(root / TABLE, NIH_TABLE_HEADER, f"{FILM},Mass,0,820,57,M,,2992,2991,0.1,0.1")
    assert only_case(nih_cxr14.read(root, None)).images[0].view == ""


def test_a_film_without_a_box_is_kept_but_is_never_normal(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{FILM},Mass,{BOX}", films=(FILM, OTHER))
    write_text(root / TABLE, NIH_TABLE_HEADER, f"{OTHER},No Finding,0,1,57,M,PA,2992,2991,0.1,0.1")
    _, unboxed = cases(nih_cxr14.read(root, None))
    assert unboxed.key == "00000001_000"
    assert (unboxed.is_normal, unboxed.scored_findings) == (None, ())
    assert unboxed.not_playable == nih_cxr14.UNBOXED


def test_a_repeated_row_is_counted_once(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{FILM},Mass,{BOX}", f"{FILM},Mass,{BOX}")
    repeat, case = nih_cxr14.read(root, None)
    assert repeat == skipped([repeat])[0]
    assert (repeat.reason, repeat.where) == (REPEATED, f"{BOXES} line 3 ({FILM})")
    assert isinstance(case, CaseRecord)
    assert len(case.images[0].findings) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{FILM},Hernia,{BOX}", nih_cxr14.UNKNOWN_LABEL),
        (f"{FILM},Mass,1,2,nan,4", NOT_A_NUMBER),
        (f"{FILM},Mass,1,two,3,4", NOT_A_NUMBER),
        (f"{FILM},Mass,1,2,0,4", NOT_A_BOX),
        (f"{FILM},Mass,1,2,3,-4", NOT_A_BOX),
        ("00000002_000.png,Mass,1,2,3,4", nih_cxr14.MISSING),
    ],
)
def test_a_film_with_a_bad_row_is_left_out_whole(tmp_path: Path, row: str, reason: str) -> None:
    root = folder(
        tmp_path, row, f"{FILM},Effusion,{BOX}", f"{OTHER},Mass,{BOX}", films=(FILM, OTHER)
    )
    items = list(nih_cxr14.read(root, None))
    (left_out,) = skipped(items)
    assert left_out.reason == reason
    assert left_out.where.startswith(f"{BOXES} line 2")
    keys = [item.key for item in items if isinstance(item, CaseRecord)]
    assert keys == (["00000820_000"] if reason == nih_cxr14.MISSING else []) + ["00000001_000"]


def test_a_film_with_a_row_cut_short_is_left_out_whole(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{FILM},Mass,{BOX}", f"{FILM},Effusion,10,20")
    items = list(nih_cxr14.read(root, None))
    assert [(item.reason, item.where) for item in skipped(items)] == [
        (CUT_SHORT, f"{BOXES} line 3"),
        (INCOMPLETE, f"{BOXES} line 3 ({FILM})"),
    ]
    assert len(items) == 2


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write_text(tmp_path / BOXES, "Image Index,Label,Bbox [x,y,w,h]")
    said = refusal(lambda: nih_cxr14.read(tmp_path, None))
    assert said == (
        f"{BOXES} has no column 'Finding Label'; it has Image Index, Label, Bbox [x, y, w, h]. "
        "Check that it is the dataset's own file."
    )


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    said = refusal(lambda: nih_cxr14.read(tmp_path, None))
    assert said == (
        f"{tmp_path} holds no {BOXES}. Name the folder with the NIH annotations and images."
    )


def test_a_folder_of_images_that_is_none_is_refused(tmp_path: Path) -> None:
    root = folder(tmp_path, f"{FILM},Mass,{BOX}")
    said = refusal(lambda: nih_cxr14.read(root, tmp_path / "films"))
    assert said.endswith("is not a folder. Name the folder of images with --images.")


def test_a_table_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / BOXES).write_bytes(b"Image Index\xff\xfe\n")
    assert refusal(lambda: nih_cxr14.read(tmp_path, None)) == (
        f"{BOXES} is not UTF-8 text. Fetch the original again."
    )


def test_a_gzip_cut_short_is_refused(tmp_path: Path) -> None:
    whole = write_text(tmp_path / f"{BOXES}.gz", NIH_HEADER, f"{FILM},Mass,{BOX}").read_bytes()
    (tmp_path / f"{BOXES}.gz").write_bytes(whole[:-12])
    assert refusal(lambda: nih_cxr14.read(tmp_path, None)) == (
        f"{BOXES}.gz is cut short or damaged. Fetch it again."
    )


def test_a_table_that_the_disk_does_not_give_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = folder(tmp_path, f"{FILM},Mass,{BOX}") / BOXES
    whole = Path.open

    def damaged(path: Path, *args: Any, **options: Any) -> Any:
        if path == table:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return whole(path, *args, **options)

    monkeypatch.setattr(Path, "open", damaged)
    assert refusal(lambda: nih_cxr14.read(tmp_path, None)) == (
        f"{table} cannot be read: Input/output error. See that it may be, and is whole."
    )


def test_a_name_that_no_disk_has_is_refused(tmp_path: Path) -> None:
    named = tmp_path / ("x" * 300)
    for read in (existing, lambda path: opened(path).__enter__()):
        with pytest.raises(CannotRead, match=r"x cannot be read: File name too long\."):
            read(named)


@pytest.mark.data
def test_the_real_list_holds_984_boxes_on_880_films(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "nih_cxr14"
    items = list(nih_cxr14.read(source, None))
    missing = [item for item in skipped(items) if item.reason == nih_cxr14.MISSING]
    assert missing == skipped(items)
    found = [item for item in items if isinstance(item, CaseRecord)]
    boxed = [case for case in found if not case.not_playable]
    assert len(missing) + len(boxed) == 880
    assert (len(boxed), len(found)) == (12, 54)
    assert {case.is_normal for case in found} == {False, None}
    assert all(case.sex in ("F", "M") and case.age_years is not None for case in found)

    # With a film for every name, each box is a region or lies over one of the same finding.
    for item in missing:
        (tmp_path / item.where.rpartition("(")[2].rstrip(")")).touch()
    for case in boxed:
        (tmp_path / f"{case.key}.png").touch()
    every = cases(nih_cxr14.read(source / "annotations", tmp_path))
    findings = [finding for case in every for finding in case.images[0].findings]
    assert len(every) == 880
    assert sum(len(finding.source_label.split(" / ")) for finding in findings) == 984
    assert [len(finding.regions) for finding in findings] == [1] * 972
