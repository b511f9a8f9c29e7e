"""Where regions lie, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explanations.places import (
    Place,
    RegionSide,
    Zone,
    place_of,
    places_of,
    sides_of,
    where,
)
from scoring.localization import Box
from scoring.reports.reader import Side, read_report

SIZE = (1000, 1000)
RIGHT_BASE = (50, 700, 250, 950)
LEFT_BASE = (750, 700, 950, 950)

PLACES = [
    ([RIGHT_BASE], "in the right lower zone, near the costophrenic angle"),
    ([LEFT_BASE], "in the left lower zone, near the costophrenic angle"),
    ([RIGHT_BASE, LEFT_BASE], "in both lower zones, near the costophrenic angles"),
    ([RIGHT_BASE, RIGHT_BASE], "in the right lower zone, near the costophrenic angle"),
    ([(100, 50, 300, 180)], "in the right upper zone, at the apex"),
    ([(100, 50, 300, 180), (700, 60, 900, 170)], "in both upper zones, at the apices"),
    ([(380, 400, 470, 520)], "in the right mid zone, beside the hilum"),
    ([(820, 400, 900, 520)], "in the left mid zone, peripherally"),
    ([(600, 700, 650, 800)], "in the left lower zone, centrally"),
    ([(650, 220, 780, 320)], "in the left upper zone"),
    ([(100, 500, 300, 900)], "in the right mid zone and lower zone"),
    ([(600, 100, 900, 900)], "in the left lung, from top to bottom"),
    ([(100, 100, 300, 900), (700, 100, 900, 900)], "in both lungs, from top to bottom"),
    ([(300, 700, 800, 900)], "on both sides, at the height of the lower zone"),
    ([(470, 100, 530, 300)], "in the midline, at the height of the upper zone"),
    (
        [RIGHT_BASE, (600, 100, 700, 320)],
        "in the right lower zone, near the costophrenic angle, and in the left upper zone, "
        "centrally",
    ),
    ([RIGHT_BASE, (120, 400, 200, 600)], "in the right mid zone and lower zone"),
    ([], ""),
]


def boxes(corners: list[tuple[int, int, int, int]]) -> list[Box]:
    return [Box(*corner) for corner in corners]


@pytest.mark.parametrize(("regions", "words"), PLACES)
def test_regions_of_a_frontal_film_are_told_together(
    regions: list[tuple[int, int, int, int]], words: str
) -> None:
    assert where(boxes(regions), SIZE, is_lateral=False) == words


@pytest.mark.parametrize(
    ("regions", "words"),
    [
        ([RIGHT_BASE], "in the lower third of the film"),
        ([(100, 300, 400, 600)], "in the middle third of the film"),
        ([(0, 0, 100, 100), LEFT_BASE], "in the upper and lower thirds of the film"),
        ([], ""),
    ],
)
def test_of_a_lateral_film_only_the_height_is_told(
    regions: list[tuple[int, int, int, int]], words: str
) -> None:
    assert where(boxes(regions), SIZE, is_lateral=True) == words
    assert sides_of(places_of(boxes(regions), SIZE, is_lateral=True)) == frozenset()


def test_sides_are_the_patients_and_not_the_pictures() -> None:
    assert place_of(Box(*RIGHT_BASE), SIZE, is_lateral=False).side is RegionSide.RIGHT


def test_what_crosses_the_midline_may_be_said_to_lie_on_either_side() -> None:
    either = {RegionSide.LEFT, RegionSide.RIGHT}
    assert sides_of([Place(RegionSide.BOTH, (Zone.LOWER,))]) == either
    assert sides_of([Place(RegionSide.MIDLINE, (Zone.LOWER,))]) == either
    assert sides_of([Place(RegionSide.LEFT, (Zone.LOWER,))]) == {RegionSide.LEFT}


@pytest.mark.parametrize(("regions", "words"), PLACES[:-1])
def test_the_reader_of_reports_understands_the_same_place(
    regions: list[tuple[int, int, int, int]], words: str
) -> None:
    """Models repeat these words, and are then read: no word may be lost or turned around."""
    reading = read_report(f"Consolidation {words}.")
    [mention] = reading.mentions
    places = places_of(boxes(regions), SIZE, is_lateral=False)
    sides = {side.value for side in sides_of(places)}
    said = mention.attributes.side
    if any(place.side is RegionSide.MIDLINE for place in places):
        assert said is None or said.value is Side.MIDLINE
    else:
        assert said is not None
        assert said.value.value == (sides.pop() if len(sides) == 1 else "bilateral")
    zones = {f"{zone.value}-zone" for place in places for zone in place.zones}
    if len(zones) < 3:
        assert zones <= {place.value for place in mention.attributes.places}


@st.composite
def films_and_regions(draw: st.DrawFn) -> tuple[Box, tuple[int, int]]:
    columns = draw(st.integers(40, 5000))
    rows = draw(st.integers(40, 5000))
    x_min = draw(st.integers(0, columns - 1))
    y_min = draw(st.integers(0, rows - 1))
    x_max = draw(st.integers(x_min + 1, columns))
    y_max = draw(st.integers(y_min + 1, rows))
    return Box(x_min, y_min, x_max, y_max), (columns, rows)


MIRRORED = {RegionSide.LEFT: RegionSide.RIGHT, RegionSide.RIGHT: RegionSide.LEFT}


@given(films_and_regions())
def test_a_mirrored_region_changes_sides_and_nothing_else(
    case: tuple[Box, tuple[int, int]],
) -> None:
    box, size = case
    mirrored = Box(size[0] - box.x_max, box.y_min, size[0] - box.x_min, box.y_max)
    there = place_of(box, size, is_lateral=False)
    here = place_of(mirrored, size, is_lateral=False)
    assert here.side is MIRRORED.get(there.side, there.side)
    assert (here.zones, here.landmark) == (there.zones, there.landmark)


@given(films_and_regions())
def test_every_region_lies_somewhere(case: tuple[Box, tuple[int, int]]) -> None:
    box, size = case
    place = place_of(box, size, is_lateral=False)
    assert place.zones
    words = where([box], size, is_lateral=False)
    assert words.startswith(("in ", "on both sides"))
    assert ("right" in words, "left" in words) == (
        place.side is RegionSide.RIGHT,
        place.side is RegionSide.LEFT,
    )


@given(st.lists(films_and_regions().map(lambda case: case[0]), min_size=1, max_size=6))
def test_the_order_of_regions_does_not_matter(regions: list[Box]) -> None:
    size = (5000, 5000)
    told = where(regions, size, is_lateral=False)
    assert told == where(regions[::-1], size, is_lateral=False)
    assert told == where(regions * 2, size, is_lateral=False)
