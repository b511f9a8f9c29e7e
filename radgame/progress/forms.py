"""Forms of the ledger's pages."""

from django import forms

from radgame.accounts.models import User

from .models import Flag
from .services import close_flag


class SettleFlagForm(forms.Form):
    verdict = forms.ChoiceField(choices=[("upheld", "upheld"), ("dismissed", "dismissed")])
    reply = forms.CharField(max_length=2000, required=False, strip=True)

    def settle(self, flag: Flag, staff: User) -> None:
        close_flag(
            flag=flag,
            upheld=self.cleaned_data["verdict"] == "upheld",
            reply=self.cleaned_data["reply"],
            closed_by=staff,
        )
