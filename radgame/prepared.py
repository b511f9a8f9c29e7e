"""Queries whose SQL is composed once, for the few statements that every submit runs.

Django composes a query anew each time it is asked: for a row by its key that takes ten times
longer than PostgreSQL needs to find it, and it is what bounds submits on a busy machine
(docs/benchmarks.md). Here a queryset is written as usual, with ``Slot`` where a value will
stand, and composed at its first use in a thread.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, NoReturn, TypeVar

from django.db import connections, models, router
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=models.Model)


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


class _Composed:
    """SQL with its parameters, some of them slots, and how its rows become objects."""

    def __init__(self, compiler: SQLCompiler) -> None:
        self.connection = compiler.connection
        composed: tuple[str, Sequence[Any]] = compiler.as_sql()
        self.sql, self._params = composed
        self.compiler = compiler

    def bind(self, values: dict[str, Any]) -> list[Any]:
        return [
            param.prepare(values[param.name], self.connection) if isinstance(param, Slot) else param
            for param in self._params
        ]


class _ComposedSelect(_Composed):
    def __init__(self, compiler: SQLCompiler) -> None:
        super().__init__(compiler)
        fields = [column[0] for column in compiler.select]
        self._converters = compiler.get_converters(fields)
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
        return found


class PreparedGet(Generic[M]):
    """One object, by a queryset composed once; its related objects come with it.

    ``compose`` gives the queryset, with a ``Slot`` for each value that ``get`` will be given.
    """

    def __init__(self, compose: Callable[[], "models.QuerySet[M]"]) -> None:
        self._compose = compose
        # A connection belongs to its thread, and so does what was composed for it.
        self._kept = threading.local()

    def get(self, **values: Any) -> M:
        """Raises the model's ``DoesNotExist``. The queryset must be unique by its slots."""
        found = self.first(**values)
        if found is None:
            self._refuse()
        return found

    def first(self, **values: Any) -> M | None:
        """The object, or None."""
        composed = self._composed()
        with composed.connection.cursor() as cursor:
            cursor.execute(composed.sql, composed.bind(values))
            row = cursor.fetchone()
        return None if row is None else composed.read(row)  # type: ignore[return-value]

    def _refuse(self) -> NoReturn:
        model: Any = self._compose().model
        raise model.DoesNotExist

    def _composed(self) -> _ComposedSelect:
        composed: _ComposedSelect | None = getattr(self._kept, "composed", None)
        if composed is None or composed.connection is not connections[composed.connection.alias]:
            queryset = self._compose()
            compiler = queryset.query.get_compiler(using=queryset.db)
            composed = self._kept.composed = _ComposedSelect(compiler)
        return composed


class PreparedUpdate:
    """An update of named columns by a queryset composed once; gives the number of rows."""

    def __init__(
        self, compose: Callable[[], "models.QuerySet[Any]"], columns: Sequence[str]
    ) -> None:
        self._compose = compose
        self._columns = columns
        self._kept = threading.local()

    def update(self, **values: Any) -> int:
        composed = self._composed()
        with composed.connection.cursor() as cursor:
            cursor.execute(composed.sql, composed.bind(values))
            return int(cursor.rowcount)

    def _composed(self) -> _Composed:
        composed: _Composed | None = getattr(self._kept, "composed", None)
        if composed is None or composed.connection is not connections[composed.connection.alias]:
            queryset = self._compose()
            alias = router.db_for_write(queryset.model)
            query: Any = queryset.query.chain(models.sql.UpdateQuery)
            fields = {name: queryset.model._meta.get_field(name) for name in self._columns}
            query.add_update_values({name: Slot(name, field) for name, field in fields.items()})
            composed = self._kept.composed = _Composed(query.get_compiler(using=alias))
        return composed


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert plain rows in one statement, without making an object of each."""
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    fields = [model._meta.get_field(name) for name in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)  # type: ignore[union-attr,arg-type]
    one = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        # Names of the model's own table and columns, quoted; every value is a parameter.
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) "  # noqa: S608
            f"VALUES {', '.join([one] * len(rows))}",
            [
                field.get_db_prep_save(value, connection)  # type: ignore[union-attr]
                for row in rows
                for field, value in zip(fields, row, strict=True)
            ],
        )
