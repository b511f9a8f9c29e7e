"""Explains by a vision-language model behind any endpoint that speaks OpenAI's chat completions.

vLLM and Ollama do. Pictures travel inside the question as data: addresses, the film before all
else, so that a server that keeps what it has read of a prompt reads each film once.
"""

import base64
import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

from PIL import Image

from scoring.completions import (
    Completion,
    Endpoint,
    EndpointFailed,
    EndpointUnavailable,
    NoAnswer,
)
from scoring.explanations.contract import (
    Dropped,
    ExplainerFailed,
    ExplainerUnavailable,
    Explanation,
    Failed,
    FailReason,
    FilmLoader,
    Request,
    Result,
)
from scoring.explanations.grounding import ground
from scoring.explanations.material import Material, material_of
from scoring.explanations.prompts import INSTRUCTIONS, PROMPT_VERSION, question_of

WHO: Final = "The explainer's endpoint"
SETTING: Final = "RADGAME_EXPLAINER_URL"
QUALITY: Final = 92
"""Of the JPEG that is sent: a film is some 100 kB."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one question came to: an answer, why there is none, or neither if it was not asked."""

    answer: Completion | None = None
    trouble: EndpointFailed | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class EndpointExplainer:
    """``url``, ``timeout_s`` and ``attempts`` as in `Endpoint`; at most ``concurrency`` at once.

    When the endpoint turns out to be down, those that were answered are kept, those that were not
    fail; ExplainerFailed is raised when none was answered.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    revision: str = ""
    timeout_s: float = 60.0
    attempts: int = 3
    concurrency: int = 4
    max_new_tokens: int = 120
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    @property
    def name(self) -> str:
        return "openai"

    def explain(self, requests: Sequence[Request], load_film: FilmLoader) -> list[Result]:
        results: dict[int, Result] = {}
        told: dict[int, _Told] = {}
        asking: dict[Future[_Told], int] = {}
        down = Event()
        pool = ThreadPoolExecutor(max_workers=max(1, self.concurrency))
        try:
            for number, question in self._questions(material_of(requests, load_film, results)):
                # Questions are made as they are needed: pictures of a whole case set are many.
                while len(asking) >= 2 * max(1, self.concurrency):
                    self._collect(asking, told)
                asking[pool.submit(self._ask, question, down)] = number
            while asking:
                self._collect(asking, told)
        finally:
            # Whose time is up, or who is stopped by hand, waits for no answer and asks no more.
            pool.shutdown(wait=False, cancel_futures=True)
        self._raise_if_all_failed(told)
        for number, one in told.items():
            results[number] = self._result(requests[number], one)
        return [results[number] for number in range(len(requests))]

    def _questions(self, material: Iterable[Material]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The questions by their requests' numbers; each film is encoded once."""
        film: Image.Image | None = None
        for one in material:
            if one.whole is not film:
                film, encoded = one.whole, _picture(one.whole)
            parts = [encoded, _words(INSTRUCTIONS)]
            if one.close_up is not None:
                parts.append(_picture(one.close_up))
            yield one.number, self._question([*parts, _words(question_of(one.request))])

    def _question(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": parts}],
            "temperature": 0,
            "seed": 42,
            "max_tokens": self.max_new_tokens,
        }

    def _ask(self, question: dict[str, Any], down: Event) -> _Told:
        if down.is_set():
            # Nobody waits for the same refusal again and again.
            return _Told()
        started = self.now()
        endpoint = Endpoint(
            url=self.url,
            who=WHO,
            setting=SETTING,
            key=self.key,
            timeout_s=self.timeout_s,
            attempts=self.attempts,
            sleep=self.sleep,
            now=self.now,
        )
        try:
            answer = endpoint.complete(question)
        except EndpointFailed as trouble:
            if not isinstance(trouble, NoAnswer):
                down.set()
            return _Told(trouble=trouble)
        return _Told(answer, seconds=self.now() - started)

    @staticmethod
    def _collect(asking: dict[Future[_Told], int], told: dict[int, _Told]) -> None:
        """Take in what has been answered; wait until something has."""
        done, _going = wait(asking, return_when=FIRST_COMPLETED)
        for future in done:
            told[asking.pop(future)] = future.result()

    @staticmethod
    def _raise_if_all_failed(told: dict[int, _Told]) -> None:
        if any(one.answer for one in told.values()):
            return
        for number in sorted(told):
            trouble = told[number].trouble
            if isinstance(trouble, EndpointUnavailable):
                raise ExplainerUnavailable(f"{trouble} See {SETTING}.") from trouble
            if trouble is not None and not isinstance(trouble, NoAnswer):
                see = "" if SETTING in str(trouble) else f" See {SETTING}."
                raise ExplainerFailed(f"{trouble}{see}") from trouble

    def _result(self, request: Request, told: _Told) -> Result:
        if told.answer is None:
            refused = isinstance(told.trouble, NoAnswer)
            reason = FailReason.REFUSED if refused else FailReason.ENDPOINT
            detail = str(told.trouble or f"{WHO} was down and was not asked any more.")
            return Failed(request.id, reason, detail)
        said = ground(
            request,
            told.answer.text,
            ended=told.answer.is_whole,
            instructions=(INSTRUCTIONS,),
        )
        if isinstance(said, Dropped):
            return said
        return Explanation(
            id=request.id,
            text=said,
            explainer=self.name,
            model=self.model,
            revision=self.revision,
            prompt_version=PROMPT_VERSION,
            seconds=told.seconds,
        )


def _words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _picture(picture: Image.Image) -> dict[str, Any]:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    data = base64.b64encode(file.getvalue()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}
