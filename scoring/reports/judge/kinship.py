"""Which findings may stand for one another, from the table `kinship.toml`."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product
from pathlib import Path
from typing import Any, Final

from scoring.reports.evaluation import ErrorType, Gravity
from scoring.reports.reader import CONCEPTS

TABLE: Final = Path(__file__).with_name("kinship.toml")


@dataclass(frozen=True, slots=True)
class Kin:
    """How a learner's concept stands to the reference's: what kind of error it is, if any."""

    error: ErrorType | None
    gravity: Gravity


_KINS_REMEMBERED: Final = 8192

SAME: Final = Kin(None, Gravity.NEGLIGIBLE)
_OF_ONE_FAMILY: Final = Kin(ErrorType.DESCRIPTOR, Gravity.SIGNIFICANT)


class KinshipTable:
    """The table, and the questions it answers."""

    def __init__(self, data: Mapping[str, Any], families: Mapping[str, str]) -> None:
        self._families = families
        self._listed: dict[tuple[str, str], Kin] = {}
        for one, other, kin in _entries(data):
            self._listed.setdefault((one, other), kin)
        self._signs: dict[tuple[str, str], bool] = {
            pair: row["anywhere"]
            for row in data["sign"]
            for pair in product(row["signs"], row["of"])
        }
        self._sign_slugs = frozenset(sign for sign, _ in self._signs)
        # Asked of every two findings of a pair of texts, and most of them have one concept.
        self.closest = lru_cache(maxsize=_KINS_REMEMBERED)(self._find_closest)
        named = {slug for pair in (*self._listed, *self._signs) for slug in pair}
        unknown = named - set(families)
        if unknown:
            raise ValueError(f"The reader knows no concept {', '.join(sorted(unknown))}.")

    def may_be_signs(self, concepts: Iterable[str]) -> bool:
        """Whether each is a sign of anything."""
        return self._sign_slugs.issuperset(concepts)

    def is_sign(self, sign: str, of: str, *, anywhere: bool) -> bool:
        """Whether the one is how the other is seen: said of one place, the two are one finding.

        `anywhere`: also if the two stand in different sentences.
        """
        reaches = self._signs.get((sign, of))
        return reaches is not None and (reaches or not anywhere)

    def kin(self, reference: str, said: str) -> Kin | None:
        """How what was said stands to what the reference has; None: it is something else."""
        if reference == said:
            return SAME
        listed = self._listed.get((reference, said))
        if listed is None and self._families.get(reference) == self._families.get(said, ""):
            return _OF_ONE_FAMILY
        return listed

    def _find_closest(self, reference: tuple[str, ...], said: tuple[str, ...]) -> Kin | None:
        """The kin of two findings of several concepts: the same, else negligible, else any."""
        best: Kin | None = None
        for one in reference:
            for other in said:
                kin = self.kin(one, other)
                if kin is None:
                    continue
                if kin.error is None:
                    return kin
                if best is None or (best.gravity, kin.gravity) == (
                    Gravity.SIGNIFICANT,
                    Gravity.NEGLIGIBLE,
                ):
                    best = kin
        return best


@lru_cache(maxsize=1)
def kinship_table() -> KinshipTable:
    """The table that ships with the program, over the concepts of the reader."""
    return KinshipTable(
        tomllib.loads(TABLE.read_text(encoding="utf-8")),
        {slug: concept.family for slug, concept in CONCEPTS.items()},
    )


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Kin]]:
    """(in the reference, said by the learner, kin), in the order of the kinds, then the table."""
    for row in data["alike"]:
        for one, other in permutations(row["concepts"], 2):
            yield one, other, Kin(ErrorType.DESCRIPTOR, Gravity.NEGLIGIBLE)
    for row in data["vaguer"]:
        gravity = Gravity(row["gravity"])
        for general, specific in product(row["general"], row["specific"]):
            yield specific, general, Kin(ErrorType.UNSPECIFIC, gravity)
            yield general, specific, Kin(ErrorType.OVERINTERPRETATION, gravity)
    for row in data["sign"]:
        if "gravity" not in row:
            continue
        gravity = Gravity(row["gravity"])
        for sign, cause in product(row["signs"], row["of"]):
            yield cause, sign, Kin(ErrorType.UNSPECIFIC, gravity)
            yield sign, cause, Kin(ErrorType.OVERINTERPRETATION, gravity)
    for row in data["confused"]:
        gravity = Gravity(row["gravity"])
        for pair in product(row["one"], row["other"]):
            for one, other in permutations(pair):
                yield one, other, Kin(ErrorType.DESCRIPTOR, gravity)
