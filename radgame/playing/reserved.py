"""Films that a test keeps for itself: practice takes none, and a set that holds one is not free."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import CaseSet, CaseSetItem
from radgame.classroom.models import Assignment
from radgame.classroom.reserving import Reserved, reserved_for

from .assigned import NotTaken, moment_words


def cases_of(reserved: Sequence[Reserved]) -> "QuerySet[CaseSetItem, int]":
    """Keys of the cases."""
    return CaseSetItem.objects.filter(case_set__in={one.case_set for one in reserved}).values_list(
        "case", flat=True
    )


def refuse_reserved(reader: User, case_set: CaseSet | int) -> None:
    """Raises ``NotTaken`` when the set holds a film that a test keeps from this reader."""
    reserved = reserved_for(reader)
    if not reserved:
        return
    its_own = CaseSetItem.objects.filter(case_set=case_set).values("case")
    shared = set(
        CaseSetItem.objects.filter(
            case_set__in={one.case_set for one in reserved}, case__in=its_own
        ).values_list("case_set", flat=True)
    )
    for one in reserved:
        if one.case_set in shared:
            raise NotTaken(_words(one))


def _words(reserved: Reserved) -> str:
    by, is_told = reserved.by, reserved.by.opens_at <= timezone.now()
    if not is_told:
        # What has not opened is not named: its learners do not know of it yet.
        return _(
            "Some films of this set belong to a test of “%(cohort)s” that is still to come. It "
            "opens for you when that is done, or is over."
        ) % {"cohort": by.cohort.name}
    if not isinstance(by, Assignment):
        return _(
            "Some films of this set belong to the tests of the study “%(title)s”. It opens for you "
            "when you have done the last of them, or the study is closed."
        ) % {"title": by.title}
    if reserved.is_done and by.closes_at is not None:
        return _(
            "Some films of this set belong to “%(title)s”, whose feedback is not open yet. It "
            "opens for you on %(when)s."
        ) % {"title": by.title, "when": moment_words(by, by.closes_at)}
    return _(
        "Some films of this set belong to “%(title)s”, which you have not finished. It opens for "
        "you when you have, or when no more work is taken there."
    ) % {"title": by.title}
