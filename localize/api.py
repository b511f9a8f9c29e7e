"""The box game for programs: fetch through access, have a form judge, call one service, answer."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.accounts.models import User
from radgame.cases.api import A_TOKEN, FindingShape
from radgame.cases.dossier import open_sheet
from radgame.playing import api as playing
from radgame.playing.access import get_sitting
from radgame.playing.pages import set_rows
from radgame.playing.services import Started
from radgame.rest.errors import accept
from radgame.rest.operations import Operation, answer, asked, done, form_data, page, person_of, sent
from radgame.rest.schema import operation
from radgame.rest.shapes import Shape, text, whole, words
from scoring.localization import Outcome

from . import services
from .access import get_attempt, get_feedback, get_shown_attempt, get_words
from .answers import MAX_CONFIDENCE
from .feedback import Feedback, build_feedback
from .flagging import flag_explanation
from .forms import AnswerForm, FlagWordsForm
from .models import ROWS, Attempt, Sitting
from .pages import ENTRY, disputable
from .words import Words, words_of

OUTCOMES = [outcome.value for outcome in Outcome]

# --- shapes ---------------------------------------------------------------------


def box(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.FloatField(),
        min_length=4,
        max_length=4,
        help_text="x_min, y_min, x_max, y_max in pixels of the film, half-open.",
        **options,
    )


class MarkShape(Shape):
    image = text(64, help_text="The film's token.")
    finding = text(100, help_text="Slug of a finding that is drawn.")
    box = box()
    confidence = whole(
        minimum=1,
        maximum=MAX_CONFIDENCE,
        required=False,
        allow_null=True,
        default=None,
        help_text="1 (a guess) to 4 (certain), or none.",
    )
    example = {
        "image": A_TOKEN,
        "finding": "nodule-mass",
        "box": [410.0, 622.5, 498.0, 700.0],
        "confidence": 3,
    }


class AnswerShape(Shape):
    """Marks, ticks, or normal; where all are empty, nothing was found."""

    marks = MarkShape(many=True, required=False, default=list)
    selected = serializers.ListField(
        child=text(100),
        required=False,
        default=list,
        help_text="Slugs of findings that are ticked.",
    )
    normal = serializers.BooleanField(required=False, default=False)
    example = {"marks": [MarkShape.example], "selected": ["cardiomegaly"], "normal": False}


class SubmitShape(Shape):
    answer = AnswerShape()
    elapsed_s = serializers.FloatField(min_value=0, required=False, default=0.0)
    example = {"answer": AnswerShape.example, "elapsed_s": 58.2}


class DraftShape(Shape):
    answer = AnswerShape()
    elapsed_s = serializers.FloatField(min_value=0)
    revision = whole(minimum=0, help_text="That of the attempt, or of the draft before.")
    tab = text(36, required=False, help_text="Names the program; it may always follow itself.")
    example = {
        "answer": AnswerShape.example,
        "elapsed_s": 31.0,
        "revision": 3,
        "tab": "my-viewer-1",
    }


class LineShape(Shape):
    number = serializers.IntegerField(allow_null=True, help_text="Names the line in a dispute.")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    headline = serializers.CharField()
    credit = serializers.CharField()
    facts = words()
    sentence = serializers.CharField(help_text="Of the radiologist's report, where there is one.")
    explanation = serializers.CharField()
    explanation_source = serializers.CharField()
    marks = serializers.ListField(child=serializers.IntegerField())
    regions = serializers.ListField(child=serializers.IntegerField())


class PlacedShape(Shape):
    """A mark or a region on a film, with what became of it."""

    index = serializers.IntegerField()
    image = serializers.CharField()
    finding = serializers.CharField()
    name = serializers.CharField(source="label")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    box = box()


class RegionShape(PlacedShape):
    reader = serializers.CharField()
    polygon = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), allow_null=True
    )


class FeedbackShape(Shape):
    score_percent = serializers.IntegerField()
    verdict = serializers.CharField()
    arithmetic = serializers.CharField()
    figures = words()
    lines = LineShape(many=True)
    marks = PlacedShape(source="review.marks", many=True)
    regions = RegionShape(source="review.regions", many=True)
    flags = playing.FlagShape(many=True)
    example = {
        "score_percent": 50,
        "verdict": "1 finding was missed.",
        "arithmetic": "Mean over 2 lines: 1 found × 1, 1 missed × 0.",
        "figures": ["Sensitivity 0.50: 1 of 2 found."],
        "lines": [
            {
                "number": 1,
                "outcome": "missed",
                "headline": "Missed: Nodule/Mass.",
                "credit": "0",
                "facts": [],
                "sentence": "Nodule in the left upper lobe.",
                "explanation": "A round opacity with a sharp edge.",
                "explanation_source": "RadGame's atlas",
                "marks": [],
                "regions": [0],
            }
        ],
        "marks": [],
        "regions": [
            {
                "index": 0,
                "image": A_TOKEN,
                "finding": "nodule-mass",
                "name": "Nodule/Mass",
                "outcome": "missed",
                "box": [410.0, 622.5, 498.0, 700.0],
                "reader": "reader 1",
                "polygon": None,
            }
        ],
        "flags": [],
    }


class LocalizeAttemptShape(playing.AttemptShape):
    """An attempt: in play before the submit, with feedback after it."""

    findings = FindingShape(many=True, help_text="The label set; the same on every film.")
    max_marks = serializers.IntegerField()
    answer = AnswerShape(allow_null=True, help_text="The draft, or what was submitted.")
    feedback = FeedbackShape(
        allow_null=True, help_text="Null until it is submitted and feedback is open."
    )
    example = {
        **playing.AttemptShape.example,
        "findings": [FindingShape.example],
        "max_marks": 100,
        "answer": None,
        "feedback": None,
    }


SUBMITTED = {
    **LocalizeAttemptShape.example,
    "status": "submitted",
    "submitted_at": "2026-11-28T09:21:04Z",
    "elapsed_s": 58.2,
    "answer": AnswerShape.example,
    "feedback": FeedbackShape.example,
}


class LocalizeStartedShape(Shape):
    """The sitting, and the case to read in it; none when all have been read."""

    sitting = serializers.UUIDField()
    attempt = LocalizeAttemptShape(allow_null=True)
    example = {"sitting": playing.A_SITTING, "attempt": LocalizeAttemptShape.example}


class WordsShape(Shape):
    """A model's words under a line of the feedback. Without a key they are being written."""

    line = serializers.IntegerField()
    key = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    model = serializers.CharField(source="source", help_text="Whose words they are.")
    is_flagged = serializers.BooleanField(help_text="Whether you find them wrong.")
    example = {
        "line": 1,
        "key": 5,
        "text": "The nodule lies beside the left hilum. Compare both apices.",
        "model": "MedGemma (google/medgemma-4b-it): a model's words; it can be wrong.",
        "is_flagged": False,
    }


