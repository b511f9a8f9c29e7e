"""What a cohort is assigned, and by which conditions."""

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import CaseSet, Play
from radgame.classroom.terms import FeedbackTime, Terms

from .cohort import Cohort, Membership, new_seed
from .trial import Enrolment, TrialPart

if TYPE_CHECKING:
    from radgame.accounts.models import User


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def standing(self) -> "AssignmentQuerySet":
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def given_to(self, person: "User") -> "AssignmentQuerySet":
        """What this person is to play: of their running cohorts, for all or for them by name."""
        attended = Cohort.objects.attended_by(person).running()
        by_name = models.Exists(
            AssignmentMember.objects.filter(
                assignment=models.OuterRef("pk"), membership__person=person
            )
        )
        return self.standing().filter(
            Q(is_for_all=True) | Q(by_name),
            Q(trial_part__isnull=True) | self._turn_of(person),
            cohort__in=attended,
        )

    def _turn_of(self, person: "User") -> Q:
        """Those of a trial that this person takes part in, whose phase they have reached."""
        own = Enrolment.objects.filter(
            trial=models.OuterRef("trial_part__trial"), membership__person=person
        )
        its_arm = own.filter(arm=models.OuterRef("trial_part__arm"))
        return (
            Q(models.Exists(own), trial_part__phase=TrialPart.Phase.PRE)
            | Q(models.Exists(its_arm), trial_part__phase=TrialPart.Phase.TRAINING)
            | Q(
                models.Exists(own.filter(trained_at__isnull=False)),
                trial_part__phase=TrialPart.Phase.POST,
            )
        )

    def taken_from(self, person: Any) -> "AssignmentQuerySet":
        """Those that may take work of this person, by key, who has begun them: not withdrawn, of
        a running cohort in which they learn now."""
        return self.standing().filter(
            cohort__archived_at__isnull=True,
            cohort__memberships__person_id=person,
            cohort__memberships__role=Membership.Role.MEMBER,
            cohort__memberships__left_at__isnull=True,
        )

    def alone(self) -> "AssignmentQuerySet":
        """Those that are no part of a trial."""
        return self.filter(trial_part__isnull=True)


class Assignment(models.Model):
    """A case set that a cohort, or some of it, is to play in one game, by these conditions.

    ``seed`` makes each learner's order, where it is shuffled, the same at every visit. The set must
    not change under those who play it, so it is a version that nobody rewrites (``CaseSet``).
    """

    class Mode(models.TextChoices):
        PRACTICE = "practice", _("Practice")
        TEST = "test", _("Test")
        # Given by studies only: the film with the answer, with nothing to submit.
        PASSIVE = "passive", _("Film with the answer")

    class Feedback(models.TextChoices):
        AT_ONCE = "at_once", _("After each case")
        AFTER_SET = "after_set", _("After the whole set")
        AFTER_CLOSE = "after_close", _("After it closes")
        # Given by studies only: when the learner has done the post-test, or the study is closed.
        AFTER_STUDY = "after_study", _("After the study")

    class Judge(models.TextChoices):
        RULES = "rules", _("RadGame's rules")
        MODEL = "model", _("The judge by model")

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
    shows_checklist = models.BooleanField(
        _("checklist"),
        default=True,
        help_text=_("Report: the list of regions stands beside the text."),
    )
    shows_explanations = models.BooleanField(
        _("explanations"),
        default=True,
        help_text=_(
            "Feedback says how a finding looks and why it matters. Without them it says only what "
            "was found and missed, and where; no model is asked for words."
        ),
    )
    judge = models.CharField(
        _("whose mark counts"),
        max_length=10,
        choices=Judge,
        default=Judge.RULES,
        help_text=_("Report: rules mark at once; the judge by model, where there is one, later."),
    )
    # Said, and not read off the rows of members: those go with the accounts of who was named.
    is_for_all = models.BooleanField(
        default=True,
        editable=False,
        help_text=_(
            "For the whole cohort, also for who joins later; else for its members by name."
        ),
    )
    bundle = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Shared by two that were given together, one in each game."),
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
