"""The health check tells the truth about what it stands on."""

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings
from redis import Redis


@pytest.mark.django_db
def test_all_is_well_without_a_sign_in(client: Client, settings: Settings) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    expected = "ok" if settings.REDIS_URL else "embedded"
    assert response.json() == {
        "status": "ok",
        "version": settings.VERSION,
        "database": "ok",
        "broker": expected,
        "storage": "ok",
    }


@pytest.mark.django_db
def test_a_failing_storage_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_kwargs: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "save", full)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["storage"] == "failing"


@pytest.mark.django_db
def test_a_failing_database_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(connection, "cursor", gone)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == "failing"


NOWHERE = "redis://127.0.0.1:1/0"


@pytest.mark.django_db
def test_a_broker_that_does_not_answer_is_said(client: Client, settings: Settings) -> None:
    # With the cache on the same Redis, as most sites have it.
    settings.REDIS_URL = settings.BROKER_URL = NOWHERE
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "radgame.cache.RedisCache", "LOCATION": NOWHERE},
    }
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["broker"] == "failing"


@pytest.mark.django_db
def test_a_broker_of_its_own_is_asked(client: Client, settings: Settings) -> None:
    # The cache is in order, in the process or on another Redis.
    settings.BROKER_URL = NOWHERE
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["broker"] == "failing"


@pytest.mark.django_db
def test_a_broker_of_its_own_that_answers_is_no_embedded_one(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL, settings.BROKER_URL = "", "redis://broker/0"
    monkeypatch.setattr(Redis, "ping", lambda _self: True)
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["broker"] == "ok"


@pytest.mark.django_db
def test_pages_forbid_inline_scripts_and_styles(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
