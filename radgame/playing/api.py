"""What every game's operations do alike; a game's own ``api.py`` hands them its rows."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from radgame.accounts.models import User
from radgame.cases.access import get_case_set
from radgame.cases.api import FilmShape, ShownFilm, shown_films
from radgame.cases.dossier import open_sheet
from radgame.cases.models import Case
from radgame.classroom.access import get_assignment
from radgame.progress.models import Flag
from radgame.progress.practice import NothingToPractise
from radgame.progress.services import raise_flag
from radgame.rest.errors import Conflict, Invalid, accept
from radgame.rest.operations import form_data, person_of, sent
from radgame.rest.shapes import Shape, text, whole

from . import pages, services
from .access import get_attempt
from .assigned import NotTaken, feedback_words, shows_feedback
from .forms import FlagForm
from .models import A, BaseAttempt, GameRows, S
from .practice import open_practice

# --- shapes ---------------------------------------------------------------------

AN_ATTEMPT = "3f0f2f0e-6f0c-4b0e-9a55-0d6f1f6b0a11"
A_SITTING = "b4a6a1de-0a52-4f7c-8e0d-6a4a3c1f9b02"


class SetShape(Shape):
    slug = serializers.CharField(source="case_set.slug")
    title = serializers.CharField(source="case_set.title")
    description = serializers.CharField(source="case_set.description")
    size = serializers.IntegerField(help_text="How many cases of it this game plays.")
    done = serializers.IntegerField(help_text="Submitted in the sitting that is open.")
    is_open = serializers.BooleanField(help_text="Whether you have begun it and not finished.")
    example = {
        "slug": "demo",
        "title": "Demo",
        "description": "Twelve synthetic films.",
        "size": 12,
        "done": 3,
        "is_open": True,
    }


class FlagShape(Shape):
    """A dispute of one's own, with what staff said to it."""

    id = serializers.IntegerField()
    line = serializers.IntegerField(
        allow_null=True, help_text="Number of the feedback's line; null for the whole case."
    )
    comment = serializers.CharField()
    status = serializers.ChoiceField(choices=Flag.Status.choices)
    reply = serializers.CharField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    example = {
        "id": 17,
        "line": 0,
        "comment": "The nodule is the nipple shadow.",
        "status": "open",
        "reply": "",
        "created_at": "2026-11-28T09:30:00Z",
        "closed_at": None,
    }


class NewFlagShape(Shape):
    line = whole(minimum=0, maximum=2**15 - 1, required=False, allow_null=True)
    comment = text(2000)
    example = {"line": 0, "comment": "The nodule is the nipple shadow."}


class AttemptShape(Shape):
    """What every game tells of an attempt; a game adds its answer, rules and feedback."""

    id = serializers.UUIDField(source="attempt.pk")
    status = serializers.ChoiceField(source="attempt.status", choices=BaseAttempt.Status.choices)
    sitting = serializers.UUIDField(source="attempt.sitting_id")
    title = serializers.CharField()
    number = serializers.IntegerField(help_text="Which case of the sitting this is, from 1.")
    of = serializers.IntegerField()
    dataset = serializers.CharField(source="dataset.slug")
    patient = serializers.CharField(help_text="Sex and age, where they are stated.")
    indication = serializers.CharField()
    until = serializers.CharField(help_text="Last moment for a submit, in words; empty: none.")
    ends_at = serializers.DateTimeField(allow_null=True, help_text="The same moment.")
    started_at = serializers.DateTimeField(source="attempt.started_at")
    submitted_at = serializers.DateTimeField(source="attempt.submitted_at", allow_null=True)
    elapsed_s = serializers.FloatField(source="attempt.elapsed_s")
    revision = serializers.IntegerField(
        source="attempt.draft_revision", help_text="Of the draft: send it with the next."
    )
    films = FilmShape(many=True)
    feedback_opens = serializers.CharField(
        help_text="Of a submitted case without feedback yet: when it opens, in words."
    )
    example = {
        "id": AN_ATTEMPT,
        "status": "draft",
        "sitting": A_SITTING,
        "title": "Demo",
        "number": 4,
        "of": 12,
        "dataset": "demo",
        "patient": "female, 61 years",
        "indication": "Cough for three weeks.",
        "until": "",
        "ends_at": None,
        "started_at": "2026-11-28T09:20:00Z",
        "submitted_at": None,
        "elapsed_s": 0.0,
        "revision": 0,
        "films": [FilmShape.example],
        "feedback_opens": "",
    }


