"""The forms of the box game: the entrance for what its pages send."""

from django import forms

from radgame.playing.forms import MAX_ANSWER_CHARACTERS, CommitForm
from radgame.playing.services import AnswerError

from .answers import Answer, AnswerRules, read_answer


class AnswerForm(CommitForm):
    """An answer and the seconds spent on it."""

    answer = forms.CharField(max_length=MAX_ANSWER_CHARACTERS)

    def __init__(self, data: object, *, rules: AnswerRules) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self._rules = rules

    def clean_answer(self) -> Answer:
        try:
            return read_answer(self.cleaned_data["answer"], self._rules)
        except AnswerError as error:
            raise forms.ValidationError(str(error)) from error


class WaitForm(forms.Form):
    """What an open page waits for: numbers of lines, as ``3-5``, and for how long it has."""

    lines = forms.RegexField(r"\A\d{1,4}(-\d{1,4}){0,200}\Z", required=False)
    waited = forms.IntegerField(min_value=0, max_value=86_400, required=False)

    def clean_lines(self) -> list[int]:
        return [int(line) for line in self.cleaned_data["lines"].split("-") if line]

    def clean_waited(self) -> int:
        return self.cleaned_data["waited"] or 0


class FlagWordsForm(forms.Form):
    """What is wrong with a model's words, if the reader likes to say it."""

    comment = forms.CharField(max_length=500, required=False, strip=True)


class JudgeWordsForm(forms.Form):
    """What staff decide about a model's words."""

    verdict = forms.ChoiceField(
        choices=[(name, name) for name in ("keep", "withdraw", "reinstate")]
    )
    # Which words they saw: those that stand there by now may be others.
    made_at = forms.DateTimeField()
