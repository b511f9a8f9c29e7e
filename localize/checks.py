"""What `manage.py check` says of the explainer: found out at the start, not by a learner."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from .explaining import trouble


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
    return []