class AttemptRowShape(Shape):
    id = serializers.UUIDField(source="attempt.pk")
    status = serializers.ChoiceField(source="attempt.status", choices=BaseAttempt.Status.choices)
    sitting = serializers.UUIDField(source="attempt.sitting_id")
    title = serializers.CharField(source="attempt.sitting.title")
    started_at = serializers.DateTimeField(source="attempt.started_at")
    submitted_at = serializers.DateTimeField(source="attempt.submitted_at", allow_null=True)
    elapsed_s = serializers.FloatField(source="attempt.elapsed_s")
    score = serializers.FloatField(
        allow_null=True, help_text="0 to 1; null until it is submitted and feedback is open."
    )
    feedback_opens = serializers.CharField()
    example = {
        "id": AN_ATTEMPT,
        "status": "submitted",
        "sitting": A_SITTING,
        "title": "Demo",
        "started_at": "2026-11-28T09:20:00Z",
        "submitted_at": "2026-11-28T09:21:04Z",
        "elapsed_s": 58.2,
        "score": 0.5,
        "feedback_opens": "",
    }


class SittingShape(Shape):
    id = serializers.UUIDField()
    set = serializers.CharField(source="case_set.slug")
    title = serializers.CharField()
    assignment = serializers.UUIDField(source="assignment_id", allow_null=True)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    example = {
        "id": A_SITTING,
        "set": "demo",
        "title": "Demo",
        "assignment": None,
        "started_at": "2026-11-28T09:12:00Z",
        "finished_at": None,
    }


class LowShape(Shape):
    attempt = serializers.UUIDField(source="attempt_id")
    number = serializers.IntegerField()
    score_percent = serializers.IntegerField()


class SummaryShape(Shape):
    """How a sitting went. Until feedback opens, nothing but how much was submitted."""

    id = serializers.UUIDField(source="sitting.pk")
    title = serializers.CharField(source="sitting.title")
    finished_at = serializers.DateTimeField(source="sitting.finished_at", allow_null=True)
    submitted = serializers.IntegerField()
    of = serializers.IntegerField()
    mean_percent = serializers.IntegerField(allow_null=True)
    perfect = serializers.IntegerField(allow_null=True, help_text="Cases with a full score.")
    look_again = LowShape(many=True, help_text="The lowest scores, lowest first.")
    feedback_opens = serializers.CharField()
    example = {
        "id": A_SITTING,
        "title": "Demo",
        "finished_at": "2026-11-28T09:40:00Z",
        "submitted": 12,
        "of": 12,
        "mean_percent": 71,
        "perfect": 5,
        "look_again": [{"attempt": AN_ATTEMPT, "number": 4, "score_percent": 0}],
        "feedback_opens": "",
    }


class DraftKeptShape(Shape):
    revision = serializers.IntegerField(help_text="Send it with the next draft.")
    example = {"revision": 4}


class AttemptsQuestion(Shape):
    status = serializers.ChoiceField(choices=BaseAttempt.Status.choices, required=False)
    sitting = serializers.UUIDField(required=False)


# --- what is told ---------------------------------------------------------------


def films_of(case: Case) -> list[ShownFilm]:
    """The films of a case in the order they hang."""
    films = open_sheet(case).films
    return shown_films(films, pages.view_labels([film.view for film in films]))


def frame(rows: GameRows[S, A], attempt: A, *, entry: str) -> dict[str, Any]:
    """What ``AttemptShape`` tells, read as the attempt's page reads it."""
    is_held = attempt.is_submitted and not shows_feedback(attempt.sitting)
    return {
        **pages.frame_context(rows, attempt, entry=entry),
        "films": films_of(attempt.case),
        "feedback_opens": feedback_words(attempt.sitting) if is_held else "",
    }


def has_feedback(attempt: BaseAttempt) -> bool:
    return attempt.is_submitted and shows_feedback(attempt.sitting)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt in a list; ``score`` only where its reader may see what became of it."""

    attempt: BaseAttempt
    score: float | None
    feedback_opens: str


def attempts_of(
    rows: GameRows[S, A],
    reader: User,
    *,
    status: str | None = None,
    sitting: uuid.UUID | None = None,
) -> QuerySet[A]:
    """The reader's own, the newest first."""
    found = rows.attempts._default_manager.filter(reader=reader)
    if status is not None:
        found = found.filter(status=status)
    if sitting is not None:
        found = found.filter(sitting=sitting)
    return found.select_related("sitting__case_set", "sitting__assignment__cohort").order_by(
        "-started_at", "-pk"
    )


