"""What the page says about a submitted reading, read from what is stored with it."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from radgame.cases.dossier import open_report
from radgame.cases.models import Case
from radgame.minus import with_minus
from radgame.progress.models import Flag
from scoring.reports.evaluation import AttributeMismatch, Remark, Significance
from scoring.reports.marking import ReportMark, StyleMark, Term
from scoring.reports.scores import TermKind

from . import phrases
from .marking import Inputs, Marking, mark_reading
from .models import Attempt
from .outcomes import FindingOutcome, JudgedFinding, judged_findings
from .readings import Reading
from .segments import Segment, Span, TextMark, cut_text, join_spans
from .texts import JudgedText

# What needs looking at comes first; what has no weight for this patient comes last.
ORDER = [
    FindingOutcome.MISSED,
    FindingOutcome.FALSE,
    FindingOutcome.PARTLY,
    FindingOutcome.MATCHED,
]


@dataclass(frozen=True, slots=True)
class Difference:
    """In what the learner's finding differs from the radiologist's."""

    kinds: tuple[str, ...]
    codes: tuple[str, ...]
    significant: bool
    gravity: str
    explanation: str


@dataclass(frozen=True, slots=True)
class FindingCard:
    """One finding in plain words; ``key`` joins it with its places in both texts.

    ``counts``: it has weight for this patient, and so a part in the score.
    """

    number: int
    key: str
    outcome: str
    headline: str
    reference: str
    yours: tuple[str, ...]
    significance: str
    significance_label: str
    why: str
    differences: tuple[Difference, ...]
    points: str
    counts: bool
    has_reference: bool
    has_yours: bool

    @property
    def css(self) -> str:
        return self.outcome


@dataclass(frozen=True, slots=True)
class RemarkCard:
    """Something pointed out that costs nothing; ``about``: key of the finding it concerns."""

    key: str
    kind: str
    label: str
    text: str
    about: str


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One step of the score; the points of all steps add up to it, and equal ones are equal."""

    key: str
    label: str
    weight: str
    points: str


