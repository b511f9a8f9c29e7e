"""Tables as files: the same cells in each, and nothing that a spreadsheet would run."""

import csv
import io
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from radgame.tables import csv_response, safe_cell, streamed_csv_response, xlsx_response

HEAD = ["Learner", "Score"]


def read_xlsx(content: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def text_of(response: StreamingHttpResponse) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0"])
def test_text_that_would_be_run_is_text_in_each_file(text: str) -> None:
    book = load_workbook(io.BytesIO(xlsx_response("t", HEAD, [[text, 1]]).content))
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == (f"'{text}", "s")
    [_head, row] = read_csv(csv_response("t", HEAD, [[text, 1]]).content.decode("utf-8-sig"))
    assert row == [f"'{text}", "1"]


def test_a_head_is_no_formula_either() -> None:
    assert read_xlsx(xlsx_response("t", ["=A1"], []).content) == [("'=A1",)]


def test_numbers_stay_numbers_and_nothing_stays_nothing() -> None:
    rows: list[list[object]] = [["alice", 0.25], ["bob", None], ["carol", -3]]
    read = read_xlsx(xlsx_response("t", HEAD, rows).content)
    assert read == [("Learner", "Score"), ("alice", 0.25), ("bob", None), ("carol", -3)]


def test_what_a_workbook_cannot_hold_is_told_in_text() -> None:
    key, moment = uuid.UUID(int=5), datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    [_head, row] = read_xlsx(xlsx_response("t", HEAD, [[key, moment, float("nan")]]).content)
    assert row == (str(key), "2026-03-02T04:30:00+00:00", "nan")


@given(st.text())
def test_whatever_somebody_is_called_the_workbook_can_be_opened(name: str) -> None:
    [_head, row] = read_xlsx(xlsx_response("t", HEAD, [[name, 1]]).content)
    assert row[1] == 1
    assert row[0] is None or not str(row[0]).startswith("=")


def test_a_sheet_is_named_within_what_is_allowed() -> None:
    content = xlsx_response("assignment/9c5e:4f8b-1111-2222-3333-444455556666", HEAD, []).content
    [name] = load_workbook(io.BytesIO(content)).sheetnames
    assert name == "assignment-9c5e-4f8b-1111-2222-"


def test_files_are_saved_under_their_name() -> None:
    for response, kind in [
        (csv_response("t", HEAD, []), "csv"),
        (xlsx_response("t", HEAD, []), "xlsx"),
        (streamed_csv_response("t", HEAD, []), "csv"),
    ]:
        assert response["Content-Disposition"] == f'attachment; filename="t.{kind}"'


def test_a_streamed_table_is_the_same_and_is_made_row_by_row() -> None:
    asked: list[int] = []

    def rows() -> Any:
        for number in range(3):
            asked.append(number)
            yield [f"=r{number}", number]

    response = streamed_csv_response("t", HEAD, rows())
    assert asked == []
    text = text_of(response)
    assert text == csv_response("t", HEAD, rows()).content.decode("utf-8-sig")
    assert read_csv(text)[1] == [safe_cell("=r0"), "0"]
