"""ReXGradient: whole studies, found by the names of their films, whatever the files leave out."""

from pathlib import Path
from typing import Any

import pytest

from radgame.cases.importers import rexgradient
from radgame.cases.importers.record import CaseRecord, FileSource, Item
from radgame.cases.importers.rexgradient import BAD_PATHS, MISSING, NO_FILMS, NO_FINDINGS
from tests.cases.reports import (
    FINDINGS,
    OPACITY,
    REX_CSV,
    rex_key,
    rex_path,
    rex_row,
    rex_study,
    write_rex,
    write_rex_films,
)
from tests.cases.synthetic import cases, only_case, refusal, skipped, write_text


def read_one(root: Path, **changes: Any) -> list[Item]:
    return list(rexgradient.read(write_rex(root, {rex_key(1): rex_study(1, **changes)}), None))


def test_a_study_comes_with_all_films_and_every_section_apart(tmp_path: Path) -> None:
    case = only_case(read_one(tmp_path))
    assert (case.dataset, case.key) == ("rexgradient", rex_key(1))
    assert (case.patient_key, case.study_uid) == ("P1", "1.2.1")
    assert [image.sop_uid for image in case.images] == ["1.2.1.1", "1.2.1.2"]
    assert (case.age_years, case.sex) == (57.0, "F")
    assert (case.indication, case.comparison) == ("Cough.", "None.")
    assert case.report is not None
    assert (case.report.findings, case.report.impression) == (FINDINGS, "No active disease.")
    assert (case.for_localize, case.for_report) == (False, True)
    assert case.is_normal is None


def test_bare_nan_is_read_and_stands_for_nothing(tmp_path: Path) -> None:
    nan = float("nan")
    case = only_case(read_one(tmp_path, Indication=nan, Impression=nan, PatientAge=nan))
    assert "NaN" in (tmp_path / "metadata" / "train_metadata_view_position.json").read_text()
    assert (case.indication, case.age_years) == ("", None)
    assert case.report is not None
    assert case.report.impression == ""


def test_the_size_of_the_original_is_not_taken_for_the_films(tmp_path: Path) -> None:
    case = only_case(read_one(tmp_path, ImageShape=[[10, 10], [99999, 1]]))
    assert [image.annotated_size for image in case.images] == [None, None]


@pytest.mark.parametrize(
    ("stated", "views"),
    [
        (["", ""], ["", ""]),
        (["N/A", "N/A"], ["", ""]),
        (["PA", "LATERAL"], ["PA", "LATERAL"]),
        (["POSTERO_ANTERIOR", "LL"], ["PA", "LATERAL"]),
        (["ANTERO_POSTERIOR", "UNKNOWN"], ["AP", ""]),
        (["SUPINE", "KUB"], ["", ""]),
        (["LATERAL", "PA"], ["LATERAL", "PA"]),
        (["PA"], ["", ""]),
        (["PA", "LATERAL", "PA"], ["", ""]),
        (None, ["", ""]),
        ("", ["", ""]),
        (float("nan"), ["", ""]),
    ],
)
def test_a_view_is_known_where_it_is_stated_for_each_film(
    tmp_path: Path, stated: object, views: list[str]
) -> None:
    case = only_case(read_one(tmp_path, ImageViewPosition=stated))
    assert [image.view for image in case.images] == views
    assert [image.sop_uid for image in case.images] == ["1.2.1.1", "1.2.1.2"]


@pytest.mark.parametrize(
    ("parts", "study", "shown"),
    [
        (["Chest", "Chest"], "DG CHEST 2V", ["chest", "chest"]),
        (["Spine", "Chest"], "DG RIBS W/ CHEST 3+V", ["spine", "chest"]),
        (["", ""], "DG ABDOMEN 1V", ["abdomen", "abdomen"]),
        (["", ""], "", ["", ""]),
        (["Spine"], "DG CHEST 2V", ["chest", "chest"]),
    ],
)
def test_the_part_of_the_body_is_told_by_the_film_else_by_the_study(
    tmp_path: Path, parts: list[str], study: str, shown: list[str]
) -> None:
    case = only_case(read_one(tmp_path, ImageBodyPart=parts, StudyDescription=study))
    assert [image.body_part for image in case.images] == shown


