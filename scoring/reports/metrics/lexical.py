"""Measures that compare words and characters. An empty text shares nothing: they give 0."""

from typing import Any

from scoring.reports.metrics.base import MetricUnavailable, Scorer, need


def load_bleu(highest_order: int = 4) -> Scorer:
    """BLEU of each pair by sacrebleu, in lower case, up to the orders that the texts have."""
    need("BLEU", "sacrebleu", "sacrebleu")
    from sacrebleu.metrics import BLEU

    bleu = BLEU(lowercase=True, effective_order=True, max_ngram_order=highest_order)
    return lambda references, candidates: [
        bleu.sentence_score(candidate, [reference]).score / 100
        for reference, candidate in zip(references, candidates, strict=True)
    ]


def load_chrf() -> Scorer:
    """chrF2 of each pair by sacrebleu, in lower case."""
    need("chrF", "sacrebleu", "sacrebleu")
    from sacrebleu.metrics import CHRF

    chrf = CHRF(lowercase=True)
    return lambda references, candidates: [
        chrf.sentence_score(candidate, [reference]).score / 100
        for reference, candidate in zip(references, candidates, strict=True)
    ]


def load_rouge_l() -> Scorer:
    """The F1 of ROUGE-L of each pair by rouge-score, with its stemmer."""
    need("ROUGE-L", "rouge_score", "rouge-score")
    from rouge_score.rouge_scorer import RougeScorer

    rouge = RougeScorer(["rougeL"], use_stemmer=True)
    return lambda references, candidates: [
        float(rouge.score(reference, candidate)["rougeL"].fmeasure)
        for reference, candidate in zip(references, candidates, strict=True)
    ]


def load_meteor() -> Scorer:
    """METEOR of each pair by nltk, on its word tokens."""
    need("METEOR", "nltk", "nltk")
    from nltk.corpus import wordnet

    try:
        # Asked for only where stems do not match, so that its absence would come out at some line.
        wordnet.ensure_loaded()
    except LookupError as error:
        raise MetricUnavailable(
            "METEOR needs WordNet, which nltk does not find: python -m nltk.downloader wordnet"
        ) from error
    return meteor_with(wordnet)


def meteor_with(wordnet: Any) -> Scorer:
    """METEOR with these synonyms: an object whose ``synsets(word)`` gives nltk's synsets."""
    from nltk.tokenize import wordpunct_tokenize
    from nltk.translate.meteor_score import single_meteor_score

    return lambda references, candidates: [
        float(
            single_meteor_score(
                wordpunct_tokenize(reference), wordpunct_tokenize(candidate), wordnet=wordnet
            )
        )
        for reference, candidate in zip(references, candidates, strict=True)
    ]
