"""Measures that need weights. Loading them is slow: load once, score in batches."""

import math
from collections.abc import Sequence
from typing import Any, Final

from scoring.reports.metrics.base import Scorer, loading, need
from scoring.reports.metrics.lexical import load_bleu
from scoring.reports.metrics.radcliq import radcliq_v1, radgraph_combined_f1, set_f1

RADEVAL: Final = "pip install radeval -c requirements/models.txt"


def load_bertscore(
    model: str = "distilroberta-base", layers: int = 5, *, rescaled: bool = True
) -> Scorer:
    """The F1 of BERTScore of each pair.

    As RadCliQ's authors have it: distilroberta-base, fifth layer, no weighting by rarity,
    rescaled by the package's baseline for English. Two empty texts, or one, give what the
    package gives: 0 before rescaling.
    """
    need("BERTScore", "bert_score", "bert-score")
    with loading("BERTScore", f"the language model {model}"):
        from bert_score import BERTScorer

        scorer = BERTScorer(
            model_type=model,
            num_layers=layers,
            lang="en" if rescaled else None,
            rescale_with_baseline=rescaled,
        )

    def score(references: Sequence[str], candidates: Sequence[str]) -> list[float]:
        if not references:
            return []
        _, _, f1 = scorer.score(list(candidates), list(references))
        return [float(value) for value in f1]

    return score


def load_radgraph() -> Scorer:
    """RadGraph F1 of each pair, by entities that agree in words, kind and having a relation.

    The package's reward "partial" with radgraph-xl. An empty text gives 0.
    """
    need("RadGraph F1", "radgraph", "radgraph")
    with loading("RadGraph F1", "the weights radgraph-xl"):
        from radgraph import F1RadGraph

        scorer = F1RadGraph(reward_level="partial", model_type="radgraph-xl")

    def score(references: Sequence[str], candidates: Sequence[str]) -> list[float]:
        if not references:
            return []
        _, rewards, _, _ = scorer(refs=list(references), hyps=list(candidates))
        return [float(reward) for reward in rewards]

    return score


def load_chexbert() -> Scorer:
    """The F1 over the 14 observations of CheXbert of each pair; 1 where neither has any."""
    labeler = _chexbert("CheXbert F1")

    def score(references: Sequence[str], candidates: Sequence[str]) -> list[float]:
        rows = zip(
            labeler.get_labels(list(references)),
            labeler.get_labels(list(candidates)),
            strict=True,
        )
        return [labels_f1(reference, candidate) for reference, candidate in rows]

    return score


def labels_f1(reference: Sequence[int], candidate: Sequence[int]) -> float:
    """F1 of two rows of 0 and 1, in 0–1; 1 where both are all 0: nothing was there or was said."""
    there = {index for index, label in enumerate(reference) if label}
    said = {index for index, label in enumerate(candidate) if label}
    return set_f1(there, said) if there or said else 1.0


def load_ratescore() -> Scorer:
    """RaTEScore of each pair, by RadEval; 0.5 where a text has no entity, as in its paper."""
    return _radeval("RaTEScore", "ratescore", "ratescore", "RaTE-NER and BioLORD")


def load_srrbert() -> Scorer:
    """The F1 of SRR-BERT's findings with their status of each pair, by RadEval."""
    return _radeval("SRR-BERT", "srrbert", "srrbert_weighted_f1", "SRR-BERT")


def load_radcliq() -> Scorer:
    """RadCliQ-v1 of each pair, from its parts; lower is better."""
    need("RadCliQ", "radgraph", "radgraph")
    labeler = _chexbert("RadCliQ")
    bertscore, bleu2 = load_bertscore(), load_bleu(2)
    with loading("RadCliQ", "the weights radgraph"):
        from radgraph import RadGraph

        radgraph = RadGraph(model_type="radgraph")

    def score(references: Sequence[str], candidates: Sequence[str]) -> list[float]:
        if not references:
            return []
        annotations = [radgraph(list(texts)) for texts in (references, candidates)]
        graphs = [
            radgraph_combined_f1(annotations[0][str(n)], annotations[1][str(n)])
            for n in range(len(references))
        ]
        embeddings = zip(
            labeler.get_embeddings(list(references)),
            labeler.get_embeddings(list(candidates)),
            strict=True,
        )
        parts = zip(
            graphs,
            bertscore(references, candidates),
            (cosine(reference, candidate) for reference, candidate in embeddings),
            bleu2(references, candidates),
            strict=True,
        )
        return [radcliq_v1(*part) for part in parts]

    return score


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    """The cosine of the angle between two vectors, in −1–1; 0 where either is all 0."""
    dot = math.fsum(float(a) * float(b) for a, b in zip(first, second, strict=True))
    lengths = math.hypot(*map(float, first)) * math.hypot(*map(float, second))
    return dot / lengths if lengths else 0.0


def _chexbert(metric: str) -> Any:
    """RadEval's labeler: the package f1chexbert has had no release since 2023."""
    need(metric, "radeval", "radeval", RADEVAL)
    with loading(metric, "the weights chexbert.pth"):
        import torch
        from radeval.metrics.f1chexbert import F1CheXbert

        return F1CheXbert(device="cuda" if torch.cuda.is_available() else "cpu")


def _radeval(metric: str, name: str, key: str, weights: str) -> Scorer:
    need(metric, "radeval", "radeval", RADEVAL)
    with loading(metric, f"the weights {weights}"):
        from radeval import RadEval

        scorer = RadEval(metrics=[name], per_sample=True, show_progress=False)

    def score(references: Sequence[str], candidates: Sequence[str]) -> list[float]:
        if not references:
            return []
        figures = scorer(refs=list(references), hyps=list(candidates))[key]
        return [float(figure) for figure in figures]

    return score
