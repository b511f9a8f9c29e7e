"""What the templates of the box game are given: reads only, in a constant number of queries."""

from typing import Any

from radgame.accounts.models import User
from radgame.cases.dossier import open_sheet
from radgame.cases.models import Kind
from radgame.playing import pages
from radgame.playing.forms import FlagForm
from radgame.playing.phrases import draft_strings, film_strings

from .feedback import FeedbackLine, build_feedback
from .models import ROWS, Attempt
from .phrases import reading_strings, review_strings

ENTRY = "js/play.js"


def play_context(attempt: Attempt) -> dict[str, Any]:
    """An attempt in play. Nothing here depends on the reference standard."""
    sheet = open_sheet(attempt.case)
    findings = [sheet.findings[slug] for slug in sheet.offered]
    return {
        **pages.frame_context(ROWS, attempt, entry=ENTRY),
        "draw": [finding for finding in findings if finding.kind == Kind.DRAW],
        "select": [finding for finding in findings if finding.kind == Kind.SELECT],
        "draft": pages.draft_context(attempt),
        # Called by the template, and only when its part of the page is not kept already.
        "strings": lambda: {**film_strings(), **draft_strings(), **reading_strings()},
    }


def feedback_context(attempt: Attempt, person: User, *, fresh: bool = False) -> dict[str, Any]:
    """A submitted attempt; ``fresh`` when this very request submitted it."""
    return {
        **pages.frame_context(ROWS, attempt, entry=ENTRY),
        **pages.after_context(ROWS, attempt, person),
        "feedback": build_feedback(attempt, fresh=fresh),
        "strings": lambda: {**film_strings(), **review_strings()},
        "flag_form": FlagForm(),
    }


def disputable(attempt: Attempt) -> tuple[FeedbackLine, ...]:
    """The lines a learner may disagree with."""
    return build_feedback(attempt).lines
