"""From a passage to words: tokens with their spans, in one spelling, in sentences."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate, repeat

from scoring.reports.reader.passages import ABBREVIATIONS, SHORT_LINE, Passage
from scoring.reports.reader.reading import Section, Span

# In a group, so that what splits a text is kept: a word, with an ending after an apostrophe; a
# number, with one decimal part; a blank that hides something ("___"); a sign for an answer ("-ve",
# "(+)"); a dash that stands free; what compares with a number ("> 0.5"); and the punctuation that
# means something here.
_ASCII_TOKEN = re.compile(
    r"(=>?|-{1,2}>|\([-+]\)|(?<!\w)[-+][Vv][Ee]\b|[A-Za-z]+(?:'[A-Za-z]{1,2}(?![A-Za-z]))?|\d+(?:[.,]\d{1,3}(?!\d))?|_{2,}"
    r"|(?<![^\s])--?(?=\s)|[<>](?=\s?\d)|[.,;:?!()\n#&/+])"
)
_UNICODE_TOKEN = re.compile(
    r"(=>?|-{1,2}>|\u2192|\([-\u2212\u2013+]\)|(?<!\w)[-\u2212\u2013+][Vv][Ee]\b|(?:[^\W\d_][\u0300-\u036f]*)+(?:['\u2019](?:[^\W\d_]){1,2}(?![^\W\d_]))?"
    r"|\d+(?:[.,]\d{1,3}(?!\d))?|_{2,}"
    r"|(?<![^\s])(?:[-\u2012\u2013]|--)(?=\s)|[\u2014\u2015]|[<>](?=\s?\d)"
    r"|[.,;:?!()\n#&/+\u00d7\u2022\u00b7\u25aa])"
)

# British and Latin spelling → the spelling of the lexicon. Applied to any part of a word.
_SPELLINGS = (
    ("oedema", "edema"),
    ("oesoph", "esoph"),
    ("haem", "hem"),
    ("anaem", "anem"),
    ("ischaem", "ischem"),
    ("aemia", "emia"),
    ("goitre", "goiter"),
    ("tumour", "tumor"),
    ("calibre", "caliber"),
    ("centre", "center"),
    ("metre", "meter"),
    ("fibre", "fiber"),
    ("visualis", "visualiz"),
    ("localis", "localiz"),
    ("mineralis", "mineraliz"),
    ("mobilis", "mobiliz"),
    ("organis", "organiz"),
    ("generalis", "generaliz"),
    ("cephalis", "cephaliz"),
    ("paediatr", "pediatr"),
    ("orthopaed", "orthoped"),
    ("colour", "color"),
    ("catheteris", "catheteriz"),
    ("tunnelled", "tunneled"),
    ("caecum", "cecum"),
    ("anaesth", "anesth"),
    ("leucop", "leukop"),
    ("sulph", "sulf"),
    ("behaviour", "behavior"),
    ("favour", "favor"),
    ("grey", "gray"),
    ("aeroplane", "airplane"),
    ("opacfic", "opacific"),
)
_LIGATURES = {ord("œ"): "oe", ord("æ"): "ae", ord("ß"): "ss", ord("\u2019"): "'"}

# A line that ends with one of these goes on in the next.
_CONNECTORS = frozenset(
    [
        "the",
        "of",
        "in",
        "and",
        "or",
        "with",
        "a",
        "an",
        "to",
        "at",
        "on",
        "is",
        "are",
        "for",
        "by",
        "no",
        "from",
        "right",
        "left",
        "small",
        "large",
        "be",
        "has",
        "have",
        "than",
        "as",
        "which",
        ",",
    ]
)
# Tokens; nobody writes half as many. Within a sentence everything is asked of everything else, so
# that the time it takes must have an end.
LONGEST_SENTENCE = 200
_BULLET = re.compile(r"[ \t]*(?:[-*\u2022\u00b7\u25aa\u2013]|\(?\d{1,2}[.)]|[a-h][.)])[ \t]")


@dataclass(slots=True)
class Sentence:
    """The tokens of one sentence: ``words[i]`` is written at ``starts[i]:ends[i]``."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    section: Section
    numbers: list[int]
    """Which of the tokens are numbers."""

    @property
    def span(self) -> Span:
        return (self.starts[0], self.ends[-1])


