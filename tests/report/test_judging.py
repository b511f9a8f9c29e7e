"""The second judge: asked after the commit, safe twice, and counted only where it was promised."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.core import checks
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from pytest_django import Settings
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from radgame import jobs, queues
from radgame.cases import dossier
from radgame.cases.models import Finding, ReferenceReport
from radgame.celery import app as celery
from radgame.progress.models import Outcome
from radgame.queues import Delivery
from report import judging, services
from report.checks import check_game_judge
from report.judges import JUDGES, MODEL_JUDGES
from report.ledger import fit_version
from report.marking import Marking
from report.models import Attempt, Judgement
from report.tasks import judge
from scoring.reports.evaluation import JudgeFailed, JudgeUnavailable, JudgeUnusable
from scoring.reports.models import MODEL_JUDGES as THERE
from tests.report.conftest import FINDINGS
from tests.report.judges import ONE, FakeJudge, let_judge, submitted
from tests.scoring.reports.models.server import Reply, says, serving

WAITING, DONE, FAILED = Judgement.State.WAITING, Judgement.State.DONE, Judgement.State.FAILED
MODEL_SCORE = 0.0


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    judging._judge.cache_clear()
    queues.broker.answered()
    yield
    judging._judge.cache_clear()
    queues.broker.answered()


@pytest.fixture
def model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeJudge:
    """The site has a second judge, which finds nothing right unless a test says so."""
    settings.GAME_JUDGE = "openai"
    fake = FakeJudge()
    monkeypatch.setattr(judging, "make_judge", lambda name: fake)
    return fake


@pytest.fixture
def counting(attempt: Attempt) -> Attempt:
    """An attempt at a set in which the model's mark counts."""
    case_set = attempt.sitting.case_set
    case_set.model_judge_counts = True
    case_set.save()
    return attempt


def row_of(attempt: Attempt) -> Judgement:
    return Judgement.objects.get(attempt=attempt)


# --- asking -------------------------------------------------------------------


def test_a_site_without_a_second_judge_asks_nobody(attempt: Attempt) -> None:
    submitted(attempt)
    assert not Judgement.objects.exists()


