"""Load findings, datasets and published agreement from data/*.toml."""

from typing import Any

from django.core.management.base import BaseCommand

from radgame.cases.services import load_taxonomy


class Command(BaseCommand):
    help = "Bring the finding taxonomy and the dataset descriptions up to this version."

    def handle(self, **options: Any) -> None:
        findings, datasets = load_taxonomy()
        if options["verbosity"]:
            self.stdout.write(f"{findings} findings and {datasets} datasets added or changed.")
