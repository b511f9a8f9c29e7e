"""Which finding of one judge is which of another's, by where they lie in the same texts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoring.reports.evaluation import Gravity, Significance, Span

from .outcomes import FindingOutcome, JudgedFinding


@dataclass(frozen=True, slots=True)
class Pair:
    """What two judges made of one thing; None for a judge that does not name it."""

    first: JudgedFinding | None
    second: JudgedFinding | None

    @property
    def differs(self) -> bool:
        """Whether it could move the score; what weighs nothing with either judge cannot."""
        if not any(judged.weight for judged in (self.first, self.second) if judged):
            return False
        return self.first is None or self.second is None or _told(self.first) != _told(self.second)


def pair_findings(
    first: Sequence[JudgedFinding], second: Sequence[JudgedFinding]
) -> tuple[Pair, ...]:
    """Each finding of either judge at least once: the first's in order, then what is left.

    Whoever shares most of the text with whom goes together. Where one judge splits what the other
    takes as one, the parts that are left over go with the same one.
    """
    likeness = {
        (n, m): likely
        for n, one in enumerate(first)
        for m, other in enumerate(second)
        if (likely := _likeness(one, other))
    }
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for n, m in sorted(likeness, key=lambda pair: (-likeness[pair], pair)):
        if n not in partners and m not in taken:
            partners[n] = m
            taken.add(m)
    for n in range(len(first)):
        if n not in partners and (near := _nearest((m, likeness.get((n, m), 0.0)) for m in taken)):
            partners[n] = near[0]
    pairs = [
        Pair(one, second[partners[n]] if n in partners else None) for n, one in enumerate(first)
    ]
    for m, other in enumerate(second):
        if m not in taken:
            near = _nearest((n, likeness.get((n, m), 0.0)) for n in range(len(first)))
            pairs.append(Pair(first[near[0]] if near else None, other))
    return tuple(pairs)


def _nearest(likely: Iterable[tuple[int, float]]) -> tuple[int, float] | None:
    best = max(likely, key=lambda found: (found[1], -found[0]), default=None)
    return best if best is not None and best[1] > 0 else None


def _told(judged: JudgedFinding) -> tuple[FindingOutcome, Significance, int]:
    """All that the game's score depends on."""
    return judged.outcome, judged.subject.clinical_significance, significant_differences(judged)


def significant_differences(judged: JudgedFinding) -> int:
    return sum(error.severity is Gravity.SIGNIFICANT for error in judged.differences)


def _likeness(one: JudgedFinding, other: JudgedFinding) -> float:
    """How much of the text two findings share, 0 to 2; a false finding has no place in one text."""
    in_reference = _overlap(_reference_spans(one), _reference_spans(other))
    in_candidate = _overlap(_candidate_spans(one), _candidate_spans(other))
    if (one.reference is None) == (other.reference is None):
        # What the radiologist wrote is the better guide; the learner's words settle a tie.
        return in_reference + 0.5 * in_candidate if one.reference else in_candidate
    return 0.25 * in_candidate


def _reference_spans(judged: JudgedFinding) -> tuple[Span, ...]:
    return judged.reference.spans if judged.reference else ()


def _candidate_spans(judged: JudgedFinding) -> tuple[Span, ...]:
    return tuple(span for finding in judged.predicted for span in finding.spans)


def _overlap(one: Sequence[Span], other: Sequence[Span]) -> float:
    """Intersection over union in code points; 0 where either has no place."""
    here, there = _places(one), _places(other)
    return len(here & there) / len(here | there) if here and there else 0.0


def _places(spans: Sequence[Span]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}
