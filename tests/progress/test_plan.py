"""What a practice set is made of, before any film is looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.progress.plan import (
    MOST_FINDINGS,
    NORMAL,
    SIZE,
    WITH_DUE,
    Share,
    findings_first,
    planned,
)

slugs = st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True)


@pytest.mark.parametrize(
    ("findings", "films"),
    [
        (["a"], [6]),
        (["a", "b"], [3, 3]),
        (["a", "b", "c"], [2, 2, 2]),
        (list("abcd"), [2, 2, 1, 1]),
    ],
)
def test_six_of_ten_are_shared_among_the_findings(findings: list[str], films: list[int]) -> None:
    plan = planned(findings)
    assert plan.shares == tuple(map(Share, findings, films))
    assert (plan.normal, plan.size) == (3, 10)


def test_without_a_finding_any_ten_films_will_do() -> None:
    plan = planned([])
    assert (plan.shares, plan.normal, plan.size) == ((), 0, SIZE)


def test_a_set_always_leaves_room_for_a_film_that_nobody_asked_for() -> None:
    assert WITH_DUE + NORMAL < SIZE


@given(slugs, slugs)
def test_what_is_due_goes_first_and_nothing_twice(due: list[str], weakest: list[str]) -> None:
    wanted = findings_first(due=due, weakest=weakest)
    assert len(wanted) == len(set(wanted)) == min(MOST_FINDINGS, len({*due, *weakest}))
    assert wanted[: len(due)] == due[:MOST_FINDINGS]
    assert set(wanted) <= {*due, *weakest}
