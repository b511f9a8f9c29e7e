"""How allauth makes people here."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import get_user_model
from django.http import HttpRequest

from .lockout import forget_tries

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

    def authenticate(self, request: HttpRequest, **credentials: Any) -> "User | None":
        """Nobody signs in as an imported reader; allauth looks past a backend that refuses."""
        user: User | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_person else None

    def set_password(self, user: "User", password: str) -> None:
        """Who sets a new password is not kept out by the wrong ones before it."""
        super().set_password(user, password)
        if self.request is not None:
            forget_tries(self.request, user)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Nobody signs up under the name that somebody else has on the boards."""
        cleaned: str = super().clean_username(username, shallow=shallow)
        if not shallow and get_user_model().objects.filter(alias__iexact=cleaned).exists():
            # In the words for a user name that is taken: it says no more than those.
            raise self.validation_error("username_taken")
        return cleaned
