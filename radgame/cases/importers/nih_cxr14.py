"""NIH ChestX-ray14: 984 boxes on 880 films, and the table of all films for age, sex and view.

BBox_List_2017.csv gives x, y, width and height in pixels of the 1024 × 1024 PNG. Only the
boxed findings of a film are scored: what is not boxed was never looked for by a person, and
the labels of Data_Entry are mined from text, so they make no film normal and none abnormal.
"""

from collections.abc import Iterator
from pathlib import Path

from radgame.cases.taxonomy import load_labels
from radgame.imaging.age import parse_age

from .record import (
    BadRecord,
    CannotRead,
    CaseRecord,
    FileSource,
    FindingRecord,
    ImageRecord,
    Item,
    RegionRecord,
    Skipped,
)
from .tables import (
    REPEATED,
    Row,
    existing,
    films_beside,
    find_file,
    read_rows,
    sized_box,
)
from .tidy import is_scorable, merge_repeated, rules_of, scored

BOXES = "BBox_List_2017.csv"
TABLES = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
SIDES = ("Bbox [x", "y", "w", "h]")
READER = "reference"
SIZE = (1024.0, 1024.0)

MISSING = "The film is not in the folder of images. Add it, or name its folder with --images."
UNKNOWN_LABEL = "The label is not one of the eight that NIH boxed. Check the row."
UNBOXED = (
    "NIH drew no box on this film, and its labels are mined from text: "
    "it can be viewed but not played."
)


def read(path: Path, images: Path | None) -> Iterator[Item]:
    """The boxed films in the order of the box list, then the films without a box."""
    root = existing(path)
    boxes = find_file(root, BOXES)
    if boxes is None:
        raise CannotRead(
            f"{root} holds no {BOXES}. Name the folder with the NIH annotations and images."
        )
    base = root if root.is_dir() else root.parent
    films = films_beside(root, images)
    table = find_file(base, *TABLES)
    about = _about(table) if table else {}

    boxed: dict[str, list[Row]] = {}
    seen: set[tuple[str, ...]] = set()
    spoilt: dict[str, Skipped] = {}
    for row in read_rows(boxes, required=("Image Index", "Finding Label", *SIDES)):
        if isinstance(row, BadRecord):
            yield row.skipped
            continue
        cells = tuple(row[name] for name in ("Image Index", "Finding Label", *SIDES))
        if cells in seen:
            yield Skipped(REPEATED, f"{row.where} ({cells[0]})")
            continue
        seen.add(cells)
        boxed.setdefault(row["Image Index"], []).append(row)

    label_map = load_labels("nih-cxr14")
    for name, rows in boxed.items():
        findings: list[FindingRecord] = []
        for row in rows:
            try:
                rule = label_map.rule(row["Finding Label"])
                if rule is None or rule.finding is None:
                    raise BadRecord(UNKNOWN_LABEL, f"{row.where}: {row['Finding Label']!r}")
                x, y, width, height = (row.number(side) for side in SIDES)
                box = sized_box(x, y, width, height, where=f"{row.where} ({name})")
            except BadRecord as problem:
                spoilt[name] = problem.skipped
                break
            findings.append(
                FindingRecord(rule.finding, row["Finding Label"], (RegionRecord(READER, box),))
            )
        if name in spoilt:
            yield spoilt[name]
            continue
        film = films.find(name)
        if film is None:
            yield Skipped(MISSING, f"{rows[0].where}: {name}")
            continue
        merged = merge_repeated(findings)
        labels = [row["Finding Label"] for row in rows]
        looked_for = dict.fromkeys(finding.finding for finding in merged)
        rules = [rule for _, rule in rules_of(labels, label_map)]
        marks = scored(looked_for, merged, rules)
        if not is_scorable(merged, marks):
            raise AssertionError(f"{name} has boxes but nothing to score")
        yield _case(name, film, about.get(name), merged, marks, where=rows[0].where)

    for name, film in sorted(films.by_name.items()):
        if name not in boxed and film.suffix.lower() == ".png":
            yield _case(name, film, about.get(name), (), (), not_playable=UNBOXED, where=name)


def _about(table: Path) -> dict[str, Row]:
    """The rows of the table of all films, by file name."""
    required = ("Image Index", "Patient ID", "Patient Age", "Patient Gender", "View Position")
    rows = read_rows(table, required=required)
    return {row["Image Index"]: row for row in rows if isinstance(row, Row)}


def _case(
    name: str,
    film: Path,
    about: Row | None,
    findings: tuple[FindingRecord, ...],
    scored_findings: tuple[str, ...],
    *,
    where: str,
    not_playable: str = "",
) -> CaseRecord:
    key = name.removesuffix(".png")
    # 00000820_000 is patient 820, first film: the name itself is the dataset's pseudonym.
    number = key.partition("_")[0]
    stem = str(int(number)) if number.isdecimal() else key
    patient = about["Patient ID"] if about else stem
    return CaseRecord(
        dataset="nih-cxr14",
        key=key,
        patient_key=patient,
        study_uid=key,
        images=(
            ImageRecord(
                sop_uid=key,
                source=FileSource(film),
                view=about["View Position"] if about else "",
                annotated_size=SIZE,
                findings=findings,
            ),
        ),
        scored_findings=scored_findings,
        is_normal=False if findings else None,
        age_years=parse_age(about["Patient Age"]) if about else None,
        sex=about["Patient Gender"] if about else "",
        not_playable=not_playable,
        where=where,
    )
