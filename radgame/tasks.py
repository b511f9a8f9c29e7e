"""What the schedule runs for the whole site."""

from typing import Any

from celery import Task
from django.core.management import call_command

from . import jobs
from .playing.release import release_opened
from .progress.boards import sorted_sets
from .queues import quick_task
from .views import GAMES


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
    """Forget guests who did not come back, and sessions that have run out; boards made anew."""
    call_command("purge_guests", verbosity=0)
    call_command("clearsessions", verbosity=0)
    # Who is gone from the database is no change that Redis would be told of.
    sorted_sets.tell(lambda store: store.fill())
