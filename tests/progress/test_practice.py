"""What was missed comes back: when, on which film, and in what company."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from localize.models import Sitting
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, Finding, Play
from radgame.progress.booking import book_everything
from radgame.progress.models import CaseRating, Game, ReaderRating, ReviewCard
from radgame.progress.plan import NORMAL, SIZE, WITH_DUE
from radgame.progress.practice import (
    NothingToPractise,
    choose_cases,
    due_reviews,
    findings_to_practise,
    make_practice_set,
)
from radgame.progress.schedule import Scheduled, met
from radgame.progress.selection import EASY, HARD, MEDIUM, draw, of_hardness
from radgame.progress.services import LedgerEntry, LedgerLine, record_outcome
from tests.factories import Said, make_case

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
BOX = (100.0, 100.0, 300.0, 300.0)


def read(reader: User, case: Case, finding: str, result: str, at: datetime = NOON) -> None:
    record_outcome(
        entry=LedgerEntry(
            reader_id=reader.pk,
            game=Game.LOCALIZE,
            case_id=case.pk,
            score=1.0 if result == "hit" else 0.0,
            seconds=1,
            scorer_version="tests",
            occurred_at=at,
            lines=[LedgerLine(Finding.objects.get(slug=finding).pk, result)],
        )
    )
    book_everything()


def films_with(finding: str, count: int) -> list[Case]:
    return [make_case(said=[Said(finding, BOX)], is_normal=False) for _number in range(count)]


def normals(count: int) -> list[Case]:
    return [make_case(is_normal=True) for _number in range(count)]


# --- when ------------------------------------------------------------------------


def follow(credits: Sequence[float], days: Sequence[int]) -> list[Scheduled | None]:
    card, seen = None, []
    for credit, day in zip(credits, days, strict=True):
        after = met(
            None if card is None else card.card,
            credit=credit,
            at=NOON + timedelta(days=day),
            key=1,
        )
        card = after or card
        seen.append(after)
    return seen


def test_what_was_never_missed_is_never_drilled() -> None:
    assert follow([1, 1, 0.5], [0, 1, 2]) == [None, None, None]


def test_a_miss_comes_back_the_next_day_and_then_ever_later() -> None:
    first, second, third = follow([0, 1, 1], [0, 1, 3])
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.due_at == NOON + timedelta(days=1)
    waits = [second.due_at - (NOON + timedelta(days=1)), third.due_at - (NOON + timedelta(days=3))]
    assert timedelta(days=1) < waits[0] < waits[1]


def test_a_second_miss_brings_it_back_at_once() -> None:
    *_before, learnt, missed = follow([0, 1, 1, 0], [0, 1, 3, 9])
    assert learnt is not None
    assert missed is not None
    assert missed.due_at == NOON + timedelta(days=10)


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=12))
def test_a_card_is_never_due_before_it_was_last_met(credits: list[float]) -> None:
    for number, after in enumerate(follow(credits, range(len(credits)))):
        if after is not None:
            assert after.due_at > NOON + timedelta(days=number)


def test_a_meeting_booked_late_changes_nothing() -> None:
    [card] = follow([0], [5])
    assert card is not None
    late = met(card.card, credit=1, at=NOON, key=1)
    assert late is not None
    assert late.due_at == card.due_at


def test_a_miss_makes_a_card_that_is_due_tomorrow(alice: User) -> None:
    read(alice, make_case(), "fracture", "missed")
    card = ReviewCard.objects.get()
    assert (card.game, card.scope) == ("localize", "fracture")
    assert due_reviews(alice, NOON + timedelta(hours=23)) == {}
    due = due_reviews(alice, NOON + timedelta(hours=25))
    assert due["localize"].findings == 1


# --- which films -------------------------------------------------------------------


def test_most_films_show_what_is_due_and_some_are_normal(alice: User) -> None:
    with_it = films_with("fracture", 8)
    normal = normals(8)
    read(alice, make_case(said=[Said("fracture", BOX)]), "fracture", "missed")
    chosen = choose_cases(alice, Play.LOCALIZE, ["fracture"], random.Random(1))
    assert len(chosen) == len(set(chosen)) == SIZE
    assert sum(case in with_it for case in chosen) >= WITH_DUE
    assert sum(case in normal for case in chosen) >= NORMAL


def test_a_film_that_was_read_does_not_come_back_while_there_are_others(alice: User) -> None:
    seen = make_case(said=[Said("fracture", BOX)], is_normal=False)
    read(alice, seen, "fracture", "missed")
    films_with("fracture", WITH_DUE)
    normals(SIZE)
    chosen = choose_cases(alice, Play.LOCALIZE, ["fracture"], random.Random(2))
    assert seen not in chosen


def test_when_the_pool_is_used_up_what_was_read_longest_ago_comes_first(alice: User) -> None:
    films = films_with("fracture", WITH_DUE + 2)
    for day, case in enumerate(films):
        read(alice, case, "fracture", "missed", at=NOON + timedelta(days=day))
    normals(SIZE)
    chosen = choose_cases(alice, Play.LOCALIZE, ["fracture"], random.Random(3))
    assert set(films[:WITH_DUE]) <= set(chosen)
    assert not set(films[WITH_DUE:]) & set(chosen)


def test_due_findings_go_before_weak_ones(alice: User) -> None:
    for slug, value in (("consolidation", 1300), ("nodule-mass", 1400), ("fracture", 1800)):
        ReaderRating.objects.create(
            reader=alice,
            game=Game.LOCALIZE,
            scope=slug,
            value=value,
            deviation=80,
            volatility=0.06,
            rated_at=NOON,
        )
    ReviewCard.objects.create(
        reader=alice, game=Game.LOCALIZE, scope="fracture", card={}, due_at=NOON
    )
    assert findings_to_practise(alice, Play.LOCALIZE, NOON) == [
        "fracture",
        "consolidation",
        "nodule-mass",
    ]


def test_a_practice_set_is_its_readers_alone(alice: User, bob: User) -> None:
    normals(3)
    made = make_practice_set(reader=alice, play=Play.LOCALIZE, seed=1)
    assert (made.localize_size, made.made_for) == (3, alice)
    assert CaseSet.objects.playable_by(alice, Play.LOCALIZE).contains(made)
    assert not CaseSet.objects.playable_by(bob, Play.LOCALIZE).contains(made)


def test_without_a_case_there_is_nothing_to_practise(alice: User) -> None:
    with pytest.raises(NothingToPractise):
        make_practice_set(reader=alice, play=Play.LOCALIZE)


def test_drawing_takes_each_case_once_and_no_more_than_there_are(db: None) -> None:
    made = normals(5)
    for seed in range(10):
        drawn = draw(Case.objects.all(), 4, random.Random(seed))
        assert len(set(drawn)) == 4
    assert set(draw(Case.objects.all(), 99, random.Random(0))) == set(made)
    assert draw(Case.objects.all(), 2, random.Random(0), but=[case.pk for case in made]) == []


def test_hardness_is_a_range_of_ratings_and_the_unrated_are_medium(db: None) -> None:
    values = {1300: make_case(), 1500: make_case(), 1700: make_case()}
    unrated = make_case()
    for value, case in values.items():
        CaseRating.objects.create(
            case=case,
            game=Game.LOCALIZE,
            scope="",
            value=value,
            deviation=80,
            volatility=0.06,
            rated_at=NOON,
        )

    def cases(hardness: object) -> set[Case]:
        return set(of_hardness(Case.objects.all(), hardness, Play.LOCALIZE))  # type: ignore[arg-type]

    assert cases(EASY) == {values[1300]}
    assert cases(MEDIUM) == {values[1500], unrated}
    assert cases(HARD) == {values[1700]}


@pytest.mark.parametrize("library", [15, 45])
def test_choosing_takes_the_same_queries_whatever_the_library(
    library: int, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    films_with("fracture", library)
    normals(library)
    with django_assert_max_num_queries(8):
        choose_cases(alice, Play.LOCALIZE, ["fracture"], random.Random(4))


# --- the button --------------------------------------------------------------------


def test_practice_is_one_button_from_home_to_the_first_film(
    alice: User, alice_client: Client
) -> None:
    normals(4)
    read(alice, make_case(said=[Said("fracture", BOX)]), "fracture", "missed")
    home = alice_client.get(reverse("home"))
    assertContains(home, reverse("practise", args=["localize"]))
    started = alice_client.post(reverse("practise", args=["localize"]))
    sitting = Sitting.objects.get()
    assert sitting.case_set.made_for == alice
    assert started.headers["Location"] == reverse(
        "localize:attempt", args=[sitting.attempts.get().pk]
    )


def test_an_open_practice_is_gone_on_with_and_not_made_again(
    alice: User, alice_client: Client
) -> None:
    normals(4)
    first = alice_client.post(reverse("practise", args=["localize"]))
    second = alice_client.post(reverse("practise", args=["localize"]))
    assert first.headers["Location"] == second.headers["Location"]
    assert CaseSet.objects.filter(made_for=alice).count() == 1


def test_an_open_practice_is_listed_for_its_reader_only(
    alice: User, alice_client: Client, bob_client: Client
) -> None:
    normals(4)
    alice_client.post(reverse("practise", args=["localize"]))
    assertContains(alice_client.get(reverse("localize:sets")), "Practice")
    assertNotContains(bob_client.get(reverse("localize:sets")), "Practice")


def test_without_cases_the_page_says_so(alice_client: Client) -> None:
    answer = alice_client.post(reverse("practise", args=["report"]))
    assert answer.status_code == 409
    assertContains(answer, "no case", status_code=409)
