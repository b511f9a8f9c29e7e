"""The report game for programs: fetch through access, have a form judge, call one service."""

import json
import uuid
from typing import Any

from django.http import Http404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.accounts.models import User
from radgame.playing import api as playing
from radgame.playing.access import get_sitting
from radgame.playing.pages import set_rows
from radgame.playing.services import Started
from radgame.rest.errors import accept
from radgame.rest.operations import Operation, answer, asked, form_data, page, person_of, sent
from radgame.rest.schema import operation
from radgame.rest.shapes import Shape, text, whole, words

from . import judging, phrases, services
from .access import get_attempt, get_shown_attempt
from .feedback import ReportFeedback, build_feedback
from .forms import ReadingForm
from .models import ROWS, Attempt, Sitting
from .opinion import Opinion, opinion_of
from .outcomes import FindingOutcome
from .pages import ENTRY, disputable

OUTCOMES = [outcome.value for outcome in FindingOutcome]

# --- shapes ---------------------------------------------------------------------


def typed(**options: Any) -> serializers.CharField:
    """Text as it was typed; how long it may be is the reading's own rule."""
    return serializers.CharField(
        required=False, default="", allow_blank=True, trim_whitespace=False, **options
    )


class ReadingShape(Shape):
    findings = typed()
    impression = typed(help_text="Only kept where the set asks for one.")
    example = {"findings": "Small left pleural effusion. No pneumothorax.", "impression": ""}


class SubmitReadingShape(ReadingShape):
    elapsed_s = serializers.FloatField(min_value=0, required=False, default=0.0)
    example = {**ReadingShape.example, "elapsed_s": 95.0}


class ReadingDraftShape(ReadingShape):
    elapsed_s = serializers.FloatField(min_value=0)
    revision = whole(minimum=0, help_text="That of the attempt, or of the draft before.")
    tab = text(36, required=False, help_text="Names the program; it may always follow itself.")
    example = {**ReadingShape.example, "elapsed_s": 40.0, "revision": 2, "tab": "my-editor-1"}


class DifferenceShape(Shape):
    kinds = words()
    codes = words()
    significant = serializers.BooleanField()
    explanation = serializers.CharField()


class CardShape(Shape):
    """One finding: what the report says of it, what you wrote, and what that is worth."""

    number = serializers.IntegerField(help_text="Names the finding in a dispute.")
    key = serializers.CharField(help_text="Joins it with its places in both texts.")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    headline = serializers.CharField()
    reference = serializers.CharField()
    yours = words()
    significance = serializers.CharField()
    why = serializers.CharField()
    differences = DifferenceShape(many=True)
    points = serializers.CharField()
    counts = serializers.BooleanField()


class RemarkShape(Shape):
    key = serializers.CharField()
    kind = serializers.CharField()
    text = serializers.CharField()
    about = serializers.CharField()


class TermShape(Shape):
    key = serializers.CharField()
    name = serializers.CharField(source="label")
    weight = serializers.CharField()
    points = serializers.CharField()


class StylePartShape(Shape):
    name = serializers.CharField()
    value = serializers.FloatField()
    advice = serializers.CharField()
    observed = words()


class StyleShape(Shape):
    percent = serializers.IntegerField()
    parts = StylePartShape(many=True)


class SegmentShape(Shape):
    text = serializers.CharField(trim_whitespace=False)
    marks = words(help_text="Keys of the findings and remarks it belongs to.")
    outcome = serializers.CharField()


class SectionShape(Shape):
    key = serializers.CharField()
    segments = SegmentShape(many=True)


