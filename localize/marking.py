"""From an answer and the reference standard to a frozen, explainable result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from radgame.cases.models import Kind
from radgame.cases.reference import (
    DEFAULT_THRESHOLD,
    Agreement,
    CaseReference,
    Region,
    without_reader,
)
from scoring.localization import (
    Box,
    LocalizationResult,
    Mark,
    ReferenceRegion,
    score_localization,
)

from .answers import Answer

WITHOUT: Final = "without"


@dataclass(frozen=True, slots=True)
class Marking:
    """A result with everything that went into it, so that it can be recomputed from itself."""

    result: LocalizationResult
    inputs: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"result": self.result.to_dict(), "inputs": self.inputs}


def mark_answer(
    answer: Answer,
    reference: CaseReference,
    agreement: Mapping[str, Agreement],
    *,
    without: str = "",
) -> Marking:
    """Compare an answer with the reference standard.

    ``without``: the reference reader whose own reading this is. What the others said is the
    standard then, and the inputs keep the name, so that a rescore leaves the same one out.
    """
    if not without:
        return mark_inputs(answer, reference_inputs(reference, agreement))
    inputs = reference_inputs(without_reader(reference, without), agreement)
    return mark_inputs(answer, {**inputs, WITHOUT: without})


def left_out(stored: Mapping[str, Any] | None) -> str:
    """Which reference reader a stored result was marked without; empty for every learner's."""
    return str(stored["inputs"].get(WITHOUT, "")) if stored else ""


def reference_inputs(
    reference: CaseReference, agreement: Mapping[str, Agreement]
) -> dict[str, Any]:
    """What the scorer is told of the reference standard, as it is stored with the attempt."""
    drawn = {s.finding for s in reference.statements if s.kind == Kind.DRAW}
    located = {s.finding for s in reference.statements if s.located}
    regions = [(region.finding in drawn, _region_json(region)) for region in reference.regions]
    return {
        "regions": [region for is_drawn, region in regions if is_drawn],
        # Select findings are answered by a tick; where they lie is shown, not compared.
        "shown": [region for is_drawn, region in regions if not is_drawn],
        "present": sorted({s.finding for s in reference.statements if s.kind == Kind.SELECT}),
        "scored": sorted(reference.scored),
        "unlocated": sorted(drawn - located),
        "readers": list(reference.readers),
        "thresholds": {
            slug: agreement[slug].threshold for slug in sorted(drawn) if slug in agreement
        },
        "default_threshold": DEFAULT_THRESHOLD,
    }


def _region_json(region: Region) -> dict[str, Any]:
    return {
        "finding": region.finding,
        "reader": region.reader,
        "image": region.image,
        "box": list(region.box),
        "polygon": [list(point) for point in region.polygon] if region.polygon else None,
        "statement": region.statement_id,
    }


def mark_inputs(answer: Answer, inputs: dict[str, Any]) -> Marking:
    """Score an answer against stored inputs; the same inputs always give the same result."""
    result = score_localization(
        marks=[
            Mark(
                finding=mark.finding,
                box=Box(*mark.box),
                image=mark.image,
                confidence=mark.confidence,
            )
            for mark in answer.marks
        ],
        regions=[
            ReferenceRegion(
                finding=region["finding"],
                box=Box(*region["box"]),
                reader=region["reader"],
                image=region["image"],
            )
            for region in inputs["regions"]
        ],
        selected=answer.selected,
        present=inputs["present"],
        scored=inputs["scored"],
        unlocated=inputs["unlocated"],
        readers=inputs["readers"],
        thresholds=inputs["thresholds"],
        default_threshold=inputs["default_threshold"],
    )
    return Marking(result=result, inputs=inputs)