def attempt_rows(attempts: Iterable[BaseAttempt]) -> list[AttemptRow]:
    return [
        AttemptRow(attempt, attempt.score, "")
        if has_feedback(attempt)
        else AttemptRow(
            attempt, None, feedback_words(attempt.sitting) if attempt.is_submitted else ""
        )
        for attempt in attempts
    ]


def sittings_of(rows: GameRows[S, A], reader: User) -> QuerySet[S]:
    return (
        rows.sittings._default_manager.filter(reader=reader)
        .select_related("case_set", "assignment")
        .order_by("-started_at", "-pk")
    )


def summary(rows: GameRows[S, A], sitting: S) -> dict[str, Any]:
    """What ``SummaryShape`` tells."""
    told = pages.sitting_summary(rows, sitting)
    is_open = not told.opens
    return {
        "sitting": sitting,
        "submitted": told.played,
        "of": told.of,
        "mean_percent": told.mean_percent if is_open else None,
        "perfect": told.perfect if is_open else None,
        "look_again": told.look_again,
        "feedback_opens": told.opens,
    }


# --- what is done ---------------------------------------------------------------


@contextmanager
def refusing_play() -> Iterator[None]:
    """The refusals of play as answers."""
    try:
        yield
    except services.AnswerError as refused:
        raise Invalid(str(refused)) from refused
    except (NotTaken, services.DraftRefused) as refused:
        raise Conflict(str(refused)) from refused
    except services.NothingToPlay as refused:
        raise Conflict(_("None of its cases can be played now.")) from refused
    except NothingToPractise as refused:
        raise Conflict(_("There is no case that you may play yet.")) from refused


def start(request: Request, rows: GameRows[S, A], slug: str) -> services.Started[S, A]:
    """Open a set, or go on where the reader stopped."""
    reader = person_of(request)
    case_set = get_case_set(reader, slug, rows.play)
    with refusing_play():
        return services.start_sitting(rows=rows, reader=reader, case_set=case_set)


def start_assigned(
    request: Request, rows: GameRows[S, A], assignment_id: uuid.UUID
) -> services.Started[S, A]:
    """Begin what a cohort was assigned, or go on with it."""
    reader = person_of(request)
    assignment = get_assignment(reader, assignment_id, rows.play)
    with refusing_play():
        return services.start_assigned(rows=rows, reader=reader, assignment=assignment)


def practise(request: Request, rows: GameRows[S, A]) -> services.Started[S, A]:
    """A set made for the reader, at once on its first film."""
    with refusing_play():
        case_set = open_practice(rows=rows, reader=person_of(request))
    return start(request, rows, case_set.slug)


def go_on(request: Request, rows: GameRows[S, A], attempt_id: uuid.UUID) -> services.Started[S, A]:
    """The case after this one; no attempt when it was the last, which finishes the sitting."""
    attempt = get_attempt(rows, person_of(request), attempt_id)
    with refusing_play():
        following = services.advance(rows=rows, attempt=attempt)
    sitting: Any = attempt.sitting
    return services.Started(sitting, following)


def keep_draft(
    rows: GameRows[S, A], attempt: A, *, answer: dict[str, Any], sent: dict[str, Any]
) -> int:
    with refusing_play():
        return services.keep_draft(
            rows=rows,
            attempt=attempt,
            answer=answer,
            elapsed_s=sent["elapsed_s"],
            revision=sent["revision"],
            tab=sent.get("tab", ""),
        )


def flags_of(attempt: BaseAttempt) -> QuerySet[Flag]:
    return Flag.objects.filter(outcome=attempt.outcome_id, outcome__isnull=False)


def dispute(
    request: Request,
    rows: GameRows[S, A],
    attempt_id: uuid.UUID,
    lines: Callable[[A], Sequence[pages.Disputable]],
) -> Flag:
    """Take a dispute of what the reader's own feedback says; ``lines``: what may be disputed."""
    attempt = get_attempt(rows, person_of(request), attempt_id)
    form = FlagForm(form_data(sent(request, NewFlagShape)))
    accept(form)
    if attempt.outcome is None or not shows_feedback(attempt.sitting):
        raise Conflict(_("There is no feedback yet that could be disputed."))
    about = pages.headline_of(lines(attempt), form.cleaned_data["line"])
    return raise_flag(outcome=attempt.outcome, about=about, **form.cleaned_data)
