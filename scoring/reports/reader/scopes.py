"""Whether a finding is there: how far denials, doubts and words of the past reach in a clause."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from scoring.reports.reader.clauses import SEPARATORS, Clause, Term
from scoring.reports.reader.elsewhere import none_of_another_side
from scoring.reports.reader.findings import Draft
from scoring.reports.reader.lexicon import LEXICON
from scoring.reports.reader.reading import Acuity, Certainty, Polarity, Region, Scope, Section, Span

# What surgery left is on this film, although "status post" speaks of the past.
_LASTING_FAMILIES = frozenset(
    {"surgical-material", "postoperative", "orthopaedic", "heart-device", "stent"}
)
_ARTICLES = frozenset({"a", "an", "there"})
# "No effusion, heart enlarged" says something of the heart; "no hilar enlargement" names a finding.
_QUALITIES = """
big bigger blunt broad bulky ectatic flat full generous hazy high higher indistinct large low
oversized poor prominent shallow small thick tortuous wide
"""
_PREDICATES = frozenset(_QUALITIES.split())
# What is old is not what one looks for and denies.
_OF_THE_PAST = frozenset({Acuity.OLD, Acuity.CHRONIC})
# "No pneumonia, *more likely* atelectasis" supposes the atelectasis.
_SUPPOSED = frozenset(
    {"likely", "more", "most", "probable", "probably", "presumably", "possible", "possibly", "?"}
    | {"just", "only"}
)
_ORGANS = frozenset({Region.HEART, Region.MEDIASTINUM, Region.ABDOMEN})
_AFTER = frozenset({"after", "following", "post"})
_FURTHEST_PROCEDURE = 6
_TAKEN_OUT = frozenset({"removal", "removed", "extubation", "withdrawal", "pulled", "out"})
# Structures that are there on every film, so that to miss one is a sign.
_STRUCTURE_WORDS = """
angle angles border borders diaphragm hemidiaphragm marking markings outline sulcus vessels
"""
_STRUCTURES = frozenset(_STRUCTURE_WORDS.split())
_BARE_DENIALS = frozenset({"no", "nil", "none"})
_SEEN = frozenset(
    {"seen", "noted", "identified", "present", "evident", "visible", "visualized", "found"}
    | {"demonstrated", "detected", "apparent", "left", "right", "l", "r", "on", "at", "here"}
)
_TIPS = frozenset({"tip", "tips", "end"})
_ENDS = frozenset({",", ":", "="})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a clause says of one of its findings."""

    polarity: Polarity
    certainty: Certainty
    scope: Scope
    cues: tuple[Span, ...]


