"""What the page says about a submitted attempt, read from what is stored with it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from radgame.cases.dossier import CaseSheet, FindingFacts, open_key, open_sheet
from radgame.cases.models import Case, View
from radgame.cases.reference import Agreement, CaseReference, Statement
from radgame.progress.models import Flag
from scoring.explanations import Kind as About
from scoring.explanations import Request
from scoring.explanations.atlas import atlas_text
from scoring.explanations.places import RegionSide, places_of
from scoring.localization import (
    Box,
    Kind,
    Line,
    LocalizationResult,
    Outcome,
    percentile_of,
)

from .answers import Answer, answer_from_json
from .marking import mark_answer
from .models import Attempt

Corners = tuple[float, float, float, float]

NOTHING = SafeString("")
NO_WORDS: Mapping[int, SafeString] = {}
NO_FINDINGS_WORDS: Mapping[str, SafeString] = {}
NOTHING_MARKED = Answer((), (), normal=False)

# What needs looking at comes first.
ORDER = [
    Outcome.MISSED,
    Outcome.WRONG_FINDING,
    Outcome.MISPLACED,
    Outcome.FALSE_MARK,
    Outcome.HIT,
    Outcome.NOT_SCORED,
]
# The place in words is for what the learner did not look at; in the rest the place was right.
TELLS_PLACE = {Outcome.MISSED, Outcome.MISPLACED}
# A box's zone is a third of the film, a report's is one of the lung: where the experts' sentence
# names one, another beside it would contradict them.
_NAMES_ZONE = re.compile(
    r"\b(?:upper|mid|middle|lower) (?:lung )?(?:zone|field|lobe)s?\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FeedbackLine:
    """One outcome in plain words, with the shapes it lights on the film.

    ``words``: a model's, as markup, or the place where they will stand.
    """

    number: int | None
    outcome: str
    headline: str
    credit: str
    facts: tuple[str, ...]
    sentence: str
    explanation: str
    explanation_source: str
    marks: tuple[int, ...]
    regions: tuple[int, ...]
    words: SafeString = NOTHING

    @property
    def css(self) -> str:
        return self.outcome.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Feedback:
    lines: tuple[FeedbackLine, ...]
    score_percent: int
    verdict: str
    arithmetic: str
    review: dict[str, Any]
    flags: tuple[Flag, ...]
    figures: tuple[str, ...]


def build_feedback(
    attempt: Attempt,
    *,
    fresh: bool = False,
    words: Mapping[int, SafeString] = NO_WORDS,
    explains: bool = True,
) -> Feedback:
    """Gather a submitted attempt's feedback in a constant number of queries.

    A ``fresh`` one, submitted by this very request, cannot have been disputed yet.
    ``words``: what stands of a model's under the lines, by their numbers. ``explains``: whether
    the dataset's or the taxonomy's stand there.
    """
    if attempt.result is None:
        raise ValueError("Feedback is for submitted attempts only.")
    result = LocalizationResult.from_dict(attempt.result["result"])
    inputs = attempt.result["inputs"]
    answer = answer_from_json(attempt.answer)
    key = open_key(attempt.case)
    page = _Page(
        result=result,
        inputs=inputs,
        answer=answer,
        reference=key.reference,
        agreement=key.agreement,
        sheet=open_sheet(attempt.case),
        synthetic=attempt.case.dataset.synthetic,
        words=words,
        explains=explains,
    )
    lines = page.lines()
    return Feedback(
        lines=tuple(lines),
        score_percent=round(result.score * 100),
        verdict=page.verdict(),
        arithmetic=page.arithmetic(),
        review=page.review(),
        flags=() if fresh else tuple(Flag.objects.filter(outcome=attempt.outcome_id)),
        figures=tuple(page.figures()),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """The reference standard of a case that is shown with its answer; nobody answered it."""

    lines: tuple[FeedbackLine, ...]
    review: dict[str, Any]
    headline: str


def build_shown(case: Case, words: Mapping[str, SafeString] = NO_FINDINGS_WORDS) -> Shown:
    """What the experts say of a case, as feedback tells it; ``words``: a model's, by finding."""
    key = open_key(case)
    marking = mark_answer(NOTHING_MARKED, key.reference, key.agreement)
    page = _Page(
        result=marking.result,
        inputs=marking.inputs,
        answer=NOTHING_MARKED,
        reference=key.reference,
        agreement=key.agreement,
        sheet=open_sheet(case),
        synthetic=case.dataset.synthetic,
        words={
            number: words[line.finding]
            for number, line in enumerate(marking.result.lines)
            if line.finding in words
        },
    )
    return Shown(lines=tuple(page.shown()), review=page.shown_review(), headline=page.summing_up())


