"""Fixtures every room shares: a fixed cast of people, and a settings floor for tests."""

import os
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.cache import cache, caches
from django.test import Client
from pytest_django import Settings

from radgame.accounts.models import Role, User
from radgame.cases import dossier
from radgame.celery import app
from tools.services import redis_of_tests

DATA = Path(
    os.environ.get(
        "RADGAME_TEST_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    )
)


def pytest_configure() -> None:
    """Whoever runs pytest in the shell of a site keeps its sessions and its messages.

    Tests empty the cache, which is all of a database of Redis, and send messages.
    """
    if site_settings.REDIS_URL:
        site_settings.REDIS_URL = redis_of_tests(site_settings.REDIS_URL)
        site_settings.CACHES["default"]["LOCATION"] = site_settings.REDIS_URL
        # For the processes that tests start.
        os.environ["REDIS_URL"] = site_settings.REDIS_URL
    os.environ.pop("BROKER_URL", None)
    site_settings.BROKER_URL = site_settings.REDIS_URL or "memory://localhost"
    app.conf.broker_url = site_settings.BROKER_URL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what meets a server; what needs real data is skipped, with a reason, without them."""
    for item in items:
        if _meets_servers(item):
            item.add_marker("servers")
    if DATA.is_dir():
        return
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason=f"no test data at {DATA}"))


def _meets_servers(item: pytest.Item) -> bool:
    # What is skipped without a server says so; these two rooms start processes of the site.
    own = {"django_db", "postgres", "redis", "skipif"}
    return (
        bool({"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))
        or any(item.get_closest_marker(name) for name in own)
        or bool({"jobs", "watching"} & set(item.path.parts))
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    return DATA


@pytest.fixture(autouse=True)
def _plain_settings(settings: Settings, tmp_path: Path) -> None:
    """Static files under their own names, files in a folder of the test, a cheap hash."""
    s = settings
    s.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    s.MEDIA_ROOT = tmp_path / "media"
    s.STATIC_ROOT = tmp_path
    if s.REDIS_URL:
        # A database of its own for each test process, so that none clears another's.
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        location = redis_of_tests(s.REDIS_URL, worker)
        s.CACHES = {**s.CACHES, "default": {**s.CACHES["default"], "LOCATION": location}}
    cache.clear()
    caches["fragments"].clear()
    # Rows of another test may have had the same keys.
    dossier.forget()
    s.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    s.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def alice(db: None) -> User:
    """A learner."""
    return User.objects.create_user("alice", "alice@example.org", "correct horse")


@pytest.fixture
def bob(db: None) -> User:
    """Another learner."""
    return User.objects.create_user("bob", "bob@example.org", "correct horse")


@pytest.fixture
def charlie(db: None) -> User:
    """An instructor."""
    return User.objects.create_user(
        "charlie", "charlie@example.org", "correct horse", role=Role.INSTRUCTOR
    )


@pytest.fixture
def dana(db: None) -> User:
    """Staff."""
    return User.objects.create_user("dana", "dana@example.org", "correct horse", is_staff=True)


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create_guest()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="radgame.accounts.backends.ReaderBackend")
    return client


@pytest.fixture
def alice_client(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def bob_client(bob: User) -> Client:
    return client_of(bob)
