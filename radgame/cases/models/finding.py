from django.db import models
from django.utils.translation import gettext_lazy as _

from .dataset import Dataset


class Kind(models.TextChoices):
    DRAW = "draw", _("Draw")
    SELECT = "select", _("Select")


class Finding(models.Model):
    """A named abnormality from the taxonomy; loaded from data/findings.toml."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=6, choices=Kind)
    position = models.PositiveSmallIntegerField(default=0)
    colour = models.PositiveSmallIntegerField(default=0)
    synonyms = models.JSONField(default=list, blank=True)
    codes = models.JSONField(default=dict, blank=True)
    appearance = models.TextField(blank=True)
    appearance_source = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ReaderAgreement(models.Model):
    """How well radiologists agree with one another on where a finding lies.

    ``quantiles`` holds the best-IoU distribution at 0, 10, …, 100 per cent.
    ``threshold`` is the overlap a mark needs to count. ``dataset`` is empty for
    the figures that hold where a dataset has none of its own.
    """

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="agreement")
    dataset = models.ForeignKey(
        Dataset, models.CASCADE, null=True, blank=True, related_name="agreement"
    )
    pairs = models.PositiveIntegerField()
    median = models.FloatField()
    quantiles = models.JSONField(default=list)
    threshold = models.FloatField()
    source = models.CharField(max_length=300)
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "reader agreement"
        constraints = [
            models.UniqueConstraint(
                fields=["finding", "dataset"], name="agreement_once_per_finding"
            ),
            # NULL differs from NULL in a unique index, so the pooled rows need their own.
            models.UniqueConstraint(
                fields=["finding"],
                condition=models.Q(dataset__isnull=True),
                name="agreement_pooled_once",
            ),
            models.CheckConstraint(
                condition=models.Q(threshold__gt=0, threshold__lte=1),
                name="agreement_threshold_is_an_iou",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finding}: {self.threshold:.2f}"
