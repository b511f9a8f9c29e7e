"""Which case sets are kept from a learner's own play: of tests to do, and of withheld feedback.

Free play and practice tell the answer at once, in whichever game.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from radgame.accounts.models import User

from .assigning import own_sittings
from .models import Assignment, Cohort, Enrolment, Trial
from .terms import Work, keeps_films


@dataclass(frozen=True, slots=True)
class Reserved:
    """A case set, and for what it is kept: an assignment, which may be done, or a study."""

    case_set: int
    by: Assignment | Trial
    is_done: bool = False


def reserved_for(person: User, *, now: datetime | None = None) -> list[Reserved]:
    """What is kept from this person: four queries at most, two where there is nothing."""
    now = now or timezone.now()
    return [*_by_assignments(person, now), *_by_trials(person, now)]


def _by_assignments(person: User, now: datetime) -> Iterator[Reserved]:
    given = list(
        Assignment.objects.given_to(person)
        .alone()
        .filter(Q(mode=Assignment.Mode.TEST) | ~Q(feedback=Assignment.Feedback.AT_ONCE))
        .select_related("cohort")
    )
    own = own_sittings(person, given)
    for assignment in given:
        begun = own.get(assignment.pk)
        work = Work(
            started_at=None if begun is None else begun.started_at,
            finished_at=None if begun is None else begun.finished_at,
        )
        if keeps_films(assignment.terms, work, now):
            yield Reserved(assignment.case_set_id, assignment, work.finished_at is not None)


def _by_trials(person: User, now: datetime) -> Iterator[Reserved]:
    """Both tests of a study, also before its learner takes part, until they have done the last."""
    done = Enrolment.objects.filter(
        trial=OuterRef("pk"), membership__person=person, finished_at__isnull=False
    )
    trials = Trial.objects.filter(
        ~Exists(done),
        Q(closes_at__isnull=True) | Q(closes_at__gt=now),
        closed_at__isnull=True,
        cohort__in=Cohort.objects.attended_by(person).running(),
    )
    for trial in trials.select_related("cohort"):
        yield Reserved(trial.pre_set_id, trial)
        yield Reserved(trial.post_set_id, trial)
