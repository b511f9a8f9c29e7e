"""A test's score tells on no page, board or file before its feedback opens; then it counts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from localize import services as localize
from localize.answers import Answer, DrawnMark
from localize.models import Attempt
from radgame.accounts.models import Boards, User
from radgame.cases.models import Case, CaseSet
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import Assignment, Cohort, Membership
from radgame.classroom.services import create_cohort
from radgame.playing.release import release_opened
from radgame.progress.boards.standings import ENOUGH
from radgame.progress.booking import book_everything
from radgame.progress.models import Outcome, ReaderRating
from radgame.tasks import release
from radgame.views import GAMES
from tests.conftest import client_of
from tests.factories import Said, make_case, make_set, token_of
from tests.progress.standing import wish

BOX = (100.0, 100.0, 300.0, 300.0)

Answering = Callable[[Case], Answer]


def right(case: Case) -> Answer:
    return Answer((DrawnMark(token_of(case), "fracture", BOX, None),), (), normal=False)


def wrong(_case: Case) -> Answer:
    return Answer((), (), normal=True)


@pytest.fixture
def cohort(charlie: User, alice: User, bob: User) -> Cohort:
    cohort = create_cohort(instructor=charlie, name="First year", description="", time_zone="UTC")
    for learner in (alice, bob):
        Membership.objects.create(cohort=cohort, person=learner)
        wish(learner, Boards.SITE)
    return cohort


def fractures(count: int, slug: str) -> CaseSet:
    return make_set(*[make_case(said=[Said("fracture", BOX)]) for _n in range(count)], slug=slug)


def play(first: Attempt | None, answering: Answering) -> None:
    attempt = first
    while attempt is not None:
        answer = answering(attempt.case)
        submitted = localize.submit_attempt(attempt=attempt, answer=answer, elapsed_s=0)
        attempt = localize.advance(attempt=submitted)


def practise(reader: User, case_set: CaseSet) -> None:
    play(localize.start_sitting(reader=reader, case_set=case_set).attempt, right)


def sit(reader: User, assignment: Assignment, answering: Answering) -> None:
    play(localize.start_assigned(reader=reader, assignment=assignment).attempt, answering)


@pytest.fixture
def assignment(cohort: Cohort, charlie: User) -> Assignment:
    now = timezone.now()
    return create_assignment(
        cohort=cohort,
        made_by=charlie,
        case_set=fractures(4, "test"),
        game="localize",
        title="Test",
        mode=Assignment.Mode.TEST,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        feedback=Assignment.Feedback.AFTER_CLOSE,
    )


def told(client: Client, reader: User, cohort: Cohort) -> dict[str, str]:
    """What the reader's pages say, but for the name and what is another in every answer."""
    pages = {
        name: client.get(reverse(name, args=args))
        for name, args in {
            "home": [],
            "progress": [],
            "progress_days_file": ["csv"],
            "boards": [],
            "classroom:board": [cohort.pk],
        }.items()
    }
    said = {}
    for name, page in pages.items():
        assert page.status_code == 200, name
        text = page.content.decode()
        text = re.sub(r'"X-CSRFToken": "\w+"|csrfmiddlewaretoken" value="\w+"', "", text)
        # The same page for either of two: who is who, and who comes first where they are tied.
        text = re.sub(r'<tr[^>]*><td class="number">1</td>.*?</tr>', "", text)
        said[name] = text.replace(reader.username, "reader")
    export = client.post(reverse("account_data_export"))
    text = export.getvalue().decode()
    for part in ("played_days", "ratings", "review_cards", "streak"):
        found = re.search(rf'"{part}": \[(.*?)\n\]', text, re.DOTALL)
        assert found, part
        said[part] = re.sub(r'"rated_at": "[^"]*"', "", found[1])
    return said


