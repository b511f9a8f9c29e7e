"""Reports say the same sentences over and over: what follows from one is worked out only once."""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, TypeVar, TypeVarTuple

# Longer passages seldom come again, and the texts come from outside: what is remembered stays
# small.
MOST_REMEMBERED = 4096
LONGEST_REMEMBERED = 400


class HasText(Protocol):
    """A passage, or what was read in it."""

    @property
    def text(self) -> str: ...

    def __hash__(self) -> int: ...


T = TypeVar("T", bound=HasText)
Others = TypeVarTuple("Others")
R = TypeVar("R")


def remembers_passages(function: Callable[[T, *Others], R]) -> Callable[[T, *Others], R]:
    """The function, of a passage and what else it depends on, with a memory of its last answers.

    It must be pure, and what it gives immutable.
    """
    recall = lru_cache(maxsize=MOST_REMEMBERED)(function)

    def remembering(passage: T, *others: *Others) -> R:
        if len(passage.text) > LONGEST_REMEMBERED:
            return function(passage, *others)
        return recall(passage, *others)

    return remembering
