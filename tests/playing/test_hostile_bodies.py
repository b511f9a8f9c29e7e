"""What no page sends is refused with a sentence in both games, and the case stays open."""

import pytest
from django.test import Client

from localize import services as localize
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.models import ReferenceReport
from report import services as report
from report.models import Attempt as ReportAttempt
from tests.conftest import client_of
from tests.factories import Said, make_case, make_set

DEEP = 100_000


def draft_of(revision: str = "0", elapsed_s: str = "1", tab: str = "t", answer: str = "{}") -> str:
    told = f'"revision": {revision}, "elapsed_s": {elapsed_s}, "tab": "{tab}", "answer": {answer}'
    return "{" + told + "}"


HOSTILE = {
    "nothing": "",
    "a NUL": "\x00",
    "brackets that never close": "[" * DEEP,
    "brackets that close": "[" * DEEP + "]" * DEEP,
    "a deep answer": draft_of(answer="[" * 900 + "]" * 900),
    "half a character for a tab": draft_of(tab=r"\ud800"),
    "a tab of three lines": draft_of(tab=r"a\nb\nc"),
    "more digits than a number has": draft_of(revision="9" * 6000),
    "a number too large for a column": draft_of(revision="9" * 300),
    "no number": draft_of(elapsed_s="NaN"),
    "no end": draft_of(elapsed_s="1e999"),
}


@pytest.fixture
def attempts(alice: User) -> dict[str, Attempt | ReportAttempt]:
    case = make_case(said=[Said("nodule-mass", (1, 2, 300, 400))], for_report=True)
    ReferenceReport.objects.create(study=case.study, findings="A nodule in the left upper lobe.")
    case_set = make_set(case)
    box = localize.start_sitting(reader=alice, case_set=case_set).attempt
    text = report.start_sitting(reader=alice, case_set=case_set).attempt
    assert box is not None
    assert text is not None
    return {"localize": box, "report": text}


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


@pytest.mark.parametrize("game", ["localize", "report"])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_draft_that_no_page_sends_is_refused(
    game: str, body: str, attempts: dict[str, Attempt | ReportAttempt], client: Client
) -> None:
    attempt = attempts[game]
    refused = client.post(
        f"/{game}/attempts/{attempt.pk}/draft/", body, content_type="application/json"
    )
    assert refused.status_code in {409, 422}
    assert refused.json()["message"]
    attempt.refresh_from_db()
    assert attempt.draft_revision == 0


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_that_no_page_sends_is_refused(
    body: str, attempts: dict[str, Attempt | ReportAttempt], client: Client
) -> None:
    attempt = attempts["localize"]
    refused = client.post(f"/localize/attempts/{attempt.pk}/submit/", {"answer": body})
    assert refused.status_code == 422
    attempt.refresh_from_db()
    assert not attempt.is_submitted
