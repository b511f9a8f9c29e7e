"""Films from DICOM files: a folder, or one file. They bring no reference standard.

Such a case is stored for viewing and later annotation and is not playable. One case a
study: its films are shown side by side. Nothing that names a person is kept: the numbers by
which files belong together become digests under a salt, which the database does not hold,
so that nobody can find a patient by trying out all the numbers a hospital gives. The salt
lies in a file of its own and not in SECRET_KEY, which a site may change at any time: with
another salt the site would meet its own films as new ones.
"""

import hashlib
import hmac
import secrets
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pydicom
from django.conf import settings
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from radgame.imaging.errors import EmptyFile
from radgame.imaging.source import looks_like_dicom
from radgame.secret_file import kept_secret

from .record import (
    BadRecord,
    CannotRead,
    CaseRecord,
    Expect,
    FileSource,
    ImageRecord,
    Item,
    Skipped,
    unheard,
)
from .tables import existing

SALT_FILE = "import_salt"
SALT_BYTES = 32
TAGS = ["PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]

NOT_DICOM = "These files are not DICOM; they are left out."
UNREADABLE = "The header of this DICOM file cannot be read; export the film again."
GONE = "This file could not be opened. Check that it is there and may be read."
TWICE = "This file holds a film that another file of the import holds too; it is counted once."
NO_REFERENCE = "No reference regions: kept for viewing and later annotation, not playable."
BAD_SALT = (
    "{} does not hold the salt of earlier imports. Restore it from a backup; remove it only when "
    "no film of the format dicom has been imported yet."
)

_DAMAGE = (
    InvalidDicomError,
    BytesLengthException,
    EOFError,
    struct.error,
    zlib.error,
    ValueError,
    KeyError,
    NotImplementedError,
    OverflowError,
)


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """One case a study, under the salt of this site."""
    return read_folder(images or path, expect, salt=site_salt(settings.VAR_DIR / SALT_FILE))


def rehearse(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """As ``read``, and makes no salt: under none yet, no film can be known either."""
    file = settings.VAR_DIR / SALT_FILE
    salt = site_salt(file) if file.exists() else secrets.token_bytes(SALT_BYTES)
    return read_folder(images or path, expect, salt=salt)


def site_salt(file: Path) -> bytes:
    """The salt in the file, which is made for its owner alone when it is not there."""
    salt = kept_secret(file, lambda: secrets.token_bytes(SALT_BYTES))
    if len(salt) != SALT_BYTES:
        raise CannotRead(BAD_SALT.format(file))
    return salt


def read_folder(path: Path, expect: Expect = unheard, *, salt: bytes) -> Iterator[Item]:
    """One case a study, in the order of the files; headers are read first, pixels later."""
    root = existing(path)
    files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
    if not files:
        raise CannotRead(f"{root} holds no file. Name a DICOM file or a folder of them.")
    studies: dict[tuple[str, str], list[tuple[Path, ImageRecord]]] = {}
    seen: set[str] = set()
    others: Counter[str] = Counter()
    for file in files:
        try:
            numbers = _numbers(file)
            if numbers is None:
                others[file.suffix] += 1
                continue
            own = numbers["SOPInstanceUID"] or _content_name(file)
        except BadRecord as problem:
            yield problem.skipped
            continue
        study = numbers["StudyInstanceUID"] or own
        patient = numbers["PatientID"] or study
        film = ImageRecord(
            sop_uid=_digest(own, salt),
            source=FileSource(file),
            series_uid=_digest(numbers["SeriesInstanceUID"] or study, salt),
        )
        if film.sop_uid in seen:
            yield Skipped(TWICE, file.name)
            continue
        seen.add(film.sop_uid)
        studies.setdefault((_digest(patient, salt), _digest(study, salt)), []).append((file, film))
    for suffix, count in sorted(others.items()):
        yield Skipped(NOT_DICOM, f"{count} × {suffix or 'no suffix'}")
    expect(len(studies))
    for (patient_key, study_uid), films in studies.items():
        yield CaseRecord(
            dataset="dicom",
            key=study_uid,
            patient_key=patient_key,
            study_uid=study_uid,
            images=tuple(film for _, film in films),
            not_playable=NO_REFERENCE,
            where=", ".join(file.name for file, _ in films),
        )


def _numbers(file: Path) -> dict[str, str] | None:
    """The identifying numbers of a file; None when it is not DICOM; raises BadRecord."""
    try:
        if file.stat().st_size == 0:
            raise BadRecord(str(EmptyFile()), file.name)
        if not looks_like_dicom(file):
            return None
        header = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=TAGS)
        # An element is decoded when it is asked for, so damage may show only here.
        return {keyword: _number(header, keyword) for keyword in TAGS}
    except OSError as error:
        raise BadRecord(GONE, f"{file.name}: {error.strerror}") from error
    except _DAMAGE as error:
        raise BadRecord(UNREADABLE, file.name) from error


def _number(header: Dataset, keyword: str) -> str:
    return str(header.get(keyword) or "").strip()


def _content_name(file: Path) -> str:
    """A film without an instance UID is named by its bytes."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise BadRecord(GONE, f"{file.name}: {error.strerror}") from error


def _digest(number: str, salt: bytes) -> str:
    return hmac.digest(salt, number.encode(), "sha256").hex()
