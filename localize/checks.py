"""What `manage.py check` says of the explainer: found out at the start, not by a learner."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from radgame.queues import GPU, LIMITS
from scoring.explanations import DEFAULT_OPTIONS

from .explaining import AT_ONCE, trouble


@register
def check_explainer(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> Sequence[CheckMessage]:
    """Its name is known, a model on this machine has a worker to live in, an endpoint is named.

    Nothing is loaded and nobody is asked: only the workers need the packages and the endpoint.
    """
    reason = trouble()
    if reason:
        return [Error(reason, id="localize.E001")]
    if settings.EXPLAINER == "openai" and not settings.EXPLAINER_URL:
        reason = "RADGAME_EXPLAINER=openai asks an endpoint: set RADGAME_EXPLAINER_URL."
        return [Error(reason, id="localize.E002")]
    if settings.EXPLAINER == "openai":
        return _slow_endpoint()
    return []


def _slow_endpoint() -> list[CheckMessage]:
    rounds, allowed_s = ceil(AT_ONCE / DEFAULT_OPTIONS.concurrency), LIMITS[GPU].soft_s
    may_take_s = rounds * settings.EXPLAINER_TIMEOUT_S
    if may_take_s <= allowed_s:
        return []
    return [
        Warning(
            f"{AT_ONCE} answers, {DEFAULT_OPTIONS.concurrency} at a time, may take "
            f"{may_take_s:g} s, and the queue gpu allows {allowed_s}.",
            hint=f"Set RADGAME_EXPLAINER_TIMEOUT_S to {allowed_s // rounds} or less.",
            id="localize.W001",
        )
    ]