class ReportFeedbackShape(Shape):
    score_percent = serializers.IntegerField(help_text="Of the mark by RadGame's rules.")
    verdict = serializers.CharField()
    findings = CardShape(many=True)
    remarks = RemarkShape(many=True)
    terms = TermShape(many=True)
    arithmetic = serializers.CharField()
    weighing = serializers.CharField()
    figures = words()
    style_mark = StyleShape(source="style", help_text="Beside the score, never in it.")
    yours = SectionShape(many=True)
    reference = SectionShape(many=True)
    judge = serializers.CharField()
    flags = playing.FlagShape(many=True)
    example = {
        "score_percent": 0,
        "verdict": "1 finding was missed.",
        "findings": [
            {
                "number": 0,
                "key": "f0",
                "outcome": "missed",
                "headline": "Missed: small left pleural effusion.",
                "reference": "small left pleural effusion",
                "yours": [],
                "significance": "actionable_non_urgent",
                "why": "",
                "differences": [],
                "points": "0",
                "counts": True,
            }
        ],
        "remarks": [],
        "terms": [
            {
                "key": "f0",
                "name": "Missed: small left pleural effusion.",
                "weight": "0.5",
                "points": "0",
            }
        ],
        "arithmetic": "0 for what was read right: 0 of 100.",
        "weighing": "",
        "figures": ["CRIMSON −1.00, from −1 to 1."],
        "style_mark": {"percent": 100, "parts": []},
        "yours": [
            {"key": "findings", "segments": [{"text": "Clear.", "marks": [], "outcome": ""}]}
        ],
        "reference": [
            {
                "key": "findings",
                "segments": [
                    {"text": "Small left effusion.", "marks": ["f0"], "outcome": "missed"}
                ],
            }
        ],
        "judge": "Compared by RadGame's own rules.",
        "flags": [],
    }


class DisagreementShape(Shape):
    finding = serializers.CharField()
    rules = serializers.CharField()
    model = serializers.CharField()


class ModelMarkShape(Shape):
    who_counts = serializers.CharField()
    by = serializers.CharField()
    disagreements = DisagreementShape(many=True)
    alike = serializers.CharField()
    told = ReportFeedbackShape()


class OpinionShape(Shape):
    """The second judge, where the site has one."""

    state = serializers.CharField()
    score_percent = serializers.IntegerField(help_text="Of the mark that counts.")
    note = serializers.CharField()
    is_waiting = serializers.BooleanField()
    mark = ModelMarkShape(allow_null=True)
    example = {
        "state": "A second judge is reading; this mark stands meanwhile.",
        "score_percent": 40,
        "note": "",
        "is_waiting": True,
        "mark": None,
    }


class ReportAttemptShape(playing.AttemptShape):
    """An attempt: in play before the submit, with feedback after it."""

    comparison = serializers.CharField(help_text="Whether there was a study to compare with.")
    asks_impression = serializers.BooleanField()
    checklist = words(help_text="The regions of a chest film; empty where the set shows none.")
    max_findings = serializers.IntegerField(help_text="Characters; longer is refused, never cut.")
    max_impression = serializers.IntegerField()
    marked_by = serializers.CharField()
    answer = ReadingShape(allow_null=True, help_text="The draft, or what was submitted.")
    score = serializers.FloatField(
        allow_null=True, help_text="Of the mark that counts, 0 to 1; null until feedback is open."
    )
    feedback = ReportFeedbackShape(
        allow_null=True, help_text="Null until it is submitted and feedback is open."
    )
    example = {
        **playing.AttemptShape.example,
        "comparison": "None available.",
        "asks_impression": False,
        "checklist": ["Heart and great vessels", "Lungs"],
        "max_findings": 6000,
        "max_impression": 2000,
        "marked_by": "Marked by rules.",
        "answer": None,
        "score": None,
        "feedback": None,
    }


SUBMITTED = {
    **ReportAttemptShape.example,
    "status": "submitted",
    "submitted_at": "2026-11-28T09:22:10Z",
    "elapsed_s": 95.0,
    "answer": {"findings": "Clear.", "impression": ""},
    "score": 0.0,
    "feedback": ReportFeedbackShape.example,
}


