"""The whole game without a mouse."""

import pytest
from playwright.sync_api import Page

from localize.models import Attempt
from radgame.cases.models import CaseSet

from .visit import Visit

MANY_TABS = 80
DROPPED_PART = 0.2
"""A box dropped by the keyboard takes this part of the visible film's shorter side."""


def tab_to(page: Page, selector: str, text: str = "") -> None:
    """Press Tab until the focus is there, as somebody without a mouse would."""
    for _press in range(MANY_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(
            "([selector, text]) => document.activeElement.matches(selector)"
            " && document.activeElement.textContent.includes(text)",
            [selector, text],
        ):
            return
    pytest.fail(f"Tab never came to {selector} {text}")


def test_from_the_front_door_to_the_next_case_by_keyboard_alone(
    demo: CaseSet, visit: Visit
) -> None:
    page = visit.page
    page.goto("/")
    tab_to(page, "button", "Play as a guest")
    page.keyboard.press("Enter")
    visit.film_ready()
    placement = visit.fitted()
    columns, rows = (
        int(visit.film.get_attribute(name) or 0) for name in ("data-columns", "data-rows")
    )

    number = page.locator('[data-finding="consolidation"]').get_attribute("data-key")
    assert number is not None
    page.keyboard.press(number)
    page.keyboard.press("b")
    half = min(columns, rows) * DROPPED_PART / 2
    box = [columns / 2 - half, rows / 2 - half, columns / 2 + half, rows / 2 + half]
    assert visit.wait_for_marks(1)[0]["box"] == pytest.approx(box, abs=0.2)

    # One CSS pixel a press; ten with ctrl; shift moves the lower right corner.
    for key, times, dx, dy, resizes in (
        ("ArrowLeft", 3, -3, 0, False),
        ("Control+ArrowLeft", 8, -80, 0, False),
        ("Control+ArrowDown", 6, 0, 60, False),
        ("ArrowUp", 2, 0, -2, False),
        ("Shift+ArrowRight", 5, 5, 0, True),
        ("Shift+Control+ArrowUp", 2, 0, -20, True),
    ):
        for _press in range(times):
            page.keyboard.press(key)
        shift = (dx / placement.scale, dy / placement.scale)
        box = [
            box[0] + (0 if resizes else shift[0]),
            box[1] + (0 if resizes else shift[1]),
            box[2] + shift[0],
            box[3] + shift[1],
        ]
    visit.eventually(
        lambda: visit.saved_marks()[0]["box"] == pytest.approx(box, abs=1.5),
        f"not {box} but {visit.saved_marks()}",
    )
    page.keyboard.press("c")
    page.keyboard.press("c")
    visit.eventually(lambda: visit.saved_marks()[0]["confidence"] == 2)

    tab_to(page, 'input[value="cardiomegaly"]')
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("rg-outcomes .outcome")
    attempt = Attempt.objects.get()
    assert attempt.is_submitted
    assert attempt.answer["selected"] == ["cardiomegaly"]
    assert attempt.answer["marks"][0]["box"] == pytest.approx(box, abs=1.5)

    page.keyboard.press("j")
    assert page.locator(".outcome:focus").count() == 1
    page.keyboard.press("n")
    page.wait_for_selector("#reading")
    visit.film_ready()
    assert Attempt.objects.filter(sitting=attempt.sitting, position=1, status="draft").exists()


def test_the_filter_and_the_question_name_a_box_by_typing(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    page = visit.page
    page.keyboard.press("/")
    page.keyboard.type("nodul")
    page.keyboard.press("Enter")
    page.keyboard.press("b")
    assert visit.wait_for_marks(1)[0]["finding"] == "nodule-mass"

    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.wait_for_selector(".ask")
    assert len(visit.answer()["marks"]) == 1
    page.keyboard.type("consol")
    page.keyboard.press("Enter")
    assert visit.wait_for_marks(2)[1]["finding"] == "consolidation"


def test_the_question_mark_shows_every_key_of_the_page(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    page = visit.page
    page.keyboard.press("?")
    shown = page.locator("dialog#keys[open]").inner_text().lower()
    keys = page.eval_on_selector_all(
        "#screen [data-key]", "(all) => all.map((one) => one.dataset.key)"
    )
    # The page may describe neighbours together, as 1–9; letters stand for themselves.
    letters = {key for key in keys if len(key) == 1 and key.isalpha()}
    assert {"l", "o", "m", "u", "i", "f", "r"} <= letters
    words = set(shown.replace("–", " ").split())
    assert {letter for letter in letters if letter not in words} <= {"d", "p"}
    page.keyboard.press("Escape")
    assert page.locator("dialog#keys[open]").count() == 0
