"""VinDr-CXR: boxes by three radiologists a film, in the pixels of the original DICOM.

Kaggle's train.csv has 14 classes, PhysioNet's annotations_train.csv 22; both have one row
for each reader and box, and a reader who saw nothing has a row "No finding" without
coordinates. annotations_test.csv is a consensus without rad_id. A film is normal only when
every one of its readers found nothing.
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
    Row,
    corner_box,
    existing,
    films_beside,
    find_file,
    rows_by,
    rows_of_films,
)
from .tidy import is_scorable, merge_repeated, rules_of, scored

TABLES = {
    "annotations_train.csv": "physionet",
    "annotations_test.csv": "physionet",
    "train.csv": "kaggle",
}
SIZES = ("train_meta.csv",)
CORNERS = ("x_min", "y_min", "x_max", "y_max")
CONSENSUS = "consensus"
READERS_PER_FILM = 3

MISSING = "The film is not in the folder of images. Add it, or name its folder with --images."
UNKNOWN_LABEL = "The label is not one of VinDr-CXR's local findings. Check the row."
BAD_EMPTY = "A finding has no coordinates, or 'No finding' has some. Check the row."
CONTRADICTION = "A reader says 'No finding' and draws a box on the same film. Check its rows."
NO_READER = "A row does not say which reader it comes from. Check its rad_id."
TOO_FEW_READERS = (
    "Fewer than three readers are listed for the film, so the file is incomplete. Fetch it again."
)
NO_SIZE = "The size of the original film is not positive. Correct train_meta.csv."
ONLY_UNNAMED = (
    "Every reader's region is of a kind that is not scored ('Other lesion'): "
    "it can be viewed but not played."
)


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """The films in the order of the tables."""
    root = existing(path)
    tables = [(file, group) for name, group in TABLES.items() if (file := find_file(root, name))]
    if not tables:
        raise CannotRead(f"{root} holds no {' or '.join(TABLES)}. Name the folder of VinDr-CXR.")
    films = films_beside(root, images)
    base = root if root.is_dir() else root.parent
    sizes, cut = rows_by(find_file(base, *SIZES), "image_id", required=("dim0", "dim1"))
    yield from cut
    read_tables = []
    for table, group in tables:
        consensus = table.name.startswith("annotations_test")
        required = ("class_name", *CORNERS, *(() if consensus else ("rad_id",)))
        annotations = rows_of_films(table, "image_id", required=required)
        yield from annotations.left_out
        read_tables.append((annotations, group, consensus))
    expect(sum(len(annotations.films) for annotations, _, _ in read_tables))
    for annotations, group, consensus in read_tables:
        for name, rows in annotations.films.items():
            film = films.find(f"{name}.dicom", f"{name}.dcm", f"{name}.png", f"{name}.jpg", name)
            try:
                if film is None:
                    raise BadRecord(MISSING, f"{rows[0].where}: {name}")
                yield _case(name, rows, film, group, _size(sizes.get(name)), consensus=consensus)
            except BadRecord as problem:
                yield problem.skipped


def _size(row: Row | None) -> tuple[float, float] | None:
    """Width and height of the original, where a copy with smaller PNGs tells them.

    The table names them like an array's axes: dim0 is the number of rows.
    """
    if row is None:
        return None
    width, height = row.number("dim1"), row.number("dim0")
    if min(width, height) <= 0:
        raise BadRecord(NO_SIZE, f"{row.where} ({row['image_id']})")
    return width, height


def _case(
    name: str,
    rows: list[Row],
    film: Path,
    group: str,
    annotated_size: tuple[float, float] | None,
    *,
    consensus: bool,
) -> CaseRecord:
    label_map = load_labels("vindr-cxr")
    readers: set[str] = set()
    clear: set[str] = set()
    regions: dict[tuple[str, str], list[RegionRecord]] = {}
    for row in rows:
        where = f"{row.where} ({name})"
        reader = CONSENSUS if consensus else row["rad_id"]
        if not reader:
            raise BadRecord(NO_READER, where)
        readers.add(reader)
        label = row["class_name"]
        nothing = label_map.is_normal(label)
        empty = not any(row[corner] for corner in CORNERS)
        if nothing and empty:
            clear.add(reader)
            continue
        if nothing or empty:
            raise BadRecord(BAD_EMPTY, where)
        rule = label_map.rule(label)
        if rule is None:
            raise BadRecord(UNKNOWN_LABEL, f"{where}: {label!r}")
        box = corner_box(tuple(row.number(corner) for corner in CORNERS), where=where)
        regions.setdefault((rule.finding or "", label), []).append(RegionRecord(reader, box))
    marked = {region.reader for boxes in regions.values() for region in boxes}
    if clear & marked:
        raise BadRecord(CONTRADICTION, f"{rows[0].where} ({name})")
    if not consensus and len(readers) < READERS_PER_FILM:
        raise BadRecord(TOO_FEW_READERS, f"{rows[0].where} ({name})")
    findings = merge_repeated(
        [
            FindingRecord(finding, label, tuple(boxes))
            for (finding, label), boxes in regions.items()
            if finding
        ]
    )
    rules = [rule for _, rule in rules_of((label for _, label in regions), label_map)]
    scored_findings = scored(label_map.findings_of(group), findings, rules)
    playable = not regions or is_scorable(findings, scored_findings)
    return CaseRecord(
        dataset="vindr-cxr",
        key=name,
        patient_key=name,
        study_uid=name,
        images=(
            ImageRecord(
                sop_uid=name,
                source=FileSource(film),
                annotated_size=annotated_size,
                findings=findings,
                readers=tuple(sorted(readers)),
            ),
        ),
        scored_findings=scored_findings,
        is_normal=not regions,
        not_playable="" if playable else ONLY_UNNAMED,
        where=f"{rows[0].where} ({name})",
    )
