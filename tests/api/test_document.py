"""What docs/api.md says is what the API does."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from radgame.rest.models import Scope
from radgame.rest.operations import MOST_PER_PAGE, PER_PAGE
from radgame.rest.schema import document, refusals
from radgame.rest.throttles import GUEST_SHARE, WRONG_TOKENS
from radgame.rest.tokens import MOST_DAYS, PREFIX

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("scope", list(Scope))
def test_every_scope_has_a_row(scope: Scope) -> None:
    assert f"| `{scope.value}` |" in TEXT


def test_every_refusal_has_a_row() -> None:
    for refusal in refusals():
        assert re.search(rf"^\|[ \d,]*\b{refusal.status}\b.*`{refusal.code}`", TEXT, re.MULTILINE)


def test_the_limits_are_those_of_the_settings() -> None:
    said = f"{settings.API_PER_MINUTE} times a minute, and {settings.API_CHANGES_PER_MINUTE} times"
    assert said in " ".join(TEXT.split())
    assert (GUEST_SHARE, "a guest\na third of each" in TEXT) == (3, True)
    assert (WRONG_TOKENS, "Twenty wrong tokens" in TEXT) == (20, True)
    assert f"`?page_size=` is {PER_PAGE} and at most {MOST_PER_PAGE}" in TEXT
    assert (MOST_DAYS, "after a year at the latest" in TEXT) == (365, True)
    assert f"Authorization: Bearer {PREFIX}…" in TEXT


def test_every_address_of_its_example_is_there() -> None:
    paths = [re.sub(r"\{[^}]+\}", "[^/]+", path) for path in document()["paths"]]
    asked = re.findall(r"\$site(/api/v1/[^\s#]+)", TEXT)
    assert len(asked) == 5
    for address in asked:
        assert any(re.fullmatch(path, address) for path in paths), address
