"""`manage.py score_reports`, as it is run."""

import io
import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.core.management import CommandError, call_command

from report.judges import JUDGES, RULES, make_judge
from scoring.ordered import IN_PROCESS
from scoring.reports import JudgeFailed, rules_judge
from scoring.reports.models import MODEL_JUDGES
from tests.scoring.reports.models.answers import CANDIDATE, REFERENCE, quoted_answer
from tests.scoring.reports.models.server import Reply, says, serving

ROOT = Path(__file__).resolve().parents[2]
PAIR = {"reference": REFERENCE, "candidate": CANDIDATE, "context": {"age": "072Y", "sex": "F"}}


def lines(count: int = 1, **changes: Any) -> str:
    return "".join(json.dumps({"id": n, **PAIR, **changes}) + "\n" for n in range(count))


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    file = tmp_path / "pairs.jsonl"
    file.write_text(lines(3), encoding="utf-8")
    return file


@dataclass(frozen=True)
class Ended:
    rows: list[dict[str, Any]]
    status: int | str
    error: str


class Run(Protocol):
    def __call__(self, *arguments: str, text: str | bytes = "") -> Ended: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process, and gives what it wrote and how it ended."""

    def run_here(*arguments: str, text: str | bytes = "") -> Ended:
        given = text.encode() if isinstance(text, str) else text
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        status: int | str = 0
        try:
            call_command("score_reports", *arguments)
        except SystemExit as ended:
            status = ended.code or 0
        except CommandError as refused:
            status = str(refused)
        written = capsys.readouterr()
        return Ended([json.loads(row) for row in written.out.splitlines()], status, written.err)

    return run_here


def start(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "score_reports", *arguments],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_file_and_standard_input_give_the_same(pairs: Path) -> None:
    from_file, from_input = start(str(pairs)), start(text=lines(3))
    assert from_file.returncode == from_input.returncode == 0
    assert from_file.stdout == from_input.stdout
    assert from_file.stderr == ""
    rows = [json.loads(row) for row in from_file.stdout.splitlines()]
    assert [row["id"] for row in rows] == [0, 1, 2]
    assert all(0 < row["score"] < 100 for row in rows)


def test_bad_lines_are_told_among_the_others_and_in_the_exit_status(run: Run) -> None:
    done = run(text=lines(1) + "not json\n" + '{"id": "b"}\n' + lines(1))
    assert done.status == 1
    assert [row["id"] for row in done.rows] == [0, None, "b", 0]
    assert done.rows[1]["error"].startswith("The line is not JSON")
    assert done.rows[2]["error"] == "reference is missing."


def test_many_lines_are_shared_by_processes_and_come_out_in_order(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    count = IN_PROCESS + 120
    file.write_text(lines(count), encoding="utf-8")
    alone, shared = run(str(file), "--workers", "1"), run(str(file), "--workers", "2")
    assert shared == alone
    assert shared.status == 0
    assert [row["id"] for row in shared.rows] == list(range(count))


def test_whoever_has_enough_may_close_the_pipe(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text(lines(IN_PROCESS + 400), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "manage.py", "score_reports", str(file)],
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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("/nowhere.jsonl",), "/nowhere.jsonl cannot be read: No such file or directory."),
        (("--judge", "oracle"), "Error: argument --judge: invalid choice: 'oracle'"),
        (("--metrics", "cider"), "There is no metric cider; there are bleu, rougeL"),
        (("--workers", "0"), "--workers must be at least 1."),
        (("--judge", "openai"), "The judge openai needs an endpoint and a model"),
        (("--judge", "crimson-vllm"), "The judge crimson-vllm needs vllm, which"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_before_anything_is_scored(
    run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    done = run(*arguments, text=lines(1))
    assert isinstance(done.status, str)
    assert done.status.startswith(sentence)
    assert done.rows == []


def test_a_metric_that_is_not_here_is_left_out_with_a_sentence(run: Run) -> None:
    done = run("--metrics", "chexbert,rougeL", text=lines(1))
    assert done.status == 0
    assert "Left out: CheXbert F1 needs the package radeval, which is not" in done.error
    (row,) = done.rows
    assert set(row["metrics"]) == {"rougeL"}
    alone = run("--metrics", "chexbert", text=lines(1))
    assert "Left out: CheXbert F1" in alone.error
    assert [(one["score"], "metrics" in one) for one in alone.rows] == [(row["score"], False)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_bad_byte_is_the_error_of_its_line_alone(run: Run, tmp_path: Path, workers: str) -> None:
    bad = b'{"id": "\xe9"}\n'
    content = lines(IN_PROCESS).encode() + bad + lines(1).encode()
    file = tmp_path / "latin.jsonl"
    file.write_bytes(content)
    for done in (run(str(file), "--workers", workers), run("--workers", workers, text=content)):
        assert done.status == 1
        *first, failed, last = done.rows
        assert [row["id"] for row in first] == list(range(IN_PROCESS))
        assert failed == {
            "id": None,
            "error": "The line is not UTF-8 text: byte 9 is 0xe9.",
        }
        assert last == first[0]


def test_a_byte_order_mark_is_no_error(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "marked.jsonl"
    file.write_text(lines(2), encoding="utf-8-sig")
    from_file, from_input = run(str(file)), run(text=file.read_bytes())
    assert from_file == from_input == run(text=lines(2))
    assert from_file.status == 0


def test_a_terminal_shows_how_far_it_has_come(pairs: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with open(tmp_path / "out.jsonl", "wb") as out:
        done = subprocess.run(
            [sys.executable, "manage.py", "score_reports", str(pairs)],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
            stdout=out,
            stderr=theirs,
            timeout=60,
            check=False,
        )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            # So Linux says that nobody holds the other end.
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert done.returncode == 0
    assert b"scoring" in shown
    assert b"100%" in shown
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) == 3


def test_metrics_are_added_to_good_lines(run: Run) -> None:
    pytest.importorskip("sacrebleu", reason="requirements/models.txt is not installed")
    same = json.dumps({"id": "same", "reference": REFERENCE, "candidate": REFERENCE}) + "\n"
    text = f"{same}{{}}\n{lines(40)}".encode("utf-8-sig")
    done = run("--metrics", "bleu, ROUGEL,chrf", text=text)
    first, bad, *others = done.rows
    assert first["metrics"] == {"bleu": 1.0, "rougeL": 1.0, "chrf": 1.0}
    assert list(bad) == ["id", "error"]
    assert len(others) == 40
    assert all(row["metrics"] == others[0]["metrics"] for row in others)
    assert 0 < others[0]["metrics"]["rougeL"] < 1
    assert done.status == 1


def test_a_judge_by_model_is_asked_line_by_line_and_its_failure_is_a_bad_line(
    run: Run, settings: Any
) -> None:
    with serving([says(quoted_answer()), Reply(b"<html>", 404), says(quoted_answer())]) as endpoint:
        settings.JUDGE_URL, settings.JUDGE_MODEL = endpoint.url, "tutor-1"
        settings.JUDGE_KEY = "s3cret"
        done = run("--judge", "openai", text=lines(3))
    first, failed, third = done.rows
    assert first["counts"]["matched"] == 1
    assert first["findings"]["errors"]["false_findings"] == ["P2"]
    assert "tutor-1" in first["version"]
    assert failed == {"id": 1, "error": "The judge's endpoint refused the question with HTTP 404."}
    assert third["score"] == first["score"]
    assert done.status == 1
    assert endpoint.keys == ["Bearer s3cret"] * 3
    assert "s3cret" not in done.error


def test_the_judges_offered_are_the_rules_and_those_by_model() -> None:
    assert sorted(JUDGES) == sorted([RULES, *MODEL_JUDGES])
    assert make_judge(RULES) is rules_judge()


def test_a_judge_is_told_what_the_settings_say(settings: Any) -> None:
    settings.JUDGE_URL, settings.JUDGE_MODEL = "http://127.0.0.1:1/v1", "tutor-2"
    assert make_judge("openai").version.startswith("tutor-2+")
    settings.JUDGE_URL = ""
    with pytest.raises(JudgeFailed, match="set RADGAME_JUDGE_URL"):
        make_judge("openai")


def test_the_setting_names_the_judge_when_nobody_else_does(settings: Any, pairs: Path) -> None:
    settings.JUDGE, settings.JUDGE_URL = "openai", ""
    with pytest.raises(CommandError, match="set RADGAME_JUDGE_URL"):
        call_command("score_reports", str(pairs))
    settings.JUDGE = "oracle"
    with pytest.raises(CommandError, match="RADGAME_JUDGE is 'oracle'; it may be rules, "):
        call_command("score_reports", str(pairs))


def test_scoring_by_the_rules_loads_no_model() -> None:
    heavy = ["torch", "transformers", "jsonschema", "httpx2", "sacrebleu"]
    code = (
        "import sys, io, os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'radgame.settings';"
        f"django.setup(); sys.stdin = io.TextIOWrapper(io.BytesIO({lines(1).encode()!r}))\n"
        "from django.core.management import call_command; call_command('score_reports')\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_web_process_loads_no_model() -> None:
    code = (
        "import sys, radgame.wsgi; from django.urls import get_resolver;"
        "get_resolver().url_patterns; import localize.views, report.views, report.services;"
        "print([name for name in ['torch', 'transformers', 'nltk'] if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
