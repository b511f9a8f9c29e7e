"""Which other findings may be named where one is explained.

Findings are told by their slug of the taxonomy; a concept that has none there by its own.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from scoring.explanations.contract import Kind, Request
from scoring.explanations.phrases import is_measure, is_only_compared_with
from scoring.reports.reader import CONCEPTS, Mention, ReportReading, read_report

# What a finding is made of, is a sign of, or is a kind of. The ones that call for help at once
# (pneumothorax, a shifted mediastinum, free air) are nobody's kin: they are never named in passing.
_KIN: Final[dict[str, frozenset[str]]] = {
    "aortic-enlargement": frozenset(
        {"aortic-tortuosity", "aortic-calcification", "mediastinal-widening"}
    ),
    "atelectasis-fibrotic-band": frozenset(
        {"lung-opacity", "elevated-hemidiaphragm", "silhouetted-border", "pulmonary-fibrosis"}
    ),
    "bronchiectasis": frozenset({"bronchial-wall-thickening"}),
    "bullae": frozenset({"emphysema", "hyperinflation", "lung-cyst"}),
    "calcification": frozenset({"granuloma", "pleural-plaque", "granulomatous-disease"}),
    "cardiomegaly": frozenset({"enlarged-cardiomediastinum"}),
    "consolidation": frozenset({"lung-opacity", "silhouetted-border"}),
    "diffuse-nodules": frozenset({"nodule-mass", "interstitial-pattern", "lung-opacity"}),
    "emphysema": frozenset({"bullae", "hyperinflation"}),
    "enlarged-pulmonary-artery": frozenset({"hilar-enlargement"}),
    "fracture": frozenset({"bone-deformity", "chest-wall-deformity"}),
    "heart-device": frozenset({"monitoring-leads", "support-devices", "stimulator"}),
    "hilar-enlargement": frozenset({"enlarged-pulmonary-artery", "vascular-congestion"}),
    "hyperinflation": frozenset({"emphysema"}),
    "interstitial-pattern": frozenset({"lung-opacity", "pulmonary-fibrosis", "diffuse-nodules"}),
    "lung-cavity": frozenset({"nodule-mass", "lung-opacity"}),
    "lung-cyst": frozenset({"bullae"}),
    "lung-opacity": frozenset({"consolidation", "silhouetted-border"}),
    "mediastinal-shift": frozenset({"volume-loss"}),
    "nodule-mass": frozenset({"calcification", "lung-opacity", "diffuse-nodules"}),
    "osteosynthesis-suture": frozenset({"postoperative-change", "prosthesis"}),
    "pleural-effusion": frozenset({"lung-opacity", "silhouetted-border"}),
    "pleural-thickening": frozenset(
        {"pleural-calcification", "costophrenic-blunting", "lung-opacity"}
    ),
    "pneumothorax": frozenset({"lobar-collapse", "volume-loss"}),
    "postoperative-change": frozenset({"osteosynthesis-suture", "volume-loss"}),
    "prosthesis": frozenset({"osteosynthesis-suture"}),
    "pulmonary-fibrosis": frozenset(
        {
            *("interstitial-pattern", "bronchiectasis", "volume-loss", "scarring", "lung-opacity"),
            # Honeycombs.
            "lung-cyst",
        }
    ),
    "pulmonary-oedema": frozenset(
        {"interstitial-pattern", "lung-opacity", "silhouetted-border", "bronchial-wall-thickening"}
    ),
    "scoliosis": frozenset({"kyphosis", "degenerative-change"}),
}
# What lies on many films, harms nobody, and is not listed by the experts who look for findings.
_HARMLESS: Final = frozenset(
    {
        "abdominal-calcification",
        "aortic-arch-variant",
        "degenerative-change",
        "kyphosis",
        "low-lung-volumes",
        "monitoring-leads",
        "nipple-shadow",
        "osteopenia",
        "support-devices",
    }
)
# What a learner may have taken for a finding. None of these is urgent.
_BENIGN_MIMICS: Final = frozenset(
    {
        "aortic-tortuosity",
        "atelectasis-fibrotic-band",
        "bone-deformity",
        "calcification",
        "chest-wall-deformity",
        "elevated-hemidiaphragm",
        "lung-opacity",
        "pleural-thickening",
        "scoliosis",
        "soft-tissue-abnormality",
    }
)
_DARK: Final = frozenset(
    {"bullae", "emphysema", "hyperinflation", "lung-cyst", "pneumothorax", "pneumomediastinum"}
)
# Words that name no finding by themselves, whatever the reader of reports, who expects a report,
# takes them for: "dark lines of air-filled bronchi", "a rounded shadow". A pronoun stands for what
# was named before it. Not every adjective will do: a pleural line is a pneumothorax.
_PLAIN: Final = (
    r"(?:(?:an?|the|dark|white|thin|fine|round\w*|oval|soft|tissue|ill|well|defined|dense|focal|vague|"
    r"hazy|patchy|increased|linear|short|long|curv\w+|parallel|coarse|small|large|lung|"
    r"pulmonary)[ -])*"
)
_VAGUE: Final = re.compile(
    rf"{_PLAIN}(?:lines?|tubes?|lumps?|coins?|densit(?:y|ies)|shadows?|shadowing)|"
    r"it|its|they|this|these",
    re.IGNORECASE,
)
# Also for that it hides what runs through it, by which nobody means that vessels are congested.
_OPACITY: Final = re.compile(
    rf"{_PLAIN}opacit(?:y|ies)|"
    r"(?:obscur\w*|hid\w*|blur\w*|mask\w*) (?:the )?(?:(?:pulmonary|lung|normal) )*"
    r"(?:vessels?|vasculature|vascular markings|markings)|vessels? indistinct|indistinct vessels?",
    re.IGNORECASE,
)


def other_findings(request: Request, reading: ReportReading) -> Iterator[Mention]:
    """What is said to be on the film and is neither the finding, nor its kin, nor the experts'."""
    allowed = _allowed(request)
    for mention in reading.mentions:
        if (
            mention.is_positive
            and not _names(mention) & allowed
            and not is_vague(reading.words_of(mention))
            and not _is_white(request, reading.words_of(mention))
            and not is_only_compared_with(reading, mention)
            and not is_measure(reading, mention)
        ):
            yield mention


def _allowed(request: Request) -> frozenset[str]:
    told = frozenset(
        {request.finding, *(_slug(name) for name in request.present)}
        | _read([request.sentence, *request.present])
        | _HARMLESS
    )
    if request.kind is Kind.FALSE_MARK:
        return told | _BENIGN_MIMICS
    return told | _read([request.finding_name]) | _KIN.get(request.finding, frozenset())


def _read(texts: Iterable[str]) -> frozenset[str]:
    """What the experts' own words name, whatever slugs a data set has for it."""
    return frozenset(
        name
        for text in texts
        if text
        for mention in read_report(text).mentions
        if mention.is_positive
        for name in _names(mention)
    )


def _names(mention: Mention) -> frozenset[str]:
    concept = CONCEPTS.get(mention.concept)
    taxonomy = concept.taxonomy if concept else ""
    return frozenset({mention.concept, taxonomy} - {""})


def is_vague(words: str) -> bool:
    """Whether a mention's words name no finding by themselves."""
    return bool(_VAGUE.fullmatch(words))


def _is_white(request: Request, words: str) -> bool:
    # Whatever is white may be called an opacity; what is dark may not.
    return request.finding not in _DARK and bool(_OPACITY.fullmatch(words))


def _slug(name: str) -> str:
    return "-".join(name.lower().split())
