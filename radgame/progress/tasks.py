"""What the schedule runs for the ledger."""

from typing import Any

from celery import Task

from radgame.queues import quick_task

from .boards import sorted_sets
from .boards.standings import roll_standings
from .booking import book_outcomes

# Of one run; the schedule comes back in seconds, and a task has a time limit.
MOST_BATCHES = 20
MOST_ROLLS = 4


@quick_task
def book(task: "Task[..., Any]") -> None:
    """Take new outcomes into ratings, days, streaks and boards."""
    for _batch in range(MOST_BATCHES):
        if not book_outcomes():
            break
    for _batch in range(MOST_ROLLS):
        if not roll_standings():
            break
    sorted_sets.tell(lambda store: store.follow())