def test_who_did_well_and_who_did_badly_are_told_the_same_until_feedback_opens(
    cohort: Cohort, assignment: Assignment, alice: User, bob: User
) -> None:
    warm_up = fractures(ENOUGH, "warm-up")
    for reader in (alice, bob):
        practise(reader, warm_up)
    Outcome.objects.update(occurred_at=timezone.now())
    book_everything()
    # The first to read a case finds another case than the second; here they shall be alike.
    for row in ReaderRating.objects.filter(reader=alice).values(
        "scope", "value", "deviation", "volatility"
    ):
        ReaderRating.objects.filter(scope=row.pop("scope")).update(**row)
    for reader in (alice, bob):
        wish(reader, Boards.SITE)

    clients = {reader.pk: client_of(reader) for reader in (alice, bob)}
    sit(alice, assignment, right)
    sit(bob, assignment, wrong)
    release_opened(games=GAMES)
    book_everything()
    values = set(ReaderRating.objects.filter(scope="").values_list("value", flat=True))
    assert len(values) == 1
    one, other = (told(clients[reader.pk], reader, cohort) for reader in (alice, bob))
    assert "4 cases of assignments are not in these figures yet" in one["progress"]
    for name, text in one.items():
        assert text == other[name], name

    Assignment.objects.update(
        opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(hours=1)
    )
    release.apply()
    book_everything()
    one, other = (told(clients[reader.pk], reader, cohort) for reader in (alice, bob))
    assert "not in these figures yet" not in one["progress"]
    for name in ("home", "progress", "progress_days_file", "ratings", "review_cards"):
        assert one[name] != other[name], name
    ratings = dict(ReaderRating.objects.filter(scope="").values_list("reader", "value"))
    assert ratings[alice.pk] > ratings[bob.pk]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    real, ahead = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + ahead[0])

    def move(time: timedelta) -> None:
        ahead[0] += time

    return move


def withheld() -> int:
    return Outcome.objects.filter(is_withheld=True).count()


def test_after_the_set_is_with_its_last_case(assignment: Assignment, alice: User) -> None:
    Assignment.objects.update(feedback=Assignment.Feedback.AFTER_SET)
    assignment.refresh_from_db()
    attempt = localize.start_assigned(reader=alice, assignment=assignment).attempt
    assert attempt is not None
    localize.submit_attempt(attempt=attempt, answer=wrong(attempt.case), elapsed_s=0)
    release_opened(games=GAMES)
    assert withheld() == 1
    sit(alice, assignment, wrong)
    assert withheld() == 0


def test_what_was_given_up_is_released_when_no_more_is_taken(
    assignment: Assignment, alice: User, clock: Callable[[timedelta], None]
) -> None:
    Assignment.objects.update(feedback=Assignment.Feedback.AFTER_SET, time_limit_min=10)
    assignment.refresh_from_db()
    attempt = localize.start_assigned(reader=alice, assignment=assignment).attempt
    assert attempt is not None
    localize.submit_attempt(attempt=attempt, answer=wrong(attempt.case), elapsed_s=0)
    clock(timedelta(minutes=9))
    assert release_opened(games=GAMES) == 0
    clock(timedelta(minutes=3))
    assert release_opened(games=GAMES) == 1


def test_after_closing_is_after_closing(
    assignment: Assignment, alice: User, bob: User, clock: Callable[[timedelta], None]
) -> None:
    sit(alice, assignment, right)
    sit(bob, assignment, wrong)
    assert (release_opened(games=GAMES), withheld()) == (0, 8)
    clock(timedelta(days=1, minutes=1))
    assert (release_opened(games=GAMES), withheld()) == (8, 0)


def test_feedback_at_once_is_never_withheld(assignment: Assignment, alice: User) -> None:
    Assignment.objects.update(feedback=Assignment.Feedback.AT_ONCE)
    assignment.refresh_from_db()
    sit(alice, assignment, wrong)
    assert withheld() == 0


def test_an_instructor_who_opens_feedback_earlier_releases_it(
    assignment: Assignment, alice: User
) -> None:
    sit(alice, assignment, wrong)
    Assignment.objects.update(feedback=Assignment.Feedback.AT_ONCE)
    assert release_opened(games=GAMES) == 4
