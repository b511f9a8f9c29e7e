"""What stands in a cohort's attempts, as columns: marks with ratings, agreement with radiologists.

An attempt is read once, some hundreds at a time, and what is made of it is kept between pages
(``radgame.classroom.following.kept``).
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from radgame.cases.models import Case, ReferenceReader
from radgame.classroom.following.asked import Asked
from radgame.classroom.following.kept import AtHand, Gathered, Parts, Read, gather
from radgame.classroom.following.played import rows_after
from radgame.progress.models import Outcome
from scoring.localization import Kind, Reason
from scoring.localization import Outcome as Became
from scoring.localization.froc import Study

from .agreeing import agreements, between_readers

# What a page reads at most before it answers: a fraction of a second.
MOST_AT_ONCE: Final = 500
MAX_RATING: Final = 4
# Of the largest cohort, some ten megabytes each.
AT_HAND: Final = 4

# ``is_rated``: every mark that counts has a rating. ``lesions``: that were there to be marked.
ATTEMPT: Final = np.dtype(
    [
        ("outcome", np.int64),
        ("reader", np.int64),
        ("case", np.int64),
        ("at", np.float64),
        ("is_rated", np.bool_),
        ("lesions", np.int16),
    ]
)
MARK: Final = np.dtype([("outcome", np.int64), ("rating", np.int8), ("is_lesion", np.bool_)])
WITH_READER: Final = np.dtype(
    [("outcome", np.int64), ("radiologist", np.int64), ("share", np.float32)]
)
BETWEEN: Final = np.dtype(
    [
        ("outcome", np.int64),
        ("case", np.int64),
        ("one", np.int64),
        ("other", np.int64),
        ("share", np.float32),
    ]
)

# A misplaced mark and one by a wrong name found nothing; a second mark on what was found is left
# out, as the highest rated would have been kept of several.
FOUND: Final = {Became.HIT.value}
NOTHING_THERE: Final = {
    Became.FALSE_MARK.value,
    Became.MISPLACED.value,
    Became.WRONG_FINDING.value,
}
LESIONS: Final = {
    Became.HIT.value,
    Became.MISPLACED.value,
    Became.WRONG_FINDING.value,
    Became.MISSED.value,
}


class AttemptSource:
    """``attempts``, their ``marks``, and how far they agree with ``radiologists``.

    ``between``: how far those agree with one another, by case.
    """

    name = "marks-1"

    def nothing(self) -> Parts:
        return {
            "attempts": np.zeros(0, ATTEMPT),
            "marks": np.zeros(0, MARK),
            "radiologists": np.zeros(0, WITH_READER),
            "between": np.zeros(0, BETWEEN),
        }

    def read(self, after: Mapping[uuid.UUID, int], most: int) -> Mapping[uuid.UUID, Read]:
        rows: Any = list(
            Outcome.objects.filter(rows_after(after))
            .order_by("assignment", "pk")
            .values_list(
                "assignment",
                "scorer_version",
                "score",
                "pk",
                "reader",
                "case",
                "occurred_at",
                "localize_attempt__answer",
                "localize_attempt__result",
            )[:most]
        )
        radiologists = _Radiologists({row[5] for row in rows})
        made: dict[uuid.UUID, _Chunk] = {}
        for assignment, version, score, outcome, reader, case, at, answer, result in rows:
            chunk = made.setdefault(assignment, _Chunk())
            chunk.outcomes.append(outcome)
            chunk.scores.append(score)
            chunk.versions.add(version)
            # An outcome outlives an attempt that was deleted.
            if result is not None:
                chunk.add(outcome, reader, case, at.timestamp(), answer, result, radiologists)
        return {assignment: chunk.read() for assignment, chunk in made.items()}


class _Radiologists:
    """Their keys by case and name; two queries."""

    def __init__(self, cases: set[int]) -> None:
        self._datasets = dict(Case.objects.filter(pk__in=cases).values_list("pk", "dataset_id"))
        readers = ReferenceReader.objects.filter(dataset__in=set(self._datasets.values()))
        self._keys = {
            (dataset, name): key
            for key, dataset, name in readers.values_list("pk", "dataset_id", "name")
        }

    def key(self, case: int, name: str) -> int | None:
        """None for one who is no longer in the dataset."""
        return self._keys.get((self._datasets[case], name))


@dataclass(slots=True)
class _Chunk:
    """Rows of one assignment in the making."""

    outcomes: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    attempts: list[tuple[Any, ...]] = field(default_factory=list)
    marks: list[tuple[Any, ...]] = field(default_factory=list)
    radiologists: list[tuple[Any, ...]] = field(default_factory=list)
    between: list[tuple[Any, ...]] = field(default_factory=list)
    cases: set[int] = field(default_factory=set)

    def add(
        self,
        outcome: int,
        reader: int,
        case: int,
        at: float,
        answer: Mapping[str, Any],
        result: Mapping[str, Any],
        radiologists: _Radiologists,
    ) -> None:
        inputs = result["inputs"]
        lines = [line for line in result["result"]["lines"] if line["kind"] == Kind.DRAW.value]
        ratings = [mark["confidence"] or 0 for mark in answer["marks"]]
        marks = [
            (outcome, ratings[line["mark"]], line["outcome"] in FOUND)
            for line in lines
            if line["mark"] is not None
            and line["outcome"] in FOUND | NOTHING_THERE
            and line["reason"] != Reason.DUPLICATE.value
        ]
        lesions = sum(line["outcome"] in LESIONS for line in lines)
        is_rated = all(rating > 0 for _outcome, rating, _is_lesion in marks)
        self.attempts.append((outcome, reader, case, at, is_rated, lesions))
        self.marks += marks
        for one in agreements(answer, inputs):
            key = radiologists.key(case, one.reader)
            if key is not None:
                self.radiologists.append((outcome, key, one.share))
        if case not in self.cases:
            self.cases.add(case)
            for pair in between_readers(inputs):
                keys = radiologists.key(case, pair.one), radiologists.key(case, pair.other)
                if None not in keys:
                    self.between.append((outcome, case, *keys, pair.share))

    def read(self) -> Read:
        return Read(
            {
                "attempts": np.array(self.attempts, ATTEMPT),
                "marks": np.array(self.marks, MARK),
                "radiologists": np.array(self.radiologists, WITH_READER),
                "between": np.array(self.between, BETWEEN),
            },
            np.array(self.scores),
            np.array(self.outcomes),
            (min(self.versions), max(self.versions)),
        )


def gather_marks(asked: Asked) -> Gathered:
    """What has been read by now of the attempts asked for; each page reads on."""
    return gather(asked.keys, AttemptSource(), most=MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Answers:
    """Attempts by their readers, each reader's first at each case; what belongs to them by row."""

    attempts: NDArray[np.void]
    marks: NDArray[np.void]
    mark_row: NDArray[np.int64]
    radiologists: NDArray[np.void]
    radiologist_row: NDArray[np.int64]
    between: NDArray[np.void]


