"""The form of the box game: the entrance for what its page sends."""

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
