"""A study of two films in Localize: side by side, on a phone one at a time."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator

from localize.models import Attempt
from radgame.cases.importers import demo
from radgame.cases.importers.prepare import Known, PreparedCase, prepare
from radgame.cases.importers.record import Box, FilmSource, FindingRecord, RegionRecord
from radgame.cases.models import CaseImage, CaseSet
from radgame.imaging.fingerprint import pixel_fingerprint
from radgame.imaging.phantom import LesionSpec, Recipe

from .films import store_demo
from .visit import Visit
from .wire import Site

BEHIND: Box = (120.0, 300.0, 220.0, 420.0)
"""What is to be found lies on the second film alone."""


@pytest.fixture(scope="session")
def two_views() -> PreparedCase:
    recipe = Recipe(
        key="two-views",
        seed=7,
        age_years=48,
        sex="M",
        indication="Fever.",
        lesions=(LesionSpec("consolidation", "right", "lower"),),
        scale=0.5,
    )
    record = demo.build(recipe)
    (frontal,) = record.images
    assert isinstance(frontal.source, FilmSource)
    turned = frontal.source.film.pixels[:, ::-1].copy()
    finding = FindingRecord(
        finding="consolidation",
        source_label="consolidation",
        regions=(RegionRecord("Reader", BEHIND),),
    )
    lateral = replace(
        frontal,
        sop_uid=f"{frontal.sop_uid}-lateral",
        view="LATERAL",
        source=FilmSource(replace(frontal.source.film, pixels=turned), pixel_fingerprint(turned)),
        findings=(finding,),
    )
    images = (replace(frontal, findings=()), lateral)
    done = prepare(replace(record, images=images), Known(), max_pixels=10_000_000)
    assert isinstance(done, PreparedCase), done
    return done


@pytest.fixture
def study(site: Site, two_views: PreparedCase) -> CaseSet:
    return store_demo([two_views])


def films(visit: Visit) -> tuple[Locator, Locator]:
    found = visit.page.locator("rg-film")
    assert found.count() == 2
    return found.nth(0), found.nth(1)


def hanging(visit: Visit) -> list[int]:
    return [index for index, film in enumerate(films(visit)) if film.is_visible()]


def wait_until_drawn(film: Locator) -> None:
    film.and_(film.page.locator('[data-depth="full"].is-drawn')).wait_for()


def assert_saved_on_the_second_film(visit: Visit, drawn: list[float]) -> None:
    (mark,) = visit.wait_for_marks(1)
    second = CaseImage.objects.get(position=1)
    assert mark["image"] == films(visit)[1].get_attribute("data-image") == second.image.token
    assert mark["box"] == pytest.approx(drawn, abs=1.5)
    assert mark["box"] == pytest.approx(list(BEHIND), abs=5)


def test_a_box_on_the_second_of_two_films_is_kept_and_scored_there(
    study: CaseSet, visit: Visit
) -> None:
    visit.play()
    page = visit.page
    assert hanging(visit) == [0, 1]
    first, second = films(visit)
    wait_until_drawn(second)
    (_x, top, wide, _h), (_x2, second_top, second_wide, _h2) = map(visit.bounds, films(visit))
    assert (top, wide) == pytest.approx((second_top, second_wide), abs=1)

    drawn = visit.draw("consolidation", BEHIND, visit.fitted(second))
    assert_saved_on_the_second_film(visit, drawn)
    assert first.locator("[data-shape]").count() == 0
    assert second.locator("[data-shape]").count() == 1

    # S leaves the film that is worked on; a mark brings its own film up.
    page.keyboard.press("s")
    assert hanging(visit) == [1]
    page.keyboard.press("v")
    assert hanging(visit) == [0]
    page.locator(".mark").focus()
    assert hanging(visit) == [1]
    page.keyboard.press("s")

    visit.submit()
    attempt = Attempt.objects.get()
    assert attempt.score == 1
    assert hanging(visit) == [0, 1]
    assert [film.locator(".is-regions").count() for film in films(visit)] == [0, 1]


def test_on_a_phone_one_film_hangs_at_a_time(
    study: CaseSet, new_visit: Callable[..., Visit]
) -> None:
    visit = new_visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visit.play()
    page = visit.page
    assert hanging(visit) == [0]
    _x, _y, wide, _high = visit.bounds(films(visit)[0])
    assert wide == pytest.approx(390, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("group", name="Views").get_by_role("button", name="Lateral").tap()
    second = films(visit)[1]
    wait_until_drawn(second)
    assert hanging(visit) == [1]
    drawn = visit.draw("consolidation", BEHIND, visit.fitted(second))
    assert_saved_on_the_second_film(visit, drawn)

    # The outcome brings up the film that it speaks of.
    page.get_by_role("button", name="PA", exact=True).tap()
    assert hanging(visit) == [0]
    visit.submit()
    assert hanging(visit) == [0]
    page.keyboard.press("j")
    assert hanging(visit) == [1]
    page.keyboard.press("Enter")
    wait_until_drawn(second)
    visit.frames()
    view = page.evaluate("document.querySelectorAll('rg-film')[1].viewport.view")
    assert 0 < view["scale"] < 12
