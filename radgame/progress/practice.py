"""What to practise next: a small set made for one reader out of what they missed.

Six of ten films show a finding that is due; the others are normal or show something else, so that
the set itself gives nothing away. No film comes twice before the reader has read all that fit.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, Play
from radgame.cases.services import append_cases

from .models import ReaderRating, ReviewCard
from .plan import MOST_FINDINGS, findings_first, planned
from .selection import OVERALL, draw, longest_ago_by, unread_by, with_finding


class NothingToPractise(Exception):
    """There is no case that this reader may play."""


@dataclass(frozen=True, slots=True)
class Due:
    """How many findings are due for review in a game; ``since`` when the first of them is."""

    game: str
    findings: int
    since: datetime | None


def due_reviews(reader: User, now: datetime) -> dict[str, Due]:
    """By game, what is due: one query."""
    due: dict[str, list[datetime]] = {}
    cards = ReviewCard.objects.filter(reader=reader, due_at__lte=now).order_by("due_at")
    for game, due_at in cards.values_list("game", "due_at"):
        due.setdefault(game, []).append(due_at)
    return {game: Due(game, len(dates), dates[0]) for game, dates in due.items()}


def findings_to_practise(reader: User, play: Play, now: datetime) -> list[str]:
    """Slugs: what is due, longest first; then what the reader is weakest at."""
    due = ReviewCard.objects.filter(reader=reader, game=play.value, due_at__lte=now)
    slugs = list(due.order_by("due_at").values_list("scope", flat=True)[:MOST_FINDINGS])
    weakest = (
        ReaderRating.objects.filter(reader=reader, game=play.value)
        .exclude(scope__in=[OVERALL, *slugs])
        .order_by("value")
        .values_list("scope", flat=True)
    )
    return findings_first(due=slugs, weakest=list(weakest[:MOST_FINDINGS]))


def make_practice_set(
    *,
    reader: User,
    play: Play,
    avoid: "QuerySet[Any, int] | Sequence[int]" = (),
    now: datetime | None = None,
    seed: int | None = None,
) -> CaseSet:
    """A set of ten made for the reader; fewer where the library has fewer.

    ``avoid``: keys of cases that are no practice for them now. Raises ``NothingToPractise`` when
    there is no case at all.
    """
    now = now or timezone.now()
    rng = random.Random(seed)  # noqa: S311 - which films to practise on is no secret
    findings = findings_to_practise(reader, play, now)
    cases = choose_cases(reader, play, findings, rng, avoid=avoid)
    if not cases:
        raise NothingToPractise
    with transaction.atomic():
        made = CaseSet.objects.create(
            slug=f"practice-{get_random_string(16).lower()}",
            title=_("Practice"),
            owner=reader,
            made_for=reader,
        )
        append_cases(case_set=made, cases=cases)
    return made


def choose_cases(
    reader: User,
    play: Play,
    findings: Sequence[str],
    rng: random.Random,
    *,
    avoid: "QuerySet[Any, int] | Sequence[int]" = (),
) -> list[Case]:
    """The cases of a practice set, in the order of play."""
    open_cases = Case.objects.playable_by(reader, play).exclude(pk__in=avoid)
    fresh = unread_by(open_cases, reader, play)
    chosen: list[Case] = []
    plan = planned(findings)
    for share in plan.shares:
        shown = with_finding(fresh, share.finding, play)
        unread = draw(shown, share.films, rng, but=_keys(chosen))
        chosen += unread
        if len(unread) < share.films:
            # The pool is used up: the film that was read longest ago comes back first.
            read = longest_ago_by(with_finding(open_cases, share.finding, play), reader, play)
            chosen += read.exclude(pk__in=_keys(chosen))[: share.films - len(unread)]
    chosen += draw(fresh.filter(is_normal=True), plan.normal, rng, but=_keys(chosen))
    chosen += draw(fresh, plan.size - len(chosen), rng, but=_keys(chosen))
    if len(chosen) < plan.size:
        seen = longest_ago_by(open_cases, reader, play).exclude(pk__in=_keys(chosen))
        chosen += seen[: plan.size - len(chosen)]
    rng.shuffle(chosen)
    return chosen


def _keys(cases: Sequence[Case]) -> list[int]:
    return [case.pk for case in cases]