@dataclass(frozen=True, slots=True)
class _Page:
    result: LocalizationResult
    inputs: dict[str, Any]
    answer: Answer
    reference: CaseReference
    agreement: Mapping[str, Agreement]
    sheet: CaseSheet
    synthetic: bool
    words: Mapping[int, SafeString]
    explains: bool = True

    # --- lines --------------------------------------------------------------
    def lines(self) -> list[FeedbackLine]:
        numbered = sorted(
            enumerate(self.result.lines), key=lambda item: ORDER.index(item[1].outcome)
        )
        shown = [self._line(number, line) for number, line in numbered]
        return shown + [self._other_outline(index) for index in self._uncovered()]

    # --- shown with the answer ------------------------------------------------
    def shown(self) -> list[FeedbackLine]:
        """A line for each statement, without a word of what was or was not answered."""
        lines = []
        for number, line in enumerate(self.result.lines):
            told = self._line(number, line)
            is_aside = line.outcome is Outcome.NOT_SCORED
            fact = self._aside_fact(line) if is_aside else ""
            lines.append(
                replace(
                    told,
                    outcome=(Outcome.NOT_SCORED if is_aside else Outcome.HIT).value,
                    headline=self._name(line.finding),
                    facts=(fact,) if fact else (),
                )
            )
        others = [
            replace(self._other_outline(index), facts=(self._marked_too(index),))
            for index in self._uncovered()
        ]
        return [*lines, *self._unmarked(), *others]

    def _unmarked(self) -> list[FeedbackLine]:
        """What is said to be present and was drawn nowhere: the scorer has no line for it."""
        told = {line.finding for line in self.result.lines}
        stated = {s.finding: s for s in self.reference.statements if s.finding not in told}
        lines = []
        for slug, statement in stated.items():
            finding = self.sheet.findings.get(slug)
            words = (statement.explanation, statement.explanation_source)
            if not statement.explanation and finding is not None:
                words = (finding.appearance, finding.appearance_source)
            lines.append(
                FeedbackLine(
                    number=None,
                    outcome=Outcome.NOT_SCORED.value,
                    headline=self._name(slug),
                    credit="",
                    facts=(_("The experts say it is present but drew no region."),),
                    sentence=_sentence(statement),
                    explanation=words[0],
                    explanation_source=words[1],
                    marks=(),
                    regions=(),
                )
            )
        return lines

    def _aside_fact(self, line: Line) -> str:
        if line.reason == "minority":
            return _("Marked by fewer than half of the readers.")
        return ""

    def _marked_too(self, index: int) -> str:
        names = {"reader": self.inputs["regions"][index]["reader"]}
        return _("%(reader)s marked this too.") % names

    def shown_review(self) -> dict[str, Any]:
        review = self.review()
        for region in review["regions"]:
            if region["outcome"] != Outcome.NOT_SCORED.value:
                region["outcome"] = Outcome.HIT.value
        return review

    def summing_up(self) -> str:
        stated = len({statement.finding for statement in self.reference.statements})
        if self.reference.is_normal:
            return self._read_as_normal()
        if not stated:
            return _("Nothing is stated of this film.")
        if self.synthetic:
            return ngettext(
                "%(count)d finding was drawn into this film.",
                "%(count)d findings were drawn into this film.",
                stated,
            ) % {"count": stated}
        return ngettext(
            "The experts state %(count)d finding.", "The experts state %(count)d findings.", stated
        ) % {"count": stated}

    def _line(self, number: int, line: Line) -> FeedbackLine:
        regions = self._regions_of(line)
        statement = self._statement(line, regions)
        explanation, source = self._explanation(line, statement, regions)
        return FeedbackLine(
            number=number,
            outcome=line.outcome.value,
            headline=self._headline(line),
            credit=_credit(line),
            facts=tuple(self._facts(line)),
            sentence=_sentence(statement),
            explanation=explanation,
            explanation_source=source,
            marks=() if line.mark is None else (line.mark,),
            regions=regions,
            words=self.words.get(number, NOTHING),
        )

    def _other_outline(self, index: int) -> FeedbackLine:
        region = self.inputs["regions"][index]
        return FeedbackLine(
            number=None,
            outcome=Outcome.NOT_SCORED.value,
            headline=_("Also marked: %(finding)s.") % {"finding": self._name(region["finding"])},
            credit="",
            facts=(
                _(
                    "%(reader)s marked this too; you were compared with the reader who agrees "
                    "with you most. Not scored."
                )
                % {"reader": region["reader"]},
            ),
            sentence="",
            explanation="",
            explanation_source="",
            marks=(),
            regions=(index,),
        )

    def _regions_of(self, line: Line) -> tuple[int, ...]:
        """Places in the page's list of regions: compared ones first, shown ones after."""
        if line.kind is Kind.DRAW or line.outcome is Outcome.NOT_SCORED:
            return line.regions
        offset = len(self.inputs["regions"])
        return tuple(
            offset + index
            for index, region in enumerate(self.inputs["shown"])
            if region["finding"] == line.finding
        )

    def _uncovered(self) -> list[int]:
        covered = {index for line in self.result.lines for index in line.regions}
        return [i for i in range(len(self.inputs["regions"])) if i not in covered]

    def _name(self, slug: str) -> str:
        finding = self.sheet.findings.get(slug)
        return finding.name if finding else slug

    def _headline(self, line: Line) -> str:
        names = {"finding": self._name(line.finding)}
        match line.outcome:
            case Outcome.HIT:
                return _("Found: %(finding)s.") % names
            case Outcome.MISPLACED:
                return _("Right finding, wrong place: %(finding)s.") % names
            case Outcome.WRONG_FINDING:
                names["reference"] = self._name(line.reference_finding or "")
                return _("Right place, wrong finding: %(reference)s, not %(finding)s.") % names
            case Outcome.FALSE_MARK if line.kind is Kind.SELECT:
                return _("Not present: %(finding)s.") % names
            case Outcome.FALSE_MARK if line.reason == "duplicate":
                # The finding is there: only the second box is one too many.
                return _("Marked twice: %(finding)s.") % names
            case Outcome.FALSE_MARK:
                return _("False mark: %(finding)s.") % names
            case Outcome.MISSED:
                return _("Missed: %(finding)s.") % names
            case Outcome.NOT_SCORED:
                return _("Not scored: %(finding)s.") % names

    def _facts(self, line: Line) -> list[str]:
        match line.outcome:
            case Outcome.HIT | Outcome.MISPLACED | Outcome.WRONG_FINDING:
                return self._overlap_facts(line)
            case Outcome.FALSE_MARK:
                return self._false_mark_facts(line)
            case Outcome.NOT_SCORED:
                return [self._not_scored_fact(line)]
            case Outcome.MISSED:
                return []

    def _overlap_facts(self, line: Line) -> list[str]:
        if line.iou is None or line.threshold is None:
            return []
        facts = [
            _("Overlap with the reference %(iou).2f; %(threshold).2f counts.")
            % {"iou": line.iou, "threshold": line.threshold}
        ]
        known = self.agreement.get(line.reference_finding or line.finding)
        if known is not None and known.quantiles:
            share = round(percentile_of(line.iou, known.quantiles) * 100)
            facts.append(
                _(
                    "Two radiologists overlap by %(median).2f at the median here; yours is as good "
                    "as %(share)d %% of their pairs (%(pairs)d compared)."
                )
                % {"median": known.median, "share": share, "pairs": known.pairs}
            )
        elif known is not None:
            facts.append(
                _("Two radiologists overlap by %(median).2f at the median for this finding.")
                % {"median": known.median}
            )
        return facts

    def _false_mark_facts(self, line: Line) -> list[str]:
        if line.reason == "duplicate":
            return [
                _("A second box on a region that was already found: it counts as a false mark.")
            ]
        # Of a normal film the verdict says why, once for all marks on it.
        facts = [] if self.reference.is_normal else [self._why_false(line)]
        neighbour = self._largest_overlap(line)
        if neighbour:
            facts.append(neighbour)
        return facts

    def _why_false(self, line: Line) -> str:
        if line.finding in {region["finding"] for region in self.inputs["regions"]}:
            if self.synthetic:
                return _("It was drawn elsewhere on the film; each region has its own line.")
            return _(
                "The experts marked this elsewhere on the film, and each of those regions has "
                "its own line."
            )
        if self.synthetic:
            return _("This film is synthetic and was drawn without it.")
        return _("The experts looked for this on the film and marked none.")

    def _read_as_normal(self) -> str:
        """Nobody read a synthetic film: it is normal because nothing was drawn into it."""
        if self.synthetic:
            return _("This film is synthetic and was drawn without findings.")
        return _("An expert read this film as normal.")

    def _largest_overlap(self, line: Line) -> str:
        """What of the reference lies under a false mark: the likeliest thing to mistake it for."""
        if line.mark is None:
            return ""
        mark = self.answer.marks[line.mark]
        box = Box(*mark.box)
        overlaps = [
            (box.intersection(Box(*region["box"])), region["finding"])
            for region in [*self.inputs["regions"], *self.inputs["shown"]]
            if region["image"] == mark.image and region["finding"] != line.finding
        ]
        area, finding = max(overlaps, default=(0.0, ""))
        if not area:
            return ""
        values = {"share": round(100 * area / box.area), "finding": self._name(finding)}
        if self.synthetic:
            return _("%(share)d %% of your box lies on what was drawn as %(finding)s.") % values
        return (
            _("%(share)d %% of your box lies on what the experts marked as %(finding)s.") % values
        )

    def _not_scored_fact(self, line: Line) -> str:
        match line.reason:
            case "unlocated":
                return _(
                    "The experts say it is present but drew no region, so no mark can be "
                    "compared with it."
                )
            case "minority":
                readers = {
                    region["reader"]
                    for region in self.inputs["regions"]
                    if region["finding"] == line.finding
                }
                return ngettext(
                    "Marked by %(count)d of %(total)d readers: you may leave it out.",
                    "Marked by %(count)d of %(total)d readers: you may leave it out.",
                    len(readers),
                ) % {"count": len(readers), "total": len(self.inputs["readers"])}
            case _other:
                return _("This dataset does not say whether it is present on this film.")

    # --- words --------------------------------------------------------------
    def _statement(self, line: Line, regions: Sequence[int]) -> Statement | None:
        by_id = {statement.id: statement for statement in self.reference.statements}
        everything = [*self.inputs["regions"], *self.inputs["shown"]]
        for index in regions:
            found = by_id.get(everything[index]["statement"])
            if found is not None:
                return found
        if line.outcome is Outcome.FALSE_MARK:
            return None
        wanted = line.reference_finding or line.finding
        return next((s for s in self.reference.statements if s.finding == wanted), None)

    def _explanation(
        self, line: Line, statement: Statement | None, regions: Sequence[int]
    ) -> tuple[str, str]:
        """The dataset's own words, else the taxonomy's, with whose they are."""
        if not self.explains:
            return "", ""
        if statement is not None and statement.explanation:
            return statement.explanation, statement.explanation_source
        finding = self.sheet.findings.get(line.reference_finding or line.finding)
        if finding is None or line.reason == "outside_label_set":
            return "", ""
        is_placed = statement is not None and bool(_NAMES_ZONE.search(statement.sentence))
        looks = self._atlas(line, finding, () if is_placed else regions)
        return looks, finding.appearance_source

    def _atlas(self, line: Line, finding: FindingFacts, regions: Sequence[int]) -> str:
        looks = finding.appearance
        if line.outcome is Outcome.FALSE_MARK and looks and line.reason != "duplicate":
            return _("To compare, this is how it looks: %(looks)s") % {"looks": looks}
        if line.outcome not in TELLS_PLACE or not regions:
            return looks
        everything = [*self.inputs["regions"], *self.inputs["shown"]]
        # Of a lesion the outline that was compared; of a finding that is ticked all that is shown.
        shown = [everything[i] for i in (regions[:1] if line.kind is Kind.DRAW else regions)]
        token = shown[0]["image"]
        film = next((film for film in self.sheet.films if film.token == token), None)
        if film is None:
            # The dataset has been imported anew since; the film was another.
            return looks
        boxes = tuple(tuple(region["box"]) for region in shown if region["image"] == token)
        size = (film.columns, film.rows)
        if line.kind is Kind.SELECT and _is_across(boxes, size, film.view):
            # "Look in the midline: cardiomegaly" sends nobody anywhere.
            return looks
        return _told_with_place(finding.name, looks, boxes, size, film.view)

    def verdict(self) -> str:
        counted = [line for line in self.result.lines if line.outcome is not Outcome.NOT_SCORED]
        if not counted and self.reference.is_normal:
            return _("A normal film, and you read it as normal.")
        if not counted:
            return _("Nothing on this film could be scored.")
        if all(line.outcome is Outcome.HIT for line in counted):
            if self.synthetic:
                return _("You found everything that was drawn into this film.")
            return _("You found everything the experts marked.")
        if self.reference.is_normal:
            return self._read_as_normal()
        missed = [line.finding for line in counted if line.outcome is Outcome.MISSED]
        if missed:
            return _missed_words(findings=len(set(missed)), places=len(missed))
        return _("Nothing was missed; not everything was right.")

    def arithmetic(self) -> str:
        counts = Counter(line.outcome for line in self.result.lines)
        terms = [
            (counts[Outcome.HIT], _("found × 1")),
            (counts[Outcome.MISPLACED], _("wrong place × ¼")),
            (counts[Outcome.WRONG_FINDING], _("wrong finding × ¼")),
            (counts[Outcome.MISSED], _("missed × 0")),
            (counts[Outcome.FALSE_MARK], _("false × 0")),
        ]
        total = sum(count for count, _word in terms)
        if not total:
            return _("Nothing to find and nothing marked: full score.")
        listed = ", ".join(f"{count} {word}" for count, word in terms if count)
        return ngettext(
            "%(total)d line: %(listed)s.", "Mean over %(total)d lines: %(listed)s.", total
        ) % {"total": total, "listed": listed}

    def figures(self) -> list[str]:
        """The field's own figures; one that has nothing to be a share of is left out."""
        result = self.result
        found = result.hits
        to_find = found + result.misplaced + result.wrong_finding + result.missed
        answered = found + result.misplaced + result.wrong_finding + result.false_marks
        lines = []
        if to_find:
            lines.append(
                _("Sensitivity %(value).2f: %(found)d of %(all)d found.")
                % {"value": result.recall, "found": found, "all": to_find}
            )
        if answered:
            lines.append(
                _("Precision %(value).2f: %(found)d of %(all)d answers right; F1 %(f1).2f.")
                % {"value": result.precision, "found": found, "all": answered, "f1": result.f1}
            )
        lines.append(_("False marks on this film: %(count)d.") % {"count": result.false_marks})
        if result.mean_iou is not None:
            lines.append(
                _("Mean overlap of what you drew and found: %(iou).2f.") % {"iou": result.mean_iou}
            )
        return lines

    # --- shapes -------------------------------------------------------------
    def review(self) -> dict[str, Any]:
        """What the viewer draws after the commit."""
        mark_outcomes = {
            line.mark: line.outcome.value for line in self.result.lines if line.mark is not None
        }
        region_outcomes: dict[int, str] = {}
        for line in self.result.lines:
            for index in self._regions_of(line):
                region_outcomes[index] = line.outcome.value
        everything = [*self.inputs["regions"], *self.inputs["shown"]]
        return {
            "marks": [
                {
                    "index": index,
                    "image": mark.image,
                    "finding": mark.finding,
                    "label": self._name(mark.finding),
                    "colour": self._colour(mark.finding),
                    "outcome": mark_outcomes.get(index, Outcome.NOT_SCORED.value),
                    "box": list(mark.box),
                }
                for index, mark in enumerate(self.answer.marks)
            ],
            "regions": [
                {
                    "index": index,
                    "image": region["image"],
                    "finding": region["finding"],
                    "label": self._name(region["finding"]),
                    "colour": self._colour(region["finding"]),
                    "reader": region["reader"],
                    "outcome": region_outcomes.get(index, Outcome.NOT_SCORED.value),
                    "box": region["box"],
                    "polygon": region["polygon"],
                }
                for index, region in enumerate(everything)
            ],
        }

    def _colour(self, slug: str) -> int:
        finding = self.sheet.findings.get(slug)
        return finding.colour if finding else 0


