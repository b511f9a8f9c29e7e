"""What somebody says of a token they make."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from radgame.accounts.models import User

from .models import Scope
from .tokens import Made, make_token, scopes_of

DAYS = [(30, _("30 days")), (90, _("90 days")), (365, _("One year"))]


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=60, label=_("Name"), help_text=_("What it is for, so that you know it again.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may be used to"), widget=forms.CheckboxSelectMultiple
    )
    is_read_only = forms.BooleanField(
        required=False, label=_("Only read"), help_text=_("It then changes and plays nothing.")
    )
    days = forms.TypedChoiceField(coerce=int, choices=DAYS, initial=90, label=_("Lasts"))

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data, initial={"scopes": [Scope.PLAY.value]})
        self.person = person
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope.value, scope.label) for scope in scopes_of(person)
        ]

    def make(self) -> Made:
        return make_token(person=self.person, **self.cleaned_data)
