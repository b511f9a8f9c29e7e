"""Open-i, the chest films of Indiana University: reports of two hospital systems, with PNG films.

Read are the XML files (``ecgen-radiology/*.xml``), or the pair of tables that goes round
(``indiana_reports.csv``, ``indiana_projections.csv``). Both number the examinations alike, so a
case has the same name whichever is read; they name the films differently, and each goes with the
PNG files of its own release. Words that could identify were replaced by ``XXXX``. One report in
eight has an impression and no findings, some have no film, and many share one text. No age and no
sex is given, and every examination counts as a patient of its own. The tables say of each film
whether it is frontal or lateral; the XML tells of all films together.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .record import (
    BadRecord,
    CannotRead,
    CaseRecord,
    Expect,
    FileSource,
    ImageRecord,
    Item,
    ReportRecord,
    unheard,
)
from .sections import Sections, is_usable, plain_text, read_sections
from .tables import CutRow, FilmFolder, Row, existing, films_beside, find_file, read_rows

REPORTS, PROJECTIONS = "indiana_reports.csv", "indiana_projections.csv"
REPORT_COLUMNS = ("uid", "indication", "comparison", "findings", "impression")
PROJECTION_COLUMNS = ("uid", "filename", "projection")
PREFIX = "CXR"

NO_FINDINGS = "The report has no findings that an answer could be compared with."
NO_FILMS = "No film belongs to the report."
MISSING = (
    "A film of the report is not in the folder of images. XML and tables name films differently: "
    "take each with the films of its own release, and name their folder with --images."
)
NOT_XML = "The file is not XML. Fetch the collection again."
NO_ID = "The report does not say which one it is: it has no uId. Fetch the collection again."
NO_REPORT = "Films are listed for a report that the table of reports does not hold."

_PA = re.compile(r"\bPA\b|\bP\.?A\.?\s+VIEW|POSTEROANTERIOR", re.IGNORECASE)
_AP = re.compile(r"\bAP\b|PORTABLE|ANTEROPOSTERIOR", re.IGNORECASE)
_LATERAL = re.compile(r"\bLAT(?:ERAL)?\b", re.IGNORECASE)
_FRONTAL = re.compile(r"\bFRONTAL\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Film:
    """One film as the source names it; ``said`` is what it says of the film."""

    name: str
    said: str


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """The XML reports when there are any, else the tables."""
    root = existing(path)
    tables = _tables(root)
    reports = [] if root.is_file() and tables else _xml_files(root)
    if not reports and tables is None:
        raise CannotRead(
            f"{root} holds neither XML reports nor {REPORTS} with {PROJECTIONS}. "
            "Name the folder of the Open-i collection."
        )
    films = films_beside(root, images)
    if reports:
        expect(len(reports))
        for file in reports:
            try:
                yield _xml_case(file, films)
            except BadRecord as problem:
                yield problem.skipped
    elif tables is not None:
        yield from _table_cases(*tables, films)


def _xml_files(root: Path) -> Sequence[Path]:
    """In the order of their numbers, so that 2.xml stands before 10.xml."""
    files = [root] if root.suffix == ".xml" else root.rglob("*.xml")
    return sorted(files, key=lambda file: (len(file.stem), file.stem))


def _tables(root: Path) -> tuple[Path, Path] | None:
    folder = root if root.is_dir() else root.parent
    if root.is_file() and root.suffix == ".xml":
        return None
    reports, projections = find_file(folder, REPORTS), find_file(folder, PROJECTIONS)
    return (reports, projections) if reports and projections else None


def _xml_case(file: Path, films: FilmFolder) -> CaseRecord:
    try:
        # The site's own files, and expat bounds what an entity may grow to.
        tree = ElementTree.parse(file).getroot()  # noqa: S314
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        # An encoding that Python does not know, or that expat cannot read, is told otherwise.
        raise BadRecord(NOT_XML, f"{file.name}: {error}") from error
    except OSError as error:
        raise BadRecord(NOT_XML, f"{file.name}: {error.strerror}") from error
    uid = tree.find(".//uId")
    number = uid.get("id", "") if uid is not None else ""
    if not number:
        raise BadRecord(NO_ID, file.name)
    told = {
        (part.get("Label") or "").upper(): "".join(part.itertext())
        for part in tree.iter("AbstractText")
    }
    captions = [
        _Film(image.get("id") or "", plain_text(image.findtext("caption")))
        for image in tree.iter("parentImage")
    ]
    return _case(
        number.removeprefix(PREFIX),
        Sections(
            findings=told.get("FINDINGS", ""),
            impression=told.get("IMPRESSION", ""),
            indication=told.get("INDICATION", ""),
            comparison=told.get("COMPARISON", ""),
            technique="\n".join(dict.fromkeys(film.said for film in captions)),
        ),
        [film for film in captions if film.name],
        films,
        where=file.name,
    )


def _table_cases(reports: Path, projections: Path, films: FilmFolder) -> Iterator[Item]:
    shown: dict[str, list[_Film]] = {}
    for row in read_rows(projections, required=PROJECTION_COLUMNS):
        if isinstance(row, CutRow):
            yield row.skipped
        else:
            shown.setdefault(row["uid"], []).append(_Film(row["filename"], row["projection"]))
    for row in read_rows(reports, required=REPORT_COLUMNS):
        if isinstance(row, CutRow):
            yield row.skipped
            continue
        try:
            yield _table_case(row, shown.pop(row["uid"], []), films)
        except BadRecord as problem:
            yield problem.skipped
    for uid in shown:
        yield BadRecord(NO_REPORT, f"{projections.name}: {uid}").skipped


def _table_case(row: Row, shown: Sequence[_Film], films: FilmFolder) -> CaseRecord:
    if not row["uid"]:
        raise BadRecord(NO_ID, row.where)
    return _case(
        row["uid"].removeprefix(PREFIX),
        Sections(
            findings=row["findings"],
            impression=row["impression"],
            indication=row["indication"],
            comparison=row["comparison"],
            technique=row.get("image"),
        ),
        shown,
        films,
        where=row.where,
    )


def _case(
    number: str, stated: Sections, shown: Sequence[_Film], films: FilmFolder, *, where: str
) -> CaseRecord:
    key = f"{PREFIX}{number}"
    where = f"{where} ({key})"
    sections = read_sections(stated)
    if not is_usable(sections.findings):
        raise BadRecord(NO_FINDINGS, where)
    if not shown:
        raise BadRecord(NO_FILMS, where)
    return CaseRecord(
        dataset="openi",
        key=key,
        patient_key=key,
        study_uid=key,
        images=tuple(_image(film, films, where=where) for film in dict.fromkeys(shown)),
        indication=sections.indication,
        comparison=sections.comparison,
        report=ReportRecord(
            findings=sections.findings,
            impression=sections.impression,
            technique=sections.technique,
        ),
        where=where,
    )


def _image(film: _Film, films: FilmFolder, *, where: str) -> ImageRecord:
    path = films.find(f"{film.name}.png", film.name, f"{film.name}.jpg", f"{film.name}.dcm")
    if path is None:
        raise BadRecord(MISSING, f"{where}: {film.name}")
    return ImageRecord(sop_uid=film.name, source=FileSource(path), view=_view(film.said))


def _view(said: str) -> str:
    """The one view that the words name; a caption that names two says nothing of this film."""
    pa, ap, lateral = (bool(words.search(said)) for words in (_PA, _AP, _LATERAL))
    frontal = pa or ap or bool(_FRONTAL.search(said))
    if lateral or not frontal:
        return "" if frontal or not lateral else "LATERAL"
    return "PA" if pa and not ap else "AP" if ap and not pa else "FRONTAL"
