"""The box game's own rows: sittings, attempts, and what a model said of the films."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Case, Finding, Play
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


def empty_answer() -> dict[str, object]:
    return {"marks": [], "selected": [], "normal": False}


class Sitting(BaseSitting):
    class Meta:
        indexes = [models.Index(fields=["reader", "-started_at"], name="sitting_by_reader")]
        constraints = [
            one_open_sitting("one_open_sitting"),
            one_sitting_an_assignment("one_sitting_an_assignment"),
        ]


class Attempt(BaseAttempt):
    """``answer`` is the marks as they were drawn, the ticks, and whether it was called normal."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="attempts")
    answer = models.JSONField(default=empty_answer)

    class Meta:
        constraints = [
            attempt_once_per_place("attempt_once_per_place"),
            submitted_means_scored("submitted_means_scored"),
        ]


class Exposure(BaseExposure):
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="exposures")

    class Meta:
        constraints = [shown_once_per_place("localize_shown_once_per_place")]
        indexes = [shown_by_reader("localize_shown_by_reader")]


class Explanation(Job):
    """A model's words about a finding on a film, or about a mark where there is none.

    Those about the reference standard are made once and shared by all learners; one about a false
    mark belongs to the attempt it was made in. ``fingerprint`` is a digest of all that the model
    was asked about, so that a corrected reference standard asks anew.
    """

    queue = GPU

    class Kind(models.TextChoices):
        MISSED = "missed", _("What the experts marked")
        FALSE_MARK = "false_mark", _("What the learner marked in error")

    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    case = models.ForeignKey(Case, models.CASCADE, related_name="explanations")
    finding = models.ForeignKey(Finding, models.CASCADE, related_name="explanations")
    attempt = models.ForeignKey(
        Attempt, models.CASCADE, null=True, blank=True, related_name="explanations"
    )
    film = models.CharField(max_length=64, help_text=_("The film's token."))
    regions = models.JSONField(default=list, help_text=_("Boxes in source pixels."))
    present = models.JSONField(default=list, help_text=_("What the experts did mark on the film."))
    sentence = models.TextField(blank=True)
    text = models.TextField(blank=True)
    explainer = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=200, blank=True)
    revision = models.CharField(max_length=64, blank=True)
    prompt_version = models.CharField(max_length=20, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    drop_reason = models.CharField(max_length=30, blank=True)
    dropped_text = models.TextField(blank=True, help_text=_("For staff: what was not shown."))
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["case", "kind"], name="explanation_by_case"),
            open_jobs_index("explanation_open"),
            failed_jobs_index("explanation_failed"),
            # For two of the staff's shelves; the third goes by the open flags.
            models.Index(
                fields=["-finished_at", "id"],
                condition=models.Q(state=Job.State.DROPPED),
                name="explanation_dropped",
            ),
            models.Index(
                fields=["-withdrawn_at", "id"],
                condition=models.Q(withdrawn_at__isnull=False),
                name="explanation_withdrawn",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="missed", attempt__isnull=True)
                | models.Q(kind="false_mark", attempt__isnull=False),
                name="explanation_shared_or_own",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | ~models.Q(text=""),
                name="explanation_done_has_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.finding_id} on {self.case_id} ({self.state})"

    @property
    def is_shown(self) -> bool:
        return self.state == self.State.DONE and self.withdrawn_at is None


class ExplanationFlag(models.Model):
    """A learner says that a model's words are wrong; staff keep or withdraw them for everyone."""

    explanation = models.ForeignKey(Explanation, models.CASCADE, related_name="flags")
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="explanation_flags"
    )
    comment = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["explanation", "reader"], name="explanation_flag_once")
        ]
        indexes = [
            models.Index(
                fields=["-created_at"],
                condition=models.Q(closed_at__isnull=True),
                name="explanation_flag_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} on {self.explanation_id}"


ROWS = GameRows(Play.LOCALIZE, Sitting, Attempt, Exposure)
