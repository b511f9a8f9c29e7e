"""Take the ledger into ratings, days and streaks, now or from the beginning."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from radgame.progress.booking import book_everything, rebuild


class Command(BaseCommand):
    help = (
        "Book outcomes into ratings, days and streaks. The schedule does so every few seconds; "
        "--rebuild forgets what was booked and starts anew, as after a rescore."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="book the whole ledger anew")

    def handle(self, **options: Any) -> None:
        booked = rebuild() if options["rebuild"] else book_everything()
        self.stdout.write(f"{booked} outcomes booked")
