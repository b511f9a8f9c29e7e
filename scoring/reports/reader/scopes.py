"""Whether a finding is there: how far denials, doubts and words of the past reach in a clause."""

from dataclasses import dataclass

from scoring.reports.reader.clauses import Clause, Term
from scoring.reports.reader.findings import Draft
from scoring.reports.reader.reading import Certainty, Polarity, Scope, Section, Span

# What surgery left is on this film, although "status post" speaks of the past.
_LASTING_FAMILIES = frozenset(
    {"surgical-material", "postoperative", "orthopaedic", "heart-device", "stent"}
)
_ARTICLES = frozenset({"a", "an", "there"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a clause says of one of its findings."""

    polarity: Polarity
    certainty: Certainty
    scope: Scope
    cues: tuple[Span, ...]


class Cues:
    """The cues of one clause, and where their reach ends."""

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self.before: list[Term] = []
        self.after: list[Term] = []
        for term in clause.terms:
            entry = term.entry
            if not entry.is_cue:
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
                looks_ahead = self._noun_follows(term)
                looks_back = not looks_ahead
            if looks_ahead:
                self.before.append(term)
            if looks_back:
                self.after.append(term)
        self._breaks = self._find_breaks() if self.before else ()

    def standing(self, draft: Draft, section: Section) -> Standing:
        """Polarity, certainty and scope of one finding."""
        denied = doubted = unassessed = None
        certainty = Certainty.DEFINITE
        scope = Scope.CURRENT
        cues: list[Term] = []
        for cue in self.before:
            if cue.last > draft.first or cue in draft.terms or not self._reaches(cue, draft):
                continue
            entry = cue.entry
            if entry.history:
                if draft.concept.family not in _LASTING_FAMILIES:
                    scope = Scope.HISTORY
                    cues.append(cue)
                continue
            if entry.prior_before:
                scope = Scope.PRIOR
            elif entry.denies_before:
                denied = cue
            elif entry.certainty_before is not None:
                doubted = cue
                certainty = entry.certainty_before
            elif entry.unassessed_before:
                unassessed = cue
            elif entry.commits and doubted is None:
                certainty = Certainty.PROBABLE
            cues.append(cue)
        for cue in self.after:
            if cue.first < draft.last or cue in draft.terms or not self._reaches_back(cue, draft):
                continue
            entry = cue.entry
            if entry.denies_after:
                denied = cue
            elif entry.unassessed_after:
                unassessed = cue
            elif entry.certainty_after is not None:
                doubted = cue
                certainty = entry.certainty_after
            cues.append(cue)
        polarity = Polarity.PRESENT
        if draft.is_normal:
            denied = None
            if draft.negated_normal:
                polarity = Polarity.ABSENT
        if denied is not None:
            polarity = Polarity.ABSENT
        elif unassessed is not None:
            polarity = Polarity.NOT_ASSESSED
        elif doubted is not None and polarity is Polarity.PRESENT:
            polarity = Polarity.HEDGED
        if section is Section.INDICATION:
            scope = Scope.HISTORY
        elif section is Section.COMPARISON:
            scope = Scope.PRIOR
        spans = tuple(self.clause.term_span(cue) for cue in cues) if cues else ()
        return Standing(polarity, certainty, scope, spans)

    def _noun_follows(self, cue: Term) -> bool:
        for term in self.clause.terms:
            if term.first >= cue.last and (term.entry.concept is not None or term.entry.anatomy):
                return not self.clause.parted(cue.last, term.first)
        return False

    def _reaches(self, cue: Term, draft: Draft) -> bool:
        first, last = cue.last, draft.first
        return not any(first <= position < last for position in self._breaks)

    def _reaches_back(self, cue: Term, draft: Draft) -> bool:
        """Back over "A, B and C are not seen", but not over a comma without such a list."""
        words = self.clause.sentence.words
        listed = False
        for position in range(cue.first - 1, draft.last - 1, -1):
            word = words[position]
            if word in ("and", "or", "nor", "/"):
                listed = True
            elif word in ("with", ":") or (
                word == "," and not listed and position != cue.first - 1
            ):
                return False
        return True

    def _find_breaks(self) -> tuple[int, ...]:
        """Where a denial or doubt stops: at "and a small ...", unless an "or" goes on with the list."""
        clause = self.clause
        words = clause.sentence.words
        starting = {term.first: term.entry for term in clause.terms}
        breaks = []
        last_or = -1
        for position in range(clause.last - 1, clause.first - 1, -1):
            if words[position] in ("or", "nor"):
                last_or = position
                break
        for position in range(clause.first, clause.last - 1):
            word = words[position]
            if word in ("(", ")"):
                breaks.append(position)
                continue
            if word not in (",", "and", "with", ":") or position < last_or:
                continue
            following = words[position + 1]
            entry = starting.get(position + 1)
            if (
                following in _ARTICLES
                or following[0].isdigit()
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


def alternatives(clause: Clause, drafts: list[Draft]) -> set[int]:
    """The drafts of "A or B" and "A versus B": neither is asserted, each by its place in the list."""
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
