"""People: readers who learn, instructors who teach, staff who keep the house."""

import hashlib
import re
import zoneinfo
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    LEARNER = "learner", _("Learner")
    INSTRUCTOR = "instructor", _("Instructor")


class ReaderKind(models.TextChoices):
    """Who a row stands for: somebody who signs in, or readings that were brought in (ADR 18)."""

    PERSON = "person", _("Person")
    RADIOLOGIST = "radiologist", _("Radiologist")
    MODEL = "model", _("Model")


class Boards(models.TextChoices):
    """On which boards somebody wishes to be."""

    OFF = "off", _("On none")
    COHORTS = "cohorts", _("My cohorts")
    SITE = "site", _("My cohorts and the whole site")


MAX_ALIAS = 24
MAX_SOURCE = 150


def validate_time_zone(name: str) -> None:
    """Refuse a name the time-zone database does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a known time zone."), params={"name": name})


# Read aloud or off a screen without doubt.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NEUTRAL_NAME = re.compile(rf"reader[ _-]*[{_LETTERS}]{{6}}", re.IGNORECASE)


def neutral_name(person_id: int) -> str:
    """For a board, of somebody without an alias: always the same, and nobody can turn it back."""
    digest = salted_hmac("radgame.accounts.neutral_name", str(person_id)).digest()
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:6])
    return str(_("Reader %(letters)s")) % {"letters": letters}


class UserManager(DjangoUserManager["User"]):
    def create_guest(self) -> "User":
        """Make a person who has not signed up: no password, no address, a random name."""
        guest = self.model(username=f"guest-{get_random_string(20).lower()}", is_guest=True)
        guest.set_unusable_password()
        guest.save(using=self._db)
        return guest

    def get_imported(self, *, kind: ReaderKind, name: str, source: str) -> "User":
        """The reader whose readings are brought in, made at the first time; nobody signs in as one.

        The same kind, name and source are always the same reader.
        """
        named = "\n".join((kind, name, source))
        digest = hashlib.sha256(named.encode()).hexdigest()[:20]
        reader, created = self.get_or_create(
            username=f"{kind}-{digest}",
            kind=kind,
            defaults={"first_name": name, "source": source, "boards": Boards.OFF},
        )
        if created:
            reader.set_unusable_password()
            reader.save(using=self._db, update_fields=["password"])
        return reader


class User(AbstractUser):
    """A reader. Staff is Django's ``is_staff``; a guest becomes a person by signing up."""

    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.LEARNER)
    is_guest = models.BooleanField(_("guest"), default=False)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )

    kind = models.CharField(
        _("kind"), max_length=12, choices=ReaderKind, default=ReaderKind.PERSON, editable=False
    )
    source = models.CharField(
        _("source"),
        max_length=MAX_SOURCE,
        blank=True,
        default="",
        editable=False,
        help_text=_("Of imported readings: the dataset of a radiologist, the revision of a model."),
    )

    alias = models.CharField(_("name on boards"), max_length=MAX_ALIAS, blank=True, default="")
    boards = models.CharField(_("boards"), max_length=8, choices=Boards, default=Boards.COHORTS)

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("alias"), condition=~models.Q(alias=""), name="alias_is_ones_own"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="person")
                | models.Q(is_staff=False, is_superuser=False, is_guest=False, email="", alias=""),
                name="imported_reader_is_nobody",
            ),
        ]
        indexes = [
            # The nightly purge of guests looks for these two.
            models.Index(
                fields=["last_login"], condition=models.Q(is_guest=True), name="guest_last_login"
            ),
            models.Index(
                fields=["kind"], condition=~models.Q(kind="person"), name="imported_reader"
            ),
        ]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def is_person(self) -> bool:
        """Whether somebody can be behind it: a learner, an instructor, staff, a guest."""
        return self.kind == ReaderKind.PERSON

    @property
    def may_teach(self) -> bool:
        """Whether this person may make cohorts and case sets, and see the reference standard."""
        return (
            self.is_person and not self.is_guest and (self.role == Role.INSTRUCTOR or self.is_staff)
        )

    @property
    def display_name(self) -> str:
        return str(_("Guest")) if self.is_guest else self.get_full_name() or self.username

    @property
    def is_on_site_board(self) -> bool:
        chosen = self.boards == Boards.SITE and self.is_person
        return chosen and self.is_active and not self.is_guest

    @property
    def site_board_name(self) -> str:
        """The alias, else a name that says nothing: never the user name."""
        return self.alias or neutral_name(self.pk)

    @property
    def cohort_board_name(self) -> str:
        """What the others of a cohort may read; a user name may be an address, and is none then."""
        name = self.alias or self.get_full_name() or self.username
        return self.site_board_name if "@" in name else name
