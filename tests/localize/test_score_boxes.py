"""`manage.py score_boxes`, as it is run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
CASE = {
    "size": [100, 100],
    "reference": [{"finding": "nodule-mass", "box": [0, 0, 10, 10]}],
    "marks": [{"finding": "nodule-mass", "box": [0, 0, 10, 10]}],
}
LATIN = '{"id": "né"}\n'.encode("latin-1")
MARK = b"\xef\xbb\xbf"


def good(case_id: str) -> bytes:
    return json.dumps({"id": case_id, **CASE}).encode() + b"\n"


def score(content: bytes, file: Path | None = None) -> tuple[list[dict[str, Any]], int, bytes]:
    """What it writes of a file or of standard input, its exit status, and its complaints."""
    if file is not None:
        file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "manage.py", "score_boxes", *([str(file)] if file else [])],
        cwd=ROOT,
        input=b"" if file else content,
        # Another encoding than the lines have must make no difference.
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict" if not file else "utf-8"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return [json.loads(row) for row in done.stdout.splitlines()], done.returncode, done.stderr


@pytest.mark.parametrize("from_file", [True, False], ids=["file", "input"])
def test_a_bad_byte_is_the_error_of_its_line_alone(tmp_path: Path, from_file: bool) -> None:
    content = good("a") + LATIN + b"not json\n" + good("b")
    rows, status, complaint = score(content, tmp_path / "boxes.jsonl" if from_file else None)
    assert [row["id"] for row in rows] == ["a", None, None, "b"]
    assert rows[1] == {"id": None, "error": "The line is not UTF-8 text: byte 10 is 0xe9."}
    assert rows[2]["error"].startswith("The line is not JSON")
    assert rows[0]["score"] == rows[3]["score"] == 1
    assert (status, complaint) == (1, b"")


@pytest.mark.parametrize("from_file", [True, False], ids=["file", "input"])
def test_a_byte_order_mark_is_no_error(tmp_path: Path, from_file: bool) -> None:
    content = MARK + good("a") + good("b")
    rows, status, complaint = score(content, tmp_path / "boxes.jsonl" if from_file else None)
    assert [row["id"] for row in rows] == ["a", "b"]
    assert (status, complaint) == (0, b"")


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match=r"/nowhere\.jsonl cannot be read: No such file"):
        call_command("score_boxes", "/nowhere.jsonl")


def test_whoever_has_enough_may_close_the_pipe(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_bytes(good("a") * 2_000)
    with subprocess.Popen(
        [sys.executable, "manage.py", "score_boxes", str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()
        assert process.wait(60) == 128 + 13
    assert complaint == b""
