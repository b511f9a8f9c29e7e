"""Fill an embedded site with a cohort that was never there."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from radgame.accounts.models import Role, User
from radgame.playing.services import NothingToPlay
from radgame.simulation import AlreadySimulated, simulate


class Command(BaseCommand):
    help = (
        "--cohort makes a cohort with a year of simulated play on the cases that are there, and a "
        "study with simulated learners, so that every chart has something to show. For trying "
        "things out: refused in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cohort", action="store_true", required=True)
        parser.add_argument("--learners", type=int, default=12, metavar="N")
        parser.add_argument(
            "--takers", type=int, default=32, metavar="N", help="who take part in the study"
        )
        parser.add_argument("--weeks", type=int, default=52, metavar="N")
        parser.add_argument("--seed", type=int, default=1, metavar="N")
        parser.add_argument(
            "--instructor", default="instructor", metavar="NAME", help="whose cohort it is"
        )

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Simulated people have no place among real ones.")
        instructor = User.objects.filter(
            username=options["instructor"], role=Role.INSTRUCTOR
        ).first()
        if instructor is None:
            raise CommandError(f"No instructor has the user name “{options['instructor']}”.")
        try:
            cohort = simulate(
                instructor=instructor,
                learners=max(1, options["learners"]),
                weeks=max(4, options["weeks"]),
                seed=options["seed"],
                takers=max(0, options["takers"]),
                tell=self.stdout.write,
            )
        except AlreadySimulated as error:
            raise CommandError(str(error)) from error
        except NothingToPlay as error:
            raise CommandError("There are no cases. Import a dataset, or run prepare.") from error
        self.stdout.write(f"“{cohort.name}” is there; sign in as {instructor.username} to see it.")
