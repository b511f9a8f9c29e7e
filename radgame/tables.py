"""Tables as files. Pure but for the response."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

# A spreadsheet takes a cell that begins so for a formula, and text comes from learners too.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")


def safe_cell(value: Any) -> Any:
    """The value as a spreadsheet shows it; text that would be run gets an apostrophe.

    >>> safe_cell("=1+1"), safe_cell(-3), safe_cell("nodule")
    ("'=1+1", -3, 'nodule')
    """
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file to be saved as ``name``.csv; UTF-8 with the mark that spreadsheets look for."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return response
