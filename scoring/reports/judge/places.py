"""Where a finding lies, coarsely enough that two descriptions of one place compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from scoring.reports.reader import Mention, Side


class Distance(IntEnum):
    """How far apart two places are. Lobes that touch are near (CRIMSON's own rule)."""

    SAME = 0
    NEAR = 1
    PARTLY = 2
    """Both sides for one, or one for both."""
    FAR = 3
    OTHER_SIDE = 4


UPPER, MID, LOWER = 1, 2, 4
LEVELS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "apex": UPPER,
        "upper-zone": UPPER,
        "upper-lobe": UPPER,
        "suprahilar": UPPER | MID,
        "mid-zone": MID,
        "middle-lobe": MID,
        "lingula": MID,
        "perihilar": MID,
        "hilum": MID,
        "infrahilar": MID | LOWER,
        "retrocardiac": LOWER,
        "lower-zone": LOWER,
        "lower-lobe": LOWER,
        "base": LOWER,
        "costophrenic-angle": LOWER,
    }
)
"""How high a place of the lung lies."""

LEFT, RIGHT = 1, 2
_SIDES: Final[Mapping[Side, int]] = MappingProxyType(
    {Side.LEFT: LEFT, Side.RIGHT: RIGHT, Side.BILATERAL: LEFT | RIGHT, Side.MIDLINE: 0}
)
_ONE_SIDED: Final[Mapping[str, int]] = MappingProxyType(
    {"middle-lobe": RIGHT, "lingula": LEFT, "right-main-bronchus": 0, "left-main-bronchus": 0}
)


# Members by plain names: Python 3.11 looks one up in 150 ns, a global name in 10, and how far two
# places are is asked a hundred times for a pair of reports.
_SAME, _NEAR, _PARTLY = Distance.SAME, Distance.NEAR, Distance.PARTLY
_FAR, _OTHER_SIDE = Distance.FAR, Distance.OTHER_SIDE


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`sides` and `levels` are sets of bits, 0 where nothing is said; `lobes` as written."""

    sides: int = 0
    levels: int = 0
    lobes: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[int, int, tuple[str, ...]]:
        return (self.sides, self.levels, tuple(sorted(self.lobes)) if self.lobes else ())

    def may_be(self, other: "Whereabouts") -> bool:
        """Whether nothing speaks against the two being one place."""
        return self.distance(other) is _SAME

    def lies_in(self, other: "Whereabouts") -> bool:
        """Whether nothing speaks against its being a part of the other place."""
        distance = self.distance(other)
        is_one_side = self.sides & other.sides == self.sides != 0
        return distance is _SAME or (distance is _PARTLY and is_one_side)

    def distance(self, other: "Whereabouts") -> Distance:
        """How far the other place is; SAME where either says too little to tell."""
        ours, theirs = self.sides, other.sides
        if ours and theirs and ours != theirs:
            if not ours & theirs:
                return _OTHER_SIDE
            return max(self._level_distance(other), _PARTLY)
        if not self.levels or not other.levels:
            return _SAME
        return self._level_distance(other)

    def _level_distance(self, other: "Whereabouts") -> Distance:
        if not self.levels or not other.levels or self.levels & other.levels:
            return _SAME
        if MID in (self.levels & MID, other.levels & MID):
            return _NEAR
        # The left lung has two lobes, and they touch.
        both = self.sides & other.sides
        if both == LEFT and self.lobes and other.lobes:
            return _NEAR
        return _FAR

    @property
    def is_throughout(self) -> bool:
        """Both sides, without a word on how high."""
        return self.sides == LEFT | RIGHT and not self.levels

    def joined(self, other: "Whereabouts") -> "Whereabouts":
        if self.is_throughout or other.is_throughout:
            return Whereabouts(LEFT | RIGHT)
        return Whereabouts(
            self.sides or other.sides, self.levels | other.levels, self.lobes | other.lobes
        )


def whereabouts_of(mention: Mention) -> Whereabouts:
    """The place of a mention; a place that exists on one side only tells the side."""
    said = mention.attributes
    side, places = said.side, said.places
    return _whereabouts(side and side.value, tuple([place.value for place in places]))


@lru_cache(maxsize=4096)
def _whereabouts(side: Side | None, places: tuple[str, ...]) -> Whereabouts:
    sides = _SIDES[side] if side else 0
    levels, lobes = 0, []
    for place in places:
        levels |= LEVELS.get(place, 0)
        if place.endswith("-lobe") or place == "lingula":
            lobes.append(place)
        if not sides:
            sides = _ONE_SIDED.get(place, 0)
    return Whereabouts(sides, levels, frozenset(lobes))
