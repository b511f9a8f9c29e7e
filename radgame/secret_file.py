"""A secret of the machine's own, in a file that its owner alone can read."""

import secrets
from collections.abc import Callable
from pathlib import Path


def kept_secret(file: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; made, with its folders, when it is not there.

    Of two processes that start together one makes it, and both get the same.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
    # Whole before it has its name.
    made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    made.touch(mode=0o600, exist_ok=False)
    try:
        made.write_bytes(make())
        file.hardlink_to(made)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return file.read_bytes()
