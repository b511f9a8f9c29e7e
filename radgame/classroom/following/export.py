"""The ledger of a cohort's work, line by line, for whoever wants to compute it all again."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from radgame.classroom.models import Cohort

from . import ledger
from .frame import follow

# Not translated: these are the names of columns, which a script looks for.
HEAD = [
    "outcome",
    "learner",
    "game",
    "assignment",
    "dataset",
    "case",
    "score",
    "seconds",
    "is_first",
    "occurred_at",
    "scorer_version",
    "finding",
    "concept",
    "result",
    "weight",
]


def ledger_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], Iterator[list[Any]]]:
    """A row for each line; an outcome without lines, which is a case read as normal, has one."""
    following = follow(cohort, query)
    rows = ledger.ledger_rows(following.asked, following.people)
    return HEAD, (_cells(row) for row in rows)


def _cells(row: tuple[Any, ...]) -> list[Any]:
    """Nothing where there is no line; moments in ISO 8601."""
    return [
        "" if cell is None else cell.isoformat() if name == "occurred_at" else cell
        for name, cell in zip(HEAD, row, strict=True)
    ]
