"""Fill Redis with the boards, and write the standings they are made of anew."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from radgame.progress.boards import sorted_sets
from radgame.progress.boards.standings import rebuild_standings


class Command(BaseCommand):
    help = (
        "Fill Redis with the site's boards. The schedule feeds it every few seconds, and fills it "
        "when it is empty; --rebuild first writes every standing anew from the ratings."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rebuild", action="store_true", help="write every standing anew from the ratings"
        )

    def handle(self, **options: Any) -> None:
        if options["rebuild"]:
            self.stdout.write(f"{rebuild_standings()} standings written")
        if not settings.REDIS_URL:
            self.stdout.write("no Redis: the database answers for the boards")
        elif sorted_sets.tell(lambda store: store.fill()):
            self.stdout.write("Redis was filled")
        else:
            raise CommandError(
                "Redis does not answer. Until it does, the database answers for the boards, and "
                "the schedule brings Redis up to date afterwards."
            )
