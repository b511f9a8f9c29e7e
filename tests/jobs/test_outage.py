"""A database that does not answer costs a try, and no trust."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from radgame import views


@pytest.fixture
def calm_client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_a_page_to_try_again(
    calm_client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr(views, "home_of", _failing(error("could not connect to server at db:5432")))
    response = calm_client.get("/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    page = response.content.decode()
    assert "Nothing that was saved is lost" in page
    assert "db:5432" not in page


def test_an_error_of_ours_is_not_called_an_outage(
    calm_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "home_of", _failing(KeyError("bug")))
    response = calm_client.get("/")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def _failing(error: Exception) -> object:
    def fail(*_arguments: object) -> None:
        raise error

    return fail
