"""Practice: the set that was made for a reader and is still open, or a new one."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from radgame.accounts.models import User
from radgame.cases.models import CaseSet, CaseSetItem
from radgame.classroom.models import Assignment
from radgame.progress.practice import make_practice_set

from .models import A, GameRows, S


def open_practice(*, rows: GameRows[S, A], reader: User) -> CaseSet:
    """The set to practise on. Raises ``NothingToPractise`` when the reader may play no case."""
    unfinished = (
        rows.sittings._default_manager.filter(
            reader=reader, finished_at=None, case_set__made_for=reader
        )
        .select_related("case_set")
        .order_by("-started_at")
        .first()
    )
    if unfinished is not None:
        return unfinished.case_set
    return make_practice_set(reader=reader, play=rows.play, avoid=reserved_cases(rows, reader))


def reserved_cases(rows: GameRows[S, A], reader: User) -> "QuerySet[CaseSetItem, int]":
    """Keys of the cases that a test, or feedback that is withheld, keeps for itself.

    Practice shows the reference standard at once, in whichever game, so the films of what a reader
    is still to do, or not yet to know, are none of it: until it closes, or where it opens feedback
    with its last case, until they have finished it.
    """
    kept = Assignment.objects.given_to(reader).filter(
        Q(closes_at__isnull=True) | Q(closes_at__gt=timezone.now()),
        Q(mode=Assignment.Mode.TEST) | ~Q(feedback=Assignment.Feedback.AT_ONCE),
    )
    finished = rows.sittings._default_manager.filter(
        reader=reader, finished_at__isnull=False, assignment__isnull=False
    ).exclude(assignment__feedback=Assignment.Feedback.AFTER_CLOSE)
    kept = kept.exclude(pk__in=finished.values("assignment"))
    return CaseSetItem.objects.filter(case_set__in=kept.values("case_set")).values_list(
        "case", flat=True
    )