@pytest.mark.parametrize(
    ("stated", "years"),
    [
        ("057Y", 57.0),
        ("003M", 0.25),
        ("094Y", 90.0),
        ("62", 62.0),
        (62, 62.0),
        (62.0, 62.0),
        ("", None),
        ("[AGE]", None),
        (None, None),
    ],
)
def test_an_age_is_read_in_every_form(tmp_path: Path, stated: object, years: float | None) -> None:
    assert only_case(read_one(tmp_path, PatientAge=stated)).age_years == years


@pytest.mark.parametrize(("stated", "sex"), [("M", "M"), ("O", "O"), ("", ""), (None, "")])
def test_a_sex_is_kept_as_stated(tmp_path: Path, stated: object, sex: str) -> None:
    assert only_case(read_one(tmp_path, PatientSex=stated)).sex == sex


@pytest.mark.parametrize(
    "findings", ["", "   ", None, float("nan"), "See impression.", "As above", "XXXX", "None."]
)
def test_a_report_without_usable_findings_is_skipped(tmp_path: Path, findings: object) -> None:
    (left,) = skipped(read_one(tmp_path, Findings=findings))
    assert left.reason == NO_FINDINGS
    assert "pP1_aA1" in left.where


def test_findings_that_hold_the_whole_report_are_taken_apart(tmp_path: Path) -> None:
    whole = f"TECHNIQUE: Two views. FINDINGS: {OPACITY} IMPRESSION: Pneumonia."
    case = only_case(read_one(tmp_path, Findings=whole, Impression=""))
    assert case.report is not None
    assert (case.report.findings, case.report.impression) == (OPACITY, "Pneumonia.")
    assert case.report.technique == "Two views."


def test_a_study_whose_film_is_not_there_is_skipped_whole(tmp_path: Path) -> None:
    root = write_rex(tmp_path, {rex_key(1): rex_study(1), rex_key(2): rex_study(2)})
    (root / rex_path(1, 2).removeprefix("../")).unlink()
    items = list(rexgradient.read(root, None))
    assert [(left.reason, left.where.split(": ")[1]) for left in skipped(items)] == [
        (MISSING, "1.2.1.2.png")
    ]
    assert [item.key for item in items if isinstance(item, CaseRecord)] == [rex_key(2)]


@pytest.mark.parametrize(
    ("paths", "reason"), [([], NO_FILMS), ("", NO_FILMS), (None, NO_FILMS), ([1, 2], BAD_PATHS)]
)
def test_a_record_that_names_no_film_is_skipped(tmp_path: Path, paths: object, reason: str) -> None:
    (left,) = skipped(read_one(tmp_path, ImagePath=paths))
    assert left.reason == reason


def test_a_record_of_nobody_is_skipped(tmp_path: Path) -> None:
    (left,) = skipped(read_one(tmp_path, PatientID=""))
    assert left.reason == rexgradient.NO_PATIENT


def test_a_film_named_twice_is_shown_once(tmp_path: Path) -> None:
    case = only_case(read_one(tmp_path, ImagePath=[rex_path(1, 1)] * 2))
    assert [image.sop_uid for image in case.images] == ["1.2.1.1"]


def test_films_in_one_flat_folder_are_found_by_their_names(tmp_path: Path) -> None:
    study = rex_study(1)
    root = write_rex(tmp_path / "data", {rex_key(1): {**study, "ImagePath": []}})
    (root / "metadata" / "train_metadata_view_position.json").unlink()
    write_rex(root, {rex_key(1): {**study}})
    flat = tmp_path / "flat"
    flat.mkdir()
    for film in (root / "deid_png").rglob("*.png"):
        film.rename(flat / film.name)
    case = only_case(rexgradient.read(root, flat))
    assert {image.source for image in case.images} == {
        FileSource(flat / "1.2.1.1.png"),
        FileSource(flat / "1.2.1.2.png"),
    }


