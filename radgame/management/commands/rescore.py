"""Mark stored answers anew and say what changed, in every game."""

import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError

import localize.services
import report.services
from localize.models import ROWS as LOCALIZE
from radgame.cases.models import CaseSet, Dataset
from radgame.playing.models import BaseAttempt, GameRows
from radgame.playing.services import Rescored
from report.models import ROWS as REPORT


class Rescorer(Protocol):
    def __call__(self, *, attempt_id: uuid.UUID, dry_run: bool) -> Rescored: ...


@dataclass(frozen=True, slots=True)
class RescoredGame:
    """A game's attempts, and who marks one of them anew."""

    rows: GameRows[Any, Any]
    rescore: Rescorer


GAMES = (
    RescoredGame(LOCALIZE, localize.services.rescore_attempt),
    RescoredGame(REPORT, report.services.rescore_attempt),
)


class Command(BaseCommand):
    help = (
        "Recompute submitted attempts from their stored answers with today's rules, thresholds and "
        "reference standard. Says which changed; --dry-run only says."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--game", choices=[game.rows.space for game in GAMES], help="only this game"
        )
        parser.add_argument("--dataset", metavar="SLUG", help="only cases of this dataset")
        parser.add_argument("--case-set", metavar="SLUG", help="only attempts at this case set")
        parser.add_argument("--dry-run", action="store_true", help="write nothing")

    def handle(self, **options: Any) -> None:
        _refuse_unknown(options)
        total = changed = 0
        moved = 0.0
        for rescored in _rescored(options):
            total += 1
            if rescored.lines_changed or rescored.before != rescored.after:
                changed += 1
                moved += rescored.after - rescored.before
                self.stdout.write(_sentence(rescored))
        verb = "would change" if options["dry_run"] else "changed"
        mean = f", by {moved / changed:+.3f} on average" if changed else ""
        self.stdout.write(f"{total} attempts rescored; {changed} {verb}{mean}.")


def _refuse_unknown(options: dict[str, Any]) -> None:
    """Of a name that is mistyped, "0 attempts rescored" would say that all is well."""
    dataset, case_set = options["dataset"], options["case_set"]
    if dataset and not Dataset.objects.filter(slug=dataset).exists():
        raise CommandError(f"There is no dataset {dataset!r}.")
    if case_set and not CaseSet.objects.filter(slug=case_set).exists():
        raise CommandError(f"There is no case set {case_set!r}.")


def _rescored(options: dict[str, Any]) -> Iterator[Rescored]:
    for game in GAMES:
        if options["game"] not in {None, game.rows.space}:
            continue
        attempts = game.rows.attempts._default_manager.filter(
            status=BaseAttempt.Status.SUBMITTED
        ).order_by("pk")
        if options["dataset"]:
            attempts = attempts.filter(case__dataset__slug=options["dataset"])
        if options["case_set"]:
            attempts = attempts.filter(sitting__case_set__slug=options["case_set"])
        # Ids first, in chunks: an attempt is locked one at a time, never the table.
        for attempt_id in attempts.values_list("pk", flat=True).iterator(chunk_size=2000):
            yield game.rescore(attempt_id=attempt_id, dry_run=options["dry_run"])


def _sentence(rescored: Rescored) -> str:
    version = (
        f" ({rescored.version_before} → {rescored.version_after})"
        if rescored.version_before != rescored.version_after
        else ""
    )
    aside = rescored.aside
    beside = (
        f"; beside it the mark by {aside.judge}: {aside.before:.3f} → {aside.after:.3f}"
        if aside
        else ""
    )
    if rescored.before == rescored.after:
        what = "its lines differ" if aside is None else f"by {rescored.version_after}"
        return f"{rescored.attempt_id}: score stays {rescored.after:.3f}, {what}{version}{beside}"
    return f"{rescored.attempt_id}: {rescored.before:.3f} → {rescored.after:.3f}{version}{beside}"
