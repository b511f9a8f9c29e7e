"""Who belongs to whom: the learner's marks and the experts' lesions, joined one to one.

This is the part that must be fast, so it works on plain rows. `marking` turns its answer into
the lines a page can show, `jsonl` into counts.

A row is a tuple that sorts by what it says and only last by where it stood in the list:

    mark    (finding, image, x_min, y_min, x_max, y_max, confidence or -1, index)
    region  (finding, image, x_min, y_min, x_max, y_max, reader, index)

Sorting the rows first is what makes every answer independent of the order of the lists: all ties
are then broken by finding, image and box, and only rows that agree in everything are left to
their index, where it makes no difference.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from scoring.localization.matching import Pair, assign, iou_units

MarkRow = tuple[str, str, float, float, float, float, int, int]
RegionRow = tuple[str, str, float, float, float, float, str, int]
Lesion = tuple[RegionRow, ...]
"""One abnormality: the chosen reader's outline, then the other readers' outlines of the same."""


Overlaps = dict[tuple[int, int], tuple[float, int]]
"""IoU above 0 and the outline that gives it, by (place of the mark, place of the lesion)."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A mark and a lesion, their IoU, and the outline that it overlaps most."""

    mark: MarkRow
    lesion: Lesion
    iou: float
    outline: int


@dataclass(slots=True)
class Pairing:
    """Every mark and every lesion of a case, each in exactly one of these lists.

    Only `duplicates` name a lesion that is already in `hits`.
    """

    hits: list[Joined] = field(default_factory=list)
    misplaced: list[Joined] = field(default_factory=list)
    wrong_finding: list[Joined] = field(default_factory=list)
    duplicates: list[Joined] = field(default_factory=list)
    absent: list[MarkRow] = field(default_factory=list)
    missed: list[Lesion] = field(default_factory=list)
    minority: list[Lesion] = field(default_factory=list)


@dataclass(slots=True)
class _FindingPairing:
    """One finding under one candidate reading: the lesions, and which marks hit which."""

    lesions: list[Lesion]
    hits: list[Pair]
    overlaps: Overlaps


def pair_case(
    marks: Sequence[MarkRow],
    regions: Sequence[RegionRow],
    *,
    thresholds: Mapping[str, float],
    default_threshold: float,
    readers: Collection[str] = (),
) -> Pairing:
    """Join marks and lesions: hits first, then wrong findings, then misplaced marks.

    All marks and regions given here count; `thresholds` are IoU in (0, 1] by finding. The
    meaning of each list is told in `marking.score_localization`.
    """
    marks_of: dict[str, list[MarkRow]] = {}
    for mark in sorted(marks):
        marks_of.setdefault(mark[0], []).append(mark)
    regions_of: dict[str, list[RegionRow]] = {}
    for region in sorted(regions):
        regions_of.setdefault(region[0], []).append(region)
    everyone = {*readers, *(region[6] for region in regions)} if readers else set()

    pairing = Pairing()
    spare_marks: list[MarkRow] = []
    spare_lesions: list[Lesion] = []
    for finding in sorted({*marks_of, *regions_of}):
        marks_here = marks_of.get(finding, [])
        regions_here = regions_of.get(finding)
        if regions_here is None:
            spare_marks += marks_here
            continue
        threshold = thresholds.get(finding, default_threshold)
        best = _best_reading(marks_here, regions_here, threshold)
        if everyone and _silence_is_better(len(marks_here), best, regions_here, everyone):
            pairing.minority += best.lesions
            spare_marks += marks_here
            continue
        hit_marks, hit_lesions = set(), set()
        for i, j, iou in best.hits:
            hit_marks.add(i)
            hit_lesions.add(j)
            outline = best.overlaps[i, j][1]
            pairing.hits.append(Joined(marks_here[i], best.lesions[j], iou, outline))
        spare_marks += [mark for i, mark in enumerate(marks_here) if i not in hit_marks]
        spare_lesions += [lesion for j, lesion in enumerate(best.lesions) if j not in hit_lesions]

    if spare_marks and spare_lesions:
        overlaps = overlaps_between(spare_marks, spare_lesions)
        taken_marks: set[int] = set()
        taken_lesions: set[int] = set()
        for i, j in _wrong_findings(
            spare_marks, spare_lesions, overlaps, thresholds, default_threshold
        ):
            taken_marks.add(i)
            taken_lesions.add(j)
            pairing.wrong_finding.append(Joined(spare_marks[i], spare_lesions[j], *overlaps[i, j]))
        # Nearest first, and every pair is worth the same, so no pair is ever traded for another:
        # the learner is told about the lesion they came closest to.
        for i, j in _nearest_first(spare_marks, spare_lesions, overlaps):
            if i not in taken_marks and j not in taken_lesions:
                taken_marks.add(i)
                taken_lesions.add(j)
                pairing.misplaced.append(
                    Joined(spare_marks[i], spare_lesions[j], *overlaps.get((i, j), (0.0, 0)))
                )
        pairing.misplaced.sort(key=lambda joined: joined.mark)
        spare_marks = [mark for i, mark in enumerate(spare_marks) if i not in taken_marks]
        spare_lesions = [lesion for j, lesion in enumerate(spare_lesions) if j not in taken_lesions]
    pairing.missed = spare_lesions
    _tell_duplicates(pairing, spare_marks, thresholds, default_threshold)
    return pairing


