"""A set of which Localize can play a part: it plays those cases, and counts only them."""

import pytest
from django.test import Client
from django.urls import reverse

from localize import services
from localize.answers import Answer
from localize.models import ROWS, Attempt
from localize.pages import play_context
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet
from radgame.playing.pages import sitting_summary
from tests.factories import Said, address_of, make_case, make_set

HX = {"HX-Request": "true"}


@pytest.fixture
def cases(db: None) -> list[Case]:
    """A report case, a box case, another report case, and a last box case."""
    missed = [Said("nodule-mass", (10.0, 10.0, 90.0, 90.0))]
    return [
        make_case(for_localize=False, for_report=True),
        make_case(said=missed),
        make_case(for_localize=False, for_report=True),
        make_case(said=missed, for_report=True),
    ]


@pytest.fixture
def mixed(cases: list[Case]) -> CaseSet:
    return make_set(*cases)


def opened(reader: User, case_set: CaseSet) -> Attempt:
    started = services.start_sitting(reader=reader, case_set=case_set)
    assert started.attempt is not None
    return started.attempt


def submitted(attempt: Attempt) -> Attempt:
    return services.submit_attempt(
        attempt=attempt, answer=Answer(marks=(), selected=(), normal=False), elapsed_s=1
    )


def test_only_box_cases_are_played_and_they_are_numbered_without_gaps(
    alice: User, cases: list[Case], mixed: CaseSet
) -> None:
    first = opened(alice, mixed)
    assert (first.case, play_context(first)["number"], play_context(first)["of"]) == (
        cases[1],
        1,
        2,
    )
    second = services.advance(attempt=submitted(first))
    assert second is not None
    assert (second.case, play_context(second)["number"]) == (cases[3], 2)
    assert services.advance(attempt=submitted(second)) is None
    summary = sitting_summary(ROWS, second.sitting)
    assert (summary.played, summary.of) == (2, 2)
    assert [row.number for row in summary.look_again] == [1, 2]


def test_the_next_film_fetched_ahead_is_that_of_the_next_box_case(
    alice: User, alice_client: Client, cases: list[Case], mixed: CaseSet
) -> None:
    attempt = opened(alice, mixed)
    body = alice_client.post(
        reverse("localize:submit", args=[attempt.pk]),
        {"answer": '{"marks": [], "selected": [], "normal": true}', "elapsed_s": "1"},
        headers=HX,
    ).content.decode()
    assert reverse("films:preview", args=address_of(cases[3])) in body
    assert reverse("films:preview", args=address_of(cases[2])) not in body


def test_a_set_of_report_cases_alone_is_not_offered_here(alice_client: Client, db: None) -> None:
    make_set(make_case(for_localize=False, for_report=True), slug="texts")
    assert "Texts" not in alice_client.get(reverse("localize:sets")).content.decode()
    assert alice_client.post(reverse("localize:start", args=["texts"])).status_code == 404
