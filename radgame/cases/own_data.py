"""What this room holds of a person: the case sets they made, and those made for them."""

from collections.abc import Iterator
from itertools import chain

from radgame.accounts.models import User
from radgame.accounts.own_data import Part, Row, leave_out, plain_rows, register

from .models import CaseSet


def _case_sets(person: User) -> Iterator[Row]:
    columns = ("slug", "title", "description", "audience", "version", "size", "created_at")
    mine = CaseSet.objects.filter(owner=person, made_for__isnull=True)
    return chain(
        plain_rows(mine, *columns),
        plain_rows(CaseSet.objects.filter(made_for=person), *columns),
    )


def register_cases() -> None:
    register(
        Part("case_sets", _case_sets, frozenset({"cases.CaseSet.owner", "cases.CaseSet.made_for"}))
    )
    leave_out("cases.CaseSetItem.case_set", "The cases are the site's; those played are in it.")
