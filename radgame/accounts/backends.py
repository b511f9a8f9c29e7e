"""Who a session belongs to."""

from django.contrib.auth.backends import ModelBackend

from radgame.prepared import PreparedGet, Slot

from .models import User

_USER = PreparedGet(lambda: User.objects.filter(pk=Slot("user", User._meta.pk)))


class ReaderBackend(ModelBackend):
    """Django's own, but that the row every request begins with is asked for in ready SQL."""

    def get_user(self, user_id: int) -> User | None:
        user = _USER.first(user=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