def fold(word: str) -> str:
    """One spelling of a word: lower case, no accents, American, no possessive ending."""
    folded = word.translate(_LIGATURES).lower()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    if folded.endswith("'s"):
        folded = folded[:-2]
    folded = folded.replace("'", "")
    for british, american in _SPELLINGS:
        if british in folded:
            folded = folded.replace(british, american)
    return folded or word


class _Splitter:
    """Gathers tokens into sentences; one for each passage."""

    def __init__(
        self, passage: Passage, remembered: Mapping[str, str], canonical: Callable[[str], str]
    ) -> None:
        self.text = passage.text
        self.section = passage.section
        self.remembered = remembered
        self.canonical = canonical
        self.ahead = passage.ahead
        self.line_start = 0
        self.done: list[Sentence] = []
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.numbers: list[int] = []

    def run(self) -> list[Sentence]:
        # What every character goes through: all tokens are asked of the memory of spellings at
        # once, and only those that are no known word are looked at one by one.
        text = self.text
        pieces = (_ASCII_TOKEN if text.isascii() else _UNICODE_TOKEN).split(text)
        tokens = pieces[1::2]
        bounds = list(accumulate(map(len, pieces)))
        starts, ends = bounds[::2], bounds[1::2]
        words = list(map(self.remembered.get, tokens, repeat("")))
        begin = 0
        for place in [place for place, word in enumerate(words) if not word]:
            written = tokens[place]
            first = written[0]
            if first.isalpha():
                words[place] = self.canonical(written)
            elif first.isdecimal():
                words[place] = written
                self.numbers.append(len(self.words) + place - begin)
            elif first in _LINE_ENDS:
                self._take(words, starts, ends, begin, place)
                begin = place + 1
                self._end_line_or_sentence(first, starts[place], ends[place])
            elif first == "?":
                start, end = starts[place], ends[place]
                if _ANSWERS_QUESTION.match(text, end):
                    words[place] = ":"
                elif start > 0 and text[start - 1].isalnum():
                    words[place] = "?after"
                    if _ends_sentence(text, end, words[place : place + 1]):
                        self._take(words, starts, ends, begin, place + 1)
                        begin = place + 1
                        self._end_sentence()
                else:
                    words[place] = "?"
            elif first == "_" or first.isalnum():
                words[place] = "_"
            else:
                word = _PUNCTUATION.get(written) or _answer_of(written)
                if (
                    word == ";"
                    and first != ";"
                    and (
                        _ANSWERS.match(text, ends[place])
                        or (not self.words and _is_topic(words[begin:place]))
                    )
                ):
                    word = ":"
                words[place] = word
        self._take(words, starts, ends, begin, len(words))
        self._end_sentence()
        return self.done

    def _take(
        self, words: list[str], starts: list[int], ends: list[int], first: int, last: int
    ) -> None:
        """Take the tokens ``first`` up to ``last`` into the sentence."""
        if not self.words:
            self.words, self.starts = words[first:last], starts[first:last]
            self.ends = ends[first:last]
        else:
            self.words += words[first:last]
            self.starts += starts[first:last]
            self.ends += ends[first:last]

    def _end_line_or_sentence(self, sign: str, start: int, end: int) -> None:
        if sign == "\n":
            self._end_line(start, end)
        elif sign in _BULLET_SIGNS or _ends_sentence(self.text, end, self.words):
            self._end_sentence()

    def _end_sentence(self) -> None:
        if self.words:
            if "w" in self.words:
                self._write_out_with()
            whole = Sentence(self.words, self.starts, self.ends, self.section, self.numbers)
            self.done += [whole] if len(self.words) <= LONGEST_SENTENCE else _cut(whole)
            self.words, self.starts, self.ends, self.numbers = [], [], [], []

    def _write_out_with(self) -> None:
        """ "w" and "w/" are "with", where they are not half of "w/o" or "c/w"."""
        words = self.words
        for place in range(len(words) - 1, -1, -1):
            if words[place] != "w":
                continue
            before = [word for word in words[max(0, place - 2) : place] if word != "/"]
            behind = [word for word in words[place + 1 : place + 3] if word != "/"]
            if before[-1:] == ["c"] or behind[:1] == ["o"]:
                continue
            words[place] = "with"
            if words[place + 1 : place + 2] == ["/"]:
                del words[place + 1], self.starts[place + 1]
                self.ends[place] = self.ends.pop(place + 1)
                self.numbers = [n - (n > place) for n in self.numbers]

    def _end_line(self, start: int, end: int) -> None:
        text = self.text
        blank = not text[end : _line_end(text, end)].strip()
        width = self.ahead + len(text[self.line_start : start].strip())
        if blank or _line_breaks(text, width, end, self.words):
            self._end_sentence()
        self.line_start = end
        self.ahead = 0


