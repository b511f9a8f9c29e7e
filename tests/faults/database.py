"""Lets the test's own process speak to the database of the site that it starts."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker

from radgame.settings import env


@contextmanager
def connected_to(url: str, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Within, the models of this process are those of the database at ``url``, with its tables."""
    settings, connection = connections.settings["default"], connections["default"]
    config = connections.configure_settings({"default": env.db_url_config(url)})
    with blocker.unblock():
        connections.settings["default"] = config["default"]
        connections["default"] = connections.create_connection("default")
        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            connections["default"].close()
            connections.settings["default"] = settings
            connections["default"] = connection
