"""`make run`: from a bare checkout to a site one can play. Standard library only."""

# An old Python must get as far as the line that says it is too old.
from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import environment


def port() -> int:
    """The port of PORT, 8000 without it; refuses one that is taken before anything is installed."""
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        environment.fail(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    number = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            environment.fail(
                f"port {number} cannot be used ({error.strerror}). "
                f"Choose another: make run PORT={number + 1}"
            )
    return number


def main() -> None:
    number = port()
    python = environment.ensure("base")
    os.chdir(environment.ROOT)
    prepared = os.spawnv(os.P_WAIT, python, [str(python), "manage.py", "prepare"])
    if prepared:
        environment.fail("the site could not be prepared (see above).")
    os.environ["RADGAME_PORT"] = str(number)
    # Replaced by the server, so that Ctrl-C reaches it and nothing is left behind.
    os.execv(python, [str(python), "-m", "gunicorn", "-c", "tools/gunicorn_embedded.py"])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