class ReportStartedShape(Shape):
    """The sitting, and the case to read in it; none when all have been read."""

    sitting = serializers.UUIDField()
    attempt = ReportAttemptShape(allow_null=True)
    example = {"sitting": playing.A_SITTING, "attempt": ReportAttemptShape.example}


# --- what is told ---------------------------------------------------------------


def told(attempt: Attempt, *, fresh: bool = False) -> dict[str, Any]:
    """What ``ReportAttemptShape`` tells; before the submit nothing of the radiologist's report."""
    rules = services.reading_rules(attempt)
    feedback: ReportFeedback | None = None
    if playing.has_feedback(attempt):
        feedback = build_feedback(attempt, fresh=fresh)
    return {
        **playing.frame(ROWS, attempt, entry=ENTRY),
        "comparison": phrases.comparison_sentence(attempt.case.study.comparison),
        "asks_impression": rules.asks_impression,
        "checklist": phrases.checklist() if attempt.sitting.shows_checklist else (),
        "max_findings": rules.max_findings,
        "max_impression": rules.max_impression,
        "marked_by": phrases.marked_by(
            asks_model=judging.is_on(), model_counts=attempt.sitting.case_set.model_judge_counts
        ),
        "answer": attempt.answer if attempt.is_submitted or attempt.draft_revision else None,
        "score": attempt.score if feedback else None,
        "feedback": feedback,
    }


def _started(person: User, started: Started[Sitting, Attempt]) -> Response:
    attempt = started.attempt and told(get_attempt(person, started.attempt.pk))
    return answer(ReportStartedShape, {"sitting": started.sitting.pk, "attempt": attempt})


def _opinion(opinion: Opinion) -> dict[str, Any]:
    return {
        "state": opinion.state,
        "score_percent": opinion.score_percent,
        "note": opinion.note,
        "is_waiting": opinion.poll is not None,
        "mark": opinion.mark,
    }


# --- operations -----------------------------------------------------------------


class Sets(Operation):
    @operation("report_sets", "Sets you may play", gives=playing.SetShape, listed=True)
    def get(self, request: Request) -> Response:
        """With how far the sitting is that you have open."""
        return page(request, set_rows(ROWS, person_of(request)), playing.SetShape)


class Start(Operation):
    @operation("report_start", "Start a set", gives=ReportStartedShape, conflict=True)
    def post(self, request: Request, slug: str) -> Response:
        """Open the set, or go on where you stopped."""
        return _started(person_of(request), playing.start(request, ROWS, slug))


class StartAssigned(Operation):
    @operation(
        "report_start_assigned", "Start an assignment", gives=ReportStartedShape, conflict=True
    )
    def post(self, request: Request, assignment_id: uuid.UUID) -> Response:
        """Begin what you were assigned, or go on with it; it is played once."""
        return _started(person_of(request), playing.start_assigned(request, ROWS, assignment_id))


class Practise(Operation):
    @operation("report_practise", "Practise what is due", gives=ReportStartedShape, conflict=True)
    def post(self, request: Request) -> Response:
        """A set of ten made for you: what is due for review, or what you are weakest at."""
        return _started(person_of(request), playing.practise(request, ROWS))


