"""Every page runs no script and no style but the site's own files, whoever opens it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from radgame.accounts.models import User
from tests.conftest import client_of
from tests.site import test_urls
from tests.site.test_urls import TABLE, Played, address

clients, played = test_urls.clients, test_urls.played

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ADMIN = ["/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/", "/admin/cases/caseset/"]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Inline(HTMLParser):
    """Collects what a policy without unsafe-inline would not let run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        is_data = named.get("type") in {"application/json", "importmap"}
        if tag == "style" or (tag == "script" and "src" not in named and not is_data):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or re.fullmatch(r"on[a-z]+", name):
                self.found.append(f"{tag} {name}")
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")


def assert_closed(page: HttpResponse, where: str) -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";") if part
    )
    assert "unsafe" not in page["Content-Security-Policy"], where
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'", where
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'", where
    assert {name: page[name] for name in HEADERS} == HEADERS, where
    if page["Content-Type"].startswith("text/html") and not page.streaming:
        reader = Inline()
        reader.feed(page.content.decode())
        assert reader.found == [], where


@pytest.mark.parametrize("person", test_urls.PEOPLE)
def test_no_page_lets_anything_inline_run(
    person: str, played: Played, clients: dict[str, Client]
) -> None:
    for name in TABLE:
        page = clients[person].get(address(name, played))
        assert_closed(page, f"{name} for {person}")


def test_nor_does_the_administration(dana: User) -> None:
    dana.is_superuser = True
    dana.save()
    client = client_of(dana)
    for where in ADMIN:
        page = client.get(where)
        assert page.status_code == 200, where
        assert_closed(page, where)


def test_nor_do_pages_that_refuse(alice_client: Client, db: None) -> None:
    for where, status in {"/nowhere/": 404, "/staff/flags/": 403}.items():
        page = alice_client.get(where)
        assert page.status_code == status
        assert_closed(page, where)
    for _try in range(5):
        locked = Client().post(reverse("account_login"), {"login": "alice", "password": "wrong"})
    assert locked.status_code == 429
    assert_closed(locked, "locked out")


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_no_template_holds_anything_inline(template: Path) -> None:
    reader = Inline()
    reader.feed(re.sub(r"{%.*?%}|{{.*?}}", "", template.read_text(encoding="utf-8"), flags=re.S))
    assert reader.found == []


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(alice: User) -> None:
    client = Client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": "alice", "password": "correct horse"})
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name


def test_signing_in_begins_another_session(alice: User) -> None:
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    before = client.cookies["sessionid"].value
    client.post(reverse("account_login"), {"login": "alice", "password": "correct horse"})
    assert client.cookies["sessionid"].value != before
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<script>x</script>", ["<script>"]),
        ('<script src="a.js"></script><script type="application/json">{}</script>', []),
        ('<p style="color: red">', ["p style"]),
        ("<style>p {}</style>", ["<style>"]),
        ('<button onclick="x()">', ["button onclick"]),
        ('<a href=" JavaScript:x()">', ["a href= JavaScript:x()"]),
        ('<option value="on">', []),
    ],
)
def test_what_counts_as_inline(html: str, found: list[str]) -> None:
    reader = Inline()
    reader.feed(html)
    assert reader.found == found
