"""The simulation of practice: what must hold whatever its figures are."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from radgame.progress.glicko2 import Rating
from radgame.progress.plan import NORMAL, SIZE, WITH_DUE
from tests.bench.simulate_review import (
    FINDINGS,
    KINDS,
    NOBODY,
    START,
    Libraries,
    Outcome,
    Practice,
    Seen,
    World,
    draw_libraries,
    draw_readers,
    expose,
    median_cases,
    prevalence,
    retention,
    saved,
    shelf_for,
    simulate,
)

SMALL = World(learners=20, libraries=5, films=900)


@pytest.fixture(scope="module")
def libraries() -> Libraries:
    return draw_libraries(SMALL, np.random.default_rng(1))


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Nothing is forgotten and no finding is rare: there is nothing that an order could do."""
    fair = replace(SMALL, unequal=0.0, stability_days=math.inf)
    return simulate(fair, ("fixed", "random", "practice"))


def test_with_nothing_rare_and_nothing_forgotten_the_orders_hardly_differ(
    outcomes: dict[str, Outcome],
) -> None:
    medians = [median_cases(each.cases_to_mastery, SMALL.films) for each in outcomes.values()]
    kept = [float(each.kept.mean()) for each in outcomes.values()]
    assert max(medians) < SMALL.films
    assert min(medians) > 0.75 * max(medians)
    assert max(kept) - min(kept) < 0.02


def test_probabilities_lie_between_0_and_1(outcomes: dict[str, Outcome]) -> None:
    for each in outcomes.values():
        for kept in (each.kept, each.kept_by_prevalence, each.rarest_kept):
            assert kept.shape == (SMALL.learners,)
            assert ((kept > 0) & (kept < 1)).all()


def test_the_same_seed_gives_the_same_figures_and_another_gives_others() -> None:
    tiny = replace(SMALL, learners=5, films=200, equal_cases=100)
    runs = [simulate(replace(tiny, seed=seed), ["practice"])["practice"] for seed in (3, 3, 4)]
    assert runs[0].kept.tolist() == runs[1].kept.tolist()
    assert runs[0].kept.tolist() != runs[2].kept.tolist()


def test_libraries_are_as_normal_and_as_uneven_as_they_are_said_to_be() -> None:
    made = draw_libraries(SMALL, np.random.default_rng(2))
    assert (made.first == NOBODY).mean() == pytest.approx(SMALL.normal, abs=0.03)
    abnormal = made.first[made.first != NOBODY]
    shares = np.bincount(abnormal, minlength=KINDS) / len(abnormal)
    assert shares == pytest.approx(prevalence(SMALL), abs=0.03)
    assert (made.second[made.first == NOBODY] == NOBODY).all()
    assert ((made.second == NOBODY) | (made.second != made.first)).all()


def test_what_was_learnt_fades_and_a_spaced_success_makes_it_last() -> None:
    world = replace(SMALL, learners=1, stability_days=10.0)
    readers = draw_readers(world, np.random.default_rng(0))
    readers.base[:] = 0.0
    readers.learnt[:] = 1.0
    one = np.array([0])
    easy = {"discrimination": np.array([1.0]), "difficulty": np.array([-99.0])}
    fresh = np.array([False])
    rng = np.random.default_rng(0)
    hit = expose(world, readers, one, one, **easy, repeated=fresh, day=10.0, rng=rng)
    left = math.exp(-1)
    assert hit.tolist() == [True]
    assert readers.learnt[0, 0] == pytest.approx(left + 0.02 * (2.5 - left))
    assert readers.stability_days[0, 0] == pytest.approx(10 * (2 - left))
    assert readers.last_day[0].tolist() == [10.0] + [0.0] * (KINDS - 1)


def test_a_miss_teaches_more_and_makes_nothing_last() -> None:
    world = replace(SMALL, learners=1)
    readers = draw_readers(world, np.random.default_rng(0))
    readers.base[:] = 0.0
    one = np.array([0])
    hard = {"discrimination": np.array([1.0]), "difficulty": np.array([99.0])}
    again = np.array([True])
    rng = np.random.default_rng(0)
    hit = expose(world, readers, one, one, **hard, repeated=again, day=1.0, rng=rng)
    assert hit.tolist() == [False]
    assert readers.learnt[0, 0] == pytest.approx(0.04 * 0.5 * 2.5)
    assert readers.stability_days[0, 0] == world.stability_days


@pytest.mark.parametrize("power_law", [False, True])
def test_retention_falls_from_one_and_never_falls_where_nothing_is_forgotten(
    power_law: bool,
) -> None:
    world = replace(SMALL, power_law=power_law)
    left = retention(world, np.array([0.0, 1.0, 30.0, 365.0]), np.full(4, 20.0))
    assert left[0] == 1
    assert (np.diff(left) < 0).all()
    assert (retention(world, np.array([0.0, 365.0]), np.full(2, math.inf)) == 1).all()


def test_a_miss_brings_the_finding_back_on_other_films_among_normals(libraries: Libraries) -> None:
    practice = Practice(shelf_for(libraries, 0, np.random.default_rng(0)), np.random.default_rng(0))
    missed = FINDINGS.index("pneumothorax")
    before = practice.next_films(START)
    practice.saw(Seen(missed, False, True, Rating(), START))
    chosen = practice.next_films(START + timedelta(days=1))
    first, second = libraries.first[0, chosen], libraries.second[0, chosen]
    assert len(set(chosen)) == SIZE
    assert not set(before) & set(chosen)
    assert ((first == missed) | (second == missed)).sum() >= WITH_DUE
    assert (first == NOBODY).sum() >= NORMAL


def test_films_come_back_only_when_all_that_fit_were_read(libraries: Libraries) -> None:
    practice = Practice(shelf_for(libraries, 0, np.random.default_rng(0)), np.random.default_rng(0))
    practice.saw(Seen(KINDS - 1, False, True, Rating(), START))
    pool = set(practice.shelf.by_finding[KINDS - 1])
    assert 0 < len(pool) < 4 * WITH_DUE
    read: list[int] = []
    for day in range(1, 6):
        films = practice.next_films(START + timedelta(days=day))
        again = [film for film in films if film in pool and film in read]
        if again:
            assert pool <= {*read, *films}
        read += films
    assert pool <= set(read)


def test_readers_who_never_came_to_mastery_count_as_having_read_every_film() -> None:
    slow, quick = np.array([400.0, math.inf, math.inf]), np.array([100.0, 300.0, math.inf])
    assert median_cases(slow, 600) == 600
    assert saved(quick, slow, 600) == pytest.approx(0.5)
