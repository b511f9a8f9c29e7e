"""ChestX-Det: 3,578 NIH films with boxes and polygons in 13 classes, all of them read.

Boxes are corners in pixels of a 1024 square. A film without a box is a true negative. The
file names are numbers that cannot be traced back to NIH's, so there is no age and no sex,
and every film counts as a patient of its own.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from radgame.cases.taxonomy import LabelRule, load_labels

from .record import (
    BadRecord,
    CannotRead,
    CaseRecord,
    Expect,
    FileSource,
    FindingRecord,
    ImageRecord,
    Item,
    Polygon,
    RegionRecord,
    Skipped,
    unheard,
)
from .tables import corner_box, existing, films_beside, find_file, point, read_json_list
from .tidy import merge_repeated, scored

THIRTEEN = ("ChestX_Det_train.json", "ChestX_Det_test.json")
TEN = ("ChestX_Det10_train.json", "ChestX_Det10_test.json")
READER = "reference"
SIZE = (1024.0, 1024.0)

MISSING = "The film is not in the folder of images. Add it, or name its folder with --images."
RAGGED = "The lists of names, boxes and polygons differ in length. Fetch the file again."
NO_NAME = "The record has no file_name, syms or boxes. Check the file."
UNKNOWN_LABEL = "The label is not one of ChestX-Det's thirteen. Check the record."
TEN_REPEATS = (
    "ChestX-Det10 holds the same films as ChestX-Det with fewer labels; only ChestX-Det is read."
)


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
    """The films of the training list, then of the test list."""
    root = existing(path)
    thirteen = [file for name in THIRTEEN if (file := find_file(root, name))]
    ten = [file for name in TEN if (file := find_file(root, name))]
    if not thirteen and not ten:
        raise CannotRead(f"{root} holds no {' or '.join(THIRTEEN)}. Name the folder of ChestX-Det.")
    films = films_beside(root, images)
    if thirteen:
        for file in ten:
            yield Skipped(TEN_REPEATS, file.name)
    looked_for = load_labels("chestx-det").findings_of("all" if thirteen else "ten")
    lists = [(file, read_json_list(file)) for file in thirteen or ten]
    expect(sum(len(entries) for _, entries in lists))
    for file, entries in lists:
        for number, entry in enumerate(entries, start=1):
            try:
                yield _case(
                    entry,
                    films.find(str(entry.get("file_name"))),
                    looked_for,
                    where=f"{file.name} record {number}",
                )
            except BadRecord as problem:
                yield problem.skipped


def _case(
    entry: dict[str, Any], film: Path | None, looked_for: Sequence[str], *, where: str
) -> CaseRecord:
    label_map = load_labels("chestx-det")
    name, labels, boxes = entry.get("file_name"), entry.get("syms"), entry.get("boxes")
    if not isinstance(name, str) or not isinstance(labels, list) or not isinstance(boxes, list):
        raise BadRecord(NO_NAME, where)
    where = f"{where} ({name})"
    polygons = entry.get("polygons") or [None] * len(boxes)
    if not isinstance(polygons, list) or not len(labels) == len(boxes) == len(polygons):
        raise BadRecord(RAGGED, where)
    findings: list[FindingRecord] = []
    rules: list[LabelRule] = []
    for label, corners, polygon in zip(labels, boxes, polygons, strict=True):
        rule = label_map.rule(str(label))
        if rule is None or rule.finding is None:
            raise BadRecord(UNKNOWN_LABEL, f"{where}: {label!r}")
        rules.append(rule)
        box = corner_box(corners, where=where)
        region = RegionRecord(READER, box, _polygon(polygon, where=where))
        findings.append(FindingRecord(rule.finding, label, (region,)))
    if film is None:
        raise BadRecord(MISSING, where)
    merged = merge_repeated(findings)
    key = name.removesuffix(".png")
    return CaseRecord(
        dataset="chestx-det",
        key=key,
        patient_key=key,
        study_uid=key,
        images=(
            ImageRecord(sop_uid=key, source=FileSource(film), annotated_size=SIZE, findings=merged),
        ),
        scored_findings=scored(looked_for, merged, rules),
        is_normal=not merged,
        where=where,
    )


def _polygon(points: object, *, where: str) -> Polygon | None:
    if not points:
        return None
    if not isinstance(points, list):
        raise BadRecord(RAGGED, where)
    return tuple(point(corner, where=where) for corner in points)
