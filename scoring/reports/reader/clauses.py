"""Sentences as terms of the lexicon, and the clauses in which those terms speak of each other."""

from dataclasses import dataclass, field
from itertools import pairwise

from scoring.reports.reader.lexicon import Entry, Node
from scoring.reports.reader.reading import Span
from scoring.reports.reader.text import Sentence

# What keeps the words before it from describing the noun behind it.
SEPARATORS = frozenset({",", "and", "or", "nor", "with", ";", ":", "=", "(", ")"})
VERBS = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "appears",
        "appear",
        "remains",
        "remain",
        "demonstrates",
        "demonstrate",
        "shows",
        "show",
        "measures",
        "terminates",
        "terminate",
        "ends",
        "end",
        "extends",
        "extend",
        "projects",
        "lies",
        "overlies",
        "contains",
    ]
)
_PARTING = SEPARATORS | VERBS
_NOT_CLAUSES = frozenset({"seen", "identified", "present", "noted", "visualized", "evident"})


@dataclass(slots=True, eq=False)
class Term:
    """One phrase of the lexicon as it stands in a sentence: tokens ``first`` up to ``last``."""

    entry: Entry
    first: int
    last: int
    # Set when a composition or a statement of normality has used the term up.
    used: bool = False


@dataclass(slots=True)
class Clause:
    """The tokens ``first`` up to ``last`` of a sentence, and the terms among them."""

    sentence: Sentence
    first: int
    last: int
    terms: list[Term] = field(default_factory=list)

    @property
    def span(self) -> Span:
        return (self.sentence.starts[self.first], self.sentence.ends[self.last - 1])

    def span_of(self, first: int, last: int) -> Span:
        return (self.sentence.starts[first], self.sentence.ends[last - 1])

    def term_span(self, term: Term) -> Span:
        return (self.sentence.starts[term.first], self.sentence.ends[term.last - 1])

    def parted(self, first: int, last: int) -> bool:
        """Whether a separator or a verb stands among the tokens ``first`` up to ``last``."""
        words = self.sentence.words
        # A loop: this is asked for every pair of terms, and a generator costs more than it finds.
        for position in range(first, last):  # noqa: SIM110
            if words[position] in _PARTING:
                return True
        return False


def find_terms(words: list[str], root: Node) -> list[Term]:
    """The longest phrases of the lexicon, from left to right, without overlap.

    A slash inside a phrase is passed over, so that "s/p" is the phrase "s p".
    """
    terms = []
    position, end = 0, len(words)
    while position < end:
        node = root.get(words[position])
        if node is None:
            position += 1
            continue
        found: Entry | None = node.get("")
        found_end = reach = position + 1
        while reach < end:
            word = words[reach]
            following = node.get(word)
            if following is None:
                if word != "/":
                    break
                reach += 1
                continue
            node = following
            reach += 1
            here = node.get("")
            if here is not None:
                found, found_end = here, reach
        if found is not None:
            terms.append(Term(found, position, found_end))
        position = found_end
    return terms


def split_clauses(sentence: Sentence, terms: list[Term]) -> list[Clause]:
    """Cut a sentence where another statement begins: "but", a semicolon, ", and the heart is"."""
    words = sentence.words
    cuts = {term.first for term in terms if term.entry.clause_start}
    if ";" in words:
        cuts.update(i for i, word in enumerate(words) if word == ";")
    if "," in words or "and" in words:
        cuts.update(_independent_starts(words, terms, cuts))
    if not cuts:
        return [Clause(sentence, 0, len(words), terms)]
    bounds = [0, *sorted(cut for cut in cuts if cut > 0), len(words)]
    clauses = []
    place, count = 0, len(terms)
    for first, last in pairwise(bounds):
        clause = Clause(sentence, first, last)
        while place < count and terms[place].first < last:
            clause.terms.append(terms[place])
            place += 1
        clauses.append(clause)
    return clauses


def _independent_starts(words: list[str], terms: list[Term], cuts: set[int]) -> list[int]:
    """Where a comma or "and" is followed by a statement with its own noun and verb."""
    separators = [i for i, word in enumerate(words) if word in (",", "and", ";")]
    starts = []
    begin = 0
    for which, position in enumerate(separators):
        if words[position] == ";":
            begin = position
            continue
        limit = separators[which + 1] if which + 1 < len(separators) else len(words)
        if limit == position + 1:
            # ", and": the "and" will be looked at next.
            continue
        if words[position + 1] in ("or", "nor"):
            # "No effusion, pneumothorax, or consolidation is seen" is one list.
            continue
        verb = next((i for i in range(position + 1, limit) if words[i] in VERBS), None)
        if verb is None:
            continue
        if words[position + 1] != "there" and not any(
            t.entry.is_noun and position < t.first < verb for t in terms
        ):
            continue
        has_verb = any(words[i] in VERBS for i in range(begin, position))
        denies = any(t.entry.denies_before and begin <= t.first < position for t in terms)
        says = has_verb or any(
            (t.entry.normal or t.entry.denies_after) and begin <= t.first < position for t in terms
        )
        if not (says or denies):
            continue
        # "No effusion and pneumothorax are seen" is one statement.
        if denies and not says and verb + 1 < len(words) and words[verb + 1] in _NOT_CLAUSES:
            continue
        starts.append(position)
        begin = position
    return starts
