"""The report game's own rows: sittings, attempts, and what a judge by model made of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Play
from radgame.jobs import Job, failed_jobs_index, open_jobs_index
from radgame.playing.models import (
    BaseAttempt,
    BaseExposure,
    BaseSitting,
    GameRows,
    attempt_once_per_place,
    one_open_sitting,
    one_sitting_an_assignment,
    shown_by_reader,
    shown_once_per_place,
    submitted_means_scored,
)
from radgame.queues import GPU


class Sitting(BaseSitting):
    class Meta:
        indexes = [models.Index(fields=["reader", "-started_at"], name="report_sitting_by_reader")]
        constraints = [
            one_open_sitting("report_one_open_sitting"),
            one_sitting_an_assignment("report_one_sitting_an_assignment"),
        ]


class Attempt(BaseAttempt):
    """``answer`` is the reading as it was typed, section by section."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="attempts")

    class Meta:
        constraints = [
            attempt_once_per_place("report_once_per_place"),
            submitted_means_scored("report_submitted_scored"),
        ]


class Exposure(BaseExposure):
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="exposures")

    class Meta:
        constraints = [shown_once_per_place("report_shown_once_per_place")]
        indexes = [shown_by_reader("report_shown_by_reader")]


class Judgement(Job):
    """What a judge by model made of a reading, beside the mark that was given at once.

    ``marking``: as ``Attempt.result`` holds the marking by rules, which is kept whichever counts.
    An attempt's score, and its outcome in the ledger, are those of the judgement that counts, once
    it is done; else those of the rules.
    """

    queue = GPU

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="judgements")
    judge = models.CharField(max_length=20)
    # Settled when it is asked for: the learner was told before the submit who has the last word.
    counts = models.BooleanField(
        default=False, help_text=_("Once done, its mark is what the attempt is worth.")
    )
    marking = models.JSONField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    version = models.CharField(max_length=80, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    drop_reason = models.CharField(max_length=30, blank=True)
    dropped_text = models.TextField(
        blank=True, help_text=_("For staff: why no mark could be made of the answer.")
    )

    class Meta:
        indexes = [open_jobs_index("judgement_open"), failed_jobs_index("judgement_failed")]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "judge"], name="judgement_once"),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=models.Q(counts=True),
                name="one_judgement_counts",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done")
                | models.Q(marking__isnull=False, score__isnull=False),
                name="judgement_done_is_scored",
            ),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__gte=0, score__lte=1),
                name="judgement_score_in_0_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.judge} on {self.attempt_id} ({self.state})"

    @property
    def decides(self) -> bool:
        """Whether the attempt's score is this one's now."""
        return self.counts and self.state == self.State.DONE


ROWS = GameRows(Play.REPORT, Sitting, Attempt, Exposure)
