"""What instructors and learners send about cohorts."""

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from radgame.accounts.forms import zone_choices
from radgame.accounts.models import User
from radgame.cases.models import Play

from . import services
from .assigning import assignable_sets, create_assignments, edit_assignment
from .models import CODE_LENGTH, Assignment, Cohort, JoinLink, Membership

# As browsers write a moment without a zone.
MOMENT = "%Y-%m-%dT%H:%M"


# What only studies give (``studies``).
RESERVED: Final = {
    "mode": Assignment.Mode.PASSIVE.value,
    "feedback": Assignment.Feedback.AFTER_STUDY.value,
}


class WallMoment(forms.DateTimeField):
    """A time on a clock; of an hour that the clock repeats, the first is meant.

    Django's field refuses every time in that hour, which a page may have been filled with.
    """

    def to_python(self, value: Any) -> datetime | None:
        typed = self._read(value)
        if typed is None or timezone.is_aware(typed):
            return super().to_python(value)
        first = typed.replace(tzinfo=timezone.get_current_timezone(), fold=0)
        second = first.replace(fold=1)
        is_repeated = first.utcoffset() > second.utcoffset()  # type: ignore[operator]
        # In the hour that is left out in spring the offsets lie the other way round: no such time.
        # As UTC, since Python finds a repeated time equal to none of another zone (PEP 495).
        return first.astimezone(UTC) if is_repeated else super().to_python(value)

    @staticmethod
    def _read(value: Any) -> datetime | None:
        try:
            return parse_datetime(value.strip()) if isinstance(value, str) else None
        except ValueError:
            return None


def moment_field() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)


def _name_of(membership: Membership) -> str:
    return membership.person.display_name


class CohortForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        choices=zone_choices,
        label=_("Time zone"),
        help_text=_(
            "Assignments open and close by this clock. If you change it later, each keeps its "
            "moment, so the times that are shown for it change: look at them again."
        ),
    )

    class Meta:
        model = Cohort
        fields = ["name", "description", "time_zone"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def create(self, instructor: User) -> Cohort:
        return services.create_cohort(instructor=instructor, **self.cleaned_data)


class ByTheCohortsClock(forms.ModelForm):  # type: ignore[type-arg]
    """What has moments in it: they are times on the cohort's wall, not on the server's."""

    opens_at = WallMoment(
        label=_("Opens"),
        widget=moment_field(),
        help_text=_("Of the hour that clocks repeat when summer time ends, the first is meant."),
    )
    closes_at = WallMoment(
        label=_("Closes"),
        widget=moment_field(),
        required=False,
        help_text=_("Empty: it stays open."),
    )
    cohort: Cohort

    def full_clean(self) -> None:
        with timezone.override(self.cohort.zone):
            super().full_clean()

    def _post_clean(self) -> None:
        """The service judges the whole; a model's checks would speak of constraints."""

    def as_shown(self, moment: datetime | None) -> str:
        """A moment as text, or the page would turn it to the server's clock."""
        return "" if moment is None else moment.astimezone(self.cohort.zone).strftime(MOMENT)


LATE: Final = _(
    "Cases may be submitted after closing; they are marked late. Where feedback waits for the "
    "closing, others have read the answers by then."
)


class AssignmentForm(ByTheCohortsClock):
    """An assignment in one game or in both; the service decides what is named in ``unsaid``."""

    games = forms.MultipleChoiceField(
        choices=Play.choices,
        label=_("Games"),
        help_text=_("Both: two assignments with the same conditions, shown together."),
        widget=forms.CheckboxSelectMultiple,
    )
    people = forms.ModelMultipleChoiceField(
        queryset=Membership.objects.none(),
        required=False,
        label=_("Only for"),
        help_text=_("Nobody chosen: for the whole cohort, also for who joins later."),
        widget=forms.CheckboxSelectMultiple,
    )
    shows_checklist = forms.NullBooleanField(
        required=False,
        label=_("Checklist"),
        help_text=_("Report: the list of regions stands beside the text."),
        widget=forms.Select(
            choices=[
                ("", _("As the case set has it; none in a test")),
                ("true", _("Shown")),
                ("false", _("Not shown")),
            ]
        ),
    )

    class Meta:
        model = Assignment
        fields = [
            *("title", "instructions", "case_set", "mode", "feedback", "opens_at", "closes_at"),
            *("accepts_late", "time_limit_min", "is_shuffled"),
            *("shows_explanations", "shows_checklist", "judge"),
        ]
        widgets = {"instructions": forms.Textarea(attrs={"rows": 3})}
        labels = {
            "accepts_late": _("Take late work"),
            "is_shuffled": _("Shuffle"),
            "shows_explanations": _("Explain in the feedback"),
        }
        help_texts = {"accepts_late": LATE}

    field_order = ("title", "instructions", "case_set", "games")

    def __init__(
        self, data: Any = None, *, cohort: Cohort, maker: User, unsaid: Collection[str] = ()
    ) -> None:
        self.cohort = cohort
        self._maker = maker
        now = timezone.now()
        initial = {"opens_at": self.as_shown(now), "games": [Play.LOCALIZE.value]}
        super().__init__(data, initial=initial)
        for name, reserved in RESERVED.items():
            field = self.fields[name]
            field.choices = [  # type: ignore[attr-defined]
                choice
                for choice in field.choices  # type: ignore[attr-defined]
                if choice[0] not in {"", reserved}
            ]
        judge = self.fields["judge"]
        judge.required, judge.initial = False, ""
        choices = [("", _("As the case set has it")), *judge.choices]  # type: ignore[attr-defined]
        judge.choices = choices  # type: ignore[attr-defined]
        # Where no model judges, there is nothing to choose.
        left_out = {*unsaid, *(() if settings.GAME_JUDGE else ("judge",))}
        for name in left_out:
            # A box that is not ticked would say no.
            del self.fields[name]
        self.fields["case_set"].empty_label = _("Choose a case set")  # type: ignore[attr-defined]
        learners = Membership.objects.learners().filter(cohort=cohort)
        self.fields["people"].queryset = learners.select_related("person")  # type: ignore[attr-defined]
        self.fields["people"].label_from_instance = _name_of  # type: ignore[attr-defined]
        self.fields["case_set"].queryset = assignable_sets(maker)  # type: ignore[attr-defined]

    def create(self) -> Assignment:
        """The first of what was made."""
        unsaid = {"shows_checklist": None, "judge": ""}
        conditions = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in unsaid or value != unsaid[name]
        }
        members = list(conditions.pop("people"))
        games = [Play(game) for game in conditions.pop("games")]
        return create_assignments(
            games=games, cohort=self.cohort, made_by=self._maker, members=members, **conditions
        )[0]


