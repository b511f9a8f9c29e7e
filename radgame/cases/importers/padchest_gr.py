"""PadChest-GR, as released and as the paper's derived file: sentences with boxes of two readers.

Boxes are corners as fractions of width and height: ``boxes`` by one reader, ``extra_boxes``
by a second, independent one. The released grounded_reports_*.json is a list of studies with
raw labels and normal studies; master_table.csv beside it brings patient, age and sex. The
derived file is a list of films with 24 merged classes, abnormal films only, and a model's
explanation of each finding.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radgame.cases.taxonomy import LabelMap, LabelRule, load_labels
from radgame.imaging.age import parse_age

from .record import (
    BadRecord,
    CannotRead,
    CaseRecord,
    Expect,
    FileSource,
    FindingRecord,
    ImageRecord,
    Item,
    RegionRecord,
    ReportRecord,
    unheard,
)
from .tables import (
    CutRow,
    FilmFolder,
    Row,
    corner_box,
    existing,
    films_beside,
    find_file,
    read_json_list,
    read_rows,
)
from .tidy import is_scorable, merge_repeated, scored

RELEASED_PATTERN = "grounded_reports*.json*"
DERIVED = ("localize_filtered.json", "localize_small.json")
"""The small file repeats films of the other one, with explanations, so it is read last."""
MASTER = ("master_table.csv",)
MASTER_COLUMNS = ("ImageID", "label", "PatientID", "PatientSex_DICOM")
READERS = {"boxes": "reader 1", "extra_boxes": "reader 2"}
FRACTIONS = (1.0, 1.0)
EXPLANATION_SOURCE = "MedGemma 4B, as published with the RadGame paper"

MISSING = "The film is not in the folder of images. Add it, or name its folder with --images."
NO_KEYS = "The record has no ImageID or no list of findings. Check the file."
BAD_FINDING = "A finding is not in the form of PadChest-GR. Check the record."
OUTSIDE_FRACTION = (
    "A box lies outside its image: its corners must be fractions from 0 to 1. Correct the record."
)
NOTHING_TO_ASK = (
    "Abnormal only in ways that the game does not ask for: it can be viewed but not played."
)
NOTHING_SAID = "The record neither states a finding nor calls the film normal."
TOLERANCE = 1e-3
"""How far a rounded fraction may leave the image; the files give four decimals."""


@dataclass(frozen=True, slots=True)
class _Release:
    """What differs between the released and the derived file."""

    group: str
    has_normals: bool
    sentence_rules: bool


RELEASED = _Release("released", has_normals=True, sentence_rules=False)
DERIVED_RELEASE = _Release("derived", has_normals=False, sentence_rules=True)


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """The studies of the released file when it is there, else the films of the derived one."""
    root = existing(path)
    files, release = _files(root)
    films = films_beside(root, images)
    base = root if root.is_dir() else root.parent
    about: dict[str, _About] = {}
    if release is RELEASED and (table := find_file(base, *MASTER)):
        for row in read_rows(table, required=MASTER_COLUMNS):
            if isinstance(row, CutRow):
                yield row.skipped
            else:
                about[row["ImageID"]] = _about(row, about.get(row["ImageID"]))
    sources = _sources(files)
    expect(len(sources))
    for source in sources:
        try:
            yield _case(source.entry, films, about, release, where=source.where)
        except BadRecord as problem:
            yield problem.skipped


@dataclass(frozen=True, slots=True)
class _Source:
    """One record and the place where it stands."""

    entry: dict[str, Any]
    where: str


def _sources(files: Sequence[Path]) -> list[_Source]:
    """The records of all files; one of a later file takes the place of an earlier one's film."""
    sources: dict[str, _Source] = {}
    for file in files:
        for number, entry in enumerate(read_json_list(file), start=1):
            where = f"{file.name} record {number}"
            name = entry.get("ImageID")
            sources[name if isinstance(name, str) else where] = _Source(entry, where)
    return list(sources.values())


def _files(root: Path) -> tuple[list[Path], _Release]:
    if root.is_file():
        entries = read_json_list(root)
        return [root], RELEASED if entries and "StudyID" in entries[0] else DERIVED_RELEASE
    released = sorted(root.rglob(RELEASED_PATTERN))
    if released:
        return released[-1:], RELEASED
    derived = [file for name in DERIVED if (file := find_file(root, name))]
    if not derived:
        raise CannotRead(
            f"{root} holds neither grounded_reports_*.json nor {' nor '.join(DERIVED)}. "
            "Name the folder of PadChest-GR."
        )
    return derived, DERIVED_RELEASE


@dataclass(frozen=True, slots=True)
class _About:
    """What the master table says of one film."""

    patient: str
    sex: str
    age_years: float | None
    normal: bool


def _about(row: Row, known: _About | None) -> _About:
    """One row of the table, of which a film has one for each label and sentence."""
    normal = load_labels("padchest-gr").is_normal(row["label"])
    return _About(
        patient=row["PatientID"],
        sex=row["PatientSex_DICOM"],
        age_years=_age(row),
        normal=normal and (known is None or known.normal),
    )


def _age(row: Row) -> float | None:
    """The stated age, else the years between birth and examination; None when neither is there."""
    stated = parse_age(row.get("PatientAge"))
    born, examined = row.get("PatientBirth")[:4], row.get("StudyDate_DICOM")[:4]
    if stated is not None or not (born.isdecimal() and examined.isdecimal()):
        return stated
    years = int(examined) - int(born)
    return parse_age(str(years)) if years >= 0 else None


