"""RSNA Pneumonia Detection Challenge 2018: boxes of lung opacity on NIH films.

The labels give x, y, width and height in pixels of the 1024 square, one row a box, and one
row without numbers for a film without a box. ``patientId`` names a film, not a patient. The
crosswalk gives the class (Normal; No Lung Opacity / Not Normal; Lung Opacity) and the NIH
PNG of the same film.
"""

from collections.abc import Iterator
from pathlib import Path

from radgame.cases.taxonomy import load_labels

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
    unheard,
)
from .tables import (
    NOT_A_NUMBER,
    FilmFolder,
    Row,
    existing,
    films_beside,
    find_file,
    rows_by,
    rows_of_films,
    sized_box,
)
from .tidy import merge_repeated

LABELS = ("stage_2_train_labels.csv", "kaggle_stage_2_train_labels.csv")
CROSSWALK = ("rsna_to_nih_crosswalk.csv",)
CLASSES = ("stage_2_detailed_class_info.csv",)
SIDES = ("x", "y", "width", "height")
READER = "reference"
SIZE = (1024.0, 1024.0)
OPACITY = "Lung Opacity"
MATCH_LIMIT = 10.0
"""Mean squared grey-level error above which an NIH film is not the RSNA film.

It strikes 98 of 26,684 matches. Of the 21 NIH films that are given to two RSNA films it leaves
at most one match each, except one film that RSNA really holds twice.
"""

MISSING = (
    "Neither the DICOM named after the patientId nor the NIH PNG is in the folder of images. "
    "Add it, or name its folder with --images."
)
BAD_MATCH = (
    "The NIH film that the crosswalk names differs too much from the RSNA film to carry its boxes. "
    "Use the RSNA DICOM."
)
NO_CLASS = (
    "The film has no box and no class, so nobody says that it is normal. "
    "Add the crosswalk or stage_2_detailed_class_info.csv."
)
NOT_NORMAL = (
    "Abnormal, but RSNA does not say how and boxed nothing: it can be viewed but not played."
)
CONTRADICTION = "The class and the boxes of the film contradict each other. Check the rows."
BAD_TARGET = "Target is neither 0 nor 1, or does not fit the coordinates. Check the row."


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """The films in the order of the labels."""
    root = existing(path)
    labels = find_file(root, *LABELS)
    if labels is None:
        raise CannotRead(f"{root} holds no {LABELS[0]}. Name the folder of the RSNA labels.")
    base = root if root.is_dir() else root.parent
    crosswalk, classes = find_file(base, *CROSSWALK), find_file(base, *CLASSES)
    films = films_beside(root, images)
    to_nih, cut = rows_by(crosswalk, "patientId", required=("nih_image_index", "mse", "class"))
    yield from cut
    detail, cut = rows_by(classes, "patientId", required=("class",))
    yield from cut
    table = rows_of_films(labels, "patientId", required=(*SIDES, "Target"))
    yield from table.left_out
    expect(len(table.films))
    for name, rows in table.films.items():
        nih = to_nih.get(name)
        stated = detail.get(name) or nih
        try:
            film = _film(name, nih, films, where=f"{rows[0].where} ({name})")
            yield _case(name, rows, stated["class"] if stated else "", film)
        except BadRecord as problem:
            yield problem.skipped


def _film(name: str, nih: Row | None, films: FilmFolder, *, where: str) -> Path:
    own = films.find(f"{name}.dcm", f"{name}.png")
    if own is not None:
        return own
    film = films.find(nih["nih_image_index"]) if nih else None
    if nih is None or film is None:
        raise BadRecord(MISSING, where)
    if nih.number("mse") > MATCH_LIMIT:
        raise BadRecord(BAD_MATCH, f"{where}: {nih['nih_image_index']}")
    return film


def _case(name: str, rows: list[Row], stated: str, film: Path) -> CaseRecord:
    label_map = load_labels("rsna-pneumonia")
    (opacity,) = label_map.findings_of("all")
    findings: list[FindingRecord] = []
    for row in rows:
        empty = not any(row[side] for side in SIDES)
        if row["Target"] not in ("0", "1") or empty != (row["Target"] == "0"):
            # NaN in place of an empty cell is a number that is none, not a negative.
            reason = BAD_TARGET if empty else NOT_A_NUMBER if "nan" in _text(row) else BAD_TARGET
            raise BadRecord(reason, f"{row.where} ({name})")
        if empty:
            continue
        x, y, width, height = (row.number(side) for side in SIDES)
        box = sized_box(x, y, width, height, where=f"{row.where} ({name})")
        findings.append(FindingRecord(opacity, OPACITY, (RegionRecord(READER, box),)))
    where = f"{rows[0].where} ({name})"
    normal = label_map.is_normal(stated)
    if stated and bool(findings) != (stated == OPACITY):
        raise BadRecord(CONTRADICTION, f"{where}: {stated}")
    merged = merge_repeated(findings)
    not_playable = "" if merged or normal else NOT_NORMAL if stated else NO_CLASS
    return CaseRecord(
        dataset="rsna-pneumonia",
        key=name,
        patient_key=name,
        study_uid=name,
        images=(
            ImageRecord(
                sop_uid=name, source=FileSource(film), annotated_size=SIZE, findings=merged
            ),
        ),
        scored_findings=label_map.findings_of("all") if not not_playable else (),
        is_normal=True if normal else False if merged or stated else None,
        not_playable=not_playable,
        where=where,
    )


def _text(row: Row) -> str:
    return " ".join(row[side] for side in SIDES).casefold()
