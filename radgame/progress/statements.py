"""What the ledger's statements are made of, composed once (ADR 9, ADR 12)."""

from typing import Any

from django.db.models import QuerySet

from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.prepared import (
    ColumnSlot,
    Slot,
    Sql,
    field_of,
    select_sql,
    typed_slot,
)

from .models import Outcome, OutcomeLine

OUTCOME_COLUMNS = (
    *("reader", "game", "case", "score", "seconds", "scorer_version", "occurred_at"),
    *("assignment", "is_withheld"),
)
LINE_COLUMNS = ("finding", "concept", "result", "weight")


def first_outcome() -> QuerySet[Outcome]:
    """The outcome that rates: at most one a reader, game and case."""
    return Outcome.objects.filter(
        reader_id=Slot("reader", User._meta.pk),
        game=Slot("game", Outcome._meta.get_field("game")),
        case_id=Slot("case", Case._meta.pk),
        is_first=True,
    ).only("pk")


def record_sql(connection: Any, *, keys: str) -> Sql:
    """Of a statement on PostgreSQL, the parts that write an outcome and its lines.

    ``keys``: the part before, of one column with the outcome's key; without a row in it nothing is
    written. The part ``recorded`` gives the key. The lines' slots are lists, one a column.
    """
    quote = connection.ops.quote_name
    outcome_fields = [field_of(Outcome, name) for name in OUTCOME_COLUMNS]
    line_fields = [field_of(OutcomeLine, name) for name in LINE_COLUMNS]
    is_first = field_of(Outcome, "is_first")
    first = select_sql(first_outcome(), connection)

    def names(*columns: str | None) -> str:
        return ", ".join(quote(str(column)) for column in columns)

    # Names of the models' own tables and columns, quoted; every value is a parameter.
    text = f"""
        recorded AS (
            INSERT INTO {quote(Outcome._meta.db_table)}
                ({names("id", *(field.column for field in outcome_fields), "is_first")})
            SELECT taken.key,
                {", ".join(typed_slot(connection, field) for field in outcome_fields)},
                {typed_slot(connection, is_first)} AND NOT EXISTS ({first.text})
            FROM {keys} AS taken (key)
            RETURNING id
        ),
        lines AS (
            INSERT INTO {quote(OutcomeLine._meta.db_table)}
                ({names("outcome_id", *(field.column for field in line_fields))})
            SELECT recorded.id, line.*
            FROM recorded, unnest(
                {", ".join(typed_slot(connection, field, array=True) for field in line_fields)}
            ) AS line
        )
    """  # noqa: S608
    return Sql(
        text,
        (
            *(Slot(field.name, field) for field in outcome_fields),
            Slot("may_be_first", is_first),
            *first.params,
            *(ColumnSlot(f"line_{field.name}", field) for field in line_fields),
        ),
    )
