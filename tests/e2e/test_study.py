"""A whole study in the browser: made, taken part in by three, read, exported, and recomputed."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from localize.models import Exposure
from radgame.accounts.models import Role, User
from radgame.cases.models import CaseSet
from radgame.classroom.models import Enrolment
from radgame.progress.models import Outcome
from tests.factories import person

from .films import CONSOLIDATION, NODULE, SENTENCE
from .visit import Visit

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "recompute_study.py"
TITLE = "Feedback or films"


def about(word: str, what: str) -> re.Pattern[str]:
    """The name of a control that says for hearers alone what it is about."""
    return re.compile(rf"^{word}\s*: {what}$")


def sign_in(visit: Visit, name: str) -> Page:
    page = visit.page
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill("correct horse")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.locator("details.menu summary", has_text=name).wait_for()
    return page


def make_cohort(page: Page) -> str:
    """The code that lets learners in."""
    page.goto("/cohorts/")
    page.get_by_role("link", name="New cohort").click()
    page.get_by_label("Name").fill("First year")
    page.get_by_role("button", name="Make the cohort").click()
    page.get_by_role("button", name="Make a link").click()
    return page.locator("output.code").inner_text()


def make_set(page: Page, title: str, film: str) -> None:
    page.goto("/sets/search/")
    page.get_by_label(f"Choose: {film}").check()
    page.get_by_label("Title of the set").fill(title)
    page.get_by_role("button", name="Make a set of the ticked").click()
    page.get_by_role("heading", name=title).wait_for()


def make_study(page: Page) -> None:
    page.goto("/cohorts/")
    page.get_by_role("link", name="First year").click()
    page.get_by_role("link", name="New study").click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("What those who take part are told").fill("Which way of training helps more?")
    page.get_by_label("Pre-test").select_option(label="Test films")
    page.get_by_label("Post-test").select_option(label="Test films")
    for number in (0, 1):
        page.locator(f"[name=arm_{number}_set]").select_option(label="Training films")
    page.get_by_role("button", name="Make the study").click()
    page.get_by_role("heading", name="Who takes part", exact=True).wait_for()


def take_part(visit: Visit, code: str) -> None:
    page = visit.page
    page.goto(f"/cohorts/join/{code.replace('-', '')}/")
    page.get_by_role("button", name="Join", exact=True).click()
    page.get_by_text("You are in First year.").wait_for()
    page.goto("/")
    page.get_by_role("link", name=about("Read about it", TITLE)).click()
    page.get_by_role("button", name="Take part").click()
    page.get_by_text("How you train is drawn by lot").wait_for()


def begin(page: Page, phase: str) -> None:
    page.get_by_role("button", name=about("Start", f"{phase}, Localize")).click()


def drawn(page: Page) -> None:
    """The film can be drawn on, in whatever depth it has come."""
    page.wait_for_selector("rg-film.is-drawn")


def do_test(visit: Visit, phase: str, *, finds: bool) -> None:
    """Without a word of feedback, on the screen or behind it."""
    page = visit.page
    begin(page, phase)
    drawn(page)
    if finds:
        visit.draw("consolidation", CONSOLIDATION)
    else:
        page.locator("[data-reading=normal]").click()
    before = len(visit.site.answers)
    visit.submit_button.click()
    page.get_by_role("heading", name="Submitted").wait_for()
    for answer in visit.site.answers[before:]:
        assert SENTENCE.encode() not in answer.everything
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("link", name="Back to the study").click()


def train(visit: Visit) -> str:
    """As the lot fell: play and see feedback, or see the film with its answer."""
    page = visit.page
    page.locator(".step.is-now").wait_for()
    passive = page.get_by_text("You see each film with its answer").count() == 1
    begin(page, "Training")
    drawn(page)
    if passive:
        page.get_by_role("heading", name="What is on the film").wait_for()
        assert page.locator(".shape.is-regions").count() == 1
        assert page.locator(".outcome .explanation").first.is_visible()
        page.locator("[data-timer]", has_text="00:02").wait_for()
        page.get_by_role("button", name="Finish").click()
        return "Passive"
    visit.draw("nodule-mass", NODULE)
    visit.submit()
    # A click at once would be taken for the second half of one on Submit; a key is not.
    page.keyboard.press("n")
    page.get_by_role("link", name="Back to the study").click()
    return "Active"


def table(page: Page, key: str) -> list[str]:
    rows = page.locator(f"#{key} tbody tr")
    return [
        " | ".join(rows.nth(number).locator("th, td").all_inner_texts())
        for number in range(rows.count())
    ]


def test_a_study_from_its_protocol_to_its_recomputed_results(
    demo: CaseSet, new_visit: Callable[..., Visit], charlie: User, tmp_path: Path
) -> None:
    assert charlie.role == Role.INSTRUCTOR
    teaching = new_visit()
    page = sign_in(teaching, "charlie")
    code = make_cohort(page)
    make_set(page, "Test films", "Consolidation")
    make_set(page, "Training films", "Nodule")
    make_study(page)

    arms: dict[str, str] = {}
    # No name that could stand in an identifier by chance: each has a letter beyond f.
    for number, name in enumerate(("asha", "ben", "chidi")):
        with teaching.site.lock:
            person(name)
        visit = new_visit()
        sign_in(visit, name)
        take_part(visit, code)
        do_test(visit, "Pre-test", finds=number == 2)
        arms[name] = train(visit)
        do_test(visit, "Post-test", finds=True)
        visit.page.get_by_text("You have done everything").wait_for()
        # Now the tests may be looked at.
        visit.page.get_by_role("link", name=about("Summary", "Post-test, Localize")).click()
        assert "of 100" in visit.page.locator("main").inner_text()

    # Of any three who are drawn, no arm has all.
    assert set(arms.values()) == {"Active", "Passive"}
    with teaching.site.lock:
        drawn = {
            one.membership.person.username: one.arm.name
            for one in Enrolment.objects.select_related("membership__person", "arm")
            if one.arm is not None
        }
        passive = [name for name, arm in arms.items() if arm == "Passive"]
        shown = list(Exposure.objects.values_list("reader__username", flat=True))
        seconds = list(Exposure.objects.values_list("seconds", flat=True))
        trained = Outcome.objects.filter(case__set_items__case_set__title="Training films").count()
    assert drawn == arms
    assert sorted(shown) == sorted(passive)
    assert all(1.5 <= value < 60 for value in seconds)
    assert trained == 3 - len(passive)

    page.reload()
    assert "3 enrolled. 3 learners are in the cohort." in page.locator("main").inner_text()
    assert page.get_by_text("Fewer than 10 have done both tests").is_visible()
    page.get_by_text("Close", exact=True).click()
    page.get_by_role("button", name="Close this study").click()
    page.get_by_text(re.compile(r"Seed \d+\.")).wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="The complete study (JSON)").click()
    study = tmp_path / "study.json"
    download.value.save_as(study)
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(study)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "allocation confirmed" in done.stdout
    printed = done.stdout.splitlines()
    rows = [*table(page, "arms-localize"), *table(page, "comparisons-localize")]
    assert len(rows) == 3
    for row in rows:
        assert row in printed
    for name in (*arms, "charlie"):
        assert name not in study.read_text(encoding="utf-8")