class FlagWordsShape(Shape):
    comment = text(500, required=False)
    example = {"comment": "It is on the right."}


# --- what is told ---------------------------------------------------------------


def told(attempt: Attempt, *, fresh: bool = False) -> dict[str, Any]:
    """What ``LocalizeAttemptShape`` tells; before the submit nothing of the reference standard."""
    sheet = open_sheet(attempt.case)
    feedback: Feedback | None = None
    if playing.has_feedback(attempt):
        feedback = build_feedback(attempt, fresh=fresh)
    return {
        **playing.frame(ROWS, attempt, entry=ENTRY),
        "findings": [sheet.findings[slug] for slug in sheet.offered],
        "max_marks": settings.MAX_MARKS_PER_ATTEMPT,
        "answer": attempt.answer if attempt.is_submitted or attempt.draft_revision else None,
        "feedback": feedback,
    }


def _started(person: User, started: Started[Sitting, Attempt]) -> Response:
    attempt = started.attempt and told(get_attempt(person, started.attempt.pk))
    return answer(LocalizeStartedShape, {"sitting": started.sitting.pk, "attempt": attempt})


# --- operations -----------------------------------------------------------------


class Sets(Operation):
    @operation("localize_sets", "Sets you may play", gives=playing.SetShape, listed=True)
    def get(self, request: Request) -> Response:
        """With how far the sitting is that you have open."""
        return page(request, set_rows(ROWS, person_of(request)), playing.SetShape)


