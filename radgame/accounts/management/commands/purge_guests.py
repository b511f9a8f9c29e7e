"""Forget guests who did not come back."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from radgame.accounts.guests import FORGET_AFTER_DAYS, forget_guests


class Command(BaseCommand):
    help = "Delete guests, with their attempts, whose last visit began more than DAYS days ago."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=FORGET_AFTER_DAYS)

    def handle(self, **options: Any) -> None:
        if options["days"] < 1:
            raise CommandError("--days must be 1 or more: guests who play now are none to forget.")
        limit = timezone.now() - timedelta(days=options["days"])
        count = sum(forget_guests(before=limit))
        self.stdout.write(f"{count} guests forgotten.")