def test_a_submit_leaves_one_row_and_one_message_and_the_mark_by_rules(
    model: FakeJudge,
    attempt: Attempt,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(queues, "publish", lambda task, arguments: sent.append(arguments))
    for _number in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            services.submit_attempt(attempt=attempt, reading=ONE, elapsed_s=5)
    row = row_of(attempt)
    assert (row.judge, row.state, row.counts) == ("openai", WAITING, False)
    assert sent == [([str(row.pk)],)]
    assert attempt.score is not None
    assert attempt.score > 0
    assert model.asked == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_loses_neither_the_submit_nor_the_row(
    model: FakeJudge, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_options: object) -> None:
        raise BrokerError("connection refused")

    monkeypatch.setattr(judge, "apply_async", refuse)
    assert services.submit_attempt(attempt=attempt, reading=ONE, elapsed_s=5).is_submitted
    assert row_of(attempt).state == WAITING


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_after_the_commit_costs_the_row_and_not_the_submit(
    model: FakeJudge, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_values: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(Judgement.objects, "create", refuse)
        assert services.submit_attempt(attempt=attempt, reading=ONE, elapsed_s=5).is_submitted
    assert not Judgement.objects.exists()
    judging.ask_if_forgotten(attempt=attempt)
    assert row_of(attempt).state == WAITING


def test_an_attempt_whose_process_died_gets_its_row_later_and_only_once(
    model: FakeJudge, counting: Attempt
) -> None:
    submitted(counting)
    Judgement.objects.all().delete()
    judging.ask_if_forgotten(attempt=counting)
    judging.ask_if_forgotten(attempt=counting)
    assert row_of(counting).counts


def test_a_mark_that_has_stood_for_a_day_is_not_changed_by_opening_it(
    model: FakeJudge, counting: Attempt
) -> None:
    submitted(counting)
    Judgement.objects.all().delete()
    counting.submitted_at = timezone.now() - timedelta(hours=25)
    judging.ask_if_forgotten(attempt=counting)
    assert not row_of(counting).counts


def test_an_attempt_in_play_is_never_asked_about(model: FakeJudge, attempt: Attempt) -> None:
    judging.ask_if_forgotten(attempt=attempt)
    judging.ask_for_attempt(attempt=attempt)
    assert not Judgement.objects.exists()


def test_another_judge_of_the_site_does_not_judge_again_what_is_judged(
    model: FakeJudge, attempt: Attempt, settings: Settings
) -> None:
    submitted(attempt)
    settings.GAME_JUDGE = "crimson-hf"
    judging.ask_if_forgotten(attempt=attempt)
    assert row_of(attempt).judge == "openai"


def test_of_two_judgements_of_an_attempt_one_counts_at_most(attempt: Attempt) -> None:
    Judgement.objects.create(attempt=attempt, judge="openai", counts=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.create(attempt=attempt, judge="crimson-hf", counts=True)


# --- judging ------------------------------------------------------------------


def test_the_model_is_given_the_stored_texts_and_its_mark_is_stored(
    model: FakeJudge, attempt: Attempt
) -> None:
    submitted(attempt)
    row = let_judge(attempt)
    [(reference, candidate)] = model.asked
    assert reference.startswith(f"Findings: {FINDINGS}")
    assert candidate == f"Findings: {ONE.findings}"
    assert (row.state, row.score) == (DONE, MODEL_SCORE)
    assert row.version.endswith("+tutor-1+quoting-1")
    assert row.seconds is not None
    stored = Marking.from_json(row.marking or {})
    assert (stored.mark.judge, stored.mark.score) == ("openai", row.score)
    assert stored.inputs == Marking.from_json(attempt.result or {}).inputs


def test_a_judgement_that_does_not_count_leaves_attempt_and_ledger_alone(
    model: FakeJudge, attempt: Attempt
) -> None:
    before = submitted(attempt).score
    let_judge(attempt)
    attempt.refresh_from_db()
    assert attempt.score == before
    outcome = Outcome.objects.get()
    assert outcome.score == before
    assert [line.result for line in outcome.lines.order_by("pk")] == ["matched", "missed"]


def test_where_the_set_says_so_the_models_mark_becomes_score_and_outcome(
    model: FakeJudge, counting: Attempt
) -> None:
    by_rules = submitted(counting)
    result, before = by_rules.result, by_rules.score
    assert row_of(counting).counts
    row = let_judge(counting)
    counting.refresh_from_db()
    assert row.decides
    assert counting.score == row.score == MODEL_SCORE != before
    assert counting.result == result
    outcome = Outcome.objects.get()
    assert (outcome.score, outcome.is_first) == (MODEL_SCORE, True)
    assert outcome.scorer_version == counting.scorer_version == fit_version(row.version)
    lines = [(line.concept, line.result) for line in outcome.lines.order_by("pk")]
    # The model names freely; where the rules read a finding in the same place, it is that one.
    assert lines == [
        ("pleural-effusion", "missed"),
        ("pneumothorax", "missed"),
        ("pleural-effusion", "false"),
    ]
    named = outcome.lines.filter(concept="pneumothorax").get()
    assert named.finding == Finding.objects.get(slug="pneumothorax")


def test_what_counts_was_settled_at_the_submit_and_not_when_the_answer_came(
    model: FakeJudge, counting: Attempt
) -> None:
    submitted(counting)
    case_set = counting.sitting.case_set
    case_set.model_judge_counts = False
    case_set.save()
    assert let_judge(counting).decides


def test_a_judgement_that_is_delivered_twice_is_made_and_counted_once(
    model: FakeJudge, counting: Attempt
) -> None:
    submitted(counting)
    let_judge(counting)
    let_judge(counting, "second")
    assert len(model.asked) == 1
    assert Outcome.objects.get().lines.count() == 3


def test_a_worker_that_was_given_up_changes_nothing_when_it_comes_late(
    model: FakeJudge, counting: Attempt
) -> None:
    before = submitted(counting).score
    key = row_of(counting).pk
    [late] = jobs.claim(Judgement, keys=[key], delivery=Delivery("first", again=False))
    [taken] = jobs.claim(Judgement, keys=[key], delivery=Delivery("first", again=True))
    judging.judge_row(late)
    counting.refresh_from_db()
    assert counting.score == before
    judging.judge_row(taken)
    counting.refresh_from_db()
    assert counting.score == MODEL_SCORE


def test_the_judge_is_made_once_in_a_process(
    model: FakeJudge, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(judging, "make_judge", lambda name: made.append(name) or model)
    submitted(attempt)
    let_judge(attempt)
    Judgement.objects.update(state=WAITING)
    let_judge(attempt)
    assert made == ["openai"]


def test_a_task_takes_one_row_and_hands_on_the_others(
    model: FakeJudge, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(attempt)
    handed_on: list[list[str]] = []
    monkeypatch.setattr(jobs, "send", lambda model, keys: handed_on.append(list(keys)))
    key = str(row_of(attempt).pk)
    celery.finalize()
    judge.apply(args=[[key, "901", "902"]], throw=True)
    assert handed_on == [["901"], ["902"]]
    assert row_of(attempt).state == DONE


def test_a_version_that_is_too_long_for_the_ledger_is_cut_and_told_apart(
    model: FakeJudge, counting: Attempt
) -> None:
    model.version = f"{'a-very-long-name/' * 12}tutor+quoting-1"
    submitted(counting)
    row = let_judge(counting)
    outcome = Outcome.objects.get()
    assert (len(row.version), len(outcome.scorer_version)) == (80, 40)
    assert fit_version("x" * 41) != fit_version("x" * 42)
    assert fit_version("rules-1") == "rules-1"


def test_no_folder_of_the_machine_is_in_a_stored_version(
    model: FakeJudge, counting: Attempt
) -> None:
    model.version = "/srv/secret/place/medgemma@1+crimson-1"
    submitted(counting)
    assert let_judge(counting).version.endswith("+medgemma@1+crimson-1")
    assert "secret" not in Outcome.objects.get().scorer_version


def test_what_no_database_stores_is_taken_out_of_a_models_words(
    model: FakeJudge, attempt: Attempt
) -> None:
    model.words = "effusion\x00 on the right\ud800"
    submitted(attempt)
    row = let_judge(attempt)
    assert row.state == DONE
    assert row.marking is not None
    [first, _second] = row.marking["result"]["evaluation"]["reference_findings"]
    assert first["finding"] == "effusion on the right"


# --- failing ------------------------------------------------------------------


def test_an_endpoint_that_is_down_is_asked_again_and_in_the_end_given_up(
    model: FakeJudge, counting: Attempt
) -> None:
    before = submitted(counting).score
    model.fails = JudgeUnavailable("The judge's endpoint cannot be reached.")
    states = []
    for _number in range(jobs.MAX_TRIES):
        Judgement.objects.update(due_at=timezone.now())
        states.append(let_judge(counting).state)
    assert states == [WAITING] * (jobs.MAX_TRIES - 1) + [FAILED]
    counting.refresh_from_db()
    assert counting.score == before
    model.fails = None
    jobs.retry(jobs.kind_of(Judgement))
    assert let_judge(counting).decides


def test_an_answer_that_cannot_be_used_is_not_asked_for_again(
    model: FakeJudge, counting: Attempt
) -> None:
    before = submitted(counting).score
    model.fails = JudgeUnusable("openai gave no valid evaluation: not JSON")
    row = let_judge(counting)
    assert (row.state, row.drop_reason) == (Judgement.State.DROPPED, "unusable")
    assert row.dropped_text == str(model.fails)
    let_judge(counting)
    assert len(model.asked) == 1
    counting.refresh_from_db()
    assert counting.score == before


def test_a_question_that_is_refused_is_not_asked_again(model: FakeJudge, attempt: Attempt) -> None:
    submitted(attempt)
    model.fails = JudgeFailed("The judge's endpoint refused the question with HTTP 401.")
    row = let_judge(attempt)
    assert (row.state, row.error) == (FAILED, str(model.fails))


def test_a_judge_that_cannot_be_made_here_may_be_made_later(
    model: FakeJudge, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise JudgeFailed("The judge openai needs an endpoint and a model.")

    monkeypatch.setattr(judging, "make_judge", refuse)
    submitted(attempt)
    row = let_judge(attempt)
    assert (row.state, row.error) == (WAITING, "The judge openai needs an endpoint and a model.")


def test_what_takes_longer_than_the_queue_allows_goes_back_to_wait(
    model: FakeJudge, attempt: Attempt
) -> None:
    submitted(attempt)
    model.fails = SoftTimeLimitExceeded()
    with pytest.raises(SoftTimeLimitExceeded):
        let_judge(attempt)
    assert row_of(attempt).state == WAITING


def test_a_row_for_another_judge_than_this_workers_waits(
    model: FakeJudge, attempt: Attempt, settings: Settings
) -> None:
    submitted(attempt)
    settings.GAME_JUDGE = "crimson-hf"
    row = let_judge(attempt)
    assert (row.state, row.error) == (WAITING, "this worker's judge is crimson-hf, not openai")


def test_no_model_is_loaded_where_the_serving_process_does_the_work(
    model: FakeJudge, attempt: Attempt, settings: Settings
) -> None:
    settings.GAME_JUDGE = "crimson-hf"
    settings.BROKER_URL = "memory://"
    submitted(attempt)
    row = let_judge(attempt)
    assert row.state == FAILED
    assert "needs a worker of its own" in row.error
    assert model.asked == []


# --- the real path ------------------------------------------------------------


def answer_of_endpoint() -> dict[str, object]:
    """The effusion found and the pneumothorax missed, as an endpoint would say it."""
    return {
        "reference_findings": [
            {
                "id": "R1",
                "finding": "moderate right pleural effusion",
                "clinical_significance": "actionable_not_urgent",
                "quotes": ["moderate right pleural effusion"],
                "why": "It wants a cause.",
            },
            {
                "id": "R2",
                "finding": "large left apical pneumothorax",
                "clinical_significance": "urgent",
                "quotes": ["Large left apical pneumothorax"],
                "why": "It may need a drain.",
            },
        ],
        "predicted_findings": [
            {
                "id": "P1",
                "finding": "moderate right pleural effusion",
                "clinical_significance": "actionable_not_urgent",
                "quotes": ["Right pleural effusion of moderate size"],
                "why": "It wants a cause.",
            }
        ],
        "matched_findings": [{"ref_id": "R1", "pred_id": "P1"}],
        "errors": {"false_findings": [], "missing_findings": ["R2"], "attribute_errors": []},
    }


def test_an_endpoint_that_speaks_openais_language_judges_a_reading(
    attempt: Attempt, settings: Settings
) -> None:
    with serving([says(answer_of_endpoint())]) as endpoint:
        settings.GAME_JUDGE, settings.JUDGE_URL = "openai", endpoint.url
        settings.JUDGE_MODEL = "tutor-1"
        submitted(attempt)
        row = let_judge(attempt)
    assert (row.state, row.error, row.drop_reason) == (DONE, "", "")
    assert row.version.endswith("+tutor-1+quoting-1")
    assert row.score == attempt.score
    [question] = endpoint.asked
    assert ONE.findings in question["messages"][1]["content"]


@pytest.mark.parametrize(
    ("replies", "state"),
    [
        ([says("Well done.")], Judgement.State.DROPPED),
        ([says("Well done."), says(answer_of_endpoint())], DONE),
        ([Reply(b"", 401)], FAILED),
    ],
)
def test_an_endpoint_that_answers_wrong_ends_in_what_it_deserves(
    attempt: Attempt, settings: Settings, replies: list[Reply], state: str
) -> None:
    with serving(replies) as endpoint:
        settings.GAME_JUDGE, settings.JUDGE_URL = "openai", endpoint.url
        settings.JUDGE_MODEL = "tutor-1"
        submitted(attempt)
        assert let_judge(attempt).state == state


# --- rescoring ----------------------------------------------------------------


def correct(attempt: Attempt) -> None:
    ReferenceReport.objects.filter(study=attempt.case.study_id).update(
        findings="There is a moderate right pleural effusion.", impression=""
    )
    dossier.revise_case(attempt.case)


def rescored(attempt: Attempt, *, dry_run: bool = False) -> services.Rescored:
    return services.rescore_attempt(attempt_id=attempt.pk, dry_run=dry_run)


def test_rescoring_keeps_the_models_mark_where_it_counts_and_tells_both(
    model: FakeJudge, counting: Attempt
) -> None:
    by_rules = submitted(counting).score
    let_judge(counting)
    done = rescored(counting)
    assert (done.before, done.after, done.lines_changed) == (MODEL_SCORE, MODEL_SCORE, False)
    assert done.version_before == done.version_after
    assert done.aside == services.Aside("rules", by_rules or 0, by_rules or 0)
    counting.refresh_from_db()
    assert counting.score == Outcome.objects.get().score == MODEL_SCORE


def test_rescoring_by_new_rules_changes_what_is_stored_and_not_what_counts(
    model: FakeJudge, counting: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(counting)
    let_judge(counting)
    lines = list(Outcome.objects.get().lines.values_list("concept", "result"))
    # Rules that find nothing at all.
    monkeypatch.setattr("report.marking.JUDGE", FakeJudge(name="rules", version="rules-2"))
    done = rescored(counting)
    assert (done.before, done.after, done.lines_changed) == (MODEL_SCORE, MODEL_SCORE, True)
    assert done.aside is not None
    assert (done.aside.before > 0, done.aside.after) == (True, 0)
    counting.refresh_from_db()
    assert Marking.from_json(counting.result or {}).mark.version.endswith("+rules-2")
    assert counting.score == MODEL_SCORE
    again = rescored(counting)
    assert not again.lines_changed
    assert again.aside == services.Aside("rules", 0, 0)
    results = [result for _concept, result in lines]
    assert list(Outcome.objects.get().lines.values_list("result", flat=True)) == results


def test_a_corrected_report_goes_to_the_model_again_and_the_rules_count_meanwhile(
    model: FakeJudge, counting: Attempt
) -> None:
    submitted(counting)
    let_judge(counting)
    correct(counting)
    assert rescored(counting, dry_run=True).after == 1.0
    assert row_of(counting).state == DONE
    assert rescored(counting).after == 1.0
    row = row_of(counting)
    assert (row.state, row.tries, row.marking, row.counts) == (WAITING, 0, None, True)
    counting.refresh_from_db()
    assert counting.score == Outcome.objects.get().score == 1.0
    again = rescored(counting)
    assert (again.before, again.after) == (1.0, 1.0)
    assert row_of(counting).state == WAITING


def test_a_corrected_report_leaves_the_models_mark_where_no_model_can_be_asked(
    model: FakeJudge, counting: Attempt, settings: Settings
) -> None:
    submitted(counting)
    let_judge(counting)
    settings.GAME_JUDGE = ""
    correct(counting)
    done = rescored(counting)
    assert (done.before, done.after) == (MODEL_SCORE, MODEL_SCORE)
    assert done.aside is not None
    assert done.aside.after == 1.0
    assert not rescored(counting).lines_changed


def test_a_report_that_is_corrected_while_it_is_judged_is_judged_anew(
    model: FakeJudge, counting: Attempt
) -> None:
    submitted(counting)
    [row] = jobs.claim(Judgement, keys=[row_of(counting).pk], delivery=Delivery("1", again=False))
    marking = judging.mark_inputs(judging._inputs_of(row), model)
    correct(counting)
    rescored(counting)
    judging.store_judgement(row=row, marking=marking, seconds=1)
    kept = row_of(counting)
    assert (kept.state, kept.error) == (WAITING, judging.OUTDATED)
    counting.refresh_from_db()
    assert counting.score == 1.0


# --- settings -----------------------------------------------------------------


def test_the_names_of_the_judges_by_model_are_those_there_are() -> None:
    assert set(MODEL_JUDGES) == set(THERE)
    assert set(JUDGES) - set(MODEL_JUDGES) == {"rules"}


@pytest.mark.parametrize(
    ("name", "broker", "ids"),
    [
        ("", "memory://", []),
        ("openai", "memory://", []),
        ("crimson-hf", "redis://127.0.0.1:6379/0", []),
        ("crimson-hf", "memory://", ["report.E002"]),
        ("crimson-vllm", "memory://", ["report.E002"]),
        ("rules", "memory://", ["report.E001"]),
        ("gpt", "redis://127.0.0.1:6379/0", ["report.E001"]),
    ],
)
def test_the_site_is_checked_for_a_judge_that_it_cannot_have(
    settings: Settings, name: str, broker: str, ids: list[str]
) -> None:
    settings.GAME_JUDGE, settings.BROKER_URL = name, broker
    settings.JUDGE_URL, settings.JUDGE_MODEL = "https://models.example.org/v1", "tutor"
    assert [found.id for found in check_game_judge(None)] == ids


def test_a_time_that_the_queue_does_not_allow_is_warned_of(settings: Settings) -> None:
    settings.GAME_JUDGE = "openai"
    settings.JUDGE_URL, settings.JUDGE_MODEL = "https://models.example.org/v1", "tutor"
    settings.JUDGE_TIMEOUT_S = 151
    assert [found.id for found in check_game_judge(None)] == ["report.W002"]


def test_an_endpoint_that_is_not_set_is_warned_of(settings: Settings) -> None:
    settings.GAME_JUDGE, settings.JUDGE_URL = "openai", ""
    [found] = [one for one in checks.run_checks() if one.id == "report.W001"]
    assert found.level == checks.WARNING
