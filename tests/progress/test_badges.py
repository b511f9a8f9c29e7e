"""What is worth having reached: the rules by tables, and that the ledger alone hands it out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoAssertNumQueries

from radgame.accounts.models import ReaderKind, User
from radgame.cases.models import Case, Finding
from radgame.progress.badges import (
    FILMS,
    FIRSTS,
    KEPT_DAYS,
    NORMALS,
    Earned,
    First,
    Kind,
    Met,
    Tally,
    lasted,
    read,
)
from radgame.progress.booking import book_everything, book_outcomes, rebuild
from radgame.progress.glicko2 import Rating
from radgame.progress.models import Badge, Game, Outcome, ReaderTally
from radgame.progress.schedule import Rest
from radgame.progress.services import LedgerEntry, LedgerLine, record_outcome
from tests.factories import make_case

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GAME = "localize"


def after(firsts: Sequence[First]) -> tuple[Tally, list[Earned]]:
    tally, all_of_it = Tally(), []
    for first in firsts:
        tally, earned = read(tally, first)
        # What is stored gives the same again.
        assert Tally.from_json(tally.to_json()) == tally
        all_of_it += earned
    return tally, all_of_it


def film(is_clear: bool | None = None, score: float = 0.5, game: str = GAME) -> First:
    return First(game, score, is_clear, [])


def met(
    low: float, high: float, *, films: int = FILMS, before: Rating | None = None, **more: float
) -> First:
    """A film with a finding whose rating now has this 95 % interval."""
    now = Rating((low + high) / 2, (high - low) / 2 / 1.96)
    rest = Rest(more["days"], more["stability"]) if "days" in more else None
    seen = Met("fracture", more.get("credit", 1.0), before or Rating(), now, films, rest)
    return First(GAME, 1.0, None, [seen])


def kinds(firsts: Sequence[First]) -> list[Kind]:
    return [earned.kind for earned in after(firsts)[1]]


@pytest.mark.parametrize(
    ("films", "reached"),
    [
        ([True] * (NORMALS - 1), 0),
        ([True] * NORMALS, 1),
        ([True] * (2 * NORMALS), 1),
        ([*[True] * 9, False, *[True] * 9], 0),
        ([*[True] * 9, None, None, True], 1),
        ([*[True] * 9, False, *[True] * 10], 1),
        ([None] * 20, 0),
    ],
)
def test_normal_films_in_a_row(films: list[bool | None], reached: int) -> None:
    assert kinds([film(clear) for clear in films]).count(Kind.NORMALS) == reached


def test_a_hundred_films_say_how_many_were_right() -> None:
    films = [film(score=1.0 if number % 4 == 0 else 0.9) for number in range(FIRSTS + 20)]
    _tally, earned = after(films)
    assert earned == [Earned(Kind.FIRSTS, GAME, figures={"right": 25})]


def test_each_game_counts_for_itself() -> None:
    films = [film(game=game) for game in ("localize", "report") for _n in range(FIRSTS - 1)]
    assert after(films)[1] == []
    assert [e.game for e in after([*films, film(game="report")])[1]] == ["report"]


# On a film of 1500, 1647 gets 70 %, 1500 gets half.
@pytest.mark.parametrize(
    ("first", "reached"),
    [
        (met(1648, 1900), [Kind.MASTERED]),
        (met(1646, 1900), []),
        (met(1648, 1900, films=FILMS - 1), []),
        (met(1700, 1900, films=FILMS + 1, before=Rating(1800, 50)), []),
        (met(1700, 1900, films=FILMS + 1, before=Rating(1800, 90)), [Kind.MASTERED]),
        # Sure before there were films enough: it is said with the twentieth.
        (met(1700, 1900, before=Rating(1800, 50)), [Kind.MASTERED]),
    ],
)
def test_a_finding_is_mastered_by_its_lower_bound(first: First, reached: list[Kind]) -> None:
    assert kinds([first]) == reached


@pytest.mark.parametrize(
    ("ranges", "reached"),
    [
        ([(1300, 1499), (1501, 1640)], [Kind.TURNED_ROUND]),
        ([(1300, 1499), (1450, 1600), (1501, 1640)], [Kind.TURNED_ROUND]),
        ([(1300, 1501), (1501, 1640)], []),
        ([(1300, 1499), (1499, 1640)], []),
        ([(1501, 1640)], []),
        ([(1300, 1499), (1501, 1640), (1501, 1640)], [Kind.TURNED_ROUND]),
    ],
)
def test_a_weakness_is_turned_round_when_both_are_sure(
    ranges: list[tuple[float, float]], reached: list[Kind]
) -> None:
    assert kinds([met(low, high) for low, high in ranges]) == reached


def test_a_weakness_is_none_below_twenty_films() -> None:
    assert kinds([met(1300, 1400, films=FILMS - 1), met(1501, 1640)]) == []


@pytest.mark.parametrize(
    ("days", "stability", "credit", "reached"),
    [
        (KEPT_DAYS, KEPT_DAYS, 1.0, [Kind.KEPT]),
        (KEPT_DAYS - 0.1, 90, 1.0, []),
        # Never learnt: a lucky film after a long time off.
        (200, KEPT_DAYS - 0.1, 1.0, []),
        (KEPT_DAYS, 90, 0.5, []),
    ],
)
def test_a_finding_is_kept_by_being_found_after_a_month(
    days: float, stability: float, credit: float, reached: list[Kind]
) -> None:
    seen = met(1400, 1600, films=3, days=days, stability=stability, credit=credit)
    assert kinds([seen]) == reached


@pytest.mark.parametrize(
    ("before", "now", "reached"), [(29, 30, 1), (28, 29, 0), (30, 31, 0), (30, 30, 0), (0, 1, 0)]
)
def test_thirty_days_in_a_row(before: int, now: int, reached: int) -> None:
    assert len(lasted(before, now)) == reached


# --- from the ledger ---------------------------------------------------------------


def record(
    reader: User,
    case: Case,
    score: float = 1.0,
    *,
    at: datetime = NOON,
    result: str = "",
    is_withheld: bool = False,
) -> Outcome:
    lines = [LedgerLine(Finding.objects.get(slug="fracture").pk, result)] if result else []
    return record_outcome(
        entry=LedgerEntry(
            reader_id=reader.pk,
            game=Game.LOCALIZE,
            case_id=case.pk,
            score=score,
            seconds=30,
            scorer_version="tests",
            occurred_at=at,
            lines=lines,
            is_withheld=is_withheld,
        )
    )


def reached(reader: User) -> list[tuple[str, str]]:
    return sorted(Badge.objects.filter(reader=reader).values_list("kind", "scope"))


def test_ten_normal_films_in_the_ledger(alice: User) -> None:
    for number in range(NORMALS):
        record(alice, make_case(is_normal=True), at=NOON + number * timedelta(minutes=1))
    book_everything()
    [badge] = Badge.objects.filter(reader=alice)
    assert badge.kind == Kind.NORMALS
    assert badge.earned_at == NOON + timedelta(minutes=NORMALS - 1)


def test_a_false_mark_and_a_replay_are_no_normal_film(alice: User) -> None:
    case = make_case(is_normal=True)
    for number in range(2 * NORMALS):
        record(alice, case, at=NOON + number * timedelta(minutes=1))
    for _number in range(NORMALS - 1):
        record(alice, make_case(is_normal=True), 0.0, at=NOON + DAY, result="false_mark")
    book_everything()
    assert reached(alice) == []


def test_a_month_of_days_and_a_finding_kept(alice: User) -> None:
    for number in range(30):
        result = {0: "missed", 1: "hit", 6: "hit", 24: "hit"}.get(number, "")
        record(alice, make_case(), 0.0, at=NOON + number * DAY, result=result)
    book_everything()
    assert reached(alice) == [("streak", "")]
    record(alice, make_case(), at=NOON + 60 * DAY, result="hit")
    book_everything()
    assert reached(alice) == [("kept", "fracture"), ("streak", "")]
    assert Badge.objects.get(kind=Kind.KEPT).figures == {"days": 36}


def test_one_film_after_a_long_time_off_keeps_nothing(alice: User) -> None:
    record(alice, make_case(), 0.0, result="missed")
    record(alice, make_case(), at=NOON + 200 * DAY, result="hit")
    book_everything()
    assert reached(alice) == []


def test_a_finding_mastered_in_the_ledger(alice: User) -> None:
    for number in range(FILMS):
        record(alice, make_case(), at=NOON + number * timedelta(minutes=1), result="hit")
    book_everything()
    assert reached(alice) == [("mastered", "fracture")]


def test_what_is_withheld_is_no_step_towards_one(alice: User) -> None:
    for number in range(NORMALS):
        record(alice, make_case(is_normal=True), at=NOON + number * DAY, is_withheld=True)
    book_everything()
    assert reached(alice) == []
    assert not ReaderTally.objects.exists()


def test_models_get_none(db: None) -> None:
    model = User.objects.get_imported(kind=ReaderKind.MODEL, name="CXR-Net", source="")
    for number in range(NORMALS):
        record(model, make_case(is_normal=True), at=NOON + number * DAY)
    book_everything()
    assert reached(model) == []


@pytest.mark.parametrize("batch", [1, 3, 200])
def test_they_are_the_same_in_batches_and_rebuilt(batch: int, alice: User) -> None:
    for number in range(3 * NORMALS):
        case = make_case(is_normal=bool(number % 3))
        record(alice, case, at=NOON + number * DAY, result="" if number % 3 else "hit")
    while book_outcomes(limit=batch):
        pass
    before = list(Badge.objects.order_by("kind", "scope").values("kind", "earned_at", "figures"))
    tally = ReaderTally.objects.get().state
    assert before
    rebuild()
    assert before == list(
        Badge.objects.order_by("kind", "scope").values("kind", "earned_at", "figures")
    )
    assert tally == ReaderTally.objects.get().state


def test_reaching_it_again_changes_nothing(alice: User) -> None:
    for number in range(NORMALS):
        record(alice, make_case(is_normal=True), at=NOON + number * timedelta(minutes=1))
    record(alice, make_case(is_normal=True), 0.0, at=NOON + DAY, result="false_mark")
    for number in range(NORMALS):
        record(alice, make_case(is_normal=True), at=NOON + 2 * DAY + number * timedelta(minutes=1))
    book_everything()
    assert Badge.objects.get().earned_at < NOON + DAY


# --- the page ----------------------------------------------------------------------


def test_the_page_says_what_for_and_when(alice: User, alice_client: Client) -> None:
    alice.time_zone = "Pacific/Auckland"
    alice.save()
    record(alice, make_case())
    book_everything()
    page = alice_client.get(reverse("progress"))
    assertContains(page, "10 normal films in a row, each called normal.")
    assertContains(page, "is at 70 %.")
    for kind, figures in {
        Kind.MASTERED: {"films": 24},
        Kind.KEPT: {"days": 41},
        Kind.TURNED_ROUND: {"films": 60},
    }.items():
        Badge.objects.create(
            reader=alice, kind=kind, game=GAME, scope="fracture", earned_at=NOON, figures=figures
        )
    Badge.objects.create(
        reader=alice, kind=Kind.FIRSTS, game=GAME, earned_at=NOON, figures={"right": 41}
    )
    page = alice_client.get(reverse("progress"))
    for words in (
        "Fracture, mastered",
        "After 24 films with it in Localize",
        "at least 70 % of it",
        "Fracture, kept",
        "after 41 days without it",
        "Fracture, turned round",
        "100 films, Localize",
        "in 41 of them nothing was missed or wrong",
        "6 Jan 2026",
    ):
        assertContains(page, words)
    assertNotContains(page, "A finding kept")


def test_the_page_costs_the_same_with_many(
    alice: User,
    alice_client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    record(alice, make_case())
    book_everything()
    with django_assert_max_num_queries(20) as few:
        alice_client.get(reverse("progress"))
    for slug in Finding.objects.values_list("slug", flat=True):
        Badge.objects.create(
            reader=alice,
            kind=Kind.MASTERED,
            game=GAME,
            scope=slug,
            earned_at=NOON,
            figures={"films": 20},
        )
    with django_assert_max_num_queries(len(few)):
        alice_client.get(reverse("progress"))
