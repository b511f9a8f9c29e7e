"""Open-i: XML or tables, removed words, shared texts, and films that go by other names."""

from pathlib import Path

import pytest

from radgame.cases.importers import openi
from radgame.cases.importers.openi import MISSING, NO_FILMS, NO_FINDINGS, NO_REPORT, NOT_XML
from radgame.cases.importers.record import CaseRecord, ImageRecord
from tests.cases.reports import (
    FINDINGS,
    OPACITY,
    OPENI_PROJECTIONS,
    OPENI_REPORTS,
    openi_row,
    openi_xml,
    write_openi,
    write_openi_tables,
)
from tests.cases.synthetic import cases, only_case, refusal, skipped, write_text


def views(case: CaseRecord) -> list[tuple[str, str]]:
    return [(image.sop_uid, image.view) for image in case.images]


def test_a_report_comes_with_its_films_and_every_section_apart(tmp_path: Path) -> None:
    case = only_case(openi.read(write_openi(tmp_path, openi_xml(1)), None))
    assert (case.dataset, case.key, case.patient_key) == ("openi", "CXR1", "CXR1")
    assert views(case) == [("CXR1_IM-0001-1001", ""), ("CXR1_IM-0001-2001", "")]
    assert case.report is not None
    assert (case.report.findings, case.report.impression) == (FINDINGS, "Normal chest.")
    assert case.report.technique == "PA and lateral chest x-[removed]."
    assert case.comparison == "None."
    assert (case.age_years, case.sex, case.is_normal) == (None, "", None)
    assert (case.for_localize, case.for_report) == (False, True)


def test_removed_words_are_said_to_be_removed(tmp_path: Path) -> None:
    report = openi_xml(1, findings="The XXXX are clear. The heart is of normal size and shape.")
    case = only_case(openi.read(write_openi(tmp_path, report), None))
    assert case.indication == "[removed]-year-old woman with [removed]."
    assert case.report is not None
    assert case.report.findings.startswith("The [removed] are clear.")


@pytest.mark.parametrize("findings", ["", "XXXX.", "XXXX XXXX lungs clear.", "See impression."])
def test_an_empty_or_unreadable_findings_section_is_skipped(tmp_path: Path, findings: str) -> None:
    root = write_openi(tmp_path, openi_xml(1, findings=findings), openi_xml(2))
    items = list(openi.read(root, None))
    assert [(left.reason, left.where) for left in skipped(items)] == [(NO_FINDINGS, "1.xml (CXR1)")]
    assert len(items) == 2


def test_a_report_without_a_film_is_skipped(tmp_path: Path) -> None:
    (left,) = skipped(openi.read(write_openi(tmp_path, openi_xml(1, films=[])), None))
    assert left.reason == NO_FILMS


def test_a_report_whose_film_is_not_there_is_skipped(tmp_path: Path) -> None:
    root = write_openi(tmp_path, openi_xml(1))
    (root / "NLMCXR_png" / "CXR1_IM-0001-2001.png").unlink()
    (left,) = skipped(openi.read(root, None))
    assert (left.reason, left.where) == (MISSING, "1.xml (CXR1): CXR1_IM-0001-2001")


@pytest.mark.parametrize(
    ("caption", "view"),
    [
        ("PA chest", "PA"),
        ("Portable chest", "AP"),
        ("Lateral view of the chest", "LATERAL"),
        ("Frontal chest", "FRONTAL"),
        ("Xray Chest PA and Lateral", ""),
        ("Frontal and lateral views", ""),
        ("", ""),
        ("Chest pain", ""),
    ],
)
def test_a_caption_that_names_one_view_names_the_films(
    tmp_path: Path, caption: str, view: str
) -> None:
    report = openi_xml(1, films=[("CXR1_IM-0001-1001", caption)])
    case = only_case(openi.read(write_openi(tmp_path, report), None))

    assert [image.view for image in case.images] == [view]


def test_reports_come_in_the_order_of_their_numbers_and_a_broken_one_is_skipped(
    tmp_path: Path,
) -> None:
    write_openi(tmp_path, *(openi_xml(number) for number in range(1, 12)))
    write_text(tmp_path / "ecgen-radiology" / "2.xml", "<eCitation>")
    write_text(tmp_path / "ecgen-radiology" / "3.xml", "<eCitation></eCitation>")
    for number, encoding in ((4, "klingon"), (5, "utf-7")):
        text = f'<?xml version="1.0" encoding="{encoding}"?><eCitation/>'
        write_text(tmp_path / "ecgen-radiology" / f"{number}.xml", text)
    items = list(openi.read(tmp_path, None))
    left_out = [left.reason for left in skipped(items)]
    assert left_out == [NOT_XML, openi.NO_ID, NOT_XML, NOT_XML]
    keys = [item.key for item in items if isinstance(item, CaseRecord)]
    assert keys == ["CXR1", *(f"CXR{number}" for number in range(6, 12))]


