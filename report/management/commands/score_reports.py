"""Score reports from a file, one JSON object a line in, one out."""

import itertools
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from radgame.filters import open_lines, until_nobody_reads
from report.judges import JUDGES, RULES, make_judge
from scoring.jsonl import lines_of, to_line
from scoring.reports.evaluation import JudgeFailed
from scoring.reports.jsonl import read_pair, write_lines
from scoring.reports.metrics import METRICS, MetricUnavailable, Scorer, get_metric

METRIC_BATCH: Final = 32


# Lines to be written, and whether each is a score.
Results = Iterator[tuple[str, bool]]


class Command(BaseCommand):
    help = (
        "Score reports against reference reports. Each line of FILE (or of standard input) is a "
        "JSON object with id, reference, candidate, and optionally context with age, sex, "
        "indication, comparison; docs/report-judges.md shows one. Exit status 1 when any line "
        "was bad."
    )
    # A filter needs no database and no system checks.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")
        parser.add_argument(
            "--judge",
            choices=JUDGES,
            default=settings.JUDGE,
            help="who compares the texts (default: RADGAME_JUDGE, else rules)",
        )
        parser.add_argument(
            "--metrics",
            default="",
            metavar="NAMES",
            help=f"measures of the literature to add, with commas: {', '.join(METRICS)}",
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=os.cpu_count() or 1,
            metavar="N",
            help="processes for the judge by rules (default: one a core)",
        )

    def handle(self, **options: Any) -> None:
        if options["workers"] < 1:
            raise CommandError("--workers must be at least 1.")
        with ExitStack() as stack, until_nobody_reads():
            if options["judge"] not in JUDGES:
                # argparse looks at what is typed, not at a default.
                raise CommandError(
                    f"RADGAME_JUDGE is {options['judge']!r}; it may be {', '.join(JUDGES)}."
                )
            try:
                judge = None if options["judge"] == RULES else make_judge(options["judge"])
                metrics = self._load_metrics(options["metrics"])
                lines, length = open_lines(options["file"], stack)
                bar = stack.enter_context(_Bar(length))
                counted = lines_of(bar.count(lines))
                if metrics:
                    ahead, counted = itertools.tee(counted)
                results: Results = stack.enter_context(
                    closing(write_lines(counted, judge, workers=options["workers"]))
                )
                if metrics:
                    results = _with_metrics(ahead, results, metrics)
                bad = _write(results, flush=judge is not None)
            except JudgeFailed as error:
                raise CommandError(str(error)) from error
        if bad:
            sys.exit(1)

    def _load_metrics(self, names: str) -> dict[str, Scorer]:
        """Those that can be computed here; of each of the others it is said why not."""
        try:
            chosen = [get_metric(name) for name in names.split(",") if name.strip()]
        except KeyError as error:
            raise CommandError(error.args[0]) from error
        loaded = {}
        for metric in chosen:
            try:
                loaded[metric.name] = metric.load()
            except MetricUnavailable as error:
                self.stderr.write(f"Left out: {error}")
        return loaded


def _with_metrics(
    lines: Iterable[bytes], results: Results, metrics: Mapping[str, Scorer]
) -> Results:
    """The results, those of good lines with their figures; measures are faster many at a time."""
    paired = zip(lines, results, strict=True)
    while batch := list(itertools.islice(paired, METRIC_BATCH)):
        pairs = [read_pair(line) for line, (_, good) in batch if good]
        references, candidates = [p.reference for p in pairs], [p.candidate for p in pairs]
        rows = {name: iter(score(references, candidates)) for name, score in metrics.items()}
        for _, (result, good) in batch:
            if not good:
                yield result, good
                continue
            figures = {name: round(next(row), 6) for name, row in rows.items()}
            yield to_line({**json.loads(result), "metrics": figures}), good


def _write(results: Results, *, flush: bool) -> int:
    """Write the results; how many of them were bad. ``flush``: each at once, as they take long."""
    bad = 0
    for result, good in results:
        bad += not good
        sys.stdout.write(result)
        if flush:
            sys.stdout.flush()
    sys.stdout.flush()
    return bad


class _Bar:
    """Shows on a terminal how far it has come: in bytes of a file, else in lines."""

    def __init__(self, length: int | None) -> None:
        console = Console(stderr=True)
        # Where the results themselves scroll by, a bar would be in their way.
        shown = console.is_terminal and not sys.stdout.isatty()
        self._progress = Progress(
            TextColumn("scoring"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%" if length else "{task.completed:,.0f} lines"),
            TimeElapsedColumn(),
            console=console,
            disable=not shown,
            # What is printed are the results, which go elsewhere.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=length)
        self._bytes = length is not None

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def count(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            yield line
            self._progress.advance(self._task, len(line) if self._bytes else 1)
