"""What the page says of the second judge: whether it has answered, what, and which mark counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import phrases
from .comparing import Pair, pair_findings, significant_differences
from .feedback import ReportFeedback, explain
from .judging import marking_of
from .marking import Marking
from .models import Attempt, Judgement
from .outcomes import JudgedFinding, judged_findings

# Seconds before the page asks for the first, second, … time: six minutes in all.
POLLS_S: Final = (2, 3, 5, 5, 10, 10, 15, 20, 30, 30, 45, 60, 60, 60)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One thing of which the two judges do not think alike."""

    finding: str
    rules: str
    model: str


@dataclass(frozen=True, slots=True)
class Poll:
    """When the page asks again, and which time that is."""

    turn: int
    delay_s: int


@dataclass(frozen=True, slots=True)
class ModelMark:
    """The mark by model, beside the one by rules."""

    who_counts: str
    by: str
    disagreements: tuple[Disagreement, ...]
    alike: str
    told: ReportFeedback


@dataclass(frozen=True, slots=True)
class Opinion:
    """``state``: one sentence for the head of the panel. ``score_percent``: of the mark that
    counts. ``note``: said beside it when that is not the mark by rules. Without a ``poll`` nothing
    more will come by itself while the page is open.
    """

    state: str
    score_percent: int
    note: str
    mark: ModelMark | None
    poll: Poll | None


def opinion_of(attempt: Attempt, judgement: Judgement, *, turn: int = 0) -> Opinion:
    """What to say of a judgement now; ``turn``: how often the page has asked."""
    by_rules = Marking.from_json(attempt.result or {})
    waiting = judgement.is_open
    mark = None
    if judgement.state == Judgement.State.DONE:
        mark = _model_mark(attempt, judgement, by_rules)
    return Opinion(
        state=_state(judgement, late=turn >= len(POLLS_S)),
        score_percent=round((attempt.score or 0.0) * 100),
        note=_note(round(by_rules.mark.score * 100)) if judgement.decides else "",
        mark=mark,
        poll=Poll(turn + 1, POLLS_S[turn]) if waiting and turn < len(POLLS_S) else None,
    )


def _state(judgement: Judgement, *, late: bool) -> str:
    if judgement.is_open and late:
        return _(
            "The second judge has not answered yet. This mark stands meanwhile; open this page "
            "again later."
        )
    if judgement.is_open and judgement.counts:
        return _("A second judge, a model, is reading; its mark will count. Until then, this one.")
    if judgement.is_open:
        return _("A second judge is reading; this mark stands meanwhile.")
    if judgement.state == Judgement.State.FAILED:
        return _("The second judge could not be asked; this mark stands.")
    if judgement.state == Judgement.State.DROPPED:
        return _("The second judge gave no answer that can be used; this mark stands.")
    percent = round((judgement.score or 0.0) * 100)
    if judgement.decides:
        return _("This is the model's mark. It counts here.")
    return _("A second judge, a model, gives %(score)d of 100; it does not count.") % {
        "score": percent
    }


def _note(rules: int) -> str:
    return _("RadGame's rules gave %(rules)d of 100; below is what they found.") % {"rules": rules}


def _model_mark(attempt: Attempt, judgement: Judgement, by_rules: Marking) -> ModelMark:
    by_model = marking_of(judgement)
    told = explain(by_model.mark, by_model.inputs, synthetic=attempt.case.dataset.synthetic)
    # Two judges of two texts cannot be compared place by place.
    same_texts = by_model.inputs == by_rules.inputs
    pairs = (
        pair_findings(
            judged_findings(by_rules.mark.evaluation), judged_findings(by_model.mark.evaluation)
        )
        if same_texts
        else ()
    )
    disagreements = tuple(_disagreements(pairs))
    return ModelMark(
        who_counts=_who_counts(
            rules=round(by_rules.mark.score * 100),
            model_counts=judgement.counts,
            assigned=attempt.sitting.assignment_id is not None,
        ),
        by=phrases.model_sentence(judgement.judge, judgement.version),
        disagreements=disagreements,
        alike=_alike(disagreements, same_texts=same_texts),
        told=told,
    )


def _who_counts(*, rules: int, model_counts: bool, assigned: bool) -> str:
    names = {"rules": rules}
    if model_counts and assigned:
        return (
            _(
                "The model's mark counts here: the assignment says so. It has taken the place of "
                "the mark by RadGame's rules, %(rules)d of 100."
            )
            % names
        )
    if model_counts:
        return (
            _(
                "The model's mark counts here: the case set says so. It has taken the place of the "
                "mark by RadGame's rules, %(rules)d of 100."
            )
            % names
        )
    return (
        _(
            "The mark by RadGame's rules counts here: %(rules)d of 100. The model's stands beside "
            "it for comparison."
        )
        % names
    )


def _alike(disagreements: Sequence[Disagreement], *, same_texts: bool) -> str:
    if not same_texts:
        return _("The model judged the reference report as it stood before it was corrected.")
    if not disagreements:
        return _("Both judge every finding that counts alike.")
    return ""


def _disagreements(pairs: Sequence[Pair]) -> Iterator[Disagreement]:
    """One for each thing; what a judge took as one and the other split is told together."""
    groups: dict[JudgedFinding | None, list[Pair]] = {}
    for pair in pairs:
        # What the rules do not name is a group of its own.
        groups.setdefault(pair.first or pair.second, []).append(pair)
    for named, group in groups.items():
        if named is None or not any(pair.differs for pair in group):
            continue
        first = group[0].first
        others = [pair.second for pair in group if pair.second is not None]
        graded = {judged.subject.clinical_significance for judged in (first, *others) if judged}
        weighs = first is not None and len(graded) > 1
        yield Disagreement(
            # The rules' word for it where they have one: a model's words may be anything.
            finding=named.subject.finding,
            rules=_judged(first, weighs=weighs),
            model="; ".join(
                _judged(judged, weighs=weighs, names=len(others) > 1) for judged in others
            )
            or _judged(None, weighs=False),
        )


def _judged(judged: JudgedFinding | None, *, weighs: bool, names: bool = False) -> str:
    if judged is None:
        return _("not named")
    words = [phrases.outcome_word(judged.outcome)]
    count = significant_differences(judged)
    if count:
        words.append(
            ngettext("%(count)d difference that counts", "%(count)d differences that count", count)
            % {"count": count}
        )
    if weighs:
        words.append(phrases.significance_label(judged.subject.clinical_significance).lower())
    told = ", ".join(words)
    return f"{judged.subject.finding}: {told}" if names else told
