"""From terms to what they name: findings, anatomy with a quality, statements of normality."""

from dataclasses import dataclass

from scoring.reports.reader.clauses import Clause, Term
from scoring.reports.reader.lexicon import LEXICON, Concept
from scoring.reports.reader.reading import Region, Span

# An anatomy further than this from its quality is another subject.
FURTHEST = 9


@dataclass(slots=True, eq=False)
class Draft:
    """A finding of a clause before its polarity and attributes are known."""

    concept: Concept
    words: tuple[Span, ...]
    first: int
    last: int
    terms: tuple[Term, ...]
    plural: bool = False
    negated_normal: bool = False
    is_normal: bool = False


def find_drafts(clause: Clause) -> list[Draft]:
    """Every finding and every statement of normality of a clause, in order."""
    terms = clause.terms
    drafts: list[Draft] = []
    for index, term in enumerate(terms):
        entry = term.entry
        if entry.qualities:
            composed = _compose(clause, index)
            if composed:
                drafts.extend(composed)
                continue
        if entry.concept is not None and not term.used and not _is_unit(clause, term):
            drafts.append(
                Draft(
                    entry.concept,
                    (clause.term_span(term),),
                    term.first,
                    term.last,
                    (term,),
                    entry.plural,
                )
            )
            term.used = True
    for index, term in enumerate(terms):
        if term.used:
            continue
        if term.entry.anatomy == _RATIO:
            drafts.extend(_measured_ratio(clause, term))
        elif term.entry.normal:
            drafts.extend(_normal_statement(clause, index))
        elif term.entry.abnormality and term.entry.concept is None:
            drafts.extend(_denied_abnormality(clause, index))
        elif term.entry.unassessed_after and not any(d.last <= term.first for d in drafts):
            drafts.extend(_not_assessed(clause, index))
    for term in terms:
        # Nodes are seen only where they are large, so that to name them says so.
        if term.entry.anatomy == _NODES and not term.used and _is_named_alone(clause, term):
            concept = LEXICON.compositions[_NODES, "enlarged"]
            span = (clause.term_span(term),)
            drafts.append(Draft(concept, span, term.first, term.last, (term,), plural=True))
    if len(drafts) > 1:
        drafts.sort(key=lambda draft: (draft.first, draft.last))
    return drafts


_STROKES = frozenset({",", ":", "="})
_NOT = frozenset({"not", "isnt", "arent", "doesnt", "dont", "cannot", "cant", "never"})


def whole_film(clause: Clause) -> Draft | None:
    """What a clause says of the whole film that names no part of it, and nothing that it shows.

    "Everything is normal", "all clear", "nothing of note", "nil acute".
    """
    words = clause.sentence.words
    said: list[Term] = []
    within: set[int] = set()
    for term in clause.terms:
        entry = term.entry
        if entry.normal or entry.denies_before or entry.denies_after:
            said.append(term)
            within.update(range(term.first, term.last))
        elif entry.abnormality or entry.clause_start:
            within.update(range(term.first, term.last))
    if not said or any(
        position not in within
        and words[position] not in LEXICON.of_whole_film
        and words[position] not in _STROKES
        and not _is_hedge(clause, position)
        for position in range(clause.first, clause.last)
    ):
        return None
    normal = [term for term in said if term.entry.normal]
    denying = [term for term in said if not term.entry.normal]
    if normal and denying:
        # "Not quite normal" does not say what is wrong.
        return None
    if denying and (len(denying) > 1 or words[denying[0].first] in _NOT):
        return None
    first, last = said[0].first, said[-1].last
    return Draft(
        LEXICON.normal_concepts[Region.CHEST],
        tuple(clause.term_span(term) for term in said),
        first,
        last,
        tuple(said),
        is_normal=True,
    )


def _is_hedge(clause: Clause, position: int) -> bool:
    return any(
        term.first <= position < term.last and term.entry.certainty_before is not None
        for term in clause.terms
    )


