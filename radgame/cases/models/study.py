import secrets

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .dataset import Dataset


class Sex(models.TextChoices):
    """PatientSex, PS3.3 C.7.1.1."""

    FEMALE = "F", _("female")
    MALE = "M", _("male")
    OTHER = "O", _("other")
    UNKNOWN = "", _("not stated")


class View(models.TextChoices):
    """ViewPosition, PS3.3 C.8.11.5, as far as a chest film needs it.

    FRONTAL is for datasets that say no more than that it is PA or AP.
    """

    PA = "PA", _("PA")
    AP = "AP", _("AP")
    FRONTAL = "FRONTAL", _("frontal")
    LATERAL = "LATERAL", _("lateral")
    UNKNOWN = "", _("view not stated")


class Patient(models.Model):
    """Pseudonymous: ``key`` is the dataset's own pseudonym or a digest, never a name or number."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="patients")
    key = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "key"], name="patient_once_per_dataset")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}/{self.key}"


class Study(models.Model):
    """One examination. ``uid`` is a digest where the source's UID would identify."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="studies")
    uid = models.CharField(max_length=128)
    age_years = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    sex = models.CharField(max_length=1, choices=Sex, blank=True, default=Sex.UNKNOWN)
    indication = models.TextField(blank=True)
    comparison = models.TextField(blank=True)
    prior_study = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="followed_by"
    )

    class Meta:
        verbose_name_plural = "studies"
        constraints = [
            models.UniqueConstraint(fields=["patient", "uid"], name="study_once_per_patient"),
            models.CheckConstraint(
                condition=models.Q(age_years__isnull=True)
                | models.Q(age_years__gte=0, age_years__lte=130),
                name="study_age_plausible",
            ),
        ]

    def __str__(self) -> str:
        return self.uid


class Series(models.Model):
    study = models.ForeignKey(Study, models.CASCADE, related_name="series")
    uid = models.CharField(max_length=128)
    modality = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["study", "uid"], name="series_once_per_study")
        ]

    def __str__(self) -> str:
        return self.uid


def new_token() -> str:
    """An address that cannot be guessed: 160 random bits."""
    return secrets.token_urlsafe(20)


class Image(models.Model):
    """A film: what the viewer needs to show it, and where its two renditions lie."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="images")
    sop_uid = models.CharField(max_length=128)
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    view = models.CharField(max_length=8, choices=View, blank=True, default=View.UNKNOWN)
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    bits_stored = models.PositiveSmallIntegerField()
    photometric_interpretation = models.CharField(max_length=16)
    spacing_row_mm = models.FloatField(null=True, blank=True)
    spacing_column_mm = models.FloatField(null=True, blank=True)
    window_center = models.FloatField()
    window_width = models.FloatField()
    window_presets = models.JSONField(default=list, blank=True)
    fingerprint = models.CharField(max_length=64, db_index=True)
    rendition = models.CharField(
        max_length=16,
        help_text=_("Digest of the two files: part of their address, so that it never goes stale."),
    )
    preview = models.FileField(upload_to="films", max_length=120)
    pixels = models.FileField(upload_to="films", max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "sop_uid"], name="image_once_per_series"),
            models.CheckConstraint(
                condition=models.Q(rows__gt=0, columns__gt=0), name="image_has_pixels"
            ),
        ]

    def __str__(self) -> str:
        return self.token

    @property
    def maximum(self) -> int:
        """The largest value a pixel can take."""
        return (1 << self.bits_stored) - 1
