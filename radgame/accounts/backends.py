"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from radgame.prepared import PreparedGet, Slot

from .models import User

_USER = PreparedGet(lambda: User.objects.filter(pk=Slot("user", User._meta.pk)))


class PeopleBackend(ModelBackend):
    """Nobody is behind imported readings, whatever password their row was given."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        return isinstance(user, User) and user.is_person and super().user_can_authenticate(user)


class SignInBackend(PeopleBackend, AuthenticationBackend):  # type: ignore[misc]
    """allauth's, by user name or address."""


class ReaderBackend(PeopleBackend):
    """Django's own, but that the row every request begins with is asked for in ready SQL."""

    def get_user(self, user_id: int) -> User | None:
        user = _USER.first(user=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
