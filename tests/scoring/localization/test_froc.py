"""FROC and AFROC: by hand, by properties, and against loops that follow the definitions."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.localization.froc import Study, _figures, analyse

RATINGS = 4
# Of one reader and one case: the ratings of its lesions (0: not marked), and of other marks.
Read = tuple[Sequence[int], Sequence[int]]


def study(*readers: Sequence[Read | None]) -> Study:
    """By reader and case; None is a case that was not read."""
    shape = (len(readers), len(readers[0]), RATINGS + 1)
    lesions, others = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    read = np.zeros(shape[:2], bool)
    for r, cases in enumerate(readers):
        for c, case in enumerate(cases):
            if case is None:
                continue
            read[r, c] = True
            for rating in case[0]:
                lesions[r, c, rating] += 1
            for rating in case[1]:
                others[r, c, rating] += 1
    return Study(lesions, others, read)


# Two cases with lesions, two normal ones. Lesions rated 4, 2 and not at all; on normal cases the
# highest other marks are 3 and none; one more other mark, rated 1, is on a case with a lesion.
BY_HAND: list[Read | None] = [([4, 0], [1]), ([2], []), ([], [3, 1]), ([], [])]


def test_operating_points_by_hand() -> None:
    told = analyse(study(BY_HAND), samples=0, seed=1)
    points = {
        point.threshold: (point.llf.value, point.nlf.value, point.fpf.value)
        for point in told.points
    }
    third = pytest.approx(1 / 3)
    two_thirds = pytest.approx(2 / 3)
    assert points == {
        4: (third, 0.0, 0.0),
        3: (third, 0.25, 0.5),
        2: (two_thirds, 0.25, 0.5),
        1: (two_thirds, 0.75, 0.5),
    }
    assert (told.readers, told.cases, told.normal) == (1, 4, 2)


def test_the_figure_of_merit_by_hand() -> None:
    # Against 3 and none: the lesion rated 4 is above both (1 + 1), the one rated 2 above one
    # (0 + 1), the one not marked ties with the case without a mark (0 + ½): 3.5 of 6 pairs.
    assert analyse(study(BY_HAND), samples=0, seed=1).merit.value == pytest.approx(3.5 / 6)


def test_who_marks_every_lesion_and_nothing_else_is_perfect() -> None:
    told = analyse(study([([1], []), ([4, 2], []), ([], [])]), samples=50, seed=1)
    assert (told.merit.value, told.merit.low, told.merit.high) == (1.0, 1.0, 1.0)
    assert told.points[-1].llf.value == 1.0
    assert told.points[-1].nlf.value == 0.0


def test_who_marks_nothing_has_a_half() -> None:
    assert analyse(study([([0, 0], []), ([], [])]), samples=0, seed=1).merit.value == 0.5


def test_the_mean_reader_is_the_mean_of_readers_who_have_the_figure() -> None:
    perfect: list[Read | None] = [([4], []), ([], [])]
    blind: list[Read | None] = [([0], []), ([], [2])]
    # The third has read no normal case, and has no figure of merit; but a share of lesions.
    partial: list[Read | None] = [([3], []), None]
    told = analyse(study(perfect, blind, partial), samples=0, seed=1)
    assert told.merit.value == pytest.approx((1.0 + 0.0) / 2)
    assert told.points[-1].llf.value == pytest.approx(2 / 3)
    assert told.points[-1].fpf.value == pytest.approx(1 / 2)


def test_without_normal_cases_there_is_no_figure_of_merit() -> None:
    told = analyse(study([([4], [1]), ([0], [])]), samples=20, seed=1)
    assert math.isnan(told.merit.value)
    assert math.isnan(told.merit.low)
    assert told.points[-1].llf.value == 0.5


def test_equal_seeds_give_equal_intervals() -> None:
    some = study(BY_HAND, BY_HAND[::-1])
    assert analyse(some, samples=200, seed=7) == analyse(some, samples=200, seed=7)
    assert analyse(some, samples=200, seed=7) != analyse(some, samples=200, seed=8)


@pytest.mark.parametrize(
    ("lesions", "others", "read", "said"),
    [
        (np.zeros((1, 2)), np.zeros((1, 2)), np.ones((1, 2), bool), "reader, case and rating"),
        (np.zeros((1, 2, 5)), np.zeros((1, 3, 5)), np.ones((1, 2), bool), "do not fit"),
        (np.full((1, 1, 5), -1), np.zeros((1, 1, 5)), np.ones((1, 1), bool), "fewer than none"),
        (np.zeros((1, 1, 5)), np.ones((1, 1, 5)), np.ones((1, 1), bool), "rating of 1 or more"),
        (np.ones((1, 1, 5)), np.zeros((1, 1, 5)), np.zeros((1, 1), bool), "not read"),
    ],
)
def test_what_is_no_study_is_refused(
    lesions: np.ndarray, others: np.ndarray, read: np.ndarray, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Study(lesions.astype(np.int64), others.astype(np.int64), read)


# --- against loops over pairs ------------------------------------------------------

ratings = st.integers(1, RATINGS)
case = (
    st.tuples(st.lists(st.integers(0, RATINGS), max_size=3), st.lists(ratings, max_size=3))
    | st.none()
)
readings = st.integers(1, 5).flatmap(
    lambda cases: st.lists(st.lists(case, min_size=cases, max_size=cases), min_size=1, max_size=4)
)


def merit_of(cases: Sequence[Read | None]) -> float | None:
    """One reader's, pair by pair, as Chakraborty and Berbaum write it down."""
    lesions = [rating for one in cases if one for rating in one[0]]
    normals = [max(one[1], default=0) for one in cases if one and not one[0]]
    if not lesions or not normals:
        return None
    won = sum(
        1.0 if lesion > normal else 0.5 if lesion == normal else 0.0
        for lesion in lesions
        for normal in normals
    )
    return won / (len(lesions) * len(normals))


