"""Whether a report speaks of an earlier study, which a learner who sees this one cannot know.

Decided from the words alone, sentence by sentence. A comparison section that names a date does
not count: what counts is a finding that is stated against an earlier film ("unchanged"), because
nobody could write it from this one. "Stable" and "new" both say how it was before, so both count,
also in a negative ("no new infiltrate"). A sentence that recommends is about the future, and there
only words that can mean nothing else count. "Increased markings" describes this film and does not
count; "increasing" does.
"""

import re
from collections.abc import Iterable

_IMAGING = (
    r"(?:stud(?:y|ies)|exam\w*|film\w*|image\w*|imaging|radiograph\w*|x[- ]?rays?|cxr|ct|cta"
    r"|scan\w*|tomograph\w*|report\w*|views?|mri|pet|chest|comparisons?)"
)
_EARLIER = r"(?:prior|previous|earlier|preceding|last|most recent|outside|old)"
_DEVICE = re.compile(
    r"\b(?:tubes?|catheters?|lines?|leads?|drains?|picc|port|pacemaker|cannula|ett|ngt|swan)\b"
)

# What a report says when there was nothing to compare with: taken out before the rest is read.
_NOTHING_EARLIER = re.compile(
    r"\b(?:no|without)\s+(?:(?:recent|relevant|available|other|direct|chest|imaging)\s+){0,2}?"
    r"(?:(?:prior|previous|old|earlier)\s+(?:\w+\s+){0,2}?"
    r"(?:for comparison|available|stud(?:y|ies)|exam\w*|films?|images?|imaging|radiographs?)"
    r"|comparisons?(?:\s+(?:stud(?:y|ies)|exam\w*|films?|images?|radiographs?))?)"
    r"(?:\s+(?:is|are|was|were))?(?:\s+(?:available|provided))?(?:\s+for\s+comparison)?"
    r"|\bcomparison\s*:?\s*none\b(?:\s+available)?"
)
# Sides of one film are compared too; the patient, not the film, is stable.
_ON_THIS_FILM = re.compile(
    r"\b(?:compared|comparison)\s+(?:to|with)\s+(?:the\s+)?(?:left|right|contralateral|opposite|other)\b"
    r"|\b(?:clinically|hemodynamically|haemodynamically|medically)\s+stable\b"
    r"|\bstable\s+(?:condition|vital\w*|patient)\b|\bpatient\s+is\s+stable\b"
    r"|\bprogressive massive fibrosis\b|\bnew york\b"
)

