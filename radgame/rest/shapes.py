"""The shapes of what is sent and answered: explicit, and without a rule in them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

# What every database holds in a column of whole numbers.
LARGEST: Final = 2**31 - 1
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2200
# Of names that there are none of, so many are told.
MOST_TOLD: Final = 10
# In the context of a shape: what is read has nothing beside its fields.
NOTHING_ELSE: Final = "nothing_else"


class Shape(serializers.Serializer[Any]):
    """An object with these fields, read from attributes or from keys.

    ``example`` stands in the schema wherever an operation takes or gives the shape.
    """

    example: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        """As it is read, but that of a body no name is passed over: it may be a mistyped one."""
        if self.context.get(NOTHING_ELSE) and isinstance(data, Mapping):
            refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


def refuse_unknown(sent: Iterable[str], known: Iterable[str]) -> None:
    """Raises ``ValidationError`` for names that are none of those that are known."""
    names = sorted(known)
    unknown = [str(name) for name in sent if name not in names]
    if unknown:
        said = _("There is no such field. There are: %(names)s.") % {"names": ", ".join(names)}
        raise serializers.ValidationError({name: [said] for name in unknown[:MOST_TOLD]})


def whole(
    *, minimum: int | None = None, maximum: int = LARGEST, **options: Any
) -> serializers.IntegerField:
    """A whole number that is sent."""
    return serializers.IntegerField(min_value=minimum, max_value=maximum, **options)


def text(most: int, **options: Any) -> serializers.CharField:
    """Text that is sent; what may be left out may be empty."""
    options.setdefault("allow_blank", not options.get("required", True))
    return serializers.CharField(max_length=most, **options)


def moment(**options: Any) -> serializers.DateTimeField:
    """A moment that may be sent, within the years that every clock and database can turn."""
    return _Moment(required=False, allow_null=True, validators=[_within_reason], **options)


class _Moment(serializers.DateTimeField):
    """With its offset: without one nobody knows by whose clock it is meant."""

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise serializers.ValidationError(
                _("Say the offset as well, as in 2026-11-23T08:00:00+01:00.")
            )
        return super().enforce_timezone(value)


def day(**options: Any) -> serializers.DateField:
    """A day that may be sent, within the same years."""
    return serializers.DateField(
        required=False, allow_null=True, validators=[_within_reason], **options
    )


def _within_reason(when: date) -> None:
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise serializers.ValidationError(
            _("Choose a year between %(first)d and %(last)d.")
            % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )


def words(**options: Any) -> serializers.ListField:
    """A list of short texts that is answered."""
    return serializers.ListField(child=serializers.CharField(), **options)


@extend_schema_field({"anyOf": [{"type": "string"}, {"type": "number"}]})
class _Cell(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: Any) -> Any:
        return value


class TableShape(Shape):
    """A table as its file has it: each row has a cell for each word of the head."""

    head = words(help_text="What the columns are, in the words of the file.")
    rows = serializers.ListField(
        child=serializers.ListField(child=_Cell()),
        help_text="Numbers as numbers; a cell without a value is an empty text.",
    )
    example = {
        "head": ["Finding", "Dataset", "Case", "False", "Learners", "Read by"],
        "rows": [["Nodule/Mass", "padchest", "study-17", 3, 3, 12]],
    }
