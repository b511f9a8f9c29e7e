"""The page of a reading: nothing of the radiologist's report before the submit, all of it after."""

import json
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from radgame.accounts.models import User
from radgame.cases.models import Audience, Case
from radgame.progress.models import Flag, Outcome
from report import services
from report.models import Attempt
from report.phrases import comparison_sentence
from tests.conftest import client_of
from tests.factories import address_of, make_dataset, make_report_case, make_set
from tests.report.conftest import FINDINGS, IMPRESSION, opened

HX = {"HX-Request": "true"}
BOTH = {"findings": "Moderate right pleural effusion. Large left apical pneumothorax."}


def page(attempt: Attempt, name: str = "attempt") -> str:
    return reverse(f"report:{name}", args=[attempt.pk])


def send(client: Client, attempt: Attempt, **fields: str) -> str:
    response = client.post(page(attempt, "submit"), {**BOTH, **fields}, headers=HX)
    assert response.status_code == 200, response.content
    return response.content.decode()


def draft(client: Client, attempt: Attempt, **changes: object) -> tuple[int, dict[str, object]]:
    body = {"answer": {"findings": "Effusion"}, "elapsed_s": 0, "revision": 0, **changes}
    response = client.post(page(attempt, "draft"), body, content_type="application/json")
    return response.status_code, response.json()


# --- before the submit --------------------------------------------------------


def sentences(*texts: str) -> list[str]:
    return [part for text in texts for part in re.split(r"[.,]\s*", text) if part]


def test_the_page_tells_what_a_radiologist_would_be_told(
    alice_client: Client, attempt: Attempt
) -> None:
    text = alice_client.get(page(attempt)).content.decode()
    assert "Chest pain after a fall." in text
    assert "61 years" in text
    assert "An earlier study exists but is not available here." in text
    assert text.count("<rg-film ") == 2
    assert "Chest radiograph, lateral" in text
    # Where several hang, each says which it is.
    assert re.findall(r'data-label="([^"]*)"', text) == ["PA", "Lateral"]


def test_before_the_submit_no_response_says_anything_of_the_report(
    alice_client: Client, attempt: Attempt
) -> None:
    secrets = sentences(FINDINGS, IMPRESSION, "Two projections of the thorax, erect")
    secrets += ["zebra", "3 March", "pneumothorax", "effusion", "apical"]
    answers = [
        alice_client.get(page(attempt)),
        alice_client.post(
            page(attempt, "draft"),
            {"answer": {"findings": "Heart big"}, "elapsed_s": 1, "revision": 0},
            content_type="application/json",
        ),
        alice_client.get(page(attempt)),
        alice_client.post(page(attempt, "submit"), {"findings": " "}, headers=HX),
        alice_client.post(page(attempt, "flag"), {"comment": "?"}),
        alice_client.get(reverse("report:summary", args=[attempt.sitting_id])),
        alice_client.get(reverse("report:sets")),
        alice_client.get("/"),
    ]
    for response in answers:
        sent = response.content.decode().lower() + str(response.headers).lower()
        assert [secret for secret in secrets if secret.lower() in sent] == []


def test_the_page_is_the_same_whatever_the_report_is(alice: User, alice_client: Client) -> None:
    """Two cases of one dataset differ in nothing but their own addresses."""
    shown = []
    reports = [("Clear.", ""), (FINDINGS, IMPRESSION)]
    for number, (findings, impression) in enumerate(reports):
        played = make_report_case(findings, impression, comparison="x" * (number + 1))
        attempt = opened(alice, played, slug=f"set-{number}")
        response = alice_client.get(page(attempt))
        text = response.content.decode()
        for name in (str(attempt.pk), *address_of(played), f"et-{number}"):
            text = text.replace(name, "·")
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
        shown.append(re.sub(r'"X-CSRFToken": "[^"]+"', "", text))
    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    "said", ["", "None.", "none available at the time", "No prior studies.", "N/A", "Not available"]
)
def test_where_there_was_nothing_to_compare_with_the_page_says_so(said: str) -> None:
    assert comparison_sentence(said) == "None available."


