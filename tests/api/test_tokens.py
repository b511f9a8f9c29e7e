"""A token opens what it was made for, as long as it lasts, and is nowhere kept as it is sent."""

import logging
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache.backends.dummy import DummyCache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from radgame.accounts.models import Role, User
from radgame.rest import throttles
from radgame.rest.models import AccessToken, Scope
from radgame.rest.throttles import WRONG_TOKENS
from radgame.rest.tokens import MOST_TOKENS, TokenRefused, make_token, revoke_token
from tests.api.conftest import Program, Site, at, key_of, page_of, program_of
from tests.conftest import client_of


def made(person: User, *scopes: Scope, **options: Any) -> str:
    given = {"name": "Tests", "scopes": scopes, "is_read_only": False, "days": 1, **options}
    return make_token(person=person, **given).key


def statuses(program: Program, *names: str) -> list[int]:
    return [program.get(name).status_code for name in names]


def test_a_token_says_for_whom_it_asks(alice: User) -> None:
    told = program_of(alice).told("me")
    assert told["username"] == "alice"


def test_only_a_digest_of_the_key_is_kept(alice: User) -> None:
    key = key_of(alice)
    row = AccessToken.objects.values().get()
    assert key.startswith("radgame_")
    assert not [value for value in row.values() if isinstance(value, str) and key in value]
    assert row["start"] == key[:12]


def test_the_log_says_whose_token_it_was_and_never_the_token(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    key = key_of(alice)
    with caplog.at_level(logging.DEBUG):
        Program(Client(), key).get("me")
    [line] = [record for record in caplog.records if record.getMessage() == "request"]
    assert (vars(line)["route"], vars(line)["user_id"]) == ("api:me", alice.pk)
    assert key not in str([vars(record) for record in caplog.records])


def test_a_revoked_token_opens_nothing(alice: User) -> None:
    program = program_of(alice)
    assert program.get("me").status_code == 200
    revoke_token(token=AccessToken.objects.get())
    refused = program.get("me")
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == "Bearer"
    assert refused.json()["code"] == "token_refused"


def test_a_token_can_revoke_itself(alice: User) -> None:
    program = program_of(alice)
    [row] = program.told("tokens")["results"]
    assert row["is_this"] is True
    assert program.ask("DELETE", at("revoke_token", row["id"])).status_code == 204
    assert program.get("me").status_code == 401


def test_a_token_ends(alice: User) -> None:
    program = program_of(alice)
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert program.get("me").status_code == 401
    assert page_of(alice).told("tokens")["results"] == []


def test_whoever_is_switched_off_gets_in_by_no_token(alice: User) -> None:
    program = program_of(alice)
    User.objects.update(is_active=False)
    assert program.get("me").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Bearer é", "Basic YTpi", ""])
def test_what_is_no_token_opens_nothing(db: None, header: str) -> None:
    asked = Client().get(at("me"), headers={"Authorization": header} if header else {})
    assert asked.status_code == 401
    assert asked["Content-Type"] == "application/json"


def test_a_token_opens_only_what_it_was_made_for(charlie: User) -> None:
    plays = Program(Client(), made(charlie, Scope.PLAY))
    teaches = Program(Client(), made(charlie, Scope.TEACH))
    names = ["me", "datasets", "cohorts", "localize_sets", "library_sets", "staff_flags"]
    assert statuses(plays, *names) == [200, 200, 200, 200, 403, 403]
    assert statuses(teaches, *names) == [200, 200, 200, 403, 200, 403]
    assert "“teach”" in plays.get("library_sets").json()["message"]
    assert plays.post("cohorts", body={"name": "First year"}).status_code == 403
    assert teaches.ask("PATCH", at("me"), {"boards": "off"}).status_code == 403


def test_a_token_never_opens_more_than_its_owner_may(charlie: User) -> None:
    program = Program(Client(), made(charlie, Scope.TEACH))
    User.objects.filter(pk=charlie.pk).update(role=Role.LEARNER)
    assert program.get("library_sets").status_code == 403


def test_a_token_that_only_reads_changes_nothing(alice: User) -> None:
    program = Program(Client(), key_of(alice, is_read_only=True))
    assert program.get("me").status_code == 200
    refused = program.ask("PATCH", at("me"), {"alias": "Somebody"})
    assert refused.status_code == 403
    assert "only read" in refused.json()["message"]
    alice.refresh_from_db()
    assert alice.alias == ""


def test_its_last_use_is_kept_to_the_hour(alice: User) -> None:
    program = program_of(alice)
    program.get("me")
    first = AccessToken.objects.get().last_used_at
    program.get("me")
    assert AccessToken.objects.get().last_used_at == first is not None
    long_ago = timezone.now() - timedelta(hours=2)
    AccessToken.objects.update(last_used_at=long_ago)
    program.get("me")
    assert AccessToken.objects.get().last_used_at != long_ago


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scopes": [Scope.TEACH]}, "may do yourself"),
        ({"scopes": []}, "may do yourself"),
        ({"days": 366}, "1 to 365"),
        ({"days": 0}, "1 to 365"),
    ],
)
def test_a_token_that_cannot_be_is_refused(alice: User, options: Any, said: str) -> None:
    with pytest.raises(TokenRefused, match=said):
        made(alice, Scope.PLAY, **options)


