"""An explainer for tests: it says what it is told to, and remembers what it was asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scoring.explanations import (
    Dropped,
    DropReason,
    Explanation,
    Failed,
    FailReason,
    FilmLoader,
    FilmUnreadable,
    Request,
    Result,
)

WORDS = "There is a step in the cortex of the rib."

Say = Callable[[Request], Result]


def words(request: Request, text: str = WORDS) -> Explanation:
    return Explanation(
        id=request.id,
        text=text,
        explainer="fake",
        model="google/medgemma-4b-it",
        revision="abcdef0123456789",
        prompt_version="p1",
        seconds=0.5,
    )


def dropped(request: Request) -> Dropped:
    return Dropped(request.id, DropReason.CONTRADICTS_SIDE, "It is on the other side.")


def failed(request: Request) -> Failed:
    return Failed(request.id, FailReason.ENDPOINT, "connection refused")


@dataclass
class FakeExplainer:
    """``before`` is called with each batch, and may raise."""

    say: Say = words
    loads: bool = False
    before: Callable[[Sequence[Request]], None] = lambda requests: None
    batches: list[list[Request]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "fake"

    @property
    def asked(self) -> list[Request]:
        return [request for batch in self.batches for request in batch]

    def explain(self, requests: Sequence[Request], load_film: FilmLoader) -> list[Result]:
        self.batches.append(list(requests))
        self.before(requests)
        return [self._answer(request, load_film) for request in requests]

    def _answer(self, request: Request, load_film: FilmLoader) -> Result:
        if self.loads:
            try:
                load_film(request.film)
            except FilmUnreadable as error:
                return Failed(request.id, FailReason.FILM_UNREADABLE, str(error))
        return self.say(request)
