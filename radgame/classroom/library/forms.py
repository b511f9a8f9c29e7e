"""What instructors ask of the library, and send to it."""

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from radgame.accounts.models import User
from radgame.cases.models import Audience, Case, CaseSet, CaseSetItem, Dataset, Finding, Play
from radgame.cases.models.case import audiences_of
from radgame.cases.versions import Options

from . import services
from .drawing import Recipe
from .rules import Rule, places_for_findings
from .search import Agreed, Difficulty, Held, Looked, Query, Shows, Smallest

SEEDS = 2**31
ANY = ("", _("Any"))


def _choice(label: Any, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[ANY, *choices], required=False)


class SourceForm(forms.Form):
    """Where cases come from: what a search and a rule have in common."""

    findings = forms.MultipleChoiceField(
        label=_("Findings"), required=False, widget=forms.CheckboxSelectMultiple
    )
    dataset = forms.ChoiceField(label=_("Dataset"), required=False)
    play = _choice(_("Game"), Play.choices)
    difficulty = _choice(_("Difficulty"), Difficulty.choices)
    view = _choice(_("View"), Looked.choices)
    agreement = _choice(_("Agreement of radiologists"), Agreed.choices)
    smallest = _choice(_("Smallest region"), Smallest.choices)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        datasets = Dataset.objects.filter(audience__in=audiences_of(person))
        findings = Finding.objects.filter(datasets__in=datasets).distinct()
        self.fields["dataset"].choices = [  # type: ignore[attr-defined]
            ANY,
            *((dataset.slug, dataset.name) for dataset in datasets),
        ]
        self.fields["findings"].choices = [  # type: ignore[attr-defined]
            (finding.slug, finding.name) for finding in findings
        ]
        self._datasets = datasets

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("difficulty") and not cleaned.get("play"):
            self.add_error("difficulty", _("Choose a game: a case is as hard as it is in one."))
        return cleaned

    def source(self, case_set: CaseSet | None = None) -> Query:
        """What was asked, but for the findings."""
        asked = self.cleaned_data
        dataset = self._datasets.filter(slug=asked["dataset"]) if asked["dataset"] else []
        return Query(
            datasets=tuple(row.pk for row in dataset),
            view=asked["view"],
            play=asked["play"],
            difficulty=asked["difficulty"],
            agreement=asked["agreement"],
            smallest=asked["smallest"],
            case_set=case_set,
        )


class SearchForm(SourceForm):
    shows = _choice(_("Normal or not"), Shows.choices)
    held = _choice(_("The set you make"), Held.choices)

    field_order = ["findings", "dataset", "shows", "play", "difficulty", "view"]

    def query(self, case_set: CaseSet | None) -> Query:
        asked = self.cleaned_data
        source = self.source(case_set)
        return Query(
            datasets=source.datasets,
            findings=tuple(asked["findings"]),
            view=source.view,
            shows=asked["shows"],
            play=source.play,
            difficulty=source.difficulty,
            agreement=source.agreement,
            smallest=source.smallest,
            held=asked["held"],
            case_set=case_set,
        )


