"""The page of an attempt: nothing of the reference before the submit, everything after."""

import json
import uuid

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from localize import services
from localize.answers import Answer, DrawnMark
from localize.feedback import build_feedback
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import Audience, Case
from radgame.cases.taxonomy import COLOURS, load_datasets, load_findings
from radgame.playing import services as playing
from radgame.progress.models import Flag, Outcome
from tests.conftest import client_of
from tests.factories import Said, address_of, make_case, make_dataset, make_set, mark, token_of

NODULE = (111.0, 222.0, 333.0, 444.0)
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def case(db: None) -> Case:
    return make_case(
        said=[
            Said("nodule-mass", NODULE, sentence="A secret sentence.", explanation="Secret words."),
            Said("cardiomegaly", (400.0, 500.0, 777.0, 888.0)),
        ]
    )


@pytest.fixture
def attempt(case: Case, alice: User) -> Attempt:
    opened = services.start_sitting(reader=alice, case_set=make_set(case, make_case())).attempt
    assert opened is not None
    return opened


def page(attempt: Attempt, name: str = "attempt") -> str:
    return reverse(f"localize:{name}", args=[attempt.pk])


def answer_of(case: Case, *marks: dict[str, object], selected: tuple[str, ...] = ()) -> str:
    return json.dumps({"marks": list(marks), "selected": list(selected), "normal": False})


def test_a_set_is_started_and_leads_to_its_first_case(alice_client: Client, case: Case) -> None:
    make_set(case)
    response = alice_client.post(reverse("localize:start", args=["set"]))
    assert response.status_code == 302
    assert alice_client.get(response["Location"]).status_code == 200


def test_before_the_submit_the_page_says_nothing_of_the_reference(
    alice_client: Client, attempt: Attempt
) -> None:
    text = alice_client.get(page(attempt)).content.decode()
    for secret in ("secret", "Secret", "111", "222.0", "333", "444", "777", "888", "reader 1"):
        assert secret not in text.replace(token_of(attempt.case), "").replace(str(attempt.pk), "")


def test_the_page_is_the_same_whatever_the_reference_is(alice: User, alice_client: Client) -> None:
    """Two cases of one dataset differ in nothing but their own addresses."""
    shown = []
    for number, said in enumerate([[], [Said("nodule-mass", NODULE), Said("cardiomegaly")]]):
        played = make_case(said=said, is_normal=not said)
        opened = services.start_sitting(
            reader=alice, case_set=make_set(played, slug=f"set-{number}")
        ).attempt
        assert opened is not None
        response = alice_client.get(page(opened))
        text = response.content.decode()
        for name in (
            str(opened.pk),
            "/".join(address_of(played)),
            token_of(played),
            f"set-{number}",
            f"Set-{number}",
        ):
            text = text.replace(name, "·")
        token = response.context["csrf_token"]
        shown.append(text.replace(str(token), "·"))
    assert _without_csrf(shown[0]) == _without_csrf(shown[1])


def _without_csrf(text: str) -> str:
    import re

    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    return re.sub(r'"X-CSRFToken": "[^"]+"', "", text)


def test_after_the_submit_the_fragment_holds_regions_outcomes_and_words(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    sent = {"answer": answer_of(case, mark(case, "nodule-mass", NODULE)), "elapsed_s": "3"}
    response = alice_client.post(page(attempt, "submit"), sent, **HX)  # type: ignore[arg-type]
    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert "Found: Nodule/Mass." in text
    assert "Missed: Cardiomegaly." in text
    assert "A secret sentence." in text
    assert "Secret words." in text
    assert "111.0" in text
    assert "777.0" in text


def test_a_reload_after_the_submit_shows_the_same_feedback(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    alice_client.post(page(attempt, "submit"), {"answer": answer_of(case)})
    text = alice_client.get(page(attempt)).content.decode()
    assert "<html" in text
    assert "Missed: Nodule/Mass." in text


def test_a_replayed_submit_changes_nothing(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    first = {"answer": answer_of(case, mark(case, "nodule-mass", NODULE))}
    alice_client.post(page(attempt, "submit"), first, **HX)  # type: ignore[arg-type]
    again = alice_client.post(page(attempt, "submit"), {"answer": answer_of(case)}, **HX)  # type: ignore[arg-type]
    assert "Found: Nodule/Mass." in again.content.decode()
    assert Outcome.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "required"),
        ("not json", "did not arrive whole"),
        ("[]", "did not arrive whole"),
        ('{"marks": [{"image": "x"}]}', "belongs to no film"),
        ('{"marks": [], "selected": ["nodule-mass"]}', "cannot be ticked"),
        ('{"marks": [], "selected": ["cardiomegaly"], "normal": true}', "normal film has no marks"),
    ],
)
def test_a_broken_answer_is_refused_with_a_sentence_and_the_case_stays_open(
    alice_client: Client, attempt: Attempt, answer: str, said: str
) -> None:
    response = alice_client.post(page(attempt, "submit"), {"answer": answer}, **HX)  # type: ignore[arg-type]
    assert response.status_code == 422
    assert said in response.content.decode()
    attempt.refresh_from_db()
    assert not attempt.is_submitted


