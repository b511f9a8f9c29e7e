"""What a cohort's lines come to, by reader, finding and case: no query."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from radgame.cases.models import Play

from .heatmap import Tally, Work
from .played import NONE, Played, result_numbers
from .records import Integers, Mask, Records


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
    codes, lines = CODES[game], played.lines
    finding = lines.finding.astype(np.int64) - NONE
    width = int(finding.max(initial=0)) + 1
    reader = played.records.reader[lines.row] if each else np.zeros(len(finding), np.int64)
    groups, which = np.unique(reader * width + finding, return_inverse=True)

    def count(results: Collection[str]) -> Integers:
        mask = np.isin(lines.result, result_numbers(results))
        return np.bincount(which[mask], minlength=len(groups))

    counts = zip(*(count(c).tolist() for c in _in_order(codes)), strict=True)
    made = []
    for group, (found, there, missed, false) in zip(groups.tolist(), counts, strict=True):
        who, what = divmod(group, width)
        key = what + NONE
        made.append(
            Tally(who if each else None, None if key == NONE else key, found, there, missed, false)
        )
    return made


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
    keys = np.stack([lines.finding, concept, records.case[lines.row]], axis=1)
    groups, which, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    pairs = np.unique(np.stack([which.ravel(), records.reader[lines.row]], axis=1), axis=0)
    learners = np.bincount(pairs[:, 0], minlength=len(groups))
    return [
        FalseOn(
            None if finding == NONE else finding,
            None if concept == NONE else concept,
            case,
            count,
            people,
        )
        for (finding, concept, case), count, people in zip(
            groups.tolist(), counts.tolist(), learners.tolist(), strict=True
        )
    ]


def is_false(played: Played, game: Play) -> Mask:
    """The lines that say what is not there."""
    return np.isin(played.lines.result, result_numbers(CODES[game].false))
