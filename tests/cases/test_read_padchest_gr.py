import json
from pathlib import Path
from typing import Any

import pytest

from radgame.cases.importers import padchest_gr
from radgame.cases.importers.record import CaseRecord, FindingRecord, ReportRecord
from radgame.cases.importers.tables import CUT_SHORT, NOT_A_BOX, NOT_A_NUMBER
from radgame.cases.taxonomy import load_labels
from tests.cases.synthetic import (
    cases,
    csv_line,
    only_case,
    padchest_finding,
    padchest_study,
    refusal,
    skipped,
    write_json,
    write_png,
    write_text,
)

RELEASED = "grounded_reports_20240819.json"
ALL = load_labels("padchest-gr").findings_of("released")
BOX = [0.25, 0.5, 0.75, 0.875]
OTHER_BOX = [0.2, 0.4, 0.8, 0.9]
NOT_ABNORMAL = {"sentence_en": "Normal heart.", "sentence_es": "Corazón normal.", "abnormal": False}


def released(tmp_path: Path, *studies: dict[str, Any]) -> Path:
    for number in (1, 2):
        write_png(tmp_path / "images" / f"{number}_abcdef.png", mode="I;16")
    write_json(tmp_path / RELEASED, list(studies))
    return tmp_path


def derived(tmp_path: Path, *findings: dict[str, Any], name: str = "localize_small.json") -> Path:
    write_png(tmp_path / "images" / "77_2_abcdef.png", mode="I;16")
    entry = {
        "ImageID": "77_2_abcdef.png",
        "findings": list(findings),
        "num_of_findings": len(findings),
    }
    write_json(tmp_path / name, [entry])
    return tmp_path


def findings_of(root: Path) -> tuple[FindingRecord, ...]:
    return only_case(padchest_gr.read(root, None)).images[0].findings


def silent_on(case: CaseRecord) -> set[str]:
    return set(ALL) - set(case.scored_findings)


def test_fractions_of_two_readers_come_in_as_two_readers(tmp_path: Path) -> None:
    sentence = padchest_finding(
        "A nodule.",
        "nodule",
        boxes=[BOX],
        extra_boxes=[OTHER_BOX],
        locations=["left"],
        progression="stable",
    )
    case = only_case(padchest_gr.read(released(tmp_path, padchest_study(1, sentence)), None))
    (image,) = case.images
    (finding,) = image.findings
    assert [(region.reader, region.box) for region in finding.regions] == [
        ("reader 1", (0.25, 0.5, 0.75, 0.875)),
        ("reader 2", (0.2, 0.4, 0.8, 0.9)),
    ]
    assert image.annotated_size == (1.0, 1.0)
    assert (finding.finding, finding.source_label) == ("nodule-mass", "nodule")
    assert (finding.sentence, finding.sentence_es) == ("A nodule.", "es: A nodule.")
    assert (finding.locations, finding.progression) == (("left",), "stable")
    assert (case.study_uid, case.key, case.patient_key) == ("1", "1_abcdef", "1")
    assert (case.is_normal, case.not_playable, case.scored_findings) == (False, "", ALL)


def test_an_abnormal_sentence_without_a_box_is_present_but_not_located(tmp_path: Path) -> None:
    study = padchest_study(
        1,
        padchest_finding("A nodule.", "nodule"),
        padchest_finding("Scoliosis.", "scoliosis"),
        padchest_finding("Effusion.", "pleural effusion", boxes=[BOX]),
    )
    case = only_case(padchest_gr.read(released(tmp_path, study), None))
    assert [finding.located for finding in case.images[0].findings] == [False, False, True]
    # A tick needs no region, a mark does.
    assert silent_on(case) == {"nodule-mass"}


def test_two_labels_of_one_finding_are_one_statement(tmp_path: Path) -> None:
    sentence = padchest_finding("Pacemaker.", "pacemaker", "dual chamber device", boxes=[BOX])
    (finding,) = findings_of(released(tmp_path, padchest_study(1, sentence)))
    assert finding.source_label == "pacemaker / dual chamber device"


