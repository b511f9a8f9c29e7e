"""RadCliQ-v1 from its parts, and the parts that no package gives one by one.

Yu et al., Patterns 2023, "Evaluating progress in automatic chest X-ray radiology report
generation": the coefficients are those of the authors' published model.
"""

from collections.abc import Mapping
from typing import Any, Final

# RadGraph F1, BERTScore, similarity of CheXbert's embeddings, BLEU-2.
MEANS: Final = (0.53792312, 0.61757256, 0.76479421, 0.44738335)
SCALES: Final = (0.30282584, 0.22430938, 0.25394391, 0.29892717)
COEFFICIENTS: Final = (-3.77083683e-01, -3.70300100e-01, -2.52616218e-01, 4.31504841e-12)
INTERCEPT: Final = 2.46655256e-10


def radcliq_v1(radgraph: float, bertscore: float, semb: float, bleu2: float) -> float:
    """How many errors to expect, on a scale of its own; lower is better.

    Each part in 0–1 (BERTScore rescaled) is set against the authors' mean and scale, and the four
    are added up by their coefficients. Unbounded; about −1.5 for a pair that is the same.
    """
    return INTERCEPT + sum(
        coefficient * (part - mean) / scale
        for part, mean, scale, coefficient in zip(
            (radgraph, bertscore, semb, bleu2), MEANS, SCALES, COEFFICIENTS, strict=True
        )
    )


def radgraph_combined_f1(reference: Mapping[str, Any], candidate: Mapping[str, Any]) -> float:
    """The mean of the F1 of entities and of relations, in 0–1, as RadCliQ has it.

    Annotations are RadGraph's: {"entities": {id: {"tokens", "label", "relations": [[kind, id]]}}}.
    Where neither has any, that F1 is 0, as in the authors' code.
    """
    return (
        set_f1(_entities(reference), _entities(candidate))
        + set_f1(_relations(reference), _relations(candidate))
    ) / 2


def set_f1(reference: set[Any], candidate: set[Any]) -> float:
    """F1 of two sets, in 0–1; 0 where they share nothing, two empty sets included."""
    shared = len(reference & candidate)
    return 2 * shared / (len(reference) + len(candidate)) if shared else 0.0


def _entities(annotation: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(e["tokens"], e["label"]) for e in annotation["entities"].values()}


def _relations(annotation: Mapping[str, Any]) -> set[tuple[tuple[str, str], tuple[str, str], str]]:
    entities = annotation["entities"]
    return {
        (
            (entity["tokens"], entity["label"]),
            (entities[other]["tokens"], entities[other]["label"]),
            kind,
        )
        for entity in entities.values()
        for kind, other in entity["relations"]
    }
