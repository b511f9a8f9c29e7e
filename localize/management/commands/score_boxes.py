"""Score boxes from a file, one JSON object a line in, one out."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand

from radgame.filters import open_lines, until_nobody_reads
from scoring.jsonl import lines_of, to_line
from scoring.localization import score_lines


class Command(BaseCommand):
    help = (
        "Score marks against reference regions. Each line of FILE (or of standard input) is a "
        "JSON object with id, size, reference, marks, and optionally selected, thresholds, "
        "readers, scored; the README shows one. Exit status 1 when any line was bad."
    )
    # A filter needs no database and no system checks.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")

    def handle(self, **options: Any) -> None:
        with ExitStack() as stack, until_nobody_reads():
            lines, _size = open_lines(options["file"], stack)
            bad = _score(lines)
        if bad:
            sys.exit(1)


def _score(stream: Iterable[bytes]) -> int:
    """Write a result for each line; how many of the lines were bad."""
    bad = 0
    write = sys.stdout.write
    for scored, good in score_lines(lines_of(stream)):
        bad += not good
        write(to_line(scored))
    sys.stdout.flush()
    return bad
