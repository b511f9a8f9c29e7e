"""Which reports are played, and how many fell for each reason."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radgame.cases.importers.choices import (
    FELL,
    VIEW_NOT_STATED,
    Choice,
    Choices,
    Chooser,
)
from radgame.cases.importers.record import (
    CaseRecord,
    FileSource,
    FindingRecord,
    ImageRecord,
    ReportRecord,
)
from radgame.cases.models import Case, CaseSet, Play, ReferenceReport
from radgame.imaging.phantom import DEMO_RECIPES, Recipe, write_report
from tests.cases.importing import import_dataset, media_files, refused, row_counts
from tests.cases.reports import (
    FINDINGS,
    LINE,
    OPACITY,
    openi_row,
    openi_xml,
    rex_key,
    rex_study,
    write_openi,
    write_openi_tables,
    write_rex,
)
from tests.cases.synthetic import padchest_finding, padchest_study, write_json, write_png

PRIOR = "The heart is unchanged. The lungs are clear."


def record(
    key: str = "a",
    findings: str = FINDINGS,
    *,
    views: Sequence[str] = ("PA",),
    parts: Sequence[str] = ("chest",),
    impression: str = "",
    **changes: Any,
) -> CaseRecord:
    images = tuple(
        ImageRecord(f"{key}{number}", FileSource(Path("x.png")), view=view, body_part=part)
        for number, (view, part) in enumerate(zip(views, parts, strict=False))
    )
    return CaseRecord(
        "tests",
        key,
        key,
        key,
        images,
        report=ReportRecord(findings, impression),
        where=key,
        **changes,
    )


def fell(told: CaseRecord, *included: Choice, require_view: bool = False) -> list[str]:
    judged = Chooser(Choices(frozenset(included), require_view)).judge(told)
    return [reason.reason for reason in judged.not_reportable]


@pytest.mark.parametrize(
    ("told", "choice"),
    [
        (record(age_years=17.9), Choice.CHILDREN),
        (record(age_years=0.25), Choice.CHILDREN),
        (record(views=["", ""], parts=["spine", "chest"]), Choice.OTHER_PARTS),
        (record(parts=["abdomen"]), Choice.OTHER_PARTS),
        (record(views=["LATERAL"]), Choice.LATERAL_ONLY),
        (record(views=["LATERAL", "LATERAL"], parts=["", ""]), Choice.LATERAL_ONLY),
        (record(findings=PRIOR), Choice.PRIORS),
        (record(impression="Stable cardiomegaly."), Choice.PRIORS),
    ],
)
def test_a_report_falls_for_one_reason_and_is_played_when_that_is_included(
    told: CaseRecord, choice: Choice
) -> None:
    assert fell(told) == [FELL[choice]]
    assert fell(told, choice) == []
    assert fell(told, *(set(Choice) - {choice})) == [FELL[choice]]


@pytest.mark.parametrize(
    "told",
    [
        record(age_years=18.0),
        record(age_years=None),
        record(views=[""], parts=[""]),
        record(views=["LATERAL", "PA"], parts=["", ""]),
        record(views=["LATERAL", ""], parts=["", ""]),
        record(views=["FRONTAL"]),
        record(comparison="3/8/1991"),
    ],
)
def test_what_is_not_stated_holds_against_no_report(told: CaseRecord) -> None:
    assert fell(told) == []


@pytest.mark.parametrize(
    ("views", "reasons"),
    [
        (["PA"], []),
        (["FRONTAL", "LATERAL"], []),
        (["", "AP"], []),
        ([""], [VIEW_NOT_STATED]),
        (["", "LATERAL"], [VIEW_NOT_STATED]),
        (["LATERAL"], [FELL[Choice.LATERAL_ONLY]]),
    ],
)
def test_a_view_can_be_asked_for(views: list[str], reasons: list[str]) -> None:
    assert fell(record(views=views, parts=[""] * len(views)), require_view=True) == reasons


def test_a_report_falls_for_every_reason_at_once() -> None:
    told = record(findings=PRIOR, age_years=5, views=["LATERAL"], parts=["knee"])
    assert fell(told) == [
        FELL[choice]
        for choice in (Choice.CHILDREN, Choice.OTHER_PARTS, Choice.LATERAL_ONLY, Choice.PRIORS)
    ]


def test_a_finding_whose_course_is_stated_speaks_of_an_earlier_study() -> None:
    told = record()
    finding = FindingRecord("nodule-mass", "nodule", progression="improving")
    images = (replace(told.images[0], findings=(finding,)),)
    assert fell(replace(told, images=images)) == [FELL[Choice.PRIORS]]


def test_of_equal_findings_the_first_that_can_be_played_is() -> None:
    chooser = Chooser(Choices())
    child = chooser.judge(record("child", age_years=4))
    first = chooser.judge(record("first"))
    again = chooser.judge(record("again", FINDINGS.upper().replace(". ", ".\n  ")))
    other = chooser.judge(record("other", OPACITY))
    assert [case.for_report for case in (child, first, again, other)] == [False, True, False, True]
    assert [(why.reason, why.where) for why in again.not_reportable] == [
        (FELL[Choice.DUPLICATES], "again: as first")
    ]


def test_duplicates_can_be_included() -> None:
    chooser = Chooser(Choices(frozenset({Choice.DUPLICATES})))
    assert all(chooser.judge(record(key)).for_report for key in "abc")


def test_a_case_without_a_report_is_left_as_it_is() -> None:
    told = replace(record(age_years=3), report=None)
    assert Chooser(Choices()).judge(told) is told


# --- through the command -------------------------------------------------------


@pytest.fixture
def wide_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")


@pytest.fixture
def rex(tmp_path: Path, wide_table: None, db: None) -> Path:
    """One that is played, one of each that falls, and two that are skipped."""
    return write_rex(
        tmp_path / "rex",
        {
            rex_key(1): rex_study(1),
            rex_key(2): rex_study(2, Findings=OPACITY, PatientAge="006Y"),
            rex_key(3): rex_study(3, Findings=PRIOR),
            rex_key(4): rex_study(4, ImageBodyPart=["Chest", "Spine"], Findings=LINE),
            rex_key(5): rex_study(5, Findings=FINDINGS.upper()),
            rex_key(6): rex_study(
                6, Findings="The heart is large.", ImageViewPosition=["LATERAL", "LL"]
            ),
            rex_key(7): rex_study(7, Findings=""),
            rex_key(8): rex_study(8, ImagePath=[]),
        },
    )


def playable() -> set[str]:
    return set(Case.objects.filter(for_report=True).values_list("key", flat=True))


def test_the_table_says_how_many_fell_for_each_choice(rex: Path) -> None:
    table = import_dataset("rexgradient", rex)
    assert table["imported"][0] == 6
    assert {what: count for what, (count, _where) in table.items() if "not in Report" in what} == {
        f"not in Report: {FELL[choice]}": 1 for choice in Choice
    }
    assert sum(count for what, (count, _) in table.items() if what.startswith("skipped")) == 2
    assert playable() == {rex_key(1)}
    assert set(Case.objects.exclude(key=rex_key(1)).values_list("status", flat=True)) == {"draft"}


def test_the_set_of_a_dataset_of_reports_is_one_for_report_alone(rex: Path) -> None:
    import_dataset("rexgradient", rex)
    case_set = CaseSet.objects.get(slug="rexgradient")
    assert (case_set.size, case_set.localize_size, case_set.report_size) == (1, 0, 1)


def test_a_second_import_changes_nothing_and_says_again_what_fell(rex: Path) -> None:
    first = import_dataset("rexgradient", rex)
    rows, files = row_counts(), media_files()
    second = import_dataset("rexgradient", rex)
    assert (row_counts(), media_files()) == (rows, files)
    assert second["unchanged"][0] == 6
    assert {k: v for k, v in second.items() if "Report" in k} == {
        k: v for k, v in first.items() if "Report" in k
    }


def test_other_choices_change_what_is_played_and_make_no_second_case(rex: Path) -> None:
    import_dataset("rexgradient", rex)
    films = media_files()
    table = import_dataset("rexgradient", rex, "--include", "children,priors")
    assert playable() == {rex_key(1), rex_key(2), rex_key(3)}
    assert (table["updated"][0], table["unchanged"][0]) == (2, 4)
    import_dataset("rexgradient", rex, "--include", "all")
    assert len(playable()) == 6
    assert CaseSet.objects.get(slug="rexgradient").report_size == 6
    import_dataset("rexgradient", rex)
    assert playable() == {rex_key(1)}
    case_set = CaseSet.objects.get(slug="rexgradient")
    assert (case_set.size, case_set.report_size) == (6, 1)
    assert Case.objects.count() == 6
    assert media_files() == films


def test_a_view_can_be_required_on_the_command_line(rex: Path) -> None:
    table = import_dataset("rexgradient", rex, "--require-view")
    assert table[f"not in Report: {VIEW_NOT_STATED}"][0] == 5
    assert playable() == set()


def test_a_choice_that_is_not_known_is_refused(rex: Path) -> None:
    message, _table = refused("rexgradient", rex, "--include", "children,cats")
    assert message.startswith("--include knows no cats. It takes children, other-parts,")
    assert not Case.objects.exists()


def test_a_dry_run_counts_the_same_and_writes_nothing(rex: Path) -> None:
    rows = row_counts()
    table = import_dataset("rexgradient", rex, "--dry-run")
    assert (row_counts(), media_files()) == (rows, {})
    told = import_dataset("rexgradient", rex)
    assert table == told


def test_only_playable_leaves_out_what_falls(rex: Path) -> None:
    import_dataset("rexgradient", rex, "--only-playable")
    assert set(Case.objects.values_list("key", flat=True)) == {rex_key(1)}


def test_sections_are_stored_apart(rex: Path) -> None:
    import_dataset("rexgradient", rex)
    case = Case.objects.get(key=rex_key(1))
    report = ReferenceReport.objects.get(study=case.study)
    assert (report.findings, report.impression, report.technique) == (
        FINDINGS,
        "No active disease.",
        "",
    )
    assert (case.study.indication, case.study.comparison) == ("Cough.", "None.")
    assert (case.study.age_years, case.study.sex) == (57.0, "F")
    assert {(image.rows, image.columns, image.bits_stored) for image in case.images.all()} == {
        (50, 40, 16)
    }


@pytest.mark.django_db
def test_open_i_is_imported_in_either_layout(tmp_path: Path, wide_table: None) -> None:
    xml = write_openi(
        tmp_path / "xml", openi_xml(1), openi_xml(2), openi_xml(3, findings=""), openi_xml(4)
    )
    table = import_dataset("openi", xml)
    assert table["imported"][0] == 3
    assert table[f"not in Report: {FELL[Choice.DUPLICATES]}"][0] == 2
    assert playable() == {"CXR1"}
    tables = write_openi_tables(
        tmp_path / "csv",
        [openi_row(9, findings=OPACITY), openi_row(10, findings=PRIOR)],
        ["9,9_IM-1.dcm.png,Frontal", "9,9_IM-2.dcm.png,Lateral", "10,10_IM-1.dcm.png,Lateral"],
    )
    import_dataset("openi", tables)
    assert playable() == {"CXR1", "CXR9"}
    views = Case.objects.get(key="CXR9").images.order_by("case_images__position")
    assert [image.view for image in views] == ["FRONTAL", "LATERAL"]
    assert CaseSet.objects.get(slug="openi").localize_size == 0
    rows = row_counts()
    import_dataset("openi", tables)
    import_dataset("openi", xml)
    assert row_counts() == rows


@pytest.mark.django_db
def test_padchest_sentences_make_reports_to_which_the_choices_apply(
    tmp_path: Path, wide_table: None
) -> None:
    root = tmp_path / "padchest"
    box = {"boxes": [[0.1, 0.1, 0.4, 0.4]]}
    studies = [
        padchest_study(1, padchest_finding("A nodule on the left.", "nodule", **box)),
        padchest_study(2, padchest_finding("A mass.", "mass", progression="improving", **box)),
        padchest_study(3, padchest_finding("Unchanged granuloma.", "granuloma", **box)),
        padchest_study(4, padchest_finding("A strange thing.", "unheard-of label", **box)),
    ]
    write_json(root / "grounded_reports_20240819.json", studies)
    for study in studies:
        write_png(root / study["ImageID"])
    table = import_dataset("padchest-gr", root)
    assert table[f"not in Report: {FELL[Choice.PRIORS]}"][0] == 2
    told = dict(Case.objects.values_list("key", "for_report"))
    assert told == {
        "1_abcdef": True,
        "2_abcdef": False,
        "3_abcdef": False,
        "4_abcdef": True,
    }
    case_set = CaseSet.objects.get(slug="padchest-gr")
    assert case_set.report_size == 2
    assert case_set.localize_size == 3


@pytest.mark.parametrize("recipe", DEMO_RECIPES, ids=lambda recipe: recipe.key)
def test_every_report_of_the_demo_is_played_by_default(recipe: Recipe) -> None:
    findings, impression = write_report(recipe)
    told = record(findings=findings, impression=impression, age_years=float(recipe.age_years))
    assert fell(told) == []
    assert recipe.indication.endswith(".")


@pytest.mark.data
@pytest.mark.django_db
def test_of_the_papers_reports_here_ten_are_played(shared_data: Path, wide_table: None) -> None:
    table = import_dataset("rexgradient", shared_data / "rexgradient")
    assert table["imported"][0] == 11
    assert table[f"not in Report: {FELL[Choice.PRIORS]}"][0] == 1
    assert len(playable()) == 10
    two_views = [case for case in Case.objects.playable_as(Play.REPORT) if case.images.count() == 2]
    assert len(two_views) == 4
    rows, files = row_counts(), media_files()
    assert import_dataset("rexgradient", shared_data / "rexgradient")["unchanged"][0] == 11
    assert (row_counts(), media_files()) == (rows, files)