def _cut(sentence: Sentence) -> list[Sentence]:
    """Pieces of a text without full stops: cut behind its commas, or anywhere."""
    words = sentence.words
    pieces = []
    first = 0
    while first < len(words):
        last = first + LONGEST_SENTENCE
        if last < len(words):
            last = next((i + 1 for i in range(last - 1, first, -1) if words[i] == ","), last)
        pieces.append(
            Sentence(
                words[first:last],
                sentence.starts[first:last],
                sentence.ends[first:last],
                sentence.section,
                [number - first for number in sentence.numbers if first <= number < last],
            )
        )
        first = last
    return pieces


def split_sentences(
    passage: Passage, remembered: Mapping[str, str], canonical: Callable[[str], str]
) -> list[Sentence]:
    """The sentences of a passage that hold any word, in order.

    ``canonical`` folds a word; ``remembered`` holds what it said of words that were seen before.
    """
    return _Splitter(passage, remembered, canonical).run()


_BULLET_SIGNS = "\u2022\u00b7\u25aa"
_LINE_ENDS = frozenset("\n.!" + _BULLET_SIGNS)
# "Effusion - none" is an answer, where a free dash begins another statement everywhere else.
_ANSWERS = re.compile(
    r"\s*(?:no|none|nil|absent|negative|normal|clear)\b\s*(?:[.,;\n]|$)", re.IGNORECASE
)
# "Effusion? No." is one statement.
_ANSWERS_QUESTION = re.compile(r"\s*(?:no|none|nil|yes)\b\s*(?:[.,;\n]|$)", re.IGNORECASE)
_LONGEST_TOPIC = 2


def _is_topic(words: list[str]) -> bool:
    """Whether a line begins with what it is about: "Heart - mildly enlarged"."""
    return 0 < len(words) <= _LONGEST_TOPIC and words[0] not in _NO_TOPICS


_NO_TOPICS = frozenset({"no", "nil", "not", "non", "without", "normal", "clear"})
_PUNCTUATION = {
    ",": ",",
    "/": "/",
    "#": "#",
    "(": "(",
    ")": ")",
    ":": ":",
    "&": "and",
    "+": "and",
    "\u00d7": "x",
    "<": "<",
    ">": ">",
}


def _answer_of(sign: str) -> str:
    """What "-ve", "(+)" and "->" say; any other sign ends a statement."""
    if sign[-1] in "=>\u2192":
        return "="
    if len(sign) < 3:
        return ";"
    return "present" if "+" in sign else "absent"


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _ends_sentence(text: str, end: int, words: list[str]) -> bool:
    """Whether a full stop that ends before ``end`` closes the sentence."""
    if words and words[-1] in ABBREVIATIONS:
        return False
    if end >= len(text):
        return True
    following = text[end]
    return following.isspace() or (not following.islower() and not following.isdigit())


def _line_breaks(text: str, width: int, after: int, words: list[str]) -> bool:
    """Whether the end of a line ends a sentence, although nothing was written to say so.

    Wrapped text goes on; a list of short lines, bullets or a new capital after a long line do not.
    """
    if not words:
        return False
    if _BULLET.match(text, after):
        return True
    if words[-1] in _CONNECTORS:
        return False
    if width < SHORT_LINE:
        return True
    following = text[after : after + 40].lstrip()
    return following[:1].isupper() and following[1:2].islower()
