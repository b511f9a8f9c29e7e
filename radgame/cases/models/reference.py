from django.db import models
from django.utils.translation import gettext_lazy as _

from .dataset import Dataset
from .finding import Finding
from .study import Image, Study


class ReferenceReader(models.Model):
    """An expert who read films of a dataset, under the dataset's own pseudonym."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="readers")
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="reader_once_per_dataset")
        ]

    def __str__(self) -> str:
        return self.name


class ReferenceReading(models.Model):
    """That a reader read a film from corner to corner, whatever was found.

    Only with this row does a reader's silence say anything.
    """

    image = models.ForeignKey(Image, models.CASCADE, related_name="readings")
    reader = models.ForeignKey(ReferenceReader, models.CASCADE, related_name="readings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "reader"], name="reading_once_per_reader")
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} read {self.image_id}"


class ReferenceFinding(models.Model):
    """What the reference standard says is on a film: one statement of one finding."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="reference_findings")
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="reference_findings")
    source_label = models.CharField(max_length=200, blank=True)
    sentence = models.TextField(blank=True)
    sentence_es = models.TextField(blank=True)
    locations = models.JSONField(default=list, blank=True)
    progression = models.CharField(max_length=50, blank=True)
    explanation = models.TextField(blank=True)
    explanation_source = models.CharField(max_length=200, blank=True)
    located = models.BooleanField(
        default=True,
        help_text=_(
            "False: the source says it is there but drew no region; marks on it do not count."
        ),
    )

    def __str__(self) -> str:
        return f"{self.finding_id} on {self.image_id}"


class ReferenceRegion(models.Model):
    """Where one reader saw it: half-open box in source-image pixels."""

    reference_finding = models.ForeignKey(ReferenceFinding, models.CASCADE, related_name="regions")
    reader = models.ForeignKey(ReferenceReader, models.PROTECT, related_name="regions")
    x_min = models.FloatField()
    y_min = models.FloatField()
    x_max = models.FloatField()
    y_max = models.FloatField()
    polygon = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    x_min__gte=0,
                    y_min__gte=0,
                    x_max__gt=models.F("x_min"),
                    y_max__gt=models.F("y_min"),
                ),
                name="region_is_a_box",
            )
        ]

    def __str__(self) -> str:
        return f"({self.x_min}, {self.y_min}, {self.x_max}, {self.y_max})"

    @property
    def box(self) -> tuple[float, float, float, float]:
        return (self.x_min, self.y_min, self.x_max, self.y_max)


class ReferenceReport(models.Model):
    """The radiologist's report on a study, section by section."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="reports")
    language = models.CharField(max_length=5, default="en")
    technique = models.TextField(blank=True)
    findings = models.TextField(blank=True)
    impression = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "language"], name="report_once_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.study_id} ({self.language})"
