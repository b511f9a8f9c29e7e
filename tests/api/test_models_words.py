"""What models say is told by the API after the submit alone, with whose words they are."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from localize import explaining
from localize.models import ExplanationFlag
from radgame.accounts.models import User
from report import judging
from report.services import start_sitting
from tests.api.conftest import Program, at, program_of
from tests.factories import Said, make_case, make_report_case, make_set
from tests.localize.conftest import at_once, model, work_off
from tests.localize.explainers import WORDS, FakeExplainer
from tests.report.conftest import FINDINGS
from tests.report.judges import ONE, FakeJudge, let_judge, submitted

# Fixtures are found by their names in the module.
__all__ = ["at_once", "model"]


@pytest.mark.usefixtures("at_once")
def test_a_models_words_are_told_after_the_submit_and_can_be_flagged(
    as_alice: Program, bob: User, model: FakeExplainer
) -> None:
    case = make_case(said=[Said("fracture", (60.0, 950.0, 160.0, 1050.0))])
    case_set = make_set(case)
    explaining.ask_for_case(case)
    work_off()
    attempt = as_alice.post("localize_start", case_set.slug).json()["attempt"]["id"]
    before = as_alice.get("localize_attempt", attempt).content.decode()
    assert WORDS not in before
    assert as_alice.get("localize_explanations", attempt).status_code == 404
    submit = {"answer": {"normal": False}, "elapsed_s": 1}
    assert as_alice.post("localize_submit", attempt, body=submit).status_code == 200
    [told] = as_alice.told("localize_explanations", attempt)["results"]
    assert told["text"] == WORDS
    assert told["model"].startswith("MedGemma (google/medgemma-4b-it")
    assert told["is_flagged"] is False
    sent = {"comment": "It is another rib."}
    flag = at("localize_flag_explanation", attempt, told["key"])
    assert program_of(bob).ask("POST", flag, sent).status_code == 404
    assert as_alice.ask("POST", flag, sent).status_code == 204
    assert ExplanationFlag.objects.get().comment == "It is another rib."
    [told] = as_alice.told("localize_explanations", attempt)["results"]
    assert told["is_flagged"] is True


@pytest.fixture
def judge(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeJudge]:
    settings.GAME_JUDGE = "openai"
    fake = FakeJudge(effusion_found=True)
    monkeypatch.setattr(judging, "make_judge", lambda name: fake)
    judging._judge.cache_clear()
    yield fake
    judging._judge.cache_clear()


def test_the_second_judge_is_told_once_it_has_answered(
    as_alice: Program, alice: User, judge: FakeJudge
) -> None:
    case_set = make_set(make_report_case(FINDINGS))
    attempt = start_sitting(reader=alice, case_set=case_set).attempt
    assert attempt is not None
    told = as_alice.told("report_attempt", attempt.pk)
    assert told["marked_by"] == "Marked by rules; a model judges afterwards, for comparison."
    assert as_alice.get("report_judgement", attempt.pk).status_code == 404
    submitted(attempt, ONE)
    waiting = as_alice.told("report_judgement", attempt.pk)
    assert (waiting["is_waiting"], waiting["mark"]) == (True, None)
    let_judge(attempt)
    answered = as_alice.told("report_judgement", attempt.pk)
    assert answered["is_waiting"] is False
    assert answered["mark"]["by"].startswith("Judged by the model")
    outcomes = {card["outcome"] for card in answered["mark"]["told"]["findings"]}
    assert outcomes == {"matched", "missed"}
