"""`manage.py explain`: a set is explained ahead, stopped, resumed, and told in a table."""

import io
import re
from collections.abc import Sequence

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from localize import explaining
from localize.flagging import withdraw_explanation
from localize.management.commands import explain as command
from localize.models import Explanation
from radgame.accounts.models import User
from radgame.cases.models import Case
from scoring.explanations import Dropped, DropReason, ExplainerFailed, Request, Result
from tests.factories import Said, make_case, make_set

from .conftest import work_off
from .explainers import FakeExplainer, failed, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

State = Explanation.State


@pytest.fixture
def cases(db: None) -> list[Case]:
    """Three cases with two findings each, and one that cannot be played."""
    made = [
        make_case(said=[Said("fracture", (60.0, 950.0, 160.0, 1050.0)), Said("cardiomegaly")])
        for _number in range(3)
    ]
    hidden = make_case(said=[Said("fracture", (1, 2, 30, 40))], status=Case.Status.WITHDRAWN)
    make_set(*made, hidden)
    return made


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("explain", "set", *arguments, stdout=out)
    return " ".join(re.sub("[│┃━╇]", " ", out.getvalue()).split())


def refused(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value


def states() -> list[str]:
    return sorted(Explanation.objects.values_list("state", flat=True))


def test_every_case_that_is_played_is_explained_and_nobody_is_sent_for(
    cases: list[Case], model: FakeExplainer, messages: list[list[str]]
) -> None:
    assert "made 6 already there 0" in run()
    assert states() == [State.DONE] * 6
    assert messages == []


def test_the_findings_of_a_film_are_asked_about_together(
    cases: list[Case], model: FakeExplainer
) -> None:
    run()
    films = [request.film for request in model.asked]
    assert films == sorted(films, key=films.index)
    assert len(set(films)) == 3


def test_what_is_there_is_not_made_again(cases: list[Case], model: FakeExplainer) -> None:
    run()
    assert "made 0 already there 6" in run()
    assert len(model.asked) == 6


def test_renewing_makes_it_again_and_leaves_alone_what_staff_withdrew(
    cases: list[Case], model: FakeExplainer, dana: User
) -> None:
    run()
    withdraw_explanation(explanation_id=Explanation.objects.earliest("pk").pk, by=dana)
    told = run("--renew")
    assert "made 5 already there 0" in told
    assert "withdrawn by staff 1" in told
    assert "made 6" in run("--renew", "--withdrawn")
    assert not Explanation.objects.filter(withdrawn_at__isnull=False).exists()


def test_what_was_dropped_is_told_by_reason_and_stays_dropped(
    cases: list[Case], model: FakeExplainer
) -> None:
    def only_ribs(request: Request) -> Result:
        if request.finding == "fracture":
            return words(request)
        return Dropped(request.id, DropReason.REFUSED, "I cannot.")

    model.say = only_ribs
    told = run()
    assert "made 3" in told
    assert "dropped 3 refused" in told
    assert "dropped 3 refused" in run()
    assert len(model.asked) == 6


def test_an_endpoint_that_does_not_answer_is_told_and_asked_again_by_the_next_run(
    cases: list[Case], model: FakeExplainer
) -> None:
    model.say = failed
    assert "not yet made 6 endpoint: connection refused" in run()
    model.say = words
    assert "made 6" in run()


def test_what_failed_for_good_is_told_and_tried_again_by_the_next_run(
    cases: list[Case], model: FakeExplainer
) -> None:
    model.loads = True
    told = run()
    assert "failed 2 film_unreadable: film" in told
    assert states() == [State.FAILED] * 6
    model.loads = False
    assert "made 6" in run()


def test_when_nothing_can_be_explained_it_ends_at_once_with_the_reason(
    cases: list[Case], model: FakeExplainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localize.ahead.AT_ONCE", 2)

    def no_memory(_requests: Sequence[Request]) -> None:
        raise ExplainerFailed("The model does not fit; take a smaller one.")

    model.before = no_memory
    assert str(refused()) == "The model does not fit; take a smaller one."
    assert len(model.batches) == 1
    assert states() == [State.WAITING] * 6


def test_it_can_be_stopped_and_run_again(
    cases: list[Case], model: FakeExplainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localize.ahead.AT_ONCE", 2)

    def stop(_requests: Sequence[Request]) -> None:
        if len(model.batches) == 2:
            raise KeyboardInterrupt

    model.before = stop
    stopped = refused()
    assert "run it again to go on" in str(stopped)
    assert stopped.returncode == 130
    assert states() == [State.DONE] * 2 + [State.WAITING] * 4
    assert "made 4 already there 2" in run()


def test_workers_can_be_left_to_it_and_watched(
    cases: list[Case],
    model: FakeExplainer,
    messages: list[list[str]],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.BROKER_URL = "redis://broker"
    slept: list[float] = []

    def meanwhile(seconds: float) -> None:
        slept.append(seconds)
        work_off()

    monkeypatch.setattr(command.time, "sleep", meanwhile)
    assert "made 6" in run("--workers")
    assert sum(len(keys) for keys in messages) == 6
    assert slept == [1.0]


def test_the_atlas_has_nothing_to_make(cases: list[Case]) -> None:
    assert "there is nothing to make" in str(refused())
    assert not Explanation.objects.exists()


def test_what_is_missing_is_said_before_anything_is_written(
    cases: list[Case],
    model: FakeExplainer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.BROKER_URL = "memory://"
    assert "--workers needs a broker" in str(refused("--workers"))
    assert "--withdrawn goes with --renew" in str(refused("--withdrawn"))
    settings.EXPLAINER = "transformers"
    assert "start a worker for the queue gpu" in str(refused())

    def missing() -> None:
        raise ExplainerFailed("pip install -r requirements/models.txt")

    settings.EXPLAINER = "openai"
    monkeypatch.setattr(explaining, "_explainer", missing)
    assert "requirements/models.txt" in str(refused())
    assert not Explanation.objects.exists()


def test_an_unknown_set_is_refused(db: None, model: FakeExplainer) -> None:
    assert "no case set 'set'" in str(refused())


def test_quiet_says_nothing(cases: list[Case], model: FakeExplainer) -> None:
    assert run("--verbosity", "0") == ""
