"""The import command: its table, its refusals and its dry run."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from django.conf import settings as configured
from django.core.management import ManagementUtility
from pydicom.uid import UID, JPEGLSLossless

from radgame import spinner
from radgame.cases.importers import demo, dicom_folder
from radgame.cases.importers.nih_cxr14 import MISSING, UNBOXED, UNKNOWN_LABEL
from radgame.cases.importers.run import TWICE
from radgame.cases.importers.tables import NOT_A_NUMBER
from radgame.cases.models import (
    Case,
    CaseSet,
    Dataset,
    Image,
    ReferenceFinding,
    ReferenceRegion,
    ReferenceReport,
)
from radgame.imaging.errors import EmptyFile, NotAChestFilm, Truncated, UnsupportedTransferSyntax
from radgame.imaging.phantom import LesionSpec, Recipe
from tests.cases.importing import (
    BOXES,
    import_dataset,
    media_files,
    printed_by,
    refused,
    row_counts,
    table_of,
    write_boxes,
    write_picture,
)
from tests.cases.synthetic import write_dicom, write_json, write_text
from tests.imaging.files import make_dicom, ramp

FILMS = ("00000001_000.png", "00000002_000.png", "00000003_000.png")
ONE, TWO, THREE = FILMS
# JPEG Extended, 12 bits: nothing installed decodes it.
JPEG_EXTENDED = UID("1.2.840.10008.1.2.4.51")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wide_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def nih(tmp_path: Path) -> Path:
    """Three films: two with a box, the third without."""
    root = tmp_path / "nih"
    for name in FILMS:
        write_picture(root / "images" / name)
    write_boxes(root, f"{ONE},Mass,160,320,80,64", f"{TWO},Nodule,16,32,160,320")
    return root


# --- the table ----------------------------------------------------------------


def test_the_table_counts_what_came_in_and_says_what_did_not_and_where(nih: Path) -> None:
    write_boxes(
        nih,
        f"{ONE},Mass,160,320,80,64",
        f"{TWO},Sword,16,32,160,320",
        "00000009_000.png,Nodule,16,32,160,320",
    )
    table = import_dataset("nih-cxr14", nih)
    assert table == {
        "imported": (2, ""),
        "updated": (0, ""),
        "unchanged": (0, ""),
        f"not playable: {UNBOXED}": (1, THREE),
        f"skipped: {UNKNOWN_LABEL}": (1, f"{BOXES} line 3 ({TWO}): 'Sword'"),
        f"skipped: {MISSING}": (1, f"{BOXES} line 4 (00000009_000.png)"),
    }


@pytest.fixture
def gone(nih: Path) -> list[str]:
    """Seven films that are named in the list of boxes and not there."""
    names = [f"0000001{number}_000.png" for number in range(7)]
    write_boxes(nih, f"{ONE},Mass,160,320,80,64", *(f"{name},Mass,160,320,80,64" for name in names))
    return names


def test_many_places_are_counted_and_the_first_five_named(nih: Path, gone: list[str]) -> None:
    printed = printed_by("nih-cxr14", nih)
    count, where = table_of(printed)[f"skipped: {MISSING}"]
    assert count == 7
    assert where.endswith(f"line 7 ({gone[4]}) and 2 more; -v 2 lists them")
    assert gone[5] not in printed


def test_every_place_is_listed_for_who_asks_for_more_words(
    nih: Path, gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = printed_by("nih-cxr14", nih, "--verbosity", 2)
    count, where = table_of(printed)[f"skipped: {MISSING}"]
    assert count == 7
    assert where.endswith(f"line 7 ({gone[4]}) and 2 more; all are listed below")
    _table, listed = printed.split(f"\n\nskipped: {MISSING}\n")
    assert listed.splitlines() == [
        f"  {BOXES} line {number} ({name})" for number, name in enumerate(gone, start=3)
    ]
    # A narrow terminal folds none of them.
    monkeypatch.setenv("COLUMNS", "20")
    assert printed_by("nih-cxr14", nih, "--verbosity", 2).endswith(listed)


def test_few_places_are_not_listed_again(nih: Path) -> None:
    printed = printed_by("nih-cxr14", nih, "--verbosity", 2)
    assert printed.count(UNBOXED) == 1


def test_updated_and_unchanged_cases_are_told_apart(nih: Path) -> None:
    import_dataset("nih-cxr14", nih)
    write_boxes(nih, f"{ONE},Mass,160,320,96,64", f"{TWO},Nodule,16,32,160,320")
    table = import_dataset("nih-cxr14", nih)
    counts = {what: table[what][0] for what in ("imported", "updated", "unchanged")}
    assert counts == {"imported": 0, "updated": 1, "unchanged": 2}


def test_a_quiet_import_prints_nothing(nih: Path) -> None:
    assert printed_by("nih-cxr14", nih, "--verbosity", 0) == ""
    assert Case.objects.count() == 3


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ((), "3 cases, 1 skipped, of 4 records"),
        (("--limit", 2), "2 cases, 0 skipped; it stops at 2 cases"),
        (("--limit", 9), "3 cases, 1 skipped, of 4 records"),
    ],
)
def test_the_progress_tells_how_far_it_goes(
    nih: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], last: str
) -> None:
    monkeypatch.setattr(spinner, "PLAIN_EVERY_S", -1.0)
    gone = "00000009_000.png,Nodule,16,32,160,320"
    write_boxes(nih, f"{ONE},Mass,160,320,80,64", f"{TWO},Nodule,16,32,160,320", gone)
    printed = printed_by("nih-cxr14", nih, *options)
    assert [line for line in printed.splitlines() if " skipped" in line][-1] == last


@pytest.mark.parametrize(("folder", "status"), [("nih", 0), ("elsewhere", 1)])
def test_the_exit_status_says_whether_anything_came_in(
    nih: Path, folder: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["manage.py", "import_dataset", "nih-cxr14", str(nih.parent / folder)]
    ended = 0
    try:
        ManagementUtility([*command, "--workers", "1"]).execute()
    except SystemExit as end:
        ended = int(end.code or 0)
    assert ended == status
    printed = capsys.readouterr()
    assert ("is not there" in printed.err) == bool(status)
    assert "Traceback" not in printed.err


# --- the options --------------------------------------------------------------


def test_a_dry_run_counts_like_the_real_one_and_writes_nothing(nih: Path) -> None:
    write_boxes(
        nih,
        f"{ONE},Mass,160,320,80,64",
        f"{TWO},Sword,16,32,160,320",
        f"{THREE},Mass,960,320,80,64",
    )
    rows = row_counts()
    printed = printed_by("nih-cxr14", nih, "--dry-run")
    assert "Would be imported (nothing was written)" in printed
    assert row_counts() == rows
    assert media_files() == {}
    assert table_of(printed) == import_dataset("nih-cxr14", nih)
    assert row_counts() != rows
    assert media_files()


def test_a_dry_run_of_a_known_dataset_writes_nothing_either(nih: Path) -> None:
    import_dataset("nih-cxr14", nih, "--limit", 1)
    revision = Dataset.objects.get(slug="nih-cxr14").revision
    write_boxes(nih, f"{ONE},Mass,160,320,96,64", f"{TWO},Nodule,16,32,160,320")
    rows, files = row_counts(), media_files()
    dry = import_dataset("nih-cxr14", nih, "--dry-run")
    assert (row_counts(), media_files()) == (rows, files)
    assert Dataset.objects.get(slug="nih-cxr14").revision == revision
    assert Case.objects.get().revision == 1
    assert ReferenceRegion.objects.get().box == (10.0, 20.0, 15.0, 24.0)
    assert import_dataset("nih-cxr14", nih) == dry
    assert (dry["imported"][0], dry["updated"][0]) == (2, 1)


def test_a_dry_run_tells_of_a_film_of_another_size(nih: Path) -> None:
    import_dataset("nih-cxr14", nih)
    write_picture(nih / "images" / ONE, 32)
    dry = import_dataset("nih-cxr14", nih, "--dry-run")
    assert dry == import_dataset("nih-cxr14", nih)
    assert dry["updated"][0] == 0


def test_a_dry_run_of_dicom_makes_no_salt(tmp_path: Path) -> None:
    write_dicom(tmp_path / "films" / "one.dcm")
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert import_dataset("dicom", tmp_path / "films", "--dry-run")["imported"][0] == 1
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


def test_the_limit_bounds_the_cases(nih: Path) -> None:
    assert import_dataset("nih-cxr14", nih, "--limit", 2)["imported"][0] == 2
    assert list(Case.objects.values_list("key", flat=True)) == ["00000001_000", "00000002_000"]


def test_a_limit_below_one_is_refused(nih: Path) -> None:
    assert refused("nih-cxr14", nih, "--limit", 0) == ("--limit must be 1 or more.", {})


def test_only_playable_leaves_out_what_can_only_be_viewed(nih: Path) -> None:
    table = import_dataset("nih-cxr14", nih, "--only-playable")
    assert table["imported"][0] == 2
    assert table[f"skipped: {UNBOXED}"] == (1, THREE)
    assert set(Case.objects.values_list("status", flat=True)) == {Case.Status.READY}


def test_films_may_lie_elsewhere(nih: Path, tmp_path: Path) -> None:
    moved = (nih / "images").rename(tmp_path / "films")
    assert import_dataset("nih-cxr14", nih, "--images", moved)["imported"][0] == 3


# --- refusals: the whole import -------------------------------------------------


def test_a_path_is_needed_for_all_but_the_demo() -> None:
    sentence, _table = refused("nih-cxr14")
    assert sentence == "Name the folder or file of nih-cxr14: see --help."


@pytest.mark.parametrize(
    "name", ["chestx-det", "dicom", "nih-cxr14", "padchest-gr", "rsna-pneumonia", "vindr-cxr"]
)
def test_a_folder_that_is_not_there_is_refused_by_every_format(name: str, tmp_path: Path) -> None:
    sentence, table = refused(name, tmp_path / "elsewhere")
    assert f"{tmp_path / 'elsewhere'} is not there." in sentence
    assert table == {}


@pytest.mark.parametrize(
    "name", ["chestx-det", "dicom", "nih-cxr14", "padchest-gr", "rsna-pneumonia", "vindr-cxr"]
)
def test_the_folder_of_another_dataset_is_refused_with_what_is_missing(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    sentence, table = refused(name, tmp_path / "other")
    assert re.search(r"holds (no|neither) .+\. Name (the|a) ", sentence), sentence
    assert table == {}


def test_a_wrong_folder_of_images_is_refused(nih: Path) -> None:
    sentence, _table = refused("nih-cxr14", nih, "--images", nih / "pictures")
    assert sentence == (
        f"{nih / 'pictures'} is not a folder. Name the folder of images with --images."
    )


def test_a_missing_column_is_named(nih: Path) -> None:
    write_text(nih / BOXES, "Image Index,Label", f"{ONE},Mass")
    sentence, _table = refused("nih-cxr14", nih)
    assert sentence == (
        f"{BOXES} has no column 'Finding Label', 'Bbox [x', 'y', 'w', 'h]'; "
        "it has Image Index, Label. Check that it is the dataset's own file."
    )


def test_an_empty_list_is_refused(nih: Path) -> None:
    (nih / BOXES).write_bytes(b"")
    assert refused("nih-cxr14", nih)[0] == f"{BOXES} is empty. Fetch it again."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('[{"file_name": "1.png",', "line 1 is not JSON"),
        ('{"file_name": "1.png"}', "does not hold a list of records"),
        ("", "is empty"),
        ("[]", "Nothing came in: there is no case in it."),
    ],
)
def test_json_that_is_none_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "ChestX_Det_train.json").write_text(content, encoding="utf-8")
    assert sentence in refused("chestx-det", tmp_path)[0]
    assert not Case.objects.exists()


def test_an_import_that_brings_nothing_in_fails_after_its_table(nih: Path) -> None:
    for name in FILMS:
        (nih / "images" / name).unlink()
    sentence, table = refused("nih-cxr14", nih)
    assert sentence == "Nothing came in. The table above says why."
    assert table[f"skipped: {MISSING}"][0] == 2
    assert not Case.objects.exists()


# --- refusals: one record -------------------------------------------------------


def test_a_coordinate_that_is_no_number_skips_its_film_alone(nih: Path) -> None:
    write_boxes(nih, f"{ONE},Mass,NaN,320,80,64", f"{TWO},Nodule,16,32,160,320")
    table = import_dataset("nih-cxr14", nih)
    assert table[f"skipped: {NOT_A_NUMBER}"] == (1, f"{BOXES} line 2: Bbox [x is 'NaN'")
    assert table["imported"][0] == 2
    assert not Case.objects.filter(key="00000001_000").exists()


def cut_short(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "sentence"), [(cut_short, str(Truncated())), (emptied, str(EmptyFile()))]
)
def test_a_damaged_png_skips_its_film_alone(
    nih: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(nih / "images" / ONE)
    table = import_dataset("nih-cxr14", nih)
    assert table[f"skipped: {sentence}"] == (1, ONE)
    assert table["imported"][0] == 2
    assert Image.objects.count() == 2
    assert len(media_files()) == 4


def of_another_study(header: Any) -> None:
    header.StudyInstanceUID = "1.2.3"
    header.SOPInstanceUID = "1.2.3.4"


def hip(header: Any) -> None:
    of_another_study(header)
    header.BodyPartExamined = "HIP"


def test_a_hip_skips_its_film_alone(tmp_path: Path) -> None:
    write_dicom(tmp_path / "films" / "chest.dcm")
    write_dicom(tmp_path / "films" / "hip.dcm", change=hip)
    table = import_dataset("dicom", tmp_path / "films")
    assert table[f"skipped: {NotAChestFilm('hip')}"] == (1, "hip.dcm")
    assert table["imported"][0] == 1
    assert Image.objects.count() == 1


def test_a_compression_that_cannot_be_decoded_skips_its_film_alone(tmp_path: Path) -> None:
    write_dicom(tmp_path / "films" / "chest.dcm")
    packed = make_dicom(ramp(), syntax=JPEGLSLossless, change=of_another_study)
    header = pydicom.dcmread(io.BytesIO(packed))
    header.file_meta.TransferSyntaxUID = JPEG_EXTENDED
    header.save_as(tmp_path / "films" / "other.dcm")
    table = import_dataset("dicom", tmp_path / "films")
    (what,) = (what for what in table if what.startswith("skipped"))
    named = UnsupportedTransferSyntax(JPEG_EXTENDED.name, JPEG_EXTENDED)
    assert what == f"skipped: {named}"
    assert table[what] == (1, "other.dcm")
    assert table["imported"][0] == 1


def test_a_file_that_is_no_dicom_is_left_out(tmp_path: Path) -> None:
    write_dicom(tmp_path / "films" / "chest.dcm")
    write_text(tmp_path / "films" / "notes.txt", "Read me.")
    table = import_dataset("dicom", tmp_path / "films")
    assert table[f"skipped: {dicom_folder.NOT_DICOM}"] == (1, "1 × .txt")


def test_a_case_that_is_named_twice_comes_in_once(tmp_path: Path) -> None:
    entry = {"file_name": "1.png", "syms": [], "boxes": [], "polygons": []}
    write_picture(tmp_path / "images" / "1.png")
    write_json(tmp_path / "ChestX_Det_train.json", [entry, entry])
    table = import_dataset("chestx-det", tmp_path)
    assert table["imported"][0] == 1
    assert table[f"skipped: {TWICE}"] == (1, "1")
    assert Case.objects.count() == 1


# --- the demo -------------------------------------------------------------------

RECIPES = (
    Recipe(key="clear", seed=11, age_years=44, sex="F", indication="Cough.", scale=0.25),
    Recipe(
        key="nodule",
        seed=12,
        age_years=71,
        sex="M",
        indication="Weight loss.",
        lesions=(LesionSpec("nodule-mass", "right", "upper", size_mm=30.0, subtlety=0.0),),
        scale=0.25,
    ),
)


@pytest.fixture
def two_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DEMO_RECIPES", RECIPES)


@pytest.mark.usefixtures("two_recipes")
def test_the_demo_comes_in_playable_with_regions_on_the_film_and_a_report() -> None:
    assert import_dataset("demo")["imported"][0] == 2
    clear, nodule = Case.objects.order_by("key")
    assert (clear.is_normal, nodule.is_normal) == (True, False)
    assert {clear.status, nodule.status} == {Case.Status.READY}
    case_set = CaseSet.objects.get(slug="demo")
    assert [item.case for item in case_set.items.all()] == [clear, nodule]
    assert (case_set.size, case_set.localize_size, case_set.report_size) == (2, 2, 2)
    assert not ReferenceFinding.objects.filter(image__cases=clear).exists()
    statement = ReferenceFinding.objects.get(image__cases=nodule)
    assert statement.finding.slug == "nodule-mass"
    assert statement.sentence
    film = nodule.images.get()
    region = statement.regions.get()
    assert 0 <= region.x_min < region.x_max <= film.columns
    assert 0 <= region.y_min < region.y_max <= film.rows
    # The patient's right is on the left of the film.
    assert (region.x_min + region.x_max) / 2 < film.columns / 2
    for case in (clear, nodule):
        report = ReferenceReport.objects.get(study=case.study)
        assert report.findings
        assert report.impression
        assert report.technique == "Single posteroanterior view of the chest, erect."
        assert case.study.comparison == "None."
        assert (case.for_localize, case.for_report) == (True, True)
        assert "nodule-mass" in case.scored_findings
    assert (nodule.study.age_years, nodule.study.sex) == (71.0, "M")
    assert nodule.study.indication == "Weight loss."
    assert nodule.dataset.synthetic


@pytest.mark.usefixtures("two_recipes")
def test_a_report_that_is_worded_anew_is_brought_up_to_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_dataset("demo")
    told = ("The lungs are clear. The heart is small.", "Normal chest.")
    monkeypatch.setattr(demo, "write_report", lambda _recipe: told)
    assert import_dataset("demo")["updated"][0] == 2


@pytest.mark.usefixtures("two_recipes")
def test_a_second_demo_import_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import_dataset("demo")
    rows, files = row_counts(), media_files()

    def draw(recipe: Recipe) -> np.ndarray[Any, Any]:
        raise AssertionError(f"{recipe.key} was drawn again")

    monkeypatch.setattr(demo, "make_film", draw)
    assert import_dataset("demo")["unchanged"][0] == 2
    assert (row_counts(), media_files()) == (rows, files)
    assert len(list(Path(configured.MEDIA_ROOT).rglob("*.rgf"))) == 2
