"""What is said of a finding: which of the clause's words describe it, and what they come to."""

from itertools import pairwise
from typing import Any

from scoring.reports.reader.clauses import SEPARATORS, VERBS, Clause, Term
from scoring.reports.reader.elsewhere import said_elsewhere
from scoring.reports.reader.findings import Draft
from scoring.reports.reader.lexicon import Entry
from scoring.reports.reader.reading import (
    NO_ATTRIBUTES,
    Attributes,
    Count,
    Noted,
    Placement,
    Severity,
    Side,
    Size,
    Span,
)

_PREPOSITIONS = frozenset(
    {"in", "at", "within", "on", "over", "overlying", "to", "from", "above", "below", "near"}
)
_PARTS = SEPARATORS | VERBS | _PREPOSITIONS
_UNITS = {
    "cm": 10.0,
    "cms": 10.0,
    "centimeter": 10.0,
    "centimeters": 10.0,
    "mm": 1.0,
    "mms": 1.0,
    "millimeter": 1.0,
    "millimeters": 1.0,
}
_BETWEEN_DIMENSIONS = frozenset({"x", "by", "and", "to"})
_ABOVE = frozenset({"above", "from", "proximal", "superior"})
_BELOW = frozenset({"below", "beyond", "past", "distal"})
_MEASURED = _ABOVE | _BELOW
_LEFT_AND_RIGHT = frozenset({Side.LEFT, Side.RIGHT})
_JOINING = frozenset({"and", "or", "with", "/"})
_COMPARATIVES = frozenset(
    ["more", "less", "larger", "smaller", "greater", "worse", "worsened", "improved"]
)
_FURTHEST_COUNT = 3
_LARGEST_COUNT = 20
_TIP_PREPOSITIONS = frozenset({"in", "at", "within", "over", "overlying", "to"})
_TIP_WORDS = frozenset(
    [
        "tip",
        "tips",
        "terminates",
        "terminating",
        "terminate",
        "ends",
        "end",
        "ending",
        "projects",
        "projecting",
        "extends",
        "coiled",
    ]
)
_OF_TIPS = _TIP_WORDS | _TIP_PREPOSITIONS
_COUNTED_FAMILIES = frozenset({"nodule", "fracture", "vertebral-fracture", "bone-lesion"})
# Findings that lie at one place of the lung or pleura, and so together with their neighbours.
_SHARING_FAMILIES = frozenset(
    {"opacity", "volume-loss", "pleural-fluid", "pneumothorax", "fibrosis", "pleural-thickening"}
    | {"nodule", "interstitial", "granulomatous", "airways", "calcification", "fracture"}
)
_MAIN_BRONCHI = frozenset({"right-main-bronchus", "left-main-bronchus", "main-bronchus"})
_HEIGHTS = frozenset({"high", "low", "deep"})
_BEFORE_HEIGHT = frozenset(
    {"tip", "is", "lies", "sits", "remains", "a", "bit", "slightly", "rather", "still"}
)
_BEFORE_WHAT_IS_TO_COME = frozenset({"be", "for", "recommend", "suggest", "consider", "advise"})
_MISPLACED = {
    "airway-tube": _MAIN_BRONCHI | {"oesophagus"},
    "enteric-tube": _MAIN_BRONCHI | {"oesophagus", "gastro-oesophageal-junction"},
}


class _Slots:
    """The attributes of one draft while they are gathered."""

    __slots__ = (
        "acuity", "change", "descriptors", "number", "placement", "places", "severity", "side",
        "size", "tip", "tip_distance",
    )  # fmt: skip

    def __init__(self) -> None:
        self.side: Noted[Side] | None = None
        self.places: list[Noted[str]] = []
        self.severity: Any = None
        self.size: Noted[Size] | None = None
        self.number: Noted[Count] | None = None
        self.acuity: Any = None
        self.change: Any = None
        self.descriptors: list[Noted[str]] = []
        self.placement: Noted[Placement] | None = None
        self.tip: Noted[str] | None = None
        self.tip_distance: Noted[float] | None = None


