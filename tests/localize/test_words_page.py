"""A model's words on the feedback page: after the submit only, named, escaped, awaited, flagged."""

import json
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from localize import explaining, services
from localize.flagging import flag_explanation, withdraw_explanation
from localize.models import Attempt, Explanation, ExplanationFlag
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet
from radgame.progress.services import raise_flag
from tests.conftest import client_of
from tests.factories import Said, make_case, make_set

from .conftest import work_off
from .explainers import WORDS, FakeExplainer, dropped, failed, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

HX = {"HX-Request": "true"}
WRITING = "A model is writing about this."
LATE = "A model is still writing about this."
NAMED = (
    "MedGemma (google/medgemma-4b-it, revision abcdef012345): "
    "a model&#x27;s words; it can be wrong."
)


@pytest.fixture
def case(db: None) -> Case:
    return make_case(said=[Said("fracture", (60.0, 950.0, 160.0, 1050.0))])


@pytest.fixture
def case_set(case: Case) -> CaseSet:
    return make_set(case, make_case())


@pytest.fixture
def attempt(alice: User, case_set: CaseSet) -> Attempt:
    opened = services.start_sitting(reader=alice, case_set=case_set).attempt
    assert opened is not None
    return opened


def address(attempt: Attempt, name: str = "attempt", *more: object) -> str:
    return reverse(f"localize:{name}", args=[attempt.pk, *more])


def waiting(attempt: Attempt, lines: str = "0", waited: int = 2) -> str:
    return f"{address(attempt, 'explanations')}?{urlencode({'lines': lines, 'waited': waited})}"


def submit(client: Client, attempt: Attempt) -> str:
    answer = json.dumps({"marks": [], "selected": [], "normal": False})
    sent = {"answer": answer, "elapsed_s": "1"}
    response = client.post(address(attempt, "submit"), sent, headers=HX)
    assert response.status_code == 200
    return response.content.decode()


def test_before_the_submit_nothing_of_what_was_made_ahead_can_be_had(
    alice_client: Client, attempt: Attempt, case: Case, model: FakeExplainer
) -> None:
    explaining.ask_for_case(case)
    work_off()
    row = Explanation.objects.get()
    assert WORDS not in alice_client.get(address(attempt)).content.decode()
    assert alice_client.get(waiting(attempt)).status_code == 404
    flag = address(attempt, "flag_explanation", row.pk)
    assert alice_client.post(flag).status_code == 404
    assert not ExplanationFlag.objects.exists()


def test_what_was_made_ahead_is_in_the_answer_to_the_submit_and_nothing_is_polled(
    alice_client: Client, attempt: Attempt, case: Case, model: FakeExplainer
) -> None:
    explaining.ask_for_case(case)
    work_off()
    text = submit(alice_client, attempt)
    assert WORDS in text
    assert NAMED in text
    assert "words-wait" not in text
    assert text.index("What fracture looks like.") < text.index(WORDS)


def test_words_that_are_being_made_are_waited_for_in_their_place(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[list[str]]
) -> None:
    text = submit(alice_client, attempt)
    assert WRITING in text
    assert 'id="words-0"' in text
    polled = re.search(r'hx-get="([^"]+)" hx-trigger="load delay:2s', text)
    assert polled is not None
    assert polled[1].replace("&amp;", "&") == f"{address(attempt, 'explanations')}?waited=2&lines=0"

    still = alice_client.get(waiting(attempt), headers=HX)
    assert still.status_code == 200
    assert "words-0" not in still.content.decode()
    assert "waited=4" in still.content.decode()

    work_off()
    there = alice_client.get(waiting(attempt), headers=HX)
    assert there.status_code == 286
    told = there.content.decode()
    assert '<div id="words-0" hx-swap-oob="innerHTML"><p>' in told
    assert WORDS in told
    assert "words-wait" not in told


def test_after_some_minutes_the_page_stops_asking_and_says_so(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[list[str]]
) -> None:
    submit(alice_client, attempt)
    late = alice_client.get(waiting(attempt, waited=200), headers=HX)
    assert late.status_code == 286
    assert LATE in late.content.decode()


