"""A visitor: a browser context that notes all trouble, and what a visitor does with films."""

import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image as Picture
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response
from scipy import ndimage

from localize.models import Attempt
from localize.services import start_sitting
from radgame.accounts.models import User
from radgame.cases.models import CaseSet

from .films import FIDUCIALS_PX
from .wire import Site

Point = tuple[float, float]
Box = tuple[float, float, float, float]

WAIT_S = 20.0  # two cores may be shared with other tests
# A page that breaks its own policy says so in the console, and the console is watched.
POLICY_WATCH = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the film lies on the page: page = source * scale + (x, y), in CSS pixels."""

    scale: float
    x: float
    y: float

    def to_page(self, source: Point) -> Point:
        return (source[0] * self.scale + self.x, source[1] * self.scale + self.y)

    def to_source(self, page: Point) -> Point:
        return ((page[0] - self.x) / self.scale, (page[1] - self.y) / self.scale)

    def box_of(self, start: Point, end: Point) -> list[float]:
        return [*self.to_source(start), *self.to_source(end)]


class Visit:
    """One person in one browser, first with one tab."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.context = context
        self.site = site
        self._troubles: list[str] = []
        self._expected: list[str] = []
        context.set_default_timeout(WAIT_S * 1000)
        context.add_init_script(POLICY_WATCH)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._troubles.append(f"script: {error.error}"))
        context.on("response", self._response)
        self.page: Page = context.new_page()

    # --- trouble --------------------------------------------------------------
    def expect(self, part: str) -> None:
        """Trouble that the test causes itself, by a part of its words."""
        self._expected.append(part)

    @property
    def unexpected(self) -> list[str]:
        return [
            trouble
            for trouble in self._troubles
            if not any(part in trouble for part in self._expected)
        ]

    @property
    def troubles(self) -> list[str]:
        return self._troubles

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._troubles.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._troubles.append(f"status {response.status}: {response.url}")

    # --- database -------------------------------------------------------------
    def eventually(self, holds: Callable[[], object], what: str = "") -> None:
        """Wait for something to hold in the database."""
        deadline = time.monotonic() + WAIT_S
        while True:
            with self.site.lock:
                if holds():
                    return
            assert time.monotonic() < deadline, what or "this never came true"
            self.page.wait_for_timeout(40)

    def saved_marks(self) -> list[dict[str, Any]]:
        """The marks of the latest attempt in the database."""
        with self.site.lock:
            marks: list[dict[str, Any]] = Attempt.objects.latest("started_at").answer["marks"]
        return marks

    def wait_for_marks(self, count: int) -> list[dict[str, Any]]:
        self.eventually(lambda: len(self.saved_marks()) == count, f"no {count} marks in the draft")
        return self.saved_marks()

    # --- pages ----------------------------------------------------------------
    def play_as_guest(self) -> None:
        """From the front door to the first film of the demo, in full depth."""
        self.page.goto("/")
        self.page.get_by_role("button", name="Play as a guest").click()
        self.film_ready()

    def play(self, reader: User | None = None, until: str = "full") -> None:
        """Straight to the first film of the demo, as a guest or as somebody."""
        with self.site.lock:
            reader = reader or User.objects.create_guest()
            client = Client()
            client.force_login(reader, backend="radgame.accounts.backends.ReaderBackend")
            started = start_sitting(reader=reader, case_set=CaseSet.objects.latest("pk"))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": self.site.url}]
        )
        assert started.attempt is not None
        self.page.goto(reverse("localize:attempt", args=[started.attempt.pk]))
        self.film_ready(until)

    def film_ready(self, depth: str = "full") -> None:
        self.page.wait_for_selector(f'rg-film[data-depth="{depth}"].is-drawn')

    def tab(self) -> Page:
        """Open another tab and use it from now on."""
        self.page = self.context.new_page()
        return self.page

    # --- the film -------------------------------------------------------------
    @property
    def film(self) -> Locator:
        return self.page.locator("rg-film")

    def bounds(self, locator: Locator) -> Box:
        box = locator.bounding_box()
        assert box is not None
        return (box["x"], box["y"], box["width"], box["height"])

    def fitted(self, film: Locator | None = None) -> Placement:
        """Where a fitted film must lie: as large as fits, centred, by nothing but its element."""
        film = film or self.film
        left, top, width, height = self.bounds(film)
        columns = float(film.get_attribute("data-columns") or 0)
        rows = float(film.get_attribute("data-rows") or 0)
        scale = min(width / columns, height / rows)
        return Placement(
            scale, left + (width - columns * scale) / 2, top + (height - rows * scale) / 2
        )

    def seen(self) -> Placement:
        """Where the film lies, read off the screen from the squares burnt into it."""
        left, top, _width, _height = self.bounds(self.film)
        (ax, ay), (bx, by) = find_fiducials(self.film.screenshot())
        (sax, say), (sbx, sby) = FIDUCIALS_PX
        scale = ((bx - ax) / (sbx - sax) + (by - ay) / (sby - say)) / 2
        middle_x, middle_y = (ax + bx) / 2 + left, (ay + by) / 2 + top
        return Placement(
            scale, middle_x - scale * (sax + sbx) / 2, middle_y - scale * (say + sby) / 2
        )

    def pixels(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """The film as grey values on the screen."""
        return np.asarray(Picture.open(io.BytesIO(self.film.screenshot())).convert("L"))

    def frames(self) -> None:
        """Let the page draw what it was told."""
        self.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def pick(self, finding: str) -> None:
        self.page.locator(f'[data-finding="{finding}"]').click()

    def drag(self, start: Point, end: Point, button: Any = "left") -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down(button=button)
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up(button=button)
        self.frames()

    def draw(self, finding: str, box: Box, placement: Placement | None = None) -> list[float]:
        """Draw a box by dragging; gives the source pixels that were drawn."""
        placement = placement or self.fitted()
        self.pick(finding)
        # Whole pixels, as a mouse gives them.
        start, end = (
            tuple(float(round(v)) for v in placement.to_page(corner))
            for corner in ((box[0], box[1]), (box[2], box[3]))
        )
        self.drag((start[0], start[1]), (end[0], end[1]))
        return placement.box_of((start[0], start[1]), (end[0], end[1]))

    # --- submit ---------------------------------------------------------------
    @property
    def submit_button(self) -> Locator:
        return self.page.locator("#reading button[type=submit]")

    def submit(self) -> None:
        self.submit_button.click()
        self.page.wait_for_selector("rg-outcomes .outcome")

    def answer(self) -> dict[str, Any]:
        """What the form would send now."""
        found: dict[str, Any] = json.loads(self.page.input_value("#reading [name=answer]"))
        return found

    def outline(self, shape: str) -> list[float]:
        """Where a shape's line lies on the page, without its thickness, as source pixels."""
        corners: list[float] = self.page.locator(f'[data-shape="{shape}"] .line').evaluate(
            """(line) => {
              const box = line.getBBox();
              const at = (x, y) => new DOMPoint(x, y).matrixTransform(line.getScreenCTM());
              const [from, to] = [at(box.x, box.y), at(box.x + box.width, box.y + box.height)];
              return [from.x, from.y, to.x, to.y];
            }"""
        )
        return self.fitted().box_of((corners[0], corners[1]), (corners[2], corners[3]))

    def review(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.page.locator("script#review").inner_text())
        return found


def find_fiducials(screenshot: bytes) -> list[Point]:
    """Centres of the white squares on black pads, left one first, in pixels of the screenshot."""
    grey = np.asarray(Picture.open(io.BytesIO(screenshot)).convert("L")).astype(float)
    labels, _count = ndimage.label(grey > 128)
    found: list[Point] = []
    for rows, columns in ndimage.find_objects(labels):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if not 5 <= height <= 200 or abs(height - width) > 2:
            continue
        reach = height
        top, left = rows.start - reach, columns.start - reach
        around = grey[max(top, 0) : rows.stop + reach, max(left, 0) : columns.stop + reach]
        if around.shape != (height + 2 * reach, width + 2 * reach):
            continue
        ring = around.copy()
        ring[reach - 2 : reach + height + 2, reach - 2 : reach + width + 2] = 0
        if ring.max() > 60 or grey[rows, columns].mean() < 180:
            continue
        weights = around.copy()
        ys, xs = np.mgrid[0 : weights.shape[0], 0 : weights.shape[1]] + 0.5
        total = weights.sum()
        found.append(
            (
                max(left, 0) + float((xs * weights).sum() / total),
                max(top, 0) + float((ys * weights).sum() / total),
            )
        )
    assert len(found) == 2, f"{len(found)} squares on the film, not two"
    return sorted(found)
