"""Films that a test keeps for itself: practice takes none of them."""

from collections.abc import Sequence

from django.db.models import QuerySet

from radgame.cases.models import CaseSetItem
from radgame.classroom.reserving import Reserved


def cases_of(reserved: Sequence[Reserved]) -> "QuerySet[CaseSetItem, int]":
    """Keys of the cases."""
    return CaseSetItem.objects.filter(case_set__in={one.case_set for one in reserved}).values_list(
        "case", flat=True
    )
