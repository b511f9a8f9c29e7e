"""The best one-to-one assignment between two lists, from the pairs that may be joined.

Everything is exact: an IoU is rounded once to a multiple of 2⁻⁴⁰ and weights are integers from
then on, so equal totals are recognised as equal and the tie-break decides, never rounding noise.
"""

from collections.abc import Sequence
from typing import Final

Pair = tuple[int, int, float]
"""(row, column, IoU in (0, 1])."""

IOU_UNIT: Final = 1 << 40


def iou_units(iou: float) -> int:
    """The IoU as a whole number of 2⁻⁴⁰."""
    return int(iou * IOU_UNIT + 0.5)


def assign(pairs: Sequence[Pair], *, most_pairs_first: bool = True) -> list[Pair]:
    """Choose pairs so that no row and no column is used twice, in the best possible way.

    The objective, in this order: the largest number of pairs (left out when `most_pairs_first`
    is False), the largest total IoU, then the set of rows that comes first in the order of the
    rows' numbers, then the set of columns likewise. Number rows and columns by something that
    belongs to the things themselves, such as their geometry, and the choice does not depend on
    the order in which they were listed. Because each part is a sum over the chosen pairs, taking
    away a row that was left over never changes which of the other rows and columns are chosen.

    Pairs not given may not be joined. An empty list gives an empty list; the result is sorted.
    """
    pairs_of_row: dict[int, list[Pair]] = {}
    pairs_of_column: dict[int, list[Pair]] = {}
    for pair in pairs:
        pairs_of_row.setdefault(pair[0], []).append(pair)
        pairs_of_column.setdefault(pair[1], []).append(pair)
    chosen: list[Pair] = []
    seen_rows: set[int] = set()
    for row, pairs_here in pairs_of_row.items():
        if row in seen_rows:
            continue
        if len(pairs_here) == 1 and len(pairs_of_column[pairs_here[0][1]]) == 1:
            chosen.append(pairs_here[0])
            continue
        component = _component_of(row, pairs_of_row, pairs_of_column)
        seen_rows.update(pair[0] for pair in component)
        chosen += _assign_component(component, most_pairs_first=most_pairs_first)
    chosen.sort()
    return chosen


def _component_of(
    start: int,
    pairs_of_row: dict[int, list[Pair]],
    pairs_of_column: dict[int, list[Pair]],
) -> list[Pair]:
    """All pairs that compete, directly or through others, with those of the starting row."""
    component: list[Pair] = []
    rows, columns, waiting = {start}, set(), [start]
    while waiting:
        for pair in pairs_of_row[waiting.pop()]:
            component.append(pair)
            if pair[1] not in columns:
                columns.add(pair[1])
                for neighbour in pairs_of_column[pair[1]]:
                    if neighbour[0] not in rows:
                        rows.add(neighbour[0])
                        waiting.append(neighbour[0])
    return component


def _assign_component(component: list[Pair], *, most_pairs_first: bool) -> list[Pair]:
    rows = sorted({pair[0] for pair in component})
    columns = sorted({pair[1] for pair in component})
    if len(rows) == 1 or len(columns) == 1:
        # Only one pair is possible; of equal ones the first row or column.
        return [min(component, key=lambda pair: (-iou_units(pair[2]), pair[0], pair[1]))]

    # One integer per pair whose sums compare like the whole objective: the number of pairs in
    # the highest digits, total IoU below, and in the lowest bits one bit for each row and each
    # column, the first row highest.
    tie_bits = len(rows) + len(columns)
    one_pair = (min(len(rows), len(columns)) + 1) * IOU_UNIT if most_pairs_first else 0
    row_place = {row: place for place, row in enumerate(rows)}
    column_place = {column: place for place, column in enumerate(columns)}
    transposed = len(rows) > len(columns)
    short, long = (columns, rows) if transposed else (rows, columns)
    weights = [[0] * len(long) for _ in short]
    pair_at: dict[tuple[int, int], Pair] = {}
    for pair in component:
        i, j = row_place[pair[0]], column_place[pair[1]]
        weight = (
            ((one_pair + iou_units(pair[2])) << tie_bits)
            + (1 << (tie_bits - 1 - i))
            + (1 << (len(columns) - 1 - j))
        )
        place = (j, i) if transposed else (i, j)
        weights[place[0]][place[1]] = weight
        pair_at[place] = pair
    # A place without a pair weighs nothing: being sent there means being left over.
    return [pair_at[place] for place in enumerate(heaviest_assignment(weights)) if place in pair_at]


def heaviest_assignment(weights: list[list[int]]) -> list[int]:
    """Give every row a column of its own so that the total weight is the largest possible.

    `weights` has at least as many columns as rows and no negative entry. Returns the column of
    each row. Shortest augmenting paths over dual potentials (Kuhn 1955, Munkres 1957; the warm
    start from row maxima follows Jonker and Volgenant 1987).
    """
    column_count = len(weights[0])
    row_potential = [max(row) for row in weights]
    column_potential = [0] * column_count
    row_of = [-1] * column_count
    waiting = []
    # Whoever can have its heaviest column has it at once; only the others need a path.
    for i, row in enumerate(weights):
        best = row_potential[i]
        for j, weight in enumerate(row):
            if weight == best and row_of[j] < 0:
                row_of[j] = i
                break
        else:
            waiting.append(i)
    for start in waiting:
        _augment(start, weights, row_potential, column_potential, row_of)
    column_of = [-1] * len(weights)
    for j, i in enumerate(row_of):
        if i >= 0:
            column_of[i] = j
    return column_of


def _augment(
    start: int,
    weights: list[list[int]],
    row_potential: list[int],
    column_potential: list[int],
    row_of: list[int],
) -> None:
    """Seat one more row, moving seated rows along the cheapest path; updates all in place."""
    row, base = weights[start], row_potential[start]
    distance = [base + v - w for v, w in zip(column_potential, row, strict=True)]
    previous = [-1] * len(row)
    open_columns = list(range(len(row)))
    closed_columns: list[int] = []
    while True:
        nearest = min(open_columns, key=distance.__getitem__)
        reached = distance[nearest]
        i = row_of[nearest]
        if i < 0:
            break
        open_columns.remove(nearest)
        closed_columns.append(nearest)
        row = weights[i]
        base = reached + row_potential[i]
        for j in open_columns:
            candidate = base + column_potential[j] - row[j]
            if candidate < distance[j]:
                distance[j] = candidate
                previous[j] = nearest
    row_potential[start] -= reached
    for j in closed_columns:
        gained = reached - distance[j]
        row_potential[row_of[j]] -= gained
        column_potential[j] += gained
    column = nearest
    while previous[column] >= 0:
        row_of[column] = row_of[previous[column]]
        column = previous[column]
    row_of[column] = start
