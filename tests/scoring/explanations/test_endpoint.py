"""An explainer behind an OpenAI-compatible endpoint, over real sockets."""

import base64
import io
import socket
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from scoring import completions
from scoring.explanations import (
    Dropped,
    DropReason,
    ExplainerFailed,
    ExplainerOptions,
    ExplainerUnavailable,
    Explanation,
    Failed,
    FailReason,
    FilmPixels,
    Request,
    Result,
    make_explainer,
)
from scoring.explanations.endpoint import EndpointExplainer
from scoring.explanations.prompts import INSTRUCTIONS, question_of
from scoring.localization import Box
from tests.scoring.explanations.asking import blob_film, false_mark, request
from tests.scoring.reports.models.server import Endpoint, Reply, says, serving

GOOD = "The right base is white and hides the vessels. Look for dark bronchi inside it."


def films(key: str) -> FilmPixels:
    if key == "gone":
        raise FileNotFoundError(key)
    return blob_film(size=(100, 120))


def explained(
    endpoint: Endpoint,
    requests: list[Request],
    *,
    pauses: list[float] | None = None,
    **options: Any,
) -> list[Result]:
    made = make_explainer(
        "openai",
        ExplainerOptions(
            **{
                "url": endpoint.url,
                "model": "tutor-1",
                "key": "s3cret",
                "revision": "abc",
                "concurrency": 1,
                **options,
            }
        ),
    )
    assert isinstance(made, EndpointExplainer)
    slept = [] if pauses is None else pauses
    return replace(made, sleep=slept.append).explain(requests, films)


def pictures_of(question: dict[str, Any]) -> list[Image.Image]:
    [message] = question["messages"]
    shown = []
    for part in message["content"]:
        if part["type"] == "image_url":
            kind, data = part["image_url"]["url"].split(",", 1)
            assert kind == "data:image/jpeg;base64"
            shown.append(Image.open(io.BytesIO(base64.b64decode(data))))
    return shown


def test_a_good_answer_is_the_explanation() -> None:
    with serving([says(GOOD)]) as endpoint:
        [told] = explained(endpoint, [request()])
    assert isinstance(told, Explanation)
    assert (told.id, told.text) == ("r1", GOOD)
    assert (told.explainer, told.model, told.revision) == ("openai", "tutor-1", "abc")
    assert told.prompt_version == "explain-1"
    assert told.seconds > 0
    assert endpoint.paths == ["/v1/chat/completions"]
    assert endpoint.keys == ["Bearer s3cret"]


def test_the_question_shows_the_film_first_and_then_the_close_up() -> None:
    asked = request(size=(100, 120), regions=())
    framed = request(size=(100, 120), regions=(Box(10, 90, 30, 110),))
    with serving([says(GOOD)]) as endpoint:
        explained(endpoint, [framed, asked], max_new_tokens=77)
    question, without = endpoint.asked
    assert (question["model"], question["temperature"]) == ("tutor-1", 0)
    assert question["max_tokens"] == 77
    [message] = question["messages"]
    kinds = [part["type"] for part in message["content"]]
    assert kinds == ["image_url", "text", "image_url", "text"]
    assert message["content"][1]["text"] == INSTRUCTIONS
    assert message["content"][3]["text"] == question_of(framed)
    film, closer = pictures_of(question)
    assert film.size == (100, 120)
    assert closer.size == (896, 896)
    assert [part["type"] for part in without["messages"][0]["content"]] == [
        "image_url",
        "text",
        "text",
    ]
    # What comes first is the same to the byte, so a server may read it once.
    assert without["messages"][0]["content"][:2] == message["content"][:2]


def test_what_disagrees_with_the_experts_is_dropped() -> None:
    denied = "No consolidation is seen on this film."
    with serving([says(denied), says(""), says("<b></b>"), says(GOOD)]) as endpoint:
        results = explained(endpoint, [request(str(number)) for number in range(4)])
    assert results[:3] == [
        Dropped("0", DropReason.CONTRADICTS_FINDING, denied),
        Dropped("1", DropReason.EMPTY, ""),
        Dropped("2", DropReason.GARBAGE, "<b></b>"),
    ]
    assert isinstance(results[3], Explanation)


def test_an_answer_that_was_cut_short_is_cut_to_whole_sentences() -> None:
    with serving([says(GOOD[:-20], finish="length")]) as endpoint:
        [told] = explained(endpoint, [request()])
    assert isinstance(told, Explanation)
    assert told.text == "The right base is white and hides the vessels."


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_question_that_is_refused_loses_no_other(status: int) -> None:
    refusal = Reply(b'{"error": {"message": "too large"}}', status)
    with serving([says(GOOD), refusal, says(GOOD)]) as endpoint:
        a, b, c = explained(endpoint, [request("a"), request("b"), request("c")])
    assert isinstance(a, Explanation)
    assert b == Failed(
        "b",
        FailReason.REFUSED,
        f"The explainer's endpoint refused the question with HTTP {status} (too large).",
    )
    assert isinstance(c, Explanation)


def test_a_question_that_is_refused_alone_is_no_failure_of_the_explainer() -> None:
    with serving([Reply(b"", 400)]) as endpoint:
        [a, b] = explained(endpoint, [request("a"), request("b")])
    assert isinstance(a, Failed)
    assert isinstance(b, Failed)
    assert len(endpoint.asked) == 2


