"""Agreement between readers, against hand figures, NumPy and the real boxes' known figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.localization import (
    Box,
    ReferenceRegion,
    best_ious,
    percentile_of,
    summarise_agreement,
    threshold_from_agreement,
)
from scoring.localization.agreement import QUANTILE_LEVELS, quantile_of

ious = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def region(finding, x_min, x_max, reader="", image=""):
    return ReferenceRegion(finding, Box(x_min, 0, x_max, 10), reader, image)


def test_each_box_gets_its_best_overlap_with_the_other_reader():
    a = [region("Nodule", 0, 10), region("Nodule", 40, 50)]
    b = [region("Nodule", 5, 15), region("Nodule", 0, 8)]
    assert best_ious(a, b) == pytest.approx([0.8, 0.0])
    assert best_ious(b, a) == pytest.approx([5 / 15, 0.8])


def test_another_finding_or_another_image_is_no_counterpart():
    a = [region("Nodule", 0, 10)]
    assert best_ious(a, [region("Mass", 0, 10)]) == [0.0]
    assert best_ious(a, [region("Nodule", 0, 10, image="lateral")]) == [0.0]
    assert best_ious(a, []) == [0.0]
    assert best_ious([], a) == []


@pytest.mark.parametrize(
    ("values", "level", "expected"),
    [([0.5], 0.3, 0.5), ([0, 1], 0.2, 0.2), ([0.4, 0.1, 0.2], 0.5, 0.2), ([0.1, 0.5], 1, 0.5)],
)
def test_quantiles_are_those_worked_out_by_hand(values, level, expected):
    assert quantile_of(values, level) == pytest.approx(expected)


@given(ious, st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values, level):
    assert quantile_of(values, level) == pytest.approx(float(np.quantile(values, level)), abs=1e-9)


def test_there_is_no_quantile_of_nothing_and_none_beyond_the_ends():
    with pytest.raises(ValueError, match="of nothing"):
        quantile_of([], 0.5)
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        quantile_of([0.5], 1.1)


def test_the_threshold_is_what_four_out_of_five_pairs_reach():
    values = [step / 100 for step in range(101)]
    assert threshold_from_agreement(values) == pytest.approx(0.2)
    reached = sum(value >= 0.2 for value in values) / len(values)
    assert reached == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.05] * 40, 0.1),
        ([0.9] * 40, 0.5),
        ([0.3] * 30, 0.3),
        ([0.3] * 29, None),
        ([], None),
        # A third of the boxes without a counterpart pull the threshold down to the floor.
        ([0.0] * 20 + [0.6] * 40, 0.1),
    ],
)
def test_the_threshold_is_clipped_and_needs_enough_pairs(values, expected):
    assert threshold_from_agreement(values) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"floor": 0.6}, "not in order"),
        ({"floor": 0}, "not in order"),
        ({"ceiling": 1.2}, "not in order"),
        ({"quantile": 2}, "quantile 2"),
        ({"minimum_pairs": 0}, "At least one pair"),
    ],
)
def test_a_threshold_rule_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        threshold_from_agreement([0.5] * 40, **arguments)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_an_overlap_outside_zero_and_one_is_refused(value):
    with pytest.raises(ValueError, match="IoU is outside"):
        threshold_from_agreement([0.5] * 40 + [value])


def test_a_summary_holds_eleven_quantiles_and_the_median():
    summary = summarise_agreement("Nodule", [step / 100 for step in range(101)])
    assert summary.finding == "Nodule"
    assert summary.n == 101
    assert summary.quantiles == pytest.approx(QUANTILE_LEVELS)
    assert summary.median == pytest.approx(0.5)
    assert summary.threshold == pytest.approx(0.2)


def test_a_summary_of_nothing_holds_nothing():
    summary = summarise_agreement("Nodule", [])
    assert (summary.n, summary.quantiles, summary.median, summary.threshold) == (0, (), None, None)


@pytest.mark.parametrize(
    ("iou", "expected"),
    [(0.0, 0.0), (0.05, 0.05), (0.25, 0.25), (1.0, 1.0), (1.5, 1.0), (-0.1, 0.0)],
)
def test_an_overlap_lies_at_its_share_of_evenly_spread_ones(iou, expected):
    assert percentile_of(iou, QUANTILE_LEVELS) == pytest.approx(expected)


def test_overlaps_equal_to_the_lowest_count_as_not_exceeding():
    quantiles = (0, 0, 0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    assert percentile_of(0, quantiles) == pytest.approx(0.2)
    assert percentile_of(0.1, quantiles) == pytest.approx(0.25)


@pytest.mark.parametrize("quantiles", [(), (0.5,), (0.5, 0.4)])
def test_quantiles_that_are_none_are_refused(quantiles):
    with pytest.raises(ValueError, match="quantile"):
        percentile_of(0.5, quantiles)


@given(ious)
def test_a_summary_can_always_place_an_overlap(values):
    summary = summarise_agreement("Nodule", values)
    places = [percentile_of(iou, summary.quantiles) for iou in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    assert places[-1] == 1.0
