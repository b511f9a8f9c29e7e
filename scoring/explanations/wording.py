"""A model's answer as one or two plain sentences, or the reason why it is none."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from scoring.explanations.contract import DropReason

MAX_SENTENCES: Final = 2
MAX_TEXT: Final = 400
"""Longest explanation that is shown, in code points."""
MAX_ANSWER: Final = 20_000
"""What is read of an answer: no more was asked for, and patterns take their time."""

MIN_WORDS: Final = 4
MAX_WORD: Final = 40
LEAST_LETTERS: Final = 0.6
"""The share of letters and spaces below which a text is no prose."""
ECHO_WORDS: Final = 8
"""So many words of the instructions in a row are an echo of them."""

# What separates a model's thinking from its answer, as the models that think write it.
_THINKING: Final = re.compile(
    r"<(think|thinking|thought|reasoning)>.*?</\1>|<unused94>.*?<unused95>",
    re.DOTALL | re.IGNORECASE,
)
_UNFINISHED_THINKING: Final = re.compile(
    r"\A\s*(?:<(?:think|thinking|thought|reasoning)>|<unused94>).*", re.DOTALL | re.IGNORECASE
)
_TURN_ENDS: Final = re.compile(
    r"<end_of_turn>|<eos>|</s>|<\|im_end\|>|<\|eot_id\|>|<\|end\|>|<\|endoftext\|>"
)
_ROLE: Final = re.compile(
    r"\A\s*(?:<start_of_turn>|<\|im_start\|>|<bos>|<s>|\[/?INST\]|<\|start_header_id\|>)*\s*"
    r"(?:(?:model|assistant)(?:<\|end_header_id\|>|\s*:|\s*\n))?",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"<\|[^<>|]{0,40}\|>|<(?:start|end)_of_\w+>|<(?:bos|eos|pad|unk|s|/s)>")
_SILENT_HTML: Final = re.compile(
    r"<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE
)
# A tag, also one that was cut off; not "< 3 cm".
_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]*(?:>|\Z)")
# Blanks within a line: \s would run through empty lines again from each of them.
_FENCE: Final = re.compile(r"^[^\S\n]*(```|~~~).*$", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_LINE_MARK: Final = re.compile(r"^[^\S\n]*(?:#{1,6}|>|[-*+•]|\d{1,2}[.)])[^\S\n]+", re.MULTILINE)
_RULE: Final = re.compile(r"^[^\S\n]*(?:[-*_=][^\S\n]*){3,}$", re.MULTILINE)
_EMPHASIS: Final = re.compile(r"(\*{1,3}|_{2,3}|`+)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_LABEL: Final = re.compile(
    r"\A(?:explanation|answer|response|teaching point|output)\s*:\s*", re.IGNORECASE
)
_QUOTES: Final = {'"': '"', "“": "”", "'": "'", "«": "»", "‘": "’"}
_ABBREVIATIONS: Final = frozenset(
    ("e.g.", "i.e.", "cf.", "vs.", "approx.", "ca.", "dr.", "prof.", "fig.", "resp.", "incl.")
)
_SENTENCE_END: Final = re.compile(r"""[.!?…]+["'”’)\]]*(?=\s|\Z)""")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# No English sentence about a chest does without all of these, and few of another language have one.
_ENGLISH: Final = frozenset(
    (
        *("the", "of", "is", "are", "and", "with", "which", "that", "this", "from", "it", "its"),
        *("they", "has", "have", "there", "here", "lies", "look", "looks", "see", "seen"),
        *("right", "left", "upper", "lower", "both", "edge", "edges", "lung", "lungs", "heart"),
        "chest",
    )
)

