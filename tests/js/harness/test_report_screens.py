"""The report game's screens in a browser, without Django."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page
from screens import open_full, stage

FILMS = "document.querySelector('rg-film-board').films"
ROOT = "document.documentElement"
COMPOSE = """(text) => {
  const field = document.querySelector('#findings');
  field.focus();
  field.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
  for (const key of ['d', 'Escape', 'Enter']) {
    field.dispatchEvent(new KeyboardEvent('keydown', {
      key, isComposing: true, ctrlKey: key === 'Enter', bubbles: true, cancelable: true,
    }));
  }
  field.value = text;
  field.dispatchEvent(new InputEvent('input', {
    inputType: 'insertCompositionText', data: text, isComposing: true, bubbles: true,
  }));
  field.dispatchEvent(new CompositionEvent('compositionend', {data: text, bubbles: true}));
}"""


def hanging(page: Page) -> list[int]:
    shown: list[int] = page.evaluate(
        f"{FILMS}.map((film, index) => film.hidden ? -1 : index).filter((index) => index >= 0)"
    )
    return shown


def kept(page: Page) -> dict[str, Any]:
    """The copy in this browser."""
    found: dict[str, Any] = json.loads(page.evaluate("localStorage['radgame:draft:r17']"))
    return found


def film_state(page: Page) -> Any:
    return page.evaluate(
        f"{FILMS}.map(({{viewport: {{view, window, inverted}}}}) => [view, window, inverted])"
    )


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', text);
          const event = new ClipboardEvent('paste', {
            clipboardData, bubbles: true, cancelable: true,
          });
          if (document.activeElement.dispatchEvent(event)) {
            document.execCommand('insertText', false, text);
          }
        }""",
        text,
    )


