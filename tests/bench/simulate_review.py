"""Print how many cases synthetic readers need under three orders of films, and what they retain.

Run from the repository's root: python -m tests.bench.simulate_review [learners]
What is asked, the model and its limits: docs/review-simulation.md. Practice is planned and
scheduled by the site's own code (``radgame.progress``: plan, schedule, glicko2); films, readers and
answers are drawn here. No database.
"""

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from radgame.progress.glicko2 import START_RATING, Game, Rating, rested, updated
from radgame.progress.plan import SIZE, findings_first, planned
from radgame.progress.schedule import Scheduled, met

# NIH ChestX-ray14, labels in its published table (Wang et al., CVPR 2017), with infiltration taken
# for consolidation and nodules and masses for one finding, as on the site.
NIH: Final = {
    "consolidation": 24561,
    "pleural-effusion": 13317,
    "nodule-mass": 12113,
    "atelectasis": 11559,
    "pneumothorax": 5302,
    "pleural-thickening": 3385,
    "cardiomegaly": 2776,
    "emphysema": 2516,
    "oedema": 2303,
    "fibrosis": 1686,
    "pneumonia": 1431,
    "hernia": 227,
}
FINDINGS: Final = tuple(NIH)
KINDS: Final = len(FINDINGS)
START: Final = datetime(2026, 1, 1, 8, tzinfo=UTC)
NOBODY: Final = -1
# One standard error of a case's rating once some tens of readers have moved it.
CASE_DEVIATION: Final = 80.0
GLICKO_SCALE: Final = 173.7178

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class World:
    """All that is assumed. Abilities and difficulties in logits over ``discrimination``."""

    learners: int = 500
    libraries: int = 20
    films: int = 3000
    normal: float = 0.3
    # The exponent of the prevalences above: 1 as they are, 0 all findings equally frequent.
    unequal: float = 1.0
    second_finding: float = 0.4
    discrimination: float = 1.2
    discrimination_spread: float = 0.25
    difficulty_spread: float = 1.0
    ability_spread: float = 0.5
    finding_spread: float = 0.5
    # Of the way to the ceiling, so much at each film that shows the finding.
    gain_hit: float = 0.02
    gain_miss: float = 0.04
    repeat: float = 0.5
    ceiling: float = 2.5
    # Days until what was learnt at one film has fallen to 1/e.
    stability_days: float = 60.0
    spacing: float = 1.0
    power_law: bool = False
    a_day: int = 20
    rest_days: float = 30.0
    equal_cases: int = 600
    mastery: float = 0.8
    seed: int = 20261124


@dataclass(frozen=True, slots=True)
class Libraries:
    """Films of all libraries: first and second finding (NOBODY where none), (libraries, films)."""

    first: Ints
    second: Ints
    discrimination: Floats
    difficulty: Floats


@dataclass(slots=True)
class Readers:
    """What readers know, (learners, findings). Days are counted from the start."""

    base: Floats
    learnt: Floats
    stability_days: Floats
    last_day: Floats

    def retained(self, world: World, day: float) -> Floats:
        """The share of what was learnt that is left on that day, in (0, 1]."""
        return retention(world, day - self.last_day, self.stability_days)

    def ability(self, world: World, day: float) -> Floats:
        return self.base + self.learnt * self.retained(world, day)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one order, (learners,). Cases are inf where the library ended first; ``but_rarest`` until
    all but the rarest finding were mastered. What is ``kept`` is mean P(hit) after the rest."""

    cases_to_mastery: Floats
    but_rarest: Floats
    kept: Floats
    kept_by_prevalence: Floats
    rarest_kept: Floats


def logistic(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def retention(world: World, days: Floats, stability_days: Floats) -> Floats:
    """Exponential, or 1 / (1 + t / S); both 1 at once and falling."""
    elapsed = days / stability_days
    return 1 / (1 + elapsed) if world.power_law else np.exp(-elapsed)


def typical_hit(world: World, ability: Floats) -> Floats:
    """P(hit) on a film of difficulty 0 and the usual discrimination."""
    return logistic(world.discrimination * ability)


def prevalence(world: World) -> Floats:
    """How the findings share the first findings of films; sums to 1."""
    weights = np.array([*NIH.values()], float) ** world.unequal
    shares: Floats = weights / weights.sum()
    return shares


def draw_libraries(world: World, rng: np.random.Generator) -> Libraries:
    shape = (world.libraries, world.films)
    shares = prevalence(world)
    first = rng.choice(KINDS, shape, p=shares)
    second = rng.choice(KINDS, shape, p=shares)
    normal = rng.random(shape) < world.normal
    single = (rng.random(shape) >= world.second_finding) | (second == first) | normal
    return Libraries(
        first=np.where(normal, NOBODY, first),
        second=np.where(single, NOBODY, second),
        discrimination=world.discrimination
        * np.exp(rng.normal(0, world.discrimination_spread, shape)),
        difficulty=rng.normal(0, world.difficulty_spread, shape),
    )


def draw_readers(world: World, rng: np.random.Generator) -> Readers:
    shape = (world.learners, KINDS)
    general = rng.normal(0, world.ability_spread, (world.learners, 1))
    return Readers(
        base=general + rng.normal(0, world.finding_spread, shape),
        learnt=np.zeros(shape),
        stability_days=np.full(shape, world.stability_days),
        last_day=np.zeros(shape),
    )


# --- orders ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding that one reader met on a film."""

    finding: int
    hit: bool
    fresh: bool
    case: Rating
    at: datetime


