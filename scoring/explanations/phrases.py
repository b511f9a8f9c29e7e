"""How a sentence brings a finding in: as what is there, or only to compare with."""

import re
from typing import Final

from scoring.reports.reader import Mention, ReportReading, Span

# A sentence with one of these compares with what is elsewhere, or what would be normal.
CONTRASTS: Final = re.compile(
    r"\b(?:compar\w+|unlike|whereas|normally|usually|should|would|than|otherwise|rest of|elsewhere|"
    r"surrounding|adjacent|remaining|other side|opposite|contralateral|in contrast|instead|"
    r"twin|partner|counterpart|match(?:es|ing)|same (?:height|level)|"
    r"(?:no|nothing) (?:other|further|additional|else|more))\b",
    re.IGNORECASE,
)
# A sentence with one of these names a finding as what something is not.
MIMICS: Final = re.compile(
    r"\b(?:mistake\w*|mistook|mimic\w*|simulat\w*|resembl\w*|look\w* like|looks? as if|confus\w*|"
    r"imitat\w*|appear\w* like|similar|unlike|rather than|instead of|would|should|usually|"
    r"typically|normally|generally|if it were|differ\w*|distinguish\w*|"
    r"tell\w* (?:\w+ ){0,2}(?:apart|from)|contrast|whereas|taken for|pass\w* for|"
    r"give\w* the impression|pseudo\w*|false|mak\w+ (?:\w+ ){1,4}(?:look|appear|seem)|"
    r"which an? (?:\w+ ){1,3}(?:do|does|has|is|will|never|rarely))\b",
    re.IGNORECASE,
)
# "It is no longer sharp", "they have lost their sharp edges": what is named is not so any more.
LOST: Final = re.compile(
    r"\b(?:no longer|loses?|lost|losing|loss of|disappear\w*|gone|vanish\w*|less|never|"
    r"masked|hidden|obscured|effaced|blurred|interrupted|missing)\b",
    re.IGNORECASE,
)
# Up to six words after one of these are what is compared with: "can be mistaken for a small
# pneumothorax". A comma or a verb ends it: "unlike a nodule, a pneumothorax has ...".
_COMPARED: Final = re.compile(
    r"\b(?:mistak\w+|mistook|mimic\w*|simulat\w*|resembl\w*|look\w* like|looks? as if|confus\w*|"
    r"imitat\w*|appear\w* like|similar to|unlike|rather than|instead of|would|should|usually|"
    r"typically|normally|generally|if it were|true|real|differ\w*|distinguish\w*|"
    r"(?:tell|tells|told|separates?) (?:\w+ ){0,2}from|contrast to|whereas|taken for|pass\w* for|"
    r"impression of|pseudo\w*|false)"
    r"(?:[ -](?!(?:but|because|since|as|there|here|is|are|was|has|have|lies|seen)\b)[\w'-]+){0,6}"
    r"[ -]?$",
    re.IGNORECASE,
)
# "A pneumothorax would show ..." tells of pneumothoraces, and of none on this film.
_IN_GENERAL: Final = re.compile(
    r"^(?: [\w-]+)?(?: would| should| usually| typically| normally| generally)\b", re.IGNORECASE
)
# "It is finer than a band of atelectasis".
_THAN: Final = re.compile(
    r"\bthan (?:an? |the |that of |those of )*(?:[\w-]+ ){0,2}$", re.IGNORECASE
)

# "Do not mistake the nodule for a rib" denies a mistake and no nodule.
_WARNED_OF: Final = re.compile(
    r"(?:\b(?:not|never|avoid)|n't)(?: be)? (?:mistak\w+|confus\w+|take|taken)"
    r"(?: [\w'-]+){0,5} ?$",
    re.IGNORECASE,
)


def span_of(mention: Mention) -> Span:
    """From the first of a mention's words to its last."""
    return mention.words[0][0], mention.words[-1][1]


def sentence_at(reading: ReportReading, mention: Mention) -> Span:
    start = mention.clause[0]
    return next((s for s in reading.sentences if s[0] <= start < s[1]), mention.clause)


def is_only_compared_with(reading: ReportReading, mention: Mention) -> bool:
    """Whether a finding is named as what something else is not, or as it is in general."""
    first, last = sentence_at(reading, mention)
    start, end = span_of(mention)
    return bool(
        _COMPARED.search(reading.text[first:start]) or _IN_GENERAL.search(reading.text[end:last])
    )


def is_measure(reading: ReportReading, mention: Mention) -> bool:
    """Whether a finding is only what something else is larger, finer or darker than."""
    first, _ = sentence_at(reading, mention)
    return bool(_THAN.search(reading.text[first : span_of(mention)[0]]))


def is_warned_of(reading: ReportReading, mention: Mention) -> bool:
    """Whether a finding is only what should not be mistaken."""
    first, _ = sentence_at(reading, mention)
    return bool(_WARNED_OF.search(reading.text[first : span_of(mention)[0]]))