def test_the_table_alone_finds_films_by_the_folder_of_their_study(tmp_path: Path) -> None:
    write_text(
        tmp_path / "metadata" / "valid_metadata.csv",
        REX_CSV,
        rex_row(1),
        rex_row(2, id="", PatientAge="62.0", Findings=OPACITY),
        rex_row(3),
    )
    for number in (1, 2):
        write_rex_films(tmp_path, [rex_path(number, film) for film in (2, 1)])
    items = list(rexgradient.read(tmp_path, None))
    first, second = (item for item in items if isinstance(item, CaseRecord))
    assert (first.key, second.key) == (rex_key(1), rex_key(2))
    assert [image.sop_uid for image in first.images] == ["1.2.1.1", "1.2.1.2"]
    assert second.age_years == 62.0
    (left,) = skipped(items)
    assert (left.reason, left.where) == (MISSING, "valid_metadata.csv line 4")


def test_a_table_that_names_its_films_writes_the_list_into_a_cell(tmp_path: Path) -> None:
    header = f"{REX_CSV},ImagePath,ImageViewPosition"
    paths = [rex_path(1, 1), rex_path(1, 2)]
    row = f"{rex_row(1)},\"{paths!r}\",\"['PA', 'LATERAL']\""
    file = write_text(tmp_path / "mine.csv", header, row)
    write_rex_films(tmp_path, paths)
    case = only_case(rexgradient.read(file, None))
    assert [image.view for image in case.images] == ["PA", "LATERAL"]


def test_the_json_with_views_is_preferred_to_the_table_beside_it(tmp_path: Path) -> None:
    write_rex(tmp_path, {rex_key(1): rex_study(1)})
    write_text(tmp_path / "metadata" / "train_metadata.csv", REX_CSV, rex_row(2))
    assert only_case(rexgradient.read(tmp_path, None)).key == rex_key(1)


def test_the_papers_files_are_read_and_a_study_in_two_of_them_comes_once(tmp_path: Path) -> None:
    write_rex(tmp_path, {rex_key(1): rex_study(1)}, "radgame_report_50.json")
    second = {rex_key(1): rex_study(1), rex_key(2): rex_study(2, Findings=OPACITY)}
    write_rex(tmp_path, second, "radgame_report_90.json")
    found = cases(rexgradient.read(tmp_path, None))
    assert [case.key for case in found] == [rex_key(1), rex_key(2)]


def test_a_wrong_folder_and_a_wrong_file_are_refused(tmp_path: Path) -> None:
    assert refusal(lambda: rexgradient.read(tmp_path, None)).endswith(
        "Name the folder of ReXGradient."
    )
    file = write_text(tmp_path / "radgame_report_1.json", "[]")
    assert "does not hold records by their keys" in refusal(lambda: rexgradient.read(file, None))
    file = write_text(tmp_path / "radgame_report_2.json", '{"a": ')
    assert "is not JSON" in refusal(lambda: rexgradient.read(file, None))


@pytest.mark.data
def test_of_the_papers_fifty_studies_eleven_have_all_films_here(shared_data: Path) -> None:
    items = list(rexgradient.read(shared_data / "rexgradient", None))
    found = [item for item in items if isinstance(item, CaseRecord)]
    assert (len(found), len(skipped(items))) == (11, 39)
    assert {left.reason for left in skipped(items)} == {MISSING}
    assert sum(len(case.images) for case in found) == 16
    assert {image.view for case in found for image in case.images} == {"", "AP"}
    assert all(case.report and case.report.findings and case.report.impression for case in found)
    assert {case.sex for case in found} == {"F", "M"}
    assert all(case.age_years is not None and case.age_years >= 18 for case in found)
    assert not any(case.comparison.startswith("Comparison:") for case in found)
