"""Make a model's explanations of a case set ahead."""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any, Final, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from localize import ahead
from localize.explaining import explainer_here, has_workers, is_on
from radgame.cases.models import CaseSet
from scoring.explanations import ExplainerFailed

PLAIN_EVERY_S: Final = 10.0
WATCH_EVERY_S: Final = 1.0
# As a shell says of what Ctrl-C ended.
STOPPED: Final = 130


class Command(BaseCommand):
    help = (
        "Have the site's model explain the reference standard of a case set ahead, so that "
        "learners need not wait. May be stopped with Ctrl-C at any time: run it again to go on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case_set", metavar="CASESET", help="the set's slug")
        parser.add_argument(
            "--renew",
            action="store_true",
            help="make anew what is there or was dropped; to go on after a stop, leave it out",
        )
        parser.add_argument(
            "--withdrawn",
            action="store_true",
            help="with --renew: also what staff withdrew, which is then shown again",
        )
        parser.add_argument(
            "--workers",
            action="store_true",
            help="leave it to the workers of the queue gpu, and watch",
        )

    def handle(self, **options: Any) -> None:
        case_set = CaseSet.objects.filter(slug=options["case_set"]).first()
        if case_set is None:
            raise CommandError(f"There is no case set {options['case_set']!r}.")
        if options["withdrawn"] and not options["renew"]:
            raise CommandError("--withdrawn goes with --renew.")
        self._refuse_what_cannot_be(by_workers=options["workers"])
        console = Console(file=cast(TextIO, self.stdout))
        before = ahead.ask_for_set(case_set, again=options["renew"], withdrawn=options["withdrawn"])
        trouble, status = "", 1
        try:
            with _Progress(console, quiet=not options["verbosity"]) as progress:
                work = _by_workers if options["workers"] else _in_this_process
                work(before, progress)
        except ExplainerFailed as error:
            trouble = str(error)
        except KeyboardInterrupt:
            trouble, status = "Stopped. What is made is kept; run it again to go on.", STOPPED
        if options["verbosity"]:
            console.print(_table(ahead.outcome_of(before)))
        if trouble:
            raise CommandError(trouble, returncode=status)

    def _refuse_what_cannot_be(self, *, by_workers: bool) -> None:
        if not is_on():
            raise CommandError(
                "RADGAME_EXPLAINER is atlas: the taxonomy's text is on every page already, and "
                "there is nothing to make. Set it to transformers or openai."
            )
        if by_workers and not has_workers():
            raise CommandError("--workers needs a broker: set REDIS_URL or BROKER_URL.")
        if not by_workers:
            try:
                explainer_here()
            except ExplainerFailed as error:
                raise CommandError(str(error)) from error


def _in_this_process(before: ahead.Before, progress: "_Progress") -> None:
    keys = ahead.waiting_keys(before)
    progress.start(len(keys))
    for done in ahead.explain_here(keys):
        progress.advance(done)


def _by_workers(before: ahead.Before, progress: "_Progress") -> None:
    keys = ahead.waiting_keys(before)
    ahead.tell_workers(keys)
    total = still = ahead.open_count(before)
    progress.start(total)
    while still:
        time.sleep(WATCH_EVERY_S)
        now = ahead.open_count(before)
        progress.advance(still - now)
        still = now


class _Progress:
    """A bar on a terminal, a line now and then elsewhere, nothing when quiet."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._last = time.monotonic()
        self._done = self._total = 0
        self._bar: Progress | None = None

    def __enter__(self) -> "_Progress":
        if not self._quiet and self._console.is_terminal:
            self._bar = Progress(
                TextColumn(settings.EXPLAINER_MODEL),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def start(self, total: int) -> None:
        self._total = total
        if self._bar is not None:
            self._bar.add_task("", total=total)

    def advance(self, count: int) -> None:
        self._done += count
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], count)
        elif not self._quiet and time.monotonic() - self._last > PLAIN_EVERY_S:
            self._last = time.monotonic()
            self._console.print(f"{self._done} of {self._total}")
            sys.stdout.flush()


def _table(outcome: ahead.Outcome) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("what")
    table.add_column("explanations", justify="right")
    table.add_column("why", overflow="fold")
    table.add_row("made", str(outcome.made), "")
    table.add_row("already there", str(outcome.there), "")
    counted: list[tuple[str, Counter[str]]] = [
        ("dropped", outcome.dropped),
        ("failed", outcome.failed),
        ("not yet made", outcome.waiting),
    ]
    for what, reasons in counted:
        for reason, count in reasons.most_common():
            table.add_row(what, str(count), reason)
    if outcome.running:
        table.add_row("being made", str(outcome.running), "by a worker")
    if outcome.withdrawn:
        table.add_row("withdrawn by staff", str(outcome.withdrawn), "left as they are")
    return table
