"""Changing a case set: one in use is not rewritten, its next version is another row."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from .models import CaseSet, CaseSetItem
from .services import count_case_sets

SLUG_LENGTH = 80
_VERSION = re.compile(r"-v\d+$")


class SetSuperseded(Exception):
    """The set has a newer version; only that one can be changed."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a set asks of those who play it."""

    asks_impression: bool = False
    shows_checklist: bool = True
    model_judge_counts: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What those who play a set get: cases by primary key, in order, and what it asks."""

    cases: tuple[int, ...]
    options: Options


def options_of(case_set: CaseSet) -> Options:
    return Options(
        asks_impression=case_set.asks_impression,
        shows_checklist=case_set.shows_checklist,
        model_judge_counts=case_set.model_judge_counts,
    )


def content_of(case_set: CaseSet) -> Content:
    cases = case_set.items.order_by("position").values_list("case_id", flat=True)
    return Content(tuple(cases), options_of(case_set))


def is_in_use(case_set: CaseSet) -> bool:
    """Whether anybody plays or played the set, or was assigned it: a row of another room says so.

    The rooms above are asked by the keys they have to it, so that a further game counts at once.
    """
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: case_set}).exists()
        for relation in CaseSet._meta.related_objects
        if relation.related_model._meta.app_label != CaseSet._meta.app_label
    )


def write_cases(*, case_set: CaseSet, cases: Sequence[int]) -> None:
    """Put these cases, by primary key and in this order, in place of what the set held."""
    with transaction.atomic():
        case_set.items.all().delete()
        CaseSetItem.objects.bulk_create(
            CaseSetItem(case_set=case_set, case_id=case, position=position)
            for position, case in enumerate(cases)
        )
        count_case_sets(CaseSet.objects.filter(pk=case_set.pk))
    case_set.refresh_from_db(fields=["size", "localize_size", "report_size"])


def edit_case_set(*, case_set: CaseSet, change: Callable[[Content], Content]) -> CaseSet:
    """Change what those who play it get; gives the set that has the change.

    That is the set itself while nobody uses it, else its next version. Whoever plays the old one
    plays on. Raises ``SetSuperseded`` when there is a newer version already.
    """
    with transaction.atomic():
        # The second of two who edit waits, and then changes what the first one left.
        locked = CaseSet.objects.select_for_update().get(pk=case_set.pk)
        if locked.superseded_at is not None:
            raise SetSuperseded
        before = content_of(locked)
        after = change(before)
        if after == before:
            return locked
        target = _next_version(locked) if is_in_use(locked) else locked
        CaseSet.objects.filter(pk=target.pk).update(**asdict(after.options))
        write_cases(case_set=target, cases=after.cases)
    target.refresh_from_db()
    return target


def _next_version(before: CaseSet) -> CaseSet:
    version = before.version + 1
    before.superseded_at = timezone.now()
    before.save(update_fields=["superseded_at"])
    return CaseSet.objects.create(
        slug=free_slug(f"{_VERSION.sub('', before.slug)[: SLUG_LENGTH - 8]}-v{version}"),
        title=before.title,
        description=before.description,
        audience=before.audience,
        owner=before.owner,
        version=version,
        supersedes=before,
        archived_at=before.archived_at,
    )


def free_slug(wanted: str) -> str:
    """This address, or one that begins like it where it is taken."""
    if not CaseSet.objects.filter(slug=wanted).exists():
        return wanted
    return f"{wanted[: SLUG_LENGTH - 7]}-{get_random_string(6).lower()}"