class Order(Protocol):
    """Which ten films come next for one reader; told what came of each finding."""

    def next_films(self, at: datetime) -> list[int]: ...

    def saw(self, seen: Seen) -> None: ...


class InOrder:
    """Films one after the other as they are given: the fixed order and the random one."""

    def __init__(self, films: Sequence[int]) -> None:
        self.rest = iter(films)

    def next_films(self, at: datetime) -> list[int]:
        return list(islice(self.rest, SIZE))

    def saw(self, seen: Seen) -> None:
        """Makes no difference to what comes next."""


@dataclass(slots=True)
class Shelf:
    """The films of a library in a random order, as one reader has read them."""

    by_finding: list[list[int]]
    normal: list[int]
    everything: list[int]
    last_read: dict[int, int] = field(default_factory=dict)
    begun: dict[int, int] = field(default_factory=dict)
    reads: int = 0

    def unread(self, pool: list[int], count: int, but: set[int]) -> list[int]:
        """The next of the pool that were never read; what was read at its head is passed once."""
        place = self.begun.get(id(pool), 0)
        while place < len(pool) and pool[place] in self.last_read:
            place += 1
        self.begun[id(pool)] = place
        drawn: list[int] = []
        while place < len(pool) and len(drawn) < count:
            if pool[place] not in self.last_read and pool[place] not in but:
                drawn.append(pool[place])
            place += 1
        return drawn

    def longest_ago(self, pool: list[int], count: int, but: set[int]) -> list[int]:
        if count <= 0:
            return []
        read = [film for film in pool if film in self.last_read and film not in but]
        return sorted(read, key=self.last_read.__getitem__)[:count]

    def read(self, films: Sequence[int]) -> None:
        for film in films:
            self.reads += 1
            self.last_read[film] = self.reads


def shelf_for(libraries: Libraries, library: int, rng: np.random.Generator) -> Shelf:
    everything = rng.permutation(libraries.first.shape[1]).tolist()
    first, second = libraries.first[library].tolist(), libraries.second[library].tolist()
    by_finding: list[list[int]] = [[] for _finding in FINDINGS]
    normal = []
    for film in everything:
        if first[film] == NOBODY:
            normal.append(film)
        else:
            by_finding[first[film]].append(film)
        if second[film] != NOBODY:
            by_finding[second[film]].append(film)
    return Shelf(by_finding, normal, everything)


class InTurn:
    """Sets made up like the site's, but the findings take turns: no card, no rating."""

    def __init__(self, shelf: Shelf, rng: np.random.Generator) -> None:
        self.shelf = shelf
        self.rng = rng
        self.turn: list[str] = []

    def wanted(self, at: datetime) -> list[str]:
        if not self.turn:
            self.turn = [FINDINGS[number] for number in self.rng.permutation(KINDS)]
        return [self.turn.pop() for _finding in range(min(3, len(self.turn)))]

    def next_films(self, at: datetime) -> list[int]:
        """As ``radgame.progress.practice.choose_cases`` does it from the database."""
        plan = planned(self.wanted(at))
        shelf = self.shelf
        chosen: list[int] = []
        for share in plan.shares:
            pool = shelf.by_finding[FINDINGS.index(share.finding)]
            films = shelf.unread(pool, share.films, {*chosen})
            films += shelf.longest_ago(pool, share.films - len(films), {*chosen, *films})
            chosen += films
        chosen += shelf.unread(shelf.normal, plan.normal, {*chosen})
        chosen += shelf.unread(shelf.everything, plan.size - len(chosen), {*chosen})
        chosen += shelf.longest_ago(shelf.everything, plan.size - len(chosen), {*chosen})
        self.rng.shuffle(chosen)
        shelf.read(chosen)
        return chosen

    def saw(self, seen: Seen) -> None:
        """Makes no difference to what comes next."""


