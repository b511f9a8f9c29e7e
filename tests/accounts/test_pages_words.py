"""The pages of allauth speak as the rest of the site does."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from radgame.accounts.models import User


def heading(client: Client, address: str) -> str:
    """The page's heading, which its title repeats; the page has one."""
    page = client.get(address, follow=True).content.decode()
    assert page.count("<h1>") == 1
    return page.partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("account_change_password", "Change password"),
        ("account_email", "Email addresses"),
        ("account_reauthenticate", "Is it still you?"),
        ("mfa_index", "Second factor"),
    ],
)
def test_of_who_is_signed_in(alice_client: Client, name: str, words: str) -> None:
    assert heading(alice_client, reverse(name)) == words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (reverse("account_reset_password_done"), "Look into your mail"),
        (reverse("account_reset_password_from_key_done"), "Password changed"),
        (
            reverse("account_reset_password_from_key", args=["1", "a-b"]),
            "This link no longer works",
        ),
        (reverse("account_confirm_email", args=["none"]), "This link no longer works"),
        (reverse("account_email_verification_sent"), "Look into your mail"),
    ],
)
def test_of_who_comes_by_a_link(db: None, client: Client, address: str, words: str) -> None:
    assert heading(client, address) == words


def test_labels_are_in_sentence_case(alice_client: Client) -> None:
    page = alice_client.get(reverse("account_change_password")).content.decode()
    for label in ("Current password", "New password", "New password (again)"):
        assert f">{label}</label>" in page


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_reset_password", "account_change_password"]
)
def test_no_field_says_its_label_twice(name: str, alice_client: Client) -> None:
    client = alice_client if name == "account_change_password" else Client()
    page = client.get(reverse(name)).content.decode()
    assert "<input" in page
    assert "placeholder" not in page


def test_who_forgot_a_password_is_offered_one_way(db: None, client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert page.count(reverse("account_reset_password")) == 1


def test_an_address_says_whether_it_is_confirmed(alice: User, alice_client: Client) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=False)
    page = alice_client.get(reverse("account_email")).content.decode()
    assert "not confirmed" in page
    answered = alice_client.post(
        reverse("account_email"), {"action_send": "", "email": alice.email}, follow=True
    )
    assert f"A link to confirm {alice.email} is on its way to it." in answered.content.decode()


def test_a_box_to_tick_stands_before_its_words(guest: User, client: Client) -> None:
    client.force_login(guest, backend="radgame.accounts.backends.ReaderBackend")
    page = client.get(reverse("account_delete")).content.decode()
    label = page.partition('<label class="check"')[2].partition("</label>")[0]
    assert 'type="checkbox"' in label
    assert label.endswith("> Delete everything")
