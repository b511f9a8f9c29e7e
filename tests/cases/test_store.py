"""Storing what was imported: whole or not at all, once, and in the right pixels."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import FileSystemStorage

from radgame.cases.importers import prepare as preparing
from radgame.cases.importers.nih_cxr14 import UNBOXED
from radgame.cases.importers.prepare import OUTSIDE
from radgame.cases.models import (
    Case,
    CaseSet,
    CaseSetItem,
    Image,
    ReferenceRegion,
)
from radgame.cases.services import OTHER_SIZE, append_cases
from radgame.imaging.wire import decode_pixels
from tests.cases.importing import (
    import_dataset,
    media_files,
    refused,
    row_counts,
    write_boxes,
    write_picture,
)
from tests.cases.synthetic import write_dicom, write_json
from tests.factories import make_case, make_set
from tests.imaging.files import ramp

FILM = "00000820_000.png"
OTHER = "00004321_007.png"
OPAQUE = re.compile(r"films/(?P<start>[\w-]{2})/(?P=start)[\w-]{25}\.(webp|rgf)")

pytestmark = pytest.mark.django_db
Commit = Callable[..., AbstractContextManager[list[Callable[[], Any]]]]


@pytest.fixture(autouse=True)
def _wide_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")


@pytest.fixture
def nih(tmp_path: Path) -> Path:
    """Two boxed films of 64 pixels."""
    root = tmp_path / "nih"
    write_picture(root / "images" / FILM)
    write_picture(root / "images" / OTHER, change=np.fliplr)
    write_boxes(root, f"{FILM},Mass,160,320,80,64", f"{OTHER},Nodule,16,32,160,320")
    return root


def bring_in(root: Path) -> dict[str, tuple[int, str]]:
    return import_dataset("nih-cxr14", root)


def case_of(film: str) -> Case:
    return Case.objects.get(key=film.removesuffix(".png"))


def image_of(film: str) -> Image:
    return case_of(film).images.get()


def boxes_of(film: str) -> list[tuple[float, ...]]:
    regions = ReferenceRegion.objects.filter(reference_finding__image__cases=case_of(film))
    return [region.box for region in regions.order_by("id")]


def test_a_second_import_adds_no_row_and_keeps_every_token(nih: Path) -> None:
    first = bring_in(nih)
    rows, files = row_counts(), media_files()
    tokens = dict(Image.objects.values_list("sop_uid", "token"))
    revisions = dict(Case.objects.values_list("key", "revision"))
    second = bring_in(nih)
    assert first["imported"][0] == 2
    assert second == {"imported": (0, ""), "updated": (0, ""), "unchanged": (2, "")}
    assert row_counts() == rows
    assert media_files() == files
    assert dict(Image.objects.values_list("sop_uid", "token")) == tokens
    assert dict(Case.objects.values_list("key", "revision")) == revisions


def test_a_changed_box_updates_the_case_in_place_and_raises_its_revision(nih: Path) -> None:
    bring_in(nih)
    before, film, files, rows = case_of(FILM), image_of(FILM), media_files(), row_counts()
    other = case_of(OTHER).revision
    write_boxes(nih, f"{FILM},Mass,160,320,96,64", f"{OTHER},Nodule,16,32,160,320")
    table = bring_in(nih)
    assert (table["updated"][0], table["unchanged"][0], table["imported"][0]) == (1, 1, 0)
    after = case_of(FILM)
    assert (after.pk, after.public_id) == (before.pk, before.public_id)
    assert after.revision == before.revision + 1
    assert case_of(OTHER).revision == other
    assert boxes_of(FILM) == [(10.0, 20.0, 16.0, 24.0)]
    assert (image_of(FILM).token, image_of(FILM).rendition) == (film.token, film.rendition)
    assert media_files() == files
    assert row_counts() == rows


def test_a_changed_picture_gets_a_new_digest_and_the_stale_files_go_with_the_commit(
    nih: Path, django_capture_on_commit_callbacks: Commit
) -> None:
    bring_in(nih)
    before = image_of(FILM)
    stale = {before.preview.name, before.pixels.name}
    write_picture(nih / "images" / FILM, change=np.flipud)
    with django_capture_on_commit_callbacks(execute=True):
        table = bring_in(nih)
        assert stale < set(media_files()), "the commit may fail yet"
    after = image_of(FILM)
    assert table["updated"][0] == 1
    assert (after.pk, after.token) == (before.pk, before.token)
    assert after.rendition != before.rendition
    kept = {after.preview.name, after.pixels.name}
    other = image_of(OTHER)
    assert set(media_files()) == kept | {other.preview.name, other.pixels.name}
    assert not kept & stale
    drawn = decode_pixels(media_files()[str(after.pixels.name)])
    assert np.array_equal(drawn, np.flipud(ramp(64, 64, bits=8)))


def test_a_picture_of_another_size_is_left_out_and_the_stored_film_stays(nih: Path) -> None:
    bring_in(nih)
    rows, files, revision = row_counts(), media_files(), case_of(FILM).revision
    write_picture(nih / "images" / FILM, 32)
    table = bring_in(nih)
    assert table[f"skipped: {OTHER_SIZE}"] == (1, "00000820_000")
    assert (table["updated"][0], table["unchanged"][0]) == (0, 1)
    assert (row_counts(), media_files()) == (rows, files)
    assert case_of(FILM).revision == revision
    assert case_of(FILM).status == Case.Status.READY
    assert (image_of(FILM).rows, image_of(FILM).columns) == (64, 64)


def test_films_are_encoded_anew_when_the_way_of_encoding_changed(
    nih: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Commit
) -> None:
    bring_in(nih)
    before = image_of(FILM).pixels.name
    monkeypatch.setattr(preparing, "PIPELINE", "renditions-of-tomorrow")
    with django_capture_on_commit_callbacks(execute=True):
        table = bring_in(nih)
    assert table["updated"][0] == 2
    assert image_of(FILM).pixels.name != before
    assert len(media_files()) == 4


def test_a_film_whose_window_changed_gets_a_new_preview(
    tmp_path: Path, settings: Any, django_capture_on_commit_callbacks: Commit
) -> None:
    settings.VAR_DIR = tmp_path / "var"

    def window(center: int) -> Callable[[Any], None]:
        def change(header: Any) -> None:
            header.WindowCenter, header.WindowWidth = center, 1000

        return change

    write_dicom(tmp_path / "films" / "one.dcm", change=window(1000))
    import_dataset("dicom", tmp_path / "films")
    before = Image.objects.get()
    shown = media_files()[str(before.preview.name)]
    write_dicom(tmp_path / "films" / "one.dcm", change=window(3000))
    with django_capture_on_commit_callbacks(execute=True):
        import_dataset("dicom", tmp_path / "films")
    after = Image.objects.get()
    assert after.window_center - before.window_center == 2000.0
    assert after.rendition != before.rendition
    assert media_files()[str(after.preview.name)] != shown


def fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(ReferenceRegion.objects, "bulk_create", broken)


def test_a_failure_half_way_leaves_no_row_and_no_file(
    nih: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_dataset("nih-cxr14", nih, "--limit", 1)
    rows, files = row_counts(), media_files()
    fail(monkeypatch)
    with pytest.raises(RuntimeError, match="the disk is full"):
        bring_in(nih)
    assert [case.key for case in Case.objects.ready()] == ["00000820_000"]
    assert (row_counts(), media_files()) == (rows, files)


@pytest.mark.django_db(transaction=True)
def test_a_stale_film_that_cannot_be_removed_costs_the_new_one_nothing(
    nih: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bring_in(nih)
    write_picture(nih / "images" / FILM, change=np.flipud)

    def refuse(_storage: FileSystemStorage, name: str) -> None:
        raise PermissionError(13, "Permission denied", name)

    monkeypatch.setattr(FileSystemStorage, "delete", refuse)
    assert bring_in(nih)["updated"][0] == 1
    assert "Permission denied" in caplog.text
    for film in Image.objects.all():
        assert {film.preview.name, film.pixels.name} < set(media_files())


def test_a_storage_that_takes_nothing_ends_the_import_with_a_sentence(
    nih: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_options: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "save", full)
    sentence, _table = refused("nih-cxr14", nih)
    assert "No space left on device" in sentence
    assert "What came in before is kept" in sentence
    assert not Case.objects.exists()


def test_a_failed_update_leaves_the_case_as_it_was(
    nih: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Commit
) -> None:
    bring_in(nih)
    rows, files, before, boxes = row_counts(), media_files(), image_of(FILM), boxes_of(FILM)
    revision = case_of(FILM).revision
    write_picture(nih / "images" / FILM, change=np.flipud)
    write_boxes(nih, f"{FILM},Mass,160,320,96,64", f"{OTHER},Nodule,16,32,160,320")
    fail(monkeypatch)
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(RuntimeError, match="the disk is full"),
    ):
        bring_in(nih)
    assert (row_counts(), media_files(), boxes_of(FILM)) == (rows, files, boxes)
    assert image_of(FILM).rendition == before.rendition
    assert (case_of(FILM).status, case_of(FILM).revision) == (Case.Status.READY, revision)


def test_a_box_outside_its_film_is_refused_and_the_rest_goes_on(nih: Path) -> None:
    write_boxes(nih, f"{FILM},Mass,960,320,80,64", f"{OTHER},Nodule,16,32,160,320")
    table = bring_in(nih)
    # 1,040 of 1,024 is 65 of 64 pixels: more than a hundredth too far.
    assert table[f"skipped: {OUTSIDE}"] == (
        1,
        "BBox_List_2017.csv line 2 (00000820_000.png): (60.0, 20.0, 65.0, 24.0) on 64 × 64",
    )
    assert [case.key for case in Case.objects.all()] == ["00004321_007"]
    assert Image.objects.count() == 1
    assert len(media_files()) == 2


@pytest.mark.parametrize(
    ("box", "stored"),
    [
        # 1,032 is 8 beyond 1,024, within a hundredth.
        ("960,320,72,64", (60.0, 20.0, 64.0, 24.0)),
        ("320,960,64,72", (20.0, 60.0, 24.0, 64.0)),
        ("-8,320,72,64", (0.0, 20.0, 4.0, 24.0)),
        ("320,-8,64,72", (20.0, 0.0, 24.0, 4.0)),
    ],
)
def test_a_box_over_the_edge_by_rounding_is_clipped(
    nih: Path, box: str, stored: tuple[float, ...]
) -> None:
    write_boxes(nih, f"{FILM},Mass,{box}")
    assert bring_in(nih)["imported"][0] == 2  # the other film comes in without a box
    assert boxes_of(FILM) == [stored]


def test_a_box_that_is_nothing_once_clipped_is_refused(nih: Path) -> None:
    write_boxes(nih, f"{FILM},Mass,1024,320,8,64")
    assert bring_in(nih)[f"skipped: {OUTSIDE}"][0] == 1
    assert not ReferenceRegion.objects.exists()


def test_boxes_of_the_1024_square_land_in_the_pixels_of_a_512_film(nih: Path) -> None:
    write_picture(nih / "images" / FILM, 512)
    write_boxes(nih, f"{FILM},Mass,100.5,200,50,60.25")
    bring_in(nih)
    assert boxes_of(FILM) == [(50.25, 100.0, 75.25, 130.125)]


def test_polygons_move_with_their_boxes(tmp_path: Path) -> None:
    write_picture(tmp_path / "images" / "9.png", 256)
    entry = {
        "file_name": "9.png",
        "syms": ["Nodule"],
        "boxes": [[100, 200, 140, 260]],
        "polygons": [[[100, 200], [140, 230], [120, 260]]],
    }
    write_json(tmp_path / "ChestX_Det_train.json", [entry])
    import_dataset("chestx-det", tmp_path)
    region = ReferenceRegion.objects.get()
    assert region.box == (25.0, 50.0, 35.0, 65.0)
    assert region.polygon == [[25.0, 50.0], [35.0, 57.5], [30.0, 65.0]]


def test_file_names_tell_nothing(nih: Path) -> None:
    bring_in(nih)
    files = media_files()
    assert len(files) == 4
    assert all(OPAQUE.fullmatch(name) for name in files), list(files)
    for image in Image.objects.select_related("series__study__patient"):
        study = image.series.study
        telling = {image.token, image.sop_uid, image.rendition, image.fingerprint, study.uid}
        for name in (str(image.preview.name), str(image.pixels.name)):
            assert not any(word in name for word in telling)
            assert "820" not in re.split(r"[/.]", name)


def test_a_film_that_nobody_boxed_is_kept_but_in_no_set(nih: Path) -> None:
    write_boxes(nih, f"{OTHER},Nodule,16,32,160,320")
    table = bring_in(nih)
    assert table[f"not playable: {UNBOXED}"] == (1, FILM)
    assert case_of(FILM).status == Case.Status.DRAFT
    assert case_of(FILM).is_normal is None
    assert [item.case for item in CaseSetItem.objects.all()] == [case_of(OTHER)]
    assert CaseSet.objects.get(slug="nih-cxr14").size == 1


def test_without_a_playable_case_there_is_no_set(nih: Path) -> None:
    (nih / "images" / OTHER).unlink()
    write_boxes(nih)
    bring_in(nih)
    assert Case.objects.get().status == Case.Status.DRAFT
    assert not CaseSet.objects.exists()


def test_a_film_that_is_boxed_later_becomes_playable(nih: Path) -> None:
    write_boxes(nih, f"{OTHER},Nodule,16,32,160,320")
    bring_in(nih)
    write_boxes(nih, f"{OTHER},Nodule,16,32,160,320", f"{FILM},Mass,160,320,80,64")
    assert bring_in(nih)["updated"][0] == 1
    assert case_of(FILM).status == Case.Status.READY
    assert [item.case for item in CaseSetItem.objects.all()] == [case_of(OTHER), case_of(FILM)]


def test_a_withdrawn_case_stays_withdrawn(nih: Path) -> None:
    bring_in(nih)
    Case.objects.filter(key="00000820_000").update(status=Case.Status.WITHDRAWN)
    write_boxes(nih, f"{FILM},Mass,160,320,96,64", f"{OTHER},Nodule,16,32,160,320")
    assert bring_in(nih)["updated"][0] == 1
    assert case_of(FILM).status == Case.Status.WITHDRAWN
    assert boxes_of(FILM) == [(10.0, 20.0, 16.0, 24.0)]
    assert case_of(OTHER).status == Case.Status.READY


def test_the_set_of_the_dataset_gets_each_new_case_once(nih: Path) -> None:
    import_dataset("nih-cxr14", nih, "--limit", 1)
    first = CaseSetItem.objects.get()
    bring_in(nih)
    write_boxes(nih, f"{FILM},Mass,160,320,96,64", f"{OTHER},Nodule,16,32,160,336")
    assert bring_in(nih)["updated"][0] == 2
    case_set = CaseSet.objects.get()
    items = list(case_set.items.values_list("case__key", "position"))
    assert items == [("00000820_000", 0), ("00004321_007", 1)]
    assert case_set.items.filter(pk=first.pk).exists()
    assert case_set.size == 2


def test_cases_of_an_import_that_was_killed_join_the_set_with_the_next_one(nih: Path) -> None:
    bring_in(nih)
    # Stored and playable, and the process gone before the set heard of it.
    CaseSet.objects.all().delete()
    assert bring_in(nih)["unchanged"][0] == 2
    case_set = CaseSet.objects.get()
    assert [item.case for item in case_set.items.all()] == [case_of(FILM), case_of(OTHER)]
    assert case_set.size == 2


def test_a_withdrawn_case_does_not_come_back_to_the_set(nih: Path) -> None:
    bring_in(nih)
    Case.objects.filter(key="00000820_000").update(status=Case.Status.WITHDRAWN)
    CaseSetItem.objects.filter(case=case_of(FILM)).delete()
    write_boxes(nih, f"{FILM},Mass,160,320,96,64", f"{OTHER},Nodule,16,32,160,336")
    assert bring_in(nih)["updated"][0] == 2
    assert [item.case for item in CaseSetItem.objects.all()] == [case_of(OTHER)]


def test_appending_keeps_positions_and_counts_only_what_is_new() -> None:
    one, two, three, four = (make_case() for _ in range(4))
    case_set = make_set(one, two)
    assert append_cases(case_set=case_set, cases=[two, three]) == 1
    items = case_set.items.values_list("case_id", "position")
    assert list(items) == [(one.pk, 0), (two.pk, 1), (three.pk, 2)]
    assert case_set.size == 3
    case_set.items.filter(case=two).delete()
    assert append_cases(case_set=case_set, cases=[four]) == 1
    assert list(items.all()) == [(one.pk, 0), (three.pk, 2), (four.pk, 3)]
    case_set.refresh_from_db()
    assert case_set.size == 3


def test_appending_nothing_changes_nothing() -> None:
    one = make_case()
    case_set = make_set(one)
    assert append_cases(case_set=case_set, cases=[one]) == 0
    assert (case_set.size, case_set.items.count()) == (1, 1)
