"""What people say of a model's words: learners flag them, staff keep or withdraw them."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from radgame.accounts.models import User

from .models import Explanation, ExplanationFlag


def flag_explanation(*, explanation_id: int, reader: User, comment: str) -> ExplanationFlag:
    """Keep that a reader finds these words wrong: once each, and the first comment stays.

    Words that have been made again since are others, and may be flagged anew.
    """
    with transaction.atomic():
        flag, created = ExplanationFlag.objects.select_related("explanation").get_or_create(
            explanation_id=explanation_id, reader=reader, defaults={"comment": comment}
        )
        made_at = flag.explanation.finished_at
        if not created and made_at is not None and flag.created_at < made_at:
            flag.comment = comment
            flag.created_at = timezone.now()
            flag.closed_at = None
            flag.save(update_fields=["comment", "created_at", "closed_at"])
    return flag


class WordsChanged(Exception):
    """The words were made anew since somebody looked at them: the verdict was on others."""


def keep_explanation(*, explanation_id: int, by: User, made_at: datetime | None = None) -> None:
    """Close the flags on these words: staff have looked, and they may stay.

    ``made_at``: when the words that they saw were made. Raises ``WordsChanged`` for others.
    """
    _only_staff(by)
    with transaction.atomic():
        _refuse_others(explanation_id, made_at)
        _close_flags(explanation_id)


def withdraw_explanation(*, explanation_id: int, by: User, made_at: datetime | None = None) -> None:
    """Take these words from every page; they are not made again unless somebody asks for it.

    ``made_at`` as for ``keep_explanation``.
    """
    _only_staff(by)
    with transaction.atomic():
        _refuse_others(explanation_id, made_at)
        Explanation.objects.filter(pk=explanation_id, withdrawn_at__isnull=True).update(
            withdrawn_at=timezone.now(), withdrawn_by=by
        )
        _close_flags(explanation_id)


def reinstate_explanation(
    *, explanation_id: int, by: User, made_at: datetime | None = None
) -> None:
    """Show withdrawn words again; ``made_at`` as for ``keep_explanation``."""
    _only_staff(by)
    with transaction.atomic():
        _refuse_others(explanation_id, made_at)
        Explanation.objects.filter(pk=explanation_id).update(withdrawn_at=None, withdrawn_by=None)


def _refuse_others(explanation_id: int, made_at: datetime | None) -> None:
    # Locked, so that nobody has them made anew between the look and the verdict.
    row = Explanation.objects.select_for_update().only("finished_at").get(pk=explanation_id)
    if made_at is not None and row.finished_at != made_at:
        raise WordsChanged


def _close_flags(explanation_id: int) -> None:
    ExplanationFlag.objects.filter(explanation=explanation_id, closed_at__isnull=True).update(
        closed_at=timezone.now()
    )


def _only_staff(person: User) -> None:
    if not person.is_staff:
        raise PermissionDenied
