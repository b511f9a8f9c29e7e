"""Guests who did not come back are forgotten, and nobody else by a slip of the hand."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from radgame.accounts.models import User


@pytest.mark.parametrize("days", [0, -30])
def test_those_who_play_now_are_not_forgotten(guest: User, days: int) -> None:
    User.objects.filter(pk=guest.pk).update(last_login=timezone.now() - timedelta(hours=1))
    with pytest.raises(CommandError, match="--days must be 1 or more"):
        call_command("purge_guests", days=days, verbosity=0)
    assert User.objects.filter(pk=guest.pk).exists()
