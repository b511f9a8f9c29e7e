"""Where regions lie on a chest film, in the words that reports use.

On a frontal film the patient's right is on the left of the picture. Heights are thirds of the film,
which is as much as a box alone can tell: a zone, never a lobe.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from scoring.localization import Box

MIDLINE_HALF_WIDTH: Final = 0.05
"""A centre closer to the middle than this, as a share of the film's width, is in the midline."""

ACROSS: Final = 0.25
"""A region with at least this share of its width on either side lies on both."""

PERIPHERAL_FROM: Final = 0.28
"""A centre at least this far from the middle, as a share of the width, is peripheral."""

CENTRAL_TO: Final = 0.18
"""A centre at most this far from the middle is central."""

ZONE_SHARE: Final = 0.3
"""A region lies in each zone that holds at least this share of its height, or half of which it
fills."""


class RegionSide(StrEnum):
    """Of the patient. UNKNOWN on a lateral film."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"
    MIDLINE = "midline"
    UNKNOWN = "unknown"


class Zone(StrEnum):
    UPPER = "upper"
    MID = "mid"
    LOWER = "lower"


class Landmark(StrEnum):
    """What is near; its value is how it is said."""

    NONE = ""
    APEX = "at the apex"
    HILUM = "beside the hilum"
    COSTOPHRENIC = "near the costophrenic angle"
    CENTRAL = "centrally"
    PERIPHERAL = "peripherally"


_ZONES: Final = (Zone.UPPER, Zone.MID, Zone.LOWER)


@dataclass(frozen=True, slots=True)
class Place:
    """``zones`` from top to bottom, at least one."""

    side: RegionSide
    zones: tuple[Zone, ...]
    landmark: Landmark = Landmark.NONE


def place_of(region: Box, size: tuple[int, int], *, is_lateral: bool) -> Place:
    """Where one region lies on a film of ``size`` (columns, rows)."""
    columns, rows = size
    left, right = region.x_min / columns, region.x_max / columns
    top, bottom = region.y_min / rows, region.y_max / rows
    zones = _zones(top, bottom)
    if is_lateral:
        return Place(RegionSide.UNKNOWN, zones)
    side = _side(left, right)
    if side in (RegionSide.BOTH, RegionSide.MIDLINE):
        return Place(side, zones)
    return Place(side, zones, _landmark(abs((left + right) / 2 - 0.5), top, bottom, zones))


def _side(left: float, right: float) -> RegionSide:
    on_picture_left = max(0.0, min(right, 0.5) - left) / (right - left)
    centre = (left + right) / 2
    # Both are told from what crosses the midline: a narrow region there is in the midline.
    if right - left >= 4 * MIDLINE_HALF_WIDTH and ACROSS <= on_picture_left <= 1 - ACROSS:
        return RegionSide.BOTH
    if abs(centre - 0.5) < MIDLINE_HALF_WIDTH:
        return RegionSide.MIDLINE
    return RegionSide.RIGHT if centre < 0.5 else RegionSide.LEFT


def _zones(top: float, bottom: float) -> tuple[Zone, ...]:
    found = []
    for number, zone in enumerate(_ZONES):
        shared = min(bottom, (number + 1) / 3) - max(top, number / 3)
        if shared >= ZONE_SHARE * (bottom - top) or shared >= 1 / 6:
            found.append(zone)
    return tuple(found)


def _landmark(offset: float, top: float, bottom: float, zones: tuple[Zone, ...]) -> Landmark:
    """``offset``: of the centre from the midline, as a share of the film's width."""
    if len(zones) > 1:
        return Landmark.NONE
    centre = (top + bottom) / 2
    if centre < 1 / 5:
        return Landmark.APEX
    if centre > 0.7 and offset >= PERIPHERAL_FROM:
        return Landmark.COSTOPHRENIC
    if zones == (Zone.MID,) and offset <= CENTRAL_TO:
        return Landmark.HILUM
    if offset >= PERIPHERAL_FROM:
        return Landmark.PERIPHERAL
    return Landmark.CENTRAL if offset <= CENTRAL_TO else Landmark.NONE


