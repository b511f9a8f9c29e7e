"""Cases chosen by rule: with these findings, so many normal, so hard, not yet read.

Cases are drawn by their random public id from a random starting point, so that the cost is that of
the cases taken and not of the library.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from radgame.accounts.models import User
from radgame.cases.models import Case, Play, ReferenceFinding

from .models import CaseRating, Outcome

OVERALL: Final = ""


@dataclass(frozen=True, slots=True)
class Hardness:
    """A range of case ratings, open where None: ``low`` is in it, ``high`` is not."""

    low: float | None = None
    high: float | None = None


EASY: Final = Hardness(None, 1450)
MEDIUM: Final = Hardness(1450, 1600)
HARD: Final = Hardness(1600, None)


def with_finding(cases: QuerySet[Case], finding: str, play: Play) -> QuerySet[Case]:
    """Those that have the finding by their reference standard, or by how they were played."""
    said = ReferenceFinding.objects.filter(image__cases=OuterRef("pk"), finding__slug=finding)
    # A report's findings are known once somebody was compared with it.
    met = CaseRating.objects.filter(case=OuterRef("pk"), game=play.value, scope=finding)
    return cases.filter(Exists(said) | Exists(met))


def of_hardness(cases: QuerySet[Case], hardness: Hardness, play: Play) -> QuerySet[Case]:
    """Those whose rating lies in the range; a case without one is taken for medium."""
    rated = CaseRating.objects.filter(case=OuterRef("pk"), game=play.value, scope=OVERALL)
    inside = Q()
    if hardness.low is not None:
        inside &= Q(value__gte=hardness.low)
    if hardness.high is not None:
        inside &= Q(value__lt=hardness.high)
    unrated_too = (hardness.low or 0) <= 1500 < (hardness.high or 9999)
    in_range = Exists(rated.filter(inside))
    return cases.filter(in_range | ~Exists(rated) if unrated_too else in_range)


def unread_by(cases: QuerySet[Case], reader: User, play: Play) -> QuerySet[Case]:
    """Those that the reader never submitted in this game, nor was shown with the answer."""
    first = Outcome.objects.filter(
        reader=reader, game=play.value, case=OuterRef("pk"), is_first=True
    )
    # The games lie above; each names the way to what it showed like this (radgame.playing.models).
    shown = Q(**{f"{play.value}_exposures__reader": reader})
    return cases.exclude(Exists(first)).exclude(shown)


def longest_ago_by(cases: QuerySet[Case], reader: User, play: Play) -> QuerySet[Case]:
    """Those that the reader did submit, what was read longest ago first."""
    own = Q(outcomes__reader=reader, outcomes__game=play.value)
    return (
        cases.filter(own)
        .annotate(last_read=Max("outcomes__occurred_at", filter=own))
        .order_by(F("last_read"))
    )


def draw(
    cases: QuerySet[Case], count: int, rng: random.Random, *, but: Sequence[int] = ()
) -> list[Case]:
    """``count`` of these cases at random, fewer when there are not so many; none of ``but``."""
    if count <= 0:
        return []
    start = uuid.UUID(int=rng.getrandbits(128))
    rest = cases.exclude(pk__in=but).order_by("public_id")
    drawn = list(rest.filter(public_id__gte=start)[:count])
    if len(drawn) < count:
        drawn += rest.filter(public_id__lt=start)[: count - len(drawn)]
    rng.shuffle(drawn)
    return drawn