def test_two_labels_of_two_findings_are_two_statements(tmp_path: Path) -> None:
    sentence = padchest_finding("Band.", "fibrotic band", "pleural thickening", boxes=[BOX])
    found = findings_of(released(tmp_path, padchest_study(1, sentence)))
    assert [(finding.finding, finding.source_label) for finding in found] == [
        ("atelectasis-fibrotic-band", "fibrotic band"),
        ("pleural-thickening", "pleural thickening"),
    ]
    assert found[0].regions == found[1].regions


def test_two_sentences_on_one_device_are_one_statement(tmp_path: Path) -> None:
    study = padchest_study(
        1,
        padchest_finding("Pacemaker.", "pacemaker", boxes=[BOX]),
        padchest_finding("One lead.", "single chamber device", boxes=[BOX]),
    )
    (finding,) = findings_of(released(tmp_path, study))
    assert finding.sentence == "Pacemaker. One lead."


def test_sentences_that_are_not_abnormal_make_a_normal_study(tmp_path: Path) -> None:
    study = padchest_study(1, NOT_ABNORMAL, {**NOT_ABNORMAL, "sentence_en": "Clear lungs."})
    case = only_case(padchest_gr.read(released(tmp_path, study), None))
    assert (case.is_normal, case.not_playable, case.scored_findings) == (True, "", ALL)
    assert case.images[0].findings == ()
    assert case.report == ReportRecord(findings="Normal heart. Clear lungs.", impression="")


def test_a_normal_sentence_beside_an_abnormal_one_is_only_report(tmp_path: Path) -> None:
    study = padchest_study(1, NOT_ABNORMAL, padchest_finding("Nodule.", "nodule", boxes=[BOX]))
    case = only_case(padchest_gr.read(released(tmp_path, study), None))
    assert len(case.images[0].findings) == 1
    assert case.report == ReportRecord(findings="Normal heart. Nodule.", impression="")


@pytest.mark.parametrize(
    ("label", "silent"),
    [
        ("pseudonodule", {"nodule-mass"}),
        ("costophrenic angle blunting", {"pleural-effusion", "pleural-thickening"}),
        ("gynecomastia", set()),
    ],
)
def test_a_label_that_is_no_finding_leaves_a_film_that_is_not_played(
    tmp_path: Path, label: str, silent: set[str]
) -> None:
    study = padchest_study(1, padchest_finding("Something.", label, boxes=[BOX]))
    case = only_case(padchest_gr.read(released(tmp_path, study), None))
    assert case.images[0].findings == ()
    assert (case.is_normal, silent_on(case)) == (False, silent)
    assert case.not_playable == padchest_gr.NOTHING_TO_ASK


def test_a_calcified_granuloma_is_calcium_and_silences_the_nodule(tmp_path: Path) -> None:
    study = padchest_study(1, padchest_finding("Granuloma.", "calcified granuloma", boxes=[BOX]))
    case = only_case(padchest_gr.read(released(tmp_path, study), None))
    assert case.images[0].findings[0].finding == "calcification"
    assert silent_on(case) == {"nodule-mass"}


MASTER = ("StudyID", "ImageID", "label", "PatientID", "PatientBirth", "PatientSex_DICOM")


def master(root: Path, *rows: tuple[object, ...]) -> None:
    header = csv_line((*MASTER, "StudyDate_DICOM", "PatientAge"))
    write_text(root / "master_table.csv", header, *(csv_line(row) for row in rows))


@pytest.mark.parametrize(
    ("born", "examined", "age", "years"),
    [
        ("1950", "20140305", "64", 64.0),
        ("1950", "20140305", "64.0", 64.0),
        ("1950", "20140305", "", 64.0),
        ("1950.0", "20140305", "nan", 64.0),
        ("2020", "20140305", "", None),
        ("", "", "", None),
        ("1950", "20140305", "264", 64.0),
    ],
)
def test_patient_age_and_sex_come_from_the_master_table(
    tmp_path: Path, born: str, examined: str, age: str, years: float | None
) -> None:
    root = released(tmp_path, padchest_study(1, padchest_finding("N.", "nodule", boxes=[BOX])))
    master(root, ("1", "1_abcdef.png", "nodule", "p9", born, "F", examined, age))
    case = only_case(padchest_gr.read(root, None))
    assert (case.patient_key, case.sex, case.age_years) == ("p9", "F", years)


