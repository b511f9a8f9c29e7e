"""The page of work keeps itself up to date and does not take from one's hands what one holds."""

from django.utils import timezone
from playwright.sync_api import Browser

from localize.models import Explanation
from radgame.accounts.models import User
from tests.conftest import client_of
from tests.factories import Said, make_case
from tests.jobs.test_jobs import a_job

from .wire import Site


def test_a_refresh_leaves_focus_and_an_open_question_alone(chromium: Browser, site: Site) -> None:
    staff = User.objects.create_user("dana", "dana@example.org", "correct horse", is_staff=True)
    case = make_case(said=[Said("fracture", (10, 10, 50, 50))])
    session = client_of(staff).cookies["sessionid"].value
    visit = chromium.new_context()
    visit.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    page = visit.new_page()
    page.goto(f"{site.url}/staff/work/")
    question = page.get_by_label("Try again: explanations")
    question.focus()
    page.keyboard.press("Enter")
    row = a_job(case, state="failed", tries=5, error="no answer", finished_at=timezone.now())
    page.get_by_text("no answer").wait_for(timeout=15_000)
    assert question.evaluate("summary => document.activeElement === summary")
    assert question.evaluate("summary => summary.parentElement.open")
    page.get_by_role("button", name="Yes, now").first.click()
    page.get_by_text("Explanations: 1 is tried again.").wait_for()
    visit.close()
    row.refresh_from_db()
    assert (row.state, row.tries) == (Explanation.State.WAITING, 0)
