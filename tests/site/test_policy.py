"""The policy is django-csp's to the letter, whoever puts it together."""

from collections.abc import Callable

import pytest
from csp.constants import HEADER, HEADER_REPORT_ONLY, NONCE, SELF
from csp.decorators import csp, csp_exempt, csp_update
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from radgame.policy import PolicyMiddleware

View = Callable[[HttpRequest], HttpResponse]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def with_a_nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))  # type: ignore[attr-defined]


def with_its_own(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page", headers={HEADER: "default-src 'none'"})


def policy_of(middleware: type[CSPMiddleware], view: View) -> list[tuple[str, str]]:
    response = middleware(view)(RequestFactory().get("/"))
    assert response.content
    return sorted(response.items())


@pytest.mark.parametrize(
    "view",
    [
        plain,
        with_its_own,
        csp_exempt()(plain),
        csp_update({"img-src": ["https://example.org"]})(plain),
        csp({"default-src": [SELF]})(plain),
    ],
)
def test_headers_are_those_of_the_package(view: View) -> None:
    assert policy_of(PolicyMiddleware, view) == policy_of(CSPMiddleware, view)


def test_a_nonce_is_in_the_policy_of_its_own_page_and_of_no_other(settings: Settings) -> None:
    directives = {"script-src": [SELF, NONCE]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
    middleware = PolicyMiddleware(with_a_nonce)
    first, second = (middleware(RequestFactory().get("/")) for _ in range(2))
    for response in (first, second):
        assert f"'nonce-{response.content.decode()}'" in response[HEADER]
    assert first[HEADER] != second[HEADER]
    assert "nonce" not in dict(policy_of(PolicyMiddleware, plain))[HEADER]


def test_a_nonce_that_comes_too_late_is_refused() -> None:
    request = RequestFactory().get("/")
    PolicyMiddleware(plain)(request)
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)  # type: ignore[attr-defined]


def test_what_is_only_reported_is_left_to_the_package(settings: Settings) -> None:
    settings.CONTENT_SECURITY_POLICY_REPORT_ONLY = {"DIRECTIVES": {"img-src": [SELF]}}
    headers = policy_of(PolicyMiddleware, plain)
    assert headers == policy_of(CSPMiddleware, plain)
    assert HEADER_REPORT_ONLY in dict(headers)


def test_an_address_that_is_left_out_has_no_policy(settings: Settings) -> None:
    settings.CONTENT_SECURITY_POLICY = {
        **settings.CONTENT_SECURITY_POLICY,
        "EXCLUDE_URL_PREFIXES": ["/"],
    }
    assert HEADER not in dict(policy_of(PolicyMiddleware, plain))
