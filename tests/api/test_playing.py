"""A case is played by a program as on the page: nothing before the submit, everything after."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

import localize.services
import report.services
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.models import Audience, CaseSet, Play, ReferenceReport
from radgame.classroom import services as classroom
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import Assignment
from radgame.progress.models import Flag, Outcome
from radgame.rest.schema import document
from report.models import Attempt as ReportAttempt
from tests.api.conftest import NODULE, Program, Site, at, in_the_path, page_of, program_of
from tests.factories import Said, make_case, make_dataset, make_set, mark

SECRETS = ["secret", "Secret", "111.0", "222.0", "333.0", "444.0", "reader 1", "nodule on the left"]


def body(*marks: dict[str, object], **answer: Any) -> dict[str, Any]:
    return {"answer": {"marks": list(marks), **answer}, "elapsed_s": 2.5}


# --- before the submit ----------------------------------------------------------


def test_nothing_before_the_submit_holds_a_byte_of_the_reference_standard(
    as_alice: Program, alice: User
) -> None:
    """Every operation that a learner can ask is asked while the case is in play."""
    said = [Said("nodule-mass", NODULE, sentence="A secret sentence.", explanation="Secret words.")]
    case = make_case(said=said, for_report=True)
    ReferenceReport.objects.create(study=case.study, findings="A nodule on the left.")
    case_set = make_set(case)
    box = as_alice.post("localize_start", case_set.slug).json()["attempt"]
    text = as_alice.post("report_start", case_set.slug).json()["attempt"]
    draft = {"revision": 0, "elapsed_s": 1}
    asked = [
        as_alice.get("localize_attempt", box["id"]),
        as_alice.get("report_attempt", text["id"]),
        as_alice.ask("PUT", at("localize_draft", box["id"]), {**body(), **draft}),
        as_alice.ask("PUT", at("report_draft", text["id"]), {"findings": "Clear.", **draft}),
        as_alice.post("localize_start", case_set.slug),
        as_alice.post("report_start", case_set.slug),
        as_alice.post("localize_next", box["id"]),
        as_alice.post("report_next", text["id"]),
        as_alice.get("localize_explanations", box["id"]),
        as_alice.get("report_judgement", text["id"]),
        *(as_alice.get(f"{game}_{name}") for game in Play for name in ("sets", "attempts")),
        *(as_alice.get(f"{game}_sittings") for game in Play),
        as_alice.get("localize_sitting", box["sitting"]),
        as_alice.get("report_sitting", text["sitting"]),
        as_alice.get("datasets"),
        as_alice.get("dataset", case.dataset.slug),
        as_alice.get("progress"),
        as_alice.ask("GET", box["films"][0]["preview"]),
        as_alice.ask("GET", box["films"][0]["pixels"]),
    ]
    for answer in asked:
        told = answer.getvalue() if answer.streaming else answer.content
        shown = f"{answer.headers} {told.decode('latin-1')}"
        assert [secret for secret in SECRETS if secret in shown] == [], answer.request


READS = sorted(path for path, item in document()["paths"].items() if "get" in item)


@pytest.mark.parametrize("path", READS)
def test_no_question_of_whoever_is_in_play_is_answered_with_a_byte_of_it(
    path: str, bob: User, site: Site
) -> None:
    """Every question there is, so that one more is asked here as soon as it is there."""
    classroom.join_cohort(person=bob, code=site.link.code)
    box = localize.services.start_sitting(reader=bob, case_set=site.case_set).attempt
    text = report.services.start_sitting(reader=bob, case_set=site.case_set).attempt
    assert box is not None
    assert text is not None
    localize.services.start_assigned(reader=bob, assignment=site.assignment)
    own = replace(site, box=box, open_box=box, text=text, open_text=text)
    known = {name: str(value) for name, value in in_the_path(own, path).items()}
    answer = program_of(bob).ask("GET", path.format(**known))
    scopes = document()["paths"][path]["get"].get("x-scopes", ["play"])
    not_there = path.endswith(("/explanations/", "/judgement/"))
    assert answer.status_code == (404 if not_there else 200 if "play" in scopes else 403)
    told = answer.getvalue() if answer.streaming else answer.content
    shown = f"{answer.headers} {told.decode('latin-1')}"
    assert [secret for secret in SECRETS if secret in shown] == []


def test_two_cases_with_other_reference_standards_are_told_alike(
    as_alice: Program, alice: User
) -> None:
    told = []
    for number, said in enumerate([[], [Said("nodule-mass", NODULE), Said("cardiomegaly")]]):
        case = make_case(said=said, is_normal=not said)
        case_set = make_set(case, slug=f"set-{number}")
        attempt = as_alice.post("localize_start", case_set.slug).json()["attempt"]
        film = attempt["films"][0]
        told.append(attempt)
        for name in ("id", "sitting", "title", "started_at"):
            del attempt[name]
        for name in ("token", "preview", "pixels"):
            del film[name]
    assert told[0] == told[1]


def test_an_attempt_in_play_has_films_findings_and_limits(as_alice: Program, site: Site) -> None:
    told = as_alice.told("localize_attempt", site.open_box.pk)
    assert (told["status"], told["number"], told["of"]) == ("draft", 2, 2)
    assert told["patient"] == "female, 61 years"
    assert told["feedback"] is None
    assert told["answer"] is None
    assert {finding["slug"]: finding["kind"] for finding in told["findings"]}["fracture"] == "draw"
    [film] = told["films"]
    assert (film["columns"], film["rows"], film["maximum"]) == (1000, 1200, 4095)
    assert as_alice.ask("GET", film["preview"])["Content-Type"] == "image/webp"
    pixels = as_alice.ask("GET", film["pixels"])
    assert pixels["Content-Encoding"] == "gzip"
    assert pixels["Content-Type"] == "application/octet-stream"


def test_a_film_that_is_not_open_to_somebody_is_not_there(as_alice: Program, bob: User) -> None:
    case = make_case(dataset=make_dataset("house", Audience.STAFF))
    image = case.images.get()
    assert as_alice.get("film_preview", image.token, image.rendition).status_code == 404
    assert as_alice.get("film_pixels", image.token, "another").status_code == 404


# --- the submit -----------------------------------------------------------------


def test_an_answer_is_marked_and_told(as_alice: Program, site: Site) -> None:
    drawn = mark(site.open_box.case, "nodule-mass", NODULE)
    answer = as_alice.post("localize_submit", site.open_box.pk, body=body(drawn))
    assert answer.status_code == 200
    told = answer.json()
    assert told["status"] == "submitted"
    feedback = told["feedback"]
    assert feedback["score_percent"] == 100
    [line] = feedback["lines"]
    assert line["outcome"] == "hit"
    assert line["sentence"] == "A secret sentence."
    assert feedback["regions"][0]["box"] == list(NODULE)
    assert feedback["marks"][0]["box"] == list(NODULE)
    assert told == as_alice.told("localize_attempt", site.open_box.pk)


def test_a_second_submit_gives_the_first_ones_result(as_alice: Program, site: Site) -> None:
    before = Outcome.objects.count()
    drawn = mark(site.open_box.case, "nodule-mass", NODULE)
    first = as_alice.post("localize_submit", site.open_box.pk, body=body(drawn)).json()
    again = as_alice.post("localize_submit", site.open_box.pk, body=body(normal=True)).json()
    assert again["feedback"] == first["feedback"]
    assert Outcome.objects.count() == before + 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"selected": ["nodule-mass"]}, "cannot be ticked"),
        ({"selected": ["cardiomegaly"], "normal": True}, "normal film has no marks"),
        (
            {"marks": [{"image": "x", "finding": "fracture", "box": [1, 2, 3, 4]}]},
            "belongs to no film",
        ),
    ],
)
def test_what_the_page_refuses_the_api_refuses_in_the_same_words(
    as_alice: Program, site: Site, answer: dict[str, Any], said: str
) -> None:
    sent = {"answer": answer, "elapsed_s": 1}
    refused = as_alice.post("localize_submit", site.open_box.pk, body=sent)
    assert refused.status_code == 422
    assert said in str(refused.json()["fields"]["answer"])
    site.open_box.refresh_from_db()
    assert site.open_box.status == "draft"


def test_a_reading_is_marked_and_told(as_alice: Program, site: Site) -> None:
    sent = {"findings": "A nodule on the left.", "elapsed_s": 9}
    told = as_alice.post("report_submit", site.open_text.pk, body=sent).json()
    assert told["score"] == 1.0
    [card] = told["feedback"]["findings"]
    assert card["outcome"] == "matched"
    written = "".join(
        segment["text"]
        for section in told["feedback"]["reference"]
        for segment in section["segments"]
    )
    assert written == "A nodule on the left."
    assert told == as_alice.told("report_attempt", site.open_text.pk)


def test_a_blank_reading_is_refused(as_alice: Program, site: Site) -> None:
    refused = as_alice.post("report_submit", site.open_text.pk, body={"findings": "  "})
    assert refused.status_code == 422
    assert refused.json()["message"].startswith("Nothing is written yet.")


def test_text_goes_in_as_it_was_typed(as_alice: Program, site: Site) -> None:
    typed = "  Clear lungs. \n\n  No effusion."
    draft = {"findings": typed, "elapsed_s": 1, "revision": 0}
    as_alice.ask("PUT", at("report_draft", site.open_text.pk), draft)
    assert as_alice.told("report_attempt", site.open_text.pk)["answer"]["findings"] == typed


# --- drafts ---------------------------------------------------------------------


@pytest.mark.parametrize("game", ["localize", "report"])
def test_a_draft_is_kept_and_an_older_one_is_refused(
    as_alice: Program, site: Site, game: str
) -> None:
    attempt: Attempt | ReportAttempt = site.open_box if game == "localize" else site.open_text
    answer = body(normal=True) if game == "localize" else {"findings": "Clear."}
    address = at(f"{game}_draft", attempt.pk)
    first = as_alice.ask("PUT", address, {**answer, "elapsed_s": 3, "revision": 0, "tab": "one"})
    assert first.json() == {"revision": 1}
    told = as_alice.told(f"{game}_attempt", attempt.pk)
    assert (told["status"], told["revision"], told["feedback"]) == ("draft", 1, None)
    assert told["answer"] is not None
    late = as_alice.ask("PUT", address, {**answer, "elapsed_s": 3, "revision": 0, "tab": "two"})
    assert late.status_code == 409
    assert "another tab" in late.json()["message"]


def test_no_draft_is_kept_of_what_was_submitted(as_alice: Program, site: Site) -> None:
    sent = {**body(normal=True), "revision": 0}
    assert as_alice.ask("PUT", at("localize_draft", site.box.pk), sent).status_code == 409


# --- going through a set --------------------------------------------------------


def test_a_set_is_started_gone_through_and_summed_up(as_alice: Program, bob: User) -> None:
    case_set = make_set(make_case(said=[Said("nodule-mass", NODULE)]), make_case())
    as_bob = program_of(bob)
    [listed] = as_bob.told("localize_sets")["results"]
    assert (listed["slug"], listed["size"], listed["is_open"]) == (case_set.slug, 2, False)
    started = as_bob.post("localize_start", case_set.slug).json()
    for _case in range(2):
        attempt = started["attempt"]["id"]
        as_bob.post("localize_submit", attempt, body=body())
        started = as_bob.post("localize_next", attempt).json()
    assert started["attempt"] is None
    told = as_bob.told("localize_sitting", started["sitting"])
    assert (told["submitted"], told["of"], told["mean_percent"], told["perfect"]) == (2, 2, 50, 1)
    assert [low["score_percent"] for low in told["look_again"]] == [0]
    assert told["finished_at"] is not None
    assert as_alice.get("localize_sitting", started["sitting"]).status_code == 404


def test_a_set_that_is_begun_is_gone_on_with(as_alice: Program, site: Site) -> None:
    started = as_alice.post("localize_start", site.case_set.slug).json()
    assert started["attempt"]["id"] == str(site.open_box.pk)


def test_a_set_without_a_case_that_is_open_is_refused_with_a_sentence(
    as_alice: Program, site: Site
) -> None:
    case_set = make_set(make_case(dataset=make_dataset("house", Audience.STAFF)), slug="house")
    refused = as_alice.post("localize_start", case_set.slug)
    assert refused.status_code == 409
    assert refused.json()["message"] == "None of its cases can be played now."


def test_a_set_that_is_somebody_elses_is_not_there(as_alice: Program, site: Site) -> None:
    assert as_alice.post("localize_start", site.own_set.slug).status_code == 404


def test_practice_is_one_request(as_alice: Program, site: Site) -> None:
    started = as_alice.post("localize_practise").json()
    assert started["attempt"]["title"] == "Practice"
    again = as_alice.post("localize_practise").json()
    assert again["attempt"]["id"] == started["attempt"]["id"]


def test_nobody_practises_without_a_case(alice: User) -> None:
    refused = program_of(alice).post("report_practise")
    assert refused.status_code == 409


def test_a_guest_plays_by_the_session_of_the_page(guest: User, site: Site) -> None:
    by_page = page_of(guest)
    attempt = by_page.post("localize_start", site.case_set.slug).json()["attempt"]
    told = by_page.post("localize_submit", attempt["id"], body=body(normal=True)).json()
    assert told["feedback"]["score_percent"] == 0


# --- assignments ----------------------------------------------------------------


def assign(site: Site, charlie: User, feedback: str, **options: Any) -> Assignment:
    return create_assignment(
        cohort=site.cohort,
        made_by=charlie,
        case_set=site.case_set,
        game=Play.LOCALIZE,
        title="Test",
        feedback=feedback,
        opens_at=timezone.now() - timedelta(hours=2),
        **options,
    )


@pytest.mark.parametrize(
    ("feedback", "opens"),
    [
        (Assignment.Feedback.AFTER_SET, "whole set"),
        (Assignment.Feedback.AFTER_CLOSE, "Feedback opens on"),
    ],
)
def test_feedback_is_told_when_the_assignment_says_so_and_not_before(
    as_alice: Program, charlie: User, site: Site, feedback: str, opens: str
) -> None:
    assigned = assign(site, charlie, feedback, closes_at=timezone.now() + timedelta(hours=1))
    started = as_alice.post("localize_start_assigned", assigned.pk).json()
    attempt = started["attempt"]["id"]
    kept = as_alice.post("localize_submit", attempt, body=body(normal=True))
    told = kept.json()
    assert told["status"] == "submitted"
    assert told["feedback"] is None
    assert opens in told["feedback_opens"]
    listed = as_alice.told("localize_attempts", sitting=started["sitting"])["results"]
    assert [row["score"] for row in listed] == [None]
    summed = as_alice.told("localize_sitting", started["sitting"])
    assert (summed["submitted"], summed["mean_percent"], summed["perfect"]) == (1, None, None)
    assert summed["look_again"] == []
    assert [s for s in SECRETS[:2] if s in kept.content.decode()] == []
    assert as_alice.get("localize_explanations", attempt).status_code == 404
    flagged = as_alice.post("localize_flags", attempt, body={"comment": "No."})
    assert flagged.status_code == 409
    if feedback == Assignment.Feedback.AFTER_CLOSE:
        Assignment.objects.update(closes_at=timezone.now() - timedelta(hours=1))
    else:
        following = as_alice.post("localize_next", attempt).json()["attempt"]["id"]
        as_alice.post("localize_submit", following, body=body(normal=True))
        as_alice.post("localize_next", following)
    assert as_alice.told("localize_attempt", attempt)["feedback"]["score_percent"] == 0


def test_work_that_is_not_taken_any_more_is_refused_and_kept(
    as_alice: Program, charlie: User, site: Site
) -> None:
    closes_at = timezone.now() + timedelta(hours=1)
    assigned = assign(site, charlie, Assignment.Feedback.AT_ONCE, closes_at=closes_at)
    attempt = as_alice.post("localize_start_assigned", assigned.pk).json()["attempt"]["id"]
    Assignment.objects.update(closes_at=timezone.now() - timedelta(hours=1))
    refused = as_alice.post("localize_submit", attempt, body=body(normal=True))
    assert refused.status_code == 409
    assert "is kept, and is not marked" in refused.json()["message"]
    assert as_alice.told("localize_attempt", attempt)["answer"]["normal"] is True


def test_what_is_not_open_yet_is_refused_with_when_it_opens(
    as_alice: Program, charlie: User, site: Site
) -> None:
    Assignment.objects.update(opens_at=timezone.now() + timedelta(days=1))
    refused = as_alice.post("localize_start_assigned", site.assignment.pk)
    assert refused.status_code == 409
    assert "This opens on" in refused.json()["message"]


# --- disputes -------------------------------------------------------------------


def test_feedback_is_disputed_and_the_reply_is_read(
    as_alice: Program, dana: User, site: Site
) -> None:
    sent = {"line": 0, "comment": "That is the nipple."}
    made = as_alice.post("localize_flags", site.box.pk, body=sent)
    assert made.status_code == 201
    as_dana = program_of(dana)
    waiting = as_dana.told("staff_flags", status="open")["results"]
    assert waiting[0]["comment"] == "That is the nipple."
    assert (waiting[0]["learner"], waiting[0]["attempt"]) == ("alice", str(site.box.pk))
    verdict = {"verdict": "upheld", "reply": "You are right."}
    settled = as_dana.post("staff_settle_flag", waiting[0]["id"], body=verdict)
    assert settled.json()["status"] == "upheld"
    told = as_alice.told("localize_flags", site.box.pk)["results"]
    assert (told[0]["status"], told[0]["reply"]) == ("upheld", "You are right.")
    own = as_alice.told("disputes", status="upheld")["results"]
    assert [row["game"] for row in own] == ["localize"]


@pytest.mark.parametrize(
    "sent", [{}, {"comment": "  "}, {"comment": "x", "line": -1}, {"comment": "x", "line": 99_999}]
)
def test_a_dispute_that_says_nothing_is_refused(
    as_alice: Program, site: Site, sent: dict[str, Any]
) -> None:
    before = Flag.objects.count()
    assert as_alice.post("localize_flags", site.box.pk, body=sent).status_code == 422
    assert Flag.objects.count() == before


def test_a_case_in_play_has_nothing_to_dispute(as_alice: Program, site: Site) -> None:
    sent = {"comment": "Too hard."}
    assert as_alice.post("localize_flags", site.open_box.pk, body=sent).status_code == 409
    assert as_alice.told("localize_flags", site.open_box.pk)["results"] == []


def test_nobody_sees_the_disputes_of_others(bob: User, site: Site) -> None:
    assert program_of(bob).told("disputes")["results"] == []


# --- lists ----------------------------------------------------------------------


def play(reader: User, case_set: CaseSet) -> None:
    for game in (localize.services, report.services):
        started = game.start_sitting(reader=reader, case_set=case_set)
        assert started.attempt is not None


@pytest.mark.parametrize(
    "name", [f"{game}_{what}" for game in Play for what in ("sets", "attempts", "sittings")]
)
def test_a_list_costs_the_same_however_long_it_is(
    name: str,
    alice: User,
    as_alice: Program,
    site: Site,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    as_alice.get(name)
    with django_assert_num_queries(3 if name.endswith("sets") is False else 2) as counted:
        as_alice.get(name)
    for number in range(4):
        case = make_case(for_report=True)
        ReferenceReport.objects.create(study=case.study, findings="Clear.")
        play(alice, make_set(case, slug=f"more-{number}"))
    with django_assert_num_queries(len(counted)):
        assert len(as_alice.told(name)["results"]) >= 4


def test_attempts_are_listed_by_status_and_sitting_in_pages(as_alice: Program, site: Site) -> None:
    drafts = as_alice.told("localize_attempts", status="draft")["results"]
    assert [row["id"] for row in drafts] == [str(site.open_box.pk)]
    paged = as_alice.told("localize_attempts", page_size=1, page=2)
    assert (paged["count"], paged["page"], paged["pages"]) == (2, 2, 2)
    assert [row["score"] for row in paged["results"]] == [0.0]
    assert as_alice.get("localize_attempts", status="lost").status_code == 422


@pytest.mark.parametrize("game", ["localize", "report"])
def test_a_case_is_read_in_one_query_beside_the_token_and_marked_in_few(
    game: str,
    as_alice: Program,
    site: Site,
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    in_play: Attempt | ReportAttempt = site.open_box if game == "localize" else site.open_text
    sent = body(normal=True) if game == "localize" else {"findings": "Clear.", "elapsed_s": 2}
    as_alice.get(f"{game}_attempt", in_play.pk)
    with django_assert_num_queries(2):
        as_alice.get(f"{game}_attempt", in_play.pk)
    # Token, attempt, reference standard, and the submit with its transaction.
    with django_assert_max_num_queries(10):
        as_alice.post(f"{game}_submit", in_play.pk, body=sent)
