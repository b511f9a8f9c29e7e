"""What a cohort's lines come to, by reader, finding and case: no query."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from radgame.cases.models import Play

from .heatmap import Tally, Work
from .played import CONCEPT_SLUGS, NONE, Played, result_numbers
from .records import Mask, Records


@dataclass(frozen=True, slots=True)
class Codes:
    """The results of lines in a game: ``there`` are those about something that is on the film."""

    found: tuple[str, ...]
    there: tuple[str, ...]
    missed: tuple[str, ...]
    false: tuple[str, ...]


CODES: Final = {
    Play.LOCALIZE: Codes(
        found=("hit",),
        there=("hit", "misplaced", "wrong_finding", "missed"),
        missed=("missed",),
        false=("false_mark",),
    ),
    Play.REPORT: Codes(
        found=("matched",),
        there=("matched", "partly", "missed"),
        missed=("missed",),
        false=("false",),
    ),
}


def work_by_reader(records: Records) -> dict[int, Work]:
    """What each has done, by primary key."""
    return {
        reader: Work(len(own), float(own.score.mean()), float(own.seconds.sum()))
        for reader, own in records.by_reader()
    }


def tallies(played: Played, game: Play, *, each: bool) -> list[Tally]:
    """How the lines went, by finding; ``each``: reader by reader, else of all together."""
    codes = CODES[game]
    groups, counts = played.counts
    found: dict[tuple[int | None, int], dict[int, int]] = {}
    for (reader, finding, result), count in zip(groups.tolist(), counts.tolist(), strict=True):
        lines = found.setdefault((reader if each else None, finding), {})
        lines[result] = lines.get(result, 0) + count
    numbers = [result_numbers(results) for results in _in_order(codes)]
    return [
        Tally(
            reader,
            None if finding == NONE else finding,
            *(sum(lines.get(result, 0) for result in wanted) for wanted in numbers),
        )
        for (reader, finding), lines in found.items()
    ]


def _in_order(codes: Codes) -> tuple[tuple[str, ...], ...]:
    return codes.found, codes.there, codes.missed, codes.false


@dataclass(frozen=True, slots=True)
class FalseOn:
    """False lines about one thing on one case; ``finding`` is None where our list has none.

    ``concept``: its number in ``played.CONCEPT_SLUGS``, None where it has none.
    """

    finding: int | None
    concept: int | None
    case: int
    count: int
    learners: int


def false_lines(played: Played, game: Play) -> list[FalseOn]:
    """By finding and case, how often what is not there was said, and by how many."""
    lines = played.lines.where(is_false(played, game))
    if not len(lines.row):
        return []
    records = played.records
    # A finding of our list tells it; where there is none, the concept does.
    concept = np.where(lines.finding == NONE, lines.concept, NONE)
    case, reader = records.case[lines.row], records.reader[lines.row]
    # As one number each: several columns would be sorted far more slowly.
    concepts, cases = len(CONCEPT_SLUGS) + 1, int(case.max()) + 1
    packed = ((lines.finding.astype(np.int64) - NONE) * concepts + concept - NONE) * cases + case
    groups, which, counts = np.unique(packed, return_inverse=True, return_counts=True)
    people = int(reader.max()) + 1
    learners = np.bincount(np.unique(which * people + reader) // people, minlength=len(groups))
    rest, case = np.divmod(groups, cases)
    finding, concept = np.divmod(rest, concepts)
    keys = np.stack([finding + NONE, concept + NONE, case], axis=1)
    return [
        FalseOn(
            None if finding == NONE else finding,
            None if concept == NONE else concept,
            case,
            count,
            people,
        )
        for (finding, concept, case), count, people in zip(
            keys.tolist(), counts.tolist(), learners.tolist(), strict=True
        )
    ]


def is_false(played: Played, game: Play) -> Mask:
    """The lines that say what is not there."""
    return np.isin(played.lines.result, result_numbers(CODES[game].false))