def test_the_next_view_comes_up_beside_the_one_before(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report?three")
    assert hanging(screen) == [0, 1]
    screen.keyboard.press("v")
    assert hanging(screen) == [0, 1]
    screen.keyboard.press("v")
    assert hanging(screen) == [1, 2]
    assert screen.get_attribute("[data-action='view:2']", "aria-current") == "true"
    screen.wait_for_selector('[data-image="film-3"][data-depth="full"]')
    screen.keyboard.press("s")
    assert hanging(screen) == [2]
    screen.keyboard.press("v")
    assert hanging(screen) == [0]


def test_a_film_that_does_not_hang_yet_is_not_fetched(screen: Page, site: str) -> None:
    fetched: list[str] = []
    screen.on("request", lambda request: fetched.append(request.url))
    open_full(screen, f"{site}/report?three")
    screen.wait_for_selector('[data-image="film-2"][data-depth="full"]')
    assert not any(url.endswith("film-3.rgf") for url in fetched)


def test_letters_in_the_text_are_letters_and_escape_gives_them_back(
    screen: Page, site: str
) -> None:
    open_full(screen, f"{site}/report?two")
    screen.wait_for_selector('[data-image="film-2"][data-depth="full"]')
    before = film_state(screen)
    screen.keyboard.press("t")
    screen.keyboard.type("dpwilomuf0r?svtn +-")
    screen.keyboard.press("ArrowLeft")
    assert screen.input_value("#findings") == "dpwilomuf0r?svtn +-"
    assert film_state(screen) == before
    assert hanging(screen) == [0, 1]
    assert screen.locator("dialog[open]").count() == 0
    screen.keyboard.press("Escape")
    screen.keyboard.press("i")
    assert screen.input_value("#findings") == "dpwilomuf0r?svtn +-"
    assert film_state(screen) != before


def test_undo_and_composition_are_the_browsers_own(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report")
    screen.keyboard.press("t")
    screen.keyboard.type("Heart big.")
    screen.keyboard.press("Control+z")
    assert screen.input_value("#findings") != "Heart big."
    screen.keyboard.press("Control+Shift+z")
    assert screen.input_value("#findings") == "Heart big."
    screen.evaluate(COMPOSE, "Épanchement")
    assert screen.evaluate("document.activeElement.id") == "findings"
    assert screen.locator("rg-outcomes").count() == 0
    assert screen.input_value("#findings") == "Épanchement"
    assert kept(screen)["answer"]["findings"] == "Épanchement"


def test_a_text_and_the_checklist_survive_a_reload(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report")
    screen.fill("#findings", "Small left effusion.")
    screen.fill("#impression", "Effusion.")
    screen.check("input[value=Lungs]")
    screen.reload()
    screen.wait_for_selector('[data-state="saved"]')
    assert screen.input_value("#findings") == "Small left effusion."
    assert screen.input_value("#impression") == "Effusion."
    assert screen.is_checked("input[value=Lungs]")
    assert not screen.is_checked("input[value=Hila]")


def test_what_does_not_fit_is_not_pasted_and_says_so(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report")
    screen.fill("#findings", "Heart big. ")
    screen.focus("#findings")
    paste(screen, "x" * 700)
    assert screen.input_value("#findings") == "Heart big. "
    assert "700" in screen.inner_text(".reading-message")
    paste(screen, "No effusion.")
    assert screen.input_value("#findings") == "Heart big. No effusion."
    assert screen.inner_text(".reading-message") == ""


def test_what_is_typed_beyond_the_limit_stays_and_holds_the_submit_back(
    screen: Page, site: str
) -> None:
    open_full(screen, f"{site}/report")
    screen.fill("#findings", "y" * 599)
    assert screen.get_attribute("[data-room=findings]", "data-state") == "near"
    screen.focus("#findings")
    screen.keyboard.type("zzz")
    assert screen.inner_text("[data-room=findings]") == "2 too many"
    assert "in this browser" in screen.inner_text(".draft-state")
    assert len(kept(screen)["answer"]["findings"]) == 602
    screen.keyboard.press("Control+Enter")
    assert "Findings: 2 characters too many" in screen.inner_text(".reading-message")
    assert len(screen.input_value("#findings")) == 602
    for _character in "zz":
        screen.keyboard.press("Backspace")
    screen.keyboard.press("Control+Enter")
    screen.wait_for_selector("rg-outcomes")


def test_an_empty_report_is_not_submitted(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report")
    screen.fill("#findings", "  \n")
    screen.keyboard.press("Control+Enter")
    assert "Nothing is written" in screen.inner_text(".reading-message")
    assert screen.evaluate("document.activeElement.id") == "findings"


def test_a_failed_submit_keeps_the_text(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report?fail")
    screen.fill("#findings", "Small left effusion.")
    screen.click("button.primary[type=submit]")
    screen.wait_for_selector(".reading-message:not(:empty)")
    assert screen.input_value("#findings") == "Small left effusion."
    assert screen.is_enabled("button.primary[type=submit]")


def test_nothing_but_the_films_height_changes_when_the_feedback_comes(
    screen: Page, site: str
) -> None:
    open_full(screen, f"{site}/report?two")
    screen.keyboard.press("v")
    screen.keyboard.press("l")
    places = "['.views', '.film-tools', '.panel', '.panel-foot button'].map((selector) => " + (
        "JSON.stringify(document.querySelector(selector).getBoundingClientRect()))"
    )
    window = f"{FILMS}[1].viewport.window"
    before = [screen.evaluate(places), stage(screen)[:3], screen.evaluate(window)]
    screen.fill("#findings", "Small left effusion.")
    screen.keyboard.press("Control+Enter")
    screen.wait_for_selector("rg-outcomes")
    assert [screen.evaluate(places), stage(screen)[:3], screen.evaluate(window)] == before
    assert screen.evaluate("document.querySelector('rg-film-board').activeFilm.imageId") == "film-2"
    assert screen.evaluate("Object.keys(localStorage)") == []


def test_a_finding_and_its_passages_light_together(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report_feedback?two")
    screen.hover(".text .outcome-false")
    assert screen.locator(".outcome.is-lit").inner_text().startswith("Not in the reference")
    screen.hover("#card-f2")
    assert screen.locator(".joined.is-lit").all_inner_texts() == [
        "Small L effusion",
        "Left effusion",
        "moderate left pleural effusion",
        "Moderate left effusion",
    ]
    assert not screen.is_visible("#card-f2 .explanation")
    screen.mouse.move(2, 2)
    screen.keyboard.press("j")
    assert screen.locator(".joined.is-lit").count() == 2
    assert screen.is_visible("#card-f0 .explanation")
    # One stop of the Tab key a finding and text.
    assert screen.locator(".joined[tabindex='-1']").all_inner_texts() == [
        "Left effusion",
        "cardiomegaly",
        "Right lower lobe pneumonia",
        "Moderate left effusion",
    ]
    screen.focus(".text .outcome-matched")
    assert screen.locator("#card-f3.is-lit").count() == 1
    screen.keyboard.press("Enter")
    assert screen.evaluate("document.activeElement.id") == "card-f3"


def test_what_is_pressed_below_an_open_line_does_not_move_away(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report_feedback")
    screen.click("#card-f0")
    assert screen.is_visible("#card-f0 .explanation")
    screen.click(".how summary")
    assert screen.is_visible(".how table")
    assert screen.is_visible("#card-f0 .explanation")
    screen.focus("#card-f0")
    screen.keyboard.press("j")
    assert not screen.is_visible("#card-f0 .explanation")
    assert screen.is_visible("#card-f1 .explanation")


def test_a_finding_is_disputed_from_its_line(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report_feedback")
    screen.keyboard.press("j")
    screen.keyboard.press("j")
    screen.click("#card-f1 [data-dispute]")
    assert screen.input_value("#flag-line") == "1"
    assert screen.evaluate("document.activeElement.id") == "flag-comment"


def test_the_toolbar_is_one_stop_of_the_tab_key(screen: Page, site: str) -> None:
    open_full(screen, f"{site}/report")
    focused = "document.activeElement.dataset.action"
    screen.focus("rg-film")
    screen.keyboard.press("Tab")
    assert screen.evaluate(focused) == "tool:pan"
    screen.keyboard.press("ArrowRight")
    assert screen.evaluate(focused) == "tool:window"
    screen.keyboard.press("End")
    assert screen.evaluate(focused) == "help"
    screen.keyboard.press("Tab")
    assert screen.evaluate("document.activeElement.id") == "findings"
    screen.keyboard.press("Shift+Tab")
    assert screen.evaluate(focused) == "help"


@pytest.mark.parametrize("name", ["report?three", "report_feedback?three"])
@pytest.mark.parametrize(
    ("width", "height"), [(1440, 900), (1024, 768), (390, 844), (390, 480), (720, 450)]
)
def test_the_screens_fit_without_scrolling(
    screen: Page, site: str, name: str, width: int, height: int
) -> None:
    screen.set_viewport_size({"width": width, "height": height})
    open_full(screen, f"{site}/{name}")
    assert screen.evaluate(f"[{ROOT}.scrollWidth, {ROOT}.scrollHeight]") == [width, height]
    button = screen.locator(".panel-foot .button.primary").bounding_box()
    assert button is not None
    assert button["x"] + button["width"] <= width
    assert button["y"] + button["height"] <= height
