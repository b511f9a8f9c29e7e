"""A line of the log holds fixed texts, numbers and names, and nothing that anybody wrote."""

import io
import json
import logging
import uuid
import warnings

import pytest
from structlog.contextvars import bound_contextvars

from radgame.watching.lines import Lines, formatter, message_of, told

from .conftest import Log

WORDS = "A nodule in the left upper lobe."


def test_our_own_lines_keep_numbers_and_names_and_leave_out_words(log: Log) -> None:
    logging.getLogger("radgame.jobs").info("swept %s: %d, %s", "explanation", 3, WORDS)
    [line] = log.lines()
    assert line["event"] == "swept explanation: 3, …"
    assert (line["level"], line["logger"]) == ("info", "radgame.jobs")


@pytest.mark.parametrize("name", ["django.request", "celery.worker", "kombu", "gunicorn.error"])
def test_of_other_programs_not_even_a_single_word_is_kept(name: str) -> None:
    assert message_of(name, "bad: %s", ("pneumothorax",)) == "bad: …"
    assert message_of(name, "bad: %(what)s", {"what": "nodule"}) == "bad: …"


def test_what_helps_to_find_a_fault_is_kept() -> None:
    key = uuid.uuid4()
    said = message_of("celery.worker.request", "%s[%s] %s", ("localize.tasks.explain", str(key), 3))
    assert said == f"localize.tasks.explain[{key}] 3"
    assert message_of("gunicorn.error", "Listening at: %s (%s)", ("http://0.0.0.0:8000", 7)) == (
        "Listening at: http://0.0.0.0:8000 (7)"
    )


def test_an_argument_left_out_of_a_number_leaves_the_fixed_text() -> None:
    assert message_of("radgame.x", "took %d seconds", (WORDS,)) == "took %d seconds"


@pytest.mark.parametrize(
    "name", ["transformers", "httpx", "django.security.DisallowedHost", "root"]
)
def test_messages_that_may_be_made_of_text_are_not_shown_but_their_place_is(
    name: str, log: Log
) -> None:
    logging.getLogger(name).error(f"{WORDS} {name}")  # noqa: G004 (what others do)
    [line] = log.lines()
    assert WORDS not in log.text
    assert line["logger"] == name
    assert line["at"][0].startswith("tests/watching/test_lines.py:")


def test_an_exception_is_told_by_class_and_place_without_message_or_variables(log: Log) -> None:
    variable = WORDS
    try:
        try:
            int(variable)
        except ValueError as error:
            raise KeyError(variable) from error
    except KeyError:
        logging.getLogger("report.services").exception("not marked")
    [line] = log.lines()
    assert WORDS not in log.text
    assert (line["error"], line["because"]) == ("KeyError", ["ValueError"])
    assert line["at"][0].startswith("tests/watching/test_lines.py:")
    assert line["at"][0].endswith("without_message_or_variables")


def test_a_message_that_is_an_exception_is_not_shown(log: Log) -> None:
    logging.getLogger("radgame.x").error(ValueError(WORDS))
    assert WORDS not in log.text


def test_an_exception_that_goes_round_in_circles_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert len(told(first)["because"]) == 5


def test_fields_that_nobody_named_are_left_out(log: Log) -> None:
    said = {"route": "home", "text": WORDS, "comment": WORDS}
    logging.getLogger("radgame.x").info("request", extra=said)
    logging.getLogger("django.request").error("no", extra={"route": WORDS, "request": WORDS})
    assert WORDS not in log.text
    assert log.lines("request")[0]["route"] == "home"


def test_what_is_bound_is_on_every_line(log: Log) -> None:
    with bound_contextvars(request_id="r1", attempt_id="a1"):
        logging.getLogger("radgame.x").info("one")
        logging.getLogger("django.template").warning("two")
    assert [(line["request_id"], line["attempt_id"]) for line in log.lines()] == [("r1", "a1")] * 2


def test_a_warning_is_told_by_class_and_place(log: Log) -> None:
    shown = warnings.formatwarning(WORDS, UserWarning, "/x/models.py", 12)
    logging.getLogger("py.warnings").warning("%s", shown)
    assert log.lines()[0]["event"] == "UserWarning at /x/models.py:12"
    assert WORDS not in log.text


def test_a_line_that_cannot_be_written_does_not_spill_its_arguments(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    told_at_last = io.StringIO()
    monkeypatch.setattr("sys.__stderr__", told_at_last)
    handler = Lines(Full())
    handler.setFormatter(formatter("json"))
    handler.handle(logging.LogRecord("radgame.x", 40, "x.py", 1, "%s", (WORDS,), None))
    assert told_at_last.getvalue() == "a log line of radgame.x was lost: OSError\n"
    assert WORDS not in "".join(capsys.readouterr())


def test_the_terminal_says_the_same_in_a_form_to_be_read() -> None:
    stream = io.StringIO()
    handler = Lines(stream)
    handler.setFormatter(formatter("terminal"))
    handler.handle(logging.LogRecord("radgame.x", 20, "x.py", 1, "%d rows, %s", (2, WORDS), None))
    assert "2 rows, …" in stream.getvalue()
    assert "radgame.x" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())
