"""Tables as files. Pure but for the responses."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import register_converter
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

# A spreadsheet takes a cell that begins so for a formula, and text comes from learners too.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")

# What XML 1.0 cannot hold (section 2.2); Excel calls a file with one of them damaged.
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What the name of a sheet may not have, and how long it may be (ECMA-376, 18.2.19).
_NOT_IN_SHEETS = re.compile(r"[\[\]:*?/\\]")
SHEET_NAME_LENGTH: Final = 31

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE: Final = "text/csv; charset=utf-8"
# The mark that spreadsheets look for to read UTF-8 as such.
_MARK: Final = "\ufeff"


def safe_cell(value: Any) -> Any:
    """The value as a spreadsheet shows it; text that would be run gets an apostrophe.

    >>> safe_cell("=1+1"), safe_cell(-3), safe_cell("nodule")
    ("'=1+1", -3, 'nodule')
    """
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


class FileKind(StrEnum):
    """As what a table can be saved."""

    CSV = "csv"
    XLSX = "xlsx"


class FileKindConverter:
    """The end of an address: ``path("cases.<file_kind:kind>", …)``."""

    regex = "|".join(FileKind)

    def to_python(self, value: str) -> FileKind:
        return FileKind(value)

    def to_url(self, value: str) -> str:
        return FileKind(value).value


register_converter(FileKindConverter, "file_kind")


def file_response(
    kind: FileKind, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponse:
    """The table as the kind of file that was asked for."""
    match kind:
        case FileKind.CSV:
            return csv_response(name, head, rows)
        case FileKind.XLSX:
            return xlsx_response(name, head, rows)


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file to be saved as ``name``.csv; UTF-8 with the mark that spreadsheets look for."""
    response = HttpResponse(content_type=CSV_TYPE)
    _save_as(response, f"{name}.csv")
    response.write(_MARK)
    writer = csv.writer(response)
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return response


def xlsx_response(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """The same table as a workbook of one sheet, to be saved as ``name``.xlsx.

    Its cells hold what those of the CSV file hold: numbers as numbers, text as text that nothing
    runs, and moments as text in ISO 8601, since a workbook knows no time zone.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_NOT_IN_SHEETS.sub("-", name)[:SHEET_NAME_LENGTH])
    # Before the first row: what is written is not touched again.
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    heads = [WriteOnlyCell(sheet, value=_xlsx_cell(cell)) for cell in head]
    for cell in heads:
        cell.font = bold
    sheet.append(heads)
    for row in rows:
        sheet.append([_xlsx_cell(cell) for cell in row])
    response = HttpResponse(content_type=XLSX_TYPE)
    _save_as(response, f"{name}.xlsx")
    book.save(response)
    return response


def _xlsx_cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = value.isoformat() if isinstance(value, datetime | date | time) else str(value)
    return safe_cell(_NOT_XML.sub("", text))


class _Echo(io.TextIOBase):
    """A file that keeps nothing: what is written is what ``write`` gives back."""

    def write(self, text: str) -> str:  # type: ignore[override]
        return text


def streamed_csv_response(
    name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Like ``csv_response``, row by row: for a table that may be larger than a process should be.

    What goes wrong on the way can no longer be told as an error: ask for everything beforehand.
    """
    response = StreamingHttpResponse(_lines(head, rows), content_type=CSV_TYPE)
    _save_as(response, f"{name}.csv")
    return response


def _lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield _MARK + writer.writerow([safe_cell(cell) for cell in head])
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def _save_as(response: HttpResponseBase, name: str) -> None:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
