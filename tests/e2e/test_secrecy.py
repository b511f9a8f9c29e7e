"""No byte of the reference standard leaves the server before the submit."""

import io
import struct
from collections.abc import Sequence

import pytest
from PIL import Image as Picture

from localize.models import Attempt
from radgame.cases.models import CaseSet, ReferenceRegion

from .films import NEVER_TOLD, READER, REFERENCE
from .visit import Visit
from .wire import Answered

STATIC = "/static/"


def forms_of(number: float) -> set[bytes]:
    """The ways in which a coordinate could be written, as text or as eight bytes."""
    texts = {
        repr(number),
        f"{number:.1f}",
        f"{number:.2f}",
        f"{number:.3f}",
        repr(number).replace(".", ","),
    }
    return {text.encode() for text in texts} | {
        struct.pack("<d", number),
        struct.pack(">d", number),
    }


def needles_of(words: Sequence[str], numbers: Sequence[float]) -> dict[str, set[bytes]]:
    """What to search for: each secret under its name, in all its forms."""
    found = {word: {word.encode()} for word in words}
    for number in numbers:
        # An eighth is cut off for one decimal; a whole number of pixels is common on any page.
        found[str(number)] = {form for form in forms_of(number) if not form.endswith(b".0")}
    return found


def told(answers: Sequence[Answered], needles: dict[str, set[bytes]]) -> dict[str, list[str]]:
    """Which secrets are in which answers."""
    found: dict[str, list[str]] = {}
    for answer in answers:
        haystack = answer.everything
        for name, forms in needles.items():
            if any(form in haystack for form in forms):
                found.setdefault(name, []).append(f"{answer.method} {answer.path}")
    return found


def metadata_of(webp: bytes) -> dict[str, object]:
    """Whatever a WebP carries besides its picture, by Pillow and by its chunks."""
    picture = Picture.open(io.BytesIO(webp))
    picture.load()
    found = {key: value for key, value in picture.info.items() if value and key in WEBP_EXTRAS}
    if picture.getexif():
        found["exif"] = dict(picture.getexif())
    place, chunks = 12, set()
    while place + 8 <= len(webp):
        (size,) = struct.unpack("<I", webp[place + 4 : place + 8])
        chunks.add(webp[place : place + 4])
        place += 8 + size + size % 2
    if strange := chunks - {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}:
        found["chunks"] = strange
    return found


WEBP_EXTRAS = {"exif", "xmp", "icc_profile", "comment"}


def test_the_scan_finds_what_is_there() -> None:
    needles = needles_of([READER], [613.25])
    where = Answered("GET", "/x", 200, (), b"box: [613.25, 1]")
    packed = Answered("GET", "/y", 200, (("X-Hint", READER),), struct.pack("<d", 613.25))
    assert told([where, packed], needles) == {
        "613.25": ["GET /x", "GET /y"],
        READER: ["GET /y"],
    }


def test_no_response_before_the_submit_holds_any_of_the_reference_standard(
    demo: CaseSet, visit: Visit
) -> None:
    numbers = [
        value
        for region in ReferenceRegion.objects.all()
        for value in (*region.box, *(v for point in region.polygon or [] for v in point))
    ]
    assert set(REFERENCE.numbers) <= set(numbers)
    secret = needles_of(REFERENCE.words, REFERENCE.numbers)
    never = needles_of([*NEVER_TOLD, "is_normal", "scored_findings"], [])
    answers = visit.site.answers

    page = visit.page
    page.goto("/")
    page.get_by_role("link", name="About", exact=False).first.click()
    page.goto("/localize/")
    page.get_by_role("button", name="Start").click()
    visit.film_ready()
    # Marks of one's own that are nowhere near: a draft's reply must not correct them.
    visit.draw("nodule-mass", (40.0, 40.0, 100.0, 90.0))
    page.get_by_label("Pneumothorax").check()
    visit.eventually(lambda: Attempt.objects.get().answer["selected"] == ["pneumothorax"])
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    # Instructors look cases up with what experts said; who guesses the address does not.
    case_id = Attempt.objects.get().case.public_id
    for address in (f"/sets/cases/{case_id}/", "/sets/search/?findings=consolidation"):
        assert page.request.get(address).status == 403
    page.reload()
    visit.film_ready()

    before = list(answers)
    paths = [answer.path for answer in before]
    assert any(path.endswith("/preview.webp") for path in paths)
    assert any(path.endswith("/pixels") for path in paths)
    assert any(path.endswith("/draft/") for path in paths)
    assert any(path.endswith(".js") for path in paths)
    assert told(before, {**secret, READER: {READER.encode()}}) == {}
    site_words = [answer for answer in before if not answer.path.startswith(STATIC)]
    assert told(site_words, never) == {}
    previews = [answer for answer in before if answer.path.endswith("/preview.webp")]
    assert {bool(metadata_of(preview.body)) for preview in previews} == {False}
    for film in (a for a in before if a.path.startswith("/films/")):
        assert "Content-Disposition" not in dict(film.headers)

    # Afterwards it is all there, so the scan can find it.
    visit.submit()
    visit.page.wait_for_load_state("networkidle")
    after = answers[len(before) :]
    assert set(told(after, secret)) == set(secret)
    assert told(after, {READER: {READER.encode()}}) != {}
    assert told(after, never) == {}


def test_a_preview_with_metadata_would_be_noticed() -> None:
    written = io.BytesIO()
    exif = Picture.Exif()
    exif[0x010E] = "consolidation"
    Picture.new("L", (8, 8)).save(written, "WEBP", exif=exif.tobytes())
    assert metadata_of(written.getvalue())


@pytest.mark.parametrize("part", ["preview.webp", "pixels"])
def test_a_film_is_refused_to_who_guesses_its_address(
    demo: CaseSet, visit: Visit, part: str
) -> None:
    visit.play_as_guest()
    address = next(a.path for a in visit.site.answers if a.path.endswith(f"/{part}"))
    token = address.split("/")[2]
    guessed = address.replace(token, token[:-1] + ("a" if token[-1] != "a" else "b"))
    assert visit.page.request.get(address).status == 200
    assert visit.page.request.get(guessed).status == 404
