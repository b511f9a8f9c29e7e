"""Whoever turns on a second factor cannot be signed in by their password alone, by any door."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import reverse

from radgame.accounts.models import User
from tests.conftest import client_of

WHO = {"login": "dana", "password": "correct horse"}


def code_of(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def confirm(client: Client) -> None:
    """Give the password once more, as these pages ask."""
    client.post(reverse("account_reauthenticate"), {"password": "correct horse"})


@pytest.fixture
def secret(dana: User) -> str:
    made = generate_totp_secret()
    TOTP.activate(dana, made)
    RecoveryCodes.activate(dana)
    return made


def is_signed_in(client: Client, user: User) -> bool:
    return client.session.get("_auth_user_id") == str(user.pk)


def test_the_password_alone_opens_nothing(dana: User, secret: str, client: Client) -> None:
    answered = client.post(reverse("account_login"), WHO)
    assert answered["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client, dana)
    assert client.get("/admin/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_signed_in(client, dana)


def test_password_and_code_open_the_site(dana: User, secret: str, client: Client) -> None:
    client.post(reverse("account_login"), WHO)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_signed_in(client, dana)


def test_a_recovery_code_opens_it_once(dana: User, secret: str) -> None:
    kept = Authenticator.objects.get(user=dana, type=Authenticator.Type.RECOVERY_CODES)
    code = kept.wrap().get_unused_codes()[0]
    for opens in (True, False):
        client = Client()
        client.post(reverse("account_login"), WHO)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert is_signed_in(client, dana) is opens


def test_a_guest_comes_to_an_account_with_a_second_factor(
    guest: User, dana: User, secret: str
) -> None:
    client = client_of(guest)
    client.post(reverse("account_login"), WHO)
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_signed_in(client, dana)


def test_the_administration_has_no_door_of_its_own(dana: User, client: Client) -> None:
    door = client.get("/admin/login/?next=/admin/")
    assert door.status_code == 302
    assert door["Location"].startswith(reverse("account_login"))
    client.post("/admin/login/", {"username": "dana", "password": "correct horse"})
    assert not is_signed_in(client, dana)


def test_the_app_is_turned_on_with_a_code_after_the_password(dana: User) -> None:
    EmailAddress.objects.create(user=dana, email=dana.email, verified=True, primary=True)
    client = Client()
    client.post(reverse("account_login"), WHO)
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    text = page.content.decode()
    found = re.search(r"<code>(\w+)</code>", text)
    assert found is not None
    client.post(reverse("mfa_activate_totp"), {"code": code_of(found[1])})
    kinds = set(Authenticator.objects.filter(user=dana).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert len(re.findall(r"<code>", codes)) == 10


def test_who_has_an_unconfirmed_address_is_told_before_and_led_to_it(dana: User) -> None:
    address = EmailAddress.objects.create(user=dana, email=dana.email, primary=True)
    client = Client()
    client.post(reverse("account_login"), WHO)
    page = client.get(reverse("mfa_index")).content.decode()
    assert reverse("mfa_activate_totp") not in page
    assert "when your email address is confirmed" in page
    assert page.count(f'class="button primary" href="{reverse("account_email")}"') == 1
    address.verified = True
    address.save()
    assert reverse("mfa_activate_totp") in client.get(reverse("mfa_index")).content.decode()


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_authenticate"]
)
def test_its_pages_need_no_script_of_their_own(name: str, dana: User, client: Client) -> None:
    client.post(reverse("account_login"), WHO)
    confirm(client)
    if name == "mfa_view_recovery_codes":
        RecoveryCodes.activate(dana)
    if name == "mfa_authenticate":
        TOTP.activate(dana, generate_totp_secret())
        client = Client()
        client.post(reverse("account_login"), WHO)
    page = client.get(reverse(name))
    assert page.status_code == 200
    text = page.content.decode()
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert " style=" not in text
    assert " onclick=" not in text


def test_those_who_see_the_work_of_others_are_advised_until_they_have_it(
    alice: User, charlie: User, dana: User
) -> None:
    cohorts = reverse("classroom:cohorts")
    link = reverse("mfa_index")
    advice = "Add a second factor"
    assert advice not in client_of(alice).get(cohorts).content.decode()
    for person, page in ((charlie, cohorts), (dana, reverse("staff_flags"))):
        told = client_of(person).get(page).content.decode()
        assert advice in told
        assert link in told
        TOTP.activate(person, generate_totp_secret())
        assert advice not in client_of(person).get(page).content.decode()
