"""`rescore` marks the stored answers of every game anew and says what changed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from localize import services as localize
from localize.answers import Answer
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import ReferenceReport
from radgame.progress.models import Outcome
from report import judging
from report import services as report
from report.models import Attempt as ReportAttempt
from report.readings import Reading
from tests.factories import Said, make_case, make_dataset, make_report_case, make_set
from tests.report.conftest import FINDINGS
from tests.report.judges import FakeJudge, let_judge, submitted

BOX = (100.0, 100.0, 200.0, 200.0)


def rescore(*arguments: str) -> str:
    out = StringIO()
    call_command("rescore", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def box(alice: User) -> Attempt:
    case = make_case(
        said=[Said("nodule-mass", BOX), Said("fracture", (500.0, 500.0, 600.0, 600.0))]
    )
    opened = localize.start_sitting(reader=alice, case_set=make_set(case, slug="boxes")).attempt
    assert opened is not None
    return localize.submit_attempt(attempt=opened, answer=Answer((), (), False), elapsed_s=1)


@pytest.fixture
def text(alice: User) -> ReportAttempt:
    case = make_report_case("Moderate right pleural effusion. Large left pneumothorax.")
    opened = report.start_sitting(reader=alice, case_set=make_set(case, slug="words")).attempt
    assert opened is not None
    reading = Reading("Moderate right pleural effusion.")
    return report.submit_attempt(attempt=opened, reading=reading, elapsed_s=1)


def correct_both(box: Attempt, text: ReportAttempt) -> None:
    box.case.images.get().reference_findings.all().delete()
    ReferenceReport.objects.update(findings="Moderate right pleural effusion.")
    for case in (box.case, text.case):
        dossier.revise_case(case)


def test_where_nothing_changed_nothing_is_said_to_have(box: Attempt, text: ReportAttempt) -> None:
    assert rescore() == "2 attempts rescored; 0 changed.\n"


def test_what_changed_is_told_attempt_by_attempt_and_written_to_the_ledger(
    box: Attempt, text: ReportAttempt
) -> None:
    correct_both(box, text)
    said = rescore()
    assert f"{box.pk}: 0.000 → 1.000" in said
    assert f"{text.pk}: {text.score:.3f} → 1.000" in said
    assert "2 attempts rescored; 2 changed, by +" in said
    assert list(Outcome.objects.values_list("score", flat=True)) == [1.0, 1.0]
    assert rescore() == "2 attempts rescored; 0 changed.\n"


def test_a_dry_run_says_the_same_and_writes_nothing(box: Attempt, text: ReportAttempt) -> None:
    correct_both(box, text)
    assert "2 attempts rescored; 2 would change, by +" in rescore("--dry-run")
    text.refresh_from_db()
    assert text.score is not None
    assert text.score < 1
    assert "2 changed" in rescore()


def test_one_game_one_set_or_one_dataset_can_be_asked_for(
    box: Attempt, text: ReportAttempt
) -> None:
    correct_both(box, text)
    assert "1 attempts rescored; 1 would change" in rescore("--dry-run", "--game", "report")
    assert "1 attempts rescored; 1 would change" in rescore("--dry-run", "--case-set", "boxes")
    assert "2 attempts rescored; 2 would change" in rescore("--dry-run", "--dataset", "tests")
    make_dataset(slug="other")
    assert rescore("--dry-run", "--dataset", "other") == "0 attempts rescored; 0 would change.\n"


def test_where_a_models_mark_counts_both_marks_are_told(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GAME_JUDGE = "openai"
    judging._judge.cache_clear()
    # It finds that nothing was read right.
    monkeypatch.setattr(judging, "make_judge", lambda name: FakeJudge())
    case_set = make_set(make_report_case(FINDINGS), slug="words")
    case_set.model_judge_counts = True
    case_set.save()
    opened = report.start_sitting(reader=alice, case_set=case_set).attempt
    assert opened is not None
    done = submitted(opened)
    by_rules = f"{done.score:.3f}"
    let_judge(done)
    judging._judge.cache_clear()
    assert rescore() == "1 attempts rescored; 0 changed.\n"
    settings.GAME_JUDGE = ""
    ReferenceReport.objects.update(findings="Moderate right pleural effusion.")
    dossier.revise_case(done.case)
    said = rescore()
    assert f"{done.pk}: score stays 0.000, by reports-" in said
    assert f"; beside it the mark by rules: {by_rules} → 1.000\n" in said
    assert rescore() == "1 attempts rescored; 0 changed.\n"


def test_an_attempt_in_play_is_left_alone(alice: User) -> None:
    case_set = make_set(make_report_case("Clear."))
    report.start_sitting(reader=alice, case_set=case_set)
    assert rescore() == "0 attempts rescored; 0 changed.\n"


def test_a_game_that_is_none_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        rescore("--game", "chess")


@pytest.mark.parametrize("of", ["dataset", "case set"])
def test_a_name_that_is_not_there_is_no_success(db: None, of: str) -> None:
    with pytest.raises(CommandError, match=f"There is no {of} 'nodules'"):
        rescore(f"--{of.replace(' ', '-')}", "nodules")
