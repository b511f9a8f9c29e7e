"""The whole way: a submit, a row, a task, an endpoint over HTTP, and the words on the page."""

import base64
import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Picture
from pytest_django import Settings

from localize import explaining, services
from localize.models import Attempt, Explanation
from radgame.accounts.models import User
from radgame.cases.models import Case
from radgame.imaging.wire import encode_pixels
from tests.factories import Said, make_case, make_set
from tests.scoring.reports.models.server import Endpoint, Reply, says, serving

from .conftest import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once", "messages")]

GOOD = "The cortex of the lower right rib is stepped. Follow each rib from end to end."
RIB = (60.0, 950.0, 160.0, 1050.0)


@pytest.fixture
def case(db: None) -> Case:
    made = make_case(said=[Said("fracture", RIB)])
    image = made.images.get()
    pixels = np.zeros((image.rows, image.columns), np.uint16)
    pixels[950:1050, 60:160] = 4000
    image.pixels.save(f"{image.token}.rgf", ContentFile(encode_pixels(pixels)))
    return made


@pytest.fixture
def attempt(case: Case, alice: User) -> Attempt:
    opened = services.start_sitting(reader=alice, case_set=make_set(case)).attempt
    assert opened is not None
    return opened


@pytest.fixture
def endpoint(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """The site's explainer is an endpoint on this machine with the replies of the parameter."""
    replies: list[Reply] = request.param
    with serving(replies) as made:
        settings.EXPLAINER = "openai"
        settings.EXPLAINER_URL, settings.EXPLAINER_KEY = made.url, "s3cret"
        settings.EXPLAINER_MODEL, settings.EXPLAINER_REVISION = "medgemma-27b-it", "r1"
        settings.EXPLAINER_TIMEOUT_S = 5.0
        explaining._explainer.cache_clear()
        yield made
    explaining._explainer.cache_clear()


def submit(client: Client, attempt: Attempt) -> None:
    answer = json.dumps({"marks": [], "selected": [], "normal": False})
    page = reverse("localize:submit", args=[attempt.pk])
    client.post(page, {"answer": answer, "elapsed_s": "1"}, headers={"HX-Request": "true"})


def feedback(client: Client, attempt: Attempt) -> str:
    return client.get(reverse("localize:attempt", args=[attempt.pk])).content.decode()


@pytest.mark.parametrize("endpoint", [[says(GOOD)]], indirect=True)
def test_the_words_of_an_endpoint_reach_the_page_with_its_models_name(
    alice_client: Client, attempt: Attempt, endpoint: Endpoint
) -> None:
    submit(alice_client, attempt)
    assert endpoint.asked == []
    assert "A model is writing about this." in feedback(alice_client, attempt)
    work_off()
    text = feedback(alice_client, attempt)
    assert GOOD in text
    assert "MedGemma (medgemma-27b-it, revision r1)" in text


@pytest.mark.parametrize("endpoint", [[says(GOOD)]], indirect=True)
def test_the_endpoint_sees_the_film_in_its_own_window(
    alice_client: Client, attempt: Attempt, endpoint: Endpoint
) -> None:
    submit(alice_client, attempt)
    work_off()
    [question] = endpoint.asked
    assert endpoint.keys == ["Bearer s3cret"]
    first = question["messages"][0]["content"][0]["image_url"]["url"]
    film = Picture.open(io.BytesIO(base64.b64decode(first.split(",", 1)[1]))).convert("L")
    width, height = film.size
    assert film.getpixel((int(width * 0.11), int(height * 1000 / 1200))) > 180  # type: ignore[operator]
    assert film.getpixel((width // 2, height // 4)) < 40  # type: ignore[operator]


@pytest.mark.parametrize(
    "endpoint", [[says("There is a fracture of the left upper rib.")]], indirect=True
)
def test_words_that_put_it_on_the_other_side_are_never_shown(
    alice_client: Client, attempt: Attempt, endpoint: Endpoint
) -> None:
    submit(alice_client, attempt)
    work_off()
    row = Explanation.objects.get()
    assert (row.state, row.drop_reason) == (Explanation.State.DROPPED, "contradicts_side")
    text = feedback(alice_client, attempt)
    assert "left upper rib" not in text
    assert "What fracture looks like." in text


@pytest.mark.parametrize("endpoint", [[Reply(b"gone", status=404)]], indirect=True)
def test_an_endpoint_that_has_no_such_model_costs_the_learner_nothing(
    alice_client: Client, attempt: Attempt, endpoint: Endpoint
) -> None:
    submit(alice_client, attempt)
    work_off()
    row = Explanation.objects.get()
    assert row.state == Explanation.State.WAITING
    assert row.error
    assert "s3cret" not in row.error
    assert "What fracture looks like." in feedback(alice_client, attempt)
