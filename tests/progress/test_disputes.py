"""What learners dispute reaches staff, with a way to what it is about."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from localize import services
from localize.answers import Answer
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.progress.models import Flag
from radgame.progress.services import raise_flag
from tests.conftest import client_of
from tests.factories import Said, make_case, make_set


def played(reader: User, slug: str = "set") -> Attempt:
    case = make_case(said=[Said("nodule-mass", (1.0, 2.0, 30.0, 40.0))])
    opened = services.start_sitting(reader=reader, case_set=make_set(case, slug=slug)).attempt
    assert opened is not None
    return services.submit_attempt(attempt=opened, answer=Answer((), (), False), elapsed_s=1)


def disputed(reader: User, slug: str = "set") -> Attempt:
    attempt = played(reader, slug)
    assert attempt.outcome is not None
    raise_flag(outcome=attempt.outcome, line=None, comment="A vessel.")
    return attempt


def address(attempt: Attempt) -> str:
    return reverse("localize:attempt", args=[attempt.pk])


@pytest.fixture
def dana_client(dana: User) -> Client:
    return client_of(dana)


def test_the_list_leads_to_the_feedback_that_is_disputed(alice: User, dana_client: Client) -> None:
    attempt = disputed(alice)
    text = dana_client.get(reverse("staff_flags")).content.decode()
    assert f'href="{address(attempt)}"' in text
    assert "Localize: see the feedback" in text


def test_staff_see_the_feedback_as_it_was_shown_and_cannot_go_on_in_it(
    alice: User, dana_client: Client
) -> None:
    attempt = disputed(alice)
    text = dana_client.get(address(attempt)).content.decode()
    assert "Missed: Nodule/Mass." in text
    assert "A vessel." in text
    assert 'id="next"' not in text
    assert "Send to staff" not in text
    for action in ("next", "flag", "submit"):
        page = reverse(f"localize:{action}", args=[attempt.pk])
        assert dana_client.post(page, {"comment": "x"}).status_code == 404


def test_the_list_names_the_line_that_is_disputed_and_whose_clock_it_goes_by(
    alice: User, alice_client: Client, dana: User
) -> None:
    attempt = played(alice)
    flag = reverse("localize:flag", args=[attempt.pk])
    alice_client.post(flag, {"line": "0", "comment": "A vessel."})
    alice_client.post(flag, {"line": "", "comment": "All of it."})
    dana.time_zone = "Asia/Tokyo"
    dana.save()
    text = client_of(dana).get(reverse("staff_flags")).content.decode()
    assert "<p>Missed: Nodule/Mass.</p>" in text
    assert "<p>About the whole case.</p>" in text
    assert "Times by the clock of Asia/Tokyo." in text
    raised = Flag.objects.latest("pk").created_at.astimezone(dana.zone)
    assert date_format(raised, "j M Y, H:i") in text


def test_a_line_that_is_not_there_is_kept_as_it_was_sent(alice: User, alice_client: Client) -> None:
    attempt = played(alice)
    alice_client.post(
        reverse("localize:flag", args=[attempt.pk]), {"line": "7", "comment": "A vessel."}
    )
    flag = Flag.objects.get()
    assert (flag.line, flag.about) == (7, "")


def test_staff_see_nothing_of_an_attempt_that_nobody_disputes(
    alice: User, dana_client: Client
) -> None:
    assert dana_client.get(address(played(alice))).status_code == 404


def test_nobody_else_sees_a_disputed_attempt(
    alice: User, bob_client: Client, charlie: User
) -> None:
    attempt = disputed(alice)
    assert bob_client.get(address(attempt)).status_code == 404
    assert client_of(charlie).get(address(attempt)).status_code == 404


def test_a_dispute_whose_attempt_is_gone_is_listed_without_a_way_to_it(
    alice: User, dana_client: Client
) -> None:
    attempt = disputed(alice)
    attempt.delete()
    response = dana_client.get(reverse("staff_flags"))
    assert response.status_code == 200
    assert "A vessel." in response.content.decode()
    assert "see the feedback" not in response.content.decode()


def test_the_list_takes_the_same_queries_for_any_number_of_disputes(
    alice: User, dana_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    disputed(alice, "one")
    dana_client.get(reverse("staff_flags"))
    # The session, the person, whether they have a second factor, the disputes.
    with django_assert_num_queries(4):
        dana_client.get(reverse("staff_flags"))
    for number in range(4):
        disputed(alice, f"more-{number}")
    with django_assert_num_queries(4):
        dana_client.get(reverse("staff_flags"))
