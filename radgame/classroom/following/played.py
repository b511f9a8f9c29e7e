"""The ledger's rows of a cohort's assignments as columns, kept between pages."""

import hashlib
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from django.db.models import Q

from radgame.progress.models import Outcome, OutcomeLine
from scoring.reports.reader.lexicon import CONCEPTS

from .asked import Asked
from .kept import AtHand, Parts, Read, gather
from .records import Integers, Lines, Records

# Twenty times what five hundred learners submit on two hundred cases: read at once, if need be.
MOST: Final = 2_000_000

ROW: Final = np.dtype(
    [
        ("outcome", np.int64),
        ("reader", np.int64),
        ("case", np.int64),
        ("score", np.float64),
        ("seconds", np.float64),
        ("at", np.float64),
    ]
)
LINE: Final = np.dtype(
    [
        ("outcome", np.int64),
        ("finding", np.int32),
        ("concept", np.int16),
        ("result", np.int8),
    ]
)

# Of the largest cohort, some ten megabytes each.
AT_HAND: Final = 4

# What a line can say, in either game, and what it is about, by the numbers they are kept as.
RESULTS: Final = (
    *("hit", "misplaced", "wrong_finding", "missed", "false_mark"),
    *("matched", "partly", "false"),
)
CONCEPT_SLUGS: Final = tuple(sorted(CONCEPTS))
NONE: Final = -1

_RESULT_NUMBERS: Final = {result: number for number, result in enumerate(RESULTS)}
_CONCEPT_NUMBERS: Final = {slug: number for number, slug in enumerate(CONCEPT_SLUGS)}
# What is kept must not be read with other numbers than it was written with.
_NUMBERED: Final = hashlib.sha256("/".join((*RESULTS, *CONCEPT_SLUGS)).encode()).hexdigest()[:8]


_at_hand: "AtHand[tuple[object, ...], Played]" = AtHand(AT_HAND)


class LedgerSource:
    """``played``: who submitted which case, its score, seconds, and when. ``lines``: its lines."""

    name = f"ledger-1-{_NUMBERED}"

    def nothing(self) -> Parts:
        return {"played": np.zeros(0, ROW), "lines": np.zeros(0, LINE)}

    def read(self, after: Mapping[uuid.UUID, int], most: int) -> Mapping[uuid.UUID, Read]:
        rows: dict[uuid.UUID, list[tuple[Any, ...]]] = {}
        versions: dict[uuid.UUID, set[str]] = {}
        found: Any = (
            Outcome.objects.filter(rows_after(after))
            .order_by("assignment", "pk")
            .values_list(
                "assignment",
                "scorer_version",
                "pk",
                "reader",
                "case",
                "score",
                "seconds",
                "occurred_at",
            )
        )
        for assignment, version, *row, at in found[:most]:
            rows.setdefault(assignment, []).append((*row, at.timestamp()))
            versions.setdefault(assignment, set()).add(version)
        last = {assignment: those[-1][0] for assignment, those in rows.items()}
        lines = self._lines({key: (after[key], last[key]) for key in last})
        made: dict[uuid.UUID, Read] = {}
        for assignment, those in rows.items():
            table, seen = np.array(those, ROW), versions[assignment]
            made[assignment] = Read(
                {"played": table, "lines": np.array(lines.get(assignment, []), LINE)},
                table["score"],
                table["outcome"],
                (min(seen), max(seen)),
            )
        return made

    def _lines(
        self, spans: Mapping[uuid.UUID, tuple[int, int]]
    ) -> dict[uuid.UUID, list[tuple[int, int, int, int]]]:
        """Of the outcomes from after the first key to the last, in their order; one query."""
        asked = Q(pk__in=[])
        for assignment, (after, last) in spans.items():
            asked |= Q(outcome__assignment=assignment, outcome__gt=after, outcome__lte=last)
        found: Any = (
            OutcomeLine.objects.filter(asked)
            .order_by("outcome__assignment", "outcome")
            .values_list("outcome__assignment", "outcome", "finding", "concept", "result")
        )
        lines: dict[uuid.UUID, list[tuple[int, int, int, int]]] = {}
        for assignment, outcome, finding, concept, result in found:
            lines.setdefault(assignment, []).append(
                (
                    outcome,
                    finding or NONE,
                    _CONCEPT_NUMBERS.get(concept, NONE),
                    _RESULT_NUMBERS.get(result, NONE),
                )
            )
        return lines


def rows_after(after: Mapping[uuid.UUID, int]) -> Q:
    """The ledger's rows of these assignments whose keys come after those given."""
    asked = Q(pk__in=[])
    for assignment, last in after.items():
        asked |= Q(assignment=assignment, pk__gt=last)
    return asked


@dataclass(frozen=True)
class Played:
    """What was submitted, and the lines of it; ``lines.row`` is a place in ``records``."""

    records: Records
    lines: Lines

    @cached_property
    def counts(self) -> tuple[Integers, Integers]:
        """By reader, finding and result, how many lines: shapes (groups, 3) and (groups,).

        Everything that is told of lines without their cases is a sum of these.
        """
        reader = self.records.reader[self.lines.row]
        results = len(RESULTS) + 1
        width = int(self.lines.finding.max(initial=0)) + 2
        packed = (reader * width + self.lines.finding - NONE) * results + self.lines.result - NONE
        groups, counts = np.unique(packed, return_counts=True)
        rest, result = np.divmod(groups, results)
        who, finding = np.divmod(rest, width)
        return np.stack([who, finding + NONE, result + NONE], axis=1), counts


def played(asked: Asked, readers: Collection[int]) -> Played:
    """What these readers submitted of what is asked for.

    Of questions that were asked last the answer is at hand, as long as nothing is new.
    """
    gathered = gather(asked.keys, LedgerSource(), most=MOST)
    key = (tuple(asked.keys), gathered.stamps, asked.since, asked.before, frozenset(readers))
    return _at_hand.get_or_make(key, lambda: _join(gathered.parts, asked, readers))


def _join(parts: Parts, asked: Asked, readers: Collection[int]) -> Played:
    table, lines = parts["played"], parts["lines"]
    # Joined before anything is left out: both are in the order of assignments, then outcomes.
    row = _rows_of(table["outcome"], lines["outcome"])
    records = Records(table["reader"], table["case"], table["score"], table["seconds"], table["at"])
    keep = records.is_of(readers) & records.is_between(asked.since, asked.before)
    place = np.cumsum(keep) - 1
    kept = keep[row]
    return Played(
        records.where(keep),
        Lines(
            place[row[kept]],
            lines["finding"][kept],
            lines["concept"][kept],
            lines["result"][kept],
        ),
    )


def _rows_of(outcomes: Any, of_lines: Any) -> Any:
    """The place of each line's outcome; outcomes are unique, in whatever order."""
    if not len(of_lines):
        return np.zeros(0, np.int64)
    order = np.argsort(outcomes, kind="stable")
    return order[np.searchsorted(outcomes[order], of_lines)]


def records_of(asked: Asked, readers: Collection[int]) -> Records:
    return played(asked, readers).records


def result_numbers(results: Collection[str]) -> list[int]:
    """The numbers of these results, as ``Lines.result`` has them."""
    return [_RESULT_NUMBERS[result] for result in results]