def test_what_is_dropped_leaves_its_place_empty_and_the_taxonomys_text_stays(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.say = dropped
    submit(alice_client, attempt)
    work_off()
    told = alice_client.get(waiting(attempt), headers=HX)
    assert told.status_code == 286
    assert '<div id="words-0" hx-swap-oob="innerHTML"></div>' in told.content.decode()
    page = alice_client.get(address(attempt)).content.decode()
    assert "What fracture looks like." in page
    assert "words-0" not in page
    assert "other side" not in page


def test_what_has_failed_is_not_promised(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.say = failed
    submit(alice_client, attempt)
    work_off()
    Explanation.objects.update(state=Explanation.State.FAILED)
    assert WRITING not in alice_client.get(address(attempt)).content.decode()
    assert alice_client.get(waiting(attempt), headers=HX).status_code == 286


def test_a_models_words_are_plain_text(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.say = lambda request: words(request, "<script>alert(1)</script> & more.")
    submit(alice_client, attempt)
    work_off()
    for told in (alice_client.get(address(attempt)), alice_client.get(waiting(attempt))):
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more." in told.content.decode()
        assert "<script>alert(1)" not in told.content.decode()


@pytest.mark.parametrize("query", ["lines=x", "lines=1--2", "waited=-1", "lines=1&waited=x"])
def test_a_question_that_no_page_asks_is_refused(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[str], query: str
) -> None:
    submit(alice_client, attempt)
    page = f"{address(attempt, 'explanations')}?{query}"
    assert alice_client.get(page).status_code == 422


def test_when_the_model_is_switched_off_an_open_page_stops_asking(
    alice_client: Client,
    attempt: Attempt,
    model: FakeExplainer,
    messages: list[list[str]],
    settings: Settings,
) -> None:
    submit(alice_client, attempt)
    settings.EXPLAINER = "atlas"
    told = alice_client.get(waiting(attempt), headers=HX)
    assert told.status_code == 286
    assert '<div id="words-0" hx-swap-oob="innerHTML"></div>' in told.content.decode()


def test_only_its_reader_may_wait_and_staff_when_it_is_disputed(
    alice_client: Client,
    bob_client: Client,
    attempt: Attempt,
    charlie: User,
    dana: User,
    model: FakeExplainer,
    messages: list[list[str]],
) -> None:
    submit(alice_client, attempt)
    work_off()
    dana_client = client_of(dana)
    for client in (bob_client, client_of(charlie), dana_client):
        assert client.get(waiting(attempt)).status_code == 404
    attempt.refresh_from_db()
    assert attempt.outcome is not None
    raise_flag(outcome=attempt.outcome, line=0, comment="?")
    shown = dana_client.get(waiting(attempt))
    assert shown.status_code == 286
    assert WORDS in shown.content.decode()
    assert "These words are wrong" not in shown.content.decode()
    assert Client().get(waiting(attempt)).status_code == 302


def test_a_flag_is_taken_once_and_thanked_for_in_place(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[list[str]]
) -> None:
    submit(alice_client, attempt)
    work_off()
    row = Explanation.objects.get()
    flag = address(attempt, "flag_explanation", row.pk)
    thanks = alice_client.post(flag, {"comment": "There is no step."}, headers=HX)
    assert "Thank you" in thanks.content.decode()
    assert WORDS in thanks.content.decode()
    assert "<textarea" not in thanks.content.decode()
    alice_client.post(flag, {"comment": "And again."}, headers=HX)
    assert [one.comment for one in row.flags.all()] == ["There is no step."]
    page = alice_client.get(address(attempt)).content.decode()
    assert "Thank you" in page
    assert "These words are wrong" not in page


def test_a_flag_needs_no_comment_and_a_long_one_is_given_back(
    alice_client: Client, attempt: Attempt, model: FakeExplainer, messages: list[list[str]]
) -> None:
    submit(alice_client, attempt)
    work_off()
    flag = address(attempt, "flag_explanation", Explanation.objects.get().pk)
    refused = alice_client.post(flag, {"comment": "x" * 501}, headers=HX).content.decode()
    assert "at most 500 characters" in refused
    assert "x" * 501 in refused
    assert not ExplanationFlag.objects.exists()
    assert "Thank you" in alice_client.post(flag, headers=HX).content.decode()


def test_nobody_flags_words_that_their_own_feedback_does_not_show(
    alice_client: Client,
    bob_client: Client,
    attempt: Attempt,
    dana: User,
    model: FakeExplainer,
    messages: list[list[str]],
) -> None:
    submit(alice_client, attempt)
    row = Explanation.objects.get()
    flag = address(attempt, "flag_explanation", row.pk)
    assert alice_client.post(flag).status_code == 404  # It is not written yet.
    work_off()
    assert bob_client.post(flag).status_code == 404
    assert client_of(dana).post(flag).status_code == 404
    assert alice_client.post(address(attempt, "flag_explanation", row.pk + 1)).status_code == 404
    withdraw_explanation(explanation_id=row.pk, by=dana)
    assert alice_client.post(flag).status_code == 404
    assert not ExplanationFlag.objects.exists()


def test_withdrawn_words_are_gone_from_every_page_at_once(
    alice_client: Client,
    attempt: Attempt,
    dana: User,
    model: FakeExplainer,
    messages: list[list[str]],
) -> None:
    submit(alice_client, attempt)
    work_off()
    withdraw_explanation(explanation_id=Explanation.objects.get().pk, by=dana)
    assert WORDS not in alice_client.get(address(attempt)).content.decode()
    assert WORDS not in alice_client.get(waiting(attempt)).content.decode()


def test_words_that_were_made_again_can_be_flagged_anew(
    alice: User, attempt: Attempt, case: Case, model: FakeExplainer, messages: list[list[str]]
) -> None:
    fingerprints = explaining.ask_for_case(case)
    work_off()
    key = Explanation.objects.get().pk
    flag_explanation(explanation_id=key, reader=alice, comment="old")
    explaining.renew(fingerprints)
    work_off()
    assert ExplanationFlag.objects.get().closed_at is not None
    flag = flag_explanation(explanation_id=key, reader=alice, comment="new")
    flag.refresh_from_db()
    assert (flag.comment, flag.closed_at) == ("new", None)


def test_the_page_takes_one_query_more_with_a_model_for_any_number_of_lines(
    alice_client: Client,
    alice: User,
    settings: Settings,
    model: FakeExplainer,
    messages: list[list[str]],
) -> None:
    pages = []
    for number, boxes in enumerate([1, 4]):
        slugs = ["fracture", "nodule-mass", "consolidation", "cardiomegaly"][:boxes]
        played = make_case(said=[Said(slug, (60.0, 950.0, 160.0, 1050.0)) for slug in slugs])
        explaining.ask_for_case(played)
        opened = services.start_sitting(
            reader=alice, case_set=make_set(played, slug=f"s{number}")
        ).attempt
        assert opened is not None
        submit(alice_client, opened)
        pages.append(address(opened))
    work_off()
    counts = []
    for page in pages:
        for name in ("atlas", "openai"):
            settings.EXPLAINER = name
            with CaptureQueriesContext(connection) as captured:
                alice_client.get(page)
            counts.append(len(captured))
    without, with_model, *others = counts
    assert with_model == without + 1
    assert others == [without, with_model]