class EditAssignmentForm(ByTheCohortsClock):
    """What may be changed of an assignment; ``assigning.edit_assignment`` says how far."""

    class Meta:
        model = Assignment
        fields = ["title", "instructions", "opens_at", "closes_at", "accepts_late"]
        widgets = {"instructions": forms.Textarea(attrs={"rows": 3})}
        labels = {"accepts_late": _("Take late work")}
        help_texts = {"accepts_late": LATE}

    def __init__(self, data: Any = None, *, assignment: Assignment) -> None:
        self.cohort = assignment.cohort
        moments = {
            name: self.as_shown(getattr(assignment, name)) for name in ("opens_at", "closes_at")
        }
        super().__init__(data, instance=assignment, initial=moments)
        self._assignment = assignment

    def clean_opens_at(self) -> datetime:
        return self._unless_typed("opens_at") or self.cleaned_data["opens_at"]

    def clean_closes_at(self) -> datetime | None:
        return self._unless_typed("closes_at") or self.cleaned_data["closes_at"]

    def _unless_typed(self, name: str) -> datetime | None:
        # The field shows whole minutes, of a repeated hour the first or the second alike: what was
        # not touched stays. A program says the moment itself.
        if isinstance(self.data.get(name), datetime):
            return None
        before: datetime | None = getattr(self._assignment, name)
        same = before and self.as_shown(before) == self.as_shown(self.cleaned_data[name])
        return before if same else None

    def save_changes(self) -> None:
        edit_assignment(assignment=self._assignment, **self.cleaned_data)


class LinkForm(forms.Form):
    """How long a link is good for, by the cohort's clock: to the end of the day."""

    until = forms.DateField(
        required=False,
        label=_("Good until"),
        help_text=_("The end of this day, in the cohort's time zone. Empty: until revoked."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def create(self, cohort: Cohort, made_by: User) -> JoinLink:
        day = self.cleaned_data["until"]
        end = day and datetime.combine(day, time(23, 59, 59), tzinfo=cohort.zone)
        return services.create_link(cohort=cohort, made_by=made_by, expires_at=end or None)

    @classmethod
    def fresh(cls, cohort: Cohort) -> "LinkForm":
        until = services.default_expiry(timezone.now()).astimezone(cohort.zone).date()
        return cls(initial={"until": until})


class InstructorForm(forms.Form):
    name = forms.CharField(max_length=254, label=_("User name or email address"))

    def add(self, cohort: Cohort) -> Membership:
        return services.add_instructor(cohort=cohort, name=self.cleaned_data["name"].strip())


class CodeForm(forms.Form):
    """A code, however it was written down."""

    code = forms.CharField(
        max_length=40,
        label=_("Code"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_code(self) -> str:
        code = services.normal_code(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(
                _("A code has %(length)d letters and digits."), params={"length": CODE_LENGTH}
            )
        return code

    def join(self, person: User) -> services.Joined:
        return services.join_cohort(person=person, code=self.cleaned_data["code"])


def refuse(form: forms.BaseForm, error: Exception) -> Any:
    """Show a refusal of a service on the form it came from."""
    form.add_error(None, str(error))
    return form