def test_a_guest_has_none(guest: User) -> None:
    with pytest.raises(TokenRefused, match="Sign up"):
        made(guest, Scope.PLAY)


def test_nobody_has_more_than_they_need_and_those_that_ended_do_not_count(alice: User) -> None:
    for _number in range(MOST_TOKENS):
        made(alice, Scope.PLAY)
    with pytest.raises(TokenRefused, match="Revoke one"):
        made(alice, Scope.PLAY)
    AccessToken.objects.update(expires_at=timezone.now())
    made(alice, Scope.PLAY)
    assert AccessToken.objects.count() == 1


@pytest.fixture(autouse=True)
def _within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are counted by the minute: a test that straddles two would find half of either."""
    now_s = time.time()
    monkeypatch.setattr(throttles, "time", SimpleNamespace(time=lambda: now_s))


def test_guessing_is_slowed_down(alice: User) -> None:
    guesser = Program(Client(), "radgame_" + "x" * 43)
    got = [guesser.get("me").status_code for _try in range(WRONG_TOKENS + 1)]
    assert got == [401] * WRONG_TOKENS + [429]
    assert program_of(alice).get("me").status_code == 200


# --- sessions -------------------------------------------------------------------


def test_a_session_needs_the_pages_csrf_token_for_what_changes_something(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="radgame.accounts.backends.ReaderBackend")
    program = Program(client)
    assert program.get("me").status_code == 200
    refused = program.ask("PATCH", at("me"), {"alias": "Somebody"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "csrf_failed"
    client.get(reverse("account_settings"))
    program.headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert program.ask("PATCH", at("me"), {"alias": "Somebody"}).status_code == 200


def test_a_token_needs_no_csrf_token(alice: User) -> None:
    program = Program(Client(enforce_csrf_checks=True), key_of(alice))
    assert program.ask("PATCH", at("me"), {"alias": "Somebody"}).status_code == 200


# --- limits ---------------------------------------------------------------------


def test_a_person_can_ask_so_often_and_then_waits(alice: User, settings: Settings) -> None:
    settings.API_PER_MINUTE = 3
    program = program_of(alice)
    assert statuses(program, *["me"] * 3) == [200] * 3
    refused = program.get("me")
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "too_often"
    # By whatever way they come; others are not held up.
    assert page_of(alice).get("me").status_code == 429


def test_a_limit_is_one_persons(alice: User, bob: User, settings: Settings) -> None:
    settings.API_PER_MINUTE = 1
    assert statuses(program_of(alice), "me", "me") == [200, 429]
    assert statuses(program_of(bob), "me") == [200]


def test_changes_are_counted_apart(alice: User, settings: Settings) -> None:
    settings.API_CHANGES_PER_MINUTE = 1
    program = program_of(alice)
    change = {"boards": "off"}
    got = [program.ask("PATCH", at("me"), change).status_code for _try in range(2)]
    assert got == [200, 429]
    assert program.get("me").status_code == 200


def test_a_guest_may_ask_a_third_as_often(guest: User, settings: Settings) -> None:
    settings.API_PER_MINUTE = 6
    assert statuses(page_of(guest), *["me"] * 3) == [200, 200, 429]


def test_an_emptied_cache_refuses_nobody(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_PER_MINUTE = 1
    monkeypatch.setattr(throttles, "cache", DummyCache("", {}))
    assert statuses(program_of(alice), "me", "me") == [200, 200]


# --- the administration ---------------------------------------------------------


def test_staff_can_take_a_token_away_and_neither_make_nor_change_one(
    alice: User, admin_client: Client
) -> None:
    program = program_of(alice)
    token = AccessToken.objects.get()
    listed = admin_client.get("/admin/rest/accesstoken/")
    assert token.start in listed.content.decode()
    assert token.digest not in listed.content.decode()
    assert admin_client.get("/admin/rest/accesstoken/add/").status_code == 403
    shown = admin_client.get(f"/admin/rest/accesstoken/{token.pk}/change/")
    assert token.digest not in shown.content.decode()
    admin_client.post(f"/admin/rest/accesstoken/{token.pk}/delete/", {"post": "yes"})
    assert program.get("me").status_code == 401


# --- the account page -----------------------------------------------------------


@pytest.fixture
def signed_in(alice: User) -> Client:
    """With the password typed once more just now."""
    client = client_of(alice)
    sent = {"password": "correct horse"}
    assert client.post(reverse("account_reauthenticate"), sent).status_code == 302
    return client


def test_a_token_is_made_on_the_page_and_its_key_is_shown_once(signed_in: Client) -> None:
    page = reverse("account_token_make")
    assert signed_in.get(page).status_code == 200
    sent = {"name": "Notebook", "scopes": ["play"], "days": "30"}
    shown = signed_in.post(page, sent)
    key = shown.context["made"].key
    assert key in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert Program(Client(), key).told("me")["username"] == "alice"
    listed = signed_in.get(reverse("account_tokens")).content.decode()
    assert "Notebook" in listed
    assert key[:12] in listed
    assert key not in listed


def test_an_open_session_alone_makes_no_token(alice: User) -> None:
    sent = {"name": "Notebook", "scopes": ["play"], "days": "30"}
    asked = client_of(alice).post(reverse("account_token_make"), sent)
    assert asked.status_code == 302
    assert reverse("account_reauthenticate") in asked["Location"]
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"scopes": ["play"], "days": "30"}, "required"),
        ({"name": "Notebook", "days": "30"}, "required"),
        ({"name": "Notebook", "scopes": ["teach"], "days": "30"}, "not one of the available"),
        ({"name": "Notebook", "scopes": ["play"], "days": "3650"}, "not one of the available"),
    ],
)
def test_what_cannot_be_made_is_said_on_the_page(
    signed_in: Client, sent: dict[str, Any], said: str
) -> None:
    refused = signed_in.post(reverse("account_token_make"), sent)
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert not AccessToken.objects.exists()


def test_too_many_tokens_are_refused_on_the_page(signed_in: Client, alice: User) -> None:
    for _number in range(MOST_TOKENS):
        made(alice, Scope.PLAY)
    sent = {"name": "Notebook", "scopes": ["play"], "days": "30"}
    refused = signed_in.post(reverse("account_token_make"), sent)
    assert refused.status_code == 422
    assert "Revoke one" in refused.content.decode()


def test_a_token_is_revoked_on_the_page(signed_in: Client, alice: User) -> None:
    program = program_of(alice)
    token = AccessToken.objects.get()
    signed_in.post(reverse("account_token_revoke", args=[token.pk]))
    assert program.get("me").status_code == 401


def test_a_token_may_no_more_than_its_owner_may_now(charlie: User, site: Site) -> None:
    teaches = Program(Client(), made(charlie, Scope.TEACH))
    assert teaches.get("cohort", site.cohort.pk).status_code == 200
    User.objects.filter(pk=charlie.pk).update(role=Role.LEARNER)
    for name, of in (("cohort", [site.cohort.pk]), ("library_sets", [])):
        assert teaches.get(name, *of).status_code == 403
