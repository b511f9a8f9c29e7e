"""The judge by rules: it reads both texts, and compares what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from scoring.reports.crimson import WEIGHTS
from scoring.reports.evaluation import (
    AttributeMismatch,
    Evaluation,
    Match,
    ReadingContext,
    ReportFinding,
)
from scoring.reports.judge.differences import placement_of
from scoring.reports.judge.kinship import kinship_table
from scoring.reports.judge.pairing import Pairing, pair_findings
from scoring.reports.judge.remarks import find_remarks
from scoring.reports.judge.stated import Stated, gather
from scoring.reports.reader import (
    READER_VERSION,
    Certainty,
    ReportReading,
    Severity,
    read_report,
)
from scoring.reports.significance import (
    LADDER,
    PatientTable,
    Traits,
    Weighed,
    significance_table,
)

_POSSIBLE: Final = Certainty.POSSIBLE
_CASES_REMEMBERED: Final = 512
_TEXTS_REMEMBERED: Final = 64


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text, read for one patient: its findings and how much each matters.

    `text_order`: the places of the findings in the order in which they come in the text.
    `left_open`: what a learner only does not exclude. That claims nothing, so it is no finding:
    a report cannot be padded with it, and loses nothing by it.
    """

    reading: ReportReading
    findings: tuple[Stated, ...]
    weighed: tuple[Weighed, ...]
    text_order: tuple[int, ...]
    left_open: tuple[Stated, ...] = ()

    @property
    def has_borderline(self) -> bool:
        """Whether a heart that is just enlarged, or just not, is among the findings."""
        return any(
            "cardiomegaly" in finding.concepts and finding.severity is Severity.TRACE
            for finding in self.findings
        )


@lru_cache(maxsize=_TEXTS_REMEMBERED)
def read_once(text: str) -> ReportReading:
    """What the findings reader makes of a text; judge and style score share one reading."""
    return read_report(text)


class RulesJudge:
    """Compares two reports by the reader's lexicon and the tables beside it, and nothing else.

    The same texts, context and version always give the same evaluation.
    """

    def __init__(self) -> None:
        self._kinship = kinship_table()
        self._significance = significance_table()
        # A case is judged again and again, its reference is the same.
        self._read_reference = lru_cache(maxsize=_CASES_REMEMBERED)(self._read_reference_text)

    @property
    def name(self) -> str:
        return "rules"

    @property
    def version(self) -> str:
        return f"rules-1.6.0+{READER_VERSION}"

    def judge(self, reference: str, candidate: str, context: ReadingContext) -> Evaluation:
        """Compare a learner's text with the reference report."""
        prior_shown = is_prior_shown(context)
        ours = self._read_reference(reference, context)
        theirs = self._read_candidate(candidate, context, takes_borderline=ours.has_borderline)
        pairing = pair_findings(
            ours.findings,
            [weighed.significance for weighed in ours.weighed],
            theirs.findings,
            [weighed.significance for weighed in theirs.weighed],
            self._kinship,
            prior_shown=prior_shown,
        )
        answered = {pair.reference for pair in pairing.pairs}
        matched = {pair.said for pair in pairing.pairs}
        # What the radiologist only does not exclude may be said; it cannot be missed.
        told = [r for r in ours.text_order if r in answered or not ours.findings[r].is_open]
        reference_ids = _ids("R", told)
        said_ids = _ids("P", theirs.text_order)
        place_told = {index: place for place, index in enumerate(told)}
        place_said = {index: place for place, index in enumerate(theirs.text_order)}
        pairs = sorted(
            pairing.pairs, key=lambda pair: (place_told[pair.reference], place_said[pair.said])
        )
        said_weighed = _weigh_false(ours, theirs, pairing)
        missing = [r for r in told if r not in answered]
        return Evaluation(
            reference_findings=_report(ours, ours.weighed, reference_ids),
            predicted_findings=_report(theirs, said_weighed, said_ids),
            matched_findings=tuple(
                Match(reference_ids[pair.reference], said_ids[pair.said]) for pair in pairs
            ),
            false_findings=tuple(said_ids[p] for p in theirs.text_order if p not in matched),
            missing_findings=tuple(reference_ids[r] for r in missing),
            attribute_errors=tuple(
                AttributeMismatch(
                    reference_ids[pair.reference],
                    said_ids[pair.said],
                    difference.gravity,
                    (difference.error,),
                    difference.explanation,
                )
                for pair in pairs
                for difference in pair.differences
            ),
            remarks=find_remarks(
                theirs.reading,
                theirs.findings,
                theirs.left_open,
                [(reference_ids[r], ours.findings[r]) for r in missing],
                self._kinship,
                prior_shown=prior_shown,
            ),
        )

    def _read_reference_text(self, text: str, context: ReadingContext) -> ReadText:
        reading = read_once(text)
        findings = gather(reading, self._kinship)
        patient = self._significance.for_patient(context)
        return ReadText(
            reading,
            findings,
            tuple([_doubted(self._weigh(finding, patient), finding) for finding in findings]),
            _in_text_order(findings),
        )

    def _read_candidate(
        self, text: str, context: ReadingContext, *, takes_borderline: bool
    ) -> ReadText:
        """What a learner claims. A heart "at the upper limit of normal" is a claim only where the
        radiologist calls it borderline: the two mean the same.
        """
        reading = read_once(text)
        stated = gather(reading, self._kinship)
        findings = tuple(
            finding
            for finding in stated
            if not finding.is_open or (takes_borderline and finding.is_borderline)
        )
        patient = self._significance.for_patient(context)
        return ReadText(
            reading,
            findings,
            tuple([self._weigh(finding, patient) for finding in findings]),
            _in_text_order(findings),
            tuple(finding for finding in stated if finding.is_open and not finding.is_borderline),
        )

    def _weigh(self, finding: Stated, patient: PatientTable) -> Weighed:
        """The gravest of what it is said to be."""
        traits = Traits(
            finding.concept, finding.severity, finding.size_mm, finding.acuity,
            placement_of(finding), finding.descriptors, finding.certainty is _POSSIBLE,
        )  # fmt: skip
        if finding.weighed == (finding.concept,):
            return patient.weigh(traits)
        each = [patient.weigh(traits._replace(concept=concept)) for concept in finding.weighed]
        return max(each, key=lambda weighed: WEIGHTS[weighed.significance])


