import hashlib
import hmac
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pytest_django import Settings

from radgame.cases.importers import dicom_folder
from radgame.cases.importers.record import CannotRead, CaseRecord, FileSource, Item
from tests.cases.synthetic import cases, only_case, refusal, skipped, write_dicom, write_text
from tests.imaging.files import BASE_UID

SALT = b"a" * 32


def read(path: Path, salt: bytes = SALT) -> list[Item]:
    return list(dicom_folder.read_folder(path, salt=salt))


def having(**values: str) -> Callable[[Dataset], Any]:
    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def test_one_file_is_a_case_that_cannot_be_played(tmp_path: Path) -> None:
    film = write_dicom(tmp_path / "a.dcm")
    case = only_case(read(film))
    assert case.images[0].source == FileSource(film)
    assert (case.is_normal, case.scored_findings) == (None, ())
    assert case.not_playable == dicom_folder.NO_REFERENCE


def test_films_of_one_study_are_one_case(tmp_path: Path) -> None:
    write_dicom(tmp_path / "b" / "pa", change=having(SOPInstanceUID=f"{BASE_UID}.11"))
    lateral = having(SOPInstanceUID=f"{BASE_UID}.12", SeriesInstanceUID=f"{BASE_UID}.99")
    write_dicom(tmp_path / "b" / "lateral", change=lateral)
    other = having(SOPInstanceUID=f"{BASE_UID}.13", StudyInstanceUID=f"{BASE_UID}.98")
    write_dicom(tmp_path / "c.dcm", change=other)
    first, second = cases(read(tmp_path))
    assert first.where == "lateral, pa"
    assert len({image.series_uid for image in first.images}) == 2
    assert (len(second.images), second.where) == (1, "c.dcm")


def test_no_number_of_the_file_is_kept(tmp_path: Path) -> None:
    write_dicom(tmp_path / "a.dcm", change=having(PatientID="MRN-4711"))
    case = only_case(read(tmp_path))
    assert case.patient_key == hmac.new(SALT, b"MRN-4711", hashlib.sha256).hexdigest()
    assert case.study_uid == hmac.new(SALT, f"{BASE_UID}.1".encode(), "sha256").hexdigest()
    kept = repr((case.key, case.patient_key, case.study_uid, case.images[0].series_uid))
    assert BASE_UID not in kept + case.images[0].sop_uid
    assert "4711" not in kept


def test_another_salt_gives_other_keys_and_the_same_salt_the_same(tmp_path: Path) -> None:
    write_dicom(tmp_path / "a.dcm")
    assert read(tmp_path) == read(tmp_path)
    assert only_case(read(tmp_path)).key != only_case(read(tmp_path, b"b" * 32)).key


def test_films_without_numbers_are_told_apart_by_their_bytes(tmp_path: Path) -> None:
    blank = having(SOPInstanceUID="", StudyInstanceUID="", SeriesInstanceUID="")
    write_dicom(tmp_path / "a.dcm", change=blank)
    write_dicom(tmp_path / "b.dcm", change=blank, rows=41)
    write_dicom(tmp_path / "c.dcm", change=blank)
    items = read(tmp_path)
    assert [(item.reason, item.where) for item in skipped(items)] == [(dicom_folder.TWICE, "c.dcm")]
    keys = {item.key for item in items if isinstance(item, CaseRecord)}
    assert len(keys) == 2


def test_other_files_are_told_once_for_each_kind(tmp_path: Path) -> None:
    write_dicom(tmp_path / "film")
    for name in ("a.txt", "b.txt", "README"):
        write_text(tmp_path / name, "This is not a film, and it is long enough to be looked at.")
    items = read(tmp_path)
    assert [(item.reason, item.where) for item in skipped(items)] == [
        (dicom_folder.NOT_DICOM, "1 × no suffix"),
        (dicom_folder.NOT_DICOM, "2 × .txt"),
    ]
    assert len(items) == 3


def test_an_empty_file_has_its_own_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").touch()
    (left_out,) = skipped(read(tmp_path))
    assert left_out.reason.startswith("This file is empty")
    assert left_out.where == "a.dcm"


def test_a_damaged_header_has_its_own_sentence(tmp_path: Path) -> None:
    film = write_dicom(tmp_path / "a.dcm")
    # The group length of the meta information, which claims to be 4 bytes of UL.
    content = bytearray(film.read_bytes())
    content[132:144] = b"\x02\x00\x00\x00UL\x02\x00\x00\x00\x02\x00"
    film.write_bytes(bytes(content))
    (left_out,) = skipped(read(tmp_path))
    assert left_out.reason == dicom_folder.UNREADABLE


@pytest.mark.parametrize("tag", [b"\x08\x00\x18\x00", b"\x20\x00\x0d\x00", b"\x20\x00\x0e\x00"])
def test_damage_in_one_of_the_numbers_skips_its_file_alone(tmp_path: Path, tag: bytes) -> None:
    film = write_dicom(tmp_path / "a.dcm")
    write_dicom(tmp_path / "b.dcm", change=having(SOPInstanceUID="1.2.3", StudyInstanceUID="1.2"))
    content = film.read_bytes()
    assert content.count(tag + b"UI") == 1
    film.write_bytes(content.replace(tag + b"UI", tag + b"YI"))
    items = read(tmp_path)
    assert [(left.reason, left.where) for left in skipped(items)] == [
        (dicom_folder.UNREADABLE, "a.dcm")
    ]
    assert [case.where for case in cases(items[1:])] == ["b.dcm"]


def test_an_empty_folder_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    assert refusal(lambda: read(tmp_path)).endswith("Name a DICOM file or a folder of them.")
    assert "is not there" in refusal(lambda: read(tmp_path / "no"))


def test_the_salt_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "import_salt"
    salt = dicom_folder.site_salt(file)
    assert len(salt) == dicom_folder.SALT_BYTES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert dicom_folder.site_salt(file) == salt
    assert [entry.name for entry in file.parent.iterdir()] == ["import_salt"]
    assert dicom_folder.site_salt(tmp_path / "other") != salt


def test_a_spoilt_salt_stops_the_import(tmp_path: Path) -> None:
    (tmp_path / "import_salt").write_bytes(b"short")
    with pytest.raises(CannotRead, match="Restore it from a backup"):
        dicom_folder.site_salt(tmp_path / "import_salt")


def test_a_new_secret_key_changes_no_key_of_a_film(tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR = tmp_path / "var"
    film = write_dicom(tmp_path / "a.dcm")
    before = only_case(dicom_folder.read(film, None))
    settings.SECRET_KEY = "another"
    assert only_case(dicom_folder.read(film, None)) == before


@pytest.mark.data
def test_every_real_dicom_file_comes_in(shared_data: Path) -> None:
    items = read(shared_data / "dicom")
    assert [(item.reason, item.where) for item in skipped(items)] == [
        (dicom_folder.NOT_DICOM, "1 × .md")
    ]
    found = [item for item in items if isinstance(item, CaseRecord)]
    films = sorted(Path(name).suffix for case in found for name in case.where.split(", "))
    assert films == [".dcm"] * 8