def describe(clause: Clause, drafts: list[Draft]) -> list[Attributes]:
    """The attributes of each draft of a clause, in the drafts' order."""
    targets = [draft for draft in drafts if not draft.is_normal]
    if not targets:
        return [_of_normal(clause, draft) for draft in drafts]
    normals = [draft for draft in drafts if draft.is_normal] if len(targets) < len(drafts) else ()
    slots = {draft: _Slots() for draft in targets}
    for draft, slot in slots.items():
        _take_inner(clause, draft, slot)
        if draft.concept.is_device:
            _take_height(clause, draft, slot)
    taken = {term for draft in drafts for term in draft.terms}
    elsewhere = said_elsewhere(clause, drafts)
    for term in clause.terms:
        entry = term.entry
        if not entry.describes or term in taken or term in elsewhere:
            continue
        target = _target(clause, term.first, term.last, targets, entry)
        if normals and any(target.last <= n.first and n.last <= term.first for n in normals):
            # "Tube in place, lungs clear bilaterally": both lungs, not two tubes.
            continue
        if entry.descriptors and _is_denied(clause, target, term):
            continue
        if entry.side is not None and _is_compared_with(clause, target, term):
            continue
        _take(slots[target], target, entry, clause.term_span(term), clause, term)
    if clause.sentence.numbers:
        _take_measurements(clause, targets, slots)
    if len(targets) > 1:
        _share(clause, targets, slots)
    return [
        _of_normal(clause, draft) if draft.is_normal else _finish(draft, slots[draft])
        for draft in drafts
    ]


def _of_normal(clause: Clause, draft: Draft) -> Attributes:
    """What is "*top normal*" is all but enlarged, and is said to be so by its severity."""
    for term in draft.terms:
        if term.entry.normal and term.entry.severity is not None:
            return Attributes(severity=Noted(term.entry.severity, clause.term_span(term)))
    return NO_ATTRIBUTES


def _is_denied(clause: Clause, draft: Draft, described: Term) -> bool:
    """Whether a descriptor is what the finding has not: "pneumothorax without *tension*"."""
    return any(
        term.entry.denies_before
        and draft.last <= term.first < described.first
        and not clause.parted(term.last, described.first)
        for term in clause.terms
    )


def _is_compared_with(clause: Clause, draft: Draft, side: Term) -> bool:
    """Whether a side only serves to compare: "left hemidiaphragm higher than the *right*".

    "Effusions larger on the right than on the left" are on both.
    """
    words = clause.sentence.words
    return len(draft.terms) > 1 and "than" in words[max(clause.first, side.first - 3) : side.first]


def _take_inner(clause: Clause, draft: Draft, slot: _Slots) -> None:
    """Words inside a concept's own phrase that also say where or how: "*apical* pneumothorax"."""
    for term in draft.terms:
        for offset, entry in term.entry.inner:
            position = term.first + offset
            if position >= term.last:
                continue
            _take(slot, draft, entry, clause.span_of(position, position + 1), clause, term)
        if "borderline" in term.entry.qualities:
            # The one quality that is a degree as well.
            slot.severity = Noted(Severity.TRACE, clause.term_span(term))
    if draft.plural and draft.concept.family in _COUNTED_FAMILIES:
        last = draft.words[-1]
        slot.number = Noted(Count(None), last)


def _target(
    clause: Clause, first: int, last: int, targets: list[Draft], entry: Entry | None
) -> Draft:
    """The finding that the words ``first`` up to ``last`` describe."""
    if len(targets) == 1:
        return targets[0]
    before = after = None
    for draft in targets:
        if draft.first <= first and last <= draft.last:
            # Between the parts of a composed finding: "heart is *mildly* enlarged".
            return draft
        if draft.last <= first:
            before = draft
        elif after is None and draft.first >= last:
            after = draft
    if after is None:
        return before or targets[0]
    if before is None:
        return after
    if entry is not None and entry.placement is not None:
        words = clause.sentence.words
        if words[last - 1] == "of" or (last < clause.last and words[last] == "of"):
            # "R IJ line in situ, *removal of* the PICC".
            return after
        if last - first == 1 and after.concept.is_device and after.first - last <= 1:
            before_it = words[first - 1] if first > clause.first else ","
            if before_it in SEPARATORS:
                # "NGT ok, *misplaced* PICC".
                return after
        return before if before.concept.is_device else after
    if not _PARTS.isdisjoint(clause.sentence.words[last : after.first]):
        return before
    for term in clause.terms:
        if term.entry.is_cue and last <= term.first < after.first:
            return before
    return after