class Practice(InTurn):
    """The site's: what is due by the card of each finding, else what the rating says is weakest."""

    def __init__(self, shelf: Shelf, rng: np.random.Generator) -> None:
        super().__init__(shelf, rng)
        self.cards: dict[str, Scheduled] = {}
        self.ratings: dict[str, tuple[Rating, datetime]] = {}

    def wanted(self, at: datetime) -> list[str]:
        due = [(card.due_at, finding) for finding, card in self.cards.items() if card.due_at <= at]
        weakest = sorted(self.ratings, key=lambda finding: self.ratings[finding][0].value)
        return findings_first(due=[finding for _due_at, finding in sorted(due)], weakest=weakest)

    def saw(self, seen: Seen) -> None:
        finding, credit = FINDINGS[seen.finding], float(seen.hit)
        known = self.cards.get(finding)
        after = met(known.card if known else None, credit=credit, at=seen.at, key=seen.finding + 1)
        if after is not None:
            self.cards[finding] = after
        if seen.fresh:
            rating, since = self.ratings.get(finding, (Rating(), seen.at))
            now = rested(rating, (seen.at - since).total_seconds())
            self.ratings[finding] = (updated(now, [Game(seen.case, credit)]), seen.at)


ORDERS: Final = ("fixed", "random", "in turn", "practice")


def orders_for(
    name: str, world: World, libraries: Libraries, rng: np.random.Generator
) -> list[Order]:
    """One for each reader. Readers are dealt out to the libraries in turn."""
    made: list[Order] = []
    for learner in range(world.learners):
        if name == "fixed":
            made.append(InOrder(range(world.films)))
        elif name == "random":
            made.append(InOrder(rng.permutation(world.films).tolist()))
        else:
            shelf = shelf_for(libraries, learner % world.libraries, rng)
            made.append(Practice(shelf, rng) if name == "practice" else InTurn(shelf, rng))
    return made


# --- reading -----------------------------------------------------------------------