def test_a_study_without_sentences_is_normal_when_the_table_says_so(tmp_path: Path) -> None:
    root = released(tmp_path, padchest_study(1), padchest_study(2))
    master(root, ("1", "1_abcdef.png", "Normal", "p1", "1950", "M", "2014", "64"))
    stated, silent = cases(padchest_gr.read(root, None))
    assert (stated.is_normal, stated.not_playable, stated.report) == (True, "", None)
    assert (silent.is_normal, silent.not_playable) == (None, padchest_gr.NOTHING_SAID)


def test_a_table_that_names_a_finding_keeps_a_film_from_being_normal(tmp_path: Path) -> None:
    root = released(tmp_path, padchest_study(1, NOT_ABNORMAL))
    row = ("1", "1_abcdef.png", "Normal", "p1", "1950", "M", "2014", "64")
    master(root, row, ("1", "1_abcdef.png", "nodule", *row[3:]))
    case = only_case(padchest_gr.read(root, None))
    assert (case.is_normal, case.not_playable) == (None, padchest_gr.NOTHING_SAID)


def test_a_row_of_the_table_cut_short_is_told(tmp_path: Path) -> None:
    root = released(tmp_path, padchest_study(1, NOT_ABNORMAL))
    master(root, ("1", "1_abcdef.png"))
    items = list(padchest_gr.read(root, None))
    assert [item.reason for item in skipped(items)] == [CUT_SHORT]
    assert len(items) == 2


def test_the_prior_study_is_named(tmp_path: Path) -> None:
    study = padchest_study(1, NOT_ABNORMAL, PreviousStudyID="0", PreviousImageID="0_x.png")
    assert only_case(padchest_gr.read(released(tmp_path, study), None)).prior_study_uid == "0"


def test_missing_lists_null_and_bare_nan_are_empty(tmp_path: Path) -> None:
    nan = float("nan")
    sentence = padchest_finding(
        "Scoliosis.", "scoliosis", extra_boxes=None, locations=nan, progression=nan, sentence_es=nan
    )
    del sentence["boxes"]
    unlabelled = padchest_finding("Unclear.")
    del unlabelled["labels"], unlabelled["locations"]
    root = released(tmp_path, padchest_study(1, sentence, unlabelled))
    assert "NaN" in (root / RELEASED).read_text()
    (finding,) = findings_of(root)
    assert (finding.regions, finding.locations) == ((), ())
    assert (finding.progression, finding.sentence_es) == ("", "")


def test_a_fraction_rounded_past_the_border_is_clipped(tmp_path: Path) -> None:
    sentence = padchest_finding("N.", "nodule", boxes=[[-0.0004, 0.5, 1.0005, 0.9]])
    (finding,) = findings_of(released(tmp_path, padchest_study(1, sentence)))
    assert finding.regions[0].box == (0.0, 0.5, 1.0, 0.9)


def boxed(*corners: float) -> dict[str, Any]:
    return padchest_study(1, padchest_finding("N.", "nodule", boxes=[list(corners)]))


@pytest.mark.parametrize(
    ("study", "reason"),
    [
        (boxed(100, 200, 300, 400), padchest_gr.OUTSIDE_FRACTION),
        (boxed(0.1, -0.2, 0.3, 0.4), padchest_gr.OUTSIDE_FRACTION),
        (boxed(0.3, 0.2, 0.1, 0.4), NOT_A_BOX),
        (boxed(0.1, 0.2, 0.3), NOT_A_BOX),
        (boxed(0.1, 0.2, float("nan"), 0.4), NOT_A_NUMBER),
        (padchest_study(1, padchest_finding("N.", boxes="x")), padchest_gr.BAD_FINDING),
        (padchest_study(1, padchest_finding("N.", abnormal=None)), padchest_gr.BAD_FINDING),
        (
            padchest_study(1, padchest_finding("N.", "nodule", progression=3)),
            padchest_gr.BAD_FINDING,
        ),
        (padchest_study(1, ImageID=None), padchest_gr.NO_KEYS),
        (padchest_study(1, findings=None), padchest_gr.NO_KEYS),
        (padchest_study(9), padchest_gr.MISSING),
    ],
)
def test_a_bad_study_is_skipped_and_the_next_comes_in(
    tmp_path: Path, study: dict[str, Any], reason: str
) -> None:
    root = released(tmp_path, study, padchest_study(2, NOT_ABNORMAL))
    items = list(padchest_gr.read(root, None))
    (left_out,) = skipped(items)
    assert left_out.reason == reason
    assert left_out.where.startswith(f"{RELEASED} record 1")
    assert [case.key for case in cases(items[1:])] == ["2_abcdef"]


