"""The one door to cohorts: who teaches one sees it, nobody else does."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from radgame.accounts.models import User
from radgame.cases.models import Play

from .models import Assignment, Cohort, JoinLink, Membership

View = Callable[..., HttpResponseBase]


def may_teach(person: "User | AnonymousUser") -> bool:
    """Whether this person may make cohorts of their own."""
    return isinstance(person, User) and person.may_teach


def instructor_required(view: View) -> View:
    """Only instructors pass; others are told so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_teach(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


def get_cohort(person: User, cohort_id: uuid.UUID) -> Cohort:
    """A cohort that this person teaches; to everybody else it does not exist."""
    return get_object_or_404(Cohort.objects.taught_by(person), pk=cohort_id)


def get_attended(person: User, cohort_id: uuid.UUID) -> Cohort:
    """A cohort that this person learns in."""
    return get_object_or_404(Cohort.objects.attended_by(person), pk=cohort_id)


def get_shared(person: User, cohort_id: uuid.UUID) -> Membership:
    """This person's own membership of a cohort, whether they teach or learn in it."""
    own = Membership.objects.present().select_related("cohort")
    if not person.may_teach:
        own = own.learners()
    return get_object_or_404(own, cohort=cohort_id, person=person)


def get_membership(person: User, cohort_id: uuid.UUID, membership_id: int) -> Membership:
    """Somebody present in a cohort that this person teaches."""
    return get_object_or_404(
        Membership.objects.present().select_related("cohort", "person"),
        pk=membership_id,
        cohort=get_cohort(person, cohort_id),
    )


def get_followed(person: User, cohort_id: uuid.UUID, membership_id: int) -> Membership:
    """Somebody who learns now in a cohort that this person teaches."""
    return get_object_or_404(
        Membership.objects.learners().select_related("cohort", "person"),
        pk=membership_id,
        cohort=get_cohort(person, cohort_id),
    )


def get_link(person: User, cohort_id: uuid.UUID, link_id: int) -> JoinLink:
    """A link into a cohort that this person teaches."""
    return get_object_or_404(JoinLink, pk=link_id, cohort=get_cohort(person, cohort_id))


def get_assignment(person: User, assignment_id: uuid.UUID, play: Play) -> Assignment:
    """An assignment in this game that this person was given."""
    given = Assignment.objects.given_to(person).select_related("cohort", "case_set")
    return get_object_or_404(given, pk=assignment_id, game=play)


def get_standing_assignment(person: User, assignment_id: uuid.UUID) -> Assignment:
    """One that this person may change or take back; a study's parts stand as its protocol says."""
    taught = Assignment.objects.alone().filter(cohort__in=Cohort.objects.taught_by(person))
    return get_object_or_404(taught.select_related("cohort", "case_set"), pk=assignment_id)


def get_taught_assignment(person: User, assignment_id: uuid.UUID) -> Assignment:
    """An assignment of a cohort that this person teaches, withdrawn or not."""
    return get_object_or_404(
        Assignment.objects.select_related("cohort", "case_set", "trial_part"),
        pk=assignment_id,
        cohort__in=Cohort.objects.taught_by(person),
    )