_REFUSES: Final = re.compile(
    r"\b(?:i(?:'m| am)? (?:sorry|unable|not able)|i (?:cannot|can't|can ?not|could not|do not|"
    r"don't|apologi[sz]e)|as an? (?:ai|artificial|large|language)|unable to (?:provide|analy[sz]e|"
    r"interpret|assess|view|see|determine)|"
    r"not possible to (?:provide|analy[sz]e|interpret|assess|determine|evaluate|identify|diagnose)|"
    r"(?:image|film|picture|radiograph|x-ray|study) (?:cannot|can not|can't|could not) be )",
    re.IGNORECASE,
)
_UNFIT: Final = re.compile(
    r"\b(?:bounding|red|yellow|orange|cyan|drawn|marked|framed|highlighted|outlined) "
    r"(?:box|boxes|frame|frames|rectangle|square|outline|area|region)\b"
    r"|\b(?:bounding|box|boxes|boxed|framed?|rectangle|cropped|crops?|inset|coordinates|pixels?)\b"
    r"|\b(?:first|second|left-hand|right-hand|provided|attached) (?:picture|image|panel)\b"
    r"|\b(?:enlarged|magnified|zoomed(?:-in)?) (?:picture|image|view|panel)\b|\bclose-?ups?\b"
    # The patient's right is on the left of a picture: to say so misleads.
    r"|\b(?:left|right)(?:-hand)? (?:(?:side|half|part|edge|border|corner) )?of (?:the|this) "
    r"(?:picture|image|screen)\b"
    r"|\b(?:experts?|residents?|trainees?|students?|learners?)\b"
    r"|\b(?:the|our|both) (?:radiologists?|readers?) "
    r"(?:say|said|saw|wrote|mark|found|report|note|think)"
    r"|\byour (?:answer|mark|score|grade|attempt)\b"
    r"|\b(?:ai|language model|artificial intelligence|chatbot|prompt)\b"
    r"|\b(?:consult|contact|seek|see) (?:a|an|your|the|with a|with your) "
    r"(?:doctor|physician|clinician|professional|specialist|medical|healthcare)"
    r"|\bmedical (?:advice|attention)\b|\bhealthcare professional\b"
    r"|\byour (?:doctor|health|chest)\b"
    r"|\bpercent of the (?:width|height|image|film)\b|\d\s?% of the (?:width|height|image|film)"
    r"|\d\s?(?:%|percent) (?:across|down)\b"
    # What is to be done is for those who know the patient.
    r"|\brecommend\w*|\badvis(?:ed|able)\b|\bbiops\w+|\bantibiotic\w*|\bfollow-up\b"
    r"|\bfollow(?:ed)? up\b(?! (?:to|towards?|along|into|from|the)\b)"
    r"|\bclinical(?:ly)? correlat\w+|\bcorrelat\w+ clinically\b"
    r"|\b(?:further|additional|more) (?:imaging|evaluation|work-?up|investigations?|views|tests?)\b"
    r"|\b(?:needs?|requires?|warrants?) (?:\w+ )?(?:attention|treatment|drainage|intervention|CT)\b"
    r"|(?:\A|[.!?] )(?:please )?(?:treat|order|refer) |\bshould be (?:treated|referred|drained)\b",
    re.IGNORECASE,
)
# Names and values, rather than sentences.
_STRUCTURE: Final = re.compile(r"[{}\[\]|]|(?:\w+[\"']?\s*:\s[^.!?]*){2}|\A\w+: [^.!?]*[.!?] \w+: ")
_LISTED: Final = re.compile(r"^[^\S\n]*(?:[-*+•]|\d{1,2}[.)])[^\S\n]+(\S.*)$", re.MULTILINE)


