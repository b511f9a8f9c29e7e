"""The second judge's mark comes into the open page by itself, and what was read stays in place."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from radgame.cases.models import CaseSet
from report import judging
from report.models import Attempt
from scoring.reports.evaluation import (
    Evaluation,
    Match,
    ReadingContext,
    ReportFinding,
    Significance,
)
from tests.report.judges import let_judge
from tests.report.marks import spans_of

from .reports import PARTLY_READING, Desk
from .visit import Visit


class Tutor:
    """Finds the effusion right, and the heart missed."""

    name = "openai"
    version = "tutor-1+quoting-1"

    def judge(self, reference: str, candidate: str, context: ReadingContext) -> Evaluation:
        effusion = "large left pleural effusion"
        said = "Small left pleural effusion"
        heart = "heart is enlarged"
        return Evaluation(
            reference_findings=(
                ReportFinding(
                    "R1", effusion, Significance.ACTIONABLE, spans=spans_of(reference, effusion)
                ),
                ReportFinding(
                    "R2", heart, Significance.ACTIONABLE, spans=spans_of(reference, heart)
                ),
            ),
            predicted_findings=(
                ReportFinding("P1", said, Significance.ACTIONABLE, spans=spans_of(candidate, said)),
            ),
            matched_findings=(Match("R1", "P1"),),
            missing_findings=("R2",),
        )


@pytest.fixture(autouse=True)
def tutor(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    judging._judge.cache_clear()
    settings.GAME_JUDGE = "openai"
    monkeypatch.setattr(judging, "make_judge", lambda name: Tutor())
    yield
    judging._judge.cache_clear()


def judge_the_latest(visit: Visit) -> None:
    with visit.site.lock:
        let_judge(Attempt.objects.latest("started_at"))


def test_the_models_mark_appears_beside_the_one_by_rules(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    page = visit.page
    desk.begin()
    page.get_by_text("Marked by rules; a model judges afterwards, for comparison.").wait_for()
    desk.write(PARTLY_READING)
    desk.submit()
    score = page.locator("#score").inner_text()
    page.get_by_text("A second judge is reading; this mark stands meanwhile.").wait_for()
    assert page.locator("#second").is_hidden()
    first = page.locator(".outcomes .outcome").first
    place = visit.bounds(first)
    judge_the_latest(visit)
    page.get_by_role("heading", name="The model's mark 50 of 100").wait_for()
    assert page.locator("#score").inner_text() == score
    assert page.locator("#second-poll").count() == 0
    # One line more at the head moves the list by no more than that line.
    assert abs(visit.bounds(first)[1] - place[1]) < 24
    page.get_by_role("link", name="Where the two differ").click()
    assert page.evaluate("document.activeElement.id") == "second"
    page.get_by_text("Judged by the model tutor-1 (openai)").wait_for()


def test_where_the_models_mark_counts_it_takes_the_large_number(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    page = visit.page
    with visit.site.lock:
        CaseSet.objects.update(model_judge_counts=True)
    desk.begin()
    page.get_by_text("its mark counts").wait_for()
    desk.write(PARTLY_READING)
    desk.submit()
    before = page.locator("#score").inner_text()
    assert before != "50"
    judge_the_latest(visit)
    page.get_by_text("This is the model's mark. It counts here.").wait_for()
    assert page.locator("#score").inner_text() == "50"
    assert page.locator("#note").inner_text().startswith(f"RadGame's rules gave {before} of 100")
    # The number changed under the focus, which stays where the result is read out.
    assert page.evaluate("document.activeElement.id") == "result"
    page.reload()
    assert page.locator("#score").inner_text() == "50"
