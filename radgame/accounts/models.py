"""People: readers who learn, instructors who teach, staff who keep the house."""

import zoneinfo
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    LEARNER = "learner", _("Learner")
    INSTRUCTOR = "instructor", _("Instructor")


def validate_time_zone(name: str) -> None:
    """Refuse a name the time-zone database does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a known time zone."), params={"name": name})


class UserManager(DjangoUserManager["User"]):
    def create_guest(self) -> "User":
        """Make a person who has not signed up: no password, no address, a random name."""
        guest = self.model(username=f"guest-{get_random_string(20).lower()}", is_guest=True)
        guest.set_unusable_password()
        guest.save(using=self._db)
        return guest


class User(AbstractUser):
    """A reader. Staff is Django's ``is_staff``; a guest becomes a person by signing up."""

    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.LEARNER)
    is_guest = models.BooleanField(_("guest"), default=False)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        indexes = [
            # The nightly purge of guests looks for these two.
            models.Index(
                fields=["last_login"], condition=models.Q(is_guest=True), name="guest_last_login"
            )
        ]

    @property
    def display_name(self) -> str:
        return str(_("Guest")) if self.is_guest else self.get_full_name() or self.username