def test_a_derived_film_has_the_explanation_and_its_author(tmp_path: Path) -> None:
    sentence = padchest_finding(
        "Pattern.", "Interstitial pattern", boxes=[BOX], medgemma_explanation="Fine lines.\n"
    )
    case = only_case(padchest_gr.read(derived(tmp_path, sentence), None))
    (finding,) = case.images[0].findings
    assert finding.explanation == "Fine lines."
    assert finding.explanation_source == padchest_gr.EXPLANATION_SOURCE
    assert (case.key, case.study_uid) == ("77_2_abcdef", "77_2")
    assert case.report is None
    # The derived file has no class for it.
    assert silent_on(case) == {"pulmonary-fibrosis"}


def test_a_derived_film_without_abnormal_sentences_is_not_called_normal(tmp_path: Path) -> None:
    case = only_case(padchest_gr.read(derived(tmp_path, NOT_ABNORMAL), None))
    assert (case.is_normal, case.not_playable) == (None, padchest_gr.NOTHING_SAID)


@pytest.mark.parametrize(
    ("sentence", "label", "slug", "silent"),
    [
        ("Blunting of the left angle.", "Pleural effusion", None, "pleural-effusion"),
        ("Pinching of both angles.", "Pleural effusion", None, "pleural-thickening"),
        ("Effusion with blunting.", "Pleural effusion", "pleural-effusion", None),
        ("Pseudonodular image.", "Nodule/Mass", None, "nodule-mass"),
        ("Calcified granuloma.", "Nodule/Mass", "calcification", "nodule-mass"),
        ("A nodule.", "Nodule/Mass", "nodule-mass", None),
    ],
)
def test_the_sentence_tells_apart_what_the_derived_classes_merge(
    tmp_path: Path, sentence: str, label: str, slug: str | None, silent: str | None
) -> None:
    statement = padchest_finding(sentence, label, boxes=[BOX])
    case = only_case(padchest_gr.read(derived(tmp_path, statement), None))
    assert [finding.finding for finding in case.images[0].findings] == ([slug] if slug else [])
    assert silent is None or silent in silent_on(case)
    assert slug is None or slug in case.scored_findings


def test_a_film_in_both_derived_files_comes_in_once_with_its_explanation(tmp_path: Path) -> None:
    plain = padchest_finding("A nodule.", "Nodule/Mass", boxes=[BOX])
    derived(tmp_path, plain, name="localize_filtered.json")
    root = derived(tmp_path, {**plain, "medgemma_explanation": "A round spot."})
    assert findings_of(root)[0].explanation == "A round spot."


def test_a_single_file_tells_its_form_by_its_keys(tmp_path: Path) -> None:
    root = released(tmp_path, padchest_study(1, NOT_ABNORMAL))
    file = (root / RELEASED).rename(root / "mine.json")
    assert only_case(padchest_gr.read(file, root / "images")).is_normal is True


def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(lambda: padchest_gr.read(tmp_path, None)).endswith(
        "Name the folder of PadChest-GR."
    )


@pytest.mark.data
def test_the_real_derived_file_holds_375_films(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "padchest_gr"
    items = list(padchest_gr.read(source, None))
    assert len(items) == 375
    assert {item.reason for item in skipped(items)} == {padchest_gr.MISSING}
    assert len([item for item in items if isinstance(item, CaseRecord)]) == 3

    for entry in json.loads((source / "localize_small.json").read_text()):
        (tmp_path / entry["ImageID"]).touch()
    every = cases(padchest_gr.read(source / "localize_small.json", tmp_path))
    assert len(every) == 375
    assert {case.is_normal for case in every} == {False}
    assert sum(not case.not_playable for case in every) == 370
    statements = [finding for case in every for finding in case.images[0].findings]
    assert all(finding.explanation for finding in statements)
    readers = {region.reader for finding in statements for region in finding.regions}
    assert readers == {"reader 1", "reader 2"}
