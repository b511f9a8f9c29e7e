"""Which measures there are: what each measures, where it comes from, and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from scoring.reports.metrics import lexical, neural
from scoring.reports.metrics.base import Scorer


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure on the shelf.

    ``lowest`` and ``highest`` bound it, None where nothing does. ``licence`` is the package's;
    ``weights`` names what it must load besides, and is empty where that is nothing.
    ``load`` gives its scorer, or raises MetricUnavailable with one sentence.
    """

    name: str
    title: str
    measures: str
    lowest: float | None
    highest: float | None
    package: str
    licence: str
    source: str
    load: Callable[[], Scorer]
    weights: str = ""
    higher_is_better: bool = True


_ALL: Final = (
    Metric(
        name="bleu",
        title="BLEU-4",
        measures="runs of one to four words in common, with a penalty for brevity",
        lowest=0.0,
        highest=1.0,
        package="sacrebleu",
        licence="Apache-2.0",
        source="Papineni et al., ACL 2002; Post, WMT 2018",
        load=lexical.load_bleu,
    ),
    Metric(
        name="rougeL",
        title="ROUGE-L",
        measures="the longest sequence of stems in common, as F1",
        lowest=0.0,
        highest=1.0,
        package="rouge-score",
        licence="Apache-2.0",
        source="Lin, ACL Workshop 2004",
        load=lexical.load_rouge_l,
    ),
    Metric(
        name="meteor",
        title="METEOR",
        measures="words in common, by stem and synonym too, and in how many pieces",
        lowest=0.0,
        highest=1.0,
        package="nltk",
        licence="Apache-2.0",
        weights="WordNet",
        source="Banerjee and Lavie, ACL Workshop 2005",
        load=lexical.load_meteor,
    ),
    Metric(
        name="chrf",
        title="chrF",
        measures="runs of one to six characters in common, recall counted twice",
        lowest=0.0,
        highest=1.0,
        package="sacrebleu",
        licence="Apache-2.0",
        source="Popović, WMT 2015",
        load=lexical.load_chrf,
    ),
    Metric(
        name="bertscore",
        title="BERTScore",
        measures="how like each other the words are in a language model, as F1",
        lowest=None,
        highest=1.0,
        package="bert-score",
        licence="MIT",
        weights="distilroberta-base",
        source="Zhang et al., ICLR 2020",
        load=neural.load_bertscore,
    ),
    Metric(
        name="radgraph",
        title="RadGraph F1",
        measures="entities and their relations in common",
        lowest=0.0,
        highest=1.0,
        package="radgraph",
        licence="MIT",
        weights="radgraph-xl",
        source="Jain et al., NeurIPS 2021; Delbrouck et al., ACL Findings 2024",
        load=neural.load_radgraph,
    ),
    Metric(
        name="chexbert",
        title="CheXbert F1",
        measures="the 14 CheXpert observations in common, uncertain ones as present",
        lowest=0.0,
        highest=1.0,
        package="radeval",
        licence="MIT",
        weights="chexbert.pth",
        source="Smit et al., EMNLP 2020",
        load=neural.load_chexbert,
    ),
    Metric(
        name="ratescore",
        title="RaTEScore",
        measures="how like each other the medical entities are, weighted by kind",
        lowest=0.0,
        highest=1.0,
        package="radeval",
        licence="MIT",
        weights="RaTE-NER and BioLORD",
        source="Zhao et al., EMNLP 2024",
        load=neural.load_ratescore,
    ),
    Metric(
        name="radcliq",
        title="RadCliQ-v1",
        measures="the errors a radiologist would count, from RadGraph, BERTScore and CheXbert",
        lowest=None,
        highest=None,
        higher_is_better=False,
        package="radgraph, bert-score and radeval",
        licence="MIT",
        weights="radgraph, distilroberta-base and chexbert.pth",
        source="Yu et al., Patterns 2023",
        load=neural.load_radcliq,
    ),
    Metric(
        name="srrbert",
        title="SRR-BERT",
        measures="the findings of a structured report in common, with their status, as F1",
        lowest=0.0,
        highest=1.0,
        package="radeval",
        licence="MIT",
        weights="SRR-BERT",
        source="Delbrouck et al., ACL 2025",
        load=neural.load_srrbert,
    ),
)

METRICS: Final = MappingProxyType({metric.name: metric for metric in _ALL})


def get_metric(name: str) -> Metric:
    """The measure of this name, whatever its case. Raises KeyError with the names there are."""
    for metric in _ALL:
        if metric.name.lower() == name.strip().lower():
            return metric
    raise KeyError(f"There is no metric {name}; there are {', '.join(METRICS)}.")
