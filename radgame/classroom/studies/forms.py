"""The protocol of a study, as one form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from radgame.accounts.models import User
from radgame.cases.models import Play
from radgame.classroom.assigning import assignable_sets
from radgame.classroom.forms import MOMENT, ByTheCohortsClock, WallMoment, moment_field
from radgame.classroom.models import Arm, Cohort, Trial

from .services import FEWEST_ARMS, MOST_ARMS, ArmPlan, create_trial, extend_trial

PROPOSED = (
    (_("Active"), Arm.Mode.ACTIVE),
    (_("Passive"), Arm.Mode.PASSIVE),
)


KEEPS_FILMS: Final = _(
    "Until then, whoever in the cohort has not done the last test cannot play the films of the "
    "tests freely. Empty: until you close it by hand."
)


@dataclass(frozen=True, slots=True)
class ArmFields:
    """The three fields of an arm, as the page lists them."""

    number: int
    name: forms.BoundField
    mode: forms.BoundField
    training_set: forms.BoundField
    is_needed: bool


class ExtendForm(forms.Form):
    """Until when a study runs, by the cohort's clock."""

    closes_at = WallMoment(
        label=_("Closes"),
        widget=moment_field(),
        required=False,
        help_text=_(
            "Later than now planned; empty: it stays open until you close it, and as long keeps "
            "the films of its tests from free play."
        ),
    )

    def __init__(self, data: Any = None, *, trial: Trial) -> None:
        self._trial = trial
        super().__init__(data, initial={"closes_at": self._as_shown(trial.closes_at)})

    def _as_shown(self, moment: datetime | None) -> str:
        return "" if moment is None else moment.astimezone(self._trial.cohort.zone).strftime(MOMENT)

    def clean_closes_at(self) -> datetime | None:
        """What was not touched stays: its seconds, and of a repeated hour the second."""
        typed: datetime | None = self.cleaned_data["closes_at"]
        before = self._trial.closes_at
        return before if self._as_shown(typed) == self._as_shown(before) else typed

    def full_clean(self) -> None:
        with timezone.override(self._trial.cohort.zone):
            super().full_clean()

    def extend(self) -> None:
        extend_trial(trial=self._trial, closes_at=self.cleaned_data["closes_at"])


class TrialForm(ByTheCohortsClock):
    games = forms.MultipleChoiceField(
        choices=Play.choices, label=_("Games"), widget=forms.CheckboxSelectMultiple
    )
    shows_checklist = forms.BooleanField(
        required=False,
        label=_("Show the checklist"),
        help_text=_("Report: the list of regions stands beside the text, in tests and training."),
    )

    class Meta:
        model = Trial
        fields = [
            *("title", "description", "pre_set", "post_set", "opens_at", "closes_at"),
            *("is_shuffled", "allows_overlap"),
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}
        labels = {
            "description": _("What those who take part are told"),
            "pre_set": _("Pre-test"),
            "post_set": _("Post-test"),
            "is_shuffled": _("Shuffle the cases"),
            "allows_overlap": _("Training may hold cases of a test"),
        }
        help_texts = {
            "description": _(
                "Read before they agree: what it is for, how long it takes, what becomes of the "
                "results, that they may stop. Do not name the arms if they should not be known."
            ),
            "post_set": _(
                "The same set as before the training, or a parallel one without a case in common. "
                "Feedback of both tests is shown when a learner has done the post-test."
            ),
            "is_shuffled": _("Each learner gets an order of their own, in tests and training."),
            "allows_overlap": _(
                "Without this, a training set that shares a case with a test is refused: its "
                "answer would be seen before the post-test."
            ),
        }

    def __init__(self, data: Any = None, *, cohort: Cohort, maker: User) -> None:
        self.cohort = cohort
        self._maker = maker
        initial: dict[str, Any] = {
            "opens_at": self.as_shown(timezone.now()),
            "games": [Play.LOCALIZE.value],
            "is_shuffled": True,
        }
        for number, (proposed, mode) in enumerate(PROPOSED):
            initial |= {f"arm_{number}_name": proposed, f"arm_{number}_mode": mode}
        super().__init__(data, initial=initial)
        sets = assignable_sets(maker)
        for number in range(MOST_ARMS):
            needed = number < FEWEST_ARMS
            self.fields[f"arm_{number}_name"] = forms.CharField(
                max_length=40, required=needed, label=_("Name")
            )
            self.fields[f"arm_{number}_mode"] = forms.ChoiceField(
                choices=Arm.Mode.choices, required=needed, label=_("Training")
            )
            self.fields[f"arm_{number}_set"] = forms.ModelChoiceField(
                queryset=sets, required=needed, label=_("Case set"), empty_label=_("Choose a set")
            )
        self.fields["closes_at"].help_text = KEEPS_FILMS
        for name in ("pre_set", "post_set"):
            field = self.fields[name]
            field.queryset = sets  # type: ignore[attr-defined]
            field.empty_label = _("Choose a case set")  # type: ignore[attr-defined]

    @property
    def arms(self) -> list[ArmFields]:
        return [
            ArmFields(
                number=number + 1,
                name=self[f"arm_{number}_name"],
                mode=self[f"arm_{number}_mode"],
                training_set=self[f"arm_{number}_set"],
                is_needed=number < FEWEST_ARMS,
            )
            for number in range(MOST_ARMS)
        ]

    @property
    def opens_further_arms(self) -> bool:
        """Whether something was typed for an arm that need not be there."""
        return any(arm.name.value() for arm in self.arms if not arm.is_needed)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        for number in range(FEWEST_ARMS, MOST_ARMS):
            if cleaned.get(f"arm_{number}_name") and not cleaned.get(f"arm_{number}_set"):
                self.add_error(f"arm_{number}_set", _("Choose what this arm trains on."))
        return cleaned

    def create(self) -> Trial:
        asked = dict(self.cleaned_data)
        arms = []
        for number in range(MOST_ARMS):
            name, mode, case_set = (
                asked.pop(f"arm_{number}_{part}") for part in ("name", "mode", "set")
            )
            if name:
                arms.append(ArmPlan(name, mode, case_set))
        games = [Play(game) for game in asked.pop("games")]
        return create_trial(
            cohort=self.cohort, made_by=self._maker, games=games, arms=arms, **asked
        )
