"""The film first, its depth behind it, and every way of looking at it."""

import re

import numpy as np

from radgame.cases.models import CaseSet

from .visit import Visit

PRESETS = {"l": "lung", "o": "bone", "m": "mediastinum", "u": "full"}
MIDDLE = (slice(300, 500), slice(450, 700))
"""The middle of the film's element, where nothing is written over the film."""


def test_the_preview_is_on_the_screen_before_the_full_depth_has_come(
    demo: CaseSet, visit: Visit
) -> None:
    page = visit.page
    with visit.site.holding("/pixels") as gate:
        visit.play(until="preview")
        preview = page.locator("rg-film img.film-preview")
        assert preview.evaluate("(img) => img.complete && img.naturalWidth > 0")
        visit.frames()
        early = visit.pixels().astype(int)[MIDDLE]
        assert early.std() > 10
        # The film can be read already, in another window too.
        page.keyboard.press("i")
        visit.frames()
        assert np.abs(visit.pixels().astype(int)[MIDDLE] - early).mean() > 10
        page.keyboard.press("i")
        assert not any(a.path.endswith("/pixels") for a in visit.site.answers)
        gate.set()
        visit.film_ready()
    visit.frames()
    # The same picture, in more depth: nothing jumps.
    assert np.abs(visit.pixels().astype(int)[MIDDLE] - early).mean() < 4


def test_a_right_drag_windows_the_full_depth_and_opens_no_menu(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    visit.page.evaluate(
        "window.menus = [];"
        "addEventListener('contextmenu', (event) => window.menus.push(event.defaultPrevented))"
    )
    before = visit.pixels()
    visit.drag((500, 400), (350, 480), button="right")
    assert np.abs(visit.pixels().astype(int) - before)[MIDDLE].mean() > 10
    assert all(visit.page.evaluate("window.menus"))
    assert visit.answer()["marks"] == []

    visit.page.keyboard.press("r")
    visit.page.mouse.move(2, 2)
    visit.frames()
    assert np.abs(visit.pixels().astype(int) - before)[MIDDLE].mean() < 1


def test_the_keys_for_window_invert_fit_and_one_to_one_act(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    page = visit.page
    first = visit.pixels().astype(int)

    page.keyboard.press("i")
    visit.frames()
    assert page.locator('[data-action="invert"]').get_attribute("aria-pressed") == "true"
    inverted = visit.pixels().astype(int)
    assert np.abs(255 - inverted - first)[MIDDLE].mean() < 3
    page.keyboard.press("i")

    looks = []
    for key in PRESETS:
        page.keyboard.press(key)
        visit.frames()
        looks.append(visit.pixels().astype(int)[MIDDLE])
    for number, look in enumerate(looks):
        for other in looks[:number]:
            assert np.abs(look - other).mean() > 3

    # Now the film is larger than its place, as most films are.
    page.set_viewport_size({"width": 1000, "height": 600})
    visit.frames()
    page.keyboard.press("0")
    visit.frames()
    assert abs(visit.seen().scale - 1) < 0.01
    page.keyboard.press("f")
    visit.frames()
    assert abs(visit.seen().scale / visit.fitted().scale - 1) < 0.01
    page.keyboard.press("+")
    visit.frames()
    assert visit.seen().scale > 1.1 * visit.fitted().scale


def test_the_preset_in_use_is_the_one_that_is_pressed(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    for key, name in PRESETS.items():
        visit.page.keyboard.press(key)
        visit.frames()
        button = visit.page.locator(f'[data-action="preset:{name}"]')
        assert button.get_attribute("aria-pressed") == "true", name


def test_films_are_cached_for_good_and_only_for_the_one_who_may_see_them(
    demo: CaseSet, visit: Visit
) -> None:
    visit.play()
    visit.page.reload()
    visit.film_ready()
    films = [answer for answer in visit.site.answers if answer.path.startswith("/films/")]
    assert sorted(film.path.rsplit("/", 1)[1] for film in films) == ["pixels", "preview.webp"]
    for film in films:
        headers = dict(film.headers)
        assert "immutable" in headers["Cache-Control"]
        assert "private" in headers["Cache-Control"]
        assert re.fullmatch(r"/films/[\w-]{20,}(/[\w-]+)*/(pixels|preview\.webp)", film.path)
    assert len(next(f.body for f in films if f.path.endswith(".webp"))) <= 150_000
