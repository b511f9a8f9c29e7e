"""Queries composed once give what Django's own would, on both databases."""

import threading
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from localize.models import Attempt, Explanation, Sitting
from radgame.accounts.models import User
from radgame.cases.models import Finding
from radgame.prepared import (
    ColumnSlot,
    IsAmong,
    NextKey,
    PreparedGet,
    PreparedInsert,
    PreparedRow,
    PreparedUpdate,
    Slot,
    Sql,
    field_of,
    insert_rows,
    select_sql,
    typed_slot,
)
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


def test_a_statement_of_parts_gives_its_first_row(alice: User) -> None:
    name = User._meta.get_field("username")

    def compose(connection: object) -> Sql:
        asked = User.objects.filter(username=Slot("name", name)).only("pk")
        found = select_sql(asked, connection)
        return Sql(f"WITH found AS ({found.text}) SELECT * FROM found", found.params)  # noqa: S608

    by_name = PreparedRow(User, compose)
    assert by_name.row(name="alice") == (alice.pk,)
    assert by_name.row(name="x' OR '1'='1") is None


@pytest.mark.postgres
def test_a_column_of_values_and_the_next_key_are_postgresqls(alice: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("arrays and sequences are PostgreSQL's")
    key, concept = OutcomeLine._meta.pk, OutcomeLine._meta.get_field("concept")

    def compose(connection: object) -> Sql:
        columns = ", ".join(typed_slot(connection, field, array=True) for field in (key, concept))
        return Sql(
            f"SELECT array_agg(a), array_agg(b) FROM unnest({columns}) AS line (a, b)",  # noqa: S608
            (ColumnSlot("keys", key), ColumnSlot("words", concept)),
        )

    lines = PreparedRow(OutcomeLine, compose)
    long = "of a length that its column would refuse, but that nothing may cut"
    assert lines.row(keys=[7, None], words=["it's", long]) == ([7, None], ["it's", long])
    assert lines.row(keys=[], words=[]) == (None, None)
    asked = User.objects.annotate(key=NextKey(Outcome)).values_list("key", flat=True)
    first, second = asked.get(), asked.get()
    assert second == first + 1


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


def _names_kept() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'radgame_%'")
        return {name for (name,) in cursor.fetchall()}


def _kept_by_server() -> int:
    return len(_names_kept())


def _drop(names: set[str]) -> None:
    """Only these: the session goes on to other tests, whose statements it keeps as well."""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DEALLOCATE {name}")


@pytest.fixture
def by_name() -> PreparedGet[User]:
    """A statement of its own, which no session has seen."""
    username = User._meta.get_field("username")
    return PreparedGet(lambda: User.objects.filter(username=Slot("name", username)))


@pytest.fixture
def _postgresql(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite plans in microseconds, and has no server to keep plans")


@pytest.mark.postgres
@pytest.mark.usefixtures("_postgresql")
def test_a_statement_is_planned_once_a_session(alice: User, by_name: PreparedGet[User]) -> None:
    before = _kept_by_server()
    with CaptureQueriesContext(connection) as queries:
        assert [by_name.get(name="alice") for _ in range(7)] == [alice] * 7
    assert _kept_by_server() == before + 1
    assert len(queries) == 7
    assert all(query["sql"].startswith("EXECUTE radgame_") for query in queries)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_postgresql")
def test_a_new_session_plans_anew(by_name: PreparedGet[User]) -> None:
    by_name.first(name="alice")
    connection.close()
    assert by_name.first(name="alice") is None
    assert _kept_by_server() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_postgresql")
def test_a_plan_that_is_gone_or_outgrown_is_made_again_unnoticed(
    alice: User, by_name: PreparedGet[User]
) -> None:
    others = _names_kept()
    assert by_name.get(name="alice") == alice
    _drop(_names_kept() - others)
    assert by_name.get(name="alice") == alice
    assert by_name.get(name="alice") == alice
    assert _kept_by_server() == len(others) + 1
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_user ALTER COLUMN first_name TYPE text")
    try:
        assert by_name.get(name="alice") == alice
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_user ALTER COLUMN first_name TYPE varchar(150)")


@pytest.mark.postgres
@pytest.mark.usefixtures("_postgresql")
def test_in_an_open_transaction_a_lost_plan_is_told_and_the_next_one_is_whole(
    alice: User, by_name: PreparedGet[User]
) -> None:
    others = _names_kept()
    by_name.get(name="alice")
    _drop(_names_kept() - others)
    with pytest.raises(DatabaseError), transaction.atomic():
        by_name.get(name="alice")
    assert by_name.get(name="alice") == alice


@pytest.mark.postgres
@pytest.mark.usefixtures("_postgresql")
def test_behind_a_pooler_that_changes_sessions_nothing_is_kept(
    alice: User, by_name: PreparedGet[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    before = _kept_by_server()
    assert by_name.get(name="alice") == alice
    assert _kept_by_server() == before


@pytest.mark.postgres
@pytest.mark.usefixtures("_postgresql")
def test_rows_that_are_new_come_in_with_the_fields_own_defaults(attempt: Attempt) -> None:
    finding = Finding.objects.get(slug="consolidation")

    def row(name: str) -> dict[str, object]:
        return {
            "fingerprint": name,
            "kind": "false_mark",
            "case_id": attempt.case_id,
            "finding_id": finding.pk,
            "attempt_id": attempt.pk,
            "film": "film",
            "regions": [[1, 2, 3, 4.5]],
            "sentence": 'O\'Brien said "dense" — 100 %s',
        }

    insert_new = PreparedInsert(Explanation, list(row("a"))).insert
    before = timezone.now()
    first = insert_new([row("a"), row("b")])
    assert len(first) == 2
    # One is there already, and stays what it is.
    Explanation.objects.filter(fingerprint="a").update(text="kept")
    (second,) = insert_new([row("a"), row("c")])
    assert second not in first
    assert Explanation.objects.get(fingerprint="a").text == "kept"
    made = Explanation.objects.get(pk=second)
    usual = Explanation.objects.create(**{**row("d"), "due_at": made.due_at})
    differ = {"id", "fingerprint", "created_at"}
    for field in Explanation._meta.concrete_fields:
        if field.name not in differ:
            assert getattr(made, field.attname) == getattr(usual, field.attname), field.name
    assert before <= made.created_at <= timezone.now()
    assert insert_new([]) == []


@pytest.mark.postgres
@pytest.mark.usefixtures("_postgresql")
def test_a_list_comes_with_its_annotations_whatever_its_length(attempt: Attempt, bob: User) -> None:
    asked = PreparedGet(
        lambda: (
            User.objects.filter(IsAmong("email", ColumnSlot("emails", field_of(User, "email"))))
            .annotate(has_begun=Exists(Attempt.objects.filter(reader=OuterRef("pk"))))
            .only("email")
            .order_by("pk")
        )
    )
    reader = attempt.reader
    found = asked.all(emails=[bob.email, "nobody@example.org", reader.email])
    expected = {reader: True, bob: False}
    assert {row: row.has_begun for row in found} == expected  # type: ignore[attr-defined]
    assert found == sorted(expected, key=lambda row: row.pk)
    assert found[0].get_deferred_fields() >= {"password"}
    assert [row.email for row in asked.all(emails=[bob.email])] == [bob.email]
    assert asked.all(emails=[]) == []