def area_of(cases: Sequence[Read | None]) -> float | None:
    """One reader's area under the AFROC curve, by trapezia, its end joined to (1, 1)."""
    lesions = [rating for one in cases if one for rating in one[0]]
    normals = [max(one[1], default=0) for one in cases if one and not one[0]]
    if not lesions or not normals:
        return None
    x, y = [0.0], [0.0]
    for threshold in range(RATINGS, 0, -1):
        x.append(sum(rating >= threshold for rating in normals) / len(normals))
        y.append(sum(rating >= threshold for rating in lesions) / len(lesions))
    x.append(1.0)
    y.append(1.0)
    return sum((b - a) * (c + d) / 2 for a, b, c, d in zip(x, x[1:], y, y[1:], strict=False))


def mean_of(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else math.nan


@given(readings)
def test_the_figure_of_merit_is_that_of_all_pairs_and_the_area(
    readers: list[list[Read | None]],
) -> None:
    told = analyse(study(*readers), samples=0, seed=1).merit.value
    wanted = mean_of([merit_of(cases) for cases in readers])
    assert told == pytest.approx(wanted, nan_ok=True)
    assert told == pytest.approx(mean_of([area_of(cases) for cases in readers]), nan_ok=True)


@given(readings)
def test_shares_are_shares_and_grow_as_less_is_asked(readers: list[list[Read | None]]) -> None:
    points = analyse(study(*readers), samples=0, seed=1).points
    for name in ("llf", "nlf", "fpf"):
        values = [getattr(point, name).value for point in points]
        if math.isnan(values[0]):
            continue
        assert values == sorted(values)
        assert values[0] >= 0
        assert name == "nlf" or values[-1] <= 1 + 1e-9


@given(readings, st.randoms(use_true_random=False))
def test_the_order_of_readers_and_cases_says_nothing(
    readers: list[list[Read | None]], random: "object"
) -> None:
    told = analyse(study(*readers), samples=0, seed=1)
    order = list(range(len(readers[0])))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = [[cases[place] for place in order] for cases in reversed(readers)]
    other = analyse(study(*turned), samples=0, seed=1)
    assert other.merit.value == pytest.approx(told.merit.value, nan_ok=True)
    for one, two in zip(told.points, other.points, strict=True):
        assert two.llf.value == pytest.approx(one.llf.value, nan_ok=True)


@settings(max_examples=50)
@given(readings, st.data())
def test_a_sample_is_the_study_of_what_was_drawn(
    readers: list[list[Read | None]], data: st.DataObject
) -> None:
    """Counting how often something was drawn is the same as writing it down so often."""
    cases = len(readers[0])
    drawn_cases = data.draw(
        st.lists(st.integers(0, cases - 1), min_size=cases, max_size=cases), label="cases"
    )
    drawn_readers = data.draw(
        st.lists(st.integers(0, len(readers) - 1), min_size=len(readers), max_size=len(readers)),
        label="readers",
    )
    of_cases = np.bincount(drawn_cases, minlength=cases)[:, None].astype(float)
    of_readers = np.bincount(drawn_readers, minlength=len(readers))[:, None].astype(float)
    told = _figures(study(*readers), of_cases, of_readers)[:, 0]
    written = study(*([readers[r][c] for c in drawn_cases] for r in drawn_readers))
    again = analyse(written, samples=0, seed=1)
    wanted = [again.merit.value]
    for point in again.points:
        wanted += [point.llf.value, point.nlf.value, point.fpf.value]
    assert told.tolist() == pytest.approx(wanted, nan_ok=True)


def test_the_interval_holds_what_it_should_about_as_often_as_it_says() -> None:
    """Readers and cases from a known model: nineteen in twenty intervals hold its merit."""
    rng = np.random.default_rng(3)

    def drawn(readers: int, cases: int) -> Study:
        # Half of the cases have one lesion. Ratings are a normal deviate cut at fixed places;
        # readers and cases shift it, so that neither are alike.
        ease = rng.normal(0, 0.4, cases)
        skill = rng.normal(0, 0.3, readers)
        made: list[list[Read | None]] = []
        for r in range(readers):
            row: list[Read | None] = []
            for c in range(cases):
                if c % 2:
                    row.append(([_cut(rng.normal(1 + ease[c] + skill[r]))], []))
                else:
                    rating = _cut(rng.normal(-0.3 - ease[c]))
                    row.append(([], [rating] if rating else []))
            made.append(row)
        return study(*made)

    def _cut(value: float) -> int:
        return int(np.searchsorted([0.0, 0.5, 1.0, 1.5], value))

    true = analyse(drawn(150, 300), samples=0, seed=1).merit.value
    held = 0
    for number in range(60):
        merit = analyse(drawn(8, 40), samples=200, seed=number).merit
        held += merit.low <= true <= merit.high
    assert held >= 50
