"""The report game's own rows: a sitting through a case set, and the attempts in it."""

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


class Sitting(BaseSitting):
    class Meta:
        indexes = [models.Index(fields=["reader", "-started_at"], name="report_sitting_by_reader")]
        constraints = [one_open_sitting("report_one_open_sitting")]


class Attempt(BaseAttempt):
    """``answer`` is the reading as it was typed, section by section."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="attempts")

    class Meta:
        constraints = [
            attempt_once_per_place("report_once_per_place"),
            submitted_means_scored("report_submitted_scored"),
        ]


ROWS = GameRows(Play.REPORT, Sitting, Attempt)
