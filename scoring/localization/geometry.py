"""Boxes on a film and how far two of them overlap."""

from dataclasses import dataclass
from math import inf, isfinite
from typing import Final

MAX_COORDINATE_PX: Final = 10_000_000
"""No film is this wide; below it, sums and products of areas stay exact enough to compare."""


def box_problem(
    x_min: float,
    y_min: float,
    x_max: float,
    y_max: float,
    *,
    image_width: float = inf,
    image_height: float = inf,
) -> str:
    """Say what is wrong with four coordinates, as the end of a sentence about the box.

    Coordinates and the image's width and height are in source-image pixels. Without a size only
    what no image could hold is refused; with one, a box may touch the border but not cross it.
    Returns "" when nothing is wrong.
    """
    # Nearly every box, told by few comparisons; with NaN none of them holds.
    if (
        0 <= x_min < x_max <= image_width
        and 0 <= y_min < y_max <= image_height
        and x_max <= MAX_COORDINATE_PX
        and y_max <= MAX_COORDINATE_PX
        and (x_max - x_min) * (y_max - y_min) > 0
    ):
        return ""
    coordinates = (x_min, y_min, x_max, y_max)
    # Compared before isfinite(), which cannot take an integer beyond the range of a float.
    if any(abs(value) > MAX_COORDINATE_PX and value not in (inf, -inf) for value in coordinates):
        return f"lies beyond {MAX_COORDINATE_PX} pixels"
    if not all(isfinite(value) for value in coordinates):
        return "has a coordinate that is not finite"
    if x_max < x_min or y_max < y_min:
        return "has a negative extent: its maximum lies before its minimum"
    if not (x_max - x_min) * (y_max - y_min) > 0:
        return "has no area"
    if x_min < 0 or y_min < 0 or x_max > image_width or y_max > image_height:
        if image_width == inf and image_height == inf:
            return "lies outside the image: a coordinate is negative"
        return f"lies outside the image of {image_width} × {image_height} pixels"
    return ""


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A rectangle in source-image pixels, half-open: it holds x_min ≤ x < x_max, likewise y.

    Boxes order by their coordinates, from left to right and then from top to bottom.

    Raises ValueError for coordinates that are not finite, negative, beyond MAX_COORDINATE_PX, or
    enclose no area.
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float

    def __post_init__(self) -> None:
        if problem := box_problem(self.x_min, self.y_min, self.x_max, self.y_max):
            raise ValueError(f"A box {problem}.")

    @property
    def area(self) -> float:
        """Square pixels, above 0."""
        return (self.x_max - self.x_min) * (self.y_max - self.y_min)

    def intersection(self, other: "Box") -> float:
        """Square pixels shared with the other box; 0 when they are apart or only touch."""
        width = min(self.x_max, other.x_max) - max(self.x_min, other.x_min)
        height = min(self.y_max, other.y_max) - max(self.y_min, other.y_min)
        return width * height if width > 0 and height > 0 else 0.0

    def iou(self, other: "Box") -> float:
        """Intersection over union, in [0, 1]: 0 when apart, exactly 1 when equal."""
        shared = self.intersection(other)
        return shared / (self.area + other.area - shared)


def check_box_in_image(box: Box, *, image_width: float, image_height: float) -> None:
    """Raise ValueError unless the box lies within an image of this size; the border is within."""
    if problem := box_problem(
        box.x_min,
        box.y_min,
        box.x_max,
        box.y_max,
        image_width=image_width,
        image_height=image_height,
    ):
        raise ValueError(f"The box {problem}.")