class Cues:
    """The cues of one clause, and where their reach ends."""

    def __init__(self, clause: Clause, drafts: list[Draft]) -> None:
        self.clause = clause
        self._drafts = drafts
        self.before: list[Term] = []
        self.after: list[Term] = []
        passed_over = none_of_another_side(clause, drafts)
        for term in clause.terms:
            entry = term.entry
            if not entry.is_cue:
                continue
            if any(first <= term.first < last for first, last in passed_over):
                # "R effusion, left none" has an effusion.
                continue
            looks_ahead = (
                entry.denies_before
                or entry.certainty_before is not None
                or entry.commits
                or entry.unassessed_before
                or entry.history
                or entry.prior_before
            )
            looks_back = (
                entry.denies_after or entry.certainty_after is not None or entry.unassessed_after
            )
            if looks_ahead and looks_back:
                looks_ahead = self._noun_follows(term) or not self._answers(term)
                looks_back = not looks_ahead
            if looks_ahead:
                self.before.append(term)
            if looks_back:
                self.after.append(term)
        self._last_or = -1
        self._breaks: tuple[int, ...] = ()
        if self.before:
            for position in range(clause.last - 1, clause.first - 1, -1):
                if clause.sentence.words[position] in ("or", "nor"):
                    self._last_or = position
                    break
            self._breaks = (*self._find_breaks(), *self._find_ends(drafts))

    def standing(self, draft: Draft, section: Section) -> Standing:
        """Polarity, certainty and scope of one finding."""
        if not self.before and not self.after and not draft.negated_normal:
            return _PLAIN[section]
        certainty = Certainty.DEFINITE
        scope = Scope.CURRENT
        denied = doubted = unassessed = False
        cues = self._cues_of(draft)
        for cue, ahead in cues:
            entry = cue.entry
            if ahead and entry.history:
                scope = Scope.HISTORY
            elif ahead and entry.prior_before:
                scope = Scope.PRIOR
            elif entry.denies_before if ahead else entry.denies_after:
                denied = True
            elif entry.unassessed_before if ahead else entry.unassessed_after:
                unassessed = True
            elif ahead and entry.certainty_before is not None:
                doubted = True
                certainty = entry.certainty_before
            elif not ahead and entry.certainty_after is not None:
                doubted = True
                certainty = entry.certainty_after
            elif not doubted:
                certainty = Certainty.PROBABLE
        if section is Section.INDICATION:
            scope = Scope.HISTORY
        elif section is Section.COMPARISON:
            scope = Scope.PRIOR
        if draft.is_normal:
            denied = draft.negated_normal
        polarity = Polarity.PRESENT
        if denied:
            polarity = Polarity.ABSENT
        elif unassessed:
            polarity = Polarity.NOT_ASSESSED
        elif doubted:
            polarity = Polarity.HEDGED
        spans = tuple(self.clause.term_span(cue) for cue, _ in cues) if cues else ()
        return Standing(polarity, certainty, scope, spans)

    def _cues_of(self, draft: Draft) -> list[tuple[Term, bool]]:
        """The cues that govern a finding, each with whether it looks ahead to it."""
        found = []
        device = draft.concept.is_device
        for cue in self.before:
            if cue.last <= draft.first:
                if not self._reaches(cue, draft):
                    continue
            elif not _inside(cue, draft):
                continue
            # A tube whose tip is out of view is there all the same; what surgery left is no past.
            if cue.entry.unassessed_before and device:
                continue
            if cue.entry.history and draft.concept.family in _LASTING_FAMILIES:
                continue
            found.append((cue, True))
        for cue in self.after:
            if cue.first >= draft.last:
                if not self._reaches_back(cue, draft):
                    continue
            elif not _inside(cue, draft):
                continue
            if device and (cue.entry.unassessed_after or self._is_of_tip(cue, draft)):
                continue
            found.append((cue, False))
        return found

    def _is_of_tip(self, cue: Term, draft: Draft) -> bool:
        """Whether only the end of a device is not seen: "NG *tip not seen*"."""
        words, first = self.clause.sentence.words, self.clause.first
        before = words[max(first, draft.first - 3) : draft.first]
        return words[cue.first - 1] in _TIPS or not _TIPS.isdisjoint(before)

    def _noun_follows(self, cue: Term) -> bool:
        for term in self.clause.terms:
            if term.first >= cue.last and (term.entry.concept is not None or term.entry.anatomy):
                return not self.clause.parted(cue.last, term.first)
        return False

    def _answers(self, cue: Term) -> bool:
        """Whether a bare "no" is the answer to what stands before it: "Pneumothorax: no".

        "Old rib fracture, nil acute" denies nothing that was named.
        """
        words = self.clause.sentence.words
        if words[cue.first] not in _BARE_DENIALS or cue.last - cue.first > 1:
            return True
        return cue.first > self.clause.first and (
            cue.last == self.clause.last
            or words[cue.last] in SEPARATORS
            or words[cue.last] in _SEEN
        )

    def _reaches(self, cue: Term, draft: Draft) -> bool:
        first, last = cue.last, draft.first
        if cue.entry.history and "with" in self.clause.sentence.words[first:last]:
            # "Status post lobectomy with volume loss": the loss is on this film.
            return False
        if self._begins_anew(cue, draft):
            return False
        return not self._breaks or not any(first <= place < last for place in self._breaks)

    def _begins_anew(self, cue: Term, draft: Draft) -> bool:
        """Whether the finding is a statement of its own: "no effusion, heart enlarged"."""
        words = self.clause.sentence.words
        opening, ending = words[draft.first], words[draft.last - 1]
        if self._is_present_beyond_stroke(draft):
            return True
        if draft.first <= cue.last or draft.last - draft.first < 2:
            return False
        before = words[draft.first - 1]
        if before == "," and draft.first > self._last_or and _is_predicate(opening):
            # "No effusion, *enlarged heart*", but "no effusion, collapsed lung" is a list.
            noun = LEXICON.root.get(ending, {}).get("")
            region = LEXICON.anatomy_region.get(noun.anatomy) if noun is not None else None
            return region in _ORGANS
        return (
            before in (",", "and")
            and len(draft.terms) > 1
            and bool(draft.terms[0].entry.anatomy)
            and _is_predicate(ending)
        )

    def _is_present_beyond_stroke(self, draft: Draft) -> bool:
        """ "No effusion / *cardiomegaly present*", of two parts of the chest."""
        sentence, place = self.clause.sentence, draft.first - 1
        if (
            place < 1
            or sentence.words[place] != "/"
            or sentence.words[draft.last : draft.last + 1] != ["present"]
            or sentence.ends[place - 1] >= sentence.starts[place]
        ):
            return False
        before = next((other for other in self._drafts if other.last == place), None)
        return before is not None and before.concept.region is not draft.concept.region

    def _reaches_back(self, cue: Term, draft: Draft) -> bool:
        """Back over "A, B and C are not seen", but not over a comma without such a list."""
        words = self.clause.sentence.words
        listed = False
        for position in range(cue.first - 1, draft.last - 1, -1):
            word = words[position]
            if word in ("and", "or", "nor", "/"):
                listed = True
            elif word == ":" and self._only_sides(position + 1, cue.first):
                continue
            elif word in ("with", ":") or (
                word == "," and not listed and position != cue.first - 1
            ):
                return False
        return True

    def _only_sides(self, first: int, last: int) -> bool:
        """Whether an answer follows at once, or behind a side: "effusion: *right* none"."""
        sides = [term for term in self.clause.terms if first <= term.first and term.last <= last]
        return last - first == len(sides) and all(term.entry.side is not None for term in sides)

    def _find_breaks(self) -> tuple[int, ...]:
        """Where a denial or doubt stops: at "and a small ...", unless an "or" goes on."""
        clause = self.clause
        words = clause.sentence.words
        starting = {term.first: term.entry for term in clause.terms}
        breaks = []
        last_or = self._last_or
        closed = self._list_closed_at(last_or)
        for position in range(clause.first, clause.last - 1):
            word = words[position]
            if word in ("(", ")"):
                breaks.append(position)
                continue
            if word not in (",", "and", "with", ":") or position < last_or:
                continue
            if word == "," and position > closed:
                breaks.append(position)
                continue
            following = words[position + 1]
            entry = starting.get(position + 1)
            if (
                following in _ARTICLES
                or (word == "," and following in _SUPPOSED)
                or following[0].isdecimal()
                or (
                    entry is not None
                    and (
                        entry.severity is not None
                        or entry.side is not None
                        or entry.count is not None
                        or entry.change is not None
                        or entry.acuity in _OF_THE_PAST
                        or entry.normal
                        or (entry.concept is not None and entry.concept.is_device)
                    )
                )
                or self._says_normal(position + 1)
            ):
                breaks.append(position)
        return tuple(breaks)

    def _says_normal(self, position: int) -> bool:
        """Whether an organ stands here and is called normal: "no effusion, *heart normal*, ..."."""
        terms = self.clause.terms
        return any(
            organ.first == position
            and organ.entry.anatomy
            and told.first == organ.last
            and told.entry.normal
            for organ, told in pairwise(terms)
        )

    def _find_ends(self, drafts: list[Draft]) -> Iterator[int]:
        """Where what is denied is told to its end, and something else is said."""
        words = self.clause.sentence.words
        for position in range(self.clause.first + 1, self.clause.last - 1):
            word = words[position]
            if word == "=" or (word in _AFTER and self._is_procedure(position, drafts)):
                yield position
        for cue in self.before:
            if not cue.entry.denies_before:
                continue
            end = next(
                (p for p in range(cue.last, self.clause.last) if words[p] in _ENDS),
                self.clause.last,
            )
            commits = [
                t.first for t in self.before if t.entry.commits and cue.last < t.first <= end
            ]
            end = min(commits, default=end)
            if end < self.clause.last and end > self._last_or and self._is_sign(cue, end, drafts):
                yield end

    def _is_procedure(self, position: int, drafts: list[Draft]) -> bool:
        """Whether a device follows that is told of: "no PTX *after* R IJ line insertion".

        "No PTX after line insertion" says when the film was taken, and no more.
        """
        following = [draft for draft in drafts if draft.first > position]
        words = self.clause.sentence.words[position : self.clause.last]
        return (
            bool(following)
            and following[0].concept.is_device
            and following[0].first - position <= _FURTHEST_PROCEDURE
            and _TAKEN_OUT.isdisjoint(words)
            and any(
                term.entry.side is not None or term.entry.where
                for term in self.clause.terms
                if term.first > position
            )
        )

    def _is_sign(self, cue: Term, end: int, drafts: list[Draft]) -> bool:
        """Whether what is denied up to ``end`` is anatomy: "*absent lung markings*, PTX"."""
        clause = self.clause
        denied = [term for term in clause.terms if cue.last <= term.first and term.last <= end]
        if any(d.first < end and cue.last < d.last and not d.negated_normal for d in drafts):
            return False
        if denied and denied[0].first == cue.last and denied[0].entry.normal:
            # "Not clear L base: consolidation".
            return True
        return any(clause.sentence.words[term.last - 1] in _STRUCTURES for term in denied)

    def _list_closed_at(self, last_or: int) -> int:
        """From which word on a comma ends what is denied, where the clause says so; else its end.

        "No A or B, C": the "or" was before the last of them. "No A, no B, C": whoever denies one by
        one denies no more.
        """
        denying = [term for term in self.before if term.entry.denies_before]
        if not denying:
            return self.clause.last
        if denying[0].first < last_or:
            return last_or
        words = self.clause.sentence.words
        if len(denying) > 1 and all(words[term.first - 1] in (",", "and") for term in denying[1:]):
            return denying[-1].last
        return self.clause.last


# What a clause without a cue says.
_PLAIN = {
    section: Standing(
        Polarity.PRESENT,
        Certainty.DEFINITE,
        {Section.INDICATION: Scope.HISTORY, Section.COMPARISON: Scope.PRIOR}.get(
            section, Scope.CURRENT
        ),
        (),
    )
    for section in Section
}


def _is_predicate(word: str) -> bool:
    return word in _PREDICATES or word.endswith("ed")


def _inside(cue: Term, draft: Draft) -> bool:
    """Between the parts of a composed finding: "the vessels are *not* engorged"."""
    return (
        draft.first < cue.first
        and cue.last <= draft.last
        and all(cue.first >= term.last or cue.last <= term.first for term in draft.terms)
    )


def alternatives(clause: Clause, drafts: list[Draft]) -> set[int]:
    """The drafts, by place, of "A or B" and "A versus B": neither of the two is asserted."""
    words = clause.sentence.words
    found: set[int] = set()
    for place in range(len(drafts) - 1):
        left, right = drafts[place], drafts[place + 1]
        if left.is_normal or right.is_normal:
            continue
        between = words[left.last : right.first]
        if any(word in ("or", "versus", "vs", "v") for word in between) and "," not in between:
            found.update((place, place + 1))
    return found
