"""The ledger of outcomes: what every attempt at every game was worth."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Case, Finding


class Game(models.TextChoices):
    LOCALIZE = "localize", _("Localize")
    REPORT = "report", _("Report")


class Outcome(models.Model):
    """One attempt's result. Games write it through ``services.record_outcome`` only."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="outcomes")
    game = models.CharField(max_length=10, choices=Game)
    case = models.ForeignKey(Case, models.CASCADE, related_name="outcomes")
    score = models.FloatField()
    seconds = models.FloatField()
    scorer_version = models.CharField(max_length=40)
    is_first = models.BooleanField()
    occurred_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["reader", "game", "-occurred_at"], name="outcome_by_reader"),
            models.Index(fields=["case", "game"], name="outcome_by_case"),
        ]
        constraints = [
            # First attempts rate, replays never do: the database itself keeps it at one.
            models.UniqueConstraint(
                fields=["reader", "game", "case"],
                condition=models.Q(is_first=True),
                name="one_first_attempt",
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=0, score__lte=1), name="outcome_score_in_0_1"
            ),
            models.CheckConstraint(
                condition=models.Q(seconds__gte=0), name="outcome_seconds_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.game} {self.score:.2f}"


class OutcomeLine(models.Model):
    """What happened with one finding of the attempt.

    ``finding``: of the taxonomy, where it has one. ``concept``: what a report was read as, which is
    finer and knows more; the two name the same thing where both are set.
    """

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="lines")
    finding = models.ForeignKey(
        Finding, models.PROTECT, null=True, blank=True, related_name="outcome_lines"
    )
    concept = models.CharField(max_length=60, blank=True)
    result = models.CharField(max_length=20)
    weight = models.FloatField(default=1.0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finding__isnull=False) | ~models.Q(concept=""),
                name="line_is_about_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.concept or self.finding_id}: {self.result}"


class Flag(models.Model):
    """A learner disputes something on a feedback page; staff look at it."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("The learner was right")
        DISMISSED = "dismissed", _("The mark stands")

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="flags")
    line = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Number of the outcome line; empty for the whole case.")
    )
    comment = models.TextField(max_length=2000)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    reply = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["status", "-created_at"], name="flag_by_status")]

    def __str__(self) -> str:
        return f"{self.status}: {self.comment[:40]}"
