from pathlib import Path

import pytest

from radgame.cases.importers import vindr_cxr
from radgame.cases.importers.record import CaseRecord, FileSource
from radgame.cases.importers.tables import (
    CUT_SHORT,
    INCOMPLETE,
    NOT_A_BOX,
    NOT_A_NUMBER,
    REPEATED,
)
from radgame.cases.taxonomy import load_labels
from tests.cases.synthetic import (
    CONSENSUS_HEADER,
    KAGGLE_HEADER,
    PHYSIONET_HEADER,
    only_case,
    refusal,
    skipped,
    write_dicom,
    write_png,
    write_text,
)

KAGGLE = load_labels("vindr-cxr").findings_of("kaggle")
PHYSIONET = load_labels("vindr-cxr").findings_of("physionet")
CLEAR = "f1,No finding,14,{},,,,"


def kaggle(tmp_path: Path, *rows: str, film: str = "f1.dicom") -> Path:
    write_dicom(tmp_path / "train" / film)
    write_text(tmp_path / "train.csv", KAGGLE_HEADER, *rows)
    return tmp_path


def clear(*readers: str) -> tuple[str, ...]:
    return tuple(CLEAR.format(reader) for reader in readers)


def test_boxes_keep_their_readers_and_their_pixels(tmp_path: Path) -> None:
    root = kaggle(
        tmp_path,
        "f1,Cardiomegaly,3,R10,691,1375,1653,1831",
        "f1,Cardiomegaly,3,R8,700.5,1380,1660,1840",
        "f1,Cardiomegaly,3,R9,690,1370,1650,1830",
    )
    case = only_case(vindr_cxr.read(root, None))
    (image,) = case.images
    (finding,) = image.findings
    assert [(region.reader, region.box) for region in finding.regions] == [
        ("R10", (691.0, 1375.0, 1653.0, 1831.0)),
        ("R8", (700.5, 1380.0, 1660.0, 1840.0)),
        ("R9", (690.0, 1370.0, 1650.0, 1830.0)),
    ]
    assert image.annotated_size is None
    assert image.readers == ("R10", "R8", "R9")
    assert image.source == FileSource(tmp_path / "train" / "f1.dicom")
    assert (case.is_normal, case.not_playable, case.scored_findings) == (False, "", KAGGLE)


def test_three_readers_without_a_finding_make_a_film_normal(tmp_path: Path) -> None:
    case = only_case(vindr_cxr.read(kaggle(tmp_path, *clear("R1", "R2", "R3")), None))
    assert (case.is_normal, case.scored_findings) == (True, KAGGLE)
    assert case.images[0].readers == ("R1", "R2", "R3")


def test_one_reader_without_a_finding_does_not_make_a_film_normal(tmp_path: Path) -> None:
    root = kaggle(
        tmp_path,
        "f1,Nodule/Mass,8,R1,1,2,30,40",
        "f1,Nodule/Mass,8,R2,1,2,30,41",
        *clear("R3"),
    )
    case = only_case(vindr_cxr.read(root, None))
    assert case.is_normal is False
    assert case.images[0].readers == ("R1", "R2", "R3")
    assert [region.reader for region in case.images[0].findings[0].regions] == ["R1", "R2"]


def test_an_unnamed_lesion_keeps_a_film_from_being_normal(tmp_path: Path) -> None:
    root = kaggle(tmp_path, "f1,Other lesion,9,R1,1,2,30,40", *clear("R2", "R3"))
    case = only_case(vindr_cxr.read(root, None))
    assert case.images[0].findings == ()
    assert (case.is_normal, case.not_playable) == (False, vindr_cxr.ONLY_UNNAMED)


@pytest.mark.parametrize(
    ("label", "silent"),
    [("Lung Opacity", "consolidation"), ("Pulmonary fibrosis", "atelectasis-fibrotic-band")],
)
def test_a_doubtful_label_makes_the_film_silent(tmp_path: Path, label: str, silent: str) -> None:
    root = kaggle(tmp_path, f"f1,{label},7,R1,1,2,30,40", *clear("R2", "R3"))
    case = only_case(vindr_cxr.read(root, None))
    assert set(KAGGLE) - set(case.scored_findings) == {silent}


def test_a_box_drawn_twice_by_one_reader_is_one_region(tmp_path: Path) -> None:
    row = "f1,Nodule/Mass,8,R1,1,2,30,40"
    nearly = "f1,Nodule/Mass,8,R1,1,2,30,40.5"
    items = list(vindr_cxr.read(kaggle(tmp_path, row, row, nearly, *clear("R2", "R3")), None))
    assert [(item.reason, item.where) for item in skipped(items)] == [
        (REPEATED, "train.csv line 3 (f1)")
    ]
    (case,) = (item for item in items if isinstance(item, CaseRecord))
    assert len(case.images[0].findings[0].regions) == 1