def places_of(
    regions: Sequence[Box], size: tuple[int, int], *, is_lateral: bool
) -> tuple[Place, ...]:
    """The places of all regions, each once, from the patient's right to left, from top to
    bottom."""
    places = {place_of(region, size, is_lateral=is_lateral) for region in regions}
    sides, zones, marks = list(RegionSide), list(Zone), list(Landmark)
    return tuple(
        sorted(
            places,
            key=lambda place: (
                sides.index(place.side),
                [zones.index(zone) for zone in place.zones],
                marks.index(place.landmark),
            ),
        )
    )


def sides_of(places: Sequence[Place]) -> frozenset[RegionSide]:
    """LEFT, RIGHT or both of them: where something may be said to lie that lies there.

    What lies in the midline or across it may be said to lie on either side. Empty where no place
    tells.
    """
    sides: set[RegionSide] = set()
    for place in places:
        if place.side in (RegionSide.BOTH, RegionSide.MIDLINE):
            sides |= {RegionSide.LEFT, RegionSide.RIGHT}
        elif place.side is not RegionSide.UNKNOWN:
            sides.add(place.side)
    return frozenset(sides)


def where(regions: Sequence[Box], size: tuple[int, int], *, is_lateral: bool) -> str:
    """Where the regions lie, as the end of a sentence: "in the right lower zone, near the …".

    All regions are told together, each place once. Empty without regions.
    """
    places = places_of(regions, size, is_lateral=is_lateral)
    if not places:
        return ""
    if is_lateral:
        return f"in the {_listed(_heights(_in_order(places)))} of the film"
    mirrored = _in_both(places)
    if mirrored:
        return mirrored
    parts = [
        _of_side(side, list(group)) for side, group in groupby(places, key=lambda place: place.side)
    ]
    return ", and ".join(parts)


def _in_both(places: Sequence[Place]) -> str:
    """ "in both lower zones", when exactly the same is to be seen on either side."""
    right = [(p.zones, p.landmark) for p in places if p.side is RegionSide.RIGHT]
    left = [(p.zones, p.landmark) for p in places if p.side is RegionSide.LEFT]
    if not right or [zones for zones, _ in right] != [zones for zones, _ in left]:
        return ""
    if len(right) + len(left) != len(places):
        return ""
    marks = {mark for _, mark in (*right, *left)}
    said = f"in {_both_zones(_in_order(places))}"
    return said + (_plural_mark(marks.pop()) if len(marks) == 1 else "")


def _of_side(side: RegionSide, places: Sequence[Place]) -> str:
    zones = _in_order(places)
    if side is RegionSide.BOTH:
        return f"on both sides, at the height of the {_zone_words(zones)}"
    if side is RegionSide.MIDLINE:
        return f"in the midline, at the height of the {_zone_words(zones)}"
    if len(zones) == len(_ZONES):
        return f"in the {side.value} lung, from top to bottom"
    marks = {place.landmark for place in places}
    mark = marks.pop() if len(marks) == 1 else Landmark.NONE
    said = f"in the {side.value} {_zone_words(zones)}"
    return f"{said}, {mark.value}" if mark else said


def _in_order(places: Iterable[Place]) -> list[Zone]:
    return sorted({zone for place in places for zone in place.zones}, key=_ZONES.index)


def _zone_words(zones: Sequence[Zone]) -> str:
    """ "upper zone and mid zone": a report's reader understands each by itself."""
    return _listed([f"{zone.value} zone" for zone in zones])


def _both_zones(zones: Sequence[Zone]) -> str:
    if len(zones) == len(_ZONES):
        return "both lungs, from top to bottom"
    return f"both {_listed([f'{zone.value} zones' for zone in zones])}"


def _plural_mark(mark: Landmark) -> str:
    return {
        Landmark.NONE: "",
        Landmark.APEX: ", at the apices",
        Landmark.HILUM: ", beside the hila",
        Landmark.COSTOPHRENIC: ", near the costophrenic angles",
    }.get(mark, f", {mark.value}")


def _heights(zones: Sequence[Zone]) -> list[str]:
    words = {Zone.UPPER: "upper", Zone.MID: "middle", Zone.LOWER: "lower"}
    parts = [words[zone] for zone in zones]
    return [*parts[:-1], f"{parts[-1]} {'thirds' if len(parts) > 1 else 'third'}"]


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
