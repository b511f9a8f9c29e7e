"""Whether a finding is there: how far denials, doubts and words of the past reach in a clause."""

from dataclasses import dataclass

from scoring.reports.reader.clauses import SEPARATORS, Clause, Term
from scoring.reports.reader.elsewhere import none_of_another_side
from scoring.reports.reader.findings import Draft
from scoring.reports.reader.reading import Certainty, Polarity, Scope, Section, Span

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
        self._breaks = self._find_breaks() if self.before else ()

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
            if cue.entry.unassessed_after and device:
                continue
            found.append((cue, False))
        return found

    def _noun_follows(self, cue: Term) -> bool:
        for term in self.clause.terms:
            if term.first >= cue.last and (term.entry.concept is not None or term.entry.anatomy):
                return not self.clause.parted(cue.last, term.first)
        return False

    def _answers(self, cue: Term) -> bool:
        """Whether a bare "no" is the answer to what stands before it: "Pneumothorax: no"."""
        words = self.clause.sentence.words
        if words[cue.first] != "no" or cue.last - cue.first > 1:
            return True
        return cue.first > self.clause.first and (
            cue.last == self.clause.last or words[cue.last] in SEPARATORS
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
        ending = words[draft.last - 1]
        return (
            len(draft.terms) > 1
            and draft.first > cue.last
            and words[draft.first - 1] in (",", "and")
            and bool(draft.terms[0].entry.anatomy)
            and (ending in _PREDICATES or ending.endswith("ed"))
        )

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
        last_or = -1
        for position in range(clause.last - 1, clause.first - 1, -1):
            if words[position] in ("or", "nor"):
                last_or = position
                break
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
                or following[0].isdecimal()
                or (
                    entry is not None
                    and (
                        entry.severity is not None
                        or entry.side is not None
                        or entry.count is not None
                        or entry.change is not None
                        or entry.normal
                        or (entry.concept is not None and entry.concept.is_device)
                    )
                )
            ):
                breaks.append(position)
        return tuple(breaks)

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