def test_smaller_films_are_told_by_the_table_of_sizes(tmp_path: Path) -> None:
    root = kaggle(tmp_path, *clear("R1", "R2", "R3"))
    write_text(root / "train_meta.csv", "image_id,dim0,dim1", "f1,3000,2400")
    assert only_case(vindr_cxr.read(root, None)).images[0].annotated_size == (2400.0, 3000.0)


@pytest.mark.parametrize("film", ["f1.dicom", "f1.dcm", "f1.png", "f1.jpg", "f1"])
def test_a_film_is_found_under_every_usual_name(tmp_path: Path, film: str) -> None:
    root = kaggle(tmp_path, *clear("R1", "R2", "R3"), film=film)
    assert only_case(vindr_cxr.read(root, None)).key == "f1"


def test_physionet_is_scored_on_its_22_findings(tmp_path: Path) -> None:
    write_png(tmp_path / "f1.png")
    write_text(
        tmp_path / "annotations_train.csv",
        PHYSIONET_HEADER,
        "f1,R1,Rib fracture,1,2,30,40",
        "f1,R2,Clavicle fracture,100,200,130,240",
        "f1,R3,No finding,,,,",
    )
    case = only_case(vindr_cxr.read(tmp_path, None))
    assert {finding.finding for finding in case.images[0].findings} == {"fracture"}
    assert case.scored_findings == PHYSIONET


def test_the_consensus_is_one_reader(tmp_path: Path) -> None:
    write_png(tmp_path / "f1.png")
    write_text(
        tmp_path / "annotations_test.csv", CONSENSUS_HEADER, "f1,Edema,1,2,30,40", "f2,No finding"
    )
    items = list(vindr_cxr.read(tmp_path, None))
    assert [item.reason for item in skipped(items)] == [CUT_SHORT]
    (case,) = (item for item in items if isinstance(item, CaseRecord))
    assert case.images[0].readers == ("consensus",)
    assert case.images[0].findings[0].finding == "pulmonary-oedema"
    assert case.images[0].findings[0].regions[0].reader == "consensus"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (("f1,Nodule/Mass,8,R1,1,2,30,40", *clear("R1", "R2", "R3")), vindr_cxr.CONTRADICTION),
        (("f1,Nodule/Mass,8,R1,,,,", *clear("R2", "R3")), vindr_cxr.BAD_EMPTY),
        (("f1,No finding,14,R1,1,2,3,4", *clear("R2", "R3")), vindr_cxr.BAD_EMPTY),
        (("f1,Scar,8,R1,1,2,3,4", *clear("R2", "R3")), vindr_cxr.UNKNOWN_LABEL),
        (("f1,Nodule/Mass,8,R1,nan,2,3,4", *clear("R2", "R3")), NOT_A_NUMBER),
        (("f1,Nodule/Mass,8,R1,3,2,1,4", *clear("R2", "R3")), NOT_A_BOX),
        (clear("", "R2", "R3"), vindr_cxr.NO_READER),
        (clear("R1", "R2"), vindr_cxr.TOO_FEW_READERS),
        (("f9,No finding,14,R1,,,,",), vindr_cxr.MISSING),
    ],
)
def test_a_bad_film_is_skipped_with_its_sentence(
    tmp_path: Path, rows: tuple[str, ...], reason: str
) -> None:
    items = list(vindr_cxr.read(kaggle(tmp_path, *rows), None))
    assert [item.reason for item in skipped(items)] == [reason]
    assert len(items) == 1


def test_a_film_with_a_row_cut_short_is_left_out_whole(tmp_path: Path) -> None:
    root = kaggle(tmp_path, *clear("R1", "R2", "R3"), "f1,Nodule/Mass,8")
    items = list(vindr_cxr.read(root, None))
    assert [item.reason for item in skipped(items)] == [CUT_SHORT, INCOMPLETE]
    assert len(items) == 2


@pytest.mark.parametrize(
    ("size", "reason"), [("0,2400", vindr_cxr.NO_SIZE), ("wide,2400", NOT_A_NUMBER)]
)
def test_a_size_that_is_none_skips_the_film(tmp_path: Path, size: str, reason: str) -> None:
    root = kaggle(tmp_path, *clear("R1", "R2", "R3"))
    write_text(root / "train_meta.csv", "image_id,dim0,dim1", f"f1,{size}")
    (left_out,) = skipped(vindr_cxr.read(root, None))
    assert left_out.reason == reason


def test_a_wrong_folder_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    assert refusal(lambda: vindr_cxr.read(tmp_path, None)).endswith("Name the folder of VinDr-CXR.")
    write_text(tmp_path / "train.csv", CONSENSUS_HEADER)
    assert "train.csv has no column 'rad_id'" in refusal(lambda: vindr_cxr.read(tmp_path, None))
