"""Mark stored answers anew and say what changed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import QuerySet

from localize.models import Attempt
from localize.services import Rescored, rescore_attempt


class Command(BaseCommand):
    help = (
        "Recompute submitted attempts from their stored marks with today's rules, thresholds and "
        "reference standard. Says which changed; --dry-run only says."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dataset", metavar="SLUG", help="only cases of this dataset")
        parser.add_argument("--case-set", metavar="SLUG", help="only attempts at this case set")
        parser.add_argument("--dry-run", action="store_true", help="write nothing")

    def handle(self, **options: Any) -> None:
        attempts = self._attempts(options)
        total = changed = 0
        moved = 0.0
        # Ids first, in chunks: an attempt is locked one at a time, never the table.
        for attempt_id in attempts.values_list("pk", flat=True).iterator(chunk_size=2000):
            rescored = rescore_attempt(attempt_id=attempt_id, dry_run=options["dry_run"])
            total += 1
            if rescored.lines_changed or rescored.before != rescored.after:
                changed += 1
                moved += rescored.after - rescored.before
                self.stdout.write(_sentence(rescored))
        verb = "would change" if options["dry_run"] else "changed"
        mean = f", by {moved / changed:+.3f} on average" if changed else ""
        self.stdout.write(f"{total} attempts rescored; {changed} {verb}{mean}.")

    def _attempts(self, options: dict[str, Any]) -> QuerySet[Attempt]:
        attempts = Attempt.objects.filter(status=Attempt.Status.SUBMITTED).order_by("pk")
        if options["dataset"]:
            attempts = attempts.filter(case__dataset__slug=options["dataset"])
        if options["case_set"]:
            attempts = attempts.filter(sitting__case_set__slug=options["case_set"])
        return attempts


def _sentence(rescored: Rescored) -> str:
    version = (
        f" ({rescored.version_before} → {rescored.version_after})"
        if rescored.version_before != rescored.version_after
        else ""
    )
    if rescored.before == rescored.after:
        return f"{rescored.attempt_id}: score stays {rescored.after:.3f}, its lines differ{version}"
    return f"{rescored.attempt_id}: {rescored.before:.3f} → {rescored.after:.3f}{version}"