_at_hand: "AtHand[tuple[object, ...], Answers]" = AtHand(AT_HAND)


def answers_of(gathered: Gathered, asked: Asked, readers: Collection[int]) -> Answers:
    """Of these readers, in the time asked for; of each the first time at a case."""
    key = (tuple(asked.keys), gathered.stamps, asked.since, asked.before, frozenset(readers))
    return _at_hand.get_or_make(key, lambda: _answers_of(gathered, asked, readers))


def _answers_of(gathered: Gathered, asked: Asked, readers: Collection[int]) -> Answers:
    attempts = gathered.parts["attempts"]
    keep = np.isin(attempts["reader"], np.fromiter(readers, np.int64, len(readers)))
    if asked.since is not None:
        keep &= attempts["at"] >= asked.since.timestamp()
    if asked.before is not None:
        keep &= attempts["at"] < asked.before.timestamp()
    kept = attempts[keep]
    kept = kept[np.argsort(kept["at"], kind="stable")]
    width = int(kept["case"].max(initial=0)) + 1
    _pairs, first = np.unique(kept["reader"] * width + kept["case"], return_index=True)
    kept = kept[np.sort(first)]
    marks, mark_row = _belonging(gathered.parts["marks"], kept)
    radiologists, radiologist_row = _belonging(gathered.parts["radiologists"], kept)
    return Answers(kept, marks, mark_row, radiologists, radiologist_row, gathered.parts["between"])


def _belonging(
    rows: NDArray[np.void], attempts: NDArray[np.void]
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """The rows of these attempts, and for each the place of its attempt."""
    if not len(attempts):
        return rows[:0], np.zeros(0, np.int64)
    order = np.argsort(attempts["outcome"], kind="stable")
    outcomes = attempts["outcome"][order]
    at = np.minimum(np.searchsorted(outcomes, rows["outcome"]), len(outcomes) - 1)
    known = outcomes[at] == rows["outcome"]
    return rows[known], order[at[known]]


@dataclass(frozen=True, slots=True)
class Rated:
    """A study of the attempts in which confidence was given, and how many of ``of`` those are."""

    study: Study | None
    attempts: int
    of: int


def rated(answers: Answers) -> Rated:
    """What the analysis is of: readers who gave confidence, in attempts where all marks have it.

    A film on which nothing was marked says as much as one on which every mark was rated; but of
    somebody who never rates, it does not say how sure they were.
    """
    attempts = answers.attempts
    rating_row = answers.mark_row[answers.marks["rating"] > 0]
    rates = np.isin(attempts["reader"], np.unique(attempts["reader"][rating_row]))
    keep = rates & attempts["is_rated"]
    count = int(keep.sum())
    if not count:
        return Rated(None, 0, len(attempts))
    readers, reader_place = np.unique(attempts["reader"][keep], return_inverse=True)
    cases, case_place = np.unique(attempts["case"][keep], return_inverse=True)
    shape = (len(readers), len(cases), MAX_RATING + 1)
    lesions, others = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    read = np.zeros(shape[:2], bool)
    read[reader_place, case_place] = True
    place = np.cumsum(keep) - 1
    mine = keep[answers.mark_row]
    row, marks = place[answers.mark_row[mine]], answers.marks[mine]
    for counts, kind in ((lesions, marks["is_lesion"]), (others, ~marks["is_lesion"])):
        rows = row[kind]
        np.add.at(counts, (reader_place[rows], case_place[rows], marks["rating"][kind]), 1)
    # What was there and not localised by a mark has no rating.
    lesions[reader_place, case_place, 0] = attempts["lesions"][keep] - lesions[
        reader_place, case_place, 1:
    ].sum(axis=1)
    return Rated(Study(lesions, others, read), count, len(attempts))
