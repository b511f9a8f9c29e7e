"""Explanations of what a learner missed or marked where nothing is, without Django.

`contract` says what goes in and comes out; `make_explainer` is the entrance. What a model says is
shown only when `grounding` finds nothing against it.
"""

from scoring.explanations.choice import (
    DEFAULT_OPTIONS,
    EXPLAINERS,
    ExplainerOptions,
    make_explainer,
)
from scoring.explanations.contract import (
    Dropped,
    DropReason,
    Explainer,
    ExplainerFailed,
    ExplainerUnavailable,
    Explanation,
    Failed,
    FailReason,
    FilmLoader,
    FilmPixels,
    FilmUnreadable,
    Kind,
    Request,
    Result,
)

__all__ = [
    "DEFAULT_OPTIONS",
    "EXPLAINERS",
    "DropReason",
    "Dropped",
    "Explainer",
    "ExplainerFailed",
    "ExplainerOptions",
    "ExplainerUnavailable",
    "Explanation",
    "FailReason",
    "Failed",
    "FilmLoader",
    "FilmPixels",
    "FilmUnreadable",
    "Kind",
    "Request",
    "Result",
    "make_explainer",
]