_NODES = "lymph-node"
_BEFORE_PLACES = frozenset({"in", "within", "at", "of", "from", "to", "near", "between"})


def _is_named_alone(clause: Clause, nodes: Term) -> bool:
    """Whether "hilar nodes" are named, and not "nodes" of no place, or the place of another."""
    before = clause.sentence.words[max(clause.first, nodes.first - 2) : nodes.first]
    return nodes.last - nodes.first > 1 and _BEFORE_PLACES.isdisjoint(before)


_RATIO = "cardiothoracic-ratio"
_HALF = 0.5
_BEFORE_RATIO = frozenset(
    {"is", "of", "at", "approx", "approximately", "about", "around", "measures", "ratio", "than"}
    | {"the", "=", ":", "(", "greater", "more", "larger", "over", "above", "exceeds", "exceeding"}
    | {">", "<", "less", "smaller", "below", "under", "not"}
)
_MORE = frozenset({">", "greater", "more", "larger", "over", "above", "exceeds", "exceeding"})
_LESS = frozenset({"<", "less", "smaller", "below", "under"})


def _measured_ratio(clause: Clause, term: Term) -> list[Draft]:
    """The heart by its ratio: "CTR > 0.5", "CTR 58%", "CTR = 17/28"."""
    words = clause.sentence.words
    place = term.last
    while place < clause.last and words[place] in _BEFORE_RATIO:
        place += 1
    if place >= clause.last or not words[place][0].isdecimal():
        return []
    ratio, last = float(words[place].replace(",", ".")), place + 1
    if words[last : last + 1] == ["/"] and "".join(words[last + 1 : last + 2])[:1].isdecimal():
        # Two widths.
        ratio, last = ratio / (float(words[last + 1].replace(",", ".")) or 1.0), last + 2
    elif ratio > 1:
        # A percentage.
        ratio /= 100
    between = words[term.last : place]
    is_more = ratio > _HALF or (ratio == _HALF and not _MORE.isdisjoint(between))
    is_large = is_more and _LESS.isdisjoint(between)
    term.used = True
    if is_large:
        concept = LEXICON.concepts["cardiomegaly"]
    else:
        concept = LEXICON.normal_concepts[Region.HEART]
    spans = (clause.term_span(term), clause.span_of(place, last))
    return [Draft(concept, spans, term.first, last, (term,), is_normal=not is_large)]


def _is_unit(clause: Clause, term: Term) -> bool:
    """ "cm" is cardiomegaly, unless a number stands before it."""
    words = clause.sentence.words
    if words[term.first] != "cm" or term.first == 0:
        return False
    before = words[term.first - 1]
    return before == "_" or before[0].isdecimal()


def _compose(clause: Clause, index: int) -> list[Draft]:
    """The concepts that a quality makes with the anatomy it is said of."""
    terms = clause.terms
    quality = terms[index]
    anchor = _anatomy_of(clause, index)
    if anchor is None:
        return []
    anatomies = [anchor, *_coordinated(clause, anchor, index)]
    drafts = []
    for position in anatomies:
        anatomy = terms[position]
        concept = _composition(anatomy, quality)
        if concept is None:
            continue
        own = quality.entry.concept
        if own is concept:
            # "Opacity of the lung" is an opacity by its own name; the anatomy is a place.
            continue
        parts = sorted((anatomy, quality), key=lambda term: term.first)
        drafts.append(
            Draft(
                concept,
                tuple(clause.term_span(part) for part in parts),
                parts[0].first,
                parts[1].last,
                tuple(parts),
            )
        )
        anatomy.used = True
    if drafts:
        quality.used = True
    return drafts


def _composition(anatomy: Term, quality: Term) -> Concept | None:
    for name in quality.entry.qualities:
        concept = LEXICON.compositions.get((anatomy.entry.anatomy, name))
        if concept is not None:
            return concept
    return None


