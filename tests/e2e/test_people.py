"""Guests who stay, people who come and go, and the policy that all pages keep."""

import io

from allauth.account.models import EmailAddress
from django.core import mail
from PIL import Image as Picture

from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.models import CaseSet
from radgame.progress.models import Outcome

from .films import CONSOLIDATION
from .visit import Visit

PASSWORD = "seven blue wombats"


def menu(visit: Visit) -> None:
    visit.page.locator("details.menu summary").click()


def sign_up(visit: Visit, name: str) -> None:
    page = visit.page
    page.locator("[name=email]").fill(f"{name}@example.org")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url(lambda url: "/signup/" not in url)


def test_a_guest_who_signs_up_keeps_what_was_played(demo: CaseSet, visit: Visit) -> None:
    visit.play_as_guest()
    visit.draw("consolidation", CONSOLIDATION)
    visit.submit()
    guest = User.objects.get()
    assert guest.is_guest
    menu(visit)
    visit.page.get_by_role("link", name="Sign up and keep your results").click()
    sign_up(visit, "erin")

    erin = User.objects.get()
    assert (erin.pk, erin.username, erin.is_guest) == (guest.pk, "erin", False)
    assert Attempt.objects.get().reader == erin
    assert Outcome.objects.get().reader == erin
    assert [message.to for message in mail.outbox] == [["erin@example.org"]]
    visit.page.goto("/")
    assert visit.page.locator("details.menu summary").inner_text() == "erin"
    assert "1 of 3" in visit.page.locator("main").inner_text()


def test_people_sign_in_and_out_by_the_page(demo: CaseSet, alice: User, visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    page.locator("[name=login]").fill("alice")
    page.locator("[name=password]").fill("wrong horse")
    page.locator("main").get_by_role("button", name="Sign in").click()
    assert page.locator("[name=password]").is_visible()
    assert "_auth_user_id" not in _session_keys(visit)

    page.locator("[name=login]").fill("alice")
    page.locator("[name=password]").fill("correct horse")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.locator("details.menu summary", has_text="alice").wait_for()
    assert "_auth_user_id" in _session_keys(visit)

    menu(visit)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("banner").get_by_role("link", name="Sign in").wait_for()
    assert "_auth_user_id" not in _session_keys(visit)


def test_a_phone_can_read_the_code_of_the_second_factor_in_the_dark(
    demo: CaseSet, alice: User, visit: Visit
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    page = visit.page
    page.goto("/accounts/login/?next=/accounts/second-factor/app/on/")
    page.locator("[name=login]").fill("alice")
    page.locator("[name=password]").fill("correct horse")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Is it still you?").wait_for()
    page.locator("[name=password]").fill("correct horse")
    page.get_by_role("button", name="Go on").click()
    code = page.get_by_alt_text("The secret, as a QR code")
    shown = Picture.open(io.BytesIO(code.screenshot())).convert("L")
    dark, bright = shown.getextrema()
    assert (dark, bright) == (0, 255)
    assert page.locator("html").get_attribute("data-theme") == "dark"


def _session_keys(visit: Visit) -> set[str]:
    from django.contrib.sessions.backends.cached_db import SessionStore

    cookies = {cookie["name"]: cookie["value"] for cookie in visit.context.cookies()}
    with visit.site.lock:
        return set(SessionStore(cookies.get("sessionid")).keys())


def test_a_whole_visit_keeps_the_strict_policy(demo: CaseSet, visit: Visit) -> None:
    page = visit.page
    visit.play_as_guest()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    visit.draw("consolidation", CONSOLIDATION)
    visit.submit()
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.wait_for_selector("#reading")
    for address in ("/", "/about/", "/localize/", "/accounts/signup/", "/accounts/login/"):
        page.goto(address)
    assert visit.troubles == []
    pages = [
        dict(answer.headers)
        for answer in visit.site.answers
        if dict(answer.headers).get("Content-Type", "").startswith("text/html")
        and answer.status == 200
    ]
    assert len(pages) >= 8
    for headers in pages:
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    # And a violation would be heard.
    visit.expect("Content Security Policy")
    visit.expect("policy violation")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.broken = true'}))"
    )
    visit.frames()
    assert any("policy violation: script-src" in trouble for trouble in visit.troubles)
    assert page.evaluate("window.broken") is None
