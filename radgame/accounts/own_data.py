"""A person's own data: everything the site holds of them in one file, and taking it all away.

The rows lie in every room, and the rooms above this one are unknown here: each registers what it
holds when its app is ready. A relation to ``User`` that no room exports must be left out by name,
with the reason, which the page tells.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from .models import User

Row = Mapping[str, Any]

# How many rows of a table are in memory at once.
CHUNK: Final = 500


class DeletionRefused(Exception):
    """Something must be done first; ``sentences`` tell the person what."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the file. ``covers``: the relations whose rows are in it, as ``relation_name``
    writes them; those of rows that belong to a person's rows too."""

    name: str
    rows: Callable[[User], Iterable[Row]]
    covers: frozenset[str]


@dataclass(slots=True)
class _Rooms:
    """What the rooms have registered in this process."""

    parts: dict[str, Part] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    obstacles: list[Callable[[User], list[str]]] = field(default_factory=list)
    last_rites: list[Callable[[User], None]] = field(default_factory=list)


_rooms = _Rooms()


def register(part: Part) -> None:
    """Add a list to the file. Raises ``ValueError`` when another has its name."""
    if part.name in _rooms.parts:
        raise ValueError(f"There is a part named {part.name!r} already.")
    _rooms.parts[part.name] = part


def leave_out(relation: str, reason: str) -> None:
    """Say that the rows of a relation are not in the file, and why."""
    _rooms.left_out[relation] = reason


def register_obstacle(ask: Callable[[User], list[str]]) -> None:
    """``ask`` gives what a person must do before they can be deleted, in sentences."""
    _rooms.obstacles.append(ask)


def register_last_rite(do: Callable[[User], None]) -> None:
    """``do`` takes away what no foreign key reaches; called before the person's row goes."""
    _rooms.last_rites.append(do)


def relation_name(relation: "models.Field[Any, Any]") -> str:
    """``app.Model.field``"""
    return f"{relation.model._meta.label}.{relation.name}"


def covered() -> frozenset[str]:
    return frozenset().union(*(part.covers for part in _rooms.parts.values()))


def left_out() -> dict[str, str]:
    """The relations that are not exported, with their reasons."""
    return dict(_rooms.left_out)


# --- the file -------------------------------------------------------------------


def export_pieces(person: User, made_at: datetime) -> Iterator[str]:
    """The file, in pieces to be sent as they come: one JSON object, a list for each part."""
    yield f'{{\n"made_at": {_json(made_at)},\n"account": {_json(account_of(person))}'
    for name, part in sorted(_rooms.parts.items()):
        yield f",\n{_json(name)}: ["
        between = "\n"
        for row in part.rows(person):
            yield between + _json(row)
            between = ",\n"
        yield "\n]"
    yield "\n}\n"


def account_of(person: User) -> dict[str, Any]:
    """Every column of the person's own row but the password's digest, and their rights."""
    columns = (column.attname for column in get_user_model()._meta.concrete_fields)
    return {
        **{name: getattr(person, name) for name in columns if name != "password"},
        "groups": list(person.groups.values_list("name", flat=True)),
        "user_permissions": list(person.user_permissions.values_list("codename", flat=True)),
    }


def plain_rows(
    rows: models.QuerySet[Any], *columns: str, **renamed: models.F
) -> Iterator[dict[str, Any]]:
    """These columns of the rows, oldest key first, a chunk in memory at a time."""
    yield from rows.order_by("pk").values(*columns, **renamed).iterator(chunk_size=CHUNK)


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


# --- the end --------------------------------------------------------------------


def obstacles_of(person: User) -> list[str]:
    """What the person must do before they can be deleted; nothing for most."""
    with transaction.atomic():
        return [sentence for ask in _rooms.obstacles for sentence in ask(person)]


def delete_person(*, person: User) -> None:
    """Delete a person with everything that is theirs, at once or not at all.

    What they did for others stays without their name: case sets, assignments, links, disputes that
    they settled. Raises ``DeletionRefused``.
    """
    with transaction.atomic():
        obstacles = obstacles_of(person)
        if obstacles:
            raise DeletionRefused(obstacles)
        for do in _rooms.last_rites:
            do(person)
        person.delete()


# --- what lies in this room -----------------------------------------------------


def _addresses(person: User) -> Iterator[Row]:
    from allauth.account.models import EmailAddress

    return plain_rows(EmailAddress.objects.filter(user=person), "email", "verified", "primary")


def register_accounts() -> None:
    register(Part("email_addresses", _addresses, frozenset({"account.EmailAddress.user"})))
    for relation, reason in {
        "accounts.User_groups.user": "Named in the account.",
        "accounts.User_user_permissions.user": "Named in the account.",
        "account.EmailConfirmation.email_address": "Keys that were sent to the address, to be "
        "used once.",
        "mfa.Authenticator.user": "Secrets of the second factor.",
        "admin.LogEntry.user": "What staff did in the administration; it names other people.",
    }.items():
        leave_out(relation, reason)