def lesions_of(regions: Sequence[RegionRow]) -> list[Lesion]:
    """The lesions of these regions when nobody asks about marks: the shortest reading of each
    finding, with the other readers' outlines put beside it."""
    return pair_case((), regions, thresholds={}, default_threshold=1.0).missed


def overlaps_between(marks: Sequence[MarkRow], lesions: Sequence[Lesion]) -> Overlaps:
    """IoU and outline by (place of the mark, place of the lesion), where they overlap at all.

    A lesion's IoU is that of its best outline; of equal outlines the first counts.
    """
    outlines = [
        (x_min, y_min, x_max, y_max, (x_max - x_min) * (y_max - y_min), image, j, k)
        for j, lesion in enumerate(lesions)
        for k, (_, image, x_min, y_min, x_max, y_max, _, _) in enumerate(lesion)
    ]
    found: Overlaps = {}
    for i, (_, image, left, top, right, bottom, _, _) in enumerate(marks):
        area = (right - left) * (bottom - top)
        # Written out rather than through Box.iou and min/max: this loop is most of the work.
        for x_min, y_min, x_max, y_max, outline_area, outline_image, j, k in outlines:
            width = (x_max if x_max < right else right) - (x_min if x_min > left else left)
            if width <= 0:
                continue
            height = (y_max if y_max < bottom else bottom) - (y_min if y_min > top else top)
            if height <= 0 or image != outline_image:
                continue
            shared = width * height
            iou = shared / (area + outline_area - shared)
            known = found.get((i, j)) if k else None
            if known is None or iou > known[0]:
                found[i, j] = (iou, k)
    return found


def _best_reading(
    marks: list[MarkRow], regions: list[RegionRow], threshold: float
) -> _FindingPairing:
    """The reader's list of lesions that the marks agree with best.

    Fewest errors (marks and lesions left over), then the largest total IoU of the hits, then the
    list whose boxes come first.
    """
    regions_by: dict[str, list[RegionRow]] = {}
    for region in regions:
        regions_by.setdefault(region[6], []).append(region)
    if len(regions_by) == 1:
        return _match(marks, [(region,) for region in regions], threshold)
    readings = []
    for reader, own in regions_by.items():
        others = [theirs for name, theirs in regions_by.items() if name != reader]
        reading = _match(marks, _lesions_with_outlines(own, others), threshold)
        errors = len(marks) + len(own) - 2 * len(reading.hits)
        total_iou = sum(iou_units(pair[2]) for pair in reading.hits)
        boxes = [region[1:6] for region in own]
        readings.append(((errors, -total_iou, boxes, reader), reading))
    return min(readings, key=lambda ranked: ranked[0])[1]


