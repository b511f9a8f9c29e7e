"""What the templates of the report game are given: reads only, in a constant number of queries."""

from typing import Any

from radgame.accounts.models import User
from radgame.playing import pages
from radgame.playing.models import BaseExposure
from radgame.playing.phrases import draft_strings, film_strings

from . import phrases
from .feedback import FindingCard, build_feedback, build_shown
from .judging import asks_model, is_on, judgement_of
from .models import ROWS, Attempt
from .opinion import opinion_of
from .services import reading_rules

ENTRY = "js/report.js"


def play_context(attempt: Attempt) -> dict[str, Any]:
    """An attempt in play. Nothing here depends on the radiologist's report."""
    rules = reading_rules(attempt)
    return {
        **_frame(attempt),
        "marked_by": phrases.marked_by(
            asks_model=asks_model(attempt.sitting), model_counts=attempt.sitting.model_judge_counts
        ),
        "asks_impression": rules.asks_impression,
        "shows_checklist": attempt.sitting.shows_checklist,
        "checklist": phrases.checklist(),
        "limits": rules.limits,
        "draft": pages.draft_context(attempt),
        # Called by the template, and only when its part of the page is not kept already.
        "strings": lambda: {**film_strings(), **draft_strings(), **phrases.reading_strings()},
    }


def feedback_context(attempt: Attempt, person: User, *, fresh: bool = False) -> dict[str, Any]:
    """A submitted attempt; ``fresh`` when this very request submitted it."""
    return {
        **_frame(attempt),
        **pages.after_context(ROWS, attempt, person),
        **_opinion(attempt, fresh=fresh),
        # Whoever gave it: the feedback tells the mark by rules.
        "score_percent": round((attempt.score or 0.0) * 100),
        "feedback": build_feedback(
            attempt, fresh=fresh, explains=attempt.sitting.shows_explanations
        ),
        "strings": film_strings,
        "flag_form": None,
    }


def shown_context(exposure: BaseExposure) -> dict[str, Any]:
    """A case with its report, for who is to look at it and not to write one."""
    return {
        **pages.shown_context(ROWS, exposure, entry=ENTRY),
        "comparison": phrases.comparison_sentence(exposure.case.study.comparison),
        "shown": build_shown(exposure.case),
        "strings": film_strings(),
    }


def judgement_context(attempt: Attempt, *, turn: int) -> dict[str, Any]:
    """What the second judge has made of a submitted attempt by now, if one was asked."""
    judgement = judgement_of(attempt)
    return {
        "attempt": attempt,
        "opinion": opinion_of(attempt, judgement, turn=turn) if judgement else None,
    }


def _opinion(attempt: Attempt, *, fresh: bool) -> dict[str, Any]:
    # No judge has been asked for a fresh one, where the site has none.
    if fresh and not is_on():
        return {"opinion": None}
    return judgement_context(attempt, turn=0)


def disputable(attempt: Attempt) -> tuple[FindingCard, ...]:
    """The findings a learner may disagree with."""
    return build_feedback(attempt).lines


def _frame(attempt: Attempt) -> dict[str, Any]:
    return {
        **pages.frame_context(ROWS, attempt, entry=ENTRY),
        "comparison": phrases.comparison_sentence(attempt.case.study.comparison),
    }
