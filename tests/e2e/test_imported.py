"""A public dataset, imported by the command and played."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.models import Case, CaseSet, ReferenceRegion
from radgame.cases.services import append_cases

from .imported import BOX_PX, FILE_NAME
from .test_secrecy import needles_of, told
from .visit import Visit
from .wire import Site


def test_an_imported_case_is_played_marked_and_explained(
    chestx_det: CaseSet, alice: User, visit: Visit
) -> None:
    region = ReferenceRegion.objects.get(reference_finding__finding__slug="consolidation")
    assert region.box == BOX_PX
    visit.play(alice)
    halves = [number for box in (BOX_PX, (64.5, 369.5, 225.5, 451.5)) for number in box]
    secret = needles_of([], halves)
    secret[FILE_NAME] = {b"58203"}
    drawn = visit.draw("consolidation", BOX_PX)
    visit.page.get_by_label("Pleural effusion").check()
    visit.eventually(lambda: Attempt.objects.get().answer["selected"] == ["pleural-effusion"])
    before = [a for a in visit.site.answers if not a.path.startswith("/static/")]
    assert told(before, secret) == {}

    visit.submit()
    attempt = Attempt.objects.get()
    assert attempt.reader == alice
    (mark,) = attempt.answer["marks"]
    assert mark["box"] == pytest.approx(drawn, abs=1.5)
    assert mark["box"] == pytest.approx(list(BOX_PX), abs=1.5)
    assert attempt.score == 1
    assert visit.page.locator(".shape.is-regions polygon.line").count() == 2
    review = visit.review()
    for index in range(2):
        xs, ys = zip(*review["regions"][index]["polygon"], strict=True)
        bounds = [min(xs), min(ys), max(xs), max(ys)]
        assert visit.outline(f"regions:{index}") == pytest.approx(bounds, abs=1)

    visit.page.keyboard.press("n")
    visit.page.wait_for_selector("#reading")
    visit.film_ready()
    visit.page.get_by_role("button", name="Normal film").click()
    visit.submit()
    assert Attempt.objects.get(position=1).score == 1
    # What was named by the source is never told, not even now.
    assert told(visit.site.answers, {FILE_NAME: {b"58203"}, "the other": {b"58204"}}) == {}


@pytest.mark.data
def test_a_real_film_is_played_and_marked(
    site: Site, shared_data: Path, new_visit: Callable[..., Visit]
) -> None:
    folder = str(shared_data / "chestx_det")
    call_command("import_dataset", "chestx-det", folder, "--workers", "1", verbosity=0)
    case = Case.objects.get(key="36216")
    case_set = CaseSet.objects.create(slug="one-film", title="One film", audience="everyone")
    append_cases(case_set=case_set, cases=[case])
    reference = ReferenceRegion.objects.get(reference_finding__finding__slug="consolidation")

    visit = new_visit()
    visit.play()
    drawn = visit.draw("consolidation", reference.box)
    visit.page.get_by_label("Pleural effusion").check()
    visit.eventually(lambda: Attempt.objects.get().answer["selected"] == ["pleural-effusion"])
    assert told(site.answers, {"the file's name": {b"36216"}}) == {}
    visit.submit()
    attempt = Attempt.objects.get()
    assert attempt.answer["marks"][0]["box"] == pytest.approx(drawn, abs=1.5)
    assert attempt.score == 1
    assert attempt.outcome is not None
    assert {line.result for line in attempt.outcome.lines.all()} == {"hit"}
    assert len(visit.review()["regions"]) == 2
