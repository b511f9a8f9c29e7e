"""Whatever is sent to an operation, its answer is one that the description tells of.

Schemathesis makes requests from the description, right and wrong ones, and each goes through the
whole site in this process. Half of them name what is really there, so that they get beyond the
doors. The same requests are made at every run.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, strategies
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from radgame.accounts.models import User
from tests.api.conftest import Site, at, in_the_path, key_of
from tests.factories import address_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Of each kind, for each operation and person.
EXAMPLES = 3


def in_the_body(site: Site) -> dict[str, Any]:
    """The same under the names that stand in bodies and questions."""
    token, _rendition = address_of(site.case)
    return {
        "case": str(site.case.public_id),
        "cases": [str(site.case.public_id)],
        "code": site.link.code,
        "dataset": site.case.dataset.slug,
        "finding": "nodule-mass",
        "findings": ["nodule-mass"],
        "image": token,
        "people": [site.membership.pk],
        "selected": ["cardiomegaly"],
        "set": site.own_set.slug,
        "time_zone": "Europe/Zurich",
        "work": str(site.assignment.pk),
    }


def named(value: Any, known: dict[str, Any]) -> Any:
    """The value with what is really there in place of what was made up."""
    if isinstance(value, list):
        return [named(inner, known) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        # Of the report game, the findings are a text.
        name: known[name] if name in known and type(known[name]) is type(inner) else inner
        for name, inner in ((name, named(inner, known)) for name, inner in value.items())
    }


def tries(
    operation: Any, mode: GenerationMode, path: dict[str, Any], site: Site, headers: dict[str, str]
) -> Callable[[], None]:
    """Asks for the operation a few times; each time the site is as it was before."""
    known = in_the_body(site)

    @hypothesis_settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=strategies.booleans())
    def ask(case: Any, real: bool) -> None:
        if real:
            case.path_parameters = {name: str(path[name]) for name in case.path_parameters or {}}
            case.query = named(case.query, known)
            case.body = named(case.body, known)
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    return ask


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own client has it: what a test has written is seen by the requests it makes."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("role", ["learner", "instructor", "staff"])
def test_no_answer_is_outside_the_description(
    role: str,
    mode: GenerationMode,
    site: Site,
    alice: User,
    charlie: User,
    dana: User,
    settings: Settings,
) -> None:
    settings.API_PER_MINUTE = settings.API_CHANGES_PER_MINUTE = 10**9
    person = {"learner": alice, "instructor": charlie, "staff": dana}[role]
    headers = {"Authorization": f"Bearer {key_of(person)}"}
    described = schemathesis.openapi.from_wsgi(at("schema"), get_wsgi_application())
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 70
    for operation in operations:
        path = in_the_path(site, operation.path)
        tries(operation, mode, path, site, headers)()
        if "{assignment_id}" in operation.path:
            # A part of a study is an assignment too, and stands as its protocol says.
            part = {**path, "assignment_id": site.part.pk}
            tries(operation, mode, part, site, headers)()
