"""The ledger of a cohort's work, line by line, for whoever wants to compute it all again."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

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

# A workbook is made whole before it is sent: some seconds for so many lines.
MOST_IN_A_WORKBOOK: Final = 50_000


class TooLong(Exception):
    """More lines than a workbook is made of; the message says what to do instead."""


def ledger_table(cohort: Cohort, query: QueryDict) -> tuple[list[str], Iterator[list[Any]]]:
    """A row for each line; an outcome without lines, which is a case read as normal, has one."""
    following = follow(cohort, query)
    rows = ledger.ledger_rows(following.asked, following.people)
    return HEAD, (_cells(row) for row in rows)


def for_workbook(rows: Iterable[list[Any]]) -> list[list[Any]]:
    """The rows, if they are few enough; raises ``TooLong``."""
    taken = list(islice(rows, MOST_IN_A_WORKBOOK + 1))
    if len(taken) > MOST_IN_A_WORKBOOK:
        raise TooLong(
            _(
                "These are more than %(most)s lines, too many for a workbook. Ask for one "
                "assignment or for fewer days, or save them as CSV, which has no limit."
            )
            % {"most": f"{MOST_IN_A_WORKBOOK:,}"}
        )
    return taken


def _cells(row: tuple[Any, ...]) -> list[Any]:
    """Nothing where there is no line; moments in ISO 8601."""
    return [
        "" if cell is None else cell.isoformat() if name == "occurred_at" else cell
        for name, cell in zip(HEAD, row, strict=True)
    ]
