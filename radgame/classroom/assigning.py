"""The rules of assignments: giving one out, taking it back, and what became of everybody's work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Avg, Count, Max, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import CaseSet, Play
from radgame.progress.models import Outcome

from .models import Assignment, AssignmentMember, Cohort, Membership
from .services import ClassroomError
from .terms import Fate, Work, fate


@dataclass(frozen=True, slots=True)
class Result:
    """A learner's work on an assignment. ``mean``: of what was submitted, in [0, 1]."""

    person: User
    fate: Fate
    work: Work
    mean: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Given:
    """An assignment as the learner it was given to sees it."""

    assignment: Assignment
    fate: Fate
    work: Work

    @property
    def is_open(self) -> bool:
        """Whether something can still be done."""
        return self.fate in {Fate.NOT_STARTED, Fate.UNDER_WAY}


def assignable_sets(person: User) -> QuerySet[CaseSet]:
    """The sets this person may give out: their own, and those that are open to them."""
    return CaseSet.objects.read_by(person).standing()


def size_in_game(case_set: CaseSet, game: str) -> int:
    size: int = getattr(case_set, f"{game}_size")
    return size


def create_assignment(
    *, cohort: Cohort, made_by: User, members: Sequence[Membership] = (), **conditions: Any
) -> Assignment:
    """Give a case set to a cohort, or to these members of it; ``conditions``: the model's fields.

    Raises ``ClassroomError`` for an archived cohort, a set without cases for the game, dates that
    do not follow each other, and a member of another cohort.
    """
    if cohort.is_archived:
        raise ClassroomError(_("This cohort is archived. Reopen it to assign something."))
    case_set, game = conditions["case_set"], conditions["game"]
    if not size_in_game(case_set, game):
        raise ClassroomError(
            _("“%(set)s” has no case that can be played in %(game)s.")
            % {"set": case_set.title, "game": Play(game).label}
        )
    closes_at: datetime | None = conditions.get("closes_at")
    if closes_at is not None and closes_at <= conditions["opens_at"]:
        raise ClassroomError(_("It would close before it opens. Change one of the two dates."))
    if conditions.get("feedback") == Assignment.Feedback.AFTER_CLOSE and closes_at is None:
        raise ClassroomError(_("Feedback after closing needs a date on which it closes."))
    if any(member.cohort_id != cohort.pk for member in members):
        raise ClassroomError(_("Only members of this cohort can be given its assignments."))
    with transaction.atomic():
        made = Assignment.objects.create(cohort=cohort, made_by=made_by, **conditions)
        AssignmentMember.objects.bulk_create(
            AssignmentMember(assignment=made, membership=member) for member in members
        )
    return made


def withdraw_assignment(*, assignment: Assignment) -> None:
    """Take it back: nobody can begin or go on; what was submitted stays in the results."""
    if assignment.withdrawn_at is None:
        assignment.withdrawn_at = timezone.now()
        assignment.save(update_fields=["withdrawn_at"])


# --- what became of it -----------------------------------------------------------


def addressees(assignment: Assignment) -> QuerySet[User]:
    """The learners it is for, who are in the cohort now."""
    learners = Membership.objects.learners().filter(cohort=assignment.cohort_id)
    named = AssignmentMember.objects.filter(assignment=assignment)
    if named.exists():
        learners = learners.filter(assignments__assignment=assignment)
    return User.objects.filter(pk__in=learners.values("person")).order_by("username")


def results(assignment: Assignment, *, now: datetime | None = None) -> list[Result]:
    """Everybody's work, also of those who have gone since: four queries, whatever the size."""
    now = now or timezone.now()
    played = _played(assignment)
    begun = _begun(assignment)
    people = {person.pk: person for person in addressees(assignment)}
    gone = (set(played) | set(begun)) - set(people)
    people |= {person.pk: person for person in User.objects.filter(pk__in=gone)}
    return [
        _result(assignment, person, begun.get(key), played.get(key, {}), now)
        for key, person in people.items()
    ]


def _played(assignment: Assignment) -> dict[int, dict[str, Any]]:
    rows = (
        Outcome.objects.filter(assignment=assignment.pk)
        .values("reader")
        .annotate(
            submitted=Count("pk"),
            mean=Avg("score"),
            seconds=Sum("seconds"),
            last_at=Max("occurred_at"),
        )
    )
    return {row["reader"]: dict(row) for row in rows}


def _begun(assignment: Assignment) -> dict[int, tuple[datetime, datetime | None]]:
    """By learner, when they began and when they finished."""
    # The games lie above; each names the way to its sittings like this (radgame.playing.models).
    sittings = getattr(assignment, f"{assignment.game}_sittings")
    rows = sittings.values_list("reader", "started_at", "finished_at")
    return {reader: (started_at, finished_at) for reader, started_at, finished_at in rows}


def _result(
    assignment: Assignment,
    person: User,
    begun: tuple[datetime, datetime | None] | None,
    played: dict[str, Any],
    now: datetime,
) -> Result:
    started_at, finished_at = begun or (None, None)
    work = Work(
        started_at=started_at,
        submitted=played.get("submitted", 0),
        of=size_in_game(assignment.case_set, assignment.game),
        last_at=played.get("last_at"),
        finished_at=finished_at,
    )
    return Result(
        person=person,
        fate=fate(assignment.terms, work, now),
        work=work,
        mean=played.get("mean"),
        seconds=played.get("seconds") or 0.0,
    )


# --- the learner's side ----------------------------------------------------------


def given_to(person: User, *, now: datetime | None = None) -> list[Given]:
    """What this person was given and can see by now, what closes first before all."""
    now = now or timezone.now()
    assignments = list(
        Assignment.objects.given_to(person)
        .filter(opens_at__lte=now)
        .select_related("cohort", "case_set")
        .order_by("closes_at", "opens_at")
    )
    submitted = dict(
        Outcome.objects.filter(reader=person, assignment__in=[a.pk for a in assignments])
        .values_list("assignment")
        .annotate(count=Count("pk"))
    )
    begun = _own_sittings(person, assignments)
    return [_given(a, begun.get(a.pk), submitted.get(a.pk, 0), now) for a in assignments]


def _own_sittings(
    person: User, assignments: Sequence[Assignment]
) -> dict[Any, tuple[datetime, datetime | None]]:
    found: dict[Any, tuple[datetime, datetime | None]] = {}
    for game in sorted({assignment.game for assignment in assignments}):
        sittings = getattr(person, f"{game}_sittings").filter(
            assignment__in=[a.pk for a in assignments if a.game == game]
        )
        for key, started_at, finished_at in sittings.values_list(
            "assignment", "started_at", "finished_at"
        ):
            found[key] = (started_at, finished_at)
    return found


def _given(
    assignment: Assignment,
    begun: tuple[datetime, datetime | None] | None,
    submitted: int,
    now: datetime,
) -> Given:
    started_at, finished_at = begun or (None, None)
    of = size_in_game(assignment.case_set, assignment.game)
    # Withdrawn cases are stepped over, so a finished set is complete whatever was counted.
    work = Work(started_at, of if finished_at else submitted, of, None, finished_at)
    return Given(assignment, fate(assignment.terms, work, now), work)
