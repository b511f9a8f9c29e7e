"""A reading against its reference report: one mark, made of parts that can each be explained."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scoring.reports.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings and errors of each kind."""

    matched: int
    missing: int
    false: int
    significant_errors: int
    negligible_errors: int


@dataclass(frozen=True, slots=True)
class Term:
    """One step of the game score, for the page that explains it.

    ``finding_id`` is the reference or predicted finding it is about; ``weight`` what it counts,
    ``credit`` what it brought: positive for a match, negative for a false finding.
    """

    finding_id: str
    kind: str
    weight: float
    credit: float


@dataclass(frozen=True, slots=True)
class StylePart:
    """One part of the style score: 0, 0.5 or 1, and what to do when it is below 1."""

    name: str
    value: float
    advice: str
    observed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StyleMark:
    """``score`` in 0–1: the mean of the parts."""

    score: float
    parts: tuple[StylePart, ...]


@dataclass(frozen=True, slots=True)
class ReportMark:
    """What a reading was worth.

    ``score`` in 0–1 is the game's; ``crimson`` lies in −1–1, ``burden`` in 0–1, ``green`` in 0–1
    or None where it is undefined. ``judge`` names who compared the texts, ``version`` the whole
    chain, so that equal text, case and version mean an equal mark.
    """

    score: float
    crimson: float
    burden: float
    green: float | None
    counts: Counts
    terms: tuple[Term, ...]
    evaluation: Evaluation
    style: StyleMark
    judge: str
    version: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; ``from_json`` is its inverse."""
        return {
            "score": self.score,
            "crimson": self.crimson,
            "burden": self.burden,
            "green": self.green,
            "counts": asdict(self.counts),
            "terms": [asdict(term) for term in self.terms],
            "evaluation": self.evaluation.to_json(),
            "style": {
                "score": self.style.score,
                "parts": [
                    {**asdict(part), "observed": list(part.observed)} for part in self.style.parts
                ],
            },
            "judge": self.judge,
            "version": self.version,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ReportMark":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError else."""
        style = data["style"]
        return cls(
            score=float(data["score"]),
            crimson=float(data["crimson"]),
            burden=float(data["burden"]),
            green=None if data["green"] is None else float(data["green"]),
            counts=Counts(**data["counts"]),
            terms=tuple(Term(**term) for term in data["terms"]),
            evaluation=Evaluation.from_json(data["evaluation"]),
            style=StyleMark(
                score=float(style["score"]),
                parts=tuple(
                    StylePart(**{**part, "observed": tuple(part["observed"])})
                    for part in style["parts"]
                ),
            ),
            judge=data["judge"],
            version=data["version"],
        )