@lru_cache(maxsize=2048)
def _is_across(boxes: tuple[Corners, ...], size: tuple[int, int], view: str) -> bool:
    """Whether something lies over the midline, as the heart does."""
    is_lateral = view == View.LATERAL
    places = places_of([Box(*box) for box in boxes], size, is_lateral=is_lateral)
    return any(place.side in {RegionSide.BOTH, RegionSide.MIDLINE} for place in places)


# A cohort plays the same cases: putting ten places into words takes longer than marking them.
@lru_cache(maxsize=2048)
def _told_with_place(
    name: str, looks: str, boxes: tuple[Corners, ...], size: tuple[int, int], view: str
) -> str:
    """The taxonomy's text after where the finding lies; ``size`` in columns and rows."""
    return atlas_text(
        Request(
            id="",
            film="",
            finding="",
            finding_name=name,
            regions=tuple(Box(*box) for box in boxes),
            kind=About.MISSED,
            size=size,
            atlas=looks,
            view=view,
        )
    )


def _missed_words(*, findings: int, places: int) -> str:
    """A finding that was drawn in two places is one finding."""
    if findings == places:
        words = ngettext(
            "%(count)d finding was missed.", "%(count)d findings were missed.", findings
        )
    else:
        words = ngettext(
            "%(count)d finding was missed, in %(places)d places.",
            "%(count)d findings were missed, in %(places)d places.",
            findings,
        )
    return words % {"count": findings, "places": places}


def _credit(line: Line) -> str:
    if line.credit is None:
        return "–"
    return {0.0: "0", 0.25: "¼", 1.0: "1"}.get(line.credit, f"{line.credit:.2f}")


def _sentence(statement: Statement | None) -> str:
    if statement is None:
        return ""
    spanish = (get_language() or "").startswith("es")
    return (statement.sentence_es if spanish else "") or statement.sentence
