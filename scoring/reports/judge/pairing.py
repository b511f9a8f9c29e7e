"""Which finding of the learner's answers which of the reference's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scoring.localization.matching import assign
from scoring.reports.crimson import WEIGHTS
from scoring.reports.evaluation import ErrorType, Gravity, Significance
from scoring.reports.judge.differences import Comparison, Difference, compare
from scoring.reports.judge.kinship import KinshipTable
from scoring.reports.judge.places import LEFT, RIGHT, Distance
from scoring.reports.judge.stated import Stated
from scoring.reports.reader import Region


@dataclass(frozen=True, slots=True)
class Pair:
    """Indices into the two lists, and what is different."""

    reference: int
    said: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """`strays` are false, but kin to a reference finding that was found: (said, reference)."""

    pairs: tuple[Pair, ...]
    strays: tuple[tuple[int, int], ...]


_BOTH: Final = LEFT | RIGHT
_PARTLY: Final = Distance.PARTLY
_SIGNS_OF_TENSION: Final = frozenset(
    {"mediastinal-shift", "tracheal-deviation", "flattened-diaphragm"}
)
# A stray counts one step less than either of the two findings: of these, nothing.
_LIGHT: Final = WEIGHTS[Significance.NOT_ACTIONABLE]
_ALL_DEVICES: Final = "support-devices"

# What a pair is worth to the assignment besides the credit it brings: that the learner's finding
# is then not false, unless it would be joined to another at no cost; that there is a pair at all;
# and how well the two fit, where fewer significant differences fit better than more. The sum
# stays below 2.
_NOT_FALSE: Final = 0.5
_PAIRED: Final = 0.02
_FIT: Final = 0.1


def pair_findings(
    reference: Sequence[Stated],
    reference_weights: Sequence[Significance],
    said: Sequence[Stated],
    said_weights: Sequence[Significance],
    kinship: KinshipTable,
    *,
    prior_shown: bool,
) -> Pairing:
    """Match what was said to the reference findings, whatever order either was said in.

    1. One to one, by the assignment that brings the most credit; ties go to the closer fit.
    2. What is left of the reference is also answered by a matched finding that covers it: both
       sides at once, several at once, or the same place under a near name.
    3. What is left of the learner's joins a reference finding that it restates or of which it is
       one side. Else, if it is kin to one, it strays.

    Both lists must be in an order that belongs to the findings, as `gather` gives them.
    """
    comparisons: dict[tuple[int, int], Comparison] = {}
    closest = kinship.closest
    for r, one in enumerate(reference):
        for p, other in enumerate(said):
            if closest(one.concepts, other.concepts) is None:
                # So it is with most, and not worth the asking of `compare`.
                continue
            is_urgent = reference_weights[r] is Significance.URGENT
            comparison = compare(one, other, kinship, is_urgent=is_urgent, prior_shown=prior_shown)
            if comparison is not None:
                comparisons[r, p] = comparison
    if not comparisons:
        return Pairing((), ())
    restating = {
        p
        for (r, p), comparison in comparisons.items()
        if comparison.significant <= _is_one_side(reference[r], said[p])
    }
    # What is vaguer than another that is exact will join that one.
    exact = {r for (r, _), comparison in comparisons.items() if not comparison.significant}
    restating |= {
        p
        for (r, p), comparison in comparisons.items()
        if r in exact and _is_only_vaguer(comparison)
    }
    chosen = assign(
        [
            (
                r,
                p,
                _value(
                    comparison,
                    WEIGHTS[reference_weights[r]],
                    0.0 if p in restating else WEIGHTS[said_weights[p]],
                ),
            )
            for (r, p), comparison in comparisons.items()
        ],
        most_pairs_first=False,
    )
    matched = {(r, p): comparisons[r, p].differences for r, p, _ in chosen}
    _cover_the_rest(reference, said, comparisons, matched)
    weights = {
        (r, p): min(WEIGHTS[reference_weights[r]], WEIGHTS[said_weights[p]]) for r, p in comparisons
    }
    strays = _join_the_rest(reference, said, comparisons, matched, weights)
    _join_signs_of_tension(reference, said, matched)
    return Pairing(
        pairs=tuple(
            Pair(r, p, differences)
            for (r, p), differences in sorted(matched.items(), key=lambda entry: entry[0])
        ),
        strays=tuple(strays),
    )


def _value(comparison: Comparison, credit: float, spared: float) -> float:
    fit = max(0.0, comparison.closeness - 0.3 * comparison.significant)
    return (credit / (1 + comparison.significant) + _NOT_FALSE * spared + _PAIRED + _FIT * fit) / 2


def _is_one_side(reference: Stated, said: Stated) -> bool:
    """Whether it is one side of a finding that the reference has on both."""
    return reference.where.sides == _BOTH and reference.where.distance(said.where) is _PARTLY


Matched = dict[tuple[int, int], tuple[Difference, ...]]


def _cover_the_rest(
    reference: Sequence[Stated],
    said: Sequence[Stated],
    comparisons: dict[tuple[int, int], Comparison],
    matched: Matched,
) -> None:
    """Let one finding of the learner's answer several of the reference's, where it says them."""
    answered = {r for r, _ in matched}
    for first, p in sorted(matched):
        for r in range(len(reference)):
            comparison = comparisons.get((r, p))
            if r in answered or comparison is None:
                continue
            if _covers(said[p], reference[r], reference[first], comparison):
                answered.add(r)
                matched[r, p] = comparison.differences
    for (r, p), differences in matched.items():
        if said[p].where.sides == _BOTH and _other_side_is_there(reference, r):
            matched[r, p] = _without_partly(differences, reference[r], said[p])


def _other_side_is_there(reference: Sequence[Stated], r: int) -> bool:
    """Whether the reference has the other side as a finding of its own: "bilateral" is right."""
    one = reference[r]
    return any(
        other.concept == one.concept and other.where.sides | one.where.sides == _BOTH
        for index, other in enumerate(reference)
        if index != r
    )


def _covers(said: Stated, rest: Stated, first: Stated, comparison: Comparison) -> bool:
    if said.concept == _ALL_DEVICES:
        # "Lines and tubes in good position" says something of each, and too little of each.
        return rest.region is Region.DEVICES
    distance = rest.where.distance(said.where)
    grave = comparison.significant - (distance is _PARTLY)
    if grave > 0 or distance > _PARTLY:
        return False
    if rest.concept == first.concept:
        # Two of a kind: only words that mean more than one say both.
        both_sides = said.where.sides == _BOTH and first.where.sides != rest.where.sides
        return both_sides or (said.number is not None and said.number != 1)
    if {first.concept, rest.concept} <= set(said.concepts):
        # "Cavity, ?TB" names both, whether or not that is one finding.
        return True
    return (
        rest.region is not Region.DEVICES
        and distance is Distance.SAME
        and bool(rest.where.sides or rest.where.levels)
        and first.where.may_be(rest.where)
    )


def _without_partly(
    differences: tuple[Difference, ...], reference: Stated, said: Stated
) -> tuple[Difference, ...]:
    if reference.where.distance(said.where) is not _PARTLY:
        return differences
    return tuple(d for d in differences if d.error is not ErrorType.LOCATION)


def _join_the_rest(
    reference: Sequence[Stated],
    said: Sequence[Stated],
    comparisons: dict[tuple[int, int], Comparison],
    matched: Matched,
    weights: Mapping[tuple[int, int], float],
) -> list[tuple[int, int]]:
    """Add what restates a finding, or is one side of it, to its matches; return the strays."""
    strays: list[tuple[int, int]] = []
    placed = {p for _, p in matched}
    for p in range(len(said)):
        kin = [(r, comparisons[r, p]) for r in range(len(reference)) if (r, p) in comparisons]
        if p in placed or not kin:
            continue
        r, comparison = min(kin, key=lambda entry: _grave(entry[1]))
        is_partly = reference[r].where.distance(said[p].where) is _PARTLY
        is_one_side = _is_one_side(reference[r], said[p])
        is_true = is_one_side or (is_partly and _other_side_is_there(reference, r))
        if comparison.significant - is_true > 0:
            exact = [
                one for one, other in kin if _is_only_vaguer(other) and _is_exact(one, matched)
            ]
            if exact:
                matched[exact[0], p] = ()
                continue
            # Of several the lightest, which might else be the one that it was matched with.
            r, comparison = min(kin, key=lambda entry: (weights[entry[0], p], *_grave(entry[1])))
            if weights[r, p] <= _LIGHT and not _is_elsewhere(comparison):
                # As a false finding it would weigh nothing; so it is told where it belongs.
                matched[r, p] = tuple(
                    replace(difference, gravity=Gravity.NEGLIGIBLE)
                    for difference in comparison.differences
                )
            else:
                strays.append((p, r))
            continue
        # Restated: what differs was told where it was first matched.
        matched[r, p] = ()
        if is_one_side:
            _complete_sides(reference[r], r, said, matched)
    return strays


def _grave(comparison: Comparison) -> tuple[int, float]:
    """An order of comparisons: the closest first."""
    return (comparison.significant, -comparison.closeness)


def _is_elsewhere(comparison: Comparison) -> bool:
    return any(
        difference.error is ErrorType.LOCATION and difference.gravity is Gravity.SIGNIFICANT
        for difference in comparison.differences
    )


def _is_only_vaguer(comparison: Comparison) -> bool:
    return all(
        difference.error is ErrorType.UNSPECIFIC
        for difference in comparison.differences
        if difference.gravity is Gravity.SIGNIFICANT
    )


def _is_exact(r: int, matched: Matched) -> bool:
    """Whether it was found without a grave difference: less, said as well, takes nothing away."""
    return any(
        ref == r and all(d.gravity is not Gravity.SIGNIFICANT for d in differences)
        for (ref, _), differences in matched.items()
    )


def _join_signs_of_tension(
    reference: Sequence[Stated], said: Sequence[Stated], matched: Matched
) -> None:
    """The shift away from a tension pneumothorax, and the diaphragm below it, are how that is seen,
    and no false finding.
    """
    placed = {p for _, p in matched}
    tense = [
        r
        for r in sorted({r for r, _ in matched})
        if "tension" in reference[r].descriptors and "pneumothorax" in reference[r].concepts
    ]
    if not tense:
        return
    for p, one in enumerate(said):
        if p in placed or one.concept not in _SIGNS_OF_TENSION:
            continue
        if one.concept == "flattened-diaphragm":
            beside = [r for r in tense if one.where.may_be(reference[r].where)]
            if beside:
                matched[beside[0], p] = ()
            continue
        away = [r for r in tense if not one.where.sides & reference[r].where.sides]
        if away:
            matched[away[0], p] = ()


def _complete_sides(one: Stated, r: int, said: Sequence[Stated], matched: Matched) -> None:
    """Both sides of a bilateral finding, said one by one, are all of it."""
    mates = [p for ref, p in matched if ref == r]
    sides = 0
    for p in mates:
        sides |= said[p].where.sides
    if sides == _BOTH:
        for p in mates:
            matched[r, p] = _without_partly(matched[r, p], one, said[p])
