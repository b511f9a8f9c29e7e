"""What this room holds of a person: the tokens they made, without what would open anything."""

from collections.abc import Iterator

from radgame.accounts.models import User
from radgame.accounts.own_data import Part, Row, plain_rows, register

from .models import AccessToken


def _tokens(person: User) -> Iterator[Row]:
    return plain_rows(
        AccessToken.objects.filter(person=person),
        *("name", "start", "scopes", "is_read_only"),
        *("created_at", "expires_at", "last_used_at"),
    )


def register_rest() -> None:
    register(Part("access_tokens", _tokens, frozenset({"rest.AccessToken.person"})))