class Attempts(Operation):
    @operation(
        "report_attempts",
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
    @operation("report_attempt", "An attempt", gives=ReportAttemptShape)
    def get(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """Films and what a radiologist would be told before the submit, feedback after it."""
        found = get_shown_attempt(person_of(request), attempt_id)
        judging.ask_if_forgotten(attempt=found)
        return answer(ReportAttemptShape, told(found))


class Draft(Operation):
    @operation(
        "report_draft",
        "Keep a draft",
        takes=ReadingDraftShape,
        gives=playing.DraftKeptShape,
        conflict=True,
    )
    def put(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """Keep the text in the making; refused when another program saved since."""
        found = get_attempt(person_of(request), attempt_id)
        draft = sent(request, ReadingDraftShape)
        with playing.refusing_play():
            kept = services.read_attempt_draft(found, json.dumps(draft))
        revision = playing.keep_draft(ROWS, found, answer=kept, sent=draft)
        return answer(playing.DraftKeptShape, {"revision": revision})


class Submit(Operation):
    @operation(
        "report_submit",
        "Submit a reading",
        takes=SubmitReadingShape,
        gives=ReportAttemptShape,
        conflict=True,
        example=SUBMITTED,
    )
    def post(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """Commit the text once and for all; sent again, it gives the first one's result."""
        found = get_attempt(person_of(request), attempt_id)
        fresh = not found.is_submitted
        if fresh:
            given = form_data(sent(request, SubmitReadingShape))
            form = ReadingForm(given, rules=services.reading_rules(found))
            accept(form)
            with playing.refusing_play():
                found = services.submit_attempt(attempt=found, **form.cleaned_data)
        return answer(ReportAttemptShape, told(found, fresh=fresh))


class Next(Operation):
    @operation("report_next", "Go on", gives=ReportStartedShape, conflict=True)
    def post(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """The case after this one; after the last no attempt, and the sitting is finished."""
        return _started(person_of(request), playing.go_on(request, ROWS, attempt_id))


class Judgement(Operation):
    @operation("report_judgement", "The second judge", gives=OpinionShape)
    def get(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """What a judge by model makes of it; nothing is there where the site has none."""
        found = get_shown_attempt(person_of(request), attempt_id)
        judgement = judging.judgement_of(found) if playing.has_feedback(found) else None
        if judgement is None:
            raise Http404
        return answer(OpinionShape, _opinion(opinion_of(found, judgement)))


class Flags(Operation):
    @operation("report_flags", "Disputes of an attempt", gives=playing.FlagShape, listed=True)
    def get(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """What you disputed, with what staff said to it."""
        found = get_attempt(person_of(request), attempt_id)
        return page(request, playing.flags_of(found), playing.FlagShape)

    @operation(
        "report_raise_flag",
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


class Sittings(Operation):
    @operation("report_sittings", "Your sittings", gives=playing.SittingShape, listed=True)
    def get(self, request: Request) -> Response:
        """Every set you went through, or are in the middle of, the newest first."""
        sittings = playing.sittings_of(ROWS, person_of(request))
        return page(request, sittings, playing.SittingShape)


class OneSitting(Operation):
    @operation("report_sitting", "How a sitting went", gives=playing.SummaryShape)
    def get(self, request: Request, sitting_id: uuid.UUID) -> Response:
        """Its mean score and the films to look at again, once feedback is open."""
        found = get_sitting(ROWS, person_of(request), sitting_id)
        return answer(playing.SummaryShape, playing.summary(ROWS, found))


urlpatterns = [
    path("sets/", Sets.as_view(), name="report_sets"),
    path("sets/<slug:slug>/start/", Start.as_view(), name="report_start"),
    path(
        "assignments/<uuid:assignment_id>/start/",
        StartAssigned.as_view(),
        name="report_start_assigned",
    ),
    path("practise/", Practise.as_view(), name="report_practise"),
    path("sittings/", Sittings.as_view(), name="report_sittings"),
    path("sittings/<uuid:sitting_id>/", OneSitting.as_view(), name="report_sitting"),
    path("attempts/", Attempts.as_view(), name="report_attempts"),
    path("attempts/<uuid:attempt_id>/", OneAttempt.as_view(), name="report_attempt"),
    path("attempts/<uuid:attempt_id>/draft/", Draft.as_view(), name="report_draft"),
    path("attempts/<uuid:attempt_id>/submit/", Submit.as_view(), name="report_submit"),
    path("attempts/<uuid:attempt_id>/next/", Next.as_view(), name="report_next"),
    path("attempts/<uuid:attempt_id>/flags/", Flags.as_view(), name="report_flags"),
    path("attempts/<uuid:attempt_id>/judgement/", Judgement.as_view(), name="report_judgement"),
]
