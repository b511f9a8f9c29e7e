"""Once and for all, whatever the hand, the network or the server does."""

import re

import pytest
from playwright.sync_api import Page, Route

from localize.models import Attempt
from radgame.cases.models import CaseSet
from radgame.progress.models import Outcome

from .films import CONSOLIDATION
from .visit import Visit


def go_on(visit: Visit) -> None:
    """From the feedback to the next film."""
    visit.page.keyboard.press("n")
    visit.page.wait_for_selector("#reading")
    visit.film_ready()


def form_of(page: Page) -> dict[str, str | float | bool]:
    """The fields that the form would send now."""
    fields: dict[str, str | float | bool] = page.evaluate(
        "Object.fromEntries(new FormData(document.querySelector('#reading')))"
    )
    return fields


def without_tokens(html: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)


def test_a_tick_and_a_normal_film_are_answers(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    visit.page.get_by_label("Cardiomegaly").check()
    visit.submit()
    first = Attempt.objects.get(position=0)
    assert first.answer == {"marks": [], "selected": ["cardiomegaly"], "normal": False}
    assert first.outcome is not None
    results = dict(first.outcome.lines.values_list("finding__slug", "result"))
    assert results == {"cardiomegaly": "hit", "consolidation": "missed"}

    go_on(visit)
    visit.page.get_by_role("button", name="Normal film").click()
    visit.submit()
    second = Attempt.objects.get(position=1)
    assert second.answer["normal"] is True
    assert second.score == 1
    assert "normal" in visit.page.locator(".verdict").inner_text()


def test_an_answer_that_says_nothing_is_held_back_in_words(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    visit.submit_button.click()
    message = visit.page.locator(".reading-message")
    assert "Normal film" in message.inner_text()
    assert not Attempt.objects.get().is_submitted


def test_a_double_click_submits_once_and_shows_the_feedback(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    visit.submit_button.dblclick()
    visit.page.wait_for_selector("rg-outcomes .outcome")
    posts = [a for a in visit.site.answers if a.method == "POST" and a.path.endswith("/submit/")]
    assert [post.status for post in posts] == [200]
    assert Outcome.objects.count() == 1
    assert Attempt.objects.count() == 1


def test_the_second_half_of_a_slow_double_click_does_not_skip_the_feedback(
    demo: CaseSet, visit: Visit
) -> None:
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    x, y, width, height = visit.bounds(visit.submit_button)
    at = (x + width / 2, y + height / 2)
    visit.page.mouse.click(*at)
    visit.page.wait_for_selector("rg-outcomes .outcome")
    # Next stands where Submit stood; the hand clicks again within half a second.
    visit.page.mouse.click(*at, click_count=2)
    visit.page.wait_for_timeout(300)
    assert visit.page.locator("rg-outcomes .outcome").count() > 0
    assert Attempt.objects.count() == 1


def test_a_replayed_submit_returns_the_first_result(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    visit.wait_for_marks(1)
    fields = form_of(visit.page)
    with visit.page.expect_response("**/submit/") as caught:
        visit.submit()
    first = caught.value.text()

    other = {**fields, "answer": '{"marks": [], "selected": [], "normal": true}'}
    for again in (fields, other):
        replayed = visit.page.request.post(
            caught.value.url, form=again, headers={"HX-Request": "true"}
        )
        assert replayed.ok
        assert without_tokens(replayed.text()) == without_tokens(first)
    assert Outcome.objects.count() == 1
    assert len(Attempt.objects.get().answer["marks"]) == 1


@pytest.mark.parametrize("failure", ["error 500", "no answer"])
def test_when_the_submit_fails_the_marks_stay_and_submit_works_afterwards(
    demo: CaseSet, visit: Visit, failure: str
) -> None:
    visit.expect("500")
    visit.expect("ERR_FAILED")
    # htmx tells the console what it could not do, besides the browser.
    visit.expect("Response Status Error Code 500")
    visit.expect("htmx:sendError")
    visit.expect("htmx:afterRequest")
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    before = visit.answer()

    def fail(route: Route) -> None:
        if failure == "no answer":
            route.abort()
        else:
            route.fulfill(status=500, body="<h1>500</h1>", content_type="text/html")

    visit.page.route("**/submit/", fail)
    visit.submit_button.click()
    message = visit.page.locator(".reading-message:not(:empty)")
    message.wait_for()
    assert "Everything is kept here" in message.inner_text()
    assert visit.answer() == before
    assert visit.page.locator(".shape").count() == 1
    assert not Attempt.objects.get().is_submitted

    visit.page.unroute("**/submit/")
    visit.submit()
    assert Attempt.objects.get().answer["marks"] == before["marks"]
    assert Outcome.objects.count() == 1
