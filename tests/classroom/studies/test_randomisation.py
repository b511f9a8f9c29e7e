"""Arms are drawn in blocks, from a seed, and nobody can tell the next one."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgame.classroom.studies.randomisation import arm_at, arm_order

seeds = st.integers(min_value=0, max_value=2**31 - 1)


@given(seed=seeds, arms=st.integers(2, 4), count=st.integers(0, 60))
def test_arms_never_differ_by_more_than_a_block_holds(seed: int, arms: int, count: int) -> None:
    sizes = Counter(dict.fromkeys(range(arms), 0))
    sizes.update(arm_order(count, arms=arms, seed=seed))
    assert max(sizes.values()) - min(sizes.values()) <= 2


@given(seed=seeds, arms=st.integers(2, 4), place=st.integers(0, 40))
def test_who_is_drawn_later_changes_nobody_before(seed: int, arms: int, place: int) -> None:
    order = arm_order(place + 9, arms=arms, seed=seed)
    assert arm_at(place, arms=arms, seed=seed) == order[place]


def test_every_place_may_be_either_arm_whatever_came_before() -> None:
    # With blocks of two alone, the second of each pair would be known from the first.
    follows = {tuple(arm_order(2, arms=2, seed=seed)) for seed in range(60)}
    assert follows == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_over_many_seeds_arms_are_drawn_alike() -> None:
    drawn = Counter(arm for seed in range(400) for arm in arm_order(7, arms=3, seed=seed))
    assert all(abs(count / 2800 - 1 / 3) < 0.03 for count in drawn.values())


def test_one_arm_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        arm_order(3, arms=1, seed=1)
