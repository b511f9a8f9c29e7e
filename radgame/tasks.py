"""What the schedule runs for the whole site."""

import time
from datetime import timedelta
from typing import Any, Final

from celery import Task
from django.core.management import call_command
from django.utils import timezone

from . import jobs
from .accounts.guests import FORGET_AFTER_DAYS, forget_guests
from .playing.release import release_opened
from .progress.boards import sorted_sets
from .queues import quick_task, send_on_commit
from .views import GAMES

PURGE_FOR_S: Final = 10.0


@quick_task
def sweep(task: "Task[..., Any]") -> None:
    """Send again what is stuck."""
    jobs.sweep()


@quick_task
def release(task: "Task[..., Any]") -> None:
    """Let outcomes on which feedback has opened meanwhile into ratings, reviews and boards."""
    release_opened(games=GAMES)


@quick_task
def nightly(task: "Task[..., Any]") -> None:
    """Forget sessions that have run out, and guests who did not come back; boards made anew."""
    call_command("clearsessions", verbosity=0)
    send_on_commit(purge)


@quick_task
def purge(task: "Task[..., Any]") -> None:
    """Forget guests for a while, well within the queue's limit, and go on in a task of its own."""
    until = time.monotonic() + PURGE_FOR_S
    for _count in forget_guests(before=timezone.now() - timedelta(days=FORGET_AFTER_DAYS)):
        if time.monotonic() > until:
            send_on_commit(purge)
            return
    # Who is gone from the database is no change that Redis would be told of.
    sorted_sets.tell(lambda store: store.fill())
