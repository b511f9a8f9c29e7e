"""The film screens in a real browser, without Django: `pytest tests/js/harness`.

CHROMIUM names the browser; without it Playwright's own is used.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import Page
from screens import open_full, stage
from serve import check_encoders

FILM = "document.querySelector('rg-film')"
STORE = "document.querySelector('rg-film-board').store"


def answer(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.input_value("[name=answer]"))
    return found


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another, in pixels from the film's top left corner."""
    left, top, _, _ = stage(page)
    page.mouse.move(left + start[0], top + start[1])
    page.mouse.down()
    page.mouse.move(left + end[0], top + end[1], steps=4)
    page.mouse.up()


def expected_box(page: Page, start: tuple[float, float], end: tuple[float, float]) -> list[float]:
    view = page.evaluate(f"{FILM}.viewport.view")
    corners = [
        (start[0] - view["x"]) / view["scale"],
        (start[1] - view["y"]) / view["scale"],
        (end[0] - view["x"]) / view["scale"],
        (end[1] - view["y"]) / view["scale"],
    ]
    return [round(corner, 1) for corner in corners]


def test_the_quick_encoder_of_the_harness_writes_what_the_slow_one_writes() -> None:
    check_encoders()


def test_the_full_depth_takes_the_place_of_the_preview(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    view = screen.evaluate(f"{FILM}.viewport.view")
    _, _, width, height = stage(screen)
    assert view["scale"] == pytest.approx(min(width / 2500, height / 3000))
    assert view["x"] == pytest.approx((width - 2500 * view["scale"]) / 2)


def test_a_drag_with_a_finding_is_a_mark_in_source_pixels(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    screen.keyboard.press("2")
    drag(screen, (400, 300), (500, 380))
    (mark,) = answer(screen)["marks"]
    assert (mark["image"], mark["finding"]) == ("film-1", "nodule-mass")
    assert mark["box"] == pytest.approx(expected_box(screen, (400, 300), (500, 380)), abs=0.1)


def test_two_clicks_draw_and_escape_takes_the_first_back(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    left, top, _, _ = stage(screen)
    screen.keyboard.press("1")
    screen.mouse.click(left + 400, top + 300)
    screen.keyboard.press("Escape")
    screen.mouse.click(left + 450, top + 350)
    screen.mouse.click(left + 550, top + 420)
    (mark,) = answer(screen)["marks"]
    assert mark["box"] == pytest.approx(expected_box(screen, (450, 350), (550, 420)), abs=0.1)


def test_a_box_drawn_without_a_finding_is_kept_and_asked_for(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    screen.keyboard.press("d")
    drag(screen, (400, 300), (500, 380))
    assert answer(screen)["marks"] == []
    screen.locator(".ask button", has_text="Pneumothorax").click()
    assert [mark["finding"] for mark in answer(screen)["marks"]] == ["pneumothorax"]


def test_a_mark_without_a_finding_holds_the_submit_back(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    screen.keyboard.press("d")
    drag(screen, (400, 300), (500, 380))
    screen.keyboard.press("Escape")
    screen.keyboard.press("Control+Enter")
    assert "no finding" in screen.inner_text(".reading-message")
    assert screen.locator(".mark").count() == 1


def test_the_keyboard_alone_draws_moves_resizes_and_takes_back(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    screen.keyboard.press("3")
    screen.keyboard.press("b")
    before = answer(screen)["marks"][0]["box"]
    scale = screen.evaluate(f"{FILM}.viewport.view.scale")
    screen.keyboard.press("ArrowLeft")
    screen.keyboard.press("Shift+Control+ArrowDown")
    after = answer(screen)["marks"][0]["box"]
    assert after[0] == pytest.approx(before[0] - 1 / scale, abs=0.11)
    assert after[3] == pytest.approx(before[3] + 10 / scale, abs=0.11)
    screen.keyboard.press("z")
    assert answer(screen)["marks"][0]["box"] == before
    screen.keyboard.press("Delete")
    assert answer(screen)["marks"] == []


def test_the_wheel_zooms_at_the_pointer(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    left, top, _, _ = stage(screen)
    before = expected_box(screen, (400, 300), (400, 300))
    screen.mouse.move(left + 400, top + 300)
    screen.mouse.wheel(0, -500)
    screen.wait_for_function(f"!{FILM}.viewport.fitted")
    assert expected_box(screen, (400, 300), (400, 300)) == pytest.approx(before, abs=0.1)


def test_the_right_button_windows_and_reset_brings_the_window_back(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    left, top, _, _ = stage(screen)
    start = screen.evaluate(f"{FILM}.viewport.window")
    screen.mouse.move(left + 400, top + 300)
    screen.mouse.down(button="right")
    screen.mouse.move(left + 460, top + 340, steps=3)
    screen.mouse.up(button="right")
    moved = screen.evaluate(f"{FILM}.viewport.window")
    assert moved["width"] > start["width"]
    assert moved["centre"] > start["centre"]
    screen.keyboard.press("r")
    assert screen.evaluate(f"{FILM}.viewport.window") == start


def test_normal_asks_before_it_removes_marks(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play?many")
    screen.click("[data-reading=normal]")
    screen.click("dialog >> text=Keep marks")
    assert len(answer(screen)["marks"]) == 50
    screen.click("[data-reading=normal]")
    screen.click("dialog >> text=Remove and call normal")
    assert answer(screen) == {"marks": [], "selected": [], "normal": True}


def test_an_unfinished_reading_survives_a_reload(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play")
    screen.keyboard.press("2")
    drag(screen, (400, 300), (500, 380))
    before = answer(screen)
    screen.reload()
    screen.wait_for_selector(".mark")
    assert answer(screen) == before


def test_a_failed_submit_keeps_everything_and_can_be_repeated(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/play?many&fail")
    before = answer(screen)
    screen.click("button.primary[type=submit]")
    screen.wait_for_selector(".reading-message:not(:empty)")
    assert "kept" in screen.inner_text(".reading-message")
    assert screen.is_enabled("button.primary[type=submit]")
    assert answer(screen) == before


def test_nothing_jumps_when_feedback_takes_the_place_of_the_reading(
    screen: Page, site: str
) -> None:
    open_full(screen, f"{site}/play?many")
    screen.keyboard.press("l")
    screen.keyboard.press("+")
    state = f"[{FILM}.viewport.view, {FILM}.viewport.window]"
    before = (stage(screen), screen.evaluate(state))
    screen.keyboard.press("Control+Enter")
    screen.wait_for_selector("rg-outcomes")
    assert (stage(screen), screen.evaluate(state)) == before
    assert screen.get_attribute("rg-film", "data-depth") == "full"
    assert screen.evaluate("Object.keys(localStorage)") == []


def test_feedback_lights_what_a_line_speaks_of_and_draws_nothing(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/feedback")
    screen.keyboard.press("j")
    assert screen.locator(".shape.is-lit").count() == 1
    screen.keyboard.press("j")
    assert screen.locator(".shape.is-lit").count() == 2
    screen.keyboard.press("y")
    assert screen.locator(".shape.is-marks").count() == 0
    screen.keyboard.press("y")
    assert screen.locator(".shape.is-lit").count() == 2
    shapes = screen.locator(".shape").count()
    screen.keyboard.press("b")
    screen.keyboard.press("d")
    drag(screen, (400, 300), (500, 380))
    assert screen.locator(".shape").count() == shapes == 7


def test_without_the_pixel_file_the_preview_stays_usable(screen: Page, site: str) -> None:
    screen.goto(f"{site}/play?broken")
    screen.wait_for_selector('rg-film[data-depth="failed"].is-drawn')
    assert "8-bit preview" in screen.inner_text(".film-hint")
    screen.keyboard.press("l")
    assert screen.evaluate(f"{FILM}.viewport.window.centre") == 1200


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_the_screen_fits_without_scrolling(
    screen: Page, site: str, width: int, height: int
) -> None:
    screen.set_viewport_size({"width": width, "height": height})
    open_full(screen, f"{site}/play?many")
    root = "document.documentElement"
    assert screen.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height]
    submit = screen.locator("button.primary[type=submit]").bounding_box()
    assert submit is not None
    assert submit["y"] + submit["height"] <= height
