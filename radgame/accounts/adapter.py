"""How allauth makes people here."""

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

if TYPE_CHECKING:
    from .models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def new_user(self, request: HttpRequest) -> "User":
        """A guest who signs up becomes a person: the same row, so every result is kept."""
        guest: User | None = getattr(request, "guest", None)
        if guest is None:
            user: User = super().new_user(request)
            return user
        guest.is_guest = False
        guest.username = ""
        return guest
