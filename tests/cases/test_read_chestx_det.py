from pathlib import Path
from typing import Any

import pytest

from radgame.cases.importers import chestx_det
from radgame.cases.importers.record import FileSource
from radgame.cases.importers.tables import NOT_A_BOX, NOT_A_NUMBER, NOT_A_POINT
from radgame.cases.taxonomy import load_labels
from tests.cases.synthetic import cases, only_case, refusal, skipped, write_json, write_png

ALL = load_labels("chestx-det").findings_of("all")
TRAIN = "ChestX_Det_train.json"


def entry(*boxed: tuple[str, list[float]], name: str = "1.png", **changes: Any) -> dict[str, Any]:
    return {
        "file_name": name,
        "syms": [label for label, _ in boxed],
        "boxes": [box for _, box in boxed],
        "polygons": [[[box[0], box[1]], [box[2], box[1]], [box[2], box[3]]] for _, box in boxed],
        **changes,
    }


def folder(tmp_path: Path, *entries: dict[str, Any], file: str = TRAIN) -> Path:
    for number in range(1, 4):
        write_png(tmp_path / "images" / f"{number}.png")
    write_json(tmp_path / file, list(entries))
    return tmp_path


def test_corners_come_in_as_corners_of_the_1024_square(tmp_path: Path) -> None:
    root = folder(tmp_path, entry(("Nodule", [100, 200, 150, 260])))
    case = only_case(chestx_det.read(root, None))
    (image,) = case.images
    (finding,) = image.findings
    (region,) = finding.regions
    assert region.box == (100.0, 200.0, 150.0, 260.0)
    assert region.polygon == ((100.0, 200.0), (150.0, 200.0), (150.0, 260.0))
    assert image.annotated_size == (1024.0, 1024.0)
    assert image.source == FileSource(tmp_path / "images" / "1.png")
    assert (finding.finding, finding.source_label) == ("nodule-mass", "Nodule")
    assert (case.key, case.patient_key, case.is_normal, case.not_playable) == ("1", "1", False, "")
    assert case.scored_findings == ALL


def test_a_film_without_a_box_is_normal_and_scored_on_everything(tmp_path: Path) -> None:
    case = only_case(chestx_det.read(folder(tmp_path, entry()), None))
    assert case.is_normal is True
    assert case.scored_findings == ALL
    assert case.images[0].findings == ()


def test_one_box_under_two_labels_is_two_findings(tmp_path: Path) -> None:
    box = [10.0, 20, 300, 400]
    root = folder(tmp_path, entry(("Consolidation", box), ("Effusion", box)))
    findings = only_case(chestx_det.read(root, None)).images[0].findings
    assert [finding.finding for finding in findings] == ["consolidation", "pleural-effusion"]


def test_an_exact_duplicate_is_one_region(tmp_path: Path) -> None:
    box = [10.0, 20, 300, 400]
    root = folder(tmp_path, entry(("Mass", box), ("Mass", box)))
    (finding,) = only_case(chestx_det.read(root, None)).images[0].findings
    assert len(finding.regions) == 1


def test_a_nodule_and_a_mass_in_one_place_are_one_lesion(tmp_path: Path) -> None:
    root = folder(tmp_path, entry(("Mass", [10, 10, 110, 110]), ("Nodule", [10, 10, 110, 90])))
    (finding,) = only_case(chestx_det.read(root, None)).images[0].findings
    assert finding.source_label == "Mass / Nodule"


def test_a_scar_makes_the_film_silent_on_fibrotic_bands(tmp_path: Path) -> None:
    root = folder(tmp_path, entry(("Fibrosis", [10, 20, 300, 400])))
    case = only_case(chestx_det.read(root, None))
    assert set(ALL) - set(case.scored_findings) == {"atelectasis-fibrotic-band"}


def test_an_atelectasis_beside_a_scar_is_scored_all_the_same(tmp_path: Path) -> None:
    boxed = (("Fibrosis", [10.0, 20, 300, 400]), ("Atelectasis", [500.0, 600, 700, 650]))
    case = only_case(chestx_det.read(folder(tmp_path, entry(*boxed)), None))
    assert case.scored_findings == ALL


