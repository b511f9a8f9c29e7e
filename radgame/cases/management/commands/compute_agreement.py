"""Measure how well readers agree on each finding, and set the overlap that counts."""

from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from radgame.cases.agreement import compute_agreement
from radgame.cases.models import Dataset


class Command(BaseCommand):
    help = (
        "Compute inter-reader agreement from imported regions of several readers, for one dataset "
        "or all, and the pooled figures. A finding with fewer than 30 pairs keeps the default."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", nargs="?", metavar="DATASET", help="slug of one dataset")

    def handle(self, **options: Any) -> None:
        datasets = Dataset.objects.order_by("slug")
        if options["dataset"]:
            datasets = datasets.filter(slug=options["dataset"])
            if not datasets:
                raise CommandError(f"There is no dataset {options['dataset']!r}.")
        table = Table(show_edge=False, pad_edge=False)
        for name in ("dataset", "finding", "pairs", "median", "counts from"):
            table.add_column(
                name, justify="right" if name not in {"dataset", "finding"} else "left"
            )
        for row in compute_agreement(datasets, pool=not options["dataset"]):
            table.add_row(
                row.dataset,
                row.finding,
                str(row.pairs),
                f"{row.median:.2f}",
                f"{row.threshold:.2f}" if row.measured else f"{row.threshold:.2f} (default)",
            )
        Console(file=cast(TextIO, self.stdout)).print(table)