class Start(Operation):
    @operation("localize_start", "Start a set", gives=LocalizeStartedShape, conflict=True)
    def post(self, request: Request, slug: str) -> Response:
        """Open the set, or go on where you stopped."""
        return _started(person_of(request), playing.start(request, ROWS, slug))


class StartAssigned(Operation):
    @operation(
        "localize_start_assigned", "Start an assignment", gives=LocalizeStartedShape, conflict=True
    )
    def post(self, request: Request, assignment_id: uuid.UUID) -> Response:
        """Begin what you were assigned, or go on with it; it is played once."""
        return _started(person_of(request), playing.start_assigned(request, ROWS, assignment_id))


class Practise(Operation):
    @operation(
        "localize_practise", "Practise what is due", gives=LocalizeStartedShape, conflict=True
    )
    def post(self, request: Request) -> Response:
        """A set of ten made for you: what is due for review, or what you are weakest at."""
        return _started(person_of(request), playing.practise(request, ROWS))


class Attempts(Operation):
    @operation(
        "localize_attempts",
        "Your attempts",
        asks=playing.AttemptsQuestion,
        gives=playing.AttemptRowShape,
        listed=True,
    )
    def get(self, request: Request) -> Response:
        """The newest first; with a score where feedback is open."""
        question = asked(request, playing.AttemptsQuestion)
        attempts = playing.attempts_of(ROWS, person_of(request), **question)
        return page(request, attempts, playing.AttemptRowShape, playing.attempt_rows)


