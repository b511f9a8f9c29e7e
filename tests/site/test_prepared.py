"""Queries composed once give what Django's own would, on both databases."""

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from localize.models import Attempt, Sitting
from radgame.accounts.models import User
from radgame.cases.models import Finding
from radgame.prepared import PreparedGet, PreparedUpdate, Slot, insert_rows
from radgame.progress.models import Game, Outcome, OutcomeLine
from tests.factories import Said, make_case, make_set

ATTEMPT = PreparedGet(
    lambda: Attempt.objects.select_related(
        "case__dataset", "case__study", "sitting__case_set"
    ).filter(pk=Slot("attempt", Attempt._meta.pk), reader_id=Slot("reader", User._meta.pk))
)
STATUS = PreparedUpdate(
    lambda: Attempt.objects.filter(pk=Slot("attempt", Attempt._meta.pk), status="draft"),
    columns=["answer", "elapsed_s", "draft_saved_at"],
)


@pytest.fixture
def attempt(alice: User) -> Attempt:
    case = make_case(said=[Said("consolidation", (10, 10, 50, 50), "reader 1")])
    sitting = Sitting.objects.create(reader=alice, case_set=make_set(case))
    return Attempt.objects.create(
        reader=alice, case=case, sitting=sitting, position=0, answer={"marks": ["é", 1.5, None]}
    )


def test_an_object_comes_as_from_the_queryset_with_what_is_related(attempt: Attempt) -> None:
    found = ATTEMPT.get(attempt=attempt.pk, reader=attempt.reader_id)
    usual = Attempt.objects.select_related("case__dataset", "case__study", "sitting__case_set").get(
        pk=attempt.pk
    )
    for mine, theirs in [
        (found, usual),
        (found.case, usual.case),
        (found.case.dataset, usual.case.dataset),
        (found.case.study, usual.case.study),
        (found.sitting.case_set, usual.sitting.case_set),
    ]:
        fields = [field.attname for field in theirs._meta.concrete_fields]
        assert {name: getattr(mine, name) for name in fields} == {
            name: getattr(theirs, name) for name in fields
        }


def test_it_is_one_query_and_asked_anew_each_time(attempt: Attempt) -> None:
    ATTEMPT.get(attempt=attempt.pk, reader=attempt.reader_id)
    Attempt.objects.filter(pk=attempt.pk).update(elapsed_s=12)
    with CaptureQueriesContext(connection) as queries:
        found = ATTEMPT.get(attempt=attempt.pk, reader=attempt.reader_id)
        assert found.case.dataset.name
    assert len(queries) == 1
    assert found.elapsed_s == 12


def test_another_readers_row_is_not_found(attempt: Attempt, bob: User) -> None:
    assert ATTEMPT.first(attempt=attempt.pk, reader=bob.pk) is None
    with pytest.raises(Attempt.DoesNotExist):
        ATTEMPT.get(attempt=uuid.uuid4(), reader=attempt.reader_id)


def test_a_value_never_becomes_text_of_the_statement(attempt: Attempt, alice: User) -> None:
    by_name = PreparedGet(
        lambda: User.objects.filter(username=Slot("name", User._meta.get_field("username")))
    )
    assert by_name.first(name="x' OR '1'='1") is None
    assert by_name.get(name=alice.username) == alice


def test_a_missing_value_is_an_error_not_a_wider_query(attempt: Attempt) -> None:
    with pytest.raises(KeyError):
        ATTEMPT.first(attempt=attempt.pk)


def test_an_update_changes_its_rows_and_counts_them(attempt: Attempt) -> None:
    now = timezone.now()
    values = {"answer": {"marks": ["ü", [1]]}, "elapsed_s": 3.5, "draft_saved_at": now}
    assert STATUS.update(attempt=attempt.pk, **values) == 1
    assert STATUS.update(attempt=uuid.uuid4(), **values) == 0
    attempt.refresh_from_db()
    assert (attempt.answer, attempt.elapsed_s) == ({"marks": ["ü", [1]]}, 3.5)
    assert attempt.draft_saved_at == now


def test_rows_are_inserted_in_one_statement(attempt: Attempt, alice: User) -> None:
    outcome = Outcome.objects.create(
        reader=alice,
        game=Game.LOCALIZE,
        case=attempt.case,
        score=0.5,
        seconds=1,
        scorer_version="x",
        is_first=True,
        occurred_at=timezone.now(),
    )
    finding = Finding.objects.get(slug="consolidation")
    columns = ["outcome", "finding", "concept", "result", "weight"]
    with CaptureQueriesContext(connection) as queries:
        insert_rows(
            OutcomeLine,
            columns,
            [(outcome.pk, finding.pk, "", "hit", 1.0), (outcome.pk, None, "rib", "missed", 0.5)],
        )
        insert_rows(OutcomeLine, columns, [])
    assert len(queries) == 1
    assert list(
        OutcomeLine.objects.order_by("result").values_list(
            "outcome", "finding", "concept", "result", "weight"
        )
    ) == [
        (outcome.pk, finding.pk, "", "hit", 1.0),
        (outcome.pk, None, "rib", "missed", 0.5),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(OutcomeLine, columns, [(outcome.pk, None, "", "hit", None)])


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_on_its_own_connection(attempt: Attempt) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's database in memory belongs to one thread")
    found: list[Attempt | None] = []

    def ask() -> None:
        found.append(ATTEMPT.first(attempt=attempt.pk, reader=attempt.reader_id))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [attempt] * 4
