"""While feedback is withheld, play is counted and the score is not; then it is, in its turn."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from radgame.accounts.models import User
from radgame.cases.models import Case, Finding
from radgame.progress import services
from radgame.progress.booking import book_everything, book_outcomes, rebuild
from radgame.progress.models import (
    CaseRating,
    Game,
    Outcome,
    PlayedDay,
    ReaderRating,
    ReaderStreak,
    ReviewCard,
)
from radgame.progress.services import LedgerEntry, LedgerLine, record_outcome, release_outcomes
from tests.factories import make_case
from tests.progress.test_booking import everything

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def assignment() -> UUID:
    return uuid4()


def record(
    reader: User,
    score: float,
    *,
    at: datetime = NOON,
    withheld_by: UUID | None = None,
    result: str = "missed",
    case: Case | None = None,
) -> Outcome:
    case = case or make_case()
    return record_outcome(
        entry=LedgerEntry(
            reader_id=reader.pk,
            game=Game.LOCALIZE,
            case_id=case.pk,
            score=score,
            seconds=30,
            scorer_version="tests",
            occurred_at=at,
            lines=[LedgerLine(Finding.objects.get(slug="fracture").pk, result)],
            assignment=withheld_by,
            is_withheld=withheld_by is not None,
        )
    )


def release(assignment: UUID, at: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    with monkeypatch.context() as clock:
        clock.setattr(services.timezone, "now", lambda: at)
        return release_outcomes(assignment=assignment)


def test_what_is_withheld_is_a_day_of_play_and_nothing_more(alice: User, assignment: UUID) -> None:
    record(alice, 0.0, withheld_by=assignment)
    assert (book_outcomes(), book_outcomes()) == (1, 0)
    [day] = PlayedDay.objects.all()
    assert (day.attempts, day.seconds, day.firsts, day.score_sum) == (1, 30, 0, 0)
    assert (day.value, day.deviation) == (1500, 350)
    assert ReaderStreak.objects.get().days == 1
    for model in (ReaderRating, CaseRating, ReviewCard):
        assert not model._default_manager.exists()


def test_a_rating_does_not_move_by_it(alice: User, assignment: UUID) -> None:
    record(alice, 0.9, result="hit")
    book_everything()
    before = ReaderRating.objects.get(scope="")
    record(alice, 0.0, at=NOON + DAY, withheld_by=assignment)
    book_everything()
    after = ReaderRating.objects.get(scope="")
    assert (after.value, after.deviation, after.games) == (before.value, before.deviation, 1)
    assert PlayedDay.objects.get(day=date(2026, 11, 3)).value == before.value


def test_once_released_it_counts_for_its_day_and_moves_the_rating_on_the_day_of_release(
    alice: User, assignment: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(alice, 1.0, result="hit")
    record(alice, 0.0, at=NOON + DAY, withheld_by=assignment)
    book_everything()
    high = ReaderRating.objects.get(scope="").value
    assert release(assignment, NOON + 7 * DAY, monkeypatch) == 1
    assert (book_outcomes(), book_outcomes()) == (1, 0)
    rating = ReaderRating.objects.get(scope="")
    assert rating.value < high
    assert rating.games == 2
    days = {row.day.day: row for row in PlayedDay.objects.all()}
    assert set(days) == {2, 3, 9}
    assert (days[3].attempts, days[3].firsts, days[3].value) == (1, 1, high)
    assert (days[9].attempts, days[9].firsts, days[9].value) == (0, 0, rating.value)
    assert ReviewCard.objects.get().scope == "fracture"
    assert ReaderStreak.objects.get().days == 2


def test_released_before_it_was_booked_it_is_counted_once(
    alice: User, assignment: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(alice, 0.5, withheld_by=assignment)
    release(assignment, NOON + timedelta(hours=1), monkeypatch)
    book_everything()
    [day] = PlayedDay.objects.all()
    assert (day.attempts, day.firsts) == (1, 1)


def test_only_the_readers_who_are_named_are_released(
    alice: User, bob: User, assignment: UUID
) -> None:
    record(alice, 0.5, withheld_by=assignment)
    record(bob, 0.5, withheld_by=assignment)
    assert release_outcomes(assignment=assignment, readers=[alice.pk]) == 1
    assert Outcome.objects.get(is_withheld=True).reader == bob


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("seed", range(3))
def test_a_rebuild_gives_what_was_booked_as_it_came(
    batch: int, seed: int, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    withheld: list[tuple[datetime, UUID]] = []
    cases = [make_case() for _number in range(6)]
    for number in range(24):
        now = NOON + number * timedelta(hours=9)
        for due in [due for due in withheld if due[0] <= now]:
            withheld.remove(due)
            release(due[1], due[0], monkeypatch)
            while book_outcomes(limit=batch):
                pass
        key = uuid4() if rng.random() < 0.4 else None
        if key:
            withheld.append((now + rng.randrange(1, 5) * timedelta(hours=11), key))
        result = rng.choice(["hit", "missed"])
        reader, case = rng.choice([alice, bob]), rng.choice(cases)
        record(reader, rng.random(), at=now, withheld_by=key, result=result, case=case)
        while book_outcomes(limit=batch):
            pass
    booked = everything()
    rebuild()
    assert everything() == booked
