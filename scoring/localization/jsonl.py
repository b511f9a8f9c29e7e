"""Score JSON Lines: one case on a line in, one result on a line out, in the same order.

A line is an object with

    id          a string or a whole number, given back
    size        [width, height] of the image in pixels
    reference   [{"finding", "box"?, "reader"?}, …]: boxes [x_min, y_min, x_max, y_max] in pixels
    marks       [{"finding", "box"}, …]
    selected    [finding, …], optional: the select findings that were ticked
    thresholds  {finding: IoU in (0, 1]}, optional
    readers     [reader, …], optional: all who read the case
    scored      [finding, …], optional: the findings that were read exhaustively

An optional key may also be null. Other keys are ignored. A finding is a select finding on a line
where it is in `selected` or a reference row gives it no box; any box of it there, in the
reference or among the marks, only says that it is present.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from scoring.jsonl import NUMBER, LineError, named, parse_object, read_id, required, shown
from scoring.localization.geometry import MAX_COORDINATE_PX, box_problem
from scoring.localization.marking import DEFAULT_THRESHOLD, SCORER_VERSION, Tally
from scoring.localization.pairing import MarkRow, RegionRow, pair_case


def score_line(line: str | bytes) -> dict[str, Any]:
    """Score one line, which is UTF-8 where it is bytes.

    Returns {"id", "score", "version", "counts": {"hits", "misplaced", "wrong_finding",
    "false_marks", "missed"}, "matches": [{"mark", "reference", "iou"}], "precision", "recall",
    "f1"}. Matches are the drawn hits in the order of the marks, with indices into the two lists
    of the line. For the figures, their ranges and the empty case see
    `marking.score_localization` and `marking.Tally`, whose rules these are.

    A line that cannot be scored gives {"id", "error"}: the id, or null if it has none, and a
    sentence that says what is wrong and where. Nothing is raised.
    """
    case_id: str | int | None = None
    try:
        case = parse_object(line)
        case_id = read_id(case)
        return _score(case_id, case)
    except LineError as error:
        return {"id": case_id, "error": str(error)}


def score_lines(stream: Iterable[str | bytes]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Score each line as it comes; with each result, whether the line could be scored.

    An empty line is a line that cannot be scored: results and lines stay in step.
    """
    for line in stream:
        result = score_line(line)
        yield result, "error" not in result


def _score(case_id: str | int, case: dict[str, Any]) -> dict[str, Any]:
    width, height = _read_size(case)
    selected = _read_strings(case, "selected") or set()
    thresholds = _read_thresholds(case)
    readers = _read_strings(case, "readers") or set()
    scored = _read_strings(case, "scored")

    regions: list[RegionRow] = []
    present: set[str] = set()
    known: set[str] = set()
    for index, row in enumerate(_read_list(case, "reference")):
        finding = _read_finding(row, "reference", index)
        reader = row.get("reader", "")
        if type(reader) is not str:
            if reader is not None:
                raise LineError(f"reference[{index}].reader must be a string, not {named(reader)}.")
            reader = ""
        known.add(finding)
        if row.get("box") is None:
            present.add(finding)
        else:
            box = _read_box(row["box"], "reference", index, width, height)
            regions.append((finding, "", *box, reader, index))
    select = selected | present
    if select:
        present |= known & selected
        regions = [region for region in regions if region[0] not in select]

    marks: list[MarkRow] = []
    for index, row in enumerate(_read_list(case, "marks")):
        finding = _read_finding(row, "marks", index)
        box = _read_box(required(row, "box", f"marks[{index}]."), "marks", index, width, height)
        if finding in select:
            selected.add(finding)
        elif scored is None or finding in known or finding in scored:
            marks.append((finding, "", *box, -1, index))

    pairing = pair_case(
        marks,
        regions,
        thresholds=thresholds,
        default_threshold=DEFAULT_THRESHOLD,
        readers=readers,
    )
    ticked_right = len(selected & present)
    ticked_wrong = selected - present
    if scored is not None:
        ticked_wrong &= scored
    tally = Tally(
        hits=len(pairing.hits) + ticked_right,
        misplaced=len(pairing.misplaced),
        wrong_finding=len(pairing.wrong_finding),
        false_marks=len(pairing.absent) + len(pairing.duplicates) + len(ticked_wrong),
        missed=len(pairing.missed) + len(present) - ticked_right,
    )
    matches = [
        {"mark": hit.mark[7], "reference": hit.lesion[hit.outline][7], "iou": hit.iou}
        for hit in pairing.hits
    ]
    matches.sort(key=lambda match: match["mark"])
    return {
        "id": case_id,
        "score": tally.score,
        "version": SCORER_VERSION,
        "counts": {
            "hits": tally.hits,
            "misplaced": tally.misplaced,
            "wrong_finding": tally.wrong_finding,
            "false_marks": tally.false_marks,
            "missed": tally.missed,
        },
        "matches": matches,
        "precision": tally.precision,
        "recall": tally.recall,
        "f1": tally.f1,
    }


