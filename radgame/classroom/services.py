"""The rules of cohorts. Who may call which is ``access.py``'s matter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from radgame.accounts.models import ReaderKind, Role, User

from .models import CODE_LETTERS, Cohort, JoinLink, Membership

DEFAULT_LINK_DAYS = 14


class ClassroomError(ValueError):
    """It cannot be done; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The cohort that was joined, and whether one was in it already."""

    cohort: Cohort
    already: bool


def create_cohort(*, instructor: User, name: str, description: str, time_zone: str) -> Cohort:
    """A new cohort, taught by who made it."""
    with transaction.atomic():
        cohort = Cohort.objects.create(name=name, description=description, time_zone=time_zone)
        Membership.objects.create(cohort=cohort, person=instructor, role=Membership.Role.INSTRUCTOR)
    return cohort


def archive_cohort(*, cohort: Cohort) -> None:
    """Close a cohort: nobody joins it, and what is assigned takes no more; what was done stays."""
    now = timezone.now()
    with transaction.atomic():
        Cohort.objects.filter(pk=cohort.pk, archived_at__isnull=True).update(archived_at=now)
        JoinLink.objects.filter(cohort=cohort, revoked_at__isnull=True).update(revoked_at=now)
    cohort.refresh_from_db()


def reopen_cohort(*, cohort: Cohort) -> None:
    """Take an archived cohort up again; its old links stay revoked."""
    Cohort.objects.filter(pk=cohort.pk).update(archived_at=None)
    cohort.refresh_from_db()


# --- links --------------------------------------------------------------------


def create_link(*, cohort: Cohort, made_by: User, expires_at: datetime | None) -> JoinLink:
    """A link for learners. Raises ``ClassroomError`` for an archived cohort or a past date."""
    if cohort.is_archived:
        raise ClassroomError(_("This cohort is archived. Reopen it to let people join."))
    if expires_at is not None and expires_at <= timezone.now():
        raise ClassroomError(_("The link would have run out already. Choose a later date."))
    return JoinLink.objects.create(cohort=cohort, made_by=made_by, expires_at=expires_at)


def default_expiry(now: datetime) -> datetime:
    return now + timedelta(days=DEFAULT_LINK_DAYS)


def revoke_link(*, link: JoinLink) -> None:
    """Make the link useless; who joined by it stays."""
    if link.revoked_at is None:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])


def normal_code(text: str) -> str:
    """A code as it was typed, read aloud or pasted, in the form it is stored.

    >>> normal_code(" ab2cd-ef3gh ")
    'AB2CDEF3GH'
    """
    return "".join(letter for letter in text.upper() if letter in CODE_LETTERS)


def find_link(code: str, *, person: User) -> JoinLink:
    """The link of a code, if it lets this person in.

    Raises ``ClassroomError``, the same whatever is wrong with it.
    """
    link = JoinLink.objects.select_related("cohort").filter(code=normal_code(code)).first()
    is_open = link is not None and link.is_open(timezone.now()) and not link.cohort.is_archived
    if link is None or not is_open or not link.admits(person):
        # One sentence for all, so that nobody learns which codes exist.
        raise ClassroomError(
            _("This code lets nobody in, or no longer. Ask your instructor for a new one.")
        )
    return link


def join_cohort(*, person: User, code: str) -> Joined:
    """Join as a learner; who is in it already, in whatever role, stays as they are.

    Raises ``ClassroomError`` for a code that is not open, for somebody who was removed since its
    link was made, and for a guest.
    """
    if person.is_guest:
        raise ClassroomError(_("Sign up first, so that your instructor knows who you are."))
    link = find_link(code, person=person)
    membership, created = Membership.objects.get_or_create(cohort=link.cohort, person=person)
    if created or membership.left_at is None:
        return Joined(link.cohort, already=not created)
    # Somebody who left, or was removed and given a new code.
    membership.left_at, membership.was_removed = None, False
    membership.role = Membership.Role.MEMBER
    membership.save(update_fields=["left_at", "was_removed", "role"])
    return Joined(link.cohort, already=False)


# --- people -------------------------------------------------------------------


def add_instructor(*, cohort: Cohort, name: str) -> Membership:
    """Let another instructor teach the cohort; ``name``: their user name or email address.

    Raises ``ClassroomError`` when there is no such person, or they are no instructor.
    """
    person = _person_named(name)
    # The same sentence for both: a list of who has an account is nobody's business.
    if person is None or not (person.role == Role.INSTRUCTOR or person.is_staff):
        raise ClassroomError(
            _("No instructor has this user name or email address. Staff make instructors.")
        )
    membership, _created = Membership.objects.update_or_create(
        cohort=cohort,
        person=person,
        defaults={"role": Membership.Role.INSTRUCTOR, "left_at": None, "was_removed": False},
    )
    return membership


def _person_named(name: str) -> User | None:
    people = User.objects.filter(is_active=True, is_guest=False, kind=ReaderKind.PERSON)
    if "@" in name:
        # An address is only known to be somebody's once they have confirmed it.
        return people.filter(emailaddress__email__iexact=name, emailaddress__verified=True).first()
    return people.filter(username__iexact=name).first()


def remove_member(*, membership: Membership) -> None:
    """End somebody's membership. The links that are open now do not let them in again.

    What the person did stays, for them and in the cohort's results. Raises ``ClassroomError`` for
    the last instructor: a cohort without one is out of reach.
    """
    _end(membership, was_removed=True)


def leave_cohort(*, membership: Membership) -> None:
    """End one's own membership, like ``remove_member``; whoever goes may come back by any link."""
    _end(membership, was_removed=False)


def _end(membership: Membership, *, was_removed: bool) -> None:
    with transaction.atomic():
        # Two instructors who remove each other at once must not both succeed.
        Cohort.objects.select_for_update().get(pk=membership.cohort_id)
        others = Membership.objects.teaching().filter(cohort=membership.cohort_id)
        is_last = not others.exclude(pk=membership.pk).exists()
        if membership.role == Membership.Role.INSTRUCTOR and is_last:
            raise ClassroomError(
                _("A cohort needs an instructor. Add another before this one leaves.")
            )
        membership.left_at, membership.was_removed = timezone.now(), was_removed
        membership.save(update_fields=["left_at", "was_removed"])
