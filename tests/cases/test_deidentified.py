"""What names a person stays in the file it came in."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as configured
from PIL import Image as Picture
from pydicom.dataset import Dataset as Header
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from radgame.cases.models import Case, Image
from radgame.imaging.wire import decode_pixels
from tests.cases.importing import import_dataset, media_files
from tests.imaging.files import make_dicom, ramp

TELLING = {
    "PatientName": "Quillfeather^Ottoline",
    "PatientID": "HOSP-7731904",
    "OtherPatientIDs": "NHS-9434765919",
    "PatientBirthDate": "19310829",
    "PatientAddress": "14 Larkspur Row",
    "PatientTelephoneNumbers": "0117-4960012",
    "PatientComments": "Sister of the mayor",
    "InstitutionName": "Saint Ermintrude Infirmary",
    "InstitutionAddress": "Wexcombe-under-Edge",
    "InstitutionalDepartmentName": "Thornbury Wing",
    "ReferringPhysicianName": "Abernathy^Horatio",
    "PerformingPhysicianName": "Winterbourne^Iris",
    "OperatorsName": "Fotheringay^Basil",
    "AccessionNumber": "ACC-55812377",
    "StudyID": "STUDY-66120",
    "StudyDate": "20190614",
    "StudyTime": "134207",
    "StudyDescription": "Chest for Quillfeather",
    "SeriesDescription": "Bay six portable",
    "DeviceSerialNumber": "SN-40917",
    "StationName": "XR-ERMIN-02",
    "ImageComments": "Wedding ring visible",
    "RequestedProcedureDescription": "Rule out consumption",
    "StudyInstanceUID": "1.2.826.0.1.99999.31.1",
    "SeriesInstanceUID": "1.2.826.0.1.99999.31.2",
    "SOPInstanceUID": "1.2.826.0.1.99999.31.3",
    "FrameOfReferenceUID": "1.2.826.0.1.99999.31.4",
}
PRIVATE = "Ward clerk Peregrine"
FILE_NAME = "quillfeather_ottoline_1931.dcm"
FOLDER = "ermintrude"

# Parts of names too, as nothing of a name may be left.
SECRETS = sorted(
    {part for value in TELLING.values() for part in value.split("^")}
    | {"Quillfeather", "Ottoline", "Ermintrude", "Peregrine", "Larkspur", "1.2.826.0.1.99999"}
    | {PRIVATE, FILE_NAME, FILE_NAME.removesuffix(".dcm")}
)

pytestmark = pytest.mark.django_db


def tell_all(header: Header) -> None:
    for keyword, value in TELLING.items():
        setattr(header, keyword, value)
    # What is no person's alone, and may stay.
    header.PatientAge, header.PatientSex = "087Y", "F"
    block = header.private_block(0x0011, "RADGAME TESTS", create=True)
    block.add_new(0x01, "LO", PRIVATE)
    nested = Header()
    nested.PatientID = TELLING["PatientID"]
    header.RequestAttributesSequence = [nested]


@pytest.fixture(params=[ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian], ids=str)
def imported(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Case:
    """A film whose header tells everything."""
    syntax: UID = request.param
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setenv("COLUMNS", "1000")
    file = tmp_path / FOLDER / FILE_NAME
    file.parent.mkdir()
    file.write_bytes(make_dicom(ramp(), syntax=syntax, change=tell_all))
    if syntax == ExplicitVRLittleEndian:
        content = file.read_bytes().decode("latin-1")
        assert all(secret in content for secret in TELLING.values())
    assert import_dataset("dicom", tmp_path / FOLDER)["imported"][0] == 1
    return Case.objects.get()


def cells() -> Iterator[tuple[str, str]]:
    """Every value of every row of every table of the room, as text, and where it stands."""
    for model in apps.get_app_config("cases").get_models(include_auto_created=True):
        columns = [field.attname for field in model._meta.concrete_fields]
        for row in model._default_manager.values(*columns):
            for column, value in row.items():
                yield f"{model.__name__}.{column}", str(value)


def test_nothing_that_names_a_person_is_in_the_database(imported: Case) -> None:
    told = dict.fromkeys(where for where, _value in cells())
    assert {"Patient.key", "Study.uid", "Series.uid", "Image.sop_uid", "Case.key"} <= set(told)
    found = [
        (where, secret)
        for where, value in cells()
        for secret in SECRETS
        if secret.casefold() in value.casefold()
    ]
    assert found == []


def test_nothing_that_names_a_person_is_in_a_stored_file(imported: Case) -> None:
    files = media_files()
    assert len(files) == 2
    for name, content in files.items():
        for secret in SECRETS:
            assert secret.casefold() not in name.casefold()
            assert secret.casefold().encode() not in content.lower()


def test_the_source_file_itself_is_not_kept(imported: Case) -> None:
    everything = [path for path in Path(configured.VAR_DIR).parent.rglob("*") if path.is_file()]
    with_preamble = [path for path in everything if path.read_bytes()[128:132] == b"DICM"]
    assert [path.name for path in with_preamble] == [FILE_NAME]


def test_the_renditions_carry_no_metadata(imported: Case) -> None:
    film = imported.images.get()
    files = media_files()
    preview = Picture.open(io.BytesIO(files[str(film.preview.name)]))
    preview.load()
    assert preview.format == "WEBP"
    assert not preview.getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(preview.info)
    pixels = files[str(film.pixels.name)]
    # RFC 1952: no name, no comment, no extra field, no time.
    assert pixels[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    # The picture and a header of its size are all there is in it.
    assert decode_pixels(pixels).shape == (film.rows, film.columns) == (40, 50)


def test_what_belongs_together_is_told_by_digests_under_a_salt(imported: Case) -> None:
    film = Image.objects.select_related("series__study__patient").get()
    study = film.series.study
    digests = [study.patient.key, study.uid, film.series.uid, film.sop_uid]
    assert len(set(digests)) == 4
    assert all(len(digest) == 64 and int(digest, 16) >= 0 for digest in digests)
    salt = Path(configured.VAR_DIR) / "import_salt"
    assert salt.stat().st_mode & 0o077 == 0
    assert all(salt.read_bytes().hex() not in value for _where, value in cells())


def test_age_and_sex_come_in_and_no_date(imported: Case) -> None:
    assert (imported.study.age_years, imported.study.sex) == (87.0, "F")
    assert imported.study.patient.dataset.slug == "dicom"


def test_an_age_above_ninety_is_not_told(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path / "var"

    def old(header: Header) -> None:
        header.PatientAge = "103Y"

    file = tmp_path / "films" / "old.dcm"
    file.parent.mkdir()
    file.write_bytes(make_dicom(ramp(), change=old))
    import_dataset("dicom", file.parent)
    assert Case.objects.get().study.age_years == 90.0
