"""What ``manage.py check`` says of the second judge, before the first reading waits for it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from radgame.queues import GPU, LIMITS

from .judges import LOCAL, MODEL_JUDGES, has_broker


def check_game_judge(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """RADGAME_GAME_JUDGE names a judge by model that this site can have."""
    name = settings.GAME_JUDGE
    if not name:
        return []
    if name not in MODEL_JUDGES:
        return [
            Error(
                f"RADGAME_GAME_JUDGE is {name!r}, which is no judge by model.",
                hint=f"One of {', '.join(MODEL_JUDGES)}; or leave it empty.",
                id="report.E001",
            )
        ]
    if name in LOCAL and not has_broker():
        return [
            Error(
                f"RADGAME_GAME_JUDGE is {name}, which loads a model, and no worker would load it: "
                "without a broker the serving process does all the work.",
                hint="Set REDIS_URL and start a worker of the queue gpu, or use the judge openai.",
                id="report.E002",
            )
        ]
    # Only the workers need what follows.
    found: list[CheckMessage] = []
    if name == "openai" and not (settings.JUDGE_URL and settings.JUDGE_MODEL):
        found.append(
            Warning(
                "The judge openai needs an endpoint and a model.",
                hint="Set RADGAME_JUDGE_URL and RADGAME_JUDGE_MODEL where the queue gpu is worked.",
                id="report.W001",
            )
        )
    may_take_s, longest_s = 2 * settings.JUDGE_TIMEOUT_S, LIMITS[GPU].soft_s
    if may_take_s > longest_s:
        found.append(
            Warning(
                f"An answer and its repair may take {may_take_s:g} s, and the "
                f"queue gpu allows {longest_s}.",
                hint=f"Set RADGAME_JUDGE_TIMEOUT_S to {longest_s // 2} or less.",
                id="report.W002",
            )
        )
    return found