class RuleForm(SourceForm):
    """“20 cases, 30 % normal, pneumothorax and effusion, medium.”"""

    size = forms.IntegerField(label=_("Cases"), min_value=1, max_value=200)
    normal_percent = forms.IntegerField(
        label=_("Normal, in %"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("Empty: none with findings, else as it comes."),
    )
    play = forms.ChoiceField(label=_("Game"), choices=Play.choices)
    seed = forms.IntegerField(
        min_value=0, max_value=SEEDS - 1, required=False, widget=forms.HiddenInput
    )

    field_order = ["size", "normal_percent", "findings", "play", "difficulty", "dataset", "view"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        findings = cleaned.get("findings") or []
        if findings and not self.errors and places_for_findings(self._rule()) < len(findings):
            self.add_error(
                "findings", _("There are more findings than cases left for them. Ask for more.")
            )
        return cleaned

    def _rule(self) -> Rule:
        asked = self.cleaned_data
        return Rule(asked["size"], asked["normal_percent"], tuple(asked["findings"]))

    def recipe(self) -> Recipe:
        seed = self.cleaned_data["seed"]
        return Recipe(self._rule(), self.source(), new_seed() if seed is None else seed)


def new_seed() -> int:
    return secrets.randbelow(SEEDS)


class SetForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a set is called, who may play it, and what it asks of them."""

    class Meta:
        model = CaseSet
        fields = [
            *("title", "description", "audience"),
            *("asks_impression", "shows_checklist", "model_judge_counts"),
        ]
        labels = {
            "audience": _("Who may play it"),
            "asks_impression": _("Ask for an impression"),
            "shows_checklist": _("Show the checklist"),
            "model_judge_counts": _("The judge by model counts"),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [Audience.OWNER, Audience.INSTRUCTORS, Audience.SIGNED_IN]
        # What the administration chose stays, and can be chosen away.
        if self.instance.pk and self.instance.audience not in offered:
            offered.append(Audience(self.instance.audience))
        self.fields["audience"].choices = [  # type: ignore[attr-defined]
            (audience.value, audience.label) for audience in offered
        ]
        if not self.instance.pk:
            self.initial["audience"] = Audience.OWNER

    def _words(self) -> dict[str, Any]:
        asked = dict(self.cleaned_data)
        options = Options(
            asks_impression=asked.pop("asks_impression"),
            shows_checklist=asked.pop("shows_checklist"),
            model_judge_counts=asked.pop("model_judge_counts"),
        )
        return {**asked, "options": options}

    def create(self, owner: User) -> CaseSet:
        return services.create_set(owner=owner, **self._words())

    def describe(self, case_set: CaseSet) -> CaseSet:
        return services.describe_set(case_set=case_set, **self._words())


class CasesForm(forms.Form):
    """Cases chosen by hand, by their public ids, in the order in which they were sent.

    ``title``: of the set to make of them, where there is none yet.
    """

    cases = forms.MultipleChoiceField(required=False)
    title = forms.CharField(max_length=120, required=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        del self.fields["cases"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sent = self.data.getlist("cases")  # type: ignore[attr-defined]
        keys = [key for key in map(_uuid_of, sent[: services.MOST_CASES + 1]) if key is not None]
        found = self._open_cases().in_bulk(keys, field_name="public_id")
        chosen = [found[key] for key in dict.fromkeys(keys) if key in found]
        if not chosen:
            raise forms.ValidationError(_("No case was chosen: tick some first."))
        return {**cleaned, "chosen": chosen}

    def _open_cases(self) -> QuerySet[Case]:
        return Case.objects.open_to(self.person)

    def add_to(self, case_set: CaseSet) -> CaseSet:
        return services.add_cases(case_set=case_set, cases=self.cleaned_data["chosen"])

    def create(self) -> CaseSet:
        title = self.cleaned_data["title"].strip() or str(_("New set"))
        chosen = self.cleaned_data["chosen"]
        return services.create_set(owner=self.person, title=title, cases=chosen)


def _uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class PlaceForm(forms.Form):
    """One case of a set, and where it goes: up, down, or out."""

    case = forms.UUIDField()
    to = forms.ChoiceField(choices=[("up", "up"), ("down", "down"), ("out", "out")])

    def __init__(self, *args: Any, case_set: CaseSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case_set = case_set

    def clean_case(self) -> int:
        item = CaseSetItem.objects.filter(
            case_set=self.case_set, case__public_id=self.cleaned_data["case"]
        ).first()
        if item is None:
            raise forms.ValidationError(_("The case is no longer in the set."))
        return item.case_id

    def apply(self) -> CaseSet:
        case_id, to = self.cleaned_data["case"], self.cleaned_data["to"]
        if to == "out":
            return services.remove_case(case_set=self.case_set, case_id=case_id)
        by = -1 if to == "up" else 1
        return services.move_case(case_set=self.case_set, case_id=case_id, by=by)
