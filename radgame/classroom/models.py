"""Cohorts, who teaches whom in them, and what they are assigned."""

import secrets
import uuid
import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from radgame.accounts.models import validate_time_zone
from radgame.cases.models import CaseSet, Play

from .terms import FeedbackTime, Terms

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
        """The cohorts this person teaches, archived ones too."""
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

    @property
    def spoken(self) -> str:
        """The code in two halves, as one reads it out."""
        return f"{self.code[: CODE_LENGTH // 2]}-{self.code[CODE_LENGTH // 2 :]}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def standing(self) -> "AssignmentQuerySet":
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def given_to(self, person: "User") -> "AssignmentQuerySet":
        """What this person is to play: of their running cohorts, for all or for them by name."""
        attended = Cohort.objects.attended_by(person).running()
        everybody = ~models.Exists(
            AssignmentMember.objects.filter(assignment=models.OuterRef("pk"))
        )
        by_name = models.Exists(
            AssignmentMember.objects.filter(
                assignment=models.OuterRef("pk"), membership__person=person
            )
        )
        return self.standing().filter(Q(everybody) | Q(by_name), cohort__in=attended)


class Assignment(models.Model):
    """A case set that a cohort, or some of it, is to play in one game, by these conditions.

    ``seed`` makes each learner's order, where it is shuffled, the same at every visit. The set must
    not change under those who play it, so it is a version that nobody rewrites (``CaseSet``).
    """

    class Mode(models.TextChoices):
        PRACTICE = "practice", _("Practice")
        TEST = "test", _("Test")

    class Feedback(models.TextChoices):
        AT_ONCE = "at_once", _("After each case")
        AFTER_SET = "after_set", _("After the whole set")
        AFTER_CLOSE = "after_close", _("After it closes")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="assignments")
    case_set = models.ForeignKey(CaseSet, models.PROTECT, related_name="assignments")
    game = models.CharField(_("game"), max_length=10, choices=Play)
    title = models.CharField(_("title"), max_length=120)
    instructions = models.TextField(_("instructions"), blank=True, max_length=2000)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.PRACTICE)
    feedback = models.CharField(
        _("feedback"), max_length=12, choices=Feedback, default=Feedback.AT_ONCE
    )
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    accepts_late = models.BooleanField(
        _("late work"),
        default=False,
        help_text=_("Cases may be submitted after closing; they are marked late."),
    )
    time_limit_min = models.PositiveIntegerField(
        _("time limit, minutes"),
        null=True,
        blank=True,
        help_text=_("For the whole set, from its first case on."),
    )
    is_shuffled = models.BooleanField(
        _("shuffled"), default=False, help_text=_("Each learner gets an order of their own.")
    )
    seed = models.PositiveIntegerField(default=new_seed, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at"]
        indexes = [
            models.Index(
                fields=["cohort", "-opens_at"],
                condition=Q(withdrawn_at__isnull=True),
                name="assignment_by_cohort",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=models.F("opens_at")),
                name="assignment_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=~Q(feedback="after_close") | Q(closes_at__isnull=False),
                name="assignment_feedback_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(time_limit_min__isnull=True) | Q(time_limit_min__gt=0),
                name="assignment_time_limit_is_some",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} for {self.cohort_id}"

    @property
    def terms(self) -> Terms:
        """The conditions as the pure rules read them."""
        return Terms(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            accepts_late=self.accepts_late,
            time_limit_s=None if self.time_limit_min is None else 60 * self.time_limit_min,
            feedback=FeedbackTime(self.feedback),
        )


class AssignmentMember(models.Model):
    """For an assignment that is not for the whole cohort: for whom it is."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="members")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="assignments")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "membership"], name="assignment_member_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.assignment_id}"