def _take(slot: _Slots, draft: Draft, entry: Entry, span: Span, clause: Clause, term: Term) -> None:
    place = entry.where
    device = draft.concept.is_device
    # "CVC (RIJ)": a side and a vein in one word are where it goes in.
    goes_in = entry.side is not None and entry.place == "jugular-vein"
    follows = term.first >= draft.last and not goes_in
    if device and place and (follows or _is_intubated(draft, place)):
        if place == "carina" and _is_landmark(clause, term) and not _is_measured(clause, term):
            # "Above the carina" is anywhere in the trachea.
            return
        if slot.tip is None or (
            _tip_word_before(clause, draft, term)
            and not slot.tip_distance
            and not _is_landmark(clause, term)
        ):
            slot.tip = Noted(place, span)
        return
    if entry.side is not None and not (device and _in_place_of_tip(clause, draft, term)):
        if slot.side is None:
            slot.side = Noted(entry.side, span)
        elif {slot.side.value, entry.side} == _LEFT_AND_RIGHT:
            slot.side = Noted(
                Side.BILATERAL, (min(slot.side.span[0], span[0]), max(slot.side.span[1], span[1]))
            )
    if place and (not slot.places or all(noted.value != place for noted in slot.places)):
        slot.places.append(Noted(place, span))
    if entry.severity is not None and slot.severity is None and not _compares(clause, term):
        slot.severity = Noted(entry.severity, span)
    if entry.acuity is not None and slot.acuity is None:
        slot.acuity = Noted(entry.acuity, span)
    if entry.change is not None and slot.change is None:
        slot.change = Noted(entry.change, span)
    if entry.count is not None and (slot.number is None or slot.number.value.count is None):
        slot.number = Noted(Count(entry.count or None), span)
    if (
        entry.placement is not None
        and device
        and not (entry.placement is Placement.REMOVED and _is_not_removed(clause, draft, term))
        and (slot.placement is None or slot.placement.value is Placement.GOOD)
    ):
        slot.placement = Noted(entry.placement, span)
    for descriptor in entry.descriptors:
        if all(noted.value != descriptor for noted in slot.descriptors):
            slot.descriptors.append(Noted(descriptor, span))


def _is_intubated(draft: Draft, place: str) -> bool:
    """Whether the place before an airway tube is that of its tip: "*right mainstem* intubation"."""
    return draft.concept.family == "airway-tube" and place in _MAIN_BRONCHI


def _is_not_removed(clause: Clause, draft: Draft, term: Term) -> bool:
    """Whether a tube is yet to be taken out, or another one was: "drain can be *removed*"."""
    words = clause.sentence.words
    if words[term.last - 1].startswith("extub") and draft.concept.family != "airway-tube":
        return True
    before = words[max(clause.first, term.first - 1) : term.first]
    return not _BEFORE_WHAT_IS_TO_COME.isdisjoint(before)


def _take_height(clause: Clause, draft: Draft, slot: _Slots) -> None:
    """ "*High* ETT", "ETT is *low*, 1 cm above the carina": a height alone, without a place."""
    words = clause.sentence.words
    position = draft.last
    while position < clause.last and words[position] in _BEFORE_HEIGHT:
        position += 1
    ends = position + 1 >= clause.last or words[position + 1] in SEPARATORS
    if not (position < clause.last and words[position] in _HEIGHTS and ends):
        position = draft.first - 1
        if position < clause.first or words[position] not in _HEIGHTS:
            return
    slot.placement = Noted(Placement.MALPOSITIONED, clause.span_of(position, position + 1))


def _compares(clause: Clause, term: Term) -> bool:
    """Whether it is a difference that is slight, and not the finding: "*slightly* larger"."""
    words = clause.sentence.words
    return term.last < len(words) and words[term.last] in _COMPARATIVES


def _in_place_of_tip(clause: Clause, draft: Draft, term: Term) -> bool:
    """Whether a side belongs to where a device ends: "tip in the *right* pulmonary artery"."""
    return not _OF_TIPS.isdisjoint(clause.sentence.words[draft.last : term.first])


def _is_landmark(clause: Clause, term: Term) -> bool:
    """Whether a place is only measured from: "in the SVC, 2 cm above the *junction*"."""
    words = clause.sentence.words
    return not _MEASURED.isdisjoint(words[max(clause.first, term.first - 2) : term.first])


def _is_measured(clause: Clause, term: Term) -> bool:
    """Whether a distance is given from a place: "4 cm above the *carina*"."""
    words = clause.sentence.words
    return not _UNITS.keys().isdisjoint(words[max(clause.first, term.first - 4) : term.first])


def _tip_word_before(clause: Clause, draft: Draft, term: Term) -> bool:
    return not _TIP_WORDS.isdisjoint(clause.sentence.words[draft.last : term.first])