@pytest.mark.parametrize(
    "said", ["Chest radiograph of 3 March.", "Northern view, yesterday", "Prior showed pneumonia"]
)
def test_an_earlier_study_is_told_of_without_the_reports_words(said: str) -> None:
    told = comparison_sentence(said)
    assert told.startswith("An earlier study exists but is not available here.")
    assert said not in told


def test_an_impression_and_a_checklist_are_shown_as_the_set_asks(
    alice: User, alice_client: Client, case: Case
) -> None:
    attempt = opened(alice, case)
    plain = alice_client.get(page(attempt)).content.decode()
    assert 'name="findings"' in plain
    assert 'name="impression"' not in plain
    assert "Bones and soft tissue" in plain
    case_set = attempt.sitting.case_set
    case_set.asks_impression, case_set.shows_checklist = True, False
    case_set.save()
    asked = alice_client.get(page(attempt)).content.decode()
    assert 'name="impression"' in asked
    assert "Bones and soft tissue" not in asked


# --- drafts -------------------------------------------------------------------


def test_a_draft_is_kept_as_typed_and_shown_again(alice_client: Client, attempt: Attempt) -> None:
    typed = "Small L effusion\r\n</textarea><script>alert(1)</script>"
    assert draft(alice_client, attempt, answer={"findings": typed, "impression": ""}) == (
        200,
        {"revision": 1},
    )
    attempt.refresh_from_db()
    assert attempt.answer["findings"] == typed.replace("\r\n", "\n")
    text = alice_client.get(page(attempt)).content.decode()
    assert "Small L effusion\n&lt;/textarea&gt;" in text
    assert "<script>alert" not in text


def test_a_draft_from_another_tab_that_comes_late_is_refused_and_told_why(
    alice_client: Client, attempt: Attempt
) -> None:
    assert draft(alice_client, attempt, tab="one")[0] == 200
    assert draft(alice_client, attempt, tab="one")[0] == 200
    status, answer = draft(alice_client, attempt, tab="two")
    assert status == 409
    assert "another tab" in str(answer["message"])


def test_a_draft_after_the_submit_is_refused_and_changes_nothing(
    alice_client: Client, attempt: Attempt
) -> None:
    send(alice_client, attempt)
    status, answer = draft(alice_client, attempt, answer={"findings": "late"})
    assert status == 409
    assert "submitted" in str(answer["message"])
    attempt.refresh_from_db()
    assert attempt.answer["findings"] == BOTH["findings"]


def test_a_draft_that_is_too_long_is_refused_with_both_numbers_and_the_last_one_stays(
    alice_client: Client, attempt: Attempt
) -> None:
    draft(alice_client, attempt)
    status, answer = draft(alice_client, attempt, answer={"findings": "x" * 6001}, revision=1)
    assert status == 422
    assert "6001 characters long; 6000 are allowed" in str(answer["message"])
    attempt.refresh_from_db()
    assert (attempt.answer["findings"], attempt.draft_revision) == ("Effusion", 1)


@pytest.mark.parametrize("body", ["", "[]", "null", '{"answer": 3}', '{"revision": "x"}'])
def test_a_broken_draft_is_refused(alice_client: Client, attempt: Attempt, body: str) -> None:
    response = alice_client.post(page(attempt, "draft"), body, content_type="application/json")
    assert response.status_code == 422


