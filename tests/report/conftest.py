"""A report case as a learner meets it, opened."""

import pytest

from radgame.accounts.models import User
from radgame.cases.models import Case
from report import services
from report.models import Attempt
from tests.factories import make_report_case, make_set

FINDINGS = "There is a moderate right pleural effusion. Large left apical pneumothorax."
IMPRESSION = "Left pneumothorax. Right pleural effusion."


@pytest.fixture
def case(db: None) -> Case:
    return make_report_case(
        FINDINGS,
        IMPRESSION,
        technique="Two projections of the thorax, erect.",
        indication="Chest pain after a fall.",
        comparison="Compared with the radiograph of 3 March, which showed zebra stripes.",
        views=("PA", "LATERAL"),
    )


@pytest.fixture
def attempt(case: Case, alice: User) -> Attempt:
    following = make_report_case("The lungs are clear. Normal heart size.")
    return opened(alice, case, following)


def opened(reader: User, *cases: Case, slug: str = "set") -> Attempt:
    started = services.start_sitting(reader=reader, case_set=make_set(*cases, slug=slug))
    assert started.attempt is not None
    return started.attempt
