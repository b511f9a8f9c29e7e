"""Import a public dataset, or the demo."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from radgame.cases.importers import FORMATS
from radgame.cases.importers.choices import Choice, Choices
from radgame.cases.importers.record import CannotRead
from radgame.cases.importers.run import SHOWN_PLACES, Tally, run_import
from radgame.cases.models import Dataset
from radgame.cases.services import load_taxonomy
from radgame.spinner import Spinner


class Command(BaseCommand):
    help = (
        "Import a dataset: its films, reference regions, readers and reports. Runs twice without "
        "duplicates, goes on past a bad record, and ends with a table. The table names the first "
        f"{SHOWN_PLACES} places of each reason; --verbosity 2 lists them all below it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "format", choices=sorted(FORMATS), metavar="FORMAT", help=", ".join(sorted(FORMATS))
        )
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            metavar="PATH",
            help="the dataset's folder or annotation file (none for the demo)",
        )
        parser.add_argument(
            "--images",
            type=Path,
            metavar="DIR",
            help="where the films are, when they are not below PATH",
        )
        parser.add_argument("--limit", type=int, metavar="N", help="at most N cases")
        parser.add_argument(
            "--dry-run", action="store_true", help="read and check everything, write nothing"
        )
        parser.add_argument(
            "--only-playable",
            action="store_true",
            help="leave out films that can only be viewed, such as NIH's without a box",
        )
        parser.add_argument(
            "--include",
            action="append",
            default=[],
            metavar="NAME",
            help="play in Report what is left out by default, as a list with commas: "
            f"{', '.join(Choice)}, or all",
        )
        parser.add_argument(
            "--require-view",
            action="store_true",
            help="play in Report only studies with a film that is said to be frontal",
        )
        parser.add_argument(
            "--workers",
            type=int,
            metavar="N",
            help="processes that decode films (default: one a core)",
        )

    def handle(self, **options: Any) -> None:
        chosen = FORMATS[options["format"]]
        if options["path"] is None and chosen.name != "demo":
            raise CommandError(f"Name the folder or file of {chosen.name}: see --help.")
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be 1 or more.")
        choices = Choices(_included(options["include"]), require_view=options["require_view"])
        dataset = self._dataset(chosen.dataset, dry_run=options["dry_run"])
        read = (chosen.rehearse if options["dry_run"] else None) or chosen.read
        console = Console(file=cast(TextIO, self.stdout))
        tally = Tally(keeps_all=options["verbosity"] > 1)
        broken: CannotRead | None = None
        try:
            with Spinner(console, quiet=not options["verbosity"]) as spinner:
                run_import(
                    dataset=dataset,
                    items=read(options["path"], options["images"], tally.expect),
                    tally=tally,
                    limit=options["limit"],
                    only_playable=options["only_playable"],
                    choices=choices,
                    dry_run=options["dry_run"],
                    workers=options["workers"],
                    progress=lambda told: spinner.update(_so_far(told, options["limit"])),
                )
        except CannotRead as error:
            broken = error
        if options["verbosity"] and (broken is None or tally.came_in or tally.skipped):
            _report(console, tally, dry_run=options["dry_run"])
        if broken is not None:
            raise CommandError(str(broken)) from broken
        if tally.came_in == 0:
            raise CommandError(
                "Nothing came in. The table above says why."
                if tally.skipped
                else "Nothing came in: there is no case in it."
            )

    def _dataset(self, slug: str, *, dry_run: bool) -> Dataset:
        if dry_run:
            # Nothing is written, not even the dataset's own row: one without cases will do.
            return Dataset.objects.filter(slug=slug).first() or Dataset(pk=-1, slug=slug)
        load_taxonomy()
        return Dataset.objects.get(slug=slug)


def _included(named: list[str]) -> frozenset[Choice]:
    """The choices named with --include."""
    names = {name.strip() for names in named for name in names.split(",") if name.strip()}
    if "all" in names:
        return frozenset(Choice)
    unknown = sorted(names - set(Choice))
    if unknown:
        raise CommandError(
            f"--include knows no {', '.join(unknown)}. It takes {', '.join(Choice)}, or all."
        )
    return frozenset(Choice(name) for name in names)


def _so_far(tally: Tally, limit: int | None) -> str:
    """How far it is, and how far it goes where that is known: the limit counts cases alone."""
    told = f"{tally.came_in} cases, {tally.skipped_total} skipped"
    if limit is not None and (tally.expected is None or limit < tally.expected):
        return f"{told}; it stops at {limit} cases"
    return told if tally.expected is None else f"{told}, of {tally.expected} records"


def _report(console: Console, tally: Tally, *, dry_run: bool) -> None:
    title = "Would be imported (nothing was written)" if dry_run else "Imported"
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("what")
    table.add_column("cases", justify="right")
    table.add_column("where", overflow="fold")
    for name, count in (
        ("imported", tally.imported),
        ("updated", tally.updated),
        ("unchanged", tally.unchanged),
    ):
        table.add_row(name, str(count), "")
    fell = [
        (f"{kind}: {reason}", count, places[reason])
        for kind, counts, places in (
            ("not playable", tally.not_playable_count, tally.not_playable),
            ("not in Report", tally.not_in_report_count, tally.not_in_report),
            ("skipped", tally.skipped_count, tally.skipped),
        )
        for reason, count in sorted(counts.items(), key=lambda item: -item[1])
    ]
    for why, count, places in fell:
        # As text: a place that quotes "[/b]" is no markup.
        table.add_row(Text(why), str(count), Text(_first(places, count)))
    console.print(table)
    for why, count, places in fell:
        if SHOWN_PLACES < count == len(places):
            # One a line and never folded, so that the list can be searched.
            listed = "\n".join((f"\n{why}", *(f"  {place}" for place in places)))
            console.print(Text(listed), soft_wrap=True)


def _first(places: list[str], count: int) -> str:
    """The first places, how many more there are, and where to find those."""
    first = "; ".join(places[:SHOWN_PLACES])
    more = count - SHOWN_PLACES
    if more <= 0:
        return first
    found = "all are listed below" if count == len(places) else "-v 2 lists them"
    return f"{first} and {more} more; {found}"