# --- the submit ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Nothing is written yet"),
        ({"findings": " \r\n\t"}, "Nothing is written yet"),
        ({"impression": "Only what was not asked for."}, "Nothing is written yet"),
        ({"findings": "x" * 6001}, "6001 characters long; 6000 are allowed"),
        ({"findings": "Effusion.", "elapsed_s": "soon"}, "Enter a number"),
    ],
)
def test_what_cannot_be_marked_is_refused_with_a_sentence_and_the_case_stays_open(
    alice_client: Client, attempt: Attempt, fields: dict[str, str], said: str
) -> None:
    response = alice_client.post(page(attempt, "submit"), fields, headers=HX)
    assert response.status_code == 422
    assert response["Content-Type"].startswith("text/plain")
    assert said in response.content.decode()
    attempt.refresh_from_db()
    assert not attempt.is_submitted
    assert not Outcome.objects.exists()


def test_characters_that_no_database_stores_are_left_out_and_the_text_is_marked(
    alice_client: Client, attempt: Attempt
) -> None:
    send(alice_client, attempt, findings="Moderate right\x00 pleural effusion.")
    attempt.refresh_from_db()
    assert attempt.answer["findings"] == "Moderate right pleural effusion."


def test_the_response_holds_both_texts_every_finding_and_the_score(
    alice_client: Client, attempt: Attempt
) -> None:
    text = send(alice_client, attempt, findings="Moderate right pleural effusion. Hiatal hernia.")
    assert "<html" not in text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))
    assert FINDINGS in plain
    assert IMPRESSION in plain
    assert "Two projections of the thorax, erect." in plain
    assert "Moderate right pleural effusion. Hiatal hernia." in plain
    assert "Missed:" in plain
    assert "Found:" in plain
    assert "Not in the radiologist&#x27;s report:" in plain
    attempt.refresh_from_db()
    assert attempt.scorer_version in plain


def test_findings_of_both_texts_are_joined_by_the_key_of_their_card(
    alice_client: Client, attempt: Attempt
) -> None:
    text = send(alice_client, attempt)
    cards = set(re.findall(r'data-mark="(f\d+)"', text))
    joined = [set(keys.split()) for keys in re.findall(r'data-marks="([^"]+)"', text)]
    assert len(cards) == 2
    for card in cards:
        assert sum(card in keys for keys in joined) >= 2


def test_what_the_learner_and_the_report_wrote_is_text_and_never_markup(
    alice: User, alice_client: Client
) -> None:
    hostile = "<script>alert(1)</script> pleural effusion \" onmouseover='x'"
    text = send(alice_client, opened(alice, make_report_case(hostile)), findings=hostile)
    assert "<script>alert" not in text
    assert "onmouseover='x'" not in text


def test_a_reload_after_the_submit_shows_the_same_feedback(
    alice_client: Client, attempt: Attempt
) -> None:
    fragment = send(alice_client, attempt, findings="Moderate right pleural effusion.")
    whole = alice_client.get(page(attempt)).content.decode()
    assert "<html" in whole
    for kind in ("what", "report-text"):
        found = [re.findall(rf'<p class="{kind}"[^>]*>(.*?)</p>', t) for t in (fragment, whole)]
        assert found[0]
        assert found[0] == found[1]


def test_a_submit_without_script_leads_to_the_feedback(
    alice_client: Client, attempt: Attempt
) -> None:
    response = alice_client.post(page(attempt, "submit"), BOTH)
    assert response.status_code == 302
    assert "Found:" in alice_client.get(response["Location"]).content.decode()


def test_a_replayed_submit_changes_nothing(alice_client: Client, attempt: Attempt) -> None:
    send(alice_client, attempt)
    again = send(alice_client, attempt, findings="Normal chest.")
    assert "Found:" in again
    assert "Normal chest." not in again
    assert Outcome.objects.count() == 1


def test_what_the_client_counts_is_decoration(alice_client: Client, attempt: Attempt) -> None:
    send(alice_client, attempt, findings="Clear.", score="1", correct_count="999")
    attempt.refresh_from_db()
    assert attempt.score == 0


# --- people -------------------------------------------------------------------


