"""A browser for the session, a fresh visit and a fresh site for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser, Error, sync_playwright
from pytest_django.live_server_helper import LiveServer

from radgame.cases.importers.prepare import PreparedCase
from radgame.cases.models import CaseSet

from .films import prepared_cases, store_demo
from .imported import import_chestx_det
from .reports import Desk, prepared_reports, store_reports
from .visit import Visit
from .wire import Site

# Playwright's sync API runs an event loop in the test's thread; the tests read the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM_ARGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def live_server(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """pytest-django's live server, started with the settings that its handlers keep."""
    plain = {
        "STATIC_ROOT": tmp_path_factory.mktemp("static"),
        # Films have no media URL; without one here every address would be taken for a file.
        "MEDIA_URL": "/no-media/",
    }
    with override_settings(**plain):
        server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _recorded_site(live_server: LiveServer) -> Site:
    return Site(live_server)


@pytest.fixture
def site(_recorded_site: Site, live_server: LiveServer, transactional_db: None) -> Iterator[Site]:
    with _recorded_site.visited():
        yield _recorded_site


@pytest.fixture(scope="session")
def demo_films() -> list[PreparedCase]:
    return prepared_cases()


@pytest.fixture
def demo(site: Site, demo_films: list[PreparedCase]) -> CaseSet:
    """The demo as three cases: consolidation and a large heart, normal, nodule."""
    return store_demo(demo_films)


@pytest.fixture
def chestx_det(site: Site, tmp_path: Path) -> CaseSet:
    """An imported set of two cases: a consolidation with an effusion, a normal film."""
    return import_chestx_det(tmp_path / "chestx_det")


@pytest.fixture(scope="session")
def report_films() -> list[PreparedCase]:
    return prepared_reports()


@pytest.fixture
def reports(site: Site, report_films: list[PreparedCase]) -> CaseSet:
    """Two report cases: two views with an effusion and a large heart, one normal view."""
    return store_reports(report_films)


@pytest.fixture
def new_visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """Makes visits; each is a browser context of its own, and must end without trouble."""
    visits: list[Visit] = []

    def make(**options: Any) -> Visit:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        visit = Visit(chromium.new_context(base_url=site.url, **options), site)
        visits.append(visit)
        return visit

    yield make
    troubles = [trouble for visit in visits for trouble in visit.unexpected]
    for visit in visits:
        try:
            visit.context.unroute_all(behavior="ignoreErrors")
            visit.context.close()
        except Error as error:
            troubles.append(str(error))
    assert troubles == []


@pytest.fixture
def visit(new_visit: Callable[..., Visit]) -> Visit:
    return new_visit()


@pytest.fixture
def desk(visit: Visit) -> Desk:
    """The same visit at the report game."""
    return Desk(visit)