def test_a_film_that_cannot_be_read_loses_no_other() -> None:
    with serving([says(GOOD)]) as endpoint:
        a, b = explained(endpoint, [request("a", film="gone"), request("b")])
    assert isinstance(a, Failed)
    assert a.reason is FailReason.FILM_UNREADABLE
    assert isinstance(b, Explanation)
    assert len(endpoint.asked) == 1


def test_an_endpoint_that_goes_down_keeps_what_was_answered() -> None:
    busy = Reply(b"", 503)
    with serving([says(GOOD), busy]) as endpoint:
        a, b, c = explained(endpoint, [request("a"), request("b"), request("c")], attempts=2)
    assert isinstance(a, Explanation)
    assert b == Failed(
        "b",
        FailReason.ENDPOINT,
        "The explainer's endpoint answered with HTTP 503. It was asked 2 times.",
    )
    assert c == Failed(
        "c", FailReason.ENDPOINT, "The explainer's endpoint was down and was not asked any more."
    )
    assert len(endpoint.asked) == 3


def test_a_server_that_is_busy_for_a_moment_is_asked_again() -> None:
    pauses: list[float] = []
    busy = Reply(b"", 429, headers=(("Retry-After", "3"),))
    with serving([busy, says(GOOD)]) as endpoint:
        [told] = explained(endpoint, [request()], pauses=pauses)
    assert isinstance(told, Explanation)
    assert pauses == [3.0]


@pytest.mark.parametrize(
    ("reply", "kind", "sentence"),
    [
        (Reply(b"", 503), ExplainerUnavailable, r"HTTP 503\. It was asked 3 times\."),
        (Reply(b"", 401), ExplainerFailed, r"refused the question with HTTP 401\."),
        (
            Reply(b'{"error": {"message": "no such model"}}', 404),
            ExplainerFailed,
            r"HTTP 404 \(no such model\)",
        ),
        (Reply(b"<!doctype html>"), ExplainerFailed, "does not speak the chat completions"),
    ],
)
def test_an_endpoint_that_answers_nothing_at_all_is_a_failure_with_what_to_do(
    reply: Reply, kind: type[ExplainerFailed], sentence: str
) -> None:
    with (
        serving([reply]) as endpoint,
        pytest.raises(ExplainerFailed, match=sentence + ".*See RADGAME_EXPLAINER_URL") as failed,
    ):
        explained(endpoint, [request("a"), request("b")])
    assert type(failed.value) is kind
    assert "s3cret" not in str(failed.value)


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with (
        serving([replace(says(GOOD), delay_s=30)]) as endpoint,
        pytest.raises(ExplainerUnavailable, match="no answer in time"),
    ):
        explained(endpoint, [request()], timeout_s=0.4)


def test_who_is_interrupted_waits_for_no_answer_and_asks_nothing_more() -> None:
    def films_until_time_is_up(key: str) -> FilmPixels:
        if key == "last":
            raise KeyboardInterrupt
        return films(key)

    slow = replace(says(GOOD), delay_s=3.0)
    requests = [request(str(number)) for number in range(2)] + [request("x", film="last")]
    with serving([slow]) as endpoint:
        made = make_explainer(
            "openai", ExplainerOptions(url=endpoint.url, model="tutor-1", concurrency=1)
        )
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            made.explain(requests, films_until_time_is_up)
        took_s = time.monotonic() - started
    assert took_s < 2
    assert len(endpoint.asked) <= 1


def test_no_server_is_a_failure_in_words() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = Endpoint(f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        with pytest.raises(ExplainerUnavailable, match=r"cannot be reached \(ConnectError\)"):
            explained(nobody, [request()])


def test_as_many_questions_are_asked_at_once_as_told_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = threading.Lock()
    # Nobody goes on before three are there.
    turn = threading.Barrier(3)
    going = most = 0

    def complete(self: completions.Endpoint, question: Any) -> completions.Completion:
        nonlocal going, most
        with lock:
            going += 1
            most = max(most, going)
        turn.wait(timeout=10)
        with lock:
            going -= 1
        return completions.Completion(GOOD, is_whole=True)

    monkeypatch.setattr(completions.Endpoint, "complete", complete)
    requests = [request(str(number), film=f"film-{number % 2}") for number in range(9)]
    results = explained(Endpoint("http://127.0.0.1:9/v1"), requests, concurrency=3)
    assert most == 3
    assert [result.id for result in results] == [str(number) for number in range(9)]


def test_nothing_is_asked_for_no_requests() -> None:
    assert explained(Endpoint("http://127.0.0.1:9/v1"), []) == []


def test_a_false_mark_is_asked_about_too() -> None:
    answer = "The ribs cross here and can be mistaken for consolidation. Follow their borders."
    with serving([says(answer)]) as endpoint:
        [told] = explained(endpoint, [false_mark()])
    assert isinstance(told, Explanation)
    assert told.text == answer


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (ExplainerOptions(), "set RADGAME_EXPLAINER_URL and RADGAME_EXPLAINER_MODEL"),
        (ExplainerOptions(url="http://localhost"), "needs an endpoint and a model"),
        (ExplainerOptions(url="file:///etc/passwd", model="m"), "must start with http"),
    ],
)
def test_an_explainer_without_its_options_says_which_to_set(
    options: ExplainerOptions, sentence: str
) -> None:
    with pytest.raises(ExplainerFailed, match=sentence):
        make_explainer("openai", options)


def test_the_key_is_in_no_representation() -> None:
    options = ExplainerOptions(url="http://localhost", model="m", key="s3cret")
    assert "s3cret" not in repr(make_explainer("openai", options))
