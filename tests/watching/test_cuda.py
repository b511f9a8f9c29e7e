"""A worker that is to load a model and sees no card says so when it starts."""

import logging
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from radgame.watching import broker, cuda, working

SLOW = "no CUDA device is in sight"


def ends_with(monkeypatch: pytest.MonkeyPatch, code: int) -> list[list[str]]:
    asked = []

    def run(command: list[str], **_named: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(subprocess, "run", run)
    return asked


@pytest.mark.parametrize(("code", "told"), [(0, ""), (3, SLOW), (1, "torch cannot be loaded")])
def test_a_worker_warns_of_what_it_finds(
    code: int, told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends_with(monkeypatch, code)
    with caplog.at_level(logging.WARNING, "radgame.watching.cuda"):
        cuda.look()
    assert (told in caplog.text) if told else not caplog.records


def test_who_cannot_ask_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def run(command: list[str], **_named: object) -> None:
        raise subprocess.TimeoutExpired(command, 180)

    monkeypatch.setattr(subprocess, "run", run)
    with caplog.at_level(logging.WARNING, "radgame.watching.cuda"):
        cuda.look()
    assert "could not be asked" in caplog.text


@pytest.mark.parametrize(
    ("explainer", "judge", "queues", "looks"),
    [
        ("transformers", "", ["gpu"], True),
        ("atlas", "crimson-hf", ["gpu", "quick"], True),
        ("transformers", "crimson-hf", ["quick"], False),
        ("openai", "openai", ["gpu"], False),
        ("atlas", "", ["gpu"], False),
    ],
)
def test_only_workers_that_will_load_a_model_look_for_a_card(
    explainer: str,
    judge: str,
    queues: list[str],
    looks: bool,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    settings.EXPLAINER, settings.GAME_JUDGE = explainer, judge
    settings.WORKER_METRICS_PORT = 0
    monkeypatch.setattr(broker, "is_embedded", lambda: False)
    monkeypatch.setattr(working.life, "begin", lambda *_sign: None)
    looked = []

    class Thread:
        def __init__(self, target: Any, **_named: object) -> None:
            looked.append(target)

        def start(self) -> None: ...

    monkeypatch.setattr(cuda.threading, "Thread", Thread)
    consumed = SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues)))
    working.begin_worker(SimpleNamespace(hostname="w@here", app=SimpleNamespace(amqp=consumed)))
    assert looked == ([cuda.look] if looks else [])
