"""What an explainer is asked and what it gives back. Everything that crosses rooms is here.

Explainer (protocol)
├── AtlasExplainer           `atlas`: the taxonomy's own text, and the place in words
├── TransformersExplainer    `transformers`: a vision-language model on this machine
└── EndpointExplainer        `openai`: one behind an address
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.localization import Box

MAX_RAW: Final = 2_000
"""How much of a dropped answer is kept for staff, in code points."""

FilmPixels = NDArray[np.uint8]
"""Grey levels of a film, shape (rows, columns)."""

FilmLoader = Callable[[str], FilmPixels]
"""Gives the pixels of a film by its key. Each explainer calls it once for a film and batch.

It may raise FilmUnreadable, OSError or ValueError: then the requests of this film fail, and no
others. A film may be smaller than the source, as long as it shows all of it.
"""


class Kind(StrEnum):
    """What is to be explained: something the learner did not see, or saw where nothing is."""

    MISSED = "missed"
    FALSE_MARK = "false_mark"


class DropReason(StrEnum):
    """Why a model's words are not shown."""

    EMPTY = "empty"
    GARBAGE = "garbage"
    REFUSED = "refused"
    """The model declined to say anything."""
    TOO_LONG = "too_long"
    UNFIT = "unfit"
    """It speaks of frames, of experts, of itself or to a patient, or of what is to be done."""
    CONTRADICTS_SIDE = "contradicts_side"
    CONTRADICTS_ZONE = "contradicts_zone"
    CONTRADICTS_FINDING = "contradicts_finding"
    SAYS_NORMAL = "says_normal"
    """Of a missed finding: its place, or the film, is called normal."""
    DOUBTS_FINDING = "doubts_finding"
    OTHER_FINDING = "other_finding"
    """It sees something that no expert saw."""


class FailReason(StrEnum):
    """Why there are no words at all."""

    FILM_UNREADABLE = "film_unreadable"
    OUT_OF_MEMORY = "out_of_memory"
    NO_ROOM = "no_room"
    """The question is longer than what the model can read."""
    ENDPOINT = "endpoint"
    """The endpoint gave no answer, or was not asked any more; another time it may."""
    REFUSED = "refused"
    """The endpoint does not answer this question, and asking again changes nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to be explained.

    ``id``: the caller's own. ``film``: key of the film; requests with the same key share pixels.
    ``regions``: of a missed finding all regions that the experts drew, empty where they drew
    none; of a false mark the learner's. In pixels of the source, half-open; ``size`` is the
    source's (columns, rows). ``finding`` is the slug of the taxonomy, ``atlas`` its text.
    ``sentence``: the expert's own, if there is one. ``view``: as the case's film has it, "LATERAL"
    or another; what is not lateral is taken as frontal. ``present``: for a false mark, the names
    of the findings that the experts saw elsewhere on the film.

    Raises ValueError for a size without pixels, and for a false mark without a region.
    """

    id: str
    film: str
    finding: str
    finding_name: str
    regions: tuple[Box, ...]
    kind: Kind
    size: tuple[int, int]
    sentence: str = ""
    atlas: str = ""
    view: str = ""
    present: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if min(self.size) < 1:
            raise ValueError(f"A film has at least one pixel each way, not {self.size}.")
        if self.kind is Kind.FALSE_MARK and not self.regions:
            raise ValueError("A false mark has the region that was marked.")

    @property
    def is_lateral(self) -> bool:
        return self.view.upper() == "LATERAL"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Words to be shown, plain text: the page escapes them.

    ``revision``: of the model, as far as it is known. ``seconds``: this one's share of the time
    that its batch took. When it was made is for the caller to say.
    """

    id: str
    text: str
    explainer: str
    model: str
    revision: str
    prompt_version: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """The model said something that is not shown; ``raw`` is the beginning of it, for staff."""

    id: str
    reason: DropReason
    raw: str

    def __post_init__(self) -> None:
        # Kept short here, so that no explainer can forget to.
        object.__setattr__(self, "raw", self.raw[:MAX_RAW])


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing was said about this one; ``detail`` is a sentence for staff."""

    id: str
    reason: FailReason
    detail: str


Result = Explanation | Dropped | Failed


class FilmUnreadable(Exception):
    """A film cannot be loaded; the message says why."""


class ExplainerFailed(Exception):
    """Nothing can be explained at all; the message says what to do.

    ExplainerFailed             something is missing or wrong, and asking again changes nothing
    └── ExplainerUnavailable        the endpoint does not answer now; another time it may
    """


class ExplainerUnavailable(ExplainerFailed):
    """Nobody answered: the same may be asked later."""


class Explainer(Protocol):
    """Whoever explains.

    ``name`` is the one that `make_explainer` knows it by. ``explain`` gives one result for each
    request, in their order; it raises ExplainerFailed for what concerns them all.
    """

    @property
    def name(self) -> str: ...

    def explain(self, requests: Sequence[Request], load_film: FilmLoader) -> list[Result]: ...
