"""Cases drawn by a rule, and why there are not as many as it asks for."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.progress.selection import draw

from .rules import Part, What, plan
from .rules import Rule as Shares
from .search import Count, Query, Shows, count_up_to, matching


@dataclass(frozen=True, slots=True)
class Recipe:
    """A rule with where to draw from. ``source``: datasets, game, difficulty and the like."""

    shares: Shares
    source: Query
    seed: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a part; ``why``: where it is short, what the library has."""

    part: Part
    got: int
    why: str = ""

    @property
    def is_short(self) -> bool:
        return self.got < self.part.count


@dataclass(frozen=True, slots=True)
class Drawn:
    """The cases in an order of chance, and part by part what was asked and what was found."""

    cases: tuple[Case, ...]
    parts: tuple[Filled, ...]

    @property
    def missing(self) -> int:
        return sum(filled.part.count - filled.got for filled in self.parts)


def draw_cases(*, person: User, recipe: Recipe, but: Sequence[int] = ()) -> Drawn:
    """Draw what the rule asks for; the same seed and library give the same cases.

    ``but``: cases by primary key that are not wanted again.
    """
    rng = random.Random(recipe.seed)  # noqa: S311 - which films a set has is no secret
    parts = plan(recipe.shares)
    pools = {part: matching(person, _query_of(part, recipe.source)) for part in parts}
    there = {part: count_up_to(pool) for part, pool in pools.items()}
    chosen: list[Case] = []
    filled: dict[Part, Filled] = {}
    # What is scarce first, or a film with two findings would be spent on the common one.
    for part in sorted(parts, key=lambda part: there[part].number):
        taken = [*but, *(case.pk for case in chosen)]
        cases = draw(pools[part], part.count, rng, but=taken)
        chosen += cases
        short = len(cases) < part.count
        why = _why_short(person, part, recipe.source, there[part], len(cases)) if short else ""
        filled[part] = Filled(part, len(cases), why)
    rng.shuffle(chosen)
    return Drawn(tuple(chosen), tuple(filled[part] for part in parts))


def _query_of(part: Part, source: Query) -> Query:
    match part.what:
        case What.NORMAL:
            return replace(source, shows=Shows.NORMAL)
        case What.FINDING:
            return replace(source, findings=(part.finding,))
        case What.ABNORMAL:
            return replace(source, shows=Shows.ABNORMAL)
        case What.ANY:
            return source


def _why_short(person: User, part: Part, source: Query, there: Count, got: int) -> str:
    """In words: how many there are, and how many there would be of any difficulty."""
    if there.number > got:
        # Only what is in the set, or in another part, is left out of a pool.
        return ngettext(
            "The library has %(there)d such case; the set has what is not counted here already.",
            "The library has %(there)d such cases; the set has those not counted here already.",
            there.number,
        ) % {"there": there.number}
    said = ngettext(
        "The library has %(there)d such case that you may see.",
        "The library has %(there)d such cases that you may see.",
        there.number,
    ) % {"there": there.number}
    if source.difficulty:
        any_way = count_up_to(matching(person, _query_of(part, replace(source, difficulty=""))))
        said += " " + _(
            "Of whatever difficulty: %(number)s. A case that nobody has played counts as medium."
        ) % {"number": count_words(any_way)}
    return said


def count_words(count: Count) -> str:
    """A count as it is shown: exact, or that there are more."""
    return (_("more than %(number)d") if count.more else "%(number)d") % {"number": count.number}
