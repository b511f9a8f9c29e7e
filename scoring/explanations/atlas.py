"""The explainer that needs nothing: the taxonomy's own text, and where on this film to look."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scoring.explanations.contract import (
    Dropped,
    DropReason,
    Explanation,
    FilmLoader,
    Kind,
    Request,
    Result,
)
from scoring.explanations.places import where

ATLAS_VERSION: Final = "atlas-1"
"""It changes with the sentences below and with the words for places."""


@dataclass(frozen=True)
class AtlasExplainer:
    """No film is loaded, so nothing can fail; a finding without text and place is dropped."""

    now: Callable[[], float] = time.perf_counter

    @property
    def name(self) -> str:
        return "atlas"

    def explain(self, requests: Sequence[Request], load_film: FilmLoader) -> list[Result]:
        return [self._explain_one(request) for request in requests]

    def _explain_one(self, request: Request) -> Result:
        started = self.now()
        text = atlas_text(request)
        if not text:
            return Dropped(request.id, DropReason.EMPTY, "")
        return Explanation(
            id=request.id,
            text=text,
            explainer=self.name,
            model="",
            revision="",
            prompt_version=ATLAS_VERSION,
            seconds=self.now() - started,
        )


def atlas_text(request: Request) -> str:
    """What the taxonomy says of the finding, after where it lies; empty when neither is known."""
    place = where(request.regions, request.size, is_lateral=request.is_lateral)
    looks = " ".join(request.atlas.split())
    name = request.finding_name
    if request.kind is Kind.MISSED:
        opening = f"Look {place}: {in_sentence(name)}." if place else ""
        return " ".join(part for part in (opening, looks) if part)
    opening = f"The experts marked no {in_sentence(name)} {place}."
    if request.present:
        opening += f" Elsewhere they saw {listed_names(request.present)}."
    return f"{opening} To compare, this is how it looks: {looks}" if looks else opening


def in_sentence(name: str) -> str:
    """A finding's name as it stands inside a sentence: "Nodule or mass" → "nodule or mass"."""
    # Abbreviations keep their capitals.
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def listed_names(names: Sequence[str]) -> str:
    """Names as they are told in a sentence."""
    told = [in_sentence(name) for name in names]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
