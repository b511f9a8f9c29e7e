"""Badges in words: what each was for, and when; and what else there is to reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from radgame.accounts.models import User

from .badges import FILMS, FIRSTS, KEPT_DAYS, MASTERED, NORMALS, STREAK_DAYS
from .models import Badge, Game

TO_REACH: Final[Mapping[str, Promise]] = {
    Badge.Kind.NORMALS: gettext_lazy("%(count)d normal films in a row, each called normal."),
    Badge.Kind.FIRSTS: gettext_lazy("%(count)d films of a game, each read for the first time."),
    Badge.Kind.MASTERED: gettext_lazy(
        "A finding mastered: after %(films)d films with it or more, the lower bound of what you "
        "are expected to get of it is at %(share)d %%."
    ),
    Badge.Kind.TURNED_ROUND: gettext_lazy(
        "A weakness turned round: what you surely got less than half of, you surely get more "
        "than half of."
    ),
    Badge.Kind.KEPT: gettext_lazy(
        "A finding kept: once missed, found since, and found again after %(days)d days without it."
    ),
    Badge.Kind.STREAK: gettext_lazy("%(days)d days in a row; days off in hand do not end them."),
}
_FIGURES: Final[Mapping[str, Mapping[str, int]]] = {
    Badge.Kind.NORMALS: {"count": NORMALS},
    Badge.Kind.FIRSTS: {"count": FIRSTS},
    Badge.Kind.MASTERED: {"films": FILMS, "share": round(100 * MASTERED)},
    Badge.Kind.TURNED_ROUND: {},
    Badge.Kind.KEPT: {"days": KEPT_DAYS},
    Badge.Kind.STREAK: {"days": STREAK_DAYS},
}


@dataclass(frozen=True, slots=True)
class Reached:
    """A badge as the page tells it."""

    title: str
    what_for: str
    earned_at: datetime


@dataclass(frozen=True, slots=True)
class Badges:
    """``open``: in sentences, what this reader has none of yet."""

    reached: tuple[Reached, ...]
    open: tuple[str, ...]


def badges_of(reader: User, names: Mapping[str, str]) -> Badges:
    """The latest first, in one query; ``names`` are those of findings by slug."""
    rows = list(Badge.objects.filter(reader=reader))
    known = {row.kind for row in rows}
    return Badges(
        reached=tuple(
            Reached(title, what_for, row.earned_at)
            for row in rows
            for title, what_for in [_words(row, names.get(row.scope, row.scope))]
        ),
        open=tuple(
            str(sentence) % _FIGURES[kind]
            for kind, sentence in TO_REACH.items()
            if kind not in known
        ),
    )


def _words(badge: Badge, finding: str) -> tuple[str, str]:
    """Its title, and the sentence that says what it was for."""
    game = str(Game(badge.game).label) if badge.game else ""
    told = {"finding": finding, "game": game, **badge.figures}
    match Badge.Kind(badge.kind):
        case Badge.Kind.NORMALS:
            return (
                _("%(count)d normal films in a row") % {"count": NORMALS},
                _("Each called normal, with nothing marked on it."),
            )
        case Badge.Kind.FIRSTS:
            return (
                _("%(count)d films, %(game)s") % {"count": FIRSTS, "game": game},
                _("Read for the first time; in %(right)d of them nothing was missed or wrong.")
                % told,
            )
        case Badge.Kind.MASTERED:
            return (
                _("%(finding)s, mastered") % told,
                _(
                    "After %(films)d films with it in %(game)s, you could be expected to get at "
                    "least %(share)d %% of it on a film of middling difficulty."
                )
                % {**told, "share": round(100 * MASTERED)},
            )
        case Badge.Kind.TURNED_ROUND:
            return (
                _("%(finding)s, turned round") % told,
                _(
                    "Once surely less than half of it, and after %(films)d films in %(game)s "
                    "surely more than half."
                )
                % told,
            )
        case Badge.Kind.KEPT:
            return (
                _("%(finding)s, kept") % told,
                _(
                    "Once missed in %(game)s, found on other films since, and found again after "
                    "%(days)d days without it."
                )
                % told,
            )
        case Badge.Kind.STREAK:
            return (
                _("%(days)d days in a row") % {"days": STREAK_DAYS},
                _("Days off in hand did not end them."),
            )
