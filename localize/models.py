"""The box game's own rows: a sitting through a case set, and the attempts in it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Case, CaseSet
from radgame.progress.models import Outcome


def empty_answer() -> dict[str, object]:
    return {"marks": [], "selected": [], "normal": False}


class Sitting(models.Model):
    """One reader going through one case set, from its first case to its summary."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="localize_sittings"
    )
    case_set = models.ForeignKey(CaseSet, models.CASCADE, related_name="localize_sittings")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["reader", "-started_at"], name="sitting_by_reader")]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "case_set"],
                condition=models.Q(finished_at__isnull=True),
                name="one_open_sitting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} at {self.case_set_id}"


class Attempt(models.Model):
    """One reader, one case, one game. The raw answer and the frozen result are both kept."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("In play")
        SUBMITTED = "submitted", _("Submitted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="localize_attempts"
    )
    case = models.ForeignKey(Case, models.CASCADE, related_name="localize_attempts")
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="attempts")
    position = models.PositiveIntegerField(help_text=_("Place in the case set, from 0."))
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    answer = models.JSONField(default=empty_answer)
    draft_revision = models.PositiveIntegerField(default=0)
    draft_tab = models.CharField(
        max_length=36, blank=True, help_text=_("The browser tab that saved the draft last.")
    )
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    elapsed_s = models.FloatField(default=0)
    result = models.JSONField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    scorer_version = models.CharField(max_length=40, blank=True)
    outcome = models.OneToOneField(
        Outcome, models.SET_NULL, null=True, blank=True, related_name="localize_attempt"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitting", "position"], name="attempt_once_per_place"),
            models.CheckConstraint(
                condition=models.Q(status="draft", result__isnull=True)
                | models.Q(status="submitted", result__isnull=False, score__isnull=False),
                name="submitted_means_scored",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"

    @property
    def is_submitted(self) -> bool:
        return self.status == self.Status.SUBMITTED
