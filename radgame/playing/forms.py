"""The forms every game has: entrances for what a page sends."""

import json

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_ANSWER_CHARACTERS = 200_000


class CommitForm(forms.Form):
    """What every submit brings: the seconds spent. A game adds its answer."""

    elapsed_s = forms.FloatField(min_value=0, required=False)

    def clean_elapsed_s(self) -> float:
        return float(self.cleaned_data["elapsed_s"] or 0.0)

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])


class LeaveForm(forms.Form):
    """The seconds a case was looked at; empty where the page could not count them."""

    elapsed_s = forms.FloatField(min_value=0, required=False)


class FlagForm(forms.Form):
    """What a learner disputes, in the learner's words."""

    line = forms.IntegerField(min_value=0, required=False)
    comment = forms.CharField(
        max_length=2000,
        strip=True,
        error_messages={"required": _("Write what you disagree with, then send it.")},
    )


class DraftForm(forms.Form):
    """A draft as the page's script sends it: one JSON object."""

    answer_text = forms.CharField(max_length=MAX_ANSWER_CHARACTERS)
    elapsed_s = forms.FloatField(min_value=0)
    revision = forms.IntegerField(min_value=0)
    # A name that the page made up for itself.
    tab = forms.RegexField(r"^[\x21-\x7e]*\Z", max_length=36, required=False)

    def __init__(self, body: bytes) -> None:
        super().__init__(_draft_fields(body))

    @property
    def first_error(self) -> str:
        return str(_("The draft did not arrive whole. It is kept in this browser."))


def _draft_fields(body: bytes) -> dict[str, object]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {
        "answer_text": json.dumps(data.get("answer")),
        "elapsed_s": data.get("elapsed_s"),
        "revision": data.get("revision"),
        "tab": data.get("tab"),
    }
