"""What every scorer says of a line. How the scorers use it: their own test_jsonl."""

import json

import pytest

from scoring.jsonl import LineError, lines_of, parse_object, read_id, to_line


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "The line is not JSON: Expecting value at character 1."),
        ("{", "The line is not JSON"),
        ("[1]", "The line must be a JSON object, not a list of 1."),
        ("null", "The line must be a JSON object, not null."),
        ('{"a": NaN}', "The line is not JSON: NaN is not a JSON number."),
        ("[" * 100_000, "The line is nested too deeply."),
        ("9" * 5000, "The line holds a number that cannot be read"),
    ],
)
def test_a_line_that_is_no_object_is_refused(line: str, sentence: str) -> None:
    with pytest.raises(LineError) as refused:
        parse_object(line)
    assert str(refused.value).startswith(sentence)


def test_a_line_of_bytes_is_utf_8() -> None:
    assert parse_object('{"é": 1}\r\n'.encode()) == {"é": 1}
    with pytest.raises(LineError, match=r"^The line is not UTF-8 text: byte 3 is 0xe9\.$"):
        parse_object('{"é": 1}'.encode("latin-1"))
    with pytest.raises(LineError, match=r"^The line is not UTF-8 text: byte 9 is 0xed\.$"):
        parse_object(b'{"id": "\xed\xa0\x80"}')


def test_only_the_first_line_of_a_file_may_have_a_byte_order_mark() -> None:
    marked = "\ufeffa\n".encode()
    assert list(lines_of([marked, marked])) == [b"a\n", marked]
    assert list(lines_of([])) == []


@pytest.mark.parametrize("case_id", ["a", "", 0, -3])
def test_an_id_is_a_string_or_a_whole_number(case_id: str | int) -> None:
    assert read_id({"id": case_id}) == case_id


@pytest.mark.parametrize("case_id", [None, True, 1.5, [], {}])
def test_nothing_else_is_an_id(case_id: object) -> None:
    with pytest.raises(LineError, match="id must be a string or a whole number, not "):
        read_id({"id": case_id})


def test_a_result_is_one_line_that_can_be_written_whatever_it_holds() -> None:
    assert to_line({"id": "é\n"}) == '{"id": "é\\n"}\n'
    half = to_line({"id": "\ud800", "text": "é"})
    assert half.isascii()
    assert json.loads(half) == {"id": "\ud800", "text": "é"}
