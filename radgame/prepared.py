"""Queries whose SQL is composed once, for the few statements that every submit runs.

Django composes a query anew each time it is asked: for a row by its key that takes ten times
longer than PostgreSQL needs to find it, and it is what bounds submits on a busy machine
(docs/benchmarks.md). Here a queryset is written as usual, with ``Slot`` where a value will
stand, and composed at its first use in a thread. PostgreSQL is told to keep its plan as well:
planning the way from an attempt to its case, set and sitting took it three times as long as going.
"""

import hashlib
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar, cast

from django.db import (
    DatabaseError,
    connections,
    models,
    router,
)
from django.db.models.expressions import Expression, F, Func, Value
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=models.Model)
C = TypeVar("C", bound="_Composed")

# PostgreSQL's codes for a plan that the session does not have, and one that its tables outgrew.
_PLAN_LOST = {"26000", "0A000"}


class Slot(Expression):
    """Where a value will stand; it becomes a parameter, never text."""

    def __init__(self, name: str, output_field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def prepare(self, value: Any, connection: Any) -> Any:
        """The value as the database's driver takes it."""
        return self.output_field.get_db_prep_save(value, connection)

    def argument(self, connection: Any) -> str:
        """Where the value stands when a statement that is kept by the server is run."""
        return "%s"


class ColumnSlot(Slot):
    """Where a list of values of one field will stand, as an array of PostgreSQL."""

    def argument(self, connection: Any) -> str:
        # Without a type, a list of nothing but NULL would be taken for one of texts.
        return typed_slot(connection, self.output_field, array=True)

    def prepare(self, value: Any, connection: Any) -> Any:
        return [super(ColumnSlot, self).prepare(one, connection) for one in value]


class IsAmong(Func):
    """Whether a field has one of the values of a ``ColumnSlot``; of PostgreSQL's.

    ``IN`` has a place for each value, and would be another statement for every number of them.
    """

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("

    def __init__(self, name: str, slot: ColumnSlot) -> None:
        super().__init__(F(name), slot, output_field=models.BooleanField())


class NextKey(Func):
    """The next key of a table of PostgreSQL's, taken before its row is there."""

    function = "nextval"

    def __init__(self, model: type[models.Model]) -> None:
        pk = model._meta.pk
        table = connections[router.db_for_write(model)].ops.quote_name(model._meta.db_table)
        sequence = Func(Value(table), Value(pk.column), function="pg_get_serial_sequence")
        super().__init__(sequence, output_field=pk)


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or a part of one, with its parameters in order; some may be slots."""

    text: str
    params: tuple[Any, ...] = ()


class _Composed:
    """SQL with its parameters, some of them slots, for one connection."""

    def __init__(self, connection: Any, sql: Sql) -> None:
        self.connection = connection
        self._sql = sql
        self._kept = _KeptByServer(sql, connection) if keeps_plans(connection) else None

    @contextmanager
    def run(self, values: Mapping[str, Any]) -> Iterator[Any]:
        """The cursor, when the statement has been run."""
        with self.connection.cursor() as cursor:
            self._execute(cursor, self._bind(values))
            yield cursor

    def _execute(self, cursor: Any, params: Sequence[Any]) -> None:
        if self._kept is None:
            cursor.execute(self._sql.text, params)
            return
        try:
            cursor.execute(self._kept.call(), params)
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", None) not in _PLAN_LOST:
                raise
            # Refused before anything was done; but a transaction that is open is spoilt.
            self._kept.forget()
            if self.connection.in_atomic_block:
                raise
            cursor.execute(self._sql.text, params)

    def _bind(self, values: Mapping[str, Any]) -> list[Any]:
        return [
            param.prepare(values[param.name], self.connection) if isinstance(param, Slot) else param
            for param in self._sql.params
        ]


def keeps_plans(connection: Any) -> bool:
    """Whether statements may be kept by the server from one transaction to the next.

    A pooler that gives each transaction another session forbids it; Django has a switch for that.
    """
    switched_off = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False)
    return connection.vendor == "postgresql" and not switched_off


class _KeptByServer:
    """A statement that PostgreSQL parses and plans once a session."""

    _numbers = itertools.count(1)

    def __init__(self, sql: Sql, connection: Any) -> None:
        places = (f"${number}" for number in itertools.count(1))
        self._text = re.sub("%s|%%", lambda m: next(places) if m[0] == "%s" else "%", sql.text)
        arguments = ", ".join(
            param.argument(connection) if isinstance(param, Slot) else "%s" for param in sql.params
        )
        self._arguments = f" ({arguments})" if arguments else ""
        # Whatever goes wrong between sessions, a name never stands for another statement.
        self._name = f"radgame_{hashlib.sha256(self._text.encode()).hexdigest()[:16]}"
        self._connection = connection
        self._session: Any = None
        self._call = ""

    def call(self) -> str:
        """What runs it in the session that the connection has now."""
        session = self._connection.connection
        if self._session is not session:
            name = f"{self._name}_{next(self._numbers)}"
            # On the driver's cursor: it is no query of the page's own.
            with self._connection.wrap_database_errors, session.cursor() as cursor:
                cursor.execute(f"PREPARE {name} AS {self._text}")
            self._session, self._call = session, f"EXECUTE {name}{self._arguments}"
        return self._call

    def forget(self) -> None:
        self._session = None


class _ComposedSelect(_Composed):
    """How rows become objects."""

    def __init__(self, compiler: SQLCompiler) -> None:
        super().__init__(compiler.connection, _sql_of(compiler))
        self.compiler = compiler
        fields = [column[0] for column in compiler.select]
        self._converters = compiler.get_converters(fields)
        # Annotations, by name, and where they stand in a row.
        self._annotations = dict(compiler.annotation_col_map or {})
        # Set by composing; None only for a queryset of values.
        klass_info: Any = compiler.klass_info
        places = klass_info["select_fields"]
        self._model: type[models.Model] = klass_info["model"]
        self._columns = slice(places[0], places[-1] + 1)
        self._names = [column[0].target.attname for column in compiler.select[self._columns]]
        self._populators = get_related_populators(  # type: ignore[call-arg]
            klass_info, compiler.select, self.connection.alias
        )

    def read(self, row: Sequence[Any]) -> models.Model:
        if self._converters:
            row = next(iter(self.compiler.apply_converters([row], self._converters)))
        found = self._model.from_db(self.connection.alias, self._names, row[self._columns])
        for populator in self._populators:
            populator.populate(row, found)
        for name, place in self._annotations.items():
            setattr(found, name, row[place])
        return found


class _Once(Generic[C]):
    """What was composed, for each thread: a connection belongs to its thread."""

    def __init__(self, compose: Callable[[], C]) -> None:
        self._compose = compose
        self._kept = threading.local()

    def get(self) -> C:
        composed: C | None = getattr(self._kept, "composed", None)
        if composed is None or composed.connection is not connections[composed.connection.alias]:
            composed = self._kept.composed = self._compose()
        return composed


class PreparedGet(Generic[M]):
    """Objects, by a queryset composed once; related objects and annotations come with them.

    ``compose`` gives the queryset, with a ``Slot`` for each value that ``get`` will be given.
    """

    def __init__(self, compose: Callable[[], "models.QuerySet[M]"]) -> None:
        self._compose = compose
        self._statement = _Once(self._composed)

    def get(self, **values: Any) -> M:
        """Raises the model's ``DoesNotExist``. The queryset must be unique by its slots."""
        found = self.first(**values)
        if found is None:
            self._refuse()
        return found

    def first(self, **values: Any) -> M | None:
        """The object, or None."""
        composed = self._statement.get()
        with composed.run(values) as cursor:
            row = cursor.fetchone()
        return None if row is None else composed.read(row)  # type: ignore[return-value]

    def all(self, **values: Any) -> list[M]:
        """Every object."""
        composed = self._statement.get()
        with composed.run(values) as cursor:
            rows = cursor.fetchall()
        return [composed.read(row) for row in rows]  # type: ignore[misc]

    def _refuse(self) -> NoReturn:
        model: Any = self._compose().model
        raise model.DoesNotExist

    def _composed(self) -> _ComposedSelect:
        queryset = self._compose()
        return _ComposedSelect(queryset.query.get_compiler(using=queryset.db))


class PreparedRow:
    """A statement composed once from parts, and the row that it gives.

    ``compose`` is handed the connection on which ``model`` is written.
    """

    def __init__(self, model: type[models.Model], compose: Callable[[Any], Sql]) -> None:
        self._model = model
        self._compose = compose
        self._statement = _Once(self._composed)

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        """The first row, as the driver gives it, or None."""
        with self._statement.get().run(values) as cursor:
            found: tuple[Any, ...] | None = cursor.fetchone()
        return found

    def _composed(self) -> _Composed:
        connection = connections[router.db_for_write(self._model)]
        return _Composed(connection, self._compose(connection))


class PreparedUpdate:
    """An update of named columns by a queryset composed once; gives the number of rows."""

    def __init__(
        self, compose: Callable[[], "models.QuerySet[Any]"], columns: Sequence[str]
    ) -> None:
        self._compose = compose
        self._columns = columns
        self._statement = _Once(self._composed)

    def update(self, **values: Any) -> int:
        with self._statement.get().run(values) as cursor:
            return int(cursor.rowcount)

    def _composed(self) -> _Composed:
        queryset = self._compose()
        connection = connections[router.db_for_write(queryset.model)]
        columns = slots(queryset.model, self._columns)
        return _Composed(connection, update_sql(queryset, columns, connection))


def slots(model: type[models.Model], columns: Sequence[str]) -> dict[str, Slot]:
    """A slot for each of the model's columns, under its own name."""
    return {name: Slot(name, field_of(model, name)) for name in columns}


def select_sql(queryset: "models.QuerySet[Any]", connection: Any) -> Sql:
    """What the queryset asks."""
    return _sql_of(queryset.query.get_compiler(using=connection.alias))


def update_sql(
    queryset: "models.QuerySet[Any]", values: Mapping[str, Expression], connection: Any
) -> Sql:
    """The queryset's rows, changed."""
    query: Any = queryset.query.chain(models.sql.UpdateQuery)
    query.add_update_values(dict(values))
    return _sql_of(query.get_compiler(using=connection.alias))


def typed_slot(connection: Any, field: "models.Field[Any, Any]", *, array: bool = False) -> str:
    """Where a value stands that no column gives a type to; PostgreSQL's own notation.

    Without a length: a cast would cut what is too long, and the column refuses it.
    """
    name = _type_of(connection, field)
    return f"%s::{name}[]" if array else f"%s::{name}"


def _type_of(connection: Any, field: "models.Field[Any, Any]") -> str:
    return str(field.cast_db_type(connection)).partition("(")[0]


def _sql_of(compiler: SQLCompiler) -> Sql:
    composed: tuple[str, Sequence[Any]] = compiler.as_sql()
    text, params = composed
    return Sql(text, tuple(params))


def field_of(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    field: Any = model._meta.get_field(name)
    return cast("models.Field[Any, Any]", field)


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert plain rows in one statement, without making an object of each."""
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    fields = [field_of(model, name) for name in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        # Names of the model's own table and columns, quoted; every value is a parameter.
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) "  # noqa: S608
            f"VALUES {', '.join([one] * len(rows))}",
            [
                field.get_db_prep_save(value, connection)
                for row in rows
                for field, value in zip(fields, row, strict=True)
            ],
        )


class PreparedInsert:
    """Rows that break no constraint of uniqueness, inserted by a statement composed once.

    ``columns``: the attributes that rows name, as ``case_id``; every other field takes its
    default. Rows travel as one text, so that the statement is the same for any number of them. On
    PostgreSQL alone: what it inserted comes back, which other databases do not say.
    """

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        self._model = model
        self._columns = columns
        self._statement = _Once(self._composed)

    def insert(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Insert the rows; gives the keys of those that were not there."""
        if not rows:
            return []
        told = json.dumps(
            [{name: row[name] for name in self._columns} for row in rows], default=str
        )
        usual = {field.attname: field.get_default() for field in self._usual()}
        with self._statement.get().run({_ROWS: told, **usual}) as cursor:
            return [key for (key,) in cursor.fetchall()]

    def _usual(self) -> list[Any]:
        return [
            field
            for field in self._model._meta.concrete_fields
            if not field.primary_key and field.attname not in self._columns
        ]

    def _composed(self) -> _Composed:
        connection = connections[router.db_for_write(self._model)]
        return _Composed(connection, self._sql(connection))

    def _sql(self, connection: Any) -> Sql:
        quote, meta = connection.ops.quote_name, self._model._meta
        told = [field for field in meta.concrete_fields if field.attname in self._columns]
        usual = self._usual()
        # Names of the model's own table and columns, quoted; every value is a parameter.
        names = ", ".join(quote(field.column) for field in [*told, *usual])
        values = ", ".join(
            [f"told.{quote(field.attname)}" for field in told]
            + [typed_slot(connection, field) for field in usual]
        )
        shape = ", ".join(f"{quote(field.attname)} {_type_of(connection, field)}" for field in told)
        text = (
            f"INSERT INTO {quote(meta.db_table)} ({names}) SELECT {values} "  # noqa: S608
            f"FROM jsonb_to_recordset(%s::jsonb) AS told({shape}) "
            f"ON CONFLICT DO NOTHING RETURNING {quote(str(meta.pk.column))}"
        )
        defaults = [Slot(field.attname, field) for field in usual]
        return Sql(text, (*defaults, Slot(_ROWS, models.TextField())))


# No field of a model can have this name.
_ROWS = "rows of the statement"
