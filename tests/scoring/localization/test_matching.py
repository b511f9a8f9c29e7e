"""The assignment, against every possible matching and against SciPy."""

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from scoring.localization.matching import assign, heaviest_assignment, iou_units

smooth_iou = st.floats(0.01, 1.0)
tied_iou = st.sampled_from([0.25, 0.5, 0.75, 1.0])


@st.composite
def sparse_pairs(draw, size, iou):
    rows, columns = draw(st.integers(1, size)), draw(st.integers(1, size))
    places = list(product(range(rows), range(columns)))
    chosen = draw(st.lists(st.sampled_from(places), unique=True))
    return [(i, j, draw(iou)) for i, j in chosen]


def every_matching(pairs):
    for size in range(len(pairs) + 1):
        for chosen in combinations(pairs, size):
            rows, columns = {p[0] for p in chosen}, {p[1] for p in chosen}
            if len(rows) == len(columns) == size:
                yield chosen


def total_units(chosen):
    return sum(iou_units(pair[2]) for pair in chosen)


def first_numbers_first(numbers):
    """Sorts sets of one size so that the one that holds the lowest numbers is the largest."""
    return sorted((-number for number in numbers), reverse=True)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], []),
        ([(3, 5, 0.4)], [(3, 5, 0.4)]),
        # Two rows want one column: the larger IoU has it.
        ([(0, 0, 0.4), (1, 0, 0.6)], [(1, 0, 0.6)]),
        # Equal IoU: the first row, and of one row the first column.
        ([(1, 0, 0.5), (0, 0, 0.5)], [(0, 0, 0.5)]),
        ([(0, 1, 0.5), (0, 0, 0.5)], [(0, 0, 0.5)]),
        # Two of three rows, equal in everything: the first two, though {0, 2} would do as well.
        (
            [(0, 0, 0.5), (0, 1, 0.5), (1, 0, 0.5), (2, 1, 0.5)],
            [(0, 1, 0.5), (1, 0, 0.5)],
        ),
        # Likewise two of three columns.
        (
            [(0, 0, 0.5), (0, 1, 0.5), (1, 0, 0.5), (1, 2, 0.5)],
            [(0, 1, 0.5), (1, 0, 0.5)],
        ),
        # Greed would take 0.9 and leave row 1 with nothing: two pairs beat one.
        ([(0, 0, 0.9), (0, 1, 0.3), (1, 0, 0.3)], [(0, 1, 0.3), (1, 0, 0.3)]),
        # Two pairs either way: 0.5 + 0.8 beats 0.9 + 0.3.
        (
            [(0, 0, 0.9), (0, 1, 0.5), (1, 0, 0.8), (1, 1, 0.3)],
            [(0, 1, 0.5), (1, 0, 0.8)],
        ),
    ],
)
def test_the_chosen_pairs_are_those_worked_out_by_hand(pairs, expected):
    assert assign(pairs) == expected


def test_without_counting_pairs_one_large_overlap_beats_two_small_ones():
    pairs = [(0, 0, 0.9), (0, 1, 0.3), (1, 0, 0.3)]
    assert assign(pairs, most_pairs_first=False) == [(0, 0, 0.9)]


@settings(deadline=None)
@given(sparse_pairs(4, st.one_of(tied_iou, smooth_iou)).filter(lambda pairs: len(pairs) <= 12))
def test_no_matching_of_up_to_four_by_four_is_better(pairs):
    chosen = assign(pairs)
    assert set(chosen) <= set(pairs)

    def worth(matching):
        return (
            len(matching),
            total_units(matching),
            first_numbers_first(p[0] for p in matching),
            first_numbers_first(p[1] for p in matching),
        )

    assert worth(chosen) == max(worth(matching) for matching in every_matching(pairs))


@settings(deadline=None)
@given(sparse_pairs(4, st.one_of(tied_iou, smooth_iou)).filter(lambda pairs: len(pairs) <= 12))
def test_no_matching_has_a_larger_total_when_pairs_are_not_counted(pairs):
    chosen = assign(pairs, most_pairs_first=False)
    assert total_units(chosen) == max(total_units(matching) for matching in every_matching(pairs))


@settings(deadline=None)
@given(sparse_pairs(8, st.one_of(tied_iou, smooth_iou)))
def test_scipy_finds_as_many_pairs_and_the_same_total(pairs):
    weights = np.zeros((8, 8))
    for i, j, iou in pairs:
        weights[i, j] = 100 + iou
    rows, columns = linear_sum_assignment(weights, maximize=True)
    found = [weights[i, j] - 100 for i, j in zip(rows, columns, strict=True) if weights[i, j]]
    chosen = assign(pairs)
    assert len(chosen) == len(found)
    assert sum(pair[2] for pair in chosen) == pytest.approx(sum(found), abs=1e-9)
    assert len({p[0] for p in chosen}) == len({p[1] for p in chosen}) == len(chosen)


@settings(deadline=None)
@given(
    st.integers(1, 8).flatmap(
        lambda rows: st.integers(rows, 8).flatmap(
            lambda columns: st.lists(
                st.lists(st.integers(0, 20), min_size=columns, max_size=columns),
                min_size=rows,
                max_size=rows,
            )
        )
    )
)
def test_a_full_assignment_weighs_as_much_as_that_of_scipy(weights):
    columns = heaviest_assignment(weights)
    rows, others = linear_sum_assignment(np.array(weights), maximize=True)
    assert len(set(columns)) == len(weights)
    assert (
        sum(weights[i][j] for i, j in enumerate(columns)) == np.array(weights)[rows, others].sum()
    )


@settings(deadline=None)
@given(sparse_pairs(5, tied_iou), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_nothing(pairs, rng):
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    chosen, again = assign(pairs), assign(shuffled)
    assert [pair[:2] for pair in chosen] == [pair[:2] for pair in again]


@settings(deadline=None)
@given(sparse_pairs(6, tied_iou))
def test_taking_away_a_row_left_over_changes_no_other_choice(pairs):
    chosen = assign(pairs)
    for left_over in {pair[0] for pair in pairs} - {pair[0] for pair in chosen}:
        again = assign([pair for pair in pairs if pair[0] != left_over])
        assert [pair[0] for pair in again] == [pair[0] for pair in chosen]
        assert {pair[1] for pair in again} == {pair[1] for pair in chosen}


def test_a_long_chain_of_competitors_is_unravelled():
    # Row i may have column i (0.5) or column i + 1 (0.9); the last row only column 19.
    pairs = [(i, j, 0.5 if i == j else 0.9) for i in range(20) for j in (i, i + 1) if j < 20]
    assert [pair[:2] for pair in assign(pairs)] == [(i, i) for i in range(20)]


def test_three_rows_take_the_best_of_all_orders():
    ious = [[0.61, 0.60, 0.35], [0.62, 0.33, 0.31], [0.63, 0.55, 0.34]]
    pairs = [(i, j, ious[i][j]) for i in range(3) for j in range(3)]
    best = max(permutations(range(3)), key=lambda order: sum(ious[i][order[i]] for i in range(3)))
    assert [pair[1] for pair in assign(pairs)] == list(best)