BOX = (1.0, 2.0, 30.0, 40.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"finding": "cardiomegaly"}, "has no finding"),
        ({"finding": None}, "has no finding"),
        ({"box": [1, 2, 3]}, "not a box"),
        ({"box": [1, 2, None, 4]}, "not a box"),
        ({"box": [1, 2, True, 4]}, "not a box"),
        ({"box": [2000, 10, 3000, 90]}, "outside the film"),
        ({"box": [5, 5, 5, 90]}, "too small"),
        ({"confidence": 9}, "must be 1 to 4"),
        ({"confidence": True}, "must be 1 to 4"),
    ],
)
def test_a_broken_mark_is_refused_with_its_number(
    alice_client: Client, attempt: Attempt, case: Case, change: dict[str, object], said: str
) -> None:
    broken = {**mark(case, "nodule-mass", BOX), **change}
    response = alice_client.post(
        page(attempt, "submit"),
        {"answer": answer_of(case, broken)},
        **HX,  # type: ignore[arg-type]
    )
    assert response.status_code == 422
    assert said in response.content.decode()


def test_what_the_client_counts_is_decoration(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    sent = {"answer": answer_of(case), "score": "1", "correct_count": "999"}
    alice_client.post(page(attempt, "submit"), sent)
    attempt.refresh_from_db()
    assert attempt.score == 0


@pytest.mark.parametrize("name", ["attempt"])
def test_another_learner_finds_nothing_at_my_attempt(
    bob_client: Client, attempt: Attempt, name: str
) -> None:
    assert bob_client.get(page(attempt, name)).status_code == 404
    for action in ("draft", "submit", "next", "flag"):
        assert bob_client.post(page(attempt, action)).status_code in {404, 422}
    attempt.refresh_from_db()
    assert not attempt.is_submitted
    assert attempt.draft_revision == 0


def test_a_draft_is_kept_and_shown_again(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    body = {
        "answer": {"marks": [mark(case, "nodule-mass", BOX, 3)], "selected": [], "normal": False},
        "elapsed_s": 0,
        "revision": 0,
    }
    response = alice_client.post(page(attempt, "draft"), body, content_type="application/json")
    assert response.json() == {"revision": 1}
    text = alice_client.get(page(attempt)).content.decode()
    assert "[1.0, 2.0, 30.0, 40.0]" in text


def test_a_draft_from_an_older_tab_is_refused_and_told_why(
    alice_client: Client, attempt: Attempt
) -> None:
    address = page(attempt, "draft")
    body = {"answer": {"marks": []}, "elapsed_s": 0, "revision": 0}
    alice_client.post(address, body, content_type="application/json")
    other = {**body, "answer": {"marks": [], "selected": ["cardiomegaly"]}}
    refused = alice_client.post(address, other, content_type="application/json")
    assert refused.status_code == 409
    assert "another tab" in refused.json()["message"]


def test_a_draft_after_the_submit_is_refused(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    alice_client.post(page(attempt, "submit"), {"answer": answer_of(case)})
    body = {"answer": {"marks": []}, "elapsed_s": 0, "revision": 0}
    refused = alice_client.post(page(attempt, "draft"), body, content_type="application/json")
    assert refused.status_code == 409
    assert "submitted" in refused.json()["message"]


@pytest.mark.parametrize("body", ["", "[]", "null", '{"answer": 3}', '{"revision": "x"}'])
def test_a_broken_draft_is_refused(alice_client: Client, attempt: Attempt, body: str) -> None:
    response = alice_client.post(page(attempt, "draft"), body, content_type="application/json")
    assert response.status_code == 422


def test_a_dispute_reaches_staff_and_the_reply_reaches_the_learner(
    alice_client: Client, attempt: Attempt, case: Case, dana: User
) -> None:
    alice_client.post(page(attempt, "submit"), {"answer": answer_of(case)})
    sent = {"line": "0", "comment": "That is a <vessel>."}
    shown = alice_client.post(page(attempt, "flag"), sent, **HX)  # type: ignore[arg-type]
    assert "That is a &lt;vessel&gt;." in shown.content.decode()
    staff = Client()
    staff.force_login(dana, backend="radgame.accounts.backends.ReaderBackend")
    assert "That is a &lt;vessel&gt;." in staff.get(reverse("staff_flags")).content.decode()
    flag = Flag.objects.get()
    staff.post(
        reverse("staff_settle_flag", args=[flag.pk]),
        {"verdict": "upheld", "reply": "You are right."},
    )
    assert "You are right." in alice_client.get(page(attempt)).content.decode()


def test_an_empty_dispute_is_asked_for_words(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    alice_client.post(page(attempt, "submit"), {"answer": answer_of(case)})
    shown = alice_client.post(page(attempt, "flag"), {"comment": " "}, **HX)  # type: ignore[arg-type]
    assert "Write what you disagree with" in shown.content.decode()
    assert not Flag.objects.exists()


def test_an_attempt_in_play_cannot_be_disputed(alice_client: Client, attempt: Attempt) -> None:
    assert alice_client.post(page(attempt, "flag"), {"comment": "x"}).status_code == 409


def test_the_summary_follows_the_last_case(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    alice_client.post(page(attempt, "submit"), {"answer": answer_of(case)})
    second = alice_client.post(page(attempt, "next"))["Location"]
    later = Attempt.objects.get(pk=uuid.UUID(second.rstrip("/").rsplit("/", 1)[-1]))
    alice_client.post(page(later, "submit"), {"answer": answer_of(later.case)})
    last = alice_client.post(page(later, "next"))["Location"]
    text = alice_client.get(last).content.decode()
    assert "Films to look at again" in text
    assert "Case 1: 0" in text


def test_a_case_page_takes_few_queries_whatever_the_history(
    alice: User,
    alice_client: Client,
    attempt: Attempt,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        played = make_case()
        opened = services.start_sitting(
            reader=alice, case_set=make_set(played, slug=f"s{number}")
        ).attempt
        assert opened is not None
        alice_client.post(page(opened, "submit"), {"answer": answer_of(played)})
    with django_assert_max_num_queries(12):
        alice_client.get(page(attempt))


def test_the_list_of_sets_takes_the_same_queries_for_any_number_of_sets(
    alice: User, alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_set(make_case(), slug="one")
    with django_assert_num_queries(2):
        alice_client.get(reverse("localize:sets"))
    for number in range(5):
        make_set(make_case(), slug=f"more-{number}")
    with django_assert_num_queries(2):
        alice_client.get(reverse("localize:sets"))


def test_a_guest_sees_only_what_is_open_to_everyone(guest: User, client: Client) -> None:
    closed = make_case(dataset=make_dataset("closed", Audience.SIGNED_IN))
    make_set(closed, slug="closed", audience=Audience.SIGNED_IN)
    client.force_login(guest, backend="radgame.accounts.backends.ReaderBackend")
    assert client.post(reverse("localize:start", args=["closed"])).status_code == 404
    film = reverse("films:preview", args=address_of(closed))
    assert client.get(film).status_code == 404


def test_films_are_kept_for_good_and_served_to_who_may_see_them(
    alice_client: Client, client: Client, case: Case
) -> None:
    film = reverse("films:preview", args=address_of(case))
    response = alice_client.get(film)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["Content-Type"] == "image/webp"
    pixels = alice_client.get(reverse("films:pixels", args=address_of(case)))
    assert pixels["Content-Encoding"] == "gzip"


def test_a_film_of_a_case_that_is_not_ready_is_not_served(alice_client: Client, db: None) -> None:
    draft = make_case(status=Case.Status.DRAFT)
    film = reverse("films:preview", args=address_of(draft))
    assert alice_client.get(film).status_code == 404


def test_a_corrected_reference_is_used_by_the_next_submit(
    alice: User, alice_client: Client, case: Case
) -> None:
    first = services.start_sitting(reader=alice, case_set=make_set(case, slug="a")).attempt
    second = services.start_sitting(reader=alice, case_set=make_set(case, slug="b")).attempt
    assert first is not None
    assert second is not None
    sent = {"answer": answer_of(case, mark(case, "nodule-mass", NODULE))}
    alice_client.post(page(first, "submit"), sent)
    region = case.images.get().reference_findings.get(finding__slug="nodule-mass").regions.get()
    region.x_min, region.x_max = 700, 900
    region.save()
    dossier.revise_case(case)
    alice_client.post(page(second, "submit"), sent)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.score, second.score) == (0.5, 0.125)


def test_two_sittings_that_race_for_the_first_attempt_leave_one_first(
    alice: User, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loser of the race finds the constraint in its way and becomes a replay."""
    attempts = [
        services.start_sitting(reader=alice, case_set=make_set(case, slug=slug)).attempt
        for slug in ("a", "b")
    ]
    real = playing._commit
    calls = []

    def racing(*values: object) -> bool:
        calls.append(values)
        if len(calls) == 1:
            raise IntegrityError("one_first_attempt")
        return real(*values)  # type: ignore[arg-type]

    for number, opened in enumerate(attempts):
        assert opened is not None
        if number == 1:
            monkeypatch.setattr(playing, "_commit", racing)
        services.submit_attempt(attempt=opened, answer=Answer((), (), False), elapsed_s=1)
    assert len(calls) == 2
    assert sorted(Outcome.objects.values_list("is_first", flat=True)) == [False, True]


def test_figures_that_are_a_share_of_nothing_are_left_out(alice: User) -> None:
    normal = make_case(is_normal=True)
    opened = services.start_sitting(reader=alice, case_set=make_set(normal)).attempt
    assert opened is not None
    done = services.submit_attempt(attempt=opened, answer=Answer((), (), True), elapsed_s=1)
    feedback = build_feedback(done)
    assert feedback.figures == ("False marks on this film: 0.",)
    assert feedback.verdict == "A normal film, and you read it as normal."
    page = client_of(alice).get(reverse("localize:attempt", args=[done.pk])).content.decode()
    assert page.count(feedback.verdict) == 1
    assert "Nothing to compare" in page


def test_the_score_is_explained_term_by_term(alice: User, case: Case) -> None:
    opened = services.start_sitting(reader=alice, case_set=make_set(case)).attempt
    assert opened is not None
    marks = (DrawnMark(token_of(case), "nodule-mass", NODULE, None),)
    done = services.submit_attempt(attempt=opened, answer=Answer(marks, (), False), elapsed_s=1)
    feedback = build_feedback(done)
    assert feedback.score_percent == 50
    assert feedback.arithmetic == "Mean over 2 lines: 1 found × 1, 1 missed × 0."
    assert feedback.figures == (
        "Sensitivity 0.50: 1 of 2 found.",
        "Precision 1.00: 1 of 1 answers right; F1 0.67.",
        "False marks on this film: 0.",
        "Mean overlap of what you drew and found: 1.00.",
    )


def test_a_second_box_is_told_as_such_and_not_as_a_finding_that_is_not_there(
    alice: User, case: Case
) -> None:
    opened = services.start_sitting(reader=alice, case_set=make_set(case)).attempt
    assert opened is not None
    marks = tuple(DrawnMark(token_of(case), "nodule-mass", NODULE, None) for _ in range(2))
    done = services.submit_attempt(attempt=opened, answer=Answer(marks, (), False), elapsed_s=1)
    (line,) = (line for line in build_feedback(done).lines if line.outcome == "false_mark")
    assert line.headline == "Marked twice: Nodule/Mass."
    assert line.facts == (
        "A second box on a region that was already found: it counts as a false mark.",
    )


def test_a_finding_missed_in_two_places_is_one_finding(alice: User) -> None:
    both = [Said("nodule-mass", NODULE), Said("nodule-mass", (600.0, 600.0, 700.0, 700.0))]
    told = []
    for number, said in enumerate((both, [*both, Said("cardiomegaly")], both[:1])):
        case_set = make_set(make_case(said=said), slug=f"set-{number}")
        opened = services.start_sitting(reader=alice, case_set=case_set).attempt
        assert opened is not None
        done = services.submit_attempt(attempt=opened, answer=Answer((), (), True), elapsed_s=1)
        told.append(build_feedback(done).verdict)
    assert told == [
        "1 finding was missed, in 2 places.",
        "2 findings were missed, in 3 places.",
        "1 finding was missed.",
    ]


def test_home_offers_to_go_on_and_does_not_call_the_library_empty(
    alice_client: Client, attempt: Attempt
) -> None:
    text = alice_client.get("/").content.decode()
    assert "Continue" in text
    assert "There are no cases yet" not in text


def test_a_tab_may_follow_itself_and_another_tab_may_not(
    alice_client: Client, attempt: Attempt, case: Case
) -> None:
    def save(tab: str, side: float) -> int:
        box = mark(case, "nodule-mass", (0.0, 0.0, side, side))
        body = {"answer": {"marks": [box]}, "elapsed_s": 0, "revision": 0, "tab": tab}
        answer = alice_client.post(page(attempt, "draft"), body, content_type="application/json")
        return answer.status_code

    assert [save("one", 50), save("one", 60), save("two", 70)] == [200, 200, 409]
    attempt.refresh_from_db()
    assert attempt.answer["marks"][0]["box"] == [0.0, 0.0, 60.0, 60.0]
    assert attempt.draft_revision == 2


@pytest.mark.parametrize("dataset", sorted(load_datasets()))
def test_the_findings_under_the_number_keys_differ_in_colour(dataset: str) -> None:
    offered = set(load_datasets()[dataset].findings)
    findings = load_findings().values()
    drawn = [entry for entry in findings if entry.kind == "draw" and entry.slug in offered]
    numbered = [entry.colour for entry in drawn[:9]]
    assert len(set(numbered)) == min(len(numbered), COLOURS)


def test_devices_that_lie_side_by_side_differ_in_colour() -> None:
    devices = ("catheter", "tube", "heart-device")
    assert len({load_findings()[slug].colour for slug in devices}) == len(devices)
