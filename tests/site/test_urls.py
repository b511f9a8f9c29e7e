"""Who may open what: every address of the site against a table reviewed by eye."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from localize import services as localize
from localize.answers import Answer
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.models import ReferenceReport
from radgame.progress.models import Flag
from radgame.progress.services import raise_flag
from report import services as report
from report.models import Attempt as ReportAttempt
from report.readings import Reading
from tests.factories import Said, address_of, make_case, make_set
from tests.site import test_urls_of_api as api
from tests.site.test_urls_of_cohorts import TABLE as COHORTS
from tests.site.test_urls_of_following import TABLE as FOLLOWING
from tests.site.test_urls_of_library import TABLE as LIBRARY
from tests.site.test_urls_of_studies import TABLE as STUDIES

PEOPLE = ["nobody", "guest", "owner", "other", "instructor", "staff"]

# 200 page, 302 elsewhere (to sign in, or home), 403 told no, 404 hidden, 405 POST only.
# Order of columns: PEOPLE. Each address is visited by GET.
TABLE: dict[str, list[int]] = {
    "home": [200, 200, 200, 200, 200, 200],
    "about": [200, 200, 200, 200, 200, 200],
    "healthz": [200, 200, 200, 200, 200, 200],
    # From this machine, and the site is embedded: see tests/watching/test_metrics.py.
    "metrics": [200, 200, 200, 200, 200, 200],
    "account_signup": [200, 200, 302, 302, 302, 302],
    "account_login": [200, 200, 302, 302, 302, 302],
    "account_logout": [302, 200, 200, 200, 200, 200],
    "account_confirm_login_code": [302, 302, 302, 302, 302, 302],
    "account_reauthenticate": [302, 403, 200, 200, 200, 200],
    "account_email": [302, 200, 200, 200, 200, 200],
    "account_change_password": [302, 302, 200, 200, 200, 200],
    "account_set_password": [302, 200, 302, 302, 302, 302],
    "account_inactive": [200, 200, 200, 200, 200, 200],
    "account_confirm_email": [200, 200, 200, 200, 200, 200],
    "account_email_verification_sent": [200, 200, 200, 200, 200, 200],
    "account_reset_password": [200, 200, 200, 200, 200, 200],
    "account_reset_password_done": [200, 200, 200, 200, 200, 200],
    "account_reset_password_from_key": [200, 200, 200, 200, 200, 200],
    "account_reset_password_from_key_done": [200, 200, 200, 200, 200, 200],
    "account_settings": [302, 200, 200, 200, 200, 200],
    "mfa_index": [302, 302, 200, 200, 200, 200],
    "mfa_authenticate": [302, 302, 302, 302, 302, 302],
    "mfa_reauthenticate": [302, 302, 302, 302, 302, 302],
    "mfa_activate_totp": [302, 302, 302, 302, 302, 302],
    "mfa_deactivate_totp": [302, 302, 404, 404, 404, 404],
    "mfa_view_recovery_codes": [302, 302, 404, 404, 404, 404],
    "mfa_generate_recovery_codes": [302, 302, 302, 302, 302, 302],
    "mfa_download_recovery_codes": [302, 302, 404, 404, 404, 404],
    "account_data": [302, 200, 200, 200, 200, 200],
    "account_data_export": [302, 405, 405, 405, 405, 405],
    "account_delete": [302, 200, 200, 200, 200, 200],
    "progress": [302, 200, 200, 200, 200, 200],
    "progress_days_file": [302, 200, 200, 200, 200, 200],
    "boards": [302, 200, 200, 200, 200, 200],
    "practise": [302, 405, 405, 405, 405, 405],
    "films:preview": [200, 200, 200, 200, 200, 200],
    "films:pixels": [200, 200, 200, 200, 200, 200],
    "localize:sets": [200, 200, 200, 200, 200, 200],
    "localize:start": [405, 405, 405, 405, 405, 405],
    # The attempt of the table is disputed, so staff may look at it.
    "localize:attempt": [302, 404, 200, 404, 404, 200],
    "localize:draft": [302, 405, 405, 405, 405, 405],
    "localize:submit": [302, 405, 405, 405, 405, 405],
    "localize:next": [302, 405, 405, 405, 405, 405],
    "localize:summary": [302, 404, 200, 404, 404, 404],
    "localize:flag": [302, 405, 405, 405, 405, 405],
    # There is nothing to wait for: 286 tells htmx so.
    "localize:explanations": [302, 404, 286, 404, 404, 286],
    "localize:flag_explanation": [302, 405, 405, 405, 405, 405],
    "report:sets": [200, 200, 200, 200, 200, 200],
    "report:start": [405, 405, 405, 405, 405, 405],
    "report:attempt": [302, 404, 200, 404, 404, 200],
    "report:draft": [302, 405, 405, 405, 405, 405],
    "report:submit": [302, 405, 405, 405, 405, 405],
    # 286 tells htmx to stop asking: this site has no second judge.
    "report:judgement": [302, 404, 286, 404, 404, 286],
    "report:next": [302, 405, 405, 405, 405, 405],
    "report:summary": [302, 404, 200, 404, 404, 404],
    "report:flag": [302, 405, 405, 405, 405, 405],
    "staff_flags": [302, 403, 403, 403, 403, 200],
    "staff_settle_flag": [302, 403, 403, 403, 403, 405],
    "staff_explanations": [302, 403, 403, 403, 403, 200],
    "staff_settle_explanation": [302, 403, 403, 403, 403, 405],
    "staff_work": [302, 403, 403, 403, 403, 200],
    "staff_retry_work": [302, 403, 403, 403, 403, 405],
}

# What a POST may do; only addresses that take one. 422 and 409 are answers to an empty form.
POSTS: dict[str, list[int]] = {
    "practise": [302, 302, 302, 302, 302, 302],
    "account_settings": [302, 422, 422, 422, 422, 422],
    "account_data_export": [302, 200, 200, 200, 200, 200],
    "account_delete": [302, 422, 422, 422, 422, 422],
    "localize:start": [302, 302, 302, 302, 302, 302],
    "localize:draft": [302, 422, 422, 422, 422, 422],
    "localize:submit": [302, 404, 302, 404, 404, 404],
    "localize:next": [302, 404, 302, 404, 404, 404],
    "localize:flag": [302, 404, 200, 404, 404, 404],
    # The site of the table has no model: there are no words to flag.
    "localize:flag_explanation": [302, 404, 404, 404, 404, 404],
    "report:start": [302, 302, 302, 302, 302, 302],
    "report:draft": [302, 422, 422, 422, 422, 422],
    "report:submit": [302, 404, 302, 404, 404, 404],
    "report:next": [302, 404, 302, 404, 404, 404],
    "report:flag": [302, 404, 200, 404, 404, 404],
    "staff_settle_flag": [302, 403, 403, 403, 403, 422],
    "staff_settle_explanation": [302, 403, 403, 403, 403, 404],
    "staff_retry_work": [302, 403, 403, 403, 403, 302],
}


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace == "admin":
                continue  # Django's own, tested there; that it is staff's is tested below.
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern.url_patterns, space + inner)
        elif pattern.name:
            yield space + pattern.name
        else:
            raise AssertionError(f"{pattern} has no name")


@dataclass(frozen=True)
class Played:
    """One case, submitted in both games by the owner, and disputed in both."""

    box: Attempt
    text: ReportAttempt
    flag: Flag


@pytest.fixture
def played(db: None, alice: User) -> Played:
    case = make_case(said=[Said("nodule-mass", (10.0, 10.0, 90.0, 90.0))], for_report=True)
    ReferenceReport.objects.create(study=case.study, findings="A nodule in the left upper lobe.")
    case_set = make_set(case)
    box = localize.start_sitting(reader=alice, case_set=case_set).attempt
    text = report.start_sitting(reader=alice, case_set=case_set).attempt
    assert box is not None
    assert text is not None
    box = localize.submit_attempt(attempt=box, answer=Answer((), (), normal=False), elapsed_s=1)
    text = report.submit_attempt(attempt=text, reading=Reading("Clear."), elapsed_s=1)
    assert box.outcome is not None
    assert text.outcome is not None
    raise_flag(outcome=text.outcome, line=None, comment="?")
    return Played(box, text, raise_flag(outcome=box.outcome, line=None, comment="?"))


@pytest.fixture
def clients(
    played: Played, guest: User, alice: User, bob: User, charlie: User, dana: User
) -> dict[str, Client]:
    made = {"nobody": Client()}
    people = zip(PEOPLE[1:], [guest, alice, bob, charlie, dana], strict=True)
    for name, user in people:
        made[name] = Client()
        made[name].force_login(user, backend="radgame.accounts.backends.ReaderBackend")
    return made


def address(name: str, played: Played) -> str:
    known: dict[str, list[object]] = {
        "practise": ["localize"],
        "progress_days_file": ["xlsx"],
        "films:preview": [*address_of(played.box.case)],
        "films:pixels": [*address_of(played.box.case)],
        "staff_settle_flag": [played.flag.pk],
        "staff_settle_explanation": [1],
        "staff_retry_work": ["explanation"],
        "localize:explanations": [played.box.pk],
        "report:judgement": [played.text.pk],
        "localize:flag_explanation": [played.box.pk, 1],
        "account_confirm_email": ["key"],
        "account_reset_password_from_key": ["1", "key"],
    }
    attempts: list[Attempt | ReportAttempt] = [played.box, played.text]
    for space, attempt in zip(["localize", "report"], attempts, strict=True):
        known |= {
            f"{space}:{action}": [attempt.pk]
            for action in ("attempt", "draft", "submit", "next", "flag")
        }
        known |= {f"{space}:start": ["set"], f"{space}:summary": [attempt.sitting_id]}
    return reverse(name, args=known.get(name, []))


def test_every_address_has_a_row() -> None:
    told = set().union(TABLE, COHORTS, FOLLOWING, LIBRARY, STUDIES, api.names())
    assert set(names(get_resolver().url_patterns)) == told


@pytest.mark.parametrize("name", TABLE)
def test_each_person_gets_what_the_table_says(
    name: str, played: Played, clients: dict[str, Client]
) -> None:
    got = [clients[person].get(address(name, played)).status_code for person in PEOPLE]
    assert got == TABLE[name]


@pytest.mark.parametrize("name", POSTS)
def test_each_person_may_do_what_the_table_says(
    name: str, played: Played, clients: dict[str, Client]
) -> None:
    got = [clients[person].post(address(name, played)).status_code for person in PEOPLE]
    assert got == POSTS[name]


@pytest.mark.parametrize(("person", "status"), list(zip(PEOPLE, [302] * 5 + [200], strict=True)))
def test_only_staff_enter_the_administration(
    person: str, status: int, clients: dict[str, Client]
) -> None:
    assert clients[person].get("/admin/").status_code == status


@pytest.mark.parametrize("space", ["localize", "report"])
def test_an_unknown_attempt_is_not_there(space: str, clients: dict[str, Client]) -> None:
    page = reverse(f"{space}:attempt", args=[uuid.uuid4()])
    assert clients["owner"].get(page).status_code == 404


def test_a_form_without_its_token_is_refused_with_a_page(alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="radgame.accounts.backends.ReaderBackend")
    refused = strict.post(reverse("localize:start", args=["set"]))
    assert refused.status_code == 403
    assert "open too long" in refused.content.decode()
