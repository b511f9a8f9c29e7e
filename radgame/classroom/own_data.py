"""What this room holds of a person: their cohorts, and who must not simply go."""

from collections.abc import Iterator

from django.db.models import F
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.accounts.own_data import (
    Part,
    Row,
    leave_out,
    plain_rows,
    register,
    register_obstacle,
)

from .models import AssignmentMember, Cohort, Enrolment, Membership


def _memberships(person: User) -> Iterator[Row]:
    rows = Membership.objects.filter(person=person)
    return plain_rows(
        rows, "role", "joined_at", "left_at", "was_removed", cohort_name=F("cohort__name")
    )


def _assigned(person: User) -> Iterator[Row]:
    rows = AssignmentMember.objects.filter(membership__person=person)
    return plain_rows(
        rows,
        assigned=F("assignment_id"),
        title=F("assignment__title"),
        opens_at=F("assignment__opens_at"),
    )


def _studies(person: User) -> Iterator[Row]:
    rows = Enrolment.objects.filter(membership__person=person)
    return plain_rows(
        rows,
        *("code", "enrolled_at", "allocated_at", "trained_at", "finished_at"),
        study_title=F("trial__title"),
        arm_name=F("arm__name"),
    )


def cohorts_without(person: User) -> list[str]:
    """The running cohorts that would be left without an instructor, in a sentence each.

    Inside a transaction the cohorts stay locked: two who leave at once must not both succeed.
    """
    taught = Cohort.objects.taught_by(person).running().order_by("pk")
    if not taught.exists():
        return []
    return [
        _(
            "You are the last instructor of “%(cohort)s”. Add another instructor to it, or archive "
            "it."
        )
        % {"cohort": cohort.name}
        for cohort in taught.select_for_update(of=("self",))
        if not Membership.objects.teaching().filter(cohort=cohort).exclude(person=person)
    ]


def register_classroom() -> None:
    register(
        Part("memberships", _memberships, frozenset({"classroom.Membership.person"})),
    )
    register(
        Part("assigned_by_name", _assigned, frozenset({"classroom.AssignmentMember.membership"}))
    )
    register(Part("studies", _studies, frozenset({"classroom.Enrolment.membership"})))
    leave_out("classroom.Trial.made_by", "Studies belong to the cohort.")
    leave_out("classroom.JoinLink.made_by", "Links belong to the cohort.")
    leave_out("classroom.Assignment.made_by", "Assignments belong to the cohort.")
    register_obstacle(cohorts_without)
