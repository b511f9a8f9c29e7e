"""The box game's own rows: a sitting through a case set, and the attempts in it."""

from django.db import models

from radgame.cases.models import Play
from radgame.playing.models import (
    BaseAttempt,
    BaseSitting,
    GameRows,
    attempt_once_per_place,
    one_open_sitting,
    submitted_means_scored,
)


def empty_answer() -> dict[str, object]:
    return {"marks": [], "selected": [], "normal": False}


class Sitting(BaseSitting):
    class Meta:
        indexes = [models.Index(fields=["reader", "-started_at"], name="sitting_by_reader")]
        constraints = [one_open_sitting("one_open_sitting")]


class Attempt(BaseAttempt):
    """``answer`` is the marks as they were drawn, the ticks, and whether it was called normal."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="attempts")
    answer = models.JSONField(default=empty_answer)

    class Meta:
        constraints = [
            attempt_once_per_place("attempt_once_per_place"),
            submitted_means_scored("submitted_means_scored"),
        ]


ROWS = GameRows(Play.LOCALIZE, Sitting, Attempt)
