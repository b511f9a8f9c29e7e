"""Every reader says how many records there are where it knows, before it gives the first case."""

from collections.abc import Callable
from pathlib import Path

import pytest

from radgame.cases.importers import FORMATS
from radgame.cases.importers.record import Skipped
from tests.cases.importing import write_boxes
from tests.cases.reports import openi_xml, rex_key, rex_study, write_openi, write_rex
from tests.cases.synthetic import (
    CONSENSUS_HEADER,
    PHYSIONET_HEADER,
    RSNA_HEADER,
    write_dicom,
    write_json,
    write_png,
    write_text,
)


def chestx_det(root: Path) -> None:
    entry = {"syms": [], "boxes": [], "polygons": []}
    write_json(root / "ChestX_Det_train.json", [{**entry, "file_name": "1.png"}])
    write_json(root / "ChestX_Det_test.json", [{**entry, "file_name": "9.png"}])


def nih(root: Path) -> None:
    """A boxed film that is there, one that is not, and two without a box make four."""
    write_boxes(root, "1.png,Mass,160,320,80,64", "9.png,Mass,160,320,80,64")
    for name in ("2.png", "3.png"):
        write_png(root / name)


def rsna(root: Path) -> None:
    write_text(root / "stage_2_train_labels.csv", RSNA_HEADER, "1,1,2,3,4,1", "1,9,2,3,4,1")
    write_text(root / "stage_2_detailed_class_info.csv", "patientId,class", "1,Lung Opacity")


def vindr(root: Path) -> None:
    readers = (f"1,R{number},No finding,,,," for number in range(3))
    write_text(root / "annotations_train.csv", PHYSIONET_HEADER, *readers)
    write_text(root / "annotations_test.csv", CONSENSUS_HEADER, "2,No finding,,,,")


def padchest(root: Path) -> None:
    write_json(root / "localize_filtered.json", [{"ImageID": "1.png", "findings": []}])


def rexgradient(root: Path) -> None:
    write_rex(root, {rex_key(number): rex_study(number) for number in (1, 2)})


def openi(root: Path) -> None:
    write_openi(root, openi_xml(1), openi_xml(2))


def dicom(root: Path) -> None:
    write_dicom(root / "1.dcm")
    write_text(root / "notes.txt", "Read me.")


@pytest.mark.parametrize(
    ("name", "write", "count"),
    [
        ("chestx-det", chestx_det, 2),
        ("dicom", dicom, 1),
        ("nih-cxr14", nih, 4),
        ("openi", openi, 2),
        ("padchest-gr", padchest, 1),
        ("rexgradient", rexgradient, 2),
        ("rsna-pneumonia", rsna, 1),
        ("vindr-cxr", vindr, 2),
    ],
)
def test_a_reader_tells_how_many_records_there_are(
    tmp_path: Path, settings: object, name: str, write: Callable[[Path], None], count: int
) -> None:
    settings.VAR_DIR = tmp_path / "var"  # type: ignore[attr-defined]
    root = tmp_path / "data"
    write_png(root / "1.png")
    if name == "dicom":
        (root / "1.png").unlink()
    write(root)
    told: list[int] = []
    for item in FORMATS[name].read(root, None, told.append):
        assert told or isinstance(item, Skipped)
    assert told == [count]


def test_the_demo_tells_as_many_as_it_gives() -> None:
    told: list[int] = []
    assert [len(list(FORMATS["demo"].read(Path(), None, told.append)))] == told
