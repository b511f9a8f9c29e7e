"""Bring in the readings of a model or a radiologist, and play them as if they were a learner's."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from radgame.accounts.models import MAX_SOURCE, ReaderKind, User
from radgame.cases.models import Dataset
from radgame.readers.own import play_own_reader, readers_of, was_told
from radgame.readers.playing import Tally, play_file
from radgame.spinner import Spinner
from scoring.jsonl import lines_of

MAX_NAME: Final = 60
TOLD: Final = ", told what to find"
KINDS: Final = [ReaderKind.MODEL.value, ReaderKind.RADIOLOGIST.value]


class Command(BaseCommand):
    help = (
        "Play a model's boxes or reports (FILE, one JSON object a line), or a dataset's own reader "
        "against its others (--from-dataset), through the marking that learners get. Runs twice "
        "without duplicates, goes on past a bad line, and ends with a table."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
        parser.add_argument("--name", help="as it stands on the boards (default: the file's name)")
        parser.add_argument("--kind", choices=KINDS, default=None, help="default: model")
        parser.add_argument(
            "--revision",
            default="",
            help="of the model: another revision is another reader, with a place of its own",
        )
        parser.add_argument(
            "--from-dataset", metavar="SLUG", help="instead of a file: play a reader of a dataset"
        )
        parser.add_argument("--reader", metavar="NAME", help="which reader of the dataset")
        parser.add_argument(
            "--dry-run", action="store_true", help="read and check everything, write nothing"
        )

    def handle(self, **options: Any) -> None:
        if (options["file"] is None) == (options["from_dataset"] is None):
            raise CommandError("Name a file, or a dataset with --from-dataset: one of the two.")
        console = Console(file=cast(TextIO, self.stdout))
        tally = Tally()
        with Spinner(console, quiet=not options["verbosity"]) as spinner:
            if options["file"] is None:
                _from_dataset(options, tally, spinner)
            else:
                _from_file(options, tally, spinner)
        if options["verbosity"]:
            _report(console, tally, dry_run=options["dry_run"])
        if not tally.came_in:
            raise CommandError(
                "Nothing came in. The table above says why."
                if tally.problem_count
                else "Nothing came in: there is no reading in it."
            )


def _from_file(options: dict[str, Any], tally: Tally, spinner: Spinner) -> None:
    path: Path = options["file"]
    reader = _reader(
        kind=ReaderKind(options["kind"] or ReaderKind.MODEL),
        name=path.stem if options["name"] is None else options["name"],
        source=options["revision"],
        dry_run=options["dry_run"],
    )
    try:
        with path.open("rb") as lines:
            play_file(
                reader=reader,
                lines=lines_of(lines),
                tally=tally,
                dry_run=options["dry_run"],
                tell=lambda told: spinner.update(_so_far(told)),
            )
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _from_dataset(options: dict[str, Any], tally: Tally, spinner: Spinner) -> None:
    if options["kind"] == ReaderKind.MODEL or options["revision"]:
        raise CommandError("A dataset's reader is a radiologist, and has no revision.")
    dataset = Dataset.objects.filter(slug=options["from_dataset"]).first()
    if dataset is None:
        raise CommandError(f"There is no dataset “{options['from_dataset']}” here.")
    names = readers_of(dataset)
    if len(names) < 2:
        raise CommandError(
            f"{dataset.name} does not tell several readers apart: there is nobody to compare with."
        )
    name = options["reader"]
    if name not in names:
        raise CommandError(f"--reader names one of {', '.join(names)}.")
    play_own_reader(
        reader=_reader(
            kind=ReaderKind.RADIOLOGIST,
            name=name if options["name"] is None else options["name"],
            source=dataset.name + (TOLD if was_told(dataset, name) else ""),
            dry_run=options["dry_run"],
        ),
        dataset=dataset,
        name=name,
        tally=tally,
        dry_run=options["dry_run"],
        tell=lambda told: spinner.update(_so_far(told)),
    )


def _reader(*, kind: ReaderKind, name: str, source: str, dry_run: bool) -> User | None:
    """The reader's row; in a rehearsal only one that is there."""
    name, source = " ".join(name.split()), " ".join(source.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise CommandError(f"--name must have 1 to {MAX_NAME} characters.")
    if len(source) > MAX_SOURCE:
        raise CommandError(f"--revision must have at most {MAX_SOURCE} characters.")
    if dry_run:
        return User.objects.filter(kind=kind, first_name=name, source=source).first()
    return User.objects.get_imported(kind=kind, name=name, source=source)


def _so_far(tally: Tally) -> str:
    return f"{tally.came_in} readings, {tally.problem_count} refused"


def _report(console: Console, tally: Tally, *, dry_run: bool) -> None:
    title = "Would be played (nothing was written)" if dry_run else "Played"
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("what")
    table.add_column("readings", justify="right")
    table.add_column("why", overflow="fold")
    for (play, became), count in sorted(tally.became.items()):
        table.add_row(f"{play.label}: {became}", str(count), "")
    if tally.problem_count:
        table.add_row("refused", str(tally.problem_count), "")
    for problem in tally.problems:
        table.add_row(f"  {problem.where}", "", problem.sentence)
    more = tally.problem_count - len(tally.problems)
    if more:
        table.add_row(f"  and {more} more", "", "")
    console.print(table)
