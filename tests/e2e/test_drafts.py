"""Nothing a reader did is lost: closed tabs, cut networks, two tabs at once."""

import pytest

from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.models import CaseSet

from .films import CONSOLIDATION
from .visit import Visit

NODULE = (300.0, 420.0, 360.0, 480.0)


def wait_for_state(visit: Visit, words: str) -> None:
    visit.page.locator(".draft-state", has_text=words).wait_for()


def test_marks_are_there_again_after_the_tab_was_closed(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    visit.draw("consolidation", CONSOLIDATION)
    visit.page.get_by_label("Cardiomegaly").check()
    wait_for_state(visit, "Saved")
    visit.eventually(lambda: Attempt.objects.get().answer["selected"] == ["cardiomegaly"])
    before, address = visit.answer(), visit.page.url
    visit.page.close()

    # What the server kept, without what this browser kept.
    page = visit.tab()
    page.goto("/about/")
    page.evaluate("localStorage.clear()")
    page.goto(address)
    visit.film_ready()
    assert visit.answer() == before
    assert page.locator(".marks .mark").count() == 1
    assert page.locator(".shape").count() == 1
    assert page.get_by_label("Cardiomegaly").is_checked()


def test_without_a_network_the_marks_are_kept_in_this_browser(demo: CaseSet, visit: Visit) -> None:
    visit.expect("ERR_INTERNET_DISCONNECTED")
    visit.play()
    visit.context.set_offline(True)
    visit.draw("consolidation", CONSOLIDATION)
    wait_for_state(visit, "kept in this browser")
    before = visit.answer()
    assert visit.saved_marks() == []

    visit.context.set_offline(False)
    visit.page.reload()
    visit.film_ready()
    assert visit.answer() == before
    assert visit.wait_for_marks(1) == before["marks"]


@pytest.mark.parametrize("cookies", ["the session's", "all"])
def test_who_is_signed_out_while_drawing_is_told_and_signs_in_to_the_same_marks(
    demo: CaseSet, alice: User, visit: Visit, cookies: str
) -> None:
    visit.expect("403")
    visit.play(alice)
    page = visit.page
    visit.context.clear_cookies(name="sessionid" if cookies == "the session's" else None)
    visit.draw("consolidation", CONSOLIDATION)
    message = page.locator(".reading-message", has_text="You are signed out.")
    message.wait_for()
    wait_for_state(visit, "kept in this browser")
    # Whoever draws on goes on being told, and so does who submits.
    visit.draw("nodule-mass", NODULE)
    assert message.is_visible()
    visit.submit_button.click()
    page.wait_for_selector("#reading:not([aria-busy])")
    assert message.is_visible()
    before = visit.answer()
    assert visit.saved_marks() == []

    page.reload()
    page.locator("[name=login]").fill("alice")
    page.locator("[name=password]").fill("correct horse")
    page.locator("main").get_by_role("button", name="Sign in").click()
    visit.film_ready()
    assert visit.answer() == before
    visit.submit()


def test_a_reload_over_an_unsaved_change_is_not_taken_for_another_tab(
    demo: CaseSet, visit: Visit
) -> None:
    visit.play()
    drawn = visit.draw("consolidation", CONSOLIDATION)
    # The old page sends its draft while the new one is already on its way.
    visit.page.reload()
    visit.film_ready()
    # Whichever of the two pages saved it, it is saved, and nobody speaks of another tab.
    (mark,) = visit.wait_for_marks(1)
    assert visit.page.locator(".reading-message").inner_text() == ""
    assert mark["box"] == pytest.approx(drawn, abs=1.5)
    # And saving goes on.
    visit.draw("nodule-mass", NODULE)
    visit.wait_for_marks(2)


def test_of_two_tabs_the_second_is_told(demo: CaseSet, visit: Visit) -> None:
    visit.expect("409")
    visit.play()
    first = visit.page
    second = visit.tab()
    second.goto(first.url)
    visit.film_ready()

    visit.page = first
    first.bring_to_front()
    visit.draw("consolidation", CONSOLIDATION)
    wait_for_state(visit, "Saved")

    visit.page = second
    second.bring_to_front()
    visit.draw("nodule-mass", NODULE)
    message = second.locator(".reading-message:not(:empty)")
    message.wait_for()
    assert "another tab" in message.inner_text()
    (mark,) = visit.saved_marks()
    assert mark["finding"] == "consolidation"
