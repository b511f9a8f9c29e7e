"""Asks a model behind any endpoint that speaks OpenAI's chat completions."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scoring.completions import AnswerUnusable, Endpoint, EndpointFailed, EndpointUnavailable
from scoring.reports.evaluation import JudgeFailed, JudgeUnavailable, JudgeUnusable
from scoring.reports.models.chat import Message
from scoring.reports.models.schema import evaluation_schema


@dataclass(frozen=True)
class OpenAIChat:
    """One endpoint and one model.

    ``url``, ``timeout_s`` and ``attempts`` as in `Endpoint`. ``json_schema``: whether the server
    is given the schema, for those that can hold a model to it; else it is only asked for JSON.
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
        endpoint = Endpoint(
            url=self.url,
            who="The judge's endpoint",
            setting="RADGAME_JUDGE_URL",
            key=self.key,
            timeout_s=self.timeout_s,
            attempts=self.attempts,
            sleep=self.sleep,
            now=self.now,
        )
        try:
            answer = endpoint.complete(self._question(messages))
        except EndpointUnavailable as error:
            raise JudgeUnavailable(str(error)) from error
        except AnswerUnusable as error:
            raise JudgeUnusable(str(error)) from error
        except EndpointFailed as error:
            raise JudgeFailed(str(error)) from error
        if not answer.is_whole:
            raise JudgeUnusable("The model ran out of length before its answer was whole.")
        return answer.text

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
