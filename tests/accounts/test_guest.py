"""A guest plays at once and keeps what was played by signing up."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from localize.models import Attempt
from radgame import queues, tasks
from radgame.accounts.guests import FORGET_AT_ONCE, forget_guests
from radgame.accounts.models import User
from radgame.cases.models import Audience
from tests.factories import make_case, make_dataset, make_set

START = "/localize/sets/set/start/"

SIGNUP = {
    "email": "eve@example.org",
    "username": "eve",
    "password1": "a long pass phrase",
    "password2": "a long pass phrase",
}


@pytest.fixture
def playing(client: Client, db: None) -> Client:
    make_set(make_case(is_normal=True))
    client.post(START)
    return client


def test_a_guest_is_a_reader_of_their_own(playing: Client) -> None:
    guest = User.objects.get()
    assert guest.is_guest
    assert not guest.has_usable_password()
    assert Attempt.objects.get().reader == guest


def test_signing_up_keeps_what_the_guest_played(playing: Client) -> None:
    before = User.objects.get()
    response = playing.post(reverse("account_signup"), SIGNUP)
    assert response.status_code == 302
    person = User.objects.get()
    assert person.pk == before.pk
    assert not person.is_guest
    assert person.username == "eve"
    assert person.check_password("a long pass phrase")
    assert Attempt.objects.get().reader == person
    assert playing.get(reverse("home")).context["request"].user == person


def test_a_refused_sign_up_leaves_the_guest_a_guest(playing: Client) -> None:
    playing.post(reverse("account_signup"), {**SIGNUP, "password2": "something else"})
    assert User.objects.get().is_guest


def test_someone_who_signed_up_is_sent_home_from_the_sign_up_page(
    client: Client, alice: User
) -> None:
    client.force_login(alice, backend="radgame.accounts.backends.ReaderBackend")
    response = client.get(reverse("account_signup"))
    assert response.status_code == 302


def test_a_second_click_makes_no_second_guest(playing: Client) -> None:
    playing.post(START)
    assert User.objects.count() == 1


def test_one_address_cannot_make_guests_without_end(client: Client, db: None) -> None:
    make_set(make_case(is_normal=True))
    for _ in range(30):
        Client().post(START)
    refused = Client().post(START)
    assert refused.status_code == 429
    assert "Wait a few minutes" in refused.content.decode()
    assert User.objects.count() == 30


def test_signing_in_and_out(client: Client, alice: User) -> None:
    response = client.post(
        reverse("account_login"), {"login": "alice@example.org", "password": "correct horse"}
    )
    assert response.status_code == 302
    assert "alice" in client.get(reverse("home")).content.decode()
    client.post(reverse("account_logout"))
    assert "alice" not in client.get(reverse("home")).content.decode()


def test_a_wrong_password_is_refused_with_a_sentence(client: Client, alice: User) -> None:
    response = client.post(reverse("account_login"), {"login": "alice", "password": "wrong"})
    assert response.status_code == 200
    assert "not correct" in response.content.decode()


def test_a_forgotten_password_is_reset_by_mail(client: Client, alice: User) -> None:
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    (letter,) = mail.outbox
    link = next(word for word in str(letter.body).split() if "/password/reset/key/" in word)
    page = client.get(link.replace("http://testserver", ""), follow=True)
    target = page.redirect_chain[-1][0]
    new = {"password1": "quite another phrase", "password2": "quite another phrase"}
    client.post(target, new)
    alice.refresh_from_db()
    assert alice.check_password("quite another phrase")


def test_a_stale_guest_is_forgotten_and_people_are_not(playing: Client, alice: User) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    User.objects.update(last_login=long_ago)
    call_command("purge_guests", verbosity=0)
    assert list(User.objects.all()) == [alice]
    assert not Attempt.objects.exists()


def stale_guests(count: int) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    for _number in range(count):
        guest = User.objects.create_guest()
        User.objects.filter(pk=guest.pk).update(last_login=long_ago)


def test_guests_are_forgotten_some_at_a_time_and_what_is_done_stays_done(db: None) -> None:
    stale_guests(FORGET_AT_ONCE + 5)
    forgetting = forget_guests(before=timezone.now())
    assert next(forgetting) == FORGET_AT_ONCE
    assert User.objects.count() == 5
    assert list(forgetting) == [5]
    assert not User.objects.exists()


def test_a_night_with_many_guests_is_gone_on_with_in_another_task(
    db: None,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(queues, "publish", lambda task, arguments: sent.append(task.name))
    monkeypatch.setattr(tasks, "PURGE_FOR_S", -1.0)
    stale_guests(FORGET_AT_ONCE + 5)
    for left in (5, 0):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.purge.apply()
        assert User.objects.count() == left
    assert sent == [tasks.purge.name] * 2
    with django_capture_on_commit_callbacks(execute=True):
        tasks.purge.apply()
    assert len(sent) == 2


def test_a_stranger_who_starts_an_open_set_plays_it_as_a_guest(client: Client, db: None) -> None:
    make_set(make_case(is_normal=True))
    response = client.post(START)
    assert response["Location"] == reverse("localize:attempt", args=[Attempt.objects.get().pk])
    assert client.get(response["Location"]).status_code == 200
    assert Attempt.objects.get().reader.is_guest


def test_a_stranger_cannot_start_a_set_that_is_not_open_to_everyone(
    client: Client, db: None
) -> None:
    closed = make_case(dataset=make_dataset("closed", Audience.SIGNED_IN))
    make_set(closed, audience=Audience.SIGNED_IN)
    assert client.post(START).status_code == 404
    assert not User.objects.exists()
