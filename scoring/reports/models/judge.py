"""A judge that asks a model, checks its answer, lets it repair the answer once, and never guesses.

Judge (protocol, scoring.reports.evaluation)
└── ModelJudge
    ├── Prompt: QuotingPrompt | CrimsonPrompt      how it is asked
    └── Chat: OpenAIChat | TransformersChat | VllmChat      who is asked
"""

from dataclasses import dataclass, replace
from typing import Final

from scoring.reports.evaluation import Evaluation, JudgeUnusable, ReadingContext
from scoring.reports.models.answer import BadAnswer, read_answer
from scoring.reports.models.chat import Chat, Message, Role
from scoring.reports.models.prompts import Prompt

MAX_RETURNED: Final = 20_000
"""How much of a bad answer the model is shown again, in code points."""


@dataclass(frozen=True)
class ModelJudge:
    """``name`` is the judge's in `choice.MODEL_JUDGES`; the version tells model and prompt."""

    name: str
    chat: Chat
    prompt: Prompt

    @property
    def version(self) -> str:
        return f"{self.chat.version}+{self.prompt.version}"

    def judge(self, reference: str, candidate: str, context: ReadingContext) -> Evaluation:
        """Raises JudgeUnusable when the model is wrong twice, JudgeFailed when not asked."""
        messages = self.prompt.messages(
            self.chat.harmless(reference),
            self.chat.harmless(candidate),
            replace(context, indication=self.chat.harmless(context.indication)),
        )
        answer = self.chat.ask(messages)
        try:
            return self._read(answer, reference, candidate)
        except BadAnswer as first:
            repaired = self.chat.ask((*messages, *_repair(answer, first)))
        try:
            return self._read(repaired, reference, candidate)
        except BadAnswer as second:
            raise JudgeUnusable(
                f"{self.name} gave no valid evaluation, nor when it was asked to repair it: "
                f"{second.problems[0]}"
            ) from second

    def _read(self, answer: str, reference: str, candidate: str) -> Evaluation:
        return read_answer(
            answer,
            reference=reference,
            candidate=candidate,
            quoted=self.prompt.quoted,
            parse=self.prompt.parse,
        )


def _repair(answer: str, bad: BadAnswer) -> tuple[Message, Message]:
    problems = "\n".join(f"- {problem}" for problem in bad.problems)
    return (
        Message(Role.ASSISTANT, answer[:MAX_RETURNED] or "(nothing)"),
        Message(
            Role.USER,
            f"That answer cannot be used:\n{problems}\n"
            "Answer again with the whole JSON object, corrected, and nothing else.",
        ),
    )
