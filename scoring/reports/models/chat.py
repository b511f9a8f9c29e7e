"""What a judge needs of a model: an answer to a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str

    def to_json(self) -> dict[str, str]:
        return {"role": self.role.value, "content": self.text}


class Chat(Protocol):
    """A model that can be talked to.

    ``version``: the model and its revision, as far as they are known. ``ask`` gives the model's
    next message, or raises ``JudgeFailed`` with a sentence for the people who run the site.
    ``harmless`` gives a text without what this model would read as the marks between messages.
    """

    @property
    def version(self) -> str: ...

    def harmless(self, text: str) -> str: ...

    def ask(self, messages: Sequence[Message]) -> str: ...