def _case(
    entry: dict[str, Any],
    films: FilmFolder,
    about: dict[str, _About],
    release: _Release,
    *,
    where: str,
) -> CaseRecord:
    name, statements = entry.get("ImageID"), entry.get("findings")
    if not isinstance(name, str) or not isinstance(statements, list):
        raise BadRecord(NO_KEYS, where)
    where = f"{where} ({name})"
    film = films.find(name, f"{name}.png")
    if film is None:
        raise BadRecord(MISSING, where)
    label_map = load_labels("padchest-gr")
    findings: list[FindingRecord] = []
    rules: list[LabelRule] = []
    abnormal = False
    for statement in statements:
        if not isinstance(statement, dict):
            raise BadRecord(BAD_FINDING, where)
        if not isinstance(statement.get("abnormal"), bool):
            # Read as "not abnormal", a missing answer would make a film normal.
            raise BadRecord(BAD_FINDING, f"{where}: abnormal")
        if not statement["abnormal"]:
            continue
        abnormal = True
        found, met = _findings(statement, label_map, release, where=where)
        findings += found
        rules += met
    merged = merge_repeated(findings)
    scored_findings = scored(label_map.findings_of(release.group), merged, rules)
    row = about.get(name)
    # The table says Normal; without it, an expert wrote sentences and called none abnormal.
    said_normal = row.normal if row else bool(statements)
    normal = release.has_normals and not abnormal and said_normal
    not_playable = ""
    if not normal and not abnormal:
        not_playable = NOTHING_SAID
    elif abnormal and not is_scorable(merged, scored_findings):
        not_playable = NOTHING_TO_ASK
    key = name.removesuffix(".png")
    study = str(entry.get("StudyID") or key.rpartition("_")[0] or key)
    return CaseRecord(
        dataset="padchest-gr",
        key=key,
        patient_key=row.patient if row else study,
        study_uid=study,
        images=(
            ImageRecord(
                sop_uid=key,
                source=FileSource(film),
                annotated_size=FRACTIONS,
                findings=merged,
            ),
        ),
        scored_findings=scored_findings,
        is_normal=True if normal else False if abnormal else None,
        age_years=row.age_years if row else None,
        sex=row.sex if row else "",
        report=_report(statements, where=where) if release is RELEASED else None,
        prior_study_uid=str(entry.get("PreviousStudyID") or ""),
        not_playable=not_playable,
        where=where,
    )


def _report(statements: Sequence[dict[str, Any]], *, where: str) -> ReportRecord | None:
    """The whole report, sentence by sentence; the derived file holds only a part of it."""
    sentences = [_string(statement, "sentence_en", where=where).strip() for statement in statements]
    text = " ".join(filter(None, sentences))
    return ReportRecord(findings=text, impression="") if text else None


def _findings(
    statement: dict[str, Any], label_map: LabelMap, release: _Release, *, where: str
) -> tuple[list[FindingRecord], list[LabelRule]]:
    labels = _strings(statement, "labels", where=where)
    sentence = _string(statement, "sentence_en", where=where)
    regions = tuple(
        RegionRecord(reader, _fraction_box(corners, where=where))
        for key, reader in READERS.items()
        for corners in _list(statement, key, where=where)
    )
    by_finding: dict[str, list[str]] = {}
    rules: list[LabelRule] = []
    for label in labels:
        rule = label_map.rule(_meaning(label, sentence, label_map, release))
        if rule is None:
            continue
        rules.append(rule)
        if rule.finding is not None:
            by_finding.setdefault(rule.finding, []).append(label)
    explanation = _string(statement, "medgemma_explanation", where=where).strip()
    found = [
        FindingRecord(
            finding=finding,
            source_label=" / ".join(dict.fromkeys(names)),
            regions=regions,
            sentence=sentence,
            sentence_es=_string(statement, "sentence_es", where=where),
            locations=tuple(_strings(statement, "locations", where=where)),
            progression=_string(statement, "progression", where=where),
            explanation=explanation,
            explanation_source=EXPLANATION_SOURCE if explanation else "",
        )
        for finding, names in by_finding.items()
    ]
    return found, rules


def _meaning(label: str, sentence: str, label_map: LabelMap, release: _Release) -> str:
    if release.sentence_rules:
        for rule in label_map.sentence_rules:
            if rule.applies(label, sentence):
                return rule.meaning
    return label


def _fraction_box(corners: object, *, where: str) -> tuple[float, float, float, float]:
    box = corner_box(corners, where=where)
    if min(box) < -TOLERANCE or max(box) > 1 + TOLERANCE:
        raise BadRecord(OUTSIDE_FRACTION, f"{where}: {corners!r}")
    x_min, y_min, x_max, y_max = (min(max(value, 0.0), 1.0) for value in box)
    return x_min, y_min, x_max, y_max


def _list(statement: dict[str, Any], key: str, *, where: str) -> Sequence[object]:
    """The list under a key; an absent key and null are an empty list."""
    value = statement.get(key) or []
    if isinstance(value, float) and math.isnan(value):
        return []
    if not isinstance(value, list):
        raise BadRecord(BAD_FINDING, f"{where}: {key}")
    return value


def _strings(statement: dict[str, Any], key: str, *, where: str) -> list[str]:
    return [str(value) for value in _list(statement, key, where=where)]


def _string(statement: dict[str, Any], key: str, *, where: str) -> str:
    """The text under a key; an absent key, null and a bare NaN are an empty text."""
    value = statement.get(key) or ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    if not isinstance(value, str):
        raise BadRecord(BAD_FINDING, f"{where}: {key}")
    return value