def _anatomy_of(clause: Clause, index: int) -> int | None:
    terms = clause.terms
    quality = terms[index]
    # An adjective belongs to the noun that follows it without a break.
    for position in range(index + 1, len(terms)):
        term = terms[position]
        if clause.parted(quality.last, term.first) or term.entry.denies_before:
            # "Heart enlarged *without* oedema".
            break
        if term.entry.concept is not None and not term.entry.anatomy:
            return None if quality.entry.concept is None else _before(clause, index)
        if term.entry.anatomy and not term.used and _composition(term, quality):
            return position
    before = _before(clause, index)
    return before if before is not None else _after_preposition(clause, index)


def _after_preposition(clause: Clause, index: int) -> int | None:
    """The anatomy of "fracture *of* the left fifth and sixth ribs"."""
    terms, words = clause.terms, clause.sentence.words
    quality = terms[index]
    # "# L 6+7 ribs" does without the preposition, and so does "eroding the 2nd and 3rd ribs".
    is_direct = words[quality.first] in _DIRECT or "eroded" in quality.entry.qualities
    if not is_direct and (quality.last >= clause.last or words[quality.last] not in _OF):
        return None
    for position in range(index + 1, len(terms)):
        term = terms[position]
        if term.first - quality.last > FURTHEST or term.entry.normal:
            return None
        if term.entry.anatomy and not term.used and _composition(term, quality):
            return position
        if term.entry.concept is not None:
            return None
    return None


def _before(clause: Clause, index: int) -> int | None:
    terms = clause.terms
    quality = terms[index]
    for position in range(index - 1, -1, -1):
        term = terms[position]
        entry = term.entry
        if quality.first - term.last > FURTHEST or entry.normal:
            return None
        if entry.anatomy and _composition(term, quality):
            return position
        if entry.concept is not None and not entry.anatomy:
            return None
    return None


def _coordinated(clause: Clause, anchor: int, quality: int) -> list[int]:
    """Anatomies joined to the anchor by "and" or a comma, on the side away from the quality."""
    terms, words = clause.terms, clause.sentence.words
    step = 1 if anchor > quality else -1
    found = []
    position = anchor + step
    while 0 <= position < len(terms):
        near, far = terms[position - step], terms[position]
        first, last = (near.last, far.first) if step > 0 else (far.last, near.first)
        between = words[first:last]
        joined = bool(between) and all(word in _JOINING for word in between)
        if far.entry.side is not None and not far.entry.anatomy:
            position += step
            continue
        if not far.entry.anatomy or far.used or not (joined or terms[position - step].entry.side):
            break
        if _is_normal(clause, far, step):
            break
        found.append(position)
        position += step
    return found


def _is_normal(clause: Clause, anatomy: Term, step: int) -> bool:
    """Whether a joined anatomy has a normal word of its own: "prominent hila, *heart* normal"."""
    words = clause.sentence.words
    if step > 0:
        first, last = anatomy.last, anatomy.last
        while last < clause.last and words[last] != ",":
            last += 1
    else:
        first, last = anatomy.first, anatomy.first
        while first > clause.first and words[first - 1] not in _JOINING:
            first -= 1
    return any(t.entry.normal and first <= t.first and t.last <= last for t in clause.terms)


_DIRECT = frozenset({"#", "fractured", "broken"})
_OF = frozenset({"of", "in", "involving", "along", "at"})
_WHERE = frozenset({"in", "within", "at", "over", "into"})
_JOINING = frozenset({"and", "or", ",", "the", "/", "nor"})