@dataclass(frozen=True, slots=True)
class StylePartCard:
    name: str
    label: str
    value: float
    words: str
    advice: str
    observed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StyleCard:
    percent: int
    parts: tuple[StylePartCard, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a report, cut where findings begin and end."""

    key: str
    title: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class ReportFeedback:
    score_percent: int
    verdict: str
    findings: tuple[FindingCard, ...]
    remarks: tuple[RemarkCard, ...]
    terms: tuple[ScoreTerm, ...]
    arithmetic: str
    weighing: str
    figures: tuple[str, ...]
    style: StyleCard
    yours: tuple[Section, ...]
    reference: tuple[Section, ...]
    judge: str
    flags: tuple[Flag, ...]

    @property
    def lines(self) -> tuple[FindingCard, ...]:
        """What can be disputed."""
        return self.findings


def build_feedback(
    attempt: Attempt, *, fresh: bool = False, explains: bool = True
) -> ReportFeedback:
    """Gather a submitted attempt's feedback in a constant number of queries.

    A ``fresh`` one, submitted by this very request, cannot have been disputed yet. ``explains``:
    whether it says why a finding matters, and in what words a difference lies.
    """
    if attempt.result is None:
        raise ValueError("Feedback is for submitted attempts only.")
    marking = Marking.from_json(attempt.result)
    told = explain(
        marking.mark,
        marking.inputs,
        technique=open_report(attempt.case).technique,
        synthetic=attempt.case.dataset.synthetic,
        flags=() if fresh else tuple(Flag.objects.filter(outcome=attempt.outcome_id)),
    )
    return told if explains else _without_reasons(told)


def _without_reasons(told: ReportFeedback) -> ReportFeedback:
    """What was found and missed, and in what it differs by kind; not why."""
    return replace(
        told,
        findings=tuple(
            replace(
                card,
                why="",
                differences=tuple(replace(one, explanation="") for one in card.differences),
            )
            for card in told.findings
        ),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A case's report with what it states; nobody wrote another."""

    report: tuple[Section, ...]
    findings: tuple[FindingCard, ...]
    headline: str


def build_shown(case: Case) -> Shown:
    """The radiologist's report of a case as feedback tells it.

    Compared with itself by the rules, so that what it states, and what that weighs for this
    patient, is told as after a submit.
    """
    report = open_report(case)
    reading = Reading(report.findings, report.impression)
    marking = mark_reading(reading, report, case.study)
    synthetic = case.dataset.synthetic
    told = explain(marking.mark, marking.inputs, technique=report.technique, synthetic=synthetic)
    found = tuple(replace(card, headline=card.reference) for card in told.findings)
    return Shown(
        report=told.reference,
        findings=found,
        headline=ngettext(
            "%(count)d finding is stated.", "%(count)d findings are stated.", len(found)
        )
        % {"count": len(found)}
        if found
        else phrases.reference_normal(synthetic=synthetic),
    )


def explain(
    mark: ReportMark,
    inputs: Inputs,
    *,
    technique: str = "",
    synthetic: bool = False,
    flags: tuple[Flag, ...] = (),
) -> ReportFeedback:
    """A mark and the texts it was given for, in words.

    No radiologist read a ``synthetic`` film, so no sentence may say that one did.
    """
    score_percent = round(mark.score * 100)
    found = tuple(judged_findings(mark.evaluation))
    steps = _steps(mark, found, score_percent)
    page = _Page(mark, inputs, found, steps, score_percent, synthetic)
    whole = Section("technique", phrases.section_title("technique"), (Segment(technique, (), ""),))
    return ReportFeedback(
        score_percent=score_percent,
        verdict=page.verdict(),
        findings=page.cards(),
        remarks=page.remarks(),
        terms=page.terms(),
        arithmetic=page.arithmetic(),
        weighing=page.weighing(),
        figures=page.figures(),
        style=_style(mark.style),
        yours=page.yours(),
        reference=(*((whole,) if technique.strip() else ()), *page.reference()),
        judge=phrases.judge_sentence(mark.judge, mark.version),
        flags=flags,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """A term of the score; ``number``: of the finding it is about, if any."""

    term: Term
    number: int | None
    tenths: int


def _steps(
    mark: ReportMark, found: Sequence[JudgedFinding], score_percent: int
) -> tuple[_Step, ...]:
    # A judge may number both texts alike, so an id says nothing without its side.
    numbers = {(judged.reference is None, judged.subject.id): n for n, judged in enumerate(found)}
    points = points_in_tenths([term.credit for term in mark.terms], score_percent)
    return tuple(
        _Step(term, numbers.get((term.kind == TermKind.FALSE, term.finding_id)), tenths)
        for term, tenths in zip(mark.terms, points, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Page:
    mark: ReportMark
    inputs: Inputs
    found: tuple[JudgedFinding, ...]
    steps: tuple[_Step, ...]
    score_percent: int
    synthetic: bool

    # --- findings -----------------------------------------------------------
    def cards(self) -> tuple[FindingCard, ...]:
        numbered = sorted(enumerate(self.found), key=lambda item: _urgency(item[1]))
        points = {step.number: _signed(step.tenths) for step in self.steps}
        return tuple(self._card(number, judged, points) for number, judged in numbered)

    def _card(
        self, number: int, judged: JudgedFinding, points: Mapping[int | None, str]
    ) -> FindingCard:
        subject = judged.subject
        return FindingCard(
            number=number,
            key=_key(number),
            outcome=judged.outcome.value,
            headline=self._headline(judged),
            reference=judged.reference.finding if judged.reference else "",
            yours=tuple(finding.finding for finding in judged.predicted),
            significance=subject.clinical_significance.value,
            significance_label=phrases.significance_label(subject.clinical_significance),
            why=self._told(subject.why),
            differences=tuple(self._difference(error) for error in judged.differences),
            points=points.get(number, ""),
            counts=bool(judged.weight),
            has_reference=judged.reference is not None and bool(judged.reference.spans),
            has_yours=any(finding.spans for finding in judged.predicted),
        )

    def _headline(self, judged: JudgedFinding) -> str:
        return phrases.headline(judged.outcome, judged.subject.finding, synthetic=self.synthetic)

    def _told(self, sentence: str) -> str:
        """A judge's sentence. A judge is handed two texts, and not told that one has no author."""
        return phrases.without_radiologist(sentence) if self.synthetic else sentence

    def _difference(self, error: AttributeMismatch) -> Difference:
        return Difference(
            kinds=tuple(phrases.difference_label(kind) for kind in error.error_types),
            codes=tuple(kind.value for kind in error.error_types),
            significant=error.severity == "significant",
            gravity=phrases.gravity_label(error.severity),
            explanation=self._told(error.explanation),
        )

    def remarks(self) -> tuple[RemarkCard, ...]:
        return tuple(
            RemarkCard(
                key=_remark_key(number),
                kind=remark.kind.value,
                label=phrases.remark_label(remark.kind),
                text=self._told(remark.text),
                about=self._about(remark),
            )
            for number, remark in enumerate(self.mark.evaluation.remarks)
        )

    def _about(self, remark: Remark) -> str:
        for number, judged in enumerate(self.found):
            if judged.reference is not None and judged.reference.id == remark.ref_id:
                return _key(number)
        return ""

    # --- score --------------------------------------------------------------
    def terms(self) -> tuple[ScoreTerm, ...]:
        return tuple(
            ScoreTerm(
                key="" if step.number is None else _key(step.number),
                label=self._step_label(step),
                weight=f"{step.term.weight:g}",
                points=_signed(step.tenths),
            )
            for step in self.steps
        )

    def _step_label(self, step: _Step) -> str:
        if step.number is None:
            return _("Nothing on this film counts as abnormal")
        return self._headline(self.found[step.number])

    def arithmetic(self) -> str:
        # Of what the lines do not tell to the last tenth the sum does.
        found = round(sum(1000 * s.term.credit for s in self.steps if s.term.credit > 0))
        sum_of = round(sum(1000 * step.term.credit for step in self.steps))
        if all(step.tenths % 10 == 0 for step in self.steps):
            found = sum(step.tenths for step in self.steps if step.tenths > 0)
            sum_of = 10 * self.score_percent
        names = {
            "found": f"{found / 10:g}",
            "lost": f"{(found - sum_of) / 10:g}",
            "sum": f"{sum_of / 10:g}",
            "score": self.score_percent,
        }
        if found > sum_of and sum_of % 10:
            return (
                _(
                    "%(found)s for what was read right, less %(lost)s for what the reference "
                    "report does not say: %(sum)s, rounded to %(score)d of 100."
                )
                % names
            )
        if sum_of % 10:
            return _("%(found)s for what was read right: rounded, %(score)d of 100.") % names
        if found > sum_of:
            return (
                _(
                    "%(found)s for what was read right, less %(lost)s for what the reference "
                    "report does not say: %(score)d of 100."
                )
                % names
            )
        return _("%(found)s for what was read right: %(score)d of 100.") % names

    def weighing(self) -> str:
        """The same score as a share of weights: what `game_score` divides by what."""
        there = sum(s.term.weight for s in self.steps if s.term.kind != TermKind.FALSE)
        added = sum(s.term.weight for s in self.steps if s.term.kind == TermKind.FALSE)
        return _(
            "In weights: %(right)s read right, of %(there)s in the reference report and "
            "%(added)s added to it. An urgent finding weighs 1, one that needs action 0.5, one "
            "that needs none 0.25; with a difference that counts it brings a half, with two a "
            "third."
        ) % {
            "right": f"{round(self.mark.score * (there + added), 2):g}",
            "there": f"{there:g}",
            "added": f"{added:g}",
        }

    def figures(self) -> tuple[str, ...]:
        """The field's own figures; one that has nothing to be a share of is left out."""
        mark, counts = self.mark, self.mark.counts
        lines = [
            _(
                "Findings: %(matched)d found, %(missing)d missed, %(false)d not in the reference "
                "report. Differences: %(significant)d counted, %(negligible)d not."
            )
            % {
                "matched": counts.matched,
                "missing": counts.missing,
                "false": counts.false,
                "significant": counts.significant_errors,
                "negligible": counts.negligible_errors,
            },
            _("CRIMSON %(value)s, from −1 to 1.") % {"value": with_minus(f"{mark.crimson:.2f}")},
            _("Burden %(value).2f: 1 is no error at all.") % {"value": mark.burden},
        ]
        if mark.green is not None:
            lines.append(
                _("GREEN %(value).2f: the share of matches among matches and errors.")
                % {"value": mark.green}
            )
        return tuple(lines)

    def verdict(self) -> str:
        if not self.found:
            return phrases.both_normal(synthetic=self.synthetic)
        if all(judged.reference is None for judged in self.found):
            return phrases.reference_normal(synthetic=self.synthetic)
        if all(judged.outcome is FindingOutcome.MATCHED for judged in self.found):
            return phrases.all_reported(synthetic=self.synthetic)
        counted = [judged for judged in self.found if judged.weight]
        missed = [judged for judged in counted if judged.outcome is FindingOutcome.MISSED]
        if missed:
            uncounted = any(
                judged.outcome is FindingOutcome.MISSED and not judged.weight
                for judged in self.found
            )
            return _missed_words(missed, uncounted=uncounted)
        if all(judged.outcome is FindingOutcome.MATCHED for judged in counted):
            return _("You reported everything that matters for this patient.")
        return _("Nothing that counts was missed; not everything was right.")

    # --- texts --------------------------------------------------------------
    def yours(self) -> tuple[Section, ...]:
        text = self.inputs.candidate.text
        marks = [
            mark
            for number, judged in enumerate(self.found)
            for finding in judged.predicted
            for mark in _marks(text, finding.spans, _key(number), judged.outcome.value)
        ]
        for number, remark in enumerate(self.mark.evaluation.remarks):
            marks += _marks(text, remark.spans, _remark_key(number), "remark")
        return _sections(self.inputs.candidate, marks)

    def reference(self) -> tuple[Section, ...]:
        text = self.inputs.reference.text
        marks = [
            mark
            for number, judged in enumerate(self.found)
            if judged.reference is not None
            for mark in _marks(text, judged.reference.spans, _key(number), judged.outcome.value)
        ]
        return _sections(self.inputs.reference, marks)


def points_in_tenths(credits: Sequence[float], total: int) -> list[int]:
    """Credits as tenths of a point of 100; those that are equal are told equal.

    In whole points where such add up to ``total``, the rounded sum; else in tenths that add up to
    the sum. Three equal thirds of 100 can do neither, and each is then rounded alone.
    """
    whole = _shared([100 * credit for credit in credits], total)
    if whole is not None:
        return [10 * points for points in whole]
    tenths = [1000 * credit for credit in credits]
    return _shared(tenths, round(sum(tenths))) or [round(value) for value in tenths]


def _shared(values: Sequence[float], total: int) -> list[int] | None:
    """Values as whole numbers that add up to ``total``, equal ones alike; None if none were found.

    Each is rounded down, and what is left goes to those that lost most by it.
    """
    # What differs by an error of the arithmetic is equal, and as good as whole.
    near = [round(value, 6) for value in values]
    groups = Counter(near)
    left = total - sum(math.floor(value) * count for value, count in groups.items())
    given = set()
    for value, count in sorted(groups.items(), key=lambda group: math.floor(group[0]) - group[0]):
        if count <= left and value > math.floor(value):
            given.add(value)
            left -= count
    if left:
        return None
    return [math.floor(value) + (value in given) for value in near]


def _urgency(judged: JudgedFinding) -> tuple[bool, int, float]:
    return not judged.weight, ORDER.index(judged.outcome), -judged.weight


def _missed_words(missed: Sequence[JudgedFinding], *, uncounted: bool) -> str:
    """``uncounted``: the list shows more misses than these, of no weight for this patient."""
    urgent = sum(judged.subject.clinical_significance is Significance.URGENT for judged in missed)
    names = {"count": len(missed), "urgent": urgent}
    if not urgent and uncounted:
        words = ngettext(
            "%(count)d finding that counts was missed.",
            "%(count)d findings that count were missed.",
            len(missed),
        )
        return words % names
    if not urgent:
        words = ngettext(
            "%(count)d finding was missed.", "%(count)d findings were missed.", len(missed)
        )
        return words % names
    words = ngettext(
        "%(count)d finding was missed, %(urgent)d urgent.",
        "%(count)d findings were missed, %(urgent)d urgent.",
        len(missed),
    )
    return words % names


def _key(number: int) -> str:
    return f"f{number}"


def _remark_key(number: int) -> str:
    return f"r{number}"


def _signed(tenths: int) -> str:
    return with_minus(f"{tenths / 10:+g}" if tenths else "0")


def _marks(text: str, spans: Iterable[Span], key: str, outcome: str) -> list[TextMark]:
    # A judge points at words; a reader sees the passage that they make.
    return [TextMark(start, end, key, outcome) for start, end in join_spans(text, spans)]


def _sections(judged: JudgedText, marks: Sequence[TextMark]) -> tuple[Section, ...]:
    return tuple(
        Section(
            key=part.section,
            title=phrases.section_title(part.section),
            segments=cut_text(judged.text, part.start, part.end, marks),
        )
        for part in judged.parts
    )


def _style(style: StyleMark) -> StyleCard:
    return StyleCard(
        percent=round(style.score * 100),
        parts=tuple(
            StylePartCard(
                name=part.name,
                label=phrases.style_label(part.name),
                value=part.value,
                words=phrases.style_words(part.value),
                advice=part.advice,
                observed=part.observed,
            )
            for part in style.parts
        ),
    )
