"""Cohorts, and who teaches whom in them."""

import secrets
import uuid
import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from radgame.accounts.models import Role, validate_time_zone

if TYPE_CHECKING:
    from radgame.accounts.models import User

# Without what is taken for something else when a code is read aloud or off a screen: 50 bits.
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 10


def new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _place in range(CODE_LENGTH))


def new_seed() -> int:
    return secrets.randbelow(2**31)


class CohortQuerySet(models.QuerySet["Cohort"]):
    def taught_by(self, person: "User") -> "CohortQuerySet":
        """The cohorts this person teaches, archived ones too; none when they may not teach now.

        The membership stays, so that who is made an instructor again finds their cohorts.
        """
        if not person.may_teach:
            return self.none()
        return self._with(person, Membership.Role.INSTRUCTOR)

    def attended_by(self, person: "User") -> "CohortQuerySet":
        """The cohorts this person learns in, archived ones too."""
        return self._with(person, Membership.Role.MEMBER)

    def _with(self, person: "User", role: str) -> "CohortQuerySet":
        mine = Membership.objects.present().filter(person=person, role=role)
        return self.filter(pk__in=mine.values("cohort"))

    def running(self) -> "CohortQuerySet":
        return self.filter(archived_at__isnull=True)


class Cohort(models.Model):
    """A group of learners with the instructors who follow them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True, max_length=2000)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("Assignments open and close by this clock."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def present(self) -> "MembershipQuerySet":
        """Those who have not left and were not removed."""
        return self.filter(left_at__isnull=True)

    def instructors(self) -> "MembershipQuerySet":
        return self.present().filter(role=Membership.Role.INSTRUCTOR)

    def teaching(self) -> "MembershipQuerySet":
        """Those instructors who may teach now, as ``User.may_teach`` says."""
        may = Q(person__role=Role.INSTRUCTOR) | Q(person__is_staff=True)
        return self.instructors().filter(may, person__is_active=True)

    def learners(self) -> "MembershipQuerySet":
        return self.present().filter(role=Membership.Role.MEMBER)


class Membership(models.Model):
    """A person in a cohort. The row outlives the membership, and what was done in it."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Learner")
        INSTRUCTOR = "instructor", _("Instructor")

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)
    was_removed = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("Another ended it: only a link that was made since lets them in again."),
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "person"], name="membership_once")]
        indexes = [
            models.Index(
                fields=["person", "role"],
                condition=Q(left_at__isnull=True),
                name="membership_by_person",
            ),
            models.Index(
                fields=["cohort", "role"],
                condition=Q(left_at__isnull=True),
                name="membership_by_cohort",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.cohort_id} ({self.role})"


class JoinLink(models.Model):
    """A code that lets whoever has it join as a learner, until it is revoked or runs out."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="links")
    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_code, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.code} to {self.cohort_id}"

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def admits(self, person: "User") -> bool:
        """Not somebody who was removed since it was made: it was not given to them anew."""
        removed = Membership.objects.filter(
            cohort=self.cohort_id, person=person.pk, was_removed=True, left_at__gte=self.created_at
        )
        return not removed.exists()

    @property
    def spoken(self) -> str:
        """The code in two halves, as one reads it out."""
        return f"{self.code[: CODE_LENGTH // 2]}-{self.code[CODE_LENGTH // 2 :]}"
