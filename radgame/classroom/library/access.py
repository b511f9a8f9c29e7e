"""The one door to the library: who teaches passes, and sees what is open to them.

Instructors and staff see the reference standard here, of cases whose dataset is open to them.
Learners and guests pass nowhere: ``instructor_required`` stands before every page of this room.
"""

import uuid

from django.shortcuts import get_object_or_404

from radgame.accounts.models import User
from radgame.cases.access import newest_version_of
from radgame.cases.models import Case, CaseSet


def get_case(person: User, public_id: uuid.UUID) -> Case:
    """A case that is open to this person, with its dataset and study."""
    return get_object_or_404(
        Case.objects.open_to(person).select_related("dataset", "study"), public_id=public_id
    )


def get_shared_set(person: User, slug: str) -> CaseSet:
    """A set that this person may look into and duplicate, of whatever version."""
    return get_object_or_404(
        CaseSet.objects.read_by(person).select_related("owner", "supersedes"), slug=slug
    )


def get_own_set(person: User, slug: str) -> CaseSet:
    """A set that this person may change; under an older version's address, the newest."""
    return get_object_or_404(CaseSet.objects.edited_by(person), pk=newest_version_of(slug))
