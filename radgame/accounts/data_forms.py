"""The last form somebody fills in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import User


class DeleteForm(forms.Form):
    """Asks for the password; a guest, who has none, for a tick."""

    password = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    sure = forms.BooleanField(label=_("Delete everything"))

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data)
        self.person = person
        del self.fields["password" if not person.has_usable_password() else "sure"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.person.check_password(password):
            raise forms.ValidationError(_("This is not your password. Nothing was deleted."))
        return password
