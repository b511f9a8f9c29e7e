"""Score boxes from a file, one JSON object a line in, one out."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, BinaryIO, Final

from django.core.management.base import BaseCommand, CommandError

from scoring.jsonl import lines_of, to_line
from scoring.localization import score_lines

# What a shell reports of a program that wrote into a closed pipe.
BROKEN_PIPE: Final = 128 + 13


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
        with ExitStack() as stack:
            lines = _open(options["file"], stack)
            try:
                bad = _score(lines)
            except BrokenPipeError:
                # Whoever read has enough. Python would complain once more when it flushes at exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(BROKEN_PIPE)
        if bad:
            sys.exit(1)


def _open(file: str, stack: ExitStack) -> BinaryIO:
    if file == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(open(file, "rb"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _score(stream: Iterable[bytes]) -> int:
    """Write a result for each line; how many of the lines were bad."""
    bad = 0
    write = sys.stdout.write
    for scored, good in score_lines(lines_of(stream)):
        bad += not good
        write(to_line(scored))
    sys.stdout.flush()
    return bad
