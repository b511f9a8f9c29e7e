"""Score boxes from a file, one JSON object a line in, one out."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoring.jsonl import to_line
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
        if options["file"] == "-":
            bad = self._score(sys.stdin)
        else:
            try:
                with open(options["file"], encoding="utf-8") as lines:
                    bad = self._score(lines)
            except OSError as error:
                raise CommandError(
                    f"{options['file']} cannot be read: {error.strerror}."
                ) from error
            except UnicodeDecodeError as error:
                raise CommandError(f"{options['file']} is not UTF-8 text.") from error
        if bad:
            sys.exit(1)

    def _score(self, lines: Any) -> int:
        bad = 0
        write = sys.stdout.write
        for scored, good in score_lines(lines):
            bad += not good
            write(to_line(scored))
        return bad
