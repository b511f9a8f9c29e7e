"""The report game's scorer: a reading against a reference report, without Django.

`score_report` is the entrance. `evaluation` is what every judge gives back, `judge` the one by
rules, `scores` the game's arithmetic, `crimson` the published measures.
"""

from functools import lru_cache
from typing import Final

from scoring.reports.crimson import burden_score, crimson_score, green_ratio
from scoring.reports.evaluation import (
    Evaluation,
    Judge,
    JudgeFailed,
    JudgeUnavailable,
    JudgeUnusable,
    ReadingContext,
)
from scoring.reports.judge import RulesJudge, read_once
from scoring.reports.marking import ReportMark
from scoring.reports.scores import count_outcomes, game_score
from scoring.reports.style import score_style

VERSION: Final = "reports-1.0.0"
"""Of the whole chain but the judge, whose own version is added; it changes with every rule."""

NO_CONTEXT: Final = ReadingContext()

__all__ = [
    "VERSION",
    "Evaluation",
    "Judge",
    "JudgeFailed",
    "JudgeUnavailable",
    "JudgeUnusable",
    "ReadingContext",
    "ReportMark",
    "RulesJudge",
    "mark_evaluation",
    "rules_judge",
    "score_report",
]


@lru_cache(maxsize=1)
def rules_judge() -> RulesJudge:
    """The judge by rules, one for the process: it remembers the reference reports it has read."""
    return RulesJudge()


def score_report(
    reference: str,
    candidate: str,
    context: ReadingContext = NO_CONTEXT,
    judge: Judge | None = None,
) -> ReportMark:
    """What a reading is worth against a reference report, for this patient.

    The judge is the one by rules unless another is given. The same texts, context, judge and
    version always give the same mark. Raises JudgeFailed if a judge by model gives no valid
    evaluation; the judge by rules never does.
    """
    judge = judge or rules_judge()
    return mark_evaluation(judge.judge(reference, candidate, context), candidate, judge=judge)


def mark_evaluation(evaluation: Evaluation, candidate: str, *, judge: Judge) -> ReportMark:
    """The mark that follows from a judge's evaluation of a reading."""
    game = game_score(evaluation)
    return ReportMark(
        score=game.score,
        crimson=crimson_score(evaluation),
        burden=burden_score(evaluation),
        green=green_ratio(evaluation),
        counts=count_outcomes(evaluation),
        terms=game.terms,
        evaluation=evaluation,
        style=score_style(candidate, read_once(candidate)),
        judge=judge.name,
        version=f"{VERSION}+{judge.version}",
    )
