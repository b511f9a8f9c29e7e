"""Passwords cannot be guessed, and who mistyped theirs is told when to come back."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from pytest_django.asserts import assertContains

from radgame.accounts.models import User

RIGHT = "correct horse"
HERE, THERE = "192.0.2.1", "192.0.2.2"


def sign_in(
    login: str, password: str, *, client: Client | None = None, address: str = HERE, **headers: Any
) -> Any:
    return (client or Client()).post(
        reverse("account_login"),
        {"login": login, "password": password},
        REMOTE_ADDR=address,
        **headers,
    )


def is_in(answer: Any) -> bool:
    return answer.status_code == 302 and answer["Location"] == "/"


def lock(login: str = "alice", address: str = HERE) -> Any:
    return [sign_in(login, "wrong horse", address=address) for _try in range(5)][-1]


def test_five_wrong_passwords_close_it_and_the_page_says_until_when(alice: User) -> None:
    fourth = [sign_in("alice", "wrong horse") for _try in range(4)][-1]
    assert fourth.status_code == 200
    closed = sign_in("alice", "wrong horse")
    assert closed.status_code == 429
    assert closed["Retry-After"] == "900"
    assertContains(closed, "for 15 minutes", status_code=429)
    assert re.search(r"until \d\d:\d\d UTC", closed.content.decode())
    assert sign_in("alice", RIGHT).status_code == 429


def test_somebody_who_is_not_there_is_answered_alike(alice: User) -> None:
    for_alice = [sign_in("alice", "wrong horse", address=HERE).status_code for _try in range(6)]
    for_nobody = [sign_in("nobody", "wrong horse", address=THERE).status_code for _try in range(6)]
    assert for_alice == for_nobody == [200] * 4 + [429] * 2


def test_nobody_is_locked_out_from_afar_and_nobody_else_from_here(alice: User, bob: User) -> None:
    lock()
    assert is_in(sign_in("alice", RIGHT, address=THERE))
    assert is_in(sign_in("bob", RIGHT))


def test_however_the_name_is_typed_it_is_one_person(alice: User) -> None:
    ways = ["alice", "ALICE", "alice@example.org", "Alice@Example.org", " alice "]
    answers = [sign_in(way, "wrong horse").status_code for way in ways]
    assert answers == [200] * 4 + [429]


def test_the_right_password_ends_the_count(alice: User) -> None:
    for _round in range(2):
        for _try in range(4):
            sign_in("alice", "wrong horse")
        assert is_in(sign_in("alice@example.org", RIGHT))


def test_it_opens_again_and_tries_meanwhile_do_not_put_it_off(
    alice: User, settings: Settings
) -> None:
    settings.AXES_COOLOFF_TIME = timedelta(seconds=2)
    lock()
    time.sleep(1.2)
    assert sign_in("alice", RIGHT).status_code == 429
    time.sleep(1)
    assert is_in(sign_in("alice", RIGHT))


def test_a_new_password_opens_it_at_once(alice: User) -> None:
    lock()
    client = Client(REMOTE_ADDR=HERE)
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    link = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[0].body))
    assert link is not None
    form = client.get(link[1], follow=True)
    new = {"password1": "staple battery", "password2": "staple battery"}
    client.post(form.redirect_chain[-1][0], new)
    assert is_in(sign_in("alice", "staple battery"))


def test_behind_a_proxy_it_is_the_visitors_address(alice: User, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for _try in range(5):
        closed = sign_in("alice", "wrong horse", address="10.0.0.1", HTTP_X_FORWARDED_FOR=HERE)
    assert closed.status_code == 429
    through = sign_in("alice", RIGHT, address="10.0.0.1", HTTP_X_FORWARDED_FOR=THERE)
    assert is_in(through)


def test_what_a_visitor_says_of_their_address_is_not_believed_without_a_proxy(alice: User) -> None:
    answers = [
        sign_in("alice", "wrong horse", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").status_code
        for number in range(5)
    ]
    assert answers[-1] == 429


def test_guessing_from_many_addresses_is_limited_too(alice: User) -> None:
    for number in range(20):
        sign_in("alice", "wrong horse", address=f"203.0.113.{number}")
    refused = sign_in("alice", RIGHT, address="203.0.113.99")
    assertContains(refused, "Too many failed login attempts")
    assert not is_in(refused)


def test_one_address_cannot_try_everybody(db: None) -> None:
    for number in range(20):
        sign_in(f"person{number}", "wrong horse")
    assertContains(sign_in("person99", "wrong horse"), "Too many failed login attempts")


def test_the_administration_has_no_sign_in_of_its_own(dana: User) -> None:
    for _try in range(6):
        answer = Client().post(
            "/admin/login/", {"username": "dana", "password": "wrong"}, REMOTE_ADDR=HERE
        )
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_no_name_and_no_address_is_stored(alice: User) -> None:
    lock()
    for table in (AccessAttempt, AccessLog, AccessFailureLog):
        assert not table.objects.exists()


def test_a_guest_who_signs_in_is_counted_like_anybody(alice: User, guest: User) -> None:
    client = Client()
    client.force_login(guest, backend="radgame.accounts.backends.ReaderBackend")
    answers = [sign_in("alice", "wrong horse", client=client).status_code for _try in range(5)]
    assert answers[-1] == 429


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "too short"),
        ("1234567890123", "entirely numeric"),
        ("password123", "too common"),
        ("gretel2026gretel", "too similar"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, why: str, db: None) -> None:
    answer = Client().post(
        reverse("account_signup"),
        {
            "username": "gretel2026",
            "email": "gretel2026@example.org",
            "password1": password,
            "password2": password,
        },
    )
    assertContains(answer, why)
    assert not User.objects.exists()
