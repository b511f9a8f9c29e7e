"""Nothing that was written is lost: killed browsers, cut networks, two tabs, large pastes."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from radgame.cases.models import CaseSet
from report.models import Attempt

from .conftest import CHROMIUM_ARGS
from .reports import Desk
from .visit import Visit
from .wire import Site

TEXT = "Small left pleural effusion. Heart big."


def test_what_was_written_is_there_again_after_the_tab_was_closed(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    path = desk.begin()
    desk.write(TEXT)
    desk.wait_until_saved(TEXT)
    visit.page.close()

    # What the server kept, without what this browser kept.
    page = visit.tab()
    page.goto("/about/")
    page.evaluate("localStorage.clear()")
    page.goto(path)
    desk.films_ready()
    assert desk.findings.input_value() == TEXT


def test_typing_without_a_pause_is_saved_meanwhile(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    desk.begin()
    desk.findings.focus()
    for _letter in range(20):
        visit.page.keyboard.type("x", delay=100)
    # Half a second without a key never came, and still something is on the server.
    assert desk.saved() != ""


def test_without_a_network_the_text_is_kept_in_this_browser(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    visit.expect("ERR_INTERNET_DISCONNECTED")
    visit.expect("htmx:")
    desk.begin()
    visit.context.set_offline(True)
    desk.write(TEXT)
    desk.wait_for_state("kept in this browser")
    assert desk.saved() == ""
    assert [copy["answer"]["findings"] for copy in desk.kept_here()] == [TEXT]
    visit.page.keyboard.press("Control+Enter")
    message = visit.page.locator(".reading-message:not(:empty)")
    message.wait_for()
    assert "kept here" in message.inner_text()
    assert desk.findings.input_value() == TEXT

    visit.context.set_offline(False)
    visit.page.reload()
    desk.films_ready()
    assert desk.findings.input_value() == TEXT
    desk.wait_until_saved(TEXT)
    assert not Attempt.objects.get().is_submitted


def test_back_on_the_network_the_draft_is_saved_without_a_reload(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    visit.expect("ERR_INTERNET_DISCONNECTED")
    desk.begin()
    visit.context.set_offline(True)
    desk.write(TEXT)
    desk.wait_for_state("kept in this browser")
    visit.context.set_offline(False)
    desk.wait_until_saved(TEXT)
    desk.wait_for_state("Saved")


def test_of_two_tabs_the_second_is_told_and_goes_on_being_told(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    visit.expect("409")
    path = desk.begin()
    first = visit.page
    second = visit.tab()
    second.goto(path)
    desk.films_ready()

    visit.page = first
    first.bring_to_front()
    desk.write("From the first tab.")
    desk.wait_until_saved("From the first tab.")

    visit.page = second
    second.bring_to_front()
    desk.write("From the second.")
    message = second.locator(".reading-message:not(:empty)")
    message.wait_for()
    second.keyboard.type(" And on.")
    assert "another tab" in message.inner_text()
    assert desk.findings.input_value() == "From the second. And on."
    assert desk.saved() == "From the first tab."


def test_a_paste_that_does_not_fit_is_refused_whole_and_nothing_is_lost(
    reports: CaseSet, desk: Desk, visit: Visit
) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visit.site.url)
    desk.begin()
    desk.write("Heart big. ")
    limit = int(desk.findings.get_attribute("data-limit") or 0)
    visit.page.evaluate(
        "(text) => navigator.clipboard.writeText(text)", "no effusion " * (limit // 12 + 1)
    )
    visit.page.keyboard.press("Control+v")
    message = visit.page.locator(".reading-message:not(:empty)")
    message.wait_for()
    assert "Not pasted" in message.inner_text()
    assert desk.findings.input_value() == "Heart big. "
    visit.page.evaluate("navigator.clipboard.writeText('Small left effusion.')")
    visit.page.keyboard.press("Control+v")
    desk.wait_until_saved("Heart big. Small left effusion.")


# --- a browser that is killed ---------------------------------------------------------


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


class Killable:
    """A browser process of its own, with a profile that outlives it."""

    def __init__(self, profile: Path) -> None:
        found = shutil.which("chromium") or shutil.which("google-chrome")
        assert found is not None
        self._profile = profile
        profile.mkdir(exist_ok=True)
        port_file = profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                found,
                *CHROMIUM_ARGS,
                "--headless=new",
                "--no-first-run",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not port_file.exists() or not port_file.read_text().strip():
            assert time.monotonic() < deadline, "Chromium did not start"
            time.sleep(0.1)
        self.port = int(port_file.read_text().split()[0])

    def kill(self) -> None:
        """As an operating system that ran out of memory would."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.fixture
def killables() -> Iterator[list[Killable]]:
    started: list[Killable] = []
    yield started
    for browser in started:
        browser.kill()


def page_of(playwright_browser: Browser) -> Page:
    return playwright_browser.contexts[0].new_page()


def test_a_draft_survives_a_browser_that_is_killed(
    chromium: Browser,
    reports: CaseSet,
    desk: Desk,
    visit: Visit,
    site: Site,
    profile: Path,
    killables: list[Killable],
) -> None:
    path = desk.begin()
    cookies = visit.context.cookies()
    connect = chromium.browser_type.connect_over_cdp

    killables.append(Killable(profile))
    page = page_of(connect(f"http://127.0.0.1:{killables[-1].port}"))
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(site.url + path)
    page.wait_for_selector('rg-film[data-depth="full"]')
    page.locator("#findings").focus()
    page.keyboard.type(TEXT)
    desk.wait_until_saved(TEXT)
    killables[-1].kill()

    killables.append(Killable(profile))
    page = page_of(connect(f"http://127.0.0.1:{killables[-1].port}"))
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(site.url + path)
    page.wait_for_selector('rg-film[data-depth="full"]')
    assert page.input_value("#findings") == TEXT
