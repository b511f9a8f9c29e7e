"""`make audit`: a known vulnerability fails, what could not be asked is said."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

UNKNOWN = {
    "name": "amqp",
    "skip_reason": "Dependency not found on PyPI and could not be audited: amqp (5.4.2)",
}
SOUND = {"name": "django", "version": "5.2.19", "vulns": []}
VULNERABLE = {
    "name": "pillow",
    "version": "9.0.0",
    "vulns": [
        {
            "id": "PYSEC-2022-10",
            "fix_versions": ["9.0.1"],
            "aliases": ["CVE-2022-24303"],
            "description": "…",
        }
    ],
}
UNFIXED = {
    "name": "redis",
    "version": "1.0",
    "vulns": [{"id": "GHSA-1", "fix_versions": [], "aliases": []}],
}


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import audit

    return audit


def told(audit: ModuleType, *packages: dict[str, Any], **accepted: str) -> tuple[list[str], int]:
    answer = json.dumps({"dependencies": packages, "fixes": []})
    verdict: tuple[list[str], int] = audit.verdict(audit.read_audit(answer), accepted)
    return verdict


def test_nothing_known_passes(audit: ModuleType) -> None:
    assert told(audit, SOUND) == (["1 of 1 packages audited, 0 vulnerable."], 0)


def test_a_vulnerability_fails_and_names_its_fix(audit: ModuleType) -> None:
    lines, status = told(audit, SOUND, VULNERABLE, UNFIXED)
    assert status == 1
    assert lines[:2] == [
        "pillow 9.0.0: PYSEC-2022-10, CVE-2022-24303; fixed in 9.0.1",
        "redis 1.0: GHSA-1; no fix is known",
    ]


@pytest.mark.parametrize("name", ["PYSEC-2022-10", "CVE-2022-24303"])
def test_one_that_was_accepted_is_told_with_the_reason(name: str, audit: ModuleType) -> None:
    lines, status = told(audit, VULNERABLE, **{name: "We read no such files."})
    assert status == 0
    assert "(accepted: We read no such files.)" in lines[0]
    assert told(audit, VULNERABLE, UNFIXED, **{name: "…"})[1] == 1


def test_a_mirror_that_knows_nothing_is_said_plainly_and_is_no_failure(audit: ModuleType) -> None:
    lines, status = told(audit, UNKNOWN, {**UNKNOWN, "name": "attrs"})
    assert status == 0
    assert lines[0].startswith("Nothing could be audited")
    assert "any of the 2 packages" in lines[0]


def test_what_could_not_be_asked_is_named_beside_the_rest(audit: ModuleType) -> None:
    assert told(audit, SOUND, UNKNOWN) == (
        ["1 of 2 packages audited, 0 vulnerable.", "Not audited: amqp."],
        0,
    )


@pytest.mark.parametrize("text", ["", "no", "[]", "{}", '{"dependencies": [3]}', "null"])
def test_what_is_no_answer_is_not_taken_for_one(text: str, audit: ModuleType) -> None:
    with pytest.raises(ValueError, match="not an answer of pip-audit"):
        audit.read_audit(text)


def test_without_a_network_it_says_so(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_arguments: object, **_options: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess([], 1, "", "Traceback\nProxyError: no way out\n")

    monkeypatch.setattr(audit.environment, "ensure", lambda *_names: Path(sys.executable))
    monkeypatch.setattr(audit.subprocess, "run", failing)
    assert audit.main() == 0
    assert "Nothing could be audited: pip-audit gave no answer" in capsys.readouterr().out


def test_every_lock_file_is_asked_about(audit: ModuleType) -> None:
    locks = {path.stem for path in (ROOT / "requirements").glob("*.txt")}
    assert set(audit.LOCKS) == locks


def test_the_checks_of_a_change_include_it() -> None:
    assert "audit.py" in (ROOT / "tools" / "check.py").read_text()
