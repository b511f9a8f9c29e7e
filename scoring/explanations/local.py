"""Explains by a vision-language model on this machine.

torch and transformers are imported when the first question is asked, never with this module.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scoring.explanations.contract import (
    Dropped,
    Explanation,
    Failed,
    FailReason,
    FilmLoader,
    Request,
    Result,
)
from scoring.explanations.grounding import ground
from scoring.explanations.material import material_of
from scoring.explanations.prompts import INSTRUCTIONS, PROMPT_VERSION, question_of

if TYPE_CHECKING:
    from scoring.explanations.engine import Answer, Engine, Question

DEFAULT_MODEL: Final = "google/medgemma-4b-it"
# As many as are handed over fit in; the game's workers hand over 16 (localize.explaining.AT_ONCE).
GPU_BATCH: Final = 32
CPU_BATCH: Final = 8


@dataclass(frozen=True, slots=True)
class _Task:
    number: int
    request: Request
    question: "Question"


@dataclass(frozen=True)
class TransformersExplainer:
    """A folder of weights, or a name that transformers can resolve.

    The model is loaded once a process, when it is first asked. ``batch_size``: 0 for what suits
    the machine. ``share_film``: False to have every question read whole, as models that do not
    allow it always are. Raises ExplainerFailed when the model cannot be loaded.
    """

    model: str = DEFAULT_MODEL
    revision: str = ""
    batch_size: int = 0
    share_film: bool = True
    max_new_tokens: int = 120
    now: Callable[[], float] = time.perf_counter

    @property
    def name(self) -> str:
        return "transformers"

    def explain(self, requests: Sequence[Request], load_film: FilmLoader) -> list[Result]:
        if not requests:
            return []
        from scoring.explanations.engine import load_engine

        engine = load_engine(self.model, self.revision)
        results: dict[int, Result] = {}
        at_once = self.batch_size or (GPU_BATCH if engine.on_gpu else CPU_BATCH)
        waiting: list[_Task] = []
        # Films are opened as they are needed, and forgotten when their questions are answered.
        for task in self._tasks(engine, requests, load_film, results):
            waiting.append(task)
            while len(waiting) >= at_once:
                waiting, at_once = self._answer_some(engine, waiting, at_once, results)
        while waiting:
            waiting, at_once = self._answer_some(engine, waiting, at_once, results)
        return [results[number] for number in range(len(requests))]

    def _tasks(
        self,
        engine: "Engine",
        requests: Sequence[Request],
        load_film: FilmLoader,
        results: dict[int, Result],
    ) -> Iterator[_Task]:
        """What can be asked; what cannot goes to the results."""
        from scoring.explanations.engine import Question

        for one in material_of(requests, load_film, results):
            question = Question(one.whole, one.close_up, question_of(one.request))
            if engine.room_for(question, self.max_new_tokens):
                yield _Task(one.number, one.request, question)
            else:
                results[one.number] = Failed(
                    one.request.id, FailReason.NO_ROOM, "The question is too long for the model."
                )

    def _answer_some(
        self, engine: "Engine", waiting: list[_Task], at_once: int, results: dict[int, Result]
    ) -> tuple[list[_Task], int]:
        """Answer the first of those that wait; the others, and how many to take from now on."""
        from scoring.explanations.engine import OutOfMemory

        tasks = waiting[:at_once]
        started = self.now()
        try:
            answers = engine.answer(
                [task.question for task in tasks],
                max_new_tokens=self.max_new_tokens,
                share_film=self.share_film,
            )
        except OutOfMemory as error:
            if len(tasks) > 1:
                return waiting, len(tasks) // 2
            results[tasks[0].number] = Failed(
                tasks[0].request.id, FailReason.OUT_OF_MEMORY, str(error)
            )
        else:
            seconds = (self.now() - started) / len(tasks)
            for task, answer in zip(tasks, answers, strict=True):
                results[task.number] = self._result(engine, task.request, answer, seconds)
        return waiting[len(tasks) :], at_once

    def _result(
        self, engine: "Engine", request: Request, answer: "Answer", seconds: float
    ) -> Result:
        said = ground(request, answer.text, ended=answer.ended, instructions=(INSTRUCTIONS,))
        if isinstance(said, Dropped):
            return said
        return Explanation(
            id=request.id,
            text=said,
            explainer=self.name,
            model=self.model,
            revision=engine.revision,
            prompt_version=PROMPT_VERSION,
            seconds=seconds,
        )
