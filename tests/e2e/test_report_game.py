"""The report game in a browser, from the front door to the next case."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command

from radgame.accounts.models import User
from radgame.cases.importers import demo
from radgame.cases.importers.prepare import Known, PreparedCase, prepare
from radgame.cases.models import Case, CaseSet, ReferenceReport
from radgame.cases.services import append_cases
from radgame.imaging.phantom import DEMO_RECIPES
from report.models import Attempt

from .reports import (
    EFFUSION,
    NEVER_TOLD,
    PARTLY_READING,
    RARE_WORDS,
    RIGHT_READING,
    Desk,
    store_reports,
)
from .test_keyboard import tab_to
from .test_layout import ROOT, assert_inside
from .test_secrecy import STATIC, told
from .visit import Visit
from .wire import Answered, Site

COMPOSE = """(text) => {
  const field = document.querySelector('#findings');
  const tell = (Kind, type, more) =>
    field.dispatchEvent(new Kind(type, {bubbles: true, cancelable: true, ...more}));
  field.focus();
  tell(CompositionEvent, 'compositionstart', {});
  for (const key of ['d', 'w', 'Escape', 'Enter']) {
    tell(KeyboardEvent, 'keydown', {key, isComposing: true, ctrlKey: key === 'Enter'});
  }
  field.value = text;
  tell(InputEvent, 'input', {inputType: 'insertCompositionText', data: text, isComposing: true});
  tell(CompositionEvent, 'compositionend', {data: text});
}"""


def lit(visit: Visit) -> list[str]:
    return visit.page.locator(".joined.is-lit").all_inner_texts()


def test_from_the_front_door_to_the_next_case_by_keyboard_alone(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    page = visit.page
    page.goto("/")
    tab_to(page, "a", "Report")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/")
    tab_to(page, "button", "Start")
    page.keyboard.press("Enter")
    desk.films_ready()
    assert [words.split(" · ")[0] for words in page.locator(".film-readout").all_inner_texts()] == [
        "PA",
        "Lateral",
    ]
    page.keyboard.press("v")
    assert page.get_attribute("[data-action='view:1']", "aria-current") == "true"
    page.keyboard.press("t")
    page.keyboard.type(RIGHT_READING)
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    assert desk.findings.input_value() == RIGHT_READING
    tab_to(page, ".checklist input")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("rg-outcomes .outcome")
    attempt = Attempt.objects.get()
    assert attempt.is_submitted
    assert attempt.answer["findings"] == RIGHT_READING
    assert attempt.score == 1

    page.keyboard.press("j")
    assert page.locator(".outcome:focus").count() == 1
    assert len(lit(visit)) >= 2
    page.keyboard.press("n")
    page.wait_for_selector("#reading")
    desk.films_ready()
    assert page.locator(".views").count() == 0
    assert Attempt.objects.filter(sitting=attempt.sitting, position=1, status="draft").exists()


def test_what_was_missed_wrong_and_false_stands_in_both_texts_and_lights_together(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    desk.begin()
    desk.write(PARTLY_READING)
    desk.submit()
    page = visit.page
    outcomes = {
        name: page.locator(f".results .outcome-{name}").count()
        for name in ("matched", "partly", "missed", "false")
    }
    assert outcomes == {"matched": 0, "partly": 1, "missed": 1, "false": 1}
    assert "".join(page.locator(".text").nth(1).locator(".report-text").all_inner_texts()).count(
        EFFUSION
    )
    page.locator(".results .outcome-partly").hover()
    words = " ".join(" ".join(lit(visit)).split())
    assert "Small left pleural effusion" in words
    assert "large left pleural effusion" in words
    page.locator(".text .outcome-false").first.hover()
    assert "odule" in page.locator(".results .outcome.is-lit").inner_text()
    page.locator(".results .outcome-missed").click()
    assert page.locator(".results .outcome-missed .explanation").is_visible()
    page.locator(".results summary", has_text="How this score came about").click()
    points = page.locator(".how tbody td:last-child").all_inner_texts()
    total = sum(int(text.replace("−", "-").replace("+", "")) for text in points)
    assert max(total, 0) == round((Attempt.objects.get().score or 0) * 100)


def test_a_set_asks_for_an_impression_and_hides_the_checklist(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    CaseSet.objects.filter(pk=reports.pk).update(asks_impression=True, shows_checklist=False)
    desk.begin()
    page = visit.page
    assert page.locator(".checklist").count() == 0
    desk.write(RIGHT_READING)
    page.keyboard.press("Tab")
    page.keyboard.type("Left effusion.")
    visit.eventually(lambda: Attempt.objects.get().answer.get("impression") == "Left effusion.")
    page.reload()
    desk.films_ready()
    assert page.input_value("#impression") == "Left effusion."
    desk.submit()
    assert "Left effusion." in page.locator(".text").first.inner_text()


def test_the_summary_comes_after_the_last_case_and_leads_back_to_each(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    desk.begin()
    page = visit.page
    for text in (PARTLY_READING, "Normal chest. No effusion."):
        desk.write(text)
        desk.submit()
        page.keyboard.press("n")
        page.wait_for_selector("#reading, .figure")
        if page.locator("#reading").count():
            desk.films_ready()
    assert "of 100" in page.locator(".figure").inner_text()
    page.locator(".film-list a").first.click()
    page.wait_for_selector("rg-outcomes")
    desk.films_ready()


def test_a_finding_is_disputed_where_it_stands(reports: CaseSet, desk: Desk, visit: Visit) -> None:
    desk.begin()
    desk.write(PARTLY_READING)
    desk.submit()
    page = visit.page
    missed = page.locator(".results .outcome-missed")
    headline = missed.locator(".what").inner_text()
    missed.click()
    missed.get_by_text("Dispute this").click()
    assert page.locator("#flag-line option:checked").inner_text() == headline
    page.keyboard.type("The heart is of normal size.")
    page.get_by_role("button", name="Send to staff").click()
    page.locator(".flags .flag", has_text="The heart is of normal size.").wait_for()


def test_letters_in_the_text_do_not_move_the_films(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    desk.begin()
    before = desk.film_states()
    typed = "dpw ilomu f0r vs t? n +- 19"
    desk.write(typed)
    for key in ("ArrowLeft", "ArrowUp", "Home", "End", "Delete"):
        visit.page.keyboard.press(key)
    assert desk.film_states() == before
    assert desk.findings.input_value() == typed
    assert visit.page.locator("dialog[open]").count() == 0
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("i")
    assert desk.film_states() != before
    assert desk.findings.input_value() == typed


def test_dictation_and_composition_are_left_alone(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    desk.begin()
    before = desk.film_states()
    visit.page.evaluate(COMPOSE, "Épanchement pleural gauche.")
    desk.wait_until_saved("Épanchement pleural gauche.")
    assert desk.findings.evaluate("(field) => field === document.activeElement")
    assert desk.film_states() == before
    assert not Attempt.objects.get().is_submitted


def test_the_feedback_shows_the_films_as_they_were_left(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    desk.begin()
    page = visit.page
    page.keyboard.press("v")
    page.keyboard.press("l")
    page.keyboard.press("s")
    windows = [state[1:] for state in desk.film_states()]
    panel = visit.bounds(page.locator(".panel"))
    desk.write(RIGHT_READING)
    desk.submit()
    assert [state[1:] for state in desk.film_states()] == windows
    assert visit.bounds(page.locator(".panel")) == panel


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_films_text_and_submit_are_together_on_the_screen_without_scrolling(
    reports: CaseSet, new_visit: Callable[..., Visit], width: int, height: int
) -> None:
    visit = new_visit(viewport={"width": width, "height": height})
    desk = Desk(visit)
    desk.begin()

    def assert_no_scrolling() -> None:
        sizes = visit.page.evaluate(f"[{ROOT}.scrollWidth, {ROOT}.scrollHeight]")
        assert sizes[0] <= width
        assert sizes[1] <= height

    assert_no_scrolling()
    for selector in (
        "rg-film",
        ".film-tools button",
        ".views button:visible",
        ".request-lines dd",
        ".writing textarea",
        ".checklist label",
        "#reading button[type=submit]",
        ".timer",
    ):
        assert_inside(visit, selector, width, height)
    desk.write(PARTLY_READING)
    desk.submit()
    assert_no_scrolling()
    for selector in ("rg-film", ".film-tools button", ".text", "#next button", ".score"):
        assert_inside(visit, selector, width, height)


def test_on_a_phone_the_text_and_submit_are_in_reach_with_the_keyboard_open(
    reports: CaseSet, new_visit: Callable[..., Visit]
) -> None:
    visit = new_visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    desk = Desk(visit)
    desk.begin()
    assert visit.page.locator("rg-film:not([hidden])").count() == 1
    visit.page.set_viewport_size({"width": 390, "height": 480})
    desk.write(RIGHT_READING)
    assert visit.page.evaluate(f"{ROOT}.scrollWidth <= innerWidth")
    for selector in ("rg-film:not([hidden])", "#reading button[type=submit]"):
        assert_inside(visit, selector, 390, 480)
    _x, y, _wide, high = visit.bounds(desk.findings)
    _left, submit_y, _w, _h = visit.bounds(visit.page.locator(".panel-foot"))
    assert y >= 0
    assert y + high <= submit_y + 0.5
    visit.page.set_viewport_size({"width": 390, "height": 844})
    desk.submit()
    assert visit.page.evaluate(f"{ROOT}.scrollWidth <= innerWidth")
    assert_inside(visit, "#next button", 390, 844)


# --- secrecy --------------------------------------------------------------------------


def mentions(answers: list[Answered], words: tuple[str, ...]) -> dict[str, list[str]]:
    """Which of these words are in which answers, whatever their case."""
    needles = {word: {word.encode(), word.capitalize().encode()} for word in words}
    return told(answers, needles)


def test_no_response_before_the_submit_holds_a_word_of_the_radiologists_report(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    answers = visit.site.answers
    page = visit.page
    page.goto("/")
    page.goto("/report/")
    page.get_by_role("button", name="Start").click()
    desk.films_ready()
    # Nearly right, so that a reply that corrects it would give itself away.
    desk.write("Left effusion.")
    desk.wait_until_saved("Left effusion.")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    page.reload()
    desk.films_ready()
    page.goto("/")
    page.goto("/report/")
    page.get_by_role("button", name="Continue").click()
    desk.films_ready()

    before = [answer for answer in answers if not answer.path.startswith(STATIC)]
    assert any(answer.path.endswith("/draft/") for answer in before)
    assert any(answer.path.endswith("/pixels") for answer in before)
    assert mentions(answers[:], RARE_WORDS) == {}
    assert mentions(before, NEVER_TOLD) == {}
    # A whole clause of the report, and how many sections it has.
    clauses = ("large left pleural", "normal size", "No pneumothorax", "lungs are clear")
    assert mentions(before, clauses) == {}

    count = len(answers)
    desk.submit()
    page.wait_for_load_state("networkidle")
    assert set(mentions(answers[count:], RARE_WORDS)) == set(RARE_WORDS)
    assert mentions(answers[count:], NEVER_TOLD) == {}
    # The next case is not told by this one.
    assert mentions(answers[count:], ("lungs are clear",)) == {}


# --- a public dataset -----------------------------------------------------------------


@pytest.mark.data
def test_an_imported_case_of_two_views_is_played_and_marked(
    site: Site, shared_data: Path, alice: User, desk: Desk, visit: Visit
) -> None:
    folder = shared_data / "rexgradient"
    if not folder.is_dir():
        pytest.skip(f"ReXGradient is not at {folder}")
    call_command("import_dataset", "rexgradient", str(folder), "--workers", "1", verbosity=0)
    case = next(
        case
        for case in Case.objects.filter(dataset__slug="rexgradient").order_by("key")
        if case.images.count() == 2 and "pleural effusion" in _report_of(case).findings.lower()
    )
    report = _report_of(case)
    case_set = CaseSet.objects.create(slug="one-report", title="One report", audience="everyone")
    append_cases(case_set=case_set, cases=[case])

    desk.begin(alice)
    assert visit.page.locator("rg-film:not([hidden])").count() == 2
    desk.write("Lungs are clear.")
    desk.wait_until_saved("Lungs are clear.")
    sentences = [
        part.strip()
        for part in re.split(r"(?<=[.])\s+", f"{report.findings} {report.impression}")
        if len(part.strip()) > 12
    ]
    assert sentences
    before = [answer for answer in site.answers if not answer.path.startswith(STATIC)]
    assert told(before, {sentence: {sentence.encode()} for sentence in sentences}) == {}
    assert told(before, {case.key: {case.key.encode()}}) == {}

    # The radiologist's own words are a perfect answer.
    desk.findings.fill(report.findings)
    desk.submit()
    attempt = Attempt.objects.get()
    assert attempt.is_submitted
    assert attempt.score is not None
    assert attempt.score > 0.8
    shown = " ".join(visit.page.locator(".text").nth(1).inner_text().split())
    assert " ".join(report.findings.split()) in shown
    assert visit.page.locator(".results .outcome-false").count() == 0


def _report_of(case: Case) -> ReferenceReport:
    return ReferenceReport.objects.get(study=case.study)


def test_a_case_of_the_demo_is_played_with_the_report_it_is_shipped_with(
    site: Site, desk: Desk, visit: Visit
) -> None:
    recipe = next(one for one in DEMO_RECIPES if one.lesions)
    case = prepare(demo.build(replace(recipe, scale=0.5)), Known(), max_pixels=10_000_000)
    assert isinstance(case, PreparedCase)
    store_reports([case])
    report = ReferenceReport.objects.get()
    desk.begin()
    desk.findings.fill(report.findings)
    desk.submit()
    attempt = Attempt.objects.get()
    assert (attempt.is_submitted, attempt.score) == (True, 1)
    for sentence in re.split(r"(?<=\.)\s+", report.findings.strip()):
        assert visit.page.get_by_text(sentence[:40]).count() >= 1