def _normal_statement(clause: Clause, index: int) -> list[Draft]:
    """What a normal word is said of: the noun behind it, else what stands before it."""
    terms, words = clause.terms, clause.sentence.words
    normal = terms[index]
    claimed: list[int] = []
    for position in range(index + 1, len(terms)):
        term = terms[position]
        if clause.parted(normal.last, term.first):
            break
        if term.entry.anatomy and not term.used:
            claimed = [position, *_coordinated(clause, position, index)]
            break
        if term.entry.concept is not None:
            return []
    if not claimed:
        for position in range(index - 1, -1, -1):
            term = terms[position]
            if term.entry.normal:
                break
            if term.entry.concept is not None and not term.entry.anatomy:
                # "Consolidation left base, right base ok": the first base is the consolidation's.
                claimed = [
                    place
                    for place in claimed
                    if clause.parted(term.last, terms[place].first)
                    or "," not in words[terms[place].last : normal.first]
                ]
                break
            if term.entry.anatomy and not term.used:
                if claimed and _is_where(clause, term):
                    break
                claimed.append(position)
    if not claimed:
        return []
    normal.used = True
    negated = normal.first > clause.first and words[normal.first - 1] in ("not", "isnt", "arent")
    drafts: list[Draft] = []
    seen: dict[Region, Draft] = {}
    for position in sorted(claimed):
        anatomy = terms[position]
        anatomy.used = True
        region = LEXICON.anatomy_region[anatomy.entry.anatomy]
        span = clause.term_span(anatomy)
        if region in seen:
            draft = seen[region]
            draft.words = tuple(sorted({*draft.words, span}))
            draft.first, draft.last = min(draft.first, anatomy.first), max(draft.last, anatomy.last)
            continue
        parts = sorted((anatomy, normal), key=lambda term: term.first)
        seen[region] = Draft(
            LEXICON.normal_concepts[region],
            tuple(clause.term_span(part) for part in parts),
            parts[0].first,
            parts[1].last,
            tuple(parts),
            negated_normal=negated,
            is_normal=True,
        )
        drafts.append(seen[region])
    return drafts


def _is_where(clause: Clause, term: Term) -> bool:
    """Whether an anatomy is only the place of something before it: "NG in the *stomach*"."""
    words = clause.sentence.words
    return any(
        words[position] in _WHERE
        for position in range(max(clause.first, term.first - 2), term.first)
    )


def _denied_abnormality(clause: Clause, index: int) -> list[Draft]:
    """ "No acute osseous abnormality" says that the bones are normal."""
    terms = clause.terms
    word = terms[index]
    cue = None
    regions: dict[Region, list[Term]] = {}
    for position in range(index - 1, -1, -1):
        term = terms[position]
        if term.entry.denies_before:
            cue = term
            break
        if term.entry.concept is not None and not term.entry.anatomy:
            return []
        if term.entry.anatomy and not term.used:
            regions.setdefault(LEXICON.anatomy_region[term.entry.anatomy], []).append(term)
    if cue is None:
        return []
    if not regions:
        for position in range(index + 1, len(terms)):
            term = terms[position]
            if term.entry.concept is not None or clause.parted(word.last, term.first):
                break
            if term.entry.anatomy and not term.used:
                regions.setdefault(LEXICON.anatomy_region[term.entry.anatomy], []).append(term)
    drafts = []
    for region, parts in (regions or {Region.CHEST: []}).items():
        pieces = sorted((*parts, cue, word), key=lambda term: term.first)
        for part in parts:
            part.used = True
        drafts.append(
            Draft(
                LEXICON.normal_concepts[region],
                tuple(clause.term_span(piece) for piece in pieces),
                pieces[0].first,
                pieces[-1].last,
                tuple(pieces),
                is_normal=True,
            )
        )
    word.used = True
    return drafts


def _not_assessed(clause: Clause, index: int) -> list[Draft]:
    """ "The left base is obscured" says nothing of the lungs, and says so."""
    regions: dict[Region, list[Term]] = {}
    for term in clause.terms[:index]:
        if term.entry.anatomy and not term.used:
            regions.setdefault(LEXICON.anatomy_region[term.entry.anatomy], []).append(term)
    drafts = []
    for region, parts in regions.items():
        for part in parts:
            part.used = True
        drafts.append(
            Draft(
                LEXICON.normal_concepts[region],
                tuple(clause.term_span(part) for part in parts),
                parts[0].first,
                parts[-1].last,
                tuple(parts),
                is_normal=True,
            )
        )
    return drafts
