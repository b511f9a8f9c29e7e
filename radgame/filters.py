"""What commands share that read lines from a file or standard input and write lines."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, Final

from django.core.management.base import CommandError

# What a shell reports of a program that wrote into a closed pipe.
BROKEN_PIPE: Final = 128 + 13


def open_lines(file: str, stack: ExitStack) -> tuple[BinaryIO, int | None]:
    """The lines as bytes, and how many bytes they are where that is known; "-" is standard input.

    Raises CommandError, with the reason, for a file that cannot be read.
    """
    if file == "-":
        return sys.stdin.buffer, None
    try:
        lines = stack.enter_context(open(file, "rb"))  # noqa: SIM115
        return lines, os.fstat(lines.fileno()).st_size or None
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


@contextmanager
def until_nobody_reads() -> Iterator[None]:
    """End quietly when whoever reads what is written has enough."""
    try:
        yield
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)