def _take_measurements(clause: Clause, targets: list[Draft], slots: dict[Draft, _Slots]) -> None:
    """Numbers with a unit are sizes, or the distance of a tip; without, they may be counts."""
    words = clause.sentence.words
    position = clause.first
    for first in clause.sentence.numbers:
        if not position <= first < clause.last:
            # Of another clause, or of the measurement just taken.
            continue
        position, numbers, unit = _measurement(words, first, clause.last)
        target = _target(clause, first, position, targets, None)
        slot = slots[target]
        span = clause.span_of(first, position)
        dimensions = tuple([number * unit for number in numbers[:3]])
        if not unit:
            if _is_count(clause, first, numbers, target.first - position):
                slot.number = Noted(Count(int(numbers[0])), span)
        elif target.concept.is_device:
            following = words[position : position + 3]
            below = not _BELOW.isdisjoint(following)
            if slot.tip_distance is None and (below or not _ABOVE.isdisjoint(following)):
                slot.tip_distance = Noted(-dimensions[0] if below else dimensions[0], span)
        elif slot.size is None:
            is_range = len(numbers) == 2 and _is_range(clause, first)
            slot.size = Noted(Size(dimensions, is_range), span)


def _measurement(words: list[str], first: int, last: int) -> tuple[int, list[float], float]:
    """Where a measurement ends, its numbers, and its unit in millimetres (0 where none stands)."""
    numbers: list[float] = []
    unit = 0.0
    position = first
    while position < last:
        word = words[position]
        dimension_follows = position + 1 < last and words[position + 1][0].isdecimal()
        if word[0].isdecimal():
            numbers.append(float(word.replace(",", ".")))
        elif word in _UNITS:
            unit = _UNITS[word]
            if not (
                position + 2 < last
                and words[position + 1] in ("x", "by")
                and words[position + 2][0].isdecimal()
            ):
                return position + 1, numbers, unit
        elif word not in _BETWEEN_DIMENSIONS or not dimension_follows:
            break
        position += 1
    return position, numbers, unit


def _is_range(clause: Clause, first: int) -> bool:
    """Whether the second of two numbers is the end of a range: "1-2 cm", "3 to 4 cm"."""
    sentence = clause.sentence
    return sentence.words[first + 1] == "to" or (
        sentence.words[first + 1][0].isdecimal()
        and sentence.starts[first + 1] - sentence.ends[first] == 1
    )


def _is_count(clause: Clause, first: int, numbers: list[float], gap: int) -> bool:
    """Whether a bare number says how many: "2 granulomas", but not "T12" or "7th"."""
    sentence = clause.sentence
    attached = (first > 0 and sentence.ends[first - 1] == sentence.starts[first]) or (
        first + 1 < clause.last and sentence.starts[first + 1] == sentence.ends[first]
    )
    return (
        len(numbers) == 1
        and not attached
        and 0 <= gap <= _FURTHEST_COUNT
        and numbers[0].is_integer()
        and 1 <= numbers[0] <= _LARGEST_COUNT
    )


def _share(clause: Clause, targets: list[Draft], slots: dict[Draft, _Slots]) -> None:
    """Give both of two joined findings what is said once.

    "Left effusion and atelectasis", "effusion and atelectasis at the left base": both are left.
    """
    words = clause.sentence.words
    for left, right in pairwise(targets):
        between = words[left.last : right.first]
        if _JOINING.isdisjoint(between):
            continue
        one, other = slots[left], slots[right]
        if left.concept.family in _SHARING_FAMILIES and right.concept.family in _SHARING_FAMILIES:
            if other.side is None and not other.places:
                other.side = one.side
                if "/" in between:
                    other.places = list(one.places)
            elif one.side is None and not one.places:
                one.side = other.side
                one.places = list(other.places)
        if one.change is None and "are" in words[right.last : clause.last]:
            one.change = other.change


def _finish(draft: Draft, slot: _Slots) -> Attributes:
    if slot.tip is not None and slot.tip.value in _MISPLACED.get(draft.concept.family, ()):
        slot.placement = Noted(Placement.MALPOSITIONED, slot.tip.span)
    return Attributes(
        slot.side, tuple(slot.places), slot.severity, slot.size, slot.number, slot.acuity,
        slot.change, tuple(slot.descriptors), slot.tip, slot.tip_distance, slot.placement,
    )  # fmt: skip