def _read_size(case: dict[str, Any]) -> tuple[float, float]:
    size = required(case, "size", "")
    if type(size) is not list or len(size) != 2:
        raise LineError(f"size must be [width, height], not {named(size)}.")
    for side, name in zip(size, ("width", "height"), strict=True):
        if type(side) not in NUMBER or not 0 < side <= MAX_COORDINATE_PX:
            raise LineError(
                f"size must be [width, height], each above 0 and at most {MAX_COORDINATE_PX}; "
                f"the {name} is {shown(side)}."
            )
    return size[0], size[1]


def _read_list(case: dict[str, Any], key: str) -> list[Any]:
    rows = required(case, key, "")
    if type(rows) is list:
        return rows
    raise LineError(f"{key} must be a list, not {named(rows)}.")


def _read_finding(row: Any, key: str, index: int) -> str:
    if type(row) is not dict:
        raise LineError(f"{key}[{index}] must be an object, not {named(row)}.")
    finding = row.get("finding")
    if type(finding) is str and finding:
        return finding
    finding = required(row, "finding", f"{key}[{index}].")
    raise LineError(
        f"{key}[{index}].finding must be a string that is not empty, not {shown(finding)}."
    )


def _read_box(
    value: Any, key: str, index: int, width: float, height: float
) -> tuple[float, float, float, float]:
    if type(value) is not list or len(value) != 4:
        raise LineError(
            f"{key}[{index}].box must be a list of four numbers, [x_min, y_min, x_max, y_max], "
            f"not {named(value)}."
        )
    x_min, y_min, x_max, y_max = value
    for number in value:
        if type(number) not in NUMBER:
            raise LineError(
                f"{key}[{index}].box must hold four numbers; one of them is {shown(number)}."
            )
    # The last comparison is for sides so short that their product is not above 0 any more.
    if (
        0 <= x_min < x_max <= width
        and 0 <= y_min < y_max <= height
        and (x_max - x_min) * (y_max - y_min) > 0
    ):
        return x_min, y_min, x_max, y_max
    problem = box_problem(x_min, y_min, x_max, y_max, image_width=width, image_height=height)
    raise LineError(f"{key}[{index}].box {problem}.")


def _read_strings(case: dict[str, Any], key: str) -> set[str] | None:
    values = case.get(key)
    if values is None:
        return None
    if type(values) is not list:
        raise LineError(f"{key} must be a list of strings, not {named(values)}.")
    for index, value in enumerate(values):
        if type(value) is not str:
            raise LineError(f"{key}[{index}] must be a string, not {named(value)}.")
    return set(values)


def _read_thresholds(case: dict[str, Any]) -> dict[str, float]:
    thresholds = case.get("thresholds")
    if thresholds is None:
        return {}
    if type(thresholds) is not dict:
        raise LineError(f"thresholds must be an object, not {named(thresholds)}.")
    for finding, threshold in thresholds.items():
        if type(threshold) not in NUMBER or not 0 < threshold <= 1:
            raise LineError(
                f"thresholds[{shown(finding)}] must be a number above 0 and at most 1, "
                f"not {shown(threshold)}."
            )
    return thresholds
