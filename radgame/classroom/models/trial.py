"""Studies of learners. In the code a *trial*, since a study is DICOM's (docs/glossary.md)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import CaseSet

from .cohort import Cohort, Membership, new_seed


class Trial(models.Model):
    """Pre-test, training in two or more arms, post-test: a protocol, and who takes part in it.

    ``seed`` and the number of those allocated say in which arm the next one is, so the seed is
    nobody's to see while arms are drawn (ADR 15).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="trials")
    title = models.CharField(_("title"), max_length=80)
    description = models.TextField(_("what those who take part are told"), max_length=4000)
    pre_set = models.ForeignKey(CaseSet, models.PROTECT, related_name="+")
    post_set = models.ForeignKey(CaseSet, models.PROTECT, related_name="+")
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    is_shuffled = models.BooleanField(_("shuffled"), default=True)
    allows_overlap = models.BooleanField(
        default=False, help_text=_("Cases of a test are trained on as well, knowingly.")
    )
    seed = models.PositiveIntegerField(default=new_seed, editable=False)
    allocated = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("How many arms were drawn so far.")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=models.F("opens_at")),
                name="trial_opens_before_it_closes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} in {self.cohort_id}"


class Arm(models.Model):
    """One of the ways of training that a trial compares."""

    class Mode(models.TextChoices):
        ACTIVE = "active", _("Play, with feedback after each case")
        PASSIVE = "passive", _("See each film with the answer")

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="arms")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=40)
    mode = models.CharField(_("training"), max_length=10, choices=Mode)
    training_set = models.ForeignKey(CaseSet, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "position"], name="arm_once_per_place"),
            models.UniqueConstraint(fields=["trial", "name"], name="arm_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.trial_id}"


class TrialPart(models.Model):
    """One game of one phase: an assignment that its takers get when their turn has come."""

    class Phase(models.TextChoices):
        PRE = "pre", _("Pre-test")
        TRAINING = "training", _("Training")
        POST = "post", _("Post-test")

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="parts")
    phase = models.CharField(max_length=10, choices=Phase)
    arm = models.ForeignKey(Arm, models.CASCADE, null=True, blank=True, related_name="parts")
    assignment = models.OneToOneField(
        "classroom.Assignment", models.CASCADE, related_name="trial_part"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(phase="training", arm__isnull=False)
                | (~Q(phase="training") & Q(arm__isnull=True)),
                name="trial_part_training_has_an_arm",
            )
        ]

    def __str__(self) -> str:
        return f"{self.phase} of {self.trial_id}"


class Enrolment(models.Model):
    """Somebody who takes part. ``code`` stands for their name in everything that is exported.

    The arm is drawn when the pre-test is done, so that neither the test nor who gives it up can
    depend on it; ``place`` is the number in the order of drawing, from 0.
    """

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="enrolments")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="enrolments")
    code = models.CharField(max_length=8)
    enrolled_at = models.DateTimeField(auto_now_add=True)
    place = models.PositiveIntegerField(null=True, blank=True)
    arm = models.ForeignKey(Arm, models.CASCADE, null=True, blank=True, related_name="enrolments")
    allocated_at = models.DateTimeField(null=True, blank=True)
    trained_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trial", "membership"], name="enrolment_once"),
            models.UniqueConstraint(fields=["trial", "code"], name="enrolment_code_once"),
            models.UniqueConstraint(
                fields=["trial", "place"],
                condition=Q(place__isnull=False),
                name="enrolment_place_once",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=True, arm__isnull=True, allocated_at__isnull=True)
                | Q(place__isnull=False, arm__isnull=False, allocated_at__isnull=False),
                name="enrolment_drawn_or_not",
            ),
            models.CheckConstraint(
                condition=(Q(trained_at__isnull=True) | Q(allocated_at__isnull=False))
                & (Q(finished_at__isnull=True) | Q(trained_at__isnull=False)),
                name="enrolment_phases_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.trial_id}"

    @property
    def phase(self) -> TrialPart.Phase | None:
        """What they have to do now; None when they have done everything."""
        if self.allocated_at is None:
            return TrialPart.Phase.PRE
        if self.trained_at is None:
            return TrialPart.Phase.TRAINING
        return TrialPart.Phase.POST if self.finished_at is None else None