def test_another_learner_finds_nothing_at_my_attempt(bob_client: Client, attempt: Attempt) -> None:
    assert bob_client.get(page(attempt)).status_code == 404
    for action in ("submit", "next", "flag"):
        assert bob_client.post(page(attempt, action), BOTH).status_code == 404
    body = {"answer": {"findings": "x"}, "elapsed_s": 0, "revision": 0}
    sent = bob_client.post(page(attempt, "draft"), body, content_type="application/json")
    assert sent.status_code == 404
    attempt.refresh_from_db()
    assert not attempt.is_submitted
    assert attempt.draft_revision == 0


def test_a_stranger_starts_an_open_set_as_a_guest(client: Client, case: Case) -> None:
    make_set(case, slug="open")
    assert "Open" in client.get(reverse("report:sets")).content.decode()
    response = client.post(reverse("report:start", args=["open"]))
    assert response.status_code == 302
    assert Attempt.objects.get().reader.is_guest
    assert client.get(response["Location"]).status_code == 200


def test_a_guest_sees_only_what_is_open_to_everyone(guest: User) -> None:
    closed = make_report_case("Clear.", dataset=make_dataset("closed", Audience.SIGNED_IN))
    make_set(closed, slug="closed", audience=Audience.SIGNED_IN)
    client = client_of(guest)
    assert client.post(reverse("report:start", args=["closed"])).status_code == 404
    assert client.get(reverse("films:preview", args=address_of(closed))).status_code == 404


def test_a_dispute_reaches_staff_with_a_way_to_the_feedback_and_the_reply_comes_back(
    alice_client: Client, attempt: Attempt, dana: User
) -> None:
    send(alice_client, attempt)
    sent = {"line": "0", "comment": "That is a <skin fold>."}
    shown = alice_client.post(page(attempt, "flag"), sent, headers=HX)
    assert "That is a &lt;skin fold&gt;." in shown.content.decode()
    assert "You wrote:" in shown.content.decode()
    assert "With staff; not answered yet." in shown.content.decode()
    staff = client_of(dana)
    listed = staff.get(reverse("staff_flags")).content.decode()
    assert "Report: see the feedback" in listed
    assert page(attempt) in listed
    seen = staff.get(page(attempt)).content.decode()
    assert "That is a &lt;skin fold&gt;." in seen
    assert 'id="next"' not in seen
    assert "The reader wrote:" in seen
    assert "The reader&#x27;s report" in seen or "The reader's report" in seen
    assert "Your report" not in seen
    settle = reverse("staff_settle_flag", args=[Flag.objects.get().pk])
    staff.post(settle, {"verdict": "upheld", "reply": "You are right."})
    assert "You are right." in alice_client.get(page(attempt)).content.decode()


def test_a_dispute_names_the_finding_it_is_about(alice_client: Client, attempt: Attempt) -> None:
    found = re.search(r'data-dispute="(\d+)"', send(alice_client, attempt))
    assert found
    answer = alice_client.post(
        page(attempt, "flag"), {"line": found[1], "comment": "No."}, headers=HX
    )
    text = answer.content.decode()
    [headline] = re.findall(rf'<option value="{found[1]}">([^<]+)</option>', text)
    assert f'<p class="source">{headline}</p>' in text


def test_the_reference_of_a_drawn_film_is_not_called_a_radiologist_s(
    alice_client: Client, attempt: Attempt
) -> None:
    assert "radiologist's report" in send(alice_client, attempt)
    dataset = attempt.case.dataset
    dataset.synthetic = True
    dataset.save()
    text = alice_client.get(page(attempt)).content.decode()
    assert "The reference report" in text
    assert "no radiologist has read it" in text
    assert text.count("radiologist") == 1


def test_an_attempt_in_play_cannot_be_disputed(alice_client: Client, attempt: Attempt) -> None:
    assert alice_client.post(page(attempt, "flag"), {"comment": "x"}).status_code == 409


# --- around it ----------------------------------------------------------------


