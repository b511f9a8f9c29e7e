"""A cohort with an assignment, and a way to write what its learners did."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from radgame.accounts.models import User
from radgame.cases.models import Case, Finding, Play
from radgame.classroom import services
from radgame.classroom.assigning import create_assignment
from radgame.classroom.models import Assignment, Cohort
from radgame.progress.models import Game, Outcome
from radgame.progress.services import LedgerEntry, LedgerLine, record_outcome
from tests.factories import make_case, make_set


@pytest.fixture
def cohort(charlie: User, alice: User, bob: User) -> Cohort:
    cohort = services.create_cohort(
        instructor=charlie, name="First year", description="", time_zone="America/New_York"
    )
    link = services.create_link(cohort=cohort, made_by=charlie, expires_at=None)
    for learner in (alice, bob):
        services.join_cohort(person=learner, code=link.code)
    return cohort


@pytest.fixture
def cases(db: None) -> list[Case]:
    return [make_case() for _number in range(6)]


@pytest.fixture
def assignment(cohort: Cohort, charlie: User, cases: list[Case]) -> Assignment:
    return assign(cohort, charlie, cases)


def assign(
    cohort: Cohort, by: User, cases: list[Case], slug: str = "set", **conditions: Any
) -> Assignment:
    values: dict[str, Any] = {
        "title": "Ribs",
        "game": Play.LOCALIZE,
        "opens_at": timezone.now() - timedelta(hours=1),
        **conditions,
    }
    case_set = make_set(*cases, slug=slug)
    return create_assignment(cohort=cohort, made_by=by, case_set=case_set, **values)


def write(
    reader: User,
    case: Case,
    assignment: Assignment | None,
    lines: Mapping[str, str] | None = None,
    *,
    score: float = 0.5,
    seconds: float = 30.0,
    at: datetime | None = None,
) -> Outcome:
    """An outcome in the ledger; ``lines``: by finding, what became of it."""
    ids = dict(Finding.objects.values_list("slug", "pk"))
    entry = LedgerEntry(
        reader_id=reader.pk,
        game=Game(assignment.game) if assignment else Game.LOCALIZE,
        case_id=case.pk,
        score=score,
        seconds=seconds,
        scorer_version="1",
        occurred_at=at or timezone.now(),
        lines=[LedgerLine(ids[slug], result) for slug, result in (lines or {}).items()],
        assignment=assignment.pk if assignment else None,
    )
    return record_outcome(entry=entry)
