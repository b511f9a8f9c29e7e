"""Feedback in place: everything marked is drawn, lit, hidden and shown; nothing moves."""

import pytest

from localize.models import Attempt
from radgame.cases.models import CaseSet
from radgame.progress.models import Flag

from .films import CONSOLIDATION, EXPLANATION, SENTENCE
from .visit import Visit

WRONG = (420.0, 80.0, 500.0, 150.0)


def play_with_one_hit_and_one_false_mark(visit: Visit) -> None:
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    visit.page.keyboard.press("Escape")
    visit.draw("nodule-mass", WRONG)
    visit.wait_for_marks(2)


def test_regions_and_marks_are_drawn_hidden_and_shown(demo: CaseSet, visit: Visit) -> None:
    play_with_one_hit_and_one_false_mark(visit)
    visit.submit()
    page, review = visit.page, visit.review()
    assert (len(review["marks"]), len(review["regions"])) == (2, 2)
    assert page.locator(".shape.is-marks").count() == 2
    assert page.locator(".shape.is-regions").count() == 2

    page.keyboard.press("y")
    assert page.locator(".shape.is-marks").count() == 0
    assert page.locator(".shape.is-regions").count() == 2
    page.keyboard.press("t")
    assert page.locator(".shape").count() == 0
    page.keyboard.press("y")
    page.keyboard.press("t")
    assert page.locator(".shape").count() == 4

    # The reference lies on the screen where it lies in the film.
    for index, region in enumerate(review["regions"]):
        assert visit.outline(f"regions:{index}") == pytest.approx(region["box"], abs=1)
    for index, mark in enumerate(review["marks"]):
        assert visit.outline(f"marks:{index}") == pytest.approx(mark["box"], abs=1)

    result = Attempt.objects.get().result
    assert result is not None
    outcomes = sorted(line["outcome"] for line in result["result"]["lines"])
    assert outcomes == ["false_mark", "hit", "missed"]
    words = page.locator(".outcomes").text_content() or ""
    for part in (SENTENCE, EXPLANATION, "Found: Consolidation", "Missed: Cardiomegaly"):
        assert part in words


def test_a_line_that_is_pointed_at_or_focused_lights_its_shapes(
    demo: CaseSet, visit: Visit
) -> None:
    play_with_one_hit_and_one_false_mark(visit)
    visit.submit()
    page = visit.page
    lit = page.locator(".shape.is-lit")
    for outcome, shapes in (
        ("outcome-hit", {"marks:0", "regions:0"}),
        ("outcome-false-mark", {"marks:1"}),
        ("outcome-missed", {"regions:1"}),
    ):
        page.locator(f"li.{outcome}").hover()
        ids = lit.evaluate_all("(all) => all.map((one) => one.dataset.shape)")
        assert set(ids) == shapes
    page.mouse.move(5, 5)

    lines = page.locator(".outcomes .outcome")
    for index in range(3):
        page.keyboard.press("j")
        assert lines.nth(index).evaluate("(line) => line === document.activeElement")
        assert lit.count() > 0
    page.keyboard.press("k")
    assert lines.nth(1).evaluate("(line) => line === document.activeElement")


def test_a_line_that_was_pointed_at_stays_open_and_the_one_below_keeps_its_place(
    demo: CaseSet, visit: Visit
) -> None:
    play_with_one_hit_and_one_false_mark(visit)
    visit.submit()
    first, second = (visit.page.locator(".outcomes .outcome").nth(index) for index in range(2))
    first.hover()
    first.locator(".explanation").wait_for()
    place = second.bounding_box()
    assert place is not None
    visit.page.mouse.move(place["x"] + 40, place["y"] + 4, steps=3)
    second.locator(".explanation").wait_for()
    assert first.locator(".explanation").is_visible()
    now = second.bounding_box()
    assert now is not None
    assert now["y"] == place["y"]

    visit.page.keyboard.press("j")
    assert first.locator(".explanation").is_visible()
    assert second.locator(".explanation").is_hidden()


def test_the_film_does_not_move_between_play_and_feedback(demo: CaseSet, visit: Visit) -> None:
    play_with_one_hit_and_one_false_mark(visit)
    before, seen = visit.bounds(visit.film), visit.fitted()
    visit.submit()
    visit.page.wait_for_selector('rg-film[data-depth="full"].is-drawn')
    assert visit.bounds(visit.film) == before
    assert visit.fitted() == seen
    visit.page.keyboard.press("y")
    visit.page.keyboard.press("t")
    visit.frames()
    assert visit.seen().to_source((600, 400)) == pytest.approx(seen.to_source((600, 400)), abs=1.5)


def test_the_summary_lists_the_films_to_look_at_again(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    page = visit.page
    for position in range(demo.size):
        page.get_by_role("button", name="Normal film").click()
        visit.submit()
        name = "Summary" if position == demo.size - 1 else "Next"
        assert page.locator("#next button").inner_text() == name
        page.keyboard.press("n")
        if position < demo.size - 1:
            page.wait_for_selector("#reading")
            visit.film_ready()
    page.wait_for_url("**/sittings/**")
    listed = page.locator(".film-list li")
    assert [text.strip() for text in listed.all_inner_texts()] == ["Case 1: 0", "Case 3: 0"]
    assert page.locator(".film-list img").first.evaluate("(img) => img.decode().then(() => true)")
    scores = list(Attempt.objects.order_by("position").values_list("score", flat=True))
    assert scores == [0, 1, 0]
    assert Attempt.objects.filter(sitting__finished_at=None).count() == 0

    listed.first.get_by_role("link").click()
    page.wait_for_selector("rg-outcomes .outcome")
    assert page.locator(".shape.is-regions").count() == 2


def test_a_dispute_is_sent_and_shown(demo: CaseSet, visit: Visit) -> None:
    play_with_one_hit_and_one_false_mark(visit)
    visit.submit()
    page = visit.page
    page.get_by_text("Something here is wrong").click()
    false_mark = page.locator("li.outcome-false-mark .what").inner_text()
    page.get_by_label("About", exact=True).select_option(label=false_mark)
    page.get_by_label("What do you disagree with?").fill("There is a nodule; look again.")
    page.get_by_role("button", name="Send to staff").click()
    page.get_by_text("You wrote: There is a nodule; look again.").wait_for()
    flag = Flag.objects.get()
    attempt = Attempt.objects.get()
    assert flag.outcome_id == attempt.outcome_id
    assert attempt.result is not None
    line = attempt.result["result"]["lines"][flag.line]
    assert (line["outcome"], line["finding"]) == ("false_mark", "nodule-mass")
    page.reload()
    assert page.get_by_text("You wrote: There is a nodule").count() == 1
