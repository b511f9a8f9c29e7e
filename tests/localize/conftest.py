"""A site with a model that explains, and what goes with it."""

import pytest
from django.db import transaction
from pytest_django import Settings

from localize import explaining
from localize.models import Explanation
from localize.tasks import explain
from radgame import queues
from tests.localize.explainers import FakeExplainer


@pytest.fixture
def model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeExplainer:
    """The site asks a model, which answers in this process when ``work_off`` has the task run."""
    settings.EXPLAINER = "openai"
    fake = FakeExplainer()
    monkeypatch.setattr(explaining, "_explainer", lambda: fake)
    return fake


@pytest.fixture
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be done after a commit is done at once: the transaction of a test never ends.

    Not where a test has real transactions; those take seconds on PostgreSQL.
    """
    mark = request.node.get_closest_marker("django_db")
    if mark is None or not mark.kwargs.get("transaction"):
        monkeypatch.setattr(transaction, "on_commit", lambda done, **_options: done())


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The lists of keys that were sent; a broker takes them, and no worker is there."""
    sent: list[list[str]] = []

    def publish(task: object, arguments: list[list[str]]) -> bool:
        sent.append(arguments[0])
        return True

    monkeypatch.setattr(queues, "publish", publish)
    return sent


def work_off() -> None:
    """What a worker does with everything that waits, here and now."""
    waiting = Explanation.objects.filter(state=Explanation.State.WAITING)
    explain.run([str(key) for key in waiting.values_list("pk", flat=True)])
