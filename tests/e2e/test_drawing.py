"""What is drawn on the film is what is stored, in source pixels."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession

from localize.models import Attempt
from radgame.cases.models import CaseSet

from .films import CONSOLIDATION
from .visit import Point, Visit

TOLERANCE_PX = 1.5
"""Source pixels; one CSS pixel is about three quarters of one on these small films."""


def test_a_guest_plays_the_demo_and_what_was_dragged_is_what_is_stored(
    demo: CaseSet, visit: Visit
) -> None:
    visit.play_as_guest()
    drawn = visit.draw("consolidation", CONSOLIDATION)
    (mark,) = visit.wait_for_marks(1)
    assert mark["box"] == pytest.approx(drawn, abs=TOLERANCE_PX)
    visit.submit()

    attempt = Attempt.objects.get()
    (stored,) = attempt.answer["marks"]
    assert stored["finding"] == "consolidation"
    assert stored["box"] == pytest.approx(drawn, abs=TOLERANCE_PX)
    assert stored["box"] == pytest.approx(list(CONSOLIDATION), abs=TOLERANCE_PX)
    assert attempt.is_submitted
    assert attempt.reader.is_guest
    assert attempt.outcome is not None
    assert [line.result for line in attempt.outcome.lines.order_by("finding__slug")] == [
        "missed",
        "hit",
    ]


def test_the_fitted_film_lies_where_its_element_says(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    fitted, seen = visit.fitted(), visit.seen()
    assert seen.scale == pytest.approx(fitted.scale, rel=0.01)
    assert seen.to_source((600, 400)) == pytest.approx(
        fitted.to_source((600, 400)), abs=TOLERANCE_PX
    )


def test_zoomed_by_the_wheel_and_panned_marks_still_fall_on_the_pixels_under_them(
    demo: CaseSet, visit: Visit
) -> None:
    visit.play()
    pointer = visit.fitted().to_page((320, 290))
    visit.page.mouse.move(*pointer)
    for _notch in range(4):
        visit.page.mouse.wheel(0, -100)
        visit.frames()
    zoomed = visit.seen()
    assert zoomed.scale > 1.4 * visit.fitted().scale
    assert zoomed.to_source(pointer) == pytest.approx((320, 290), abs=TOLERANCE_PX)
    first = visit.draw("consolidation", (225, 395, 290, 440), zoomed)
    assert visit.wait_for_marks(1)[0]["box"] == pytest.approx(first, abs=TOLERANCE_PX)

    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("p")
    visit.drag((700, 400), (655, 428))
    panned = visit.seen()
    assert (panned.x - zoomed.x, panned.y - zoomed.y) == pytest.approx((-45, 28), abs=1)
    second = visit.draw("nodule-mass", (290, 180, 345, 222), panned)
    marks = visit.wait_for_marks(2)
    assert marks[1]["box"] == pytest.approx(second, abs=TOLERANCE_PX)
    assert marks[0]["box"] == pytest.approx(first, abs=TOLERANCE_PX)


def test_two_clicks_draw_what_a_drag_draws(demo: CaseSet, visit: Visit) -> None:
    visit.play()
    placement = visit.fitted()
    start = tuple(float(round(v)) for v in placement.to_page((140, 390)))
    end = tuple(float(round(v)) for v in placement.to_page((250, 480)))
    visit.pick("consolidation")
    visit.page.mouse.click(start[0], start[1])
    visit.page.mouse.move(end[0], end[1], steps=3)
    assert visit.answer()["marks"] == []
    visit.page.mouse.click(end[0], end[1])
    (mark,) = visit.wait_for_marks(1)
    expected = placement.box_of((start[0], start[1]), (end[0], end[1]))
    assert mark["box"] == pytest.approx(expected, abs=TOLERANCE_PX)


def test_a_box_is_moved_resized_relabelled_deleted_and_brought_back(
    demo: CaseSet, visit: Visit
) -> None:
    visit.play()
    placement = visit.fitted()
    drawn = visit.draw("consolidation", CONSOLIDATION)
    middle = placement.to_page(((drawn[0] + drawn[2]) / 2, (drawn[1] + drawn[3]) / 2))
    visit.drag(middle, (middle[0] + 60, middle[1] - 30))
    shift_x, shift_y = 60 / placement.scale, -30 / placement.scale
    moved = [drawn[0] + shift_x, drawn[1] + shift_y, drawn[2] + shift_x, drawn[3] + shift_y]
    visit.eventually(
        lambda: (
            visit.saved_marks()
            and visit.saved_marks()[0]["box"] == pytest.approx(moved, abs=TOLERANCE_PX)
        )
    )
    corner = placement.to_page((moved[2], moved[3]))
    visit.drag(corner, (corner[0] + 20, corner[1] + 40))
    resized = [*moved[:2], moved[2] + 20 / placement.scale, moved[3] + 40 / placement.scale]
    visit.eventually(
        lambda: visit.saved_marks()[0]["box"] == pytest.approx(resized, abs=TOLERANCE_PX)
    )
    visit.page.locator(".marks select").select_option("nodule-mass")
    visit.eventually(lambda: visit.saved_marks()[0]["finding"] == "nodule-mass")
    visit.page.get_by_role("button", name="Delete mark").click()
    visit.wait_for_marks(0)
    visit.page.keyboard.press("z")
    (mark,) = visit.wait_for_marks(1)
    assert mark["finding"] == "nodule-mass"
    assert mark["box"] == pytest.approx(resized, abs=TOLERANCE_PX)
    visit.page.keyboard.press("Shift+Z")
    visit.wait_for_marks(0)


# --- touch --------------------------------------------------------------------


def touch(cdp: CDPSession, kind: str, *points: Point) -> None:
    cdp.send(
        "Input.dispatchTouchEvent",
        {
            "type": kind,
            "touchPoints": [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)],
        },
    )


def test_a_finger_draws_and_two_fingers_zoom(
    demo: CaseSet, new_visit: Callable[..., Visit]
) -> None:
    visit = new_visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visit.play()
    cdp = visit.context.new_cdp_session(visit.page)

    visit.page.locator('[data-finding="consolidation"]').tap()
    visit.page.evaluate("scrollTo(0, 0)")
    placement = visit.fitted()
    start, end = placement.to_page((140, 360)), placement.to_page((300, 500))
    touch(cdp, "touchStart", start)
    touch(cdp, "touchMove", ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    touch(cdp, "touchMove", end)
    touch(cdp, "touchEnd")
    (mark,) = visit.wait_for_marks(1)
    assert mark["box"] == pytest.approx(placement.box_of(start, end), abs=2 / placement.scale)

    middle = placement.to_page((320, 290))
    spread = [
        ((middle[0] - reach, middle[1] - reach / 2), (middle[0] + reach, middle[1] + reach / 2))
        for reach in (30.0, 40.0, 50.0, 60.0)
    ]
    touch(cdp, "touchStart", spread[0][0])
    touch(cdp, "touchStart", *spread[0])
    for points in spread[1:]:
        touch(cdp, "touchMove", *points)
        visit.frames()
    touch(cdp, "touchEnd")
    visit.frames()
    pinched = visit.seen()
    assert pinched.scale == pytest.approx(2 * placement.scale, rel=0.05)
    assert pinched.to_source(middle) == pytest.approx((320, 290), abs=4)
    # Two fingers draw nothing.
    assert len(visit.answer()["marks"]) == 1
