"""A person can take their data along and take it away; nobody else's is in it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from localize import services as localize
from localize.answers import Answer
from localize.models import Attempt
from radgame.accounts import own_data
from radgame.accounts.models import Role, User
from radgame.cases.models import CaseSet, ReferenceReport
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.classroom.services import archive_cohort, create_cohort
from radgame.playing.release import release_opened
from radgame.progress.booking import book_everything
from radgame.progress.models import CaseRating, Flag, Outcome
from radgame.progress.services import close_flag, raise_flag
from radgame.views import GAMES
from report import services as report
from report.readings import Reading
from tests.conftest import client_of
from tests.factories import Said, make_case, make_set

MISSED = Answer((), (), normal=True)


def relations_to(model: type[models.Model]) -> "Iterator[models.Field[Any, Any]]":
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            yield relation.field  # type: ignore[union-attr]


def personal_relations() -> set[str]:
    """Every relation to a person, and to what is deleted with a person."""
    found: set[str] = set()
    seen: set[type[models.Model]] = set()
    waiting: list[type[models.Model]] = [get_user_model()]
    while waiting:
        model = waiting.pop()
        seen.add(model)
        for relation in relations_to(model):
            goes_too = relation.remote_field.on_delete is models.CASCADE
            if model is not User and not goes_too:
                continue
            found.add(own_data.relation_name(relation))
            if goes_too and relation.model not in seen:
                waiting.append(relation.model)
    return found


def exported(client: Client) -> dict[str, Any]:
    response = client.post(reverse("account_data_export"))
    assert response.status_code == 200
    told: dict[str, Any] = json.loads(response.getvalue())
    return told


def play(reader: User, case_set: CaseSet) -> Attempt:
    attempt = localize.start_sitting(reader=reader, case_set=case_set).attempt
    assert attempt is not None
    return localize.submit_attempt(attempt=attempt, answer=MISSED, elapsed_s=7)


@pytest.fixture
def case_set(db: None) -> CaseSet:
    case = make_case(said=[Said("nodule-mass", (10.0, 10.0, 90.0, 90.0))], for_report=True)
    ReferenceReport.objects.create(study=case.study, findings="A nodule in the left upper lobe.")
    return make_set(case)


@pytest.fixture
def cohort(charlie: User) -> Cohort:
    return create_cohort(instructor=charlie, name="Spring", description="", time_zone="UTC")


# --- the file -------------------------------------------------------------------


def test_every_relation_to_a_person_is_exported_or_left_out_with_a_reason() -> None:
    told = own_data.covered() | own_data.left_out().keys()
    assert personal_relations() - told == set()


def test_nothing_is_both_exported_and_left_out() -> None:
    assert own_data.covered() & own_data.left_out().keys() == set()
    assert all(own_data.left_out().values())


def test_a_part_cannot_take_the_name_of_another() -> None:
    with pytest.raises(ValueError, match="ratings"):
        own_data.register(own_data.Part("ratings", lambda _person: [], frozenset()))


def test_the_file_holds_what_somebody_did(alice: User, dana: User, case_set: CaseSet) -> None:
    attempt = play(alice, case_set)
    text = report.start_sitting(reader=alice, case_set=case_set).attempt
    assert text is not None
    report.submit_attempt(attempt=text, reading=Reading("Clear."), elapsed_s=3)
    assert attempt.outcome is not None
    flag = raise_flag(outcome=attempt.outcome, line=None, comment="I do not agree.")
    close_flag(flag=flag, upheld=False, reply="Look again.", closed_by=dana)
    book_everything()
    told = exported(client_of(alice))
    assert told["account"]["email"] == "alice@example.org"
    assert "password" not in told["account"]
    [box] = told["localize_attempts"]
    assert box["answer"]["normal"] is True
    assert box["result"] == attempt.result
    assert box["case"] == str(attempt.case.public_id)
    [reading] = told["report_attempts"]
    assert "Clear." in json.dumps(reading["answer"])
    assert {outcome["game"] for outcome in told["outcomes"]} == {"localize", "report"}
    [outcome] = [row for row in told["outcomes"] if row["game"] == "localize"]
    assert [line["result"] for line in outcome["lines"]] == ["missed"]
    [dispute] = outcome["disputes"]
    assert (dispute["comment"], dispute["reply"]) == ("I do not agree.", "Look again.")
    for part in ("ratings", "played_days", "streak", "review_cards", "localize_sittings"):
        assert told[part], part


def test_the_file_names_nobody_else(
    alice: User, bob: User, dana: User, case_set: CaseSet, cohort: Cohort
) -> None:
    Membership.objects.create(cohort=cohort, person=alice)
    Membership.objects.create(cohort=cohort, person=bob)
    for reader in (alice, bob):
        outcome = play(reader, case_set).outcome
        assert outcome is not None
        flag = raise_flag(outcome=outcome, line=None, comment=f"by {reader.username}")
        close_flag(flag=flag, upheld=True, reply="So it is.", closed_by=dana)
    book_everything()
    told = json.dumps(exported(client_of(alice)))
    assert "by alice" in told
    for name in ("bob", "charlie", "dana"):
        assert name not in told


def test_a_film_in_play_gives_nothing_of_the_reference_standard(
    alice: User, case_set: CaseSet
) -> None:
    localize.start_sitting(reader=alice, case_set=case_set)
    told = exported(client_of(alice))
    [attempt] = told["localize_attempts"]
    assert attempt["status"] == "draft"
    assert "result" not in attempt
    assert "nodule" not in json.dumps(told)


def test_what_feedback_withholds_the_file_withholds(
    alice: User, charlie: User, case_set: CaseSet, cohort: Cohort
) -> None:
    Membership.objects.create(cohort=cohort, person=alice)
    now = timezone.now()
    assignment = create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=case_set,
        game="localize",
        title="Test",
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(hours=1),
        feedback=Assignment.Feedback.AFTER_CLOSE,
    )
    attempt = localize.start_assigned(reader=alice, assignment=assignment).attempt
    assert attempt is not None
    localize.submit_attempt(attempt=attempt, answer=MISSED, elapsed_s=7)
    book_everything()
    told = exported(client_of(alice))
    [held], [outcome] = told["localize_attempts"], told["outcomes"]
    assert held["answer"]["normal"] is True
    assert held["feedback"] == outcome["feedback"] == "not open yet"
    assert not {"result", "score"} & held.keys()
    assert not {"lines", "score"} & outcome.keys()
    assert told["review_cards"] == told["ratings"] == []
    assert [day["firsts"] for day in told["played_days"]] == [0]
    Assignment.objects.update(opens_at=now - timedelta(hours=3), closes_at=now - timedelta(hours=2))
    release_opened(games=GAMES)
    book_everything()
    told = exported(client_of(alice))
    assert told["localize_attempts"][0]["score"] == 0.0
    assert told["outcomes"][0]["lines"]
    assert told["review_cards"]


def test_the_file_costs_the_same_queries_for_more_attempts(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        case = make_case(said=[Said("fracture", (1.0, 1.0, 9.0, 9.0))])
        play(alice, make_set(case, slug=f"set-{number}"))
    with django_assert_max_num_queries(30):
        list(own_data.export_pieces(alice, timezone.now()))


def test_a_file_too_many_is_refused(alice_client: Client) -> None:
    codes = [alice_client.post(reverse("account_data_export")).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


# --- the end --------------------------------------------------------------------


def test_the_page_says_what_stays(alice_client: Client) -> None:
    page = alice_client.get(reverse("account_delete")).content.decode()
    assert "What stays names nobody" in page


def test_with_the_password_everything_of_a_person_goes(
    alice: User, bob: User, case_set: CaseSet
) -> None:
    for reader in (alice, bob):
        outcome = play(reader, case_set).outcome
        assert outcome is not None
        raise_flag(outcome=outcome, line=None, comment="?")
    book_everything()
    client = client_of(alice)
    gone = client.post(reverse("account_delete"), {"password": "correct horse"})
    assert gone.status_code == 302
    assert not User.objects.filter(username="alice").exists()
    assert {outcome.reader_id for outcome in Outcome.objects.all()} == {bob.pk}
    assert Flag.objects.count() == Attempt.objects.count() == 1
    assert CaseRating.objects.exists()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("password", ["", "wrong horse"])
def test_without_the_password_nothing_goes(
    password: str, alice: User, alice_client: Client
) -> None:
    kept = alice_client.post(reverse("account_delete"), {"password": password, "sure": "on"})
    assert kept.status_code == 422
    assert User.objects.filter(pk=alice.pk).exists()


def test_passwords_cannot_be_guessed_there(alice: User, alice_client: Client) -> None:
    for _ in range(5):
        alice_client.post(reverse("account_delete"), {"password": "wrong horse"})
    refused = alice_client.post(reverse("account_delete"), {"password": "correct horse"})
    assert refused.status_code == 429
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_guest_goes_with_a_tick(guest: User) -> None:
    client = client_of(guest)
    assert client.post(reverse("account_delete")).status_code == 422
    assert User.objects.filter(pk=guest.pk).exists()
    assert client.post(reverse("account_delete"), {"sure": "on"}).status_code == 302
    assert not User.objects.filter(pk=guest.pk).exists()


def test_the_last_instructor_is_told_what_to_do_first(charlie: User, cohort: Cohort) -> None:
    client = client_of(charlie)
    refused = client.post(reverse("account_delete"), {"password": "correct horse"})
    assert refused.status_code == 422
    assert "last instructor of “Spring”" in refused.content.decode()
    with pytest.raises(own_data.DeletionRefused, match="Spring"):
        own_data.delete_person(person=charlie)
    assert User.objects.filter(pk=charlie.pk).exists()


def test_an_instructor_goes_once_another_teaches_or_the_cohort_is_archived(
    charlie: User, bob: User, cohort: Cohort, case_set: CaseSet
) -> None:
    now = timezone.now()
    create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=case_set,
        game="localize",
        title="Test",
        opens_at=now,
    )
    other = create_cohort(instructor=charlie, name="Old", description="", time_zone="UTC")
    archive_cohort(cohort=other)
    Membership.objects.create(cohort=cohort, person=bob, role=Membership.Role.INSTRUCTOR)
    with pytest.raises(own_data.DeletionRefused):
        # Bob may not teach.
        own_data.delete_person(person=charlie)
    User.objects.filter(pk=bob.pk).update(role=Role.INSTRUCTOR)
    own_data.delete_person(person=charlie)
    assert not User.objects.filter(username="charlie").exists()
    assert Assignment.objects.get().made_by is None


def test_staff_who_settled_disputes_leave_them_settled(
    alice: User, dana: User, case_set: CaseSet
) -> None:
    outcome = play(alice, case_set).outcome
    assert outcome is not None
    flag = raise_flag(outcome=outcome, line=None, comment="?")
    close_flag(flag=flag, upheld=False, reply="No.", closed_by=dana)
    own_data.delete_person(person=dana)
    flag.refresh_from_db()
    assert (flag.status, flag.closed_by) == (Flag.Status.DISMISSED, None)
