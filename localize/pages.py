"""What the templates of the box game are given: reads only, in a constant number of queries."""

from dataclasses import replace
from typing import Any

from django.utils.safestring import SafeString

from radgame.accounts.models import User
from radgame.cases.dossier import open_sheet
from radgame.cases.models import Kind
from radgame.playing import pages
from radgame.playing.models import BaseExposure
from radgame.playing.phrases import draft_strings, film_strings

from .feedback import FeedbackLine, build_feedback, build_shown
from .models import ROWS, Attempt
from .phrases import reading_strings, review_strings, shown_strings
from .words import Words, awaited, slots_of, told, wait_for, words_of, words_shown

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
    explains = attempt.sitting.shows_explanations
    words = words_of(attempt, person)
    slots = slots_of(words, attempt, person)
    return {
        **pages.frame_context(ROWS, attempt, entry=ENTRY),
        **pages.after_context(ROWS, attempt, person),
        "feedback": build_feedback(attempt, fresh=fresh, words=slots, explains=explains),
        "wait": wait_for(awaited(words), 0),
        "strings": lambda: {**film_strings(), **review_strings()},
        "flag_form": None,
    }


def shown_context(exposure: BaseExposure) -> dict[str, Any]:
    """A case with its answer, for who is to look at it and not to play it."""
    return {
        **pages.shown_context(ROWS, exposure, entry=ENTRY),
        "shown": build_shown(exposure.case, words_shown(exposure.case)),
        "strings": {**film_strings(), **shown_strings()},
    }


def awaited_context(
    attempt: Attempt, person: User, *, lines: list[int], waited: int
) -> dict[str, Any]:
    """What has come of the lines that an open page waits for; no page, so nothing around it."""
    words = words_of(attempt, person)
    wait = wait_for([line for line in awaited(words) if line in lines], waited)
    still = set(wait.lines) if wait else set()
    return {
        "attempt": attempt,
        "wait": wait,
        "slots": {
            line: _settled(words.get(line), attempt, person) for line in lines if line not in still
        },
    }


def _settled(words: Words | None, attempt: Attempt, person: User) -> SafeString:
    """What takes the place of "being written" for good; nothing where nothing came of it."""
    if words is None:
        return SafeString("")
    return told(replace(words, is_late=words.key is None), attempt, person)


def disputable(attempt: Attempt) -> tuple[FeedbackLine, ...]:
    """The lines a learner may disagree with."""
    return build_feedback(attempt).lines
