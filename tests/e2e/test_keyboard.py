"""The whole game without a mouse."""

import pytest
from playwright.sync_api import Page

from localize.models import Attempt
from radgame.cases.models import CaseSet

from .reports import Desk
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


@pytest.mark.parametrize(
    ("cases", "ticked"),
    [("demo", "cardiomegaly"), ("chestx_det", "pleural-effusion")],
    ids=["demo", "imported"],
)
def test_from_the_front_door_to_the_next_case_by_keyboard_alone(
    request: pytest.FixtureRequest, visit: Visit, cases: str, ticked: str
) -> None:
    request.getfixturevalue(cases)
    page = visit.page
    page.goto("/")
    tab_to(page, "button", "Play as a guest")
    page.keyboard.press("Enter")
    visit.film_ready()
    placement = visit.fitted()
    columns, rows = (
        int(visit.film.get_attribute(name) or 0) for name in ("data-columns", "data-rows")
    )

    number = page.locator('[data-finding="nodule-mass"]').get_attribute("data-key")
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

    # Another finding for the same box; what the next box will be stays.
    assert visit.saved_marks()[0]["finding"] == "nodule-mass"
    page.keyboard.press("e")
    page.wait_for_selector(".ask")
    page.keyboard.type("consol")
    page.keyboard.press("Enter")
    visit.eventually(lambda: visit.saved_marks()[0]["finding"] == "consolidation")
    assert page.get_attribute('[data-finding="nodule-mass"]', "aria-pressed") == "true"
    assert page.locator("[data-shape]:focus").count() == 1

    page.keyboard.press("a")
    values = page.eval_on_selector_all(
        'input[name="selected"]', "(all) => all.map((one) => one.value)"
    )
    for _press in range(values.index(ticked)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert page.locator("rg-film:focus").count() == 1
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("rg-outcomes .outcome")
    attempt = Attempt.objects.get()
    assert attempt.is_submitted
    assert attempt.answer["selected"] == [ticked]
    assert attempt.answer["marks"][0]["finding"] == "consolidation"
    assert attempt.answer["marks"][0]["box"] == pytest.approx(box, abs=1.5)

    page.keyboard.press("j")
    assert page.locator(".outcome:focus").count() == 1
    page.keyboard.press("n")
    page.wait_for_selector("#reading")
    visit.film_ready()
    assert Attempt.objects.filter(sitting=attempt.sitting, position=1, status="draft").exists()

    # N alone was next a moment ago: pressed once too often it answers nothing.
    page.keyboard.press("n")
    assert not visit.answer()["normal"]
    page.keyboard.press("Shift+N")
    assert visit.answer()["normal"]
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("rg-outcomes .outcome")
    assert Attempt.objects.get(sitting=attempt.sitting, position=1).score == 1


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


LISTED = """() => [...document.querySelectorAll('dialog#keys[open] dt')].map((line) =>
  [...line.querySelectorAll('kbd')].map((key) => key.textContent.trim().toLowerCase()))"""
"""The keys of each line of the list."""
CONTROLS = """() => [...document.querySelectorAll(
  '[data-action], [data-reading], #screen [data-key], #screen [aria-keyshortcuts]'
)].map((one) => ({
  name: one.dataset.action ?? one.dataset.reading ?? one.textContent.trim(),
  key: one.dataset.key ?? one.getAttribute('aria-keyshortcuts') ?? '',
}))"""


def assert_every_control_has_a_listed_key(page: Page) -> None:
    page.keyboard.press("?")
    lines = page.evaluate(LISTED)
    listed = {key for line in lines for key in line}
    if {"1", "9"} <= listed:
        listed |= {str(number) for number in range(1, 10)}
    controls = page.evaluate(CONTROLS)
    assert {"tool:pan", "tool:window", "help"} <= {control["name"] for control in controls}
    for control in controls:
        # One view of several is gone to by the key that goes through them.
        is_view = control["name"].startswith("view:")
        key = "v" if is_view else control["key"]
        assert key, f"{control['name']} has no key"
        shown = key.lower().replace("control", "ctrl").replace("+", " ")
        assert shown in listed, f"{key} of {control['name']} is not in the list"
    page.keyboard.press("Escape")
    assert page.locator("dialog#keys[open]").count() == 0


def test_the_question_mark_shows_every_key_of_the_page(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    page = visit.page
    assert_every_control_has_a_listed_key(page)
    page.keyboard.press("?")
    listed = {key for line in page.evaluate(LISTED) for key in line}
    # What no control of the page carries.
    built_in = {"+", "-", "w", "b", "c", "e", "enter", "delete", "esc", "arrows", "space"}
    assert built_in | {"ctrl z", "ctrl shift z", "alt", "shift n", "a"} <= listed
    assert "two corners" in page.locator("dialog#keys").inner_text()
    page.keyboard.press("Escape")

    page.keyboard.press("Shift+N")
    visit.submit()
    assert_every_control_has_a_listed_key(page)


def test_the_question_mark_shows_every_key_of_a_report(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    desk.begin()
    assert_every_control_has_a_listed_key(visit.page)
    desk.write("Large left pleural effusion.")
    desk.submit()
    assert_every_control_has_a_listed_key(visit.page)


def test_the_window_is_set_by_keys(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    page = visit.page
    visit.film.focus()

    def window() -> tuple[float, float]:
        centre, width = page.evaluate(
            "(({centre, width}) => [centre, width])"
            "(document.querySelector('rg-film').viewport.window)"
        )
        return centre, width

    def pressed(*keys: str) -> tuple[float, float]:
        """By how much centre and width change with each key in turn."""
        before = window()
        for key in keys:
            page.keyboard.press(key)
        after = window()
        return after[0] - before[0], after[1] - before[1]

    step = 8 * 4096 / 900
    page.keyboard.down("w")
    assert pressed("ArrowLeft") == pytest.approx((0, -step), abs=1)
    assert pressed("ArrowDown") == pytest.approx((step, 0), abs=1)
    assert pressed("Shift+ArrowUp") == pytest.approx((-5 * step, 0), abs=1)
    assert pressed("Shift+ArrowLeft") == pytest.approx((0, -5 * step), abs=1)
    page.keyboard.up("w")
    assert page.get_attribute("[data-action='tool:window']", "aria-pressed") == "false"
    assert pressed("ArrowLeft") == (0, 0)

    # Without holding anything: the tool, then the arrows; a box that is chosen stays where it is.
    page.keyboard.press("1")
    page.keyboard.press("b")
    (mark,) = visit.wait_for_marks(1)
    page.keyboard.press("w")
    assert page.get_attribute("[data-action='tool:window']", "aria-pressed") == "true"
    assert pressed("ArrowRight", "ArrowRight") == pytest.approx((0, 2 * step), abs=2)
    page.keyboard.press("p")
    assert pressed("ArrowRight") == (0, 0)
    visit.eventually(lambda: visit.saved_marks()[0]["box"] != mark["box"])
