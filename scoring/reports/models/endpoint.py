"""Asks a model behind any endpoint that speaks OpenAI's chat completions."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from scoring.reports.evaluation import JudgeFailed
from scoring.reports.models.chat import Message
from scoring.reports.models.schema import evaluation_schema

MAX_BODY_BYTES: Final = 4 * 2**20
MAX_PAUSE_S: Final = 10.0
# Said by servers that are busy or starting: the same question may be answered later.
_PASSING: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class _Passing(Exception):
    """It may go better another time; ``pause_s`` is the server's own wish, if it has one."""

    def __init__(self, sentence: str, pause_s: float | None = None) -> None:
        super().__init__(sentence)
        self.pause_s = pause_s


@dataclass(frozen=True)
class OpenAIChat:
    """One endpoint and one model.

    ``url``: the base address, the part before "/chat/completions". ``timeout_s`` bounds one
    answer with all its attempts; a server that sends a byte now and then does not stretch it.
    ``attempts``: how often one question is sent at most. ``json_schema``: whether the server is
    given the schema, for those that can hold a model to it; else it is only asked for JSON.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    timeout_s: float = 60.0
    attempts: int = 3
    json_schema: bool = True
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    @property
    def version(self) -> str:
        return self.model

    def harmless(self, text: str) -> str:
        # The server keeps messages apart; the text inside one is JSON (`QuotingPrompt`).
        return text

    def ask(self, messages: Sequence[Message]) -> str:
        deadline = self.now() + self.timeout_s
        pause_s = 0.5
        for attempt in range(1, self.attempts + 1):
            try:
                return self._ask_once(messages, deadline)
            except _Passing as trouble:
                wait_s = min(max(pause_s, trouble.pause_s or 0.0), MAX_PAUSE_S)
                if attempt == self.attempts or self.now() + wait_s >= deadline:
                    tries = "once" if attempt == 1 else f"{attempt} times"
                    raise JudgeFailed(f"{trouble} It was asked {tries}.") from trouble
                self.sleep(wait_s)
                pause_s *= 2
        raise JudgeFailed("The judge's endpoint is set to be asked no times at all.")

    def _ask_once(self, messages: Sequence[Message], deadline: float) -> str:
        left_s = deadline - self.now()
        if left_s <= 0:
            raise JudgeFailed(f"The judge's endpoint gave no answer within {self.timeout_s:g} s.")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            with (
                httpx2.Client(timeout=left_s) as client,
                client.stream(
                    "POST",
                    f"{self.url.rstrip('/')}/chat/completions",
                    json=self._question(messages),
                    headers=headers,
                ) as response,
            ):
                return _answer_in(response.status_code, *self._receive(response, deadline))
        except httpx2.TimeoutException as error:
            raise _Passing("The judge's endpoint gave no answer in time.") from error
        except httpx2.TransportError as error:
            raise _Passing(
                f"The judge's endpoint cannot be reached ({type(error).__name__})."
            ) from error
        except (httpx2.InvalidURL, httpx2.HTTPError, UnicodeError) as error:
            raise JudgeFailed(
                f"The judge's endpoint cannot be asked ({type(error).__name__}): "
                "see RADGAME_JUDGE_URL."
            ) from error

    def _question(self, messages: Sequence[Message]) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": [message.to_json() for message in messages],
            "temperature": 0,
            "seed": 42,
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "evaluation",
                    "strict": True,
                    "schema": evaluation_schema(quoted=True),
                },
            }
            if self.json_schema
            else {"type": "json_object"},
        }

    def _receive(self, response: httpx2.Response, deadline: float) -> tuple[bytes, str]:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise JudgeFailed("The judge's endpoint sent more than an answer can hold.")
            if self.now() > deadline:
                raise _Passing("The judge's endpoint gave no answer in time.")
        return bytes(body), response.headers.get("Retry-After", "")


def _answer_in(status: int, body: bytes, retry_after: str) -> str:
    if status in _PASSING:
        pause_s = float(retry_after) if retry_after.isdigit() else None
        raise _Passing(f"The judge's endpoint answered with HTTP {status}.", pause_s)
    if status != 200:
        raise JudgeFailed(
            f"The judge's endpoint refused the question with HTTP {status}{_reason_in(body)}."
        )
    try:
        choice = json.loads(body)["choices"][0]
        text = choice["message"]["content"]
        finish = choice.get("finish_reason")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise JudgeFailed(
            f"The judge's endpoint does not speak the chat completions of OpenAI: {_shown(body)!r}."
        ) from error
    if finish == "length":
        raise JudgeFailed("The model ran out of length before its answer was whole.")
    if not isinstance(text, str):
        raise JudgeFailed("The model declined to answer.")
    return text


def _reason_in(body: bytes) -> str:
    """The server's own words, if it has any in the place where they belong."""
    try:
        reason = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f" ({reason[:200]})" if isinstance(reason, str) else ""


def _shown(body: bytes) -> str:
    return " ".join(body[:200].decode("utf-8", "replace").split())[:80]