def test_the_ten_class_files_are_left_out_beside_the_thirteen(tmp_path: Path) -> None:
    root = folder(tmp_path, entry())
    write_json(root / "ChestX_Det10_train.json", [entry()])
    items = list(chestx_det.read(root, None))
    assert [item.reason for item in skipped(items)] == [chestx_det.TEN_REPEATS]
    assert len(items) == 2


def test_the_ten_class_files_alone_are_silent_on_what_they_lack(tmp_path: Path) -> None:
    root = folder(tmp_path, entry(), file="ChestX_Det10_train.json")
    case = only_case(chestx_det.read(root, None))
    assert "cardiomegaly" not in case.scored_findings
    assert case.scored_findings == load_labels("chestx-det").findings_of("ten")


BAD = [
    (entry(name="9.png"), chestx_det.MISSING),
    (entry(("Nodule", [1, 2, 3, 4]), syms=[]), chestx_det.RAGGED),
    (entry(("Nodule", [1, 2, 3, 4]), polygons=[[[1, 2, 3]]]), NOT_A_POINT),
    (entry(file_name=None), chestx_det.NO_NAME),
    (entry(("Scar", [1, 2, 3, 4])), chestx_det.UNKNOWN_LABEL),
    (entry(("Nodule", [5, 2, 5, 4])), NOT_A_BOX),
    (entry(("Nodule", [1, 2, float("nan"), 4]), polygons=None), NOT_A_NUMBER),
    (entry(("Nodule", [1, 2, True, 4]), polygons=None), NOT_A_NUMBER),
    (entry(("Nodule", [1, 2, 10**400, 4]), polygons=None), NOT_A_NUMBER),
    (entry(("Nodule", [1, 2, 3, 4]), polygons=[[[1, 10**400]]]), NOT_A_NUMBER),
    (entry(("Nodule", [1, 2, 3, 4]), polygons=[[["1", 2]]]), NOT_A_NUMBER),
    (entry(("Nodule", [1, 2, 3, 4]), polygons=5), chestx_det.RAGGED),
]


@pytest.mark.parametrize(("bad", "reason"), BAD)
def test_a_bad_record_is_skipped_and_the_next_comes_in(
    tmp_path: Path, bad: dict[str, Any], reason: str
) -> None:
    items = list(chestx_det.read(folder(tmp_path, bad, entry(name="2.png")), None))
    (left_out,) = skipped(items)
    assert left_out.reason == reason
    assert left_out.where.startswith(f"{TRAIN} record 1")
    assert [case.key for case in cases(items[1:])] == ["2"]


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    said = refusal(lambda: chestx_det.read(tmp_path, None))
    assert said.endswith("Name the folder of ChestX-Det.")
    assert refusal(lambda: chestx_det.read(tmp_path / "no", None)).endswith(
        "is not there. Name the dataset's folder or file."
    )


@pytest.mark.parametrize(
    ("content", "end"),
    [
        ("", "is empty. Fetch it again."),
        ('[{"file_name"', "Fetch the file again."),
        ("{}", "Check that it is the dataset's own file."),
        ("[" * 100_000, "is nested too deeply. Fetch the file again."),
        ("[" + "9" * 5_000 + "]", "holds a number of thousands of digits. Fetch the file again."),
    ],
)
def test_a_damaged_list_is_refused(tmp_path: Path, content: str, end: str) -> None:
    (tmp_path / TRAIN).write_text(content)
    assert refusal(lambda: chestx_det.read(tmp_path, None)).endswith(end)


@pytest.mark.data
def test_every_real_record_is_read(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "chestx_det"
    items = list(chestx_det.read(source, None))
    assert len(items) == 3578
    assert {item.reason for item in skipped(items)} == {chestx_det.MISSING}
    found = cases(item for item in items if item not in skipped(items))
    by_key = {case.key: case for case in found}
    assert sorted(by_key) == ["36199", "36203", "36216", "36229"]
    assert {finding.finding for finding in by_key["36216"].images[0].findings} == {
        "consolidation",
        "pleural-effusion",
    }
    assert {case.key for case in found if case.is_normal} == {"36199", "36203", "36229"}