def expose(
    world: World,
    readers: Readers,
    who: Ints,
    what: Ints,
    *,
    discrimination: Floats,
    difficulty: Floats,
    repeated: NDArray[np.bool_],
    day: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Each of ``who`` meets finding ``what`` on a film, answers, and learns from the feedback.

    All arguments but the readers have shape (n,); gives the hits, (n,). Changes ``readers``.
    """
    elapsed = day - readers.last_day[who, what]
    left = retention(world, elapsed, readers.stability_days[who, what])
    learnt = readers.learnt[who, what]
    ability = readers.base[who, what] + learnt * left
    hit: NDArray[np.bool_] = rng.random(len(who)) < logistic(
        discrimination * (ability - difficulty)
    )
    gain = np.where(hit, world.gain_hit, world.gain_miss)
    gain = gain * np.where(repeated, world.repeat, 1.0)
    # A success holds the longer the more had been forgotten before it; one at once adds nothing.
    firmer = 1 + world.spacing * (1 - left) * (hit & (learnt > 0))
    readers.learnt[who, what] = learnt * left + gain * np.maximum(0, world.ceiling - ability)
    readers.stability_days[who, what] *= firmer
    readers.last_day[who, what] = day
    return hit


def follow(
    world: World, name: str, libraries: Libraries, readers: Readers, rng: np.random.Generator
) -> Outcome:
    """All readers through one order, until they have mastered every finding or the films end.

    Everybody reads ``equal_cases`` in any case. ``readers`` are changed.
    """
    orders = orders_for(name, world, libraries, rng)
    library = np.arange(world.learners) % world.libraries
    met_before = np.zeros((world.learners, world.films), bool)
    mastered, but_rarest = np.full((2, world.learners), np.inf)
    shares = prevalence(world)
    rarest = int(np.argmin(shares))
    kept = np.full((world.learners, KINDS), np.nan)
    for read in range(0, world.films, SIZE):
        going = np.flatnonzero(np.isinf(mastered) | (read < world.equal_cases))
        if not len(going):
            break
        # The sets of a day follow one another; a minute a film.
        day, place = divmod(read, world.a_day)
        begin = START + timedelta(days=day, minutes=place)
        films = np.array([orders[reader].next_films(begin) for reader in going])
        for column in range(SIZE):
            film = films[:, column]
            _read_films(
                world,
                orders if name == "practice" else None,
                libraries,
                readers,
                going,
                library[going],
                film,
                repeated=met_before[going, film],
                at=begin + timedelta(minutes=column),
                rng=rng,
            )
            met_before[going, film] = True
        now = _day(begin + timedelta(minutes=SIZE))
        able = typical_hit(world, readers.ability(world, now)) >= world.mastery
        mastered[able.all(axis=1) & np.isinf(mastered)] = read + SIZE
        most = np.delete(able, rarest, axis=1).all(axis=1)
        but_rarest[most & np.isinf(but_rarest)] = read + SIZE
        if read + SIZE == world.equal_cases:
            kept = typical_hit(world, readers.ability(world, now + world.rest_days))
    return Outcome(mastered, but_rarest, kept.mean(axis=1), kept @ shares, kept[:, rarest])


def _read_films(
    world: World,
    listeners: Sequence[Order] | None,
    libraries: Libraries,
    readers: Readers,
    going: Ints,
    library: Ints,
    film: Ints,
    *,
    repeated: NDArray[np.bool_],
    at: datetime,
    rng: np.random.Generator,
) -> None:
    discrimination = libraries.discrimination[library, film]
    difficulty = libraries.difficulty[library, film]
    for findings in (libraries.first, libraries.second):
        shown = findings[library, film]
        here = np.flatnonzero(shown != NOBODY)
        hits = expose(
            world,
            readers,
            going[here],
            shown[here],
            discrimination=discrimination[here],
            difficulty=difficulty[here],
            repeated=repeated[here],
            day=_day(at),
            rng=rng,
        )
        if listeners is None:
            continue
        for number, hit in zip(here.tolist(), hits.tolist(), strict=True):
            # Where the ratings of a case come to rest: its difficulty on their scale.
            value = START_RATING + GLICKO_SCALE * world.discrimination * difficulty[number]
            listeners[going[number]].saw(
                Seen(
                    int(shown[number]),
                    hit,
                    not repeated[number],
                    Rating(float(value), CASE_DEVIATION),
                    at,
                )
            )


def _day(at: datetime) -> float:
    return (at - START) / timedelta(days=1)


def simulate(world: World, names: Sequence[str] = ORDERS) -> dict[str, Outcome]:
    """Each order with the same libraries and the same readers at their start; seeded."""
    outcomes = {}
    for name in names:
        rng = np.random.default_rng(world.seed)
        libraries, readers = draw_libraries(world, rng), draw_readers(world, rng)
        outcomes[name] = follow(world, name, libraries, readers, rng)
    return outcomes


# --- figures -----------------------------------------------------------------------

RESAMPLES: Final = 1000
SMALL: Final = 40
# Days and shares of the way, around what the page of documentation gives reasons for.
FORGETTING: Final = {"none": math.inf, "240 days": 240.0, "60 days": 60.0, "15 days": 15.0}
LEARNING: Final = {"half": 0.5, "as assumed": 1.0, "double": 2.0}
OTHERWISE: Final[dict[str, dict[str, Any]]] = {
    "as assumed": {},
    "findings as frequent as the root of the prevalence": {"unequal": 0.5},
    "all findings equally frequent": {"unequal": 0.0},
    "equally frequent, no forgetting": {"unequal": 0.0, "stability_days": math.inf},
    "equally frequent, forgetting in 15 days": {"unequal": 0.0, "stability_days": 15.0},
    "a film read before teaches nothing": {"repeat": 0.0},
    "a film read before teaches as much as a new one": {"repeat": 1.0},
    "no spacing effect": {"spacing": 0.0},
    "forgetting by a power law": {"power_law": True},
    "a hit teaches as much as a miss": {"gain_hit": 0.03, "gain_miss": 0.03},
    "10 films a day": {"a_day": 10},
    "40 films a day": {"a_day": 40},
    "readers alike in every finding": {"finding_spread": 0.0},
    "readers twice as uneven": {"finding_spread": 1.0},
}


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its bootstrap interval of 95 %."""

    value: float
    low: float
    high: float


def median_cases(cases: Floats, films: int) -> float:
    """The median; ``films`` stands for everybody who read them all without mastery."""
    return float(np.median(np.minimum(cases, films)))


def saved(cases: Floats, against: Floats, films: int) -> float:
    """The share of cases saved at the median: too small where the other did not come to mastery."""
    return 1 - median_cases(cases, films) / median_cases(against, films)


def resampled(world: World, rng: np.random.Generator) -> Ints:
    """The readers of libraries drawn with replacement: who shares one is no new evidence."""
    drawn = rng.integers(0, world.libraries, world.libraries)
    library = np.arange(world.learners) % world.libraries
    return np.concatenate([np.flatnonzero(library == number) for number in drawn])


def interval(world: World, statistic: Callable[[Ints], float]) -> Interval:
    """``statistic`` takes the numbers of readers. Percentile bootstrap, seeded."""
    rng = np.random.default_rng(world.seed)
    values = [statistic(resampled(world, rng)) for _resample in range(RESAMPLES)]
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(statistic(np.arange(world.learners)), float(low), float(high))


def cases_text(cases: float, films: int) -> str:
    return f"over {films:,}" if cases >= films else f"{cases:,.0f}"


def with_interval(world: World, cases: Floats) -> str:
    """The median number of cases."""
    median = interval(world, lambda who: median_cases(cases[who], world.films))
    value, low, high = (
        cases_text(part, world.films) for part in (median.value, median.low, median.high)
    )
    return value if value == low == high else f"{value} ({low} to {high})"


def mean_with_interval(world: World, kept: Floats) -> str:
    mean = interval(world, lambda who: float(kept[who].mean()))
    return f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"


def saved_with_interval(world: World, cases: Floats, against: Floats) -> str:
    share = interval(world, lambda who: saved(cases[who], against[who], world.films))
    return f"{bound(world, against)}{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def bound(world: World, against: Floats) -> str:
    return "≥ " if median_cases(against, world.films) >= world.films else ""


def saved_text(world: World, cases: Floats, against: Floats) -> str:
    if median_cases(cases, world.films) >= world.films:
        return "–"
    return f"{bound(world, against)}{saved(cases, against, world.films):.0%}"


def print_orders(world: World, outcomes: dict[str, Outcome]) -> None:
    """The main table, every order with intervals, and what practice saves against each."""
    print("| order | cases to mastery | came to it | cases, all but the rarest |")
    print("| --- | --- | --- | --- |")
    for name, outcome in outcomes.items():
        reached = np.isfinite(outcome.cases_to_mastery).mean()
        median = with_interval(world, outcome.cases_to_mastery)
        but_rarest = with_interval(world, outcome.but_rarest)
        print(f"| {name} | {median} | {reached:.0%} | {but_rarest} |")
    print("\n| practice saves against | all findings | all but the rarest |\n| --- | --- | --- |")
    practice = outcomes["practice"]
    for name in ORDERS[:-1]:
        every = saved_with_interval(
            world, practice.cases_to_mastery, outcomes[name].cases_to_mastery
        )
        most = saved_with_interval(world, practice.but_rarest, outcomes[name].but_rarest)
        print(f"| {name} | {every} | {most} |")
    print(
        "\n| kept | mean of findings | weighed by prevalence | rarest |\n| --- | --- | --- | --- |"
    )
    for name, outcome in outcomes.items():
        kept = (outcome.kept, outcome.kept_by_prevalence, outcome.rarest_kept)
        print(f"| {name} | {' | '.join(mean_with_interval(world, part) for part in kept)} |")


COMPARED: Final = ("random", "in turn", "practice")
HEAD: Final = (
    "cases: random | in turn | practice | saved against random | all but the rarest "
    "| against in turn | kept: random | in turn | practice |"
)


def row(world: World) -> str:
    """Cells of a sensitivity table, as ``HEAD`` names them."""
    outcomes = simulate(world, COMPARED)
    random, in_turn, practice = (outcomes[name] for name in COMPARED)
    cells = [
        cases_text(median_cases(each.cases_to_mastery, world.films), world.films)
        for each in (random, in_turn, practice)
    ]
    cells.append(saved_text(world, practice.cases_to_mastery, random.cases_to_mastery))
    cells.append(saved_text(world, practice.but_rarest, random.but_rarest))
    cells.append(saved_text(world, practice.cases_to_mastery, in_turn.cases_to_mastery))
    cells += [f"{each.kept.mean():.3f}" for each in (random, in_turn, practice)]
    return " | ".join(cells)


def main(learners: int) -> None:
    began = time.process_time()
    world = World(learners=learners)
    print_orders(world, simulate(world))
    small = replace(world, learners=min(learners, SMALL))
    print(f"\n| forgetting to 1/e | learning | {HEAD}\n|{' --- |' * 11}")
    for forgetting, days in FORGETTING.items():
        for learning, times in LEARNING.items():
            changed = replace(
                small,
                stability_days=days,
                gain_hit=world.gain_hit * times,
                gain_miss=world.gain_miss * times,
            )
            print(f"| {forgetting} | {learning} | {row(changed)} |", flush=True)
    print(f"\n| otherwise | {HEAD}\n|{' --- |' * 10}")
    for said, changes in OTHERWISE.items():
        print(f"| {said} | {row(replace(small, **changes))} |", flush=True)
    print(f"\n{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else World().learners)
