"""What of a cohort's work an instructor asks to see: one assignment or all of a game, and when."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Play
from radgame.classroom.models import Assignment, Cohort

from .heatmap import Measure

# Nothing was submitted before; and in some zones the first year began before there were years.
FIRST_DAY: Final = date(2000, 1, 1)


class Order(StrEnum):
    """Of the learners; what somebody may want to look after comes first."""

    NAME = "name"
    MEAN = "mean"
    CASES = "cases"


@dataclass(frozen=True, slots=True)
class Asked:
    """``assignments``: of one game only, since a box and a sentence are not the same skill.

    From ``since`` on and before ``before``; None where that end is open.
    """

    game: Play
    assignments: tuple[Assignment, ...]
    since: datetime | None = None
    before: datetime | None = None
    order: Order = Order.NAME
    measure: Measure = Measure.FOUND

    @property
    def keys(self) -> list[uuid.UUID]:
        return [assignment.pk for assignment in self.assignments]


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AskedForm(forms.Form):
    """Everything is optional; what cannot be read is said, and asked for as if left empty."""

    work = forms.ChoiceField(required=False, label=_("Work"))
    since = forms.DateField(required=False, label=_("From"), widget=_day())
    until = forms.DateField(required=False, label=_("To"), widget=_day())
    order = forms.ChoiceField(
        required=False,
        label=_("Order"),
        choices=[
            (Order.NAME, _("by name")),
            (Order.MEAN, _("lowest score first")),
            (Order.CASES, _("fewest cases first")),
        ],
    )
    # Switched by links beside the table; kept when something else is asked for.
    show = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[(measure.value, measure.value) for measure in Measure],
    )

    def __init__(self, data: Any, *, cohort: Cohort, assignments: Sequence[Assignment]) -> None:
        super().__init__(data)
        self.cohort, self.assignments = cohort, assignments
        played = {assignment.game for assignment in assignments}
        self.games = [play for play in Play if play in played] or [Play.LOCALIZE]
        field = self.fields["work"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                *[(play.value, _("All of %(game)s") % {"game": play.label}) for play in self.games],
                *[(str(assignment.pk), self._name(assignment)) for assignment in assignments],
            ]

    def _name(self, assignment: Assignment) -> str:
        """With its game where there are two: one given in both has one title."""
        if len(self.games) < 2:
            return assignment.title
        return f"{assignment.title}, {Play(assignment.game).label}"

    def asked(self) -> Asked:
        self.full_clean()
        values = self.cleaned_data
        work = values.get("work") or self.games[0].value
        one = tuple(found for found in self.assignments if str(found.pk) == work)
        game = Play(one[0].game if one else work)
        until = values.get("until")
        return Asked(
            game=game,
            assignments=one or tuple(a for a in self.assignments if a.game == game),
            since=self._midnight(values.get("since")),
            # No day follows the last one that there is: that end is open too.
            before=self._midnight(
                until + timedelta(days=1) if until and until < date.max else None
            ),
            order=Order(values.get("order") or Order.NAME),
            measure=Measure(values.get("show") or Measure.FOUND),
        )

    def _midnight(self, day: date | None) -> datetime | None:
        """When the day begins by the cohort's clock."""
        if day is None:
            return None
        return datetime.combine(max(day, FIRST_DAY), time.min, self.cohort.zone)
