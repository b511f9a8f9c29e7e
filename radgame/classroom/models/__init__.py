"""Cohorts, what they are assigned, and the studies that they take part in."""

from .assignment import Assignment, AssignmentMember, AssignmentQuerySet
from .cohort import (
    CODE_LENGTH,
    CODE_LETTERS,
    Cohort,
    CohortQuerySet,
    JoinLink,
    Membership,
    MembershipQuerySet,
    new_code,
    new_seed,
)
from .trial import Arm, Enrolment, Trial, TrialPart

__all__ = [
    "CODE_LENGTH",
    "CODE_LETTERS",
    "Arm",
    "Assignment",
    "AssignmentMember",
    "AssignmentQuerySet",
    "Cohort",
    "CohortQuerySet",
    "Enrolment",
    "JoinLink",
    "Membership",
    "MembershipQuerySet",
    "Trial",
    "TrialPart",
    "new_code",
    "new_seed",
]
