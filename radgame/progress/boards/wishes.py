"""What somebody says of themselves, and the boards that follow it at once."""

from django.db import transaction

from radgame.accounts.forms import SettingsForm

from .standings import refresh_person


def keep_settings(*, form: SettingsForm) -> None:
    """Store settings that were found valid: name, clock, boards."""
    with transaction.atomic():
        form.save()
        refresh_person(reader_id=form.instance.pk)