_NO_PRIOR: Final = frozenset(
    {"", "none", "no", "n/a", "na", "none available", "not available", "no prior", "no priors",
     "no comparison", "no comparisons", "none."}
)  # fmt: skip


def is_prior_shown(context: ReadingContext) -> bool:
    """Whether the learner could compare with an earlier film."""
    return context.comparison.strip().strip(".").lower() not in _NO_PRIOR


def _doubted(weighed: Weighed, finding: Stated) -> Weighed:
    """What the radiologist is not sure of counts one step less; what is left open, nothing."""
    if finding.is_borderline:
        return Weighed(LADDER[0], "The radiologist calls it normal, but only just.")
    if finding.is_open:
        return Weighed(LADDER[0], "The radiologist does not see it, and only does not exclude it.")
    if finding.certainty is not _POSSIBLE:
        return weighed
    return _step_down(weighed, "The radiologist is not sure of it.")


def _weigh_false(ours: ReadText, theirs: ReadText, pairing: Pairing) -> tuple[Weighed, ...]:
    """The learner's findings as they count when they are false.

    A stray is a second place or name for a finding that is there and was found: a smaller error
    than a finding that is nowhere, and never more than half of the finding it strays from. So
    adding the right one to a wrong one cannot cost.
    """
    weighed = list(theirs.weighed)
    for p, r in pairing.strays:
        bound = _step_down(ours.weighed[r], "")
        own = _step_down(theirs.weighed[p], "")
        lower = min(bound, own, key=lambda one: WEIGHTS[one.significance])
        weighed[p] = Weighed(
            lower.significance,
            f"It goes with “{ours.findings[r].title}”, which is found, but in another place or by "
            "another name: it counts less than a finding that is nowhere.",
        )
    return tuple(weighed)


def _step_down(weighed: Weighed, why: str) -> Weighed:
    step = LADDER.index(weighed.significance)
    return Weighed(LADDER[step - 1], why) if step else weighed


def _in_text_order(findings: Sequence[Stated]) -> tuple[int, ...]:
    return tuple(sorted(range(len(findings)), key=lambda index: (findings[index].spans[0], index)))


def _ids(prefix: str, text_order: Sequence[int]) -> dict[int, str]:
    """Numbered as they come in the text, for whoever reads both."""
    return {index: f"{prefix}{number}" for number, index in enumerate(text_order, start=1)}


def _report(
    text: ReadText, weighed: Sequence[Weighed], ids: dict[int, str]
) -> tuple[ReportFinding, ...]:
    return tuple(
        ReportFinding(
            id_,
            finding.title,
            weighed[index].significance,
            finding.concept,
            finding.spans,
            weighed[index].why,
        )
        for index, id_ in ids.items()
        for finding in (text.findings[index],)
    )
