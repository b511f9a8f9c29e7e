"""What the tests of every screen do first, and measure."""

from playwright.sync_api import Page


def open_full(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector('rg-film[data-depth="full"]', timeout=60_000)


def stage(page: Page) -> tuple[float, float, float, float]:
    box = page.locator("rg-film").first.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]
