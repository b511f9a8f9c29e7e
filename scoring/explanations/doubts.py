"""Whether words doubt what the experts found, or call the film or the place normal.

What the experts found is settled, so a model that is unsure of it is not shown.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from scoring.explanations.phrases import (
    CONTRASTS,
    is_only_compared_with,
    is_warned_of,
    sentence_at,
    span_of,
)
from scoring.reports.reader import Certainty, Mention, Polarity, ReportReading

_DOUBT: Final = re.compile(
    r"\b(?:questionable|questioned|doubtful|dubious|debatable|equivocal|uncertain\w*|unconvincing|"
    r"inconclusive|indeterminate|borderline|hardly convincing|"
    r"(?<!no )(?<!without )(?<!beyond )(?:a )?doubts?|"
    r"(?:not|n't|cannot be|never) (?:\w+ ){0,2}(?:certain|sure|convincing|confirmed|proven|real)|"
    r"(?:may|might|could) (?:well )?(?:not (?:be|exist|represent)|be (?:an? )?"
    r"(?:artefact\w*|artifact\w*|normal|nothing|spurious|real|false))|"
    r"(?:is|are|remains?) (?:un|not )clear\b(?! of)|"
    r"if (?:it is |it's |this is |at all |one is )?(?:real|present|there|any|true)|"
    r"(?:difficult|hard|impossible|not possible) to "
    r"(?:confirm|verify|prove|ascertain|be (?:sure|certain))|"
    r"(?:sure|certain|clear|tell|say|know|question\w*) (?:if|whether) |over-?call\w*|over-?read\w*|"
    r"(?:is|are) (?:probably |likely |only |just )?(?:an? )?(?:artefact\w*|artifact\w*|spurious))",
    re.IGNORECASE,
)
# What is named instead of a missed finding: "the line is a skin fold", "it may just be a vessel".
_INSTEAD: Final = re.compile(
    r"\b(?:it|this|line|edge|spot|density|shadow|opacity|area|finding|appearance)s?"
    r"(?: (?:here|itself|(?:at|in|on|near|of) \w+(?: \w+){0,3}?))?"
    r" (?:is|are|(?:may|might|could)(?: \w+)? be|(?:probably|likely|just|only) (?:is|are))"
    r" (?:(?:probably|likely|just|only|merely|due to|caused by|from|an?|the|end of|edge of|"
    r"overlap of|border of|normal|first|end-on) )*"
    r"(?:vessels?|ribs?|nipples?|skin[- ]?folds?|scapula\w*|clavicles?|cartilage|"
    r"(?:AP |supine )?(?:view|projection|rotation)|overlap\w*|summation|superimpos\w*|"
    r"breast|clothing|hair|expiration)\b",
    re.IGNORECASE,
)
# What the finding is said to be taken from: "a vessel that can be mistaken for a nodule".
_TAKEN_FOR: Final = re.compile(
    r"\b(?:(?:mistak\w+|taken|pass\w*) (?:\w+ ){0,3}?for|confus\w+ (?:\w+ ){0,3}?with|"
    r"mimic\w*|simulat\w*|imitat\w*|pseudo\w*|rather than|instead of|"
    r"(?:what|which|that|only|just|may|might|could|can) (?:merely )?(?:looks?|appears?) like)"
    r"(?: (?:an?|the|this|small|large|subtle|true|real|pulmonary|lung|pleural))* ?$",
    re.IGNORECASE,
)
# "You can see the consolidation" is no doubt, nor is what a sign suggests.
_SEEING: Final = re.compile(r"^(?:can|could|may|might)(?: also| still| be)?$|^\?$", re.IGNORECASE)
_SEEN: Final = re.compile(
    r"^ ?(?:\w+ly )?(?:be )?(?:see|seen|find|found|follow\w*|trace\w*|recogni\w+|made? out|"
    r"notice\w*|appreciate\w*|identif\w+|spot\w*|pick\w*|tell|told|locate\w*|overlook\w*|miss\w*)\b",
    re.IGNORECASE,
)
_INFERS: Final = re.compile(
    r"^(?:which |that )?(?:suggest(?:s|ing|ive of)?|appears?|indicat\w+|reflect\w*|represent\w*|"
    r"(?:most )?(?:in keeping|compatible|consistent) with|apparent|apparently)$",
    re.IGNORECASE,
)


def doubts(reading: ReportReading, about: Iterable[Mention], *, expert_hedges: bool) -> bool:
    """Whether the finding that ``about`` speak of is doubted, or its reality questioned.

    ``expert_hedges``: the experts themselves were not sure, so neither need the model be.
    """
    if any(_is_taken_for(reading, mention) for mention in about):
        return True
    if expert_hedges:
        return False
    if any(_is_hedged(reading, mention) for mention in about):
        return True
    sentences = [reading.text[first:last] for first, last in reading.sentences]
    return any(_DOUBT.search(said) or _INSTEAD.search(said) for said in sentences)


def _is_taken_for(reading: ReportReading, mention: Mention) -> bool:
    first, _ = sentence_at(reading, mention)
    before = reading.text[first : span_of(mention)[0]]
    return bool(_TAKEN_FOR.search(before)) and not is_warned_of(reading, mention)


def _is_hedged(reading: ReportReading, mention: Mention) -> bool:
    if mention.polarity is not Polarity.HEDGED or is_only_compared_with(reading, mention):
        return False
    for start, end in mention.cues:
        cue = reading.text[start:end]
        if _SEEING.match(cue) and _SEEN.match(reading.text[end:]):
            continue
        if mention.certainty is Certainty.PROBABLE and _INFERS.match(cue):
            continue
        return True
    # Without a cue it is one of two names for the same: "a nodule or mass".
    return False


_NOTHING: Final = re.compile(
    r"\b(?:no|without|not an?y?|nor|free of|lacks?)(?: (?!other\b|further\b|additional\b|more\b)"
    r"[\w-]+){0,3} (?:abnormalit\w+|patholog\w+|abnormal (?:findings?|area|shadow\w*|densit\w+|"
    r"opacit\w+|process))\b|"
    r"\bno (?:acute |significant |definite |clear |visible |focal )*"
    r"(?:findings?|disease|lesions?|changes?)\b|"
    r"\bnothing(?! else| other| more| further| but)\b|\bnot abnormal\b",
    re.IGNORECASE,
)
_PLACE: Final = (
    r"(?:area|region|zone|field|place|site|spot|side|film|radiograph|x-?ray|study|chest|lungs?|"
    r"hemithorax|parenchyma|(?:lung |vascular |bronchovascular )?markings|lung tissue|everything|"
    r"all|it|appearances?|findings?)"
)
_NORMAL: Final = (
    r"(?:(?:entirely|completely|quite|perfectly|otherwise|essentially|all|within|fully|also|"
    r"grossly) )*(?:normal\w*|unremarkable|clear(?! of)|healthy|as it should be|as expected)"
)
_IS_NORMAL: Final = re.compile(
    rf"\b{_PLACE}(?: (?:here|itself|in|of|at|on|the|this|that|there|right|left|upper|mid|middle|"
    rf"lower|zones?|lobe|lung|base|apex)){{0,7}} "
    rf"(?:is|are|looks?|appears?|seems?|shows?|remains?|has|have|was)(?: an?)? {_NORMAL}\b|"
    rf"\b(?:is|shows?|looks like|this|entirely|completely) an? {_NORMAL} {_PLACE}\b|"
    r"\blungs? (?:is|are) (?:(?:fully|well|normally|both) )*(?:expanded|aerated|inflated)\b|"
    r"\b(?:run|course|extend|continue|reach|pass|branch|taper|appear|look|project)s? normally\b",
    re.IGNORECASE,
)
# Of these parts something else may be said while a finding elsewhere is shown.
_PARTS: Final = re.compile(
    r"\b(?:bon[ey]\w*|ribs?|cardiac|heart|mediastin\w+|hil\w+|osseous|skelet\w+|soft[- ]tissue|"
    r"abdom\w+|trachea\w*|aort\w+|device\w*)\b",
    re.IGNORECASE,
)
_LUNGS: Final = re.compile(r"\b(?:lungs?|parenchyma|markings|pulmonary)\b", re.IGNORECASE)


def normal_sentences(reading: ReportReading, *, of_lungs: bool) -> Iterator[str]:
    """The sentences that say of the film, or of a place on it, that nothing is there.

    Not one that compares with what is elsewhere, that finds something too, or that speaks of
    another part of the body; the lungs are one unless the finding is ``of_lungs``.
    """
    for first, last in reading.sentences:
        sentence = reading.text[first:last]
        said = _NOTHING.search(sentence) or _IS_NORMAL.search(sentence)
        if not said or _PARTS.search(sentence):
            continue
        if not of_lungs and _LUNGS.search(sentence):
            continue
        # "They run normally" compares with nothing, although "normally" else does.
        if CONTRASTS.search(sentence[: said.start()] + sentence[said.end() :]):
            continue
        beside = (m for m in reading.mentions if first <= m.clause[0] < last)
        if not any(m.is_positive for m in beside):
            yield sentence
