"""The form of the report game: the entrance for what its page sends."""

from typing import Any

from django import forms

from radgame.playing.forms import CommitForm
from radgame.playing.services import AnswerError

from .readings import ReadingRules, read_reading, require_text


class TextField(forms.Field):
    """Text as it was typed: not stripped, and cleaned where the rest of a reading is."""

    def to_python(self, value: Any) -> str:
        return value if isinstance(value, str) else ""


class ReadingForm(CommitForm):
    """A reading and the seconds spent on it; ``cleaned_data`` has them as a service takes them."""

    findings = TextField(required=False)
    impression = TextField(required=False)

    def __init__(self, data: object, *, rules: ReadingRules) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self._rules = rules

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data
        try:
            reading = require_text(read_reading(sent["findings"], sent["impression"], self._rules))
        except AnswerError as error:
            raise forms.ValidationError(str(error)) from error
        return {"reading": reading, "elapsed_s": sent.get("elapsed_s", 0.0)}


class PollForm(forms.Form):
    """Which time the page asks for the second judge's mark."""

    turn = forms.IntegerField(min_value=0, max_value=1000, required=False)

    def clean_turn(self) -> int:
        return self.cleaned_data["turn"] or 0
