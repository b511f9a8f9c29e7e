"""Somebody makes a token on their account page, and a program plays a case with it."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from radgame.accounts.models import User
from radgame.cases.models import CaseSet
from radgame.progress.models import Outcome

from .films import CONSOLIDATION
from .visit import Visit


def ask(visit: Visit, key: str, method: str, address: str, sent: Any = None) -> Any:
    """As a program asks, without a browser and its cookies."""
    request = Request(
        f"{visit.site.url}/api/v1/{address}",
        method=method,
        data=json.dumps(sent).encode() if sent else None,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_a_program_plays_with_a_token_made_on_the_page(
    demo: CaseSet, alice: User, visit: Visit
) -> None:
    page = visit.page
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill("alice")
    page.locator("[name=password]").fill("correct horse")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.locator("details.menu summary", has_text="alice").click()
    page.get_by_role("link", name="Tokens").click()
    page.get_by_role("link", name="Make a token").click()
    page.locator("[name=password]").fill("correct horse")
    page.locator("main").get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("Notebook")
    page.get_by_role("button", name="Make it").click()
    key = page.locator("output").inner_text()

    attempt = ask(visit, key, "POST", f"localize/sets/{demo.slug}/start/")["attempt"]
    mark = {
        "image": attempt["films"][0]["token"],
        "finding": "consolidation",
        "box": list(CONSOLIDATION),
    }
    submit = {"answer": {"marks": [mark]}, "elapsed_s": 9}
    told = ask(visit, key, "POST", f"localize/attempts/{attempt['id']}/submit/", submit)
    assert "hit" in {line["outcome"] for line in told["feedback"]["lines"]}
    with visit.site.lock:
        assert Outcome.objects.get().reader == alice

    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Revoke Notebook").click()
    assert "opens nothing any more" in page.locator(".messages").inner_text()
    with pytest.raises(HTTPError, match="401"):
        ask(visit, key, "GET", "me/")
