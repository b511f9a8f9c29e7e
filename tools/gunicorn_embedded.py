"""gunicorn as `make run` starts it: one process, a few threads, loopback only."""

import json
import os
from pathlib import Path
from typing import Any

from radgame import gunicorn

wsgi_app = "radgame.wsgi"
bind = f"127.0.0.1:{os.environ.get('RADGAME_PORT', '8000')}"
workers = 1
threads = 8
worker_class = "gthread"
timeout = 60
graceful_timeout = 3
loglevel = "warning"
logger_class = gunicorn.Lines
control_socket_disable = True

# Who plays on this terminal wants to read what to open, and what goes wrong.
os.environ.setdefault("LOG_LEVEL", "WARNING")

VAR = Path(os.environ.get("RADGAME_VAR", Path(__file__).resolve().parent.parent / "var"))


def post_worker_init(worker: Any) -> None:
    """Background work runs in the one process there is, unless a broker is set."""
    from radgame.celery import start_embedded

    start_embedded()
    gunicorn.post_worker_init(worker)


def when_ready(server: Any) -> None:
    """Say where to go, once one can go there."""
    print(f"\n  RadGame is at http://{bind}\n")
    people = VAR / "demo-people.json"
    if people.exists():
        print("  Play as a guest, or sign in:")
        for person in json.loads(people.read_text()):
            print(f"    {person['role']:<11} {person['username']:<11} {person['password']}")
    print("\n  Ctrl-C stops it. For education only: this is not a diagnostic device.\n", flush=True)
