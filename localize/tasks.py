"""The entrances of the workers to the box game."""

from collections.abc import Sequence
from typing import Any

from celery import Task

from radgame import jobs
from radgame.queues import delivery_of, gpu_task

from .explaining import explain_rows
from .models import Explanation


@gpu_task
def explain(task: "Task[..., Any]", keys: Sequence[str]) -> None:
    """Have a model explain these rows, as far as nobody else does."""
    jobs.work(Explanation, keys=keys, delivery=delivery_of(task), do=explain_rows)