def test_one_file_of_the_collection_can_be_read_alone(tmp_path: Path) -> None:
    root = write_openi(tmp_path, openi_xml(1), openi_xml(2))
    case = only_case(openi.read(root / "ecgen-radiology" / "2.xml", root / "NLMCXR_png"))
    assert case.key == "CXR2"


def test_the_tables_name_films_otherwise_and_say_which_is_frontal(tmp_path: Path) -> None:
    root = write_openi_tables(
        tmp_path,
        [openi_row(1), openi_row(4, findings=OPACITY)],
        [
            "1,1_IM-0001-4001.dcm.png,Frontal",
            "1,1_IM-0001-3001.dcm.png,Lateral",
            "4,4_IM-2050-1001.dcm.png,Frontal",
        ],
    )
    first, second = cases(openi.read(root, None))
    assert first.key == "CXR1"
    assert views(first) == [
        ("1_IM-0001-4001.dcm.png", "FRONTAL"),
        ("1_IM-0001-3001.dcm.png", "LATERAL"),
    ]
    assert first.report is not None
    assert first.report.technique == "Xray Chest PA and Lateral"
    assert second.key == "CXR4"


def test_a_table_with_empty_cells_is_read_for_what_it_holds(tmp_path: Path) -> None:
    root = write_openi_tables(
        tmp_path,
        [
            openi_row(1, findings=""),
            openi_row(2, indication="", comparison="", impression=""),
            openi_row(3),
        ],
        [
            "1,1_IM-1.dcm.png,Frontal",
            "2,2_IM-1.dcm.png,Frontal",
            "9,9_IM-1.dcm.png,Frontal",
        ],
    )
    items = list(openi.read(root, None))
    assert [(left.reason, left.where) for left in skipped(items)] == [
        (NO_FINDINGS, "indiana_reports.csv line 2 (CXR1)"),
        (NO_FILMS, "indiana_reports.csv line 4 (CXR3)"),
        (NO_REPORT, "indiana_projections.csv: 9"),
    ]
    (case,) = (item for item in items if isinstance(item, CaseRecord))
    assert (case.indication, case.comparison) == ("", "")


def test_a_missing_film_of_the_tables_is_told(tmp_path: Path) -> None:
    root = write_openi_tables(tmp_path, [openi_row(1)], ["1,1_IM-0001-4001.dcm.png,Frontal"])
    next((root / "images").rglob("*.png")).unlink()
    (left,) = skipped(openi.read(root / "indiana_reports.csv", None))
    assert left.reason == MISSING


def test_xml_and_tables_give_the_same_case_the_same_name(tmp_path: Path) -> None:
    xml = only_case(openi.read(write_openi(tmp_path / "xml", openi_xml(7)), None))
    tables = write_openi_tables(tmp_path / "csv", [openi_row(7)], ["7,7_IM-1.dcm.png,Frontal"])
    table = only_case(openi.read(tables, None))
    assert (xml.key, xml.patient_key, xml.study_uid) == (
        table.key,
        table.patient_key,
        table.study_uid,
    )
    names: list[set[str]] = [{image.sop_uid for image in case.images} for case in (xml, table)]
    assert not names[0] & names[1]
    assert all(isinstance(image, ImageRecord) for image in xml.images)


def test_a_row_cut_short_and_a_wrong_folder_are_told(tmp_path: Path) -> None:
    assert refusal(lambda: openi.read(tmp_path, None)).endswith(
        "Name the folder of the Open-i collection."
    )
    write_text(tmp_path / "indiana_reports.csv", OPENI_REPORTS, "1,normal")
    assert "holds neither" in refusal(lambda: openi.read(tmp_path, None))
    write_text(tmp_path / "indiana_projections.csv", OPENI_PROJECTIONS, "1,a.png,Frontal")
    reasons = [left.reason for left in skipped(openi.read(tmp_path, None))]
    assert reasons[1] == NO_REPORT
    assert "fewer cells" in reasons[0]
