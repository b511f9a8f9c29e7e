"""Boxes and their overlap, against figures worked out by hand."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.localization.geometry import MAX_COORDINATE_PX, Box, box_problem, check_box_in_image

side = st.floats(0.5, 500)
place = st.floats(0, 500)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(place), draw(place)
    return Box(x, y, x + draw(side), y + draw(side))


@pytest.mark.parametrize(
    ("a", "b", "shared", "iou"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 100, 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 50, 50 / 150),
        ((0, 0, 10, 10), (5, 5, 15, 15), 25, 25 / 175),
        ((0, 0, 10, 10), (2, 2, 4, 4), 4, 4 / 100),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0, 0.0),
        ((0, 0, 10, 10), (0, 10, 10, 20), 0, 0.0),
        ((0, 0, 10, 10), (30, 30, 40, 40), 0, 0.0),
        ((0.5, 0.5, 1.5, 1.5), (1, 1, 2, 2), 0.25, 0.25 / 1.75),
    ],
)
def test_intersection_and_iou_are_those_worked_out_by_hand(a, b, shared, iou):
    assert Box(*a).intersection(Box(*b)) == shared
    assert Box(*a).iou(Box(*b)) == pytest.approx(iou)


def test_the_area_of_a_half_open_box_is_width_times_height():
    assert Box(2, 3, 6, 8).area == 20


@given(boxes(), boxes())
def test_iou_is_symmetric_and_within_zero_and_one(a, b):
    assert a.iou(b) == b.iou(a)
    assert 0 <= a.iou(b) <= 1


@given(boxes())
def test_a_box_overlaps_itself_completely(box):
    assert box.iou(box) == 1.0


@pytest.mark.parametrize(
    ("coordinates", "problem"),
    [
        ((nan, 0, 1, 1), "not finite"),
        ((0, 0, inf, 1), "not finite"),
        ((0, -inf, 1, 1), "not finite"),
        ((5, 0, 5, 1), "no area"),
        ((0, 5, 1, 5), "no area"),
        ((0, 0, 1e-200, 1e-200), "no area"),
        ((6, 0, 5, 1), "negative extent"),
        ((0, 6, 1, 5), "negative extent"),
        ((-1, 0, 5, 5), "outside the image"),
        ((0, -0.5, 5, 5), "outside the image"),
        ((0, 0, 10**400, 5), "beyond"),
        ((0, 0, MAX_COORDINATE_PX * 2, 5), "beyond"),
    ],
)
def test_a_box_that_cannot_be_is_refused_with_the_reason(coordinates, problem):
    assert problem in box_problem(*coordinates)
    with pytest.raises(ValueError, match=problem):
        Box(*coordinates)


@pytest.mark.parametrize("coordinates", [(0, 0, 100, 50), (99, 49, 100, 50), (0, 0, 1, 1)])
def test_a_box_may_touch_the_border_of_its_image(coordinates):
    check_box_in_image(Box(*coordinates), image_width=100, image_height=50)


@pytest.mark.parametrize("coordinates", [(0, 0, 100.5, 50), (0, 0, 100, 51), (200, 10, 210, 20)])
def test_a_box_may_not_cross_the_border_of_its_image(coordinates):
    with pytest.raises(ValueError, match="outside the image of 100 × 50 pixels"):
        check_box_in_image(Box(*coordinates), image_width=100, image_height=50)
