from collections.abc import Callable

import pytest

from scoring.reports.reader import Mention, read_report


@pytest.fixture
def only() -> Callable[[str], Mention]:
    """The one mention of a text; anything else is a failure of the test."""

    def read(text: str) -> Mention:
        (mention,) = read_report(text).mentions
        return mention

    return read
