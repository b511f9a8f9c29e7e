"""NIH ChestX-ray14: 984 boxes on 880 films, and the table of all films for age, sex and view.

BBox_List_2017.csv gives x, y, width and height in pixels of the 1024 × 1024 PNG. Only the
boxed findings of a film are scored: what is not boxed was never looked for by a person, and
the labels of Data_Entry are mined from text, so they make no film normal and none abnormal.
"""

from collections.abc import Iterator
from pathlib import Path

from radgame.cases.taxonomy import LabelMap, load_labels
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
    unheard,
)
from .tables import (
    Row,
    existing,
    films_beside,
    find_file,
    rows_by,
    rows_of_films,
    sized_box,
)
from .tidy import merge_repeated, rules_of, scored

BOXES = "BBox_List_2017.csv"
TABLES = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
SIDES = ("Bbox [x", "y", "w", "h]")
ABOUT = ("Patient ID", "Patient Age", "Patient Gender", "View Position")
READER = "reference"
SIZE = (1024.0, 1024.0)

MISSING = "The film is not in the folder of images. Add it, or name its folder with --images."
UNKNOWN_LABEL = "The label is not one of the eight that NIH boxed. Check the row."
UNBOXED = (
    "NIH drew no box on this film, and its labels are mined from text: "
    "it can be viewed but not played."
)


def read(path: Path, images: Path | None, expect: Expect = unheard) -> Iterator[Item]:
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
    about, cut = rows_by(table, "Image Index", required=ABOUT)
    yield from cut
    boxed = rows_of_films(boxes, "Image Index", required=("Finding Label", *SIDES))
    yield from boxed.left_out
    # A film whose boxes could not be read is not a film without boxes.
    unboxed = [
        (name, film)
        for name, film in sorted(films.by_name.items())
        if film.suffix.lower() == ".png"
        and name not in boxed.films
        and name not in boxed.incomplete
    ]
    expect(len(boxed.films) + len(unboxed))

    label_map = load_labels("nih-cxr14")
    for name, rows in boxed.films.items():
        where = f"{rows[0].where} ({name})"
        film = films.find(name)
        try:
            findings = [_finding(row, label_map) for row in rows]
            if film is None:
                raise BadRecord(MISSING, where)
        except BadRecord as problem:
            yield problem.skipped
            continue
        merged = merge_repeated(findings)
        rules = [rule for _, rule in rules_of((row["Finding Label"] for row in rows), label_map)]
        looked_for = dict.fromkeys(finding.finding for finding in merged)
        scored_findings = scored(looked_for, merged, rules)
        yield _case(name, film, about.get(name), merged, scored_findings, where=where)

    for name, film in unboxed:
        yield _case(name, film, about.get(name), (), (), not_playable=UNBOXED, where=name)


def _finding(row: Row, label_map: LabelMap) -> FindingRecord:
    label = row["Finding Label"]
    where = f"{row.where} ({row['Image Index']})"
    rule = label_map.rule(label)
    if rule is None or rule.finding is None:
        raise BadRecord(UNKNOWN_LABEL, f"{where}: {label!r}")
    x, y, width, height = (row.number(side) for side in SIDES)
    region = RegionRecord(READER, sized_box(x, y, width, height, where=where))
    return FindingRecord(rule.finding, label, (region,))


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
