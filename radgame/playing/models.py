"""The rows every game has: a sitting through a case set, and the attempts in it.

A game makes both concrete in an app whose label is the game's value in ``Play`` and ``Game``: it is
also the game's address space, and names the way back from an outcome, ``<game>_attempt``.
"""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from radgame.cases.models import Case, CaseSet, Play
from radgame.classroom.models import Assignment
from radgame.progress.models import Game, Outcome


class BaseSitting(models.Model):
    """One reader going through one case set, from its first case to its summary."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="%(app_label)s_sittings"
    )
    case_set = models.ForeignKey(CaseSet, models.CASCADE, related_name="%(app_label)s_sittings")
    assignment = models.ForeignKey(
        Assignment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(app_label)s_sittings",
    )
    order = models.JSONField(
        null=True,
        blank=True,
        help_text=_("Places of the set in the order of play, where it is not the set's own."),
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.reader_id} at {self.case_set_id}"

    @property
    def title(self) -> str:
        """What is played, as the reader knows it."""
        return self.case_set.title if self.assignment is None else self.assignment.title

    @property
    def shows_checklist(self) -> bool:
        """Whether regions to look at stand beside the text: as the assignment says, or the set."""
        if self.assignment is None:
            return self.case_set.shows_checklist
        return self.assignment.shows_checklist

    @property
    def shows_explanations(self) -> bool:
        """Whether feedback says more than what was found and missed, and where."""
        return self.assignment is None or self.assignment.shows_explanations

    @property
    def model_judge_counts(self) -> bool:
        """Whether the mark by model, where there is one, is the one that counts."""
        if self.assignment is None:
            return self.case_set.model_judge_counts
        return self.assignment.judge == Assignment.Judge.MODEL


class BaseAttempt(models.Model):
    """One reader, one case, one game. The raw answer and the frozen result are both kept.

    A game adds ``sitting``, the key of its own sitting, with ``related_name="attempts"``.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("In play")
        SUBMITTED = "submitted", _("Submitted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="%(app_label)s_attempts"
    )
    case = models.ForeignKey(Case, models.CASCADE, related_name="%(app_label)s_attempts")
    position = models.PositiveIntegerField(
        help_text=_("Place in the case set, or in the sitting's own order, from 0.")
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    answer = models.JSONField(default=dict)
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
    # Settled when the case is opened, or shown meanwhile: the submit need not ask.
    was_shown = models.BooleanField(
        default=False, help_text=_("The reader saw the answer before: this cannot rate.")
    )
    outcome = models.OneToOneField(
        Outcome, models.SET_NULL, null=True, blank=True, related_name="%(app_label)s_attempt"
    )

    if TYPE_CHECKING:
        sitting: BaseSitting
        sitting_id: uuid.UUID

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"

    @property
    def is_submitted(self) -> bool:
        return self.status == self.Status.SUBMITTED


class BaseExposure(models.Model):
    """A reader was shown a case with its answer, and submitted nothing: no attempt (ADR 14).

    A game adds ``sitting``, the key of its own sitting, with ``related_name="exposures"``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="%(app_label)s_exposures"
    )
    case = models.ForeignKey(Case, models.CASCADE, related_name="%(app_label)s_exposures")
    position = models.PositiveIntegerField(
        help_text=_("Place in the case set, or in the sitting's own order, from 0.")
    )
    shown_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True, help_text=_("When they went on."))
    seconds = models.FloatField(default=0, help_text=_("With the page in view."))

    if TYPE_CHECKING:
        sitting: BaseSitting
        sitting_id: uuid.UUID

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.case_id} shown to {self.reader_id}"


# Names of constraints and indexes are one space in a database, so each game gives its own.


def one_open_sitting(name: str) -> models.UniqueConstraint:
    """A reader has one open sitting of a set, apart from what was assigned."""
    return models.UniqueConstraint(
        fields=["reader", "case_set"],
        condition=models.Q(finished_at__isnull=True, assignment__isnull=True),
        name=name,
    )


def one_sitting_an_assignment(name: str) -> models.UniqueConstraint:
    """What is assigned is played once."""
    return models.UniqueConstraint(
        fields=["reader", "assignment"],
        condition=models.Q(assignment__isnull=False),
        name=name,
    )


def attempt_once_per_place(name: str) -> models.UniqueConstraint:
    """A place of the set is read once in a sitting."""
    return models.UniqueConstraint(fields=["sitting", "position"], name=name)


def shown_once_per_place(name: str) -> models.UniqueConstraint:
    """A place of the set is shown once in a sitting."""
    return models.UniqueConstraint(fields=["sitting", "position"], name=name)


def shown_by_reader(name: str) -> models.Index:
    """Whether a reader was shown a case is asked for each case that is opened."""
    return models.Index(fields=["reader", "case"], name=name)


def submitted_means_scored(name: str) -> models.CheckConstraint:
    """An attempt has its result if and only if it was submitted."""
    return models.CheckConstraint(
        condition=models.Q(status="draft", result__isnull=True)
        | models.Q(status="submitted", result__isnull=False, score__isnull=False),
        name=name,
    )


S = TypeVar("S", bound=BaseSitting)
A = TypeVar("A", bound=BaseAttempt)


@dataclass(frozen=True, slots=True)
class GameRows(Generic[S, A]):
    """One game's tables, and its name in case sets, addresses and the ledger."""

    play: Play
    sittings: type[S]
    attempts: type[A]
    exposures: type[BaseExposure]

    @property
    def space(self) -> str:
        """The namespace of the game's addresses."""
        return self.play.value

    @property
    def shown(self) -> "models.QuerySet[Any]":
        """What was shown with its answer."""
        return self.exposures._default_manager.all()

    @property
    def game(self) -> Game:
        return Game(self.play.value)