def test_the_summary_follows_the_last_case(alice_client: Client, attempt: Attempt) -> None:
    send(alice_client, attempt, findings="Clear lungs.")
    second = alice_client.post(page(attempt, "next"))["Location"]
    later = Attempt.objects.get(pk=uuid.UUID(second.rstrip("/").rsplit("/", 1)[-1]))
    send(alice_client, later, findings="Normal chest.")
    last = alice_client.post(page(later, "next"))["Location"]
    text = alice_client.get(last).content.decode()
    assert "2 / 2" in text
    assert "Case 1: 0" in text
    assert page(attempt) in text


def test_home_offers_to_go_on_in_the_game_opened_last_and_leads_to_the_sets_of_both(
    alice: User, alice_client: Client, case: Case
) -> None:
    from localize.services import start_sitting
    from tests.factories import make_case

    start_sitting(reader=alice, case_set=make_set(make_case(), make_case(), slug="boxes"))
    opened(alice, case, slug="words")
    text = alice_client.get("/").content.decode()
    assert "<h1>Words</h1>" in text
    assert "Report: 0 of 1 cases read." in text
    assert reverse("report:start", args=["words"]) in text
    assert reverse("localize:start", args=["boxes"]) not in text
    assert f'href="{reverse("localize:sets")}"' in text
    assert f'href="{reverse("report:sets")}"' in text


def test_a_stranger_is_offered_both_games(client: Client, case: Case) -> None:
    from tests.factories import make_case

    make_set(case, slug="words")
    make_set(make_case(), slug="boxes")
    text = client.get("/").content.decode()
    assert reverse("report:start", args=["words"]) in text
    assert reverse("localize:start", args=["boxes"]) in text


def test_a_submit_takes_few_queries_whatever_the_history(
    alice: User,
    alice_client: Client,
    bob: User,
    bob_client: Client,
    attempt: Attempt,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        send(alice_client, opened(alice, make_report_case("Clear."), slug=f"s{number}"))
    # Somebody has played this case before: its report and the next film's address are kept.
    others = services.start_sitting(reader=bob, case_set=attempt.sitting.case_set).attempt
    assert others is not None
    send(bob_client, others)
    # Reader, attempt, first or not, outcome, lines, claim, and the transaction's two ends.
    with django_assert_max_num_queries(8):
        send(alice_client, attempt)


def test_a_page_in_play_takes_few_queries(
    alice_client: Client,
    attempt: Attempt,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    alice_client.get(page(attempt))
    with django_assert_max_num_queries(3):
        alice_client.get(page(attempt))


def test_the_list_of_sets_takes_the_same_queries_for_any_number_of_sets(
    alice: User, alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_set(make_report_case("Clear."), slug="one")
    for number in range(5):
        with django_assert_num_queries(2):
            alice_client.get(reverse("report:sets"))
        make_set(make_report_case("Clear."), slug=f"more-{number}")


def test_a_long_feedback_takes_the_queries_of_a_short_one(
    alice: User, alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    short = opened(alice, make_report_case("Clear."), slug="short")
    long = opened(alice, make_report_case(FINDINGS, IMPRESSION), slug="long")
    for attempt in (short, long):
        send(alice_client, attempt)
        with django_assert_num_queries(4):
            alice_client.get(page(attempt))


def test_the_draft_in_the_page_is_what_the_script_goes_on_with(
    alice_client: Client, attempt: Attempt
) -> None:
    draft(alice_client, attempt, answer={"findings": "a", "impression": "b"})
    text = alice_client.get(page(attempt)).content.decode()
    found = re.search(r'<script id="draft" type="application/json">(.*?)</script>', text)
    assert found is not None
    sent = json.loads(found[1])
    # The set asks for no impression, so none is kept.
    assert sent["answer"] == {"findings": "a", "impression": ""}
    assert sent["revision"] == 1


def test_starting_again_goes_on_where_one_stopped(alice: User, attempt: Attempt) -> None:
    again = services.start_sitting(reader=alice, case_set=attempt.sitting.case_set)
    assert again.attempt == attempt
