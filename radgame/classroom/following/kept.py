"""What was read of a cohort's work, kept between pages, and read on from where it stops.

The rows of an assignment are added to, and hardly ever change. So what was made of them is kept in
the process and in the cache, with a stamp of the rows it was made of, and the next page reads only
what came since.
Where a stamp no longer fits, because work was marked anew or somebody's was deleted, it is all
read again. Losing the cache loses time and nothing else.
"""

import uuid
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Max, Min, Q, Sum
from numpy.typing import NDArray

from radgame.progress.models import Outcome

KEPT_S: Final = 24 * 60 * 60
# Of an assignment of ten thousand cases, a megabyte each.
KEPT_NEAR: Final = 64
# Two sums of the same scores, added up in another order, are as near as this; a score that was
# marked anew moves by more.
NEAR: Final = 1e-6

Part = NDArray[np.void]
Parts = Mapping[str, Part]
"""Tables by name, each a structured array with a field ``outcome``, in its order."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells rows of the ledger from others: their number, last key, scores and versions."""

    rows: int
    last: int
    scores: float
    versions: tuple[str, str]

    def is_of(self, other: "Stamp | None") -> bool:
        return (
            other is not None
            and (self.rows, self.last, self.versions) == (other.rows, other.last, other.versions)
            and abs(self.scores - other.scores) < NEAR
        )


@dataclass(frozen=True, slots=True)
class Read:
    """Some rows that were read: what was made of them, and the stamp's part of each."""

    parts: Parts
    scores: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    versions: tuple[str, str]


class Source(Protocol):
    """How rows are read. ``name``: with a number that changes with what is made of them."""

    @property
    def name(self) -> str: ...

    def read(self, after: Mapping[uuid.UUID, int], most: int) -> Mapping[uuid.UUID, Read]:
        """By assignment, what comes after these outcomes, in order, ``most`` rows in all."""
        ...

    def nothing(self) -> Parts:
        """Its tables without a row."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    stamp: Stamp
    parts: Parts


@dataclass(frozen=True, slots=True)
class Gathered:
    """``parts``: of all assignments one after the other; ``rows`` of ``of`` have been read."""

    parts: Parts
    rows: int
    of: int
    stamps: tuple[Stamp, ...]

    @property
    def is_whole(self) -> bool:
        return self.rows >= self.of


def gather(assignments: Sequence[uuid.UUID], source: Source, *, most: int) -> Gathered:
    """Everything of these assignments, of which at most so many rows are read now.

    One query says what there is, and two more follow where something is new.
    """
    stamps = _stamps(Q(assignment__in=assignments))
    kept = _look_up(stamps, source)
    changed = [key for key, stamp in stamps.items() if not stamp.is_of(_stamp_of(kept, key))]
    if changed:
        _read_on(changed, kept, source, most)
    ordered = [kept[key] for key in assignments if key in kept]
    return Gathered(
        parts=_joined([one.parts for one in ordered], source.nothing()),
        rows=sum(one.stamp.rows for one in ordered),
        of=sum(stamp.rows for stamp in stamps.values()),
        stamps=tuple(one.stamp for one in ordered),
    )


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class AtHand(Generic[K, V]):
    """The values that this process has made last; two threads may make one twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        known = self.get(key)
        if known is None:
            known = make()
            self.put(key, known)
        return known

    def forget(self) -> None:
        with self._lock:
            self._values.clear()


# So that what was read last need not be fetched from the cache and unpacked again.
near: "AtHand[str, Kept]" = AtHand(KEPT_NEAR)


def _look_up(stamps: Mapping[uuid.UUID, Stamp], source: Source) -> dict[uuid.UUID, Kept]:
    """What is kept of each: the process's own where it is up to date, else the cache's."""
    keys = {key: _key(source, key) for key in stamps}
    own = {key: kept for key in stamps if (kept := near.get(keys[key])) is not None}
    old = [key for key, stamp in stamps.items() if not stamp.is_of(_stamp_of(own, key))]
    if old:
        shared: dict[str, Kept] = cache.get_many([keys[key] for key in old])
        for key in old:
            found = shared.get(keys[key])
            # Another process may have read on, or this one, while the cache was away.
            if found is not None and (key not in own or stamps[key].is_of(found.stamp)):
                own[key] = found
                near.put(keys[key], found)
    return own


def _read_on(
    changed: Sequence[uuid.UUID], kept: dict[uuid.UUID, Kept], source: Source, most: int
) -> None:
    """Bring what is kept of these up to date, here and in the cache."""
    asked = {key: kept[key].stamp.last for key in changed if key in kept}
    if asked:
        earlier = Q()
        for key, last in asked.items():
            earlier |= Q(assignment=key, pk__lte=last)
        still = _stamps(earlier)
        for key in asked:
            if not (key in still and still[key].is_of(kept[key].stamp)):
                del kept[key]
    after = {key: kept[key].stamp.last if key in kept else 0 for key in changed}
    for key, read in source.read(after, most).items():
        kept[key] = _extended(kept.get(key), read, source)
        near.put(_key(source, key), kept[key])
        cache.set(_key(source, key), kept[key], KEPT_S)


def _extended(before: Kept | None, read: Read, source: Source) -> Kept:
    stamp = before.stamp if before else Stamp(0, 0, 0.0, read.versions)
    return Kept(
        Stamp(
            rows=stamp.rows + len(read.outcomes),
            last=int(read.outcomes[-1]),
            scores=stamp.scores + float(read.scores.sum()),
            versions=(
                min(stamp.versions[0], read.versions[0]),
                max(stamp.versions[1], read.versions[1]),
            ),
        ),
        _joined([before.parts, read.parts] if before else [read.parts], source.nothing()),
    )


def _joined(parts: Sequence[Parts], nothing: Parts) -> Parts:
    return {
        name: np.concatenate([one[name] for one in parts]) if parts else none
        for name, none in nothing.items()
    }


def _stamps(rows: Q) -> dict[uuid.UUID, Stamp]:
    found: Any = (
        Outcome.objects.filter(rows)
        .order_by()
        .values("assignment")
        .annotate(
            rows=Count("pk"),
            last=Max("pk"),
            scores=Sum("score"),
            first_version=Min("scorer_version"),
            last_version=Max("scorer_version"),
        )
    )
    return {
        row["assignment"]: Stamp(
            row["rows"], row["last"], row["scores"], (row["first_version"], row["last_version"])
        )
        for row in found
    }


def _stamp_of(kept: Mapping[uuid.UUID, Kept], key: uuid.UUID) -> Stamp | None:
    return kept[key].stamp if key in kept else None


def _key(source: Source, assignment: uuid.UUID) -> str:
    return f"following-{source.name}-{assignment}"
