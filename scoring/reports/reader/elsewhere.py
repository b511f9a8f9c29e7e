"""What a clause with a finding says of another place: "R PTX, *left lung clear*"."""

from collections.abc import Collection, Iterator

from scoring.reports.reader.clauses import SEPARATORS, Clause, Term
from scoring.reports.reader.findings import Draft

Part = tuple[int, int]

# An answer that denies, where nothing but a side stands beside it: "left none".
_NONE = frozenset({"none", "nil", "no"})
_ARTICLES = frozenset({"the", "a", "an"})


def parts_of(clause: Clause) -> Iterator[Part]:
    """The tokens between separators, from the first of a part up to its last."""
    words = clause.sentence.words
    begin = clause.first
    for position in range(clause.first, clause.last):
        if words[position] in SEPARATORS:
            if begin < position:
                yield begin, position
            begin = position + 1
    if begin < clause.last:
        yield begin, clause.last


def none_of_another_side(clause: Clause, drafts: list[Draft]) -> Collection[Part]:
    """Parts such as "left none", where the clause gives its finding another side.

    "Effusion: right none, left none" has no other: it denies the effusion.
    """
    words = clause.sentence.words
    if len(clause.terms) < 3 or _NONE.isdisjoint(words):
        return ()
    found = [
        part
        for part in parts_of(clause)
        if not _NONE.isdisjoint((words[part[0]], words[part[1] - 1]))
        and _names_no_finding(part, drafts)
        and any(term.entry.side is not None for term in _terms_in(clause, part))
    ]
    if found and any(
        (term.entry.side is not None or any(inner.side for _, inner in term.entry.inner))
        and not any(first <= term.first < last for first, last in found)
        for term in clause.terms
    ):
        return found
    return ()


def said_elsewhere(clause: Clause, drafts: list[Draft]) -> Collection[Term]:
    """The sides and places that a clause calls healthy, so that they are no finding's."""
    findings = [draft for draft in drafts if not draft.is_normal]
    taken = {term for draft in findings for term in draft.terms}
    found: set[Term] = set()
    for part in none_of_another_side(clause, drafts):
        found.update(_terms_in(clause, part))
    if any(term.entry.normal for term in clause.terms):
        for part in parts_of(clause):
            terms = _terms_in(clause, part)
            calls_healthy = any(_is_of_health(term, findings) for term in terms)
            if calls_healthy and _names_no_finding(part, findings):
                found.update(terms)
        found.update(_claimed(clause, drafts, taken))
    return [
        term
        for term in found
        if term not in taken and (term.entry.side is not None or term.entry.where)
    ]


def _is_of_health(term: Term, findings: list[Draft]) -> bool:
    """Not so "*symmetric*" opacities, or a tube with its tip *satisfactory* in the SVC."""
    entry = term.entry
    if not entry.normal or entry.side is not None or entry.descriptors:
        return False
    return entry.placement is None or not any(draft.concept.is_device for draft in findings)


def _claimed(clause: Clause, drafts: list[Draft], taken: set[Term]) -> Iterator[Term]:
    """Anatomy of statements of normality, with its side: "PTX R *left lung* clear"."""
    terms, words = clause.terms, clause.sentence.words
    normal = {term for draft in drafts if draft.is_normal for term in draft.terms}
    for place, term in enumerate(terms):
        is_claimed = term in normal or (term.used and term not in taken)
        if not is_claimed or not term.entry.anatomy:
            continue
        yield term
        before = terms[place - 1] if place else None
        if before is None or before.entry.side is None or before in taken:
            continue
        if not _ARTICLES.issuperset(words[before.last : term.first]):
            continue
        # "Effusion on the right heart normal" lacks a comma, and has no other side.
        if any(other.entry.side is not None for other in terms if other is not before):
            yield before


def _terms_in(clause: Clause, part: Part) -> list[Term]:
    return [term for term in clause.terms if part[0] <= term.first and term.last <= part[1]]


def _names_no_finding(part: Part, drafts: list[Draft]) -> bool:
    """Whether no word of a finding, or between its words, lies in the part."""
    return all(draft.last <= part[0] or part[1] <= draft.first for draft in drafts)
