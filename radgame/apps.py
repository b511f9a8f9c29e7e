import logging

from django.apps import AppConfig
from django.conf import settings


class RadgameConfig(AppConfig):
    name = "radgame"

    def ready(self) -> None:
        # Tasks are sent through the current application: it must be there before the first.
        from . import celery  # noqa: F401
        from .watching import working  # noqa: F401

        # Where lines are read by a machine, a warning of Python is a line like any other.
        logging.captureWarnings(settings.LOG_FORMAT == "json")
