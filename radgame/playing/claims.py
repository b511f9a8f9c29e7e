"""The statements that submit an attempt: of two that race, one changes a row.

Where the database can, one statement claims the attempt and writes the ledger (ADR 12); elsewhere,
or when more is to be written with them, ``claim`` is one of several in a transaction.
"""

from functools import cache
from typing import Any

from django.db.models import QuerySet

from radgame.prepared import NextKey, PreparedRow, PreparedUpdate, Slot, Sql, slots, update_sql
from radgame.progress.models import Outcome
from radgame.progress.statements import record_sql

from .models import A, BaseAttempt

SUBMIT_COLUMNS = (
    *("answer", "elapsed_s", "submitted_at", "status"),
    *("result", "score", "scorer_version"),
)


def _draft(attempts: type[A]) -> QuerySet[A]:
    return attempts._default_manager.filter(
        pk=Slot("attempt", attempts._meta.pk), status=BaseAttempt.Status.DRAFT
    )


@cache
def claim(attempts: type[A]) -> PreparedUpdate:
    """Submit the attempt with its outcome, unless it is submitted already."""
    return PreparedUpdate(lambda: _draft(attempts), columns=[*SUBMIT_COLUMNS, "outcome"])


@cache
def claim_and_record(attempts: type[A]) -> PreparedRow:
    """The same together with the outcome and its lines; gives the outcome's key.

    Claimed first, under the key that the outcome will have, so that who comes second waits for the
    row and then writes nothing at all. Keys are checked at the statement's end.
    """

    def compose(connection: Any) -> Sql:
        values = {**slots(attempts, SUBMIT_COLUMNS), "outcome": NextKey(Outcome)}
        claimed = update_sql(_draft(attempts), values, connection)
        recorded = record_sql(connection, keys="claimed")
        return Sql(
            f"WITH claimed AS ({claimed.text} RETURNING outcome_id), {recorded.text} "  # noqa: S608
            "SELECT id FROM recorded",
            (*claimed.params, *recorded.params),
        )

    return PreparedRow(attempts, compose)
