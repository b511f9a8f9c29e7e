"""How far two lists of regions of one case agree: a learner's with a radiologist's. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.localization.pairing import MarkRow, RegionRow, pair_case


@dataclass(frozen=True, slots=True)
class Agreement:
    """With one reader: ``share`` is 2 × joined / (one's + the other's regions), 1 where none."""

    reader: str
    share: float


@dataclass(frozen=True, slots=True)
class Between:
    """Of two radiologists on one case, one way and the other: the same either way."""

    one: str
    other: str
    share: float


def readers_of(inputs: Mapping[str, Any]) -> list[str]:
    """The radiologists known to have read the case: those the dataset names, and who drew."""
    return sorted({*inputs["readers"], *(region["reader"] for region in inputs["regions"])})


def agreements(answer: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Agreement]:
    """The learner's marks with each radiologist's regions, by what was stored at the submit.

    Only findings that are scored and located count, as for the mark itself: on others somebody's
    silence says nothing.
    """
    counted = _counted(inputs)
    marks: list[MarkRow] = [
        (mark["finding"], mark["image"], *mark["box"], -1, index)
        for index, mark in enumerate(answer["marks"])
        if mark["finding"] in counted
    ]
    return [
        Agreement(reader, _share(marks, _regions(inputs, counted, reader), inputs))
        for reader in readers_of(inputs)
    ]


def between_readers(inputs: Mapping[str, Any]) -> list[Between]:
    """Each two radiologists of the case, as if the one were the learner."""
    counted, readers = _counted(inputs), readers_of(inputs)
    regions = {reader: _regions(inputs, counted, reader) for reader in readers}
    return [
        Between(one, other, _share([_as_mark(r) for r in regions[one]], regions[other], inputs))
        for place, one in enumerate(readers)
        for other in readers[place + 1 :]
    ]


def _counted(inputs: Mapping[str, Any]) -> set[str]:
    drawn = {region["finding"] for region in inputs["regions"]}
    return {*inputs["scored"], *drawn} - {*inputs["unlocated"]}


def _regions(inputs: Mapping[str, Any], counted: set[str], reader: str) -> list[RegionRow]:
    return [
        (region["finding"], region["image"], *region["box"], reader, index)
        for index, region in enumerate(inputs["regions"])
        if region["reader"] == reader and region["finding"] in counted
    ]


def _as_mark(region: RegionRow) -> MarkRow:
    return (*region[:6], -1, region[7])


def _share(
    marks: Sequence[MarkRow], regions: Sequence[RegionRow], inputs: Mapping[str, Any]
) -> float:
    """Dice's coefficient of two lists, joined one to one at each finding's threshold."""
    if not marks and not regions:
        return 1.0
    if not marks or not regions:
        return 0.0
    joined = pair_case(
        marks,
        regions,
        thresholds=inputs["thresholds"],
        default_threshold=inputs["default_threshold"],
    ).hits
    return 2 * len(joined) / (len(marks) + len(regions))
