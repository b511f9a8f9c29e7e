"""The heat map's figures, by hand."""

import pytest

from radgame.classroom.following.heatmap import (
    FEWEST,
    Cell,
    Measure,
    Tally,
    Work,
    finding_order,
    make_row,
    total,
)

NAMES = {1: "Nodule", 2: "Effusion", 3: "Fracture"}


def tally(finding: int | None, found: int, there: int, missed: int = 0, false: int = 0) -> Tally:
    return Tally(None, finding, found, there, missed, false)


def test_a_share_needs_five_occasions() -> None:
    assert Cell(4, FEWEST - 1).percent is None
    assert Cell(4, FEWEST).percent == 80


@pytest.mark.parametrize(("found", "level"), [(0, 0), (1, 0), (2, 1), (5, 2), (9, 4), (10, 4)])
def test_the_shade_follows_the_share(found: int, level: int) -> None:
    assert Cell(found, 10).level == level


def test_the_least_found_comes_first_and_those_with_too_few_last() -> None:
    tallies = [tally(1, 9, 10), tally(2, 2, 10), tally(3, 0, 1), tally(None, 0, 10)]
    assert finding_order(tallies, NAMES) == [2, 1, 3]


def test_what_was_only_marked_falsely_has_no_column() -> None:
    assert finding_order([tally(1, 0, 0, false=7)], NAMES) == []


def test_a_row_counts_what_our_list_does_not_name_but_shows_no_cell_for_it() -> None:
    row = make_row(Work(4, 0.5, 100.0), [tally(1, 3, 6, 2, 1), tally(None, 0, 1, 1, 2)], [2, 1])
    assert row.cells == (Cell(0, 0), Cell(3, 6))
    assert (row.missed, row.false) == (3, 3)
    assert (row.missed_a_case, row.false_a_case, row.seconds_a_case) == (0.75, 0.75, 25.0)


def test_all_together_is_a_mean_over_cases() -> None:
    assert total([Work(1, 1.0, 10.0), Work(3, 0.0, 20.0)]) == Work(4, 0.25, 30.0)
    assert total([]) is None


def test_false_marks_are_set_against_cases_read() -> None:
    row = make_row(Work(50, 0.5, 1.0), [tally(1, 0, 0, false=6)], [1, 2], Measure.FALSE)
    assert [cell.percent for cell in row.cells] == [12, 0]
    # One in eight cases is half of what is shaded fullest.
    assert [cell.level for cell in row.cells] == [2, 0]


def test_misses_are_set_against_what_was_there() -> None:
    row = make_row(Work(9, 0.5, 1.0), [tally(1, 2, 10, missed=7)], [1], Measure.MISSED)
    assert (row.cells[0].percent, row.cells[0].level) == (70, 3)


def test_where_more_is_worse_the_most_comes_first() -> None:
    tallies = [tally(1, 9, 10, 1, 1), tally(2, 2, 10, 8, 0), tally(3, 0, 0, 0, 5)]
    assert finding_order(tallies, NAMES, Measure.MISSED, 10) == [2, 1]
    assert finding_order(tallies, NAMES, Measure.FALSE, 10) == [3, 1]
