"""A model's words in the browser: the atlas at once, the words when they come, a flag in place."""

import pytest
from pytest_django import Settings

from localize import explaining
from localize.models import Explanation, ExplanationFlag
from localize.tasks import explain
from radgame.cases.models import CaseSet
from tests.localize.explainers import WORDS, FakeExplainer

from .films import CONSOLIDATION
from .visit import Visit


@pytest.fixture
def model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeExplainer:
    """The site asks a model, and no worker is there: ``work_off`` is it."""
    settings.EXPLAINER = "openai"
    fake = FakeExplainer()
    monkeypatch.setattr(explaining, "_explainer", lambda: fake)
    monkeypatch.setattr("radgame.queues.publish", lambda task, arguments: True)
    return fake


def work_off(visit: Visit) -> None:
    with visit.site.lock:
        waiting = Explanation.objects.filter(state=Explanation.State.WAITING)
        explain.run([str(key) for key in waiting.values_list("pk", flat=True)])


def submit_with_one_hit_and_one_miss(visit: Visit) -> None:
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    visit.wait_for_marks(1)
    visit.submit()


def test_words_arrive_under_the_line_one_is_reading_and_move_nothing(
    demo: CaseSet, visit: Visit, model: FakeExplainer
) -> None:
    submit_with_one_hit_and_one_miss(visit)
    page = visit.page
    page.keyboard.press("j")
    missed = page.locator("li.outcome-missed")
    assert missed.evaluate("(line) => line === document.activeElement")
    told = missed.locator(".explanation").first
    assert told.is_visible()
    assert "The heart is wider than half of the chest" in told.inner_text()
    writing = missed.get_by_text("A model is writing about this.")
    assert writing.is_visible()
    # Only what was missed is waited for.
    assert page.locator(".words").count() == 1

    film, top = visit.bounds(visit.film), visit.bounds(missed)[1]
    work_off(visit)
    missed.get_by_text(WORDS).wait_for()
    assert "MedGemma (google/medgemma-4b-it" in missed.inner_text()
    assert writing.count() == 0
    assert missed.evaluate("(line) => line === document.activeElement")
    assert missed.evaluate("(line) => line.classList.contains('is-lit')")
    assert page.locator(".shape.is-lit").count() == 1
    assert (visit.bounds(visit.film), visit.bounds(missed)[1]) == (film, top)
    assert page.locator("#words-wait").count() == 0
    page.keyboard.press("j")
    assert page.locator("li.outcome-hit").evaluate("(line) => line === document.activeElement")


def test_an_open_page_stops_to_ask_when_everything_is_there(
    demo: CaseSet, visit: Visit, model: FakeExplainer
) -> None:
    submit_with_one_hit_and_one_miss(visit)
    visit.page.keyboard.press("j")
    work_off(visit)
    visit.page.get_by_text(WORDS).wait_for()
    asked = [answer.status for answer in visit.site.answers if "/explanations/" in answer.path]
    assert asked[-1] == 286
    visit.page.wait_for_timeout(2500)
    again = [answer.status for answer in visit.site.answers if "/explanations/" in answer.path]
    assert again == asked


def test_words_are_flagged_in_place_with_the_keyboard(
    demo: CaseSet, visit: Visit, model: FakeExplainer
) -> None:
    submit_with_one_hit_and_one_miss(visit)
    work_off(visit)
    page = visit.page
    page.keyboard.press("j")
    page.get_by_text(WORDS).wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    # Letters are letters here, no commands: j, k and n are in it.
    page.keyboard.type("Just no kink.")
    page.get_by_role("button", name="Flag them for staff").click()
    page.get_by_text("Thank you: staff look at every flag.").wait_for()
    assert page.get_by_text(WORDS).count() == 1
    assert [flag.comment for flag in ExplanationFlag.objects.all()] == ["Just no kink."]
    page.reload()
    page.keyboard.press("j")
    assert page.get_by_text("Thank you: staff look at every flag.").is_visible()


def test_before_the_submit_the_browser_is_told_nothing_that_was_made_ahead(
    demo: CaseSet, visit: Visit, model: FakeExplainer
) -> None:
    with visit.site.lock:
        for item in demo.items.select_related("case__dataset"):
            explaining.ask_for_case(item.case)
    work_off(visit)
    assert Explanation.objects.filter(state=Explanation.State.DONE).count() == 3
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    visit.wait_for_marks(1)
    assert not any(WORDS.encode() in answer.everything for answer in visit.site.answers)
    visit.submit()
    # There at once: what was missed, and what was found.
    assert visit.page.locator(".words", has_text=WORDS).count() == 2
    assert not any("/explanations/" in answer.path for answer in visit.site.answers)
