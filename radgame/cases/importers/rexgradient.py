"""ReXGradient-160K: whole studies with the radiologist's report, section by section.

Read are the released metadata (``*_metadata_view_position.json``, or the ``*_metadata.csv`` of a
copy without it) beside the tree of PNG films, and the JSON with a choice of reports that the
RadGame paper's code carries. Both JSON files are objects by study, and both hold bare NaN.
Film paths begin ``../deid_png/``, where nobody unpacks them, so films are found by their names,
which are unique. ``ImageShape`` is the size of the original, of which the PNG is a quarter: it is
not read. Views are mostly not stated.
"""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from radgame.imaging.age import age_to_show, parse_age
from radgame.imaging.anatomy import body_part

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
from .tables import CutRow, FilmFolder, existing, films_beside, read_json_dict, read_rows

RELEASED = "*metadata*.json*"
WITH_VIEWS = "view_position"
TABLES = "*metadata*.csv*"
DERIVED = "radgame_report*.json*"
COLUMNS = ("Findings", "PatientID", "StudyInstanceUid")
STUDIES = "studies"

PA = frozenset({"PA", "POSTERO_ANTERIOR", "POSTEROANTERIOR"})
AP = frozenset({"AP", "ANTERO_POSTERIOR", "ANTEROPOSTERIOR", "AP AXIAL"})
LATERAL = frozenset({"LATERAL", "LAT", "LL", "RL", "LLAT", "RLAT"})

NO_FINDINGS = "The report has no findings that an answer could be compared with."
NO_FILMS = "The record names no film."
MISSING = (
    "A film of the study is not in the folder of images. Add it, or name its folder with --images."
)
NO_PATIENT = "The record does not say whose study it is: PatientID or StudyInstanceUid is empty."
BAD_PATHS = "ImagePath is not a list of file names. Check the record."


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """The studies of every metadata file, each once; of one named twice the later is read."""
    root = existing(path)
    records: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for file in _files(root):
        if file.name.removesuffix(".gz").endswith(".csv"):
            for row in read_rows(file, required=COLUMNS):
                if isinstance(row, CutRow):
                    yield row.skipped
                else:
                    records[_key(row.cells)] = (row.where, row.cells)
        else:
            for name, entry in read_json_dict(file).items():
                records[name] = (f"{file.name} {_short(name)}", entry)
    films = films_beside(root, images)
    trees = _by_study(films)
    expect(len(records))
    for key, (where, record) in records.items():
        try:
            yield _case(key, record, films, trees, where=where)
        except BadRecord as problem:
            yield problem.skipped


def _files(root: Path) -> Sequence[Path]:
    if root.is_file():
        return [root]
    released = sorted(root.rglob(RELEASED))
    with_views = [file for file in released if WITH_VIEWS in file.name]
    files = with_views or released or sorted(root.rglob(TABLES)) or sorted(root.rglob(DERIVED))
    if not files:
        raise CannotRead(
            f"{root} holds no *_metadata_view_position.json, no *_metadata.csv and no "
            "radgame_report_*.json. Name the folder of ReXGradient."
        )
    return files


def _key(cells: Mapping[str, str]) -> str:
    """The study's name as the JSON has it; a table may leave it out."""
    return cells.get("id") or "p{}_a{}_s{}".format(
        *(cells.get(name, "") for name in ("PatientID", "AccessionNumber", "StudyInstanceUid"))
    )


def _short(key: str) -> str:
    """Patient and accession, which are enough to find a record by."""
    return key.partition("_s")[0]


def _by_study(films: FilmFolder) -> dict[str, list[Path]]:
    """The films below ``studies/<StudyInstanceUid>/``, for a table that names no film."""
    found: dict[str, list[Path]] = {}
    for film in films.by_name.values():
        parts = film.parts
        if STUDIES in parts[:-2]:
            found.setdefault(parts[parts.index(STUDIES) + 1], []).append(film)
    return {study: sorted(paths) for study, paths in found.items()}


def _case(
    key: str,
    entry: Mapping[str, Any],
    films: FilmFolder,
    trees: Mapping[str, list[Path]],
    *,
    where: str,
) -> CaseRecord:
    patient, study = plain_text(entry.get("PatientID")), plain_text(entry.get("StudyInstanceUid"))
    if not patient or not study:
        raise BadRecord(NO_PATIENT, where)
    sections = read_sections(
        Sections(
            findings=entry.get("Findings", ""),
            impression=entry.get("Impression", ""),
            indication=entry.get("Indication", ""),
            comparison=entry.get("Comparison", ""),
            technique=entry.get("Technique", ""),
        )
    )
    if not is_usable(sections.findings):
        raise BadRecord(NO_FINDINGS, where)
    named = "ImagePath" in entry
    names = _names(entry.get("ImagePath"), where=where) if named else []
    paths = [_film(name, films, where=where) for name in names] if named else trees.get(study, [])
    if not paths:
        raise BadRecord(MISSING if not named else NO_FILMS, where)
    views = _beside(entry.get("ImageViewPosition"), len(paths))
    parts = _beside(entry.get("ImageBodyPart"), len(paths))
    about = plain_text(entry.get("StudyDescription"))
    return CaseRecord(
        dataset="rexgradient",
        key=key,
        patient_key=patient,
        study_uid=study,
        images=tuple(
            ImageRecord(
                sop_uid=film.stem,
                source=FileSource(film),
                view=_view(view),
                body_part=body_part([[part], [about]]),
            )
            for film, view, part in zip(paths, views, parts, strict=True)
        ),
        age_years=age_to_show(parse_age(plain_text(entry.get("PatientAge")))),
        sex=plain_text(entry.get("PatientSex")).upper()[:1],
        indication=sections.indication,
        comparison=sections.comparison,
        report=ReportRecord(
            findings=sections.findings,
            impression=sections.impression,
            technique=sections.technique,
        ),
        where=where,
    )


def _film(name: str, films: FilmFolder, *, where: str) -> Path:
    film = films.find(name)
    if film is None:
        raise BadRecord(MISSING, f"{where}: {name}")
    return film


def _names(value: object, *, where: str) -> list[str]:
    """The films' file names in the record's order, each once."""
    paths = _listed(value)
    if not all(isinstance(path, str) for path in paths):
        raise BadRecord(BAD_PATHS, where)
    return list(dict.fromkeys(PurePosixPath(str(path)).name for path in paths if path))


def _listed(value: object) -> list[object]:
    """A list, also one written out in a cell of a table; a bare value is a list of one."""
    if isinstance(value, list):
        return value
    text = plain_text(value)
    if not text:
        return []
    if text.startswith("["):
        for parse in (json.loads, ast.literal_eval):
            try:
                parsed = parse(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                # Of too many brackets, Python's own parser says that memory is short.
                continue
            return list(parsed) if isinstance(parsed, list) else []
    return [text]


def _beside(value: object, count: int) -> list[str]:
    """A list that runs beside the films; of another length nobody knows which film it means."""
    values = [plain_text(part) for part in _listed(value)]
    return values if len(values) == count else [""] * count


def _view(position: str) -> str:
    position = position.upper()
    if position in PA:
        return "PA"
    if position in AP:
        return "AP"
    return "LATERAL" if position in LATERAL else ""
