"""The one door to studies: who teaches sees all of one, who takes part only their own part."""

import uuid

from django.shortcuts import get_object_or_404

from radgame.accounts.models import User
from radgame.classroom.models import Cohort, Membership, Trial


def get_taught_trial(person: User, trial_id: uuid.UUID) -> Trial:
    """A study of a cohort that this person teaches."""
    return get_object_or_404(
        Trial.objects.select_related("cohort", "pre_set", "post_set"),
        pk=trial_id,
        cohort__in=Cohort.objects.taught_by(person),
    )


def get_attended_trial(person: User, trial_id: uuid.UUID) -> tuple[Trial, Membership]:
    """A study of a cohort that this person learns in, and their membership of it."""
    trial = get_object_or_404(
        Trial.objects.select_related("cohort"),
        pk=trial_id,
        cohort__in=Cohort.objects.attended_by(person).running(),
    )
    return trial, Membership.objects.present().get(cohort=trial.cohort_id, person=person)
