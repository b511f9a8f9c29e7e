"""The rows that ask a model for words: made once, shared, asked anew, each brought to an end."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from localize import explaining, services, words
from localize.answers import Answer, DrawnMark
from localize.flagging import withdraw_explanation
from localize.models import Attempt, Explanation
from radgame.accounts.models import User
from radgame.cases import dossier
from radgame.cases.models import Case, CaseSet, Dataset, Image, ReferenceRegion
from radgame.watching.work import all_work
from scoring.explanations import (
    Dropped,
    DropReason,
    ExplainerFailed,
    Failed,
    FailReason,
    FilmUnreadable,
    Kind,
    Request,
)
from tests.factories import Box, Said, make_case, make_set, token_of

from .conftest import work_off
from .explainers import WORDS, FakeExplainer, dropped, failed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

RIB: Box = (60.0, 950.0, 160.0, 1050.0)
ELSEWHERE: Box = (700.0, 100.0, 900.0, 300.0)
State = Explanation.State


@pytest.fixture
def case(db: None) -> Case:
    return make_case(said=[Said("fracture", RIB, sentence="A broken rib."), Said("cardiomegaly")])


@pytest.fixture
def case_set(case: Case) -> CaseSet:
    return make_set(case)


def read(reader: User, case_set: CaseSet, *marks: tuple[str, Box], hit: str = "") -> Attempt:
    opened = services.start_sitting(reader=reader, case_set=case_set).attempt
    assert opened is not None
    token = token_of(opened.case)
    answer = Answer(
        tuple(DrawnMark(token, slug, box, None) for slug, box in marks),
        (hit,) if hit else (),
        normal=False,
    )
    return services.submit_attempt(attempt=opened, answer=answer, elapsed_s=1)


def row_of(finding: str) -> Explanation:
    return Explanation.objects.get(finding__slug=finding)


def test_with_the_atlas_a_submit_makes_no_row_and_asks_nothing(
    alice: User, case_set: CaseSet, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = read(alice, case_set)
    assert not Explanation.objects.exists()
    with django_assert_num_queries(0):
        assert words.words_of(attempt, alice) == {}


@pytest.mark.django_db(transaction=True)
def test_every_miss_and_false_mark_gets_a_row_and_workers_are_told(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    attempt = read(alice, case_set, ("nodule-mass", ELSEWHERE))
    rows = {row.finding.slug: row for row in Explanation.objects.select_related("finding")}
    assert {slug: row.kind for slug, row in rows.items()} == {
        "fracture": "missed",
        "cardiomegaly": "missed",
        "nodule-mass": "false_mark",
    }
    assert rows["fracture"].attempt is None
    assert rows["nodule-mass"].attempt == attempt
    assert sorted(key for keys in messages for key in keys) == sorted(
        str(row.pk) for row in rows.values()
    )


def test_what_was_found_is_not_asked_about(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    read(alice, case_set, ("fracture", RIB), hit="cardiomegaly")
    assert not Explanation.objects.exists()
    assert messages == []


def test_the_model_is_told_what_the_experts_said(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    read(alice, case_set, ("nodule-mass", ELSEWHERE))
    work_off()
    asked = {request.finding: request for request in model.asked}
    rib = asked["fracture"]
    assert (rib.kind, rib.finding_name, rib.sentence) == (Kind.MISSED, "Fracture", "A broken rib.")
    assert [(box.x_min, box.y_max) for box in rib.regions] == [(60.0, 1050.0)]
    assert (rib.size, rib.view, rib.atlas) == ((1000, 1200), "PA", "What fracture looks like.")
    mark = asked["nodule-mass"]
    assert (mark.kind, mark.present) == (Kind.FALSE_MARK, ("Cardiomegaly", "Fracture"))


def test_two_learners_who_miss_the_same_share_one_row(
    alice: User, bob: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    for reader in (alice, bob):
        read(reader, case_set, hit="cardiomegaly")
    assert Explanation.objects.count() == 1
    work_off()
    assert len(model.asked) == 1


def test_a_false_mark_belongs_to_its_attempt(
    alice: User, bob: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    attempts = [
        read(reader, case_set, ("fracture", RIB), ("nodule-mass", ELSEWHERE), hit="cardiomegaly")
        for reader in (alice, bob)
    ]
    owners = Explanation.objects.filter(kind="false_mark").values_list("attempt", flat=True)
    assert sorted(owners) == sorted(attempt.pk for attempt in attempts)


def test_a_corrected_reference_asks_anew(
    alice: User,
    bob: User,
    case: Case,
    case_set: CaseSet,
    model: FakeExplainer,
    messages: list[list[str]],
) -> None:
    read(alice, case_set, hit="cardiomegaly")
    ReferenceRegion.objects.update(x_max=170.0)
    dossier.revise_case(case)
    read(bob, case_set, hit="cardiomegaly")
    assert [row.regions[0][2] for row in Explanation.objects.order_by("pk")] == [160.0, 170.0]


def test_rows_that_were_never_made_are_made_when_the_feedback_is_opened(
    alice: User, case_set: CaseSet, settings: Settings, messages: list[list[str]]
) -> None:
    attempt = read(alice, case_set)
    assert not Explanation.objects.exists()
    settings.EXPLAINER = "openai"
    shown = words.words_of(attempt, alice)
    assert [one.key for one in shown.values()] == [None, None]
    assert Explanation.objects.count() == 2
    assert len(messages) == 1


@pytest.mark.django_db(transaction=True)
def test_asking_that_breaks_loses_no_submit(
    alice: User,
    case_set: CaseSet,
    model: FakeExplainer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_arguments: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(explaining, "_ask", broken)
    attempt = read(alice, case_set)
    attempt.refresh_from_db()
    assert attempt.is_submitted
    assert "the disk is full" in caplog.text
    assert [one.key for one in words.words_of(attempt, alice).values()] == [None, None]


def test_words_are_stored_with_who_wrote_them(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    read(alice, case_set)
    work_off()
    row = row_of("fracture")
    assert (row.state, row.text, row.model, row.revision, row.prompt_version, row.seconds) == (
        State.DONE,
        WORDS,
        "google/medgemma-4b-it",
        "abcdef0123456789",
        "p1",
        0.5,
    )


def test_what_contradicts_the_experts_is_dropped_counted_and_not_shown(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.say = dropped
    attempt = read(alice, case_set)
    work_off()
    row = row_of("fracture")
    assert (row.state, row.text) == (State.DROPPED, "")
    assert (row.drop_reason, row.dropped_text) == ("contradicts_side", "It is on the other side.")
    assert words.words_of(attempt, alice) == {}


UNSTORABLE = "On the left \x00\ud800."


def test_what_no_database_stores_is_left_out_of_what_staff_are_shown(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.say = lambda request: Dropped(request.id, DropReason.GARBAGE, UNSTORABLE)
    read(alice, case_set)
    work_off()
    row = row_of("fracture")
    assert (row.state, row.dropped_text) == (State.DROPPED, "On the left \ufffd\ufffd.")


def test_the_words_of_an_endpoint_that_refuses_are_stored_whatever_they_hold(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.say = lambda request: Failed(request.id, FailReason.REFUSED, UNSTORABLE)
    read(alice, case_set)
    work_off()
    row = row_of("fracture")
    assert (row.state, row.error) == (State.FAILED, "refused: On the left \ufffd\ufffd.")


def test_an_endpoint_that_is_down_is_asked_again_later(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.say = failed
    attempt = read(alice, case_set)
    work_off()
    row = row_of("fracture")
    assert (row.state, row.error) == (State.WAITING, "endpoint: connection refused")
    assert row.due_at > timezone.now()
    assert all(one.key is None for one in words.words_of(attempt, alice).values())


def test_a_film_that_cannot_be_read_fails_with_the_reason_and_no_other_does(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    model.loads = True  # The factory's films hold a header and nothing behind it.
    read(alice, case_set, hit="cardiomegaly")
    work_off()
    row = row_of("fracture")
    assert row.state == State.FAILED
    assert row.error.startswith("film_unreadable: film ")


def test_a_film_that_left_its_case_fails_alone(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    read(alice, case_set)
    Explanation.objects.filter(finding__slug="fracture").update(film="gone")
    work_off()
    assert row_of("fracture").state == State.FAILED
    assert "no longer among the films" in row_of("fracture").error
    assert row_of("cardiomegaly").state == State.DONE


def test_an_explainer_that_cannot_explain_at_all_leaves_every_row_to_be_tried_later(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    def no_weights(_requests: Sequence[Request]) -> None:
        raise ExplainerFailed("The folder of weights is empty; fill it.")

    model.before = no_weights
    read(alice, case_set)
    work_off()
    for row in Explanation.objects.all():
        assert (row.state, row.tries) == (State.WAITING, 1)
        assert row.error == "The folder of weights is empty; fill it."


def test_when_time_is_up_what_is_done_stays_and_the_rest_is_tried_later(
    alice: User,
    case_set: CaseSet,
    model: FakeExplainer,
    messages: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(_requests: Sequence[Request]) -> None:
        if len(model.batches) > 1:
            raise SoftTimeLimitExceeded

    monkeypatch.setattr(explaining.explain_or_raise, "__kwdefaults__", {"at_once": 1})
    model.before = slow
    read(alice, case_set, ("nodule-mass", ELSEWHERE))
    with pytest.raises(SoftTimeLimitExceeded):
        work_off()
    states = sorted(Explanation.objects.values_list("state", flat=True))
    assert states == [State.DONE, State.WAITING, State.WAITING]


def test_a_model_is_never_loaded_by_the_process_that_serves_pages(
    alice: User,
    case_set: CaseSet,
    model: FakeExplainer,
    settings: Settings,
    messages: list[list[str]],
) -> None:
    settings.EXPLAINER, settings.BROKER_URL = "transformers", "memory://"
    read(alice, case_set)
    work_off()
    assert model.asked == []
    assert "start a worker for the queue gpu" in row_of("fracture").error


def test_a_task_that_comes_twice_asks_once(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    read(alice, case_set)
    work_off()
    work_off()
    assert len(model.asked) == 2


def test_findings_of_one_film_stay_together_and_batches_are_bounded() -> None:
    rows = [
        Explanation(pk=number, case_id=1, film=film)
        for number, film in enumerate(["a", "b", "a", "c", "b", "a", "d", "d", "d", "d", "d"])
    ]
    films = [[row.film for row in batch] for batch in explaining.batches(rows, 4)]
    assert films == [["a", "a", "a"], ["b", "b", "c"], ["d", "d", "d", "d"], ["d"]]


def test_words_made_ahead_are_there_in_one_query(
    alice: User,
    case: Case,
    case_set: CaseSet,
    model: FakeExplainer,
    messages: list[list[str]],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    explaining.ask_for_case(case)
    work_off()
    attempt = read(alice, case_set)
    attempt.case.dataset = Dataset.objects.get(pk=case.dataset_id)
    with django_assert_num_queries(1):
        shown = words.words_of(attempt, alice)
    assert [one.text for one in shown.values()] == [WORDS, WORDS]
    assert messages == []


def test_two_lines_about_the_same_finding_share_the_place_under_the_miss(
    alice: User, model: FakeExplainer, messages: list[list[str]]
) -> None:
    second: Box = (60.0, 300.0, 160.0, 400.0)
    case_set = make_set(make_case(said=[Said("fracture", RIB), Said("fracture", second)]))
    attempt = read(alice, case_set, ("fracture", RIB))
    work_off()
    [words_shown] = words.words_of(attempt, alice).values()
    assert attempt.result is not None
    line = attempt.result["result"]["lines"][words_shown.line]
    assert line["outcome"] == "missed"
    assert len(model.asked[0].regions) == 2


def test_who_found_it_sees_words_that_are_there_and_waits_for_none(
    alice: User, bob: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    read(alice, case_set, hit="cardiomegaly")
    found = read(bob, case_set, ("fracture", RIB), hit="cardiomegaly")
    assert words.words_of(found, bob) == {}
    work_off()
    assert [one.text for one in words.words_of(found, bob).values()] == [WORDS]


def test_renewing_makes_texts_again_but_not_what_staff_withdrew(
    alice: User,
    dana: User,
    case: Case,
    case_set: CaseSet,
    model: FakeExplainer,
    messages: list[list[str]],
) -> None:
    fingerprints = explaining.ask_for_case(case)
    work_off()
    withdraw_explanation(explanation_id=row_of("fracture").pk, by=dana)
    assert explaining.renew(fingerprints) == 1
    assert row_of("fracture").state == State.DONE
    assert (row_of("cardiomegaly").state, row_of("cardiomegaly").text) == (State.WAITING, "")
    assert explaining.renew(fingerprints, withdrawn=True) == 1
    assert row_of("fracture").withdrawn_at is None


def test_what_is_made_anew_has_not_waited_since_its_first_time(
    alice: User, case_set: CaseSet, model: FakeExplainer, messages: list[list[str]]
) -> None:
    read(alice, case_set)
    work_off()
    Explanation.objects.update(created_at=timezone.now() - timedelta(days=400))
    row = row_of("fracture")
    assert explaining.renew([row.fingerprint]) == 1
    [work] = [kind for kind in all_work() if kind.name == "explanation"]
    assert work.waiting_s(timezone.now()) < 60


@pytest.mark.parametrize(
    ("model_name", "revision", "told"),
    [
        ("google/medgemma-4b-it", "", "MedGemma (google/medgemma-4b-it)"),
        ("/srv/weights/medgemma-4b", "abc", "MedGemma (medgemma-4b, revision abc)"),
        ("qwen2.5-vl", "", "qwen2.5-vl"),
        ("qwen2.5-vl", "abc", "qwen2.5-vl (revision abc)"),
    ],
)
def test_a_model_is_named_and_its_folder_is_not_told(
    model_name: str, revision: str, told: str
) -> None:
    expected = f"{told}: a model's words; it can be wrong."
    assert words.source_of(model_name, revision) == expected


def test_an_open_page_asks_often_at_first_then_less_and_then_stops() -> None:
    waited, delays = 0, []
    while (wait := words.wait_for([3], waited)) is not None:
        delays.append(wait.delay_s)
        waited = wait.next_waited_s
    assert delays[0] == 2
    assert delays == sorted(delays)
    assert 180 <= waited <= 200
    assert words.wait_for([], 0) is None


def test_a_film_that_is_damaged_or_gone_is_told_by_its_name(case: Case) -> None:
    token = Image.objects.get(cases=case).token
    with pytest.raises(FilmUnreadable, match=token):
        explaining.load_film(token)
    with pytest.raises(FilmUnreadable, match="nowhere"):
        explaining.load_film("nowhere")