class OneAttempt(Operation):
    @operation("localize_attempt", "An attempt", gives=LocalizeAttemptShape)
    def get(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """Films and what may be answered before the submit, feedback after it."""
        found = get_shown_attempt(person_of(request), attempt_id)
        return answer(LocalizeAttemptShape, told(found))


class Draft(Operation):
    @operation(
        "localize_draft",
        "Keep a draft",
        takes=DraftShape,
        gives=playing.DraftKeptShape,
        conflict=True,
    )
    def put(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """Keep the answer in the making; refused when another program saved since."""
        found = get_attempt(person_of(request), attempt_id)
        draft = sent(request, DraftShape)
        with playing.refusing_play():
            kept = services.read_draft(found, json.dumps(draft["answer"]))
        revision = playing.keep_draft(ROWS, found, answer=kept, sent=draft)
        return answer(playing.DraftKeptShape, {"revision": revision})


class Submit(Operation):
    @operation(
        "localize_submit",
        "Submit an answer",
        takes=SubmitShape,
        gives=LocalizeAttemptShape,
        conflict=True,
        example=SUBMITTED,
    )
    def post(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """Commit the answer once and for all; sent again, it gives the first one's result."""
        found = get_attempt(person_of(request), attempt_id)
        fresh = not found.is_submitted
        if fresh:
            given = sent(request, SubmitShape)
            answered = {**given, "answer": json.dumps(given["answer"])}
            form = AnswerForm(form_data(answered), rules=services.answer_rules(found.case))
            accept(form)
            with playing.refusing_play():
                found = services.submit_attempt(attempt=found, **form.cleaned_data)
        return answer(LocalizeAttemptShape, told(found, fresh=fresh))


class Next(Operation):
    @operation("localize_next", "Go on", gives=LocalizeStartedShape, conflict=True)
    def post(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """The case after this one; after the last no attempt, and the sitting is finished."""
        return _started(person_of(request), playing.go_on(request, ROWS, attempt_id))


class Flags(Operation):
    @operation("localize_flags", "Disputes of an attempt", gives=playing.FlagShape, listed=True)
    def get(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """What you disputed, with what staff said to it."""
        found = get_attempt(person_of(request), attempt_id)
        return page(request, playing.flags_of(found), playing.FlagShape)

    @operation(
        "localize_raise_flag",
        "Dispute feedback",
        takes=playing.NewFlagShape,
        gives=playing.FlagShape,
        status=201,
        conflict=True,
    )
    def post(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """Say what you disagree with; staff look at it, and you read their reply here."""
        return answer(
            playing.FlagShape, playing.dispute(request, ROWS, attempt_id, disputable), 201
        )


class Explanations(Operation):
    @operation("localize_explanations", "A model's words", gives=WordsShape, listed=True)
    def get(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """What a model says of misses and false marks, where the site has one."""
        person = person_of(request)
        shown: list[Words] = list(words_of(get_feedback(person, attempt_id), person).values())
        return page(request, shown, WordsShape)


class FlagExplanation(Operation):
    @operation("localize_flag_explanation", "Flag a model's words", takes=FlagWordsShape)
    def post(self, request: Request, attempt_id: uuid.UUID, explanation_id: int) -> Response:
        """Say that they are wrong; staff keep them or withdraw them for everyone."""
        person = person_of(request)
        get_words(person, attempt_id, explanation_id)
        form = FlagWordsForm(form_data(sent(request, FlagWordsShape)))
        accept(form)
        flag_explanation(explanation_id=explanation_id, reader=person, **form.cleaned_data)
        return done()


class Sittings(Operation):
    @operation("localize_sittings", "Your sittings", gives=playing.SittingShape, listed=True)
    def get(self, request: Request) -> Response:
        """Every set you went through, or are in the middle of, the newest first."""
        sittings = playing.sittings_of(ROWS, person_of(request))
        return page(request, sittings, playing.SittingShape)


class OneSitting(Operation):
    @operation("localize_sitting", "How a sitting went", gives=playing.SummaryShape)
    def get(self, request: Request, sitting_id: uuid.UUID) -> Response:
        """Its mean score and the films to look at again, once feedback is open."""
        found = get_sitting(ROWS, person_of(request), sitting_id)
        return answer(playing.SummaryShape, playing.summary(ROWS, found))


urlpatterns = [
    path("sets/", Sets.as_view(), name="localize_sets"),
    path("sets/<slug:slug>/start/", Start.as_view(), name="localize_start"),
    path(
        "assignments/<uuid:assignment_id>/start/",
        StartAssigned.as_view(),
        name="localize_start_assigned",
    ),
    path("practise/", Practise.as_view(), name="localize_practise"),
    path("sittings/", Sittings.as_view(), name="localize_sittings"),
    path("sittings/<uuid:sitting_id>/", OneSitting.as_view(), name="localize_sitting"),
    path("attempts/", Attempts.as_view(), name="localize_attempts"),
    path("attempts/<uuid:attempt_id>/", OneAttempt.as_view(), name="localize_attempt"),
    path("attempts/<uuid:attempt_id>/draft/", Draft.as_view(), name="localize_draft"),
    path("attempts/<uuid:attempt_id>/submit/", Submit.as_view(), name="localize_submit"),
    path("attempts/<uuid:attempt_id>/next/", Next.as_view(), name="localize_next"),
    path("attempts/<uuid:attempt_id>/flags/", Flags.as_view(), name="localize_flags"),
    path(
        "attempts/<uuid:attempt_id>/explanations/",
        Explanations.as_view(),
        name="localize_explanations",
    ),
    path(
        "attempts/<uuid:attempt_id>/explanations/<int:explanation_id>/flag/",
        FlagExplanation.as_view(),
        name="localize_flag_explanation",
    ),
]