def _lesions_with_outlines(own: list[RegionRow], others: list[list[RegionRow]]) -> list[Lesion]:
    """Put beside each of a reader's regions the outlines other readers gave the same lesion.

    Which is the same lesion is settled reader by reader: the one-to-one correspondence with the
    largest total IoU among regions that overlap at all.
    """
    single: list[Lesion] = [(region,) for region in own]
    beside: list[list[RegionRow]] = [[] for _ in own]
    for theirs in others:
        # A region has the same first six entries as a mark, which is all an overlap needs.
        rows: list[MarkRow] = [(*region[:6], -1, region[7]) for region in theirs]
        overlaps = overlaps_between(rows, single)
        pairs = [(i, j, iou) for (i, j), (iou, _) in overlaps.items()]
        for i, j, _ in assign(pairs, most_pairs_first=False):
            beside[j].append(theirs[i])
    return [(region, *sorted(beside[j])) for j, region in enumerate(own)]


def _match(marks: list[MarkRow], lesions: list[Lesion], threshold: float) -> _FindingPairing:
    overlaps = overlaps_between(marks, lesions)
    close = [(i, j, iou) for (i, j), (iou, _) in overlaps.items() if iou >= threshold]
    return _FindingPairing(lesions, assign(close), overlaps)


def _silence_is_better(
    mark_count: int, best: _FindingPairing, regions: list[RegionRow], everyone: set[str]
) -> bool:
    """Whether half of the readers left this finding out, and the learner is nearer to them."""
    silent = everyone.difference(region[6] for region in regions)
    errors = mark_count + len(best.lesions) - 2 * len(best.hits)
    return 2 * len(silent) >= len(everyone) and mark_count < errors


def _wrong_findings(
    marks: list[MarkRow],
    lesions: list[Lesion],
    overlaps: Overlaps,
    thresholds: Mapping[str, float],
    default_threshold: float,
) -> list[tuple[int, int]]:
    """Marks in the place of a lesion of another finding, by the same rule as hits."""
    pairs = [
        (i, j, iou)
        for (i, j), (iou, _) in overlaps.items()
        if marks[i][0] != (finding := lesions[j][0][0])
        and iou >= thresholds.get(finding, default_threshold)
    ]
    return [(i, j) for i, j, _ in assign(pairs)]


def _nearest_first(
    marks: list[MarkRow], lesions: list[Lesion], overlaps: Overlaps
) -> list[tuple[int, int]]:
    """Marks and lesions of one finding on one image: largest IoU, then nearest centres."""
    lesions_of_place: dict[tuple[str, str], list[tuple[int, float, float]]] = {}
    for j, lesion in enumerate(lesions):
        finding, image, x_min, y_min, x_max, y_max, _, _ = lesion[0]
        # Twice the centre, here and below; halving both would change no comparison.
        place = (j, x_min + x_max, y_min + y_max)
        lesions_of_place.setdefault((finding, image), []).append(place)
    ranked = []
    for i, (finding, image, x_min, y_min, x_max, y_max, _, _) in enumerate(marks):
        x, y = x_min + x_max, y_min + y_max
        for j, lesion_x, lesion_y in lesions_of_place.get((finding, image), ()):
            away = (lesion_x - x) ** 2 + (lesion_y - y) ** 2
            iou = overlaps[i, j][0] if (i, j) in overlaps else 0.0
            ranked.append((-iou, away, i, j))
    ranked.sort()
    return [(i, j) for _, _, i, j in ranked]


def _tell_duplicates(
    pairing: Pairing,
    marks: list[MarkRow],
    thresholds: Mapping[str, float],
    default_threshold: float,
) -> None:
    """Sort what is left: a second mark on a lesion already hit, or a mark on nothing."""
    hits_of: dict[str, list[Lesion]] = {}
    for hit in pairing.hits:
        hits_of.setdefault(hit.mark[0], []).append(hit.lesion)
    for mark in marks:
        lesions = hits_of.get(mark[0], [])
        overlaps = overlaps_between([mark], lesions) if lesions else {}
        minus_iou, place, outline = min(
            ((-iou, j, outline) for (_, j), (iou, outline) in overlaps.items()),
            default=(0.0, 0, 0),
        )
        if -minus_iou >= thresholds.get(mark[0], default_threshold):
            pairing.duplicates.append(Joined(mark, lesions[place], -minus_iou, outline))
        else:
            pairing.absent.append(mark)
