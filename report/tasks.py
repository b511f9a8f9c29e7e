"""The entrances of the workers to the report game."""

from collections.abc import Sequence
from typing import Any

from celery import Task

from radgame import jobs
from radgame.queues import delivery_of, gpu_task

from .judging import judge_row
from .models import Judgement


@gpu_task
def judge(task: "Task[..., Any]", keys: Sequence[str]) -> None:
    """Have a model judge the first of these rows, and hand on the others."""
    # One reading a task: an answer and its repair may take all the time that the queue allows.
    for key in keys[1:]:
        jobs.send(Judgement, [key])
    jobs.work(
        Judgement, keys=keys[:1], delivery=delivery_of(task), do=lambda rows: judge_row(rows[0])
    )
