from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    EVERYONE = "everyone", _("Everyone, guests included")
    SIGNED_IN = "signed_in", _("Signed-in readers")
    INSTRUCTORS = "instructors", _("Instructors")
    STAFF = "staff", _("Staff only")
    OWNER = "owner", _("Only me, and whom I assign it to")


# A dataset has no owner; and what instructors alone could see, nobody could be given to play.
DATASET_AUDIENCES = [
    (audience.value, audience.label)
    for audience in (Audience.EVERYONE, Audience.SIGNED_IN, Audience.STAFF)
]


class Dataset(models.Model):
    """Where cases come from, on what terms, and which findings its experts mark."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=50, blank=True)
    licence = models.CharField(max_length=200)
    licence_url = models.URLField(blank=True)
    citation = models.TextField()
    attribution = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    homepage = models.URLField(blank=True)
    redistributable = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)
    audience = models.CharField(
        max_length=12, choices=DATASET_AUDIENCES, default=Audience.SIGNED_IN
    )
    findings = models.ManyToManyField(
        "cases.Finding",
        blank=True,
        related_name="datasets",
        help_text=_("The label set: what a learner is offered on any film of this dataset."),
    )
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Counts changes of label set or thresholds.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
