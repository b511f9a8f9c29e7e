"""What instructors do with case sets. Who may do it is ``access.py``'s matter."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from radgame.accounts.models import User
from radgame.cases.models import Audience, Case, CaseSet
from radgame.cases.versions import (
    Content,
    Options,
    SetSuperseded,
    content_of,
    edit_case_set,
    free_slug,
    is_in_use,
    options_of,
    write_cases,
)
from radgame.classroom.services import ClassroomError

MOST_CASES = 500


class LibraryError(ClassroomError):
    """It cannot be done to the set; the message is for the person who asked."""


def create_set(
    *,
    owner: User,
    title: str,
    description: str = "",
    audience: str = Audience.OWNER,
    options: Options | None = None,
    cases: Sequence[Case] = (),
) -> CaseSet:
    """A new set, the owner's alone unless they say otherwise.

    Raises ``LibraryError`` for more cases than a set may have.
    """
    keys = list(dict.fromkeys(case.pk for case in cases))
    _check_size(len(keys))
    chosen = options or Options()
    with transaction.atomic():
        made = CaseSet.objects.create(
            slug=_slug_of(title),
            title=title,
            description=description,
            audience=audience,
            owner=owner,
            asks_impression=chosen.asks_impression,
            shows_checklist=chosen.shows_checklist,
            model_judge_counts=chosen.model_judge_counts,
        )
        write_cases(case_set=made, cases=keys)
    return made


def _slug_of(title: str) -> str:
    # The end is random, so that an address tells nobody whether a title is taken.
    stem = slugify(title)[:50] or "set"
    return free_slug(f"{stem}-{get_random_string(6).lower()}")


def _check_size(size: int) -> None:
    if size > MOST_CASES:
        raise LibraryError(
            _("A set has at most %(most)d cases. Nothing was added.") % {"most": MOST_CASES}
        )


def _edit(case_set: CaseSet, change: Callable[[Content], Content]) -> CaseSet:
    try:
        return edit_case_set(case_set=case_set, change=change)
    except SetSuperseded as error:
        raise LibraryError(
            _("This set has a newer version, made in another tab perhaps. Change that one.")
        ) from error


def add_cases(*, case_set: CaseSet, cases: Sequence[Case]) -> CaseSet:
    """Put cases at the end, each once; gives the version that has them.

    Raises ``LibraryError`` for more cases than a set may have.
    """

    def change(content: Content) -> Content:
        keys = tuple(dict.fromkeys([*content.cases, *(case.pk for case in cases)]))
        _check_size(len(keys))
        return replace(content, cases=keys)

    return _edit(case_set, change)


def remove_case(*, case_set: CaseSet, case_id: int) -> CaseSet:
    """Take a case out, and close the gap; gives the version without it."""
    return _edit(
        case_set,
        lambda content: replace(
            content, cases=tuple(case for case in content.cases if case != case_id)
        ),
    )


def move_case(*, case_set: CaseSet, case_id: int, by: int) -> CaseSet:
    """Move a case by so many places, up where it is negative; past an end it stays there."""

    def change(content: Content) -> Content:
        if case_id not in content.cases:
            return content
        rest = [case for case in content.cases if case != case_id]
        place = max(0, min(len(rest), content.cases.index(case_id) + by))
        return replace(content, cases=(*rest[:place], case_id, *rest[place:]))

    return _edit(case_set, change)


def describe_set(
    *, case_set: CaseSet, title: str, description: str, audience: str, options: Options
) -> CaseSet:
    """Rename, describe, share, and say what it asks; gives the set that has it.

    What it is called and who may play it are no part of the version, so they change in place.
    """
    with transaction.atomic():
        edited = _edit(case_set, lambda content: replace(content, options=options))
        edited.title, edited.description, edited.audience = title, description, audience
        edited.save(update_fields=["title", "description", "audience"])
    return edited


def duplicate_set(*, case_set: CaseSet, owner: User) -> CaseSet:
    """A copy of one's own, which nobody else sees; without cases that are not open to its owner.

    Raises ``LibraryError`` for more cases than a set may have.
    """
    keys = content_of(case_set).cases
    if len(keys) > MOST_CASES:
        raise LibraryError(
            _("A set of more than %(most)d cases cannot be duplicated. Draw from it by rule.")
            % {"most": MOST_CASES}
        )
    open_cases = Case.objects.open_to(owner).in_bulk(keys)
    return create_set(
        owner=owner,
        title=_("%(title)s (copy)") % {"title": case_set.title[:110]},
        description=case_set.description,
        options=options_of(case_set),
        cases=[open_cases[key] for key in keys if key in open_cases],
    )


def archive_set(*, case_set: CaseSet) -> None:
    """Take it off every list; who plays it plays on, and its results stay."""
    case_set.archived_at = timezone.now()
    case_set.save(update_fields=["archived_at"])


def reopen_set(*, case_set: CaseSet) -> None:
    case_set.archived_at = None
    case_set.save(update_fields=["archived_at"])


def can_be_deleted(case_set: CaseSet) -> bool:
    """Whether no version of it was ever used."""
    # There is an older version only where that one was in use.
    return case_set.version == 1 and not is_in_use(case_set)


def delete_set(*, case_set: CaseSet) -> None:
    """Remove a set that was never used. Raises ``LibraryError`` for another."""
    with transaction.atomic():
        locked = CaseSet.objects.select_for_update().get(pk=case_set.pk)
        if not can_be_deleted(locked):
            raise LibraryError(
                _("Somebody has played this set, or was assigned it. Archive it instead.")
            )
        locked.delete()
