"""Asks any endpoint that speaks OpenAI's chat completions, with patience and within a time.

What is asked, and what becomes of the answer, is for the caller; `who` and `setting` name the
endpoint in sentences, so that staff know which one to look at.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

MAX_BODY_BYTES: Final = 4 * 2**20
MAX_PAUSE_S: Final = 10.0
# Said by servers that are busy or starting: the same question may be answered later.
_PASSING: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
# Said of one question; others may be answered.
_OF_ONE: Final = frozenset({400, 413, 414, 415, 422})


class EndpointFailed(Exception):
    """There is no answer; the message says why.

    EndpointFailed          it cannot be asked, and asking again changes nothing
    ├── EndpointUnavailable     it cannot be asked now; another time it may
    └── NoAnswer                of this question nothing came, of others something may
        ├── QuestionRefused         it was not answered
        └── AnswerUnusable          what came cannot be used
    """


class EndpointUnavailable(EndpointFailed):
    """Nobody answered, or the server was busy, as often as it was asked."""


class NoAnswer(EndpointFailed):
    """Nothing came of this question."""


class QuestionRefused(NoAnswer):
    """The server does not take this question."""


class AnswerUnusable(NoAnswer):
    """There was an answer, and no words in it."""


class _Passing(Exception):
    """It may go better another time; ``pause_s`` is the server's own wish, if it has one."""

    def __init__(self, sentence: str, pause_s: float | None = None) -> None:
        super().__init__(sentence)
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class Completion:
    """``is_whole``: the model came to an end by itself."""

    text: str
    is_whole: bool


@dataclass(frozen=True)
class Endpoint:
    """``url``: the base address, the part before "/chat/completions".

    ``timeout_s`` bounds one answer with all its attempts; a server that sends a byte now and then
    does not stretch it. ``attempts``: how often one question is sent at most.
    """

    url: str
    who: str
    setting: str
    key: str = field(default="", repr=False)
    timeout_s: float = 60.0
    attempts: int = 3
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    def complete(self, question: Mapping[str, Any]) -> Completion:
        """The answer to one question, the body of a request. Raises EndpointFailed."""
        deadline = self.now() + self.timeout_s
        pause_s = 0.5
        for attempt in range(1, self.attempts + 1):
            try:
                return self._ask_once(question, deadline)
            except _Passing as trouble:
                wait_s = min(max(pause_s, trouble.pause_s or 0.0), MAX_PAUSE_S)
                if attempt == self.attempts or self.now() + wait_s >= deadline:
                    tries = "once" if attempt == 1 else f"{attempt} times"
                    raise EndpointUnavailable(f"{trouble} It was asked {tries}.") from trouble
                self.sleep(wait_s)
                pause_s *= 2
        raise EndpointFailed(f"{self.who} is set to be asked no times at all.")

    def _ask_once(self, question: Mapping[str, Any], deadline: float) -> Completion:
        left_s = deadline - self.now()
        if left_s <= 0:
            raise EndpointUnavailable(f"{self.who} gave no answer within {self.timeout_s:g} s.")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            with (
                httpx2.Client(timeout=left_s) as client,
                client.stream(
                    "POST",
                    f"{self.url.rstrip('/')}/chat/completions",
                    json=question,
                    headers=headers,
                ) as response,
            ):
                return self._answer_in(response.status_code, *self._receive(response, deadline))
        except httpx2.TimeoutException as error:
            raise _Passing(f"{self.who} gave no answer in time.") from error
        except httpx2.TransportError as error:
            raise _Passing(f"{self.who} cannot be reached ({type(error).__name__}).") from error
        except (httpx2.InvalidURL, httpx2.HTTPError, UnicodeError) as error:
            raise EndpointFailed(
                f"{self.who} cannot be asked ({type(error).__name__}): see {self.setting}."
            ) from error

    def _receive(self, response: httpx2.Response, deadline: float) -> tuple[bytes, str]:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise AnswerUnusable(f"{self.who} sent more than an answer can hold.")
            if self.now() > deadline:
                raise _Passing(f"{self.who} gave no answer in time.")
        return bytes(body), response.headers.get("Retry-After", "")

    def _answer_in(self, status: int, body: bytes, retry_after: str) -> Completion:
        if status in _PASSING:
            pause_s = float(retry_after) if retry_after.isdigit() else None
            raise _Passing(f"{self.who} answered with HTTP {status}.", pause_s)
        if status != 200:
            refused = QuestionRefused if status in _OF_ONE else EndpointFailed
            raise refused(f"{self.who} refused the question with HTTP {status}{_reason_in(body)}.")
        try:
            choice = json.loads(body)["choices"][0]
            text = choice["message"]["content"]
            finish = choice.get("finish_reason")
        except (
            ValueError,
            KeyError,
            IndexError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as error:
            raise EndpointFailed(
                f"{self.who} does not speak the chat completions of OpenAI: {_shown(body)!r}."
            ) from error
        if finish != "length" and not isinstance(text, str):
            raise AnswerUnusable("The model declined to answer.")
        return Completion(text if isinstance(text, str) else "", finish != "length")


def _reason_in(body: bytes) -> str:
    """The server's own words, if it has any in the place where they belong."""
    try:
        reason = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f" ({reason[:200]})" if isinstance(reason, str) else ""


def _shown(body: bytes) -> str:
    return " ".join(body[:200].decode("utf-8", "replace").split())[:80]
