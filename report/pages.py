"""What the templates of the report game are given: reads only, in a constant number of queries."""

from typing import Any

from radgame.accounts.models import User
from radgame.playing import pages
from radgame.playing.forms import FlagForm
from radgame.playing.phrases import draft_strings, film_strings

from . import phrases
from .feedback import FindingCard, build_feedback
from .models import ROWS, Attempt
from .services import reading_rules

ENTRY = "js/report.js"


def play_context(attempt: Attempt) -> dict[str, Any]:
    """An attempt in play. Nothing here depends on the radiologist's report."""
    rules = reading_rules(attempt)
    return {
        **_frame(attempt),
        "asks_impression": rules.asks_impression,
        "shows_checklist": attempt.sitting.case_set.shows_checklist,
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
        "feedback": build_feedback(attempt, fresh=fresh),
        "strings": film_strings,
        "flag_form": FlagForm(),
    }


def disputable(attempt: Attempt) -> tuple[FindingCard, ...]:
    """The findings a learner may disagree with."""
    return build_feedback(attempt).lines


def _frame(attempt: Attempt) -> dict[str, Any]:
    return {
        **pages.frame_context(ROWS, attempt, entry=ENTRY),
        "comparison": phrases.comparison_sentence(attempt.case.study.comparison),
    }