_ALWAYS = (
    r"unchanged|unaltered|stable|stably|again|redemonstrat\w*|re-?demonstrat\w*|reidentified"
    r"|no longer|still (?:present|seen|visible|noted|evident|has|have|there|shows?)"
    r"|there (?:is|are) still"
    r"|previously (?:seen|noted|described|identified|demonstrated|visuali[sz]ed|reported|mentioned"
    r"|questioned|observed|present|evident|shown|placed|documented)",
    r"(?:no|little|minimal|without|not?)\s+(?:(?:significant|interval|appreciable|substantial|definite"
    r"|relevant|evident|obvious|major|marked|real|further|gross|apparent|overall|much)\s+){0,2}"
    r"change(?!s|\s+of\b)",
    r"(?:has|have|had)\s+(?:not\s+)?(?:\w+ly\s+)?changed|not\s+(?:\w+ly\s+)?changed",
    r"changes?\s+(?:since|compared|in\s+the\s+interval|in\s+(?:appearance|position|size)"
    rf"|from\s+(?:the\s+)?(?:{_EARLIER}|\d+))|without\s+(?:\w+\s+)?changes?(?=\s*(?:[.,;)]|$))",
    r"compared?\s+(?:to|with)|comparison\s+(?:to|with|is\s+made|was\s+made)|in\s+comparison"
    r"|similar\s+(?:in\s+)?appearance|appears?\s+similar|similar\s+to\s+before|as\s+before|than\s+before",
    rf"{_EARLIER}\s+(?:[\w/]+[\s-]+){{0,3}}?{_IMAGING}\b(?!\s+(?:tube|wall|pain))",
    r"(?:prior|previous)s?\s*(?=[.,;)]|$)|priors",
    r"since\s+(?:the\s+)?(?:prior|previous|last|yesterday|earlier|most\s+recent|\d+|xxxx|\[\w*"
    rf"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|{_IMAGING}\b)",
    r"yesterday|earlier\s+(?:today|the\s+same\s+day|same\s+day)",
    r"remains?\b(?!\s+(?:of|to\s+be))|continues?\s+to\b",
)
_NOT_IN_ADVICE = (
    r"(?<!short )(?<!short-)(?<!month )(?<!week )(?<!day )(?<!year )(?<!-month )interval"
    r"(?!\s+(?:follow|radiograph|imaging|film|chest))",
    r"improv(?:e[sd]?|ing|ements?)|worsen(?:s|ed|ing)?|progress(?:ed|es|ing|ion|ive|ively)"
    r"|evol(?:ve[sd]?|ving|ution)",
    r"(?:increase|decrease|reduction)(?=\s+(?:in|of)\s+(?!(?:\w+\s+){0,4}?(?:densit|markings"
    r"|volume|lung|diameter|ap\b|retrosternal|heart|cardiac|silhouette|relation))\w)|already\s+known",
    r"resolv(?:ed|ing)|(?:complete|partial|near)\s+resolution|resolution\s+of",
    r"persist(?:s|ent|ently|ing|ence)?|continued|reaccumulat\w*|re-accumulat\w*",
    r"increasing(?:ly)?|decreasing(?:ly)?|enlarging"
    r"|(?:has|have)\s+(?:\w+ly\s+)?(?:increased|decreased|enlarged|grown|cleared|developed|appeared|shifted)"
    r"|(?:increased|decreased|larger|smaller)\s+(?:in\s+size|since|from|now"
    r"|than(?!\s+(?:on\s+)?(?:the\s+)?(?:left|right|contralateral|opposite|other)\b))",
    r"(?:more|less)\s+(?:\w+\s+){1,2}than\s+(?:on|before|in)\b",
    # Two sides of one film are compared by size as well.
    r"(?:slightly|somewhat|mildly|minimally|markedly|considerably|much|now|a\s+(?:bit|little))\s+"
    r"(?:smaller|larger|bigger|worse|better)(?!\s+(?:than\s+(?!before)|on\s|at\s|in\s))",
    r"(?:further|some|partial|slight)\s+clearing",
    r"(?:residual|recurrent)\s+(?:\w+\s+){0,2}?(?:pneumothora\w+|effusions?|opacit\w+"
    r"|consolidations?|infiltrates?|oedema|edema)",
    r"newly\b(?!\s+(?:diagnosed|symptomatic))",
    r"new\b(?![\s-]+(?:onset|cough|pain|fever|dyspn\w+|shortness|symptoms?|diagnosis|admission|patient"
    r"|oxygen|chest\s+pain|baseline))",
)
_DEVICE_MOVED = re.compile(
    r"\b(?:(?:has|have|had)\s+been|was|were)\s+(?:\w+\s+)?(?:removed|withdrawn|retracted|repositioned"
    r"|exchanged|replaced|advanced|pulled)\b|\bremoval\s+of\b|\bextubat(?:ed|ion)\b"
)
_ADVICE = re.compile(
    r"\b(?:recommend\w*|advis\w*|suggested|should|could|may be obtained|ensure|document\b|confirm\b"
    r"|follow[- ]?up|followup|repeat|if\s+(?:symptoms|clinically|there|pain|the)|until"
    r"|surveillance)\b"
)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?:{pattern})(?!\w)" for pattern in patterns))


_STRONG, _WEAK = _any_of(_ALWAYS), _any_of(_NOT_IN_ADVICE)
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+|\n+")


def prior_mentioned(text: str) -> str:
    """The first words that speak of an earlier study; empty when none do."""
    for sentence in _SENTENCE_END.split(text):
        found = _in_sentence(" ".join(sentence.lower().split()))
        if found:
            return found
    return ""


def _in_sentence(sentence: str) -> str:
    rest = _ON_THIS_FILM.sub(" ", _NOTHING_EARLIER.sub(" ", sentence))
    found = _STRONG.search(rest)
    if found is None and not _ADVICE.search(rest):
        found = _WEAK.search(rest)
        if found is None and _DEVICE.search(rest):
            found = _DEVICE_MOVED.search(rest)
    return found.group().strip() if found else ""
