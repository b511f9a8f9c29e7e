"""One PostgreSQL, one Redis and one sweeper for all fault tests; the rest comes and goes."""

import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from . import endpoint as endpoints
from .audit import STORED
from .database import connected_to
from .endpoint import Endpoint
from .processes import Site
from .services import Postgres, Redis, missing


@pytest.fixture(scope="session", autouse=True)
def _services_are_there() -> None:
    lacks = missing()
    if lacks and os.environ.get("CI"):
        pytest.fail(f"the fault tests cannot be left out here, and need {', '.join(lacks)}")
    if lacks:
        pytest.skip(f"not on this machine: {', '.join(lacks)}")


@pytest.fixture(scope="session")
def postgres(_services_are_there: None) -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.remove()


@pytest.fixture(scope="session")
def shared_redis(_services_are_there: None) -> Iterator[Redis]:
    redis = Redis()
    yield redis
    redis.kill()


@pytest.fixture(scope="session")
def _database(postgres: Postgres, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """This process speaks to the tests' PostgreSQL, like the site's processes."""
    with connected_to(postgres.url, django_db_blocker):
        with connection.cursor() as cursor:
            cursor.execute(STORED)
        yield


@pytest.fixture(scope="session")
def shared_endpoint() -> Iterator[Endpoint]:
    with endpoints.serving() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def shared_site(
    postgres: Postgres, shared_redis: Redis, _database: None, shared_endpoint: Endpoint
) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="radgame-faults-") as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": postgres.url,
            "REDIS_URL": shared_redis.url,
            "FAULTS_ENDPOINT": shared_endpoint.url,
            "RADGAME_VAR": folder,
            # Sessions are made here and used there.
            "SECRET_KEY": settings.SECRET_KEY,
            "RADGAME_PLAIN_STATIC": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        environment.pop("CI", None)
        site = Site(environment, Path(folder))
        # Schedule and sweeps, which have to live through everything that follows.
        site.worker("quick", beat=True)
        yield site
        site.stop()


@pytest.fixture
def redis(shared_redis: Redis) -> Redis:
    return shared_redis


@pytest.fixture
def site(shared_site: Site, shared_endpoint: Endpoint, shared_redis: Redis) -> Iterator[Site]:
    """The site's starter; what a test started ends with it, what it left in the tables goes."""
    before = shared_site.count
    yield shared_site
    shared_site.stop(keep=before)
    shared_endpoint.forget()
    connection.close()
    _empty_tables()


def _empty_tables() -> None:
    with connection.cursor() as cursor:
        names = connection.introspection.django_table_names(only_existing=True)
        kept = {"django_migrations", "django_content_type", "auth_permission"}
        listed = ", ".join(sorted({*names, "stored"} - kept))
        cursor.execute(f"TRUNCATE {listed} RESTART IDENTITY CASCADE")


@pytest.fixture
def endpoint(shared_endpoint: Endpoint) -> Endpoint:
    return shared_endpoint


@pytest.fixture
def sender(shared_redis: Redis) -> Celery:
    """Sends messages as nobody of the product would."""
    return Celery("sender", broker=shared_redis.url, set_as_current=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the site's processes said."""
    report = yield
    site = getattr(item, "funcargs", {}).get("shared_site")
    if report.failed and site is not None:
        report.sections += [(name, text[-6000:]) for name, text in site.logs()]
    return report
