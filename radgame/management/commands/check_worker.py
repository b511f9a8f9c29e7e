"""Whether a worker, or the schedule, gave a sign of life: for a container's health check."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from radgame.watching.broker import BEAT, QUEUES, is_embedded, missing, read_broker


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


class Command(BaseCommand):
    help = (
        "Say whether every queue has a worker that is alive; ends with 1 when one has none. "
        "Name a queue to ask for that one, --beat to ask for the schedule."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queue", choices=QUEUES, action="append", default=[])
        parser.add_argument("--beat", action="store_true", help="the schedule")
        parser.add_argument(
            "--here",
            action="store_true",
            help="on this machine or in this container only, and with the database in reach",
        )

        parser.add_argument(
            "--name",
            default="",
            help="the worker that was started as -n NAME@%%h, where a machine has several",
        )

    def handle(
        self, *, queue: list[str], beat: bool, here: bool, name: str, **options: Any
    ) -> None:
        if is_embedded():
            raise CommandError("Without REDIS_URL the web process does the work: no workers.")
        asked = [*queue, *([BEAT] if beat else [])] or [*QUEUES, BEAT]
        try:
            alive = read_broker().alive
        except RedisError as error:
            raise CommandError(f"The broker does not answer ({type(error).__name__}).") from error
        host = socket.gethostname() if here else None
        gaps = [gap for what in asked if (gap := missing(alive, queue=what, host=host, name=name))]
        if here and asked != [BEAT] and not _database_answers():
            gaps.append("the database does not answer from here")
        if gaps:
            raise CommandError("\n".join(gaps))
        self.stdout.write(f"Alive: {', '.join(asked)}.")