class Unusable(Exception):
    """The answer holds nothing to be shown."""

    def __init__(self, reason: DropReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def tidy_answer(answer: str, *, ended: bool = True, instructions: Iterable[str] = ()) -> str:
    """The first sentences of an answer as plain text: at most two, and 400 characters.

    ``ended``: whether the model came to an end by itself; if not, a last sentence that is not
    whole is left out. ``instructions`` are the texts that the answer must not repeat.
    Raises Unusable.
    """
    plain = plain_text(answer)
    if not plain:
        stripped = _TAG.sub("", answer).strip()
        raise Unusable(DropReason.GARBAGE if stripped != answer.strip() else DropReason.EMPTY)
    if _REFUSES.search(plain):
        raise Unusable(DropReason.REFUSED)
    if not _is_prose(plain) or _is_list(answer):
        raise Unusable(DropReason.GARBAGE)
    if _echoes(plain, instructions):
        raise Unusable(DropReason.GARBAGE)
    text = _within_bounds(list(sentences(plain)), ended=ended)
    if _UNFIT.search(text):
        raise Unusable(DropReason.UNFIT)
    if not _is_prose(text) or len(_WORD.findall(text)) < MIN_WORDS or _STRUCTURE.search(text):
        raise Unusable(DropReason.GARBAGE)
    return text


def plain_text(answer: str) -> str:
    """An answer without thinking, turns, tags and Markdown, on one line."""
    text = _UNFINISHED_THINKING.sub("", _THINKING.sub(" ", answer[:MAX_ANSWER]))
    text = _ROLE.sub("", text)
    text = _TURN_ENDS.split(text, maxsplit=1)[0]
    text = _TAG.sub(" ", _SILENT_HTML.sub(" ", _TOKEN.sub(" ", text)))
    text = _RULE.sub("", _LINE_MARK.sub("", _FENCE.sub("", text)))
    text = _LINK.sub(r"\1", text)
    text = _EMPHASIS.sub(r"\2", text)
    # Control and private characters say nothing; some turn the text around them.
    text = "".join(
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in text
        if unicodedata.category(c) not in {"Cf", "Co", "Cs", "Cn"}
    )
    text = _LABEL.sub("", " ".join(text.split()))
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text on one line; the last may lack its end."""
    start = 0
    for end in _SENTENCE_END.finditer(text):
        last_word = text[start : end.end()].rsplit(maxsplit=1)[-1].lower().lstrip("([\"'“‘")
        if last_word in _ABBREVIATIONS:
            continue
        yield text[start : end.end()].strip()
        start = end.end()
    if text[start:].strip():
        yield text[start:].strip()


def enough_said(text: str) -> bool:
    """Whether an answer that is still being written has all the sentences that are shown."""
    plain = plain_text(text)
    # The sentence after them has begun, so that "2." is not taken for an end before "5 cm".
    return sum(1 for _ in sentences(plain)) > MAX_SENTENCES


def _within_bounds(told: list[str], *, ended: bool) -> str:
    whole = told if ended or _SENTENCE_END.search(told[-1]) else told[:-1]
    if not whole:
        raise Unusable(DropReason.TOO_LONG)
    kept = whole[:MAX_SENTENCES]
    while kept and len(" ".join(kept)) > MAX_TEXT:
        kept.pop()
    if not kept:
        raise Unusable(DropReason.TOO_LONG)
    text = " ".join(kept)
    return text if _SENTENCE_END.search(text[-3:]) else f"{text.rstrip(' ,;:-')}."


def _is_list(answer: str) -> bool:
    """Whether it lists catchwords, which would make one sentence without end; not sentences."""
    listed = _LISTED.findall(answer[:MAX_ANSWER])
    return len(listed) > 1 and not any(_SENTENCE_END.search(item) for item in listed)


def _is_prose(text: str) -> bool:
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or max(map(len, words)) > MAX_WORD:
        return False
    if sum(c.isalpha() or c.isspace() for c in text) < LEAST_LETTERS * len(text):
        return False
    if len(words) >= MIN_WORDS and not _ENGLISH.intersection(words):
        return False
    return not _stammers(words)


def _stammers(words: list[str]) -> bool:
    """Whether words come again and again, as a model in a loop writes."""
    if any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False)):
        return True
    threes = Counter(zip(words, words[1:], words[2:], strict=False))
    if threes and max(threes.values()) >= 3:
        return True
    return len(words) >= 12 and len(set(words)) < 0.4 * len(words)


def _echoes(text: str, instructions: Iterable[str]) -> bool:
    said = " ".join(word.lower() for word in _WORD.findall(text))
    for instruction in instructions:
        words = [word.lower() for word in _WORD.findall(instruction)]
        for first in range(len(words) - ECHO_WORDS + 1):
            if " ".join(words[first : first + ECHO_WORDS]) in said:
                return True
    return False
