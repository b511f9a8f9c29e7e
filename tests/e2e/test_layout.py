"""The film owns the screen: nothing needed lies outside it."""

from collections.abc import Callable

import pytest

from radgame.cases.models import CaseSet

from .films import CONSOLIDATION
from .visit import Visit

ROOT = "document.documentElement"


def assert_inside(visit: Visit, selector: str, width: int, height: int) -> None:
    places = visit.page.locator(selector)
    assert places.count() > 0, selector
    for index in range(places.count()):
        x, y, wide, high = visit.bounds(places.nth(index))
        inside = x >= 0 and y >= 0 and x + wide <= width + 0.5 and y + high <= height + 0.5
        assert inside, f"{selector} {index} lies at {(x, y, wide, high)}"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_film_tools_and_submit_are_together_on_the_screen_without_scrolling(
    demo: CaseSet, new_visit: Callable[..., Visit], width: int, height: int
) -> None:
    visit = new_visit(viewport={"width": width, "height": height})
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)

    def assert_no_scrolling() -> None:
        sizes = visit.page.evaluate(f"[{ROOT}.scrollWidth, {ROOT}.scrollHeight]")
        assert sizes[0] <= width
        assert sizes[1] <= height

    assert_no_scrolling()
    for selector in ("rg-film", ".film-tools button", "#reading .buttons button", ".timer"):
        assert_inside(visit, selector, width, height)
    _x, _y, wide, high = visit.bounds(visit.film)
    assert wide * high > 0.5 * width * height

    visit.submit()
    assert_no_scrolling()
    for selector in ("rg-film", ".film-tools button", "#next button", ".score"):
        assert_inside(visit, selector, width, height)


def test_on_a_phone_submit_is_in_reach_without_scrolling_sideways(
    demo: CaseSet, new_visit: Callable[..., Visit]
) -> None:
    visit = new_visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visit.play()
    assert visit.page.evaluate(f"{ROOT}.scrollWidth <= innerWidth")
    x, _y, wide, _high = visit.bounds(visit.submit_button)
    assert x >= 0
    assert x + wide <= 390
    visit.submit_button.scroll_into_view_if_needed()
    assert visit.submit_button.is_visible()
    for words in ("1 of 3", "Cough."):
        assert_inside(visit, f".bar :text('{words}')", 390, 844)


def test_on_a_phone_the_bar_is_large_enough_to_touch(
    demo: CaseSet, new_visit: Callable[..., Visit]
) -> None:
    visit = new_visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visit.page.goto("/")
    links = visit.page.locator(".bar a:not(.skip), .bar button")
    heights = [visit.bounds(link)[3] for link in links.all() if link.is_visible()]
    assert len(heights) >= 5
    assert min(heights) >= 40
    assert visit.page.evaluate(f"{ROOT}.scrollWidth <= innerWidth")


def test_on_a_phone_a_line_that_is_tapped_is_brought_up_from_under_the_foot(
    demo: CaseSet, new_visit: Callable[..., Visit]
) -> None:
    visit = new_visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visit.play()
    visit.page.get_by_role("button", name="Normal film").tap()
    visit.submit_button.tap()
    line = visit.page.locator(".outcomes .outcome").first
    line.tap()
    line.locator(".explanation").wait_for()
    _x, y, _wide, high = visit.bounds(line)
    foot = visit.bounds(visit.page.locator(".panel-foot"))
    assert y + high <= foot[1]
