"""Studies by the API: those of a cohort with their results, and what a learner does next."""

import uuid
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.cases.models import Play
from radgame.classroom.access import get_cohort
from radgame.classroom.models import Assignment, Trial
from radgame.rest.models import Scope
from radgame.rest.operations import Operation, answer, page, person_of
from radgame.rest.schema import operation
from radgame.rest.shapes import Shape, TableShape

from . import exports, pages
from .access import get_taught_trial
from .services import is_closed

A_STUDY = "5b2f8a61-3c4d-4e7f-9a10-b2c3d4e5f607"


class StudyShape(Shape):
    """A study as who teaches sees it in the list of its cohort."""

    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()
    description = serializers.CharField(help_text="What those who take part are told.")
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True, help_text="When it was closed by hand.")
    is_closed = serializers.BooleanField()
    people = serializers.IntegerField(help_text="How many take part.")
    example = {
        "id": A_STUDY,
        "title": "Feedback or films",
        "description": "Forty minutes, in one go or several.",
        "opens_at": "2026-11-02T07:00:00Z",
        "closes_at": "2026-12-18T22:59:00Z",
        "closed_at": None,
        "is_closed": False,
        "people": 24,
    }


class StudyDocumentShape(Shape):
    """Everything that the results are computed from; who takes part stands under a code."""

    format = serializers.CharField()
    made_at = serializers.DateTimeField()
    radgame = serializers.CharField(help_text="The version that made it.")
    study = serializers.DictField(help_text="The protocol; its seed once it is closed.")
    arms = serializers.ListField(child=serializers.DictField())
    case_sets = serializers.DictField(help_text="By their slug, what was played.")
    enrolments = serializers.ListField(child=serializers.DictField())
    attempts = serializers.ListField(child=serializers.DictField())
    exposures = serializers.ListField(child=serializers.DictField())
    example = {
        "format": exports.FORMAT,
        "made_at": "2026-11-28T09:00:00Z",
        "radgame": "1.0",
        "study": {"id": A_STUDY, "title": "Feedback or films", "games": ["localize"]},
        "arms": [{"name": "Feedback", "mode": "active", "training_set": "fractures-a"}],
        "case_sets": {"fractures-a": {"title": "Fractures", "version": 1, "cases": []}},
        "enrolments": [],
        "attempts": [],
        "exposures": [],
    }


class StudyPartShape(Shape):
    """What is to be done now in one game; it is begun as an assignment is."""

    assignment = serializers.UUIDField(source="assignment.pk")
    game = serializers.ChoiceField(source="assignment.game", choices=Play.choices)
    mode = serializers.ChoiceField(
        source="assignment.mode",
        choices=Assignment.Mode.choices,
        help_text="Films that are shown with their answers are on the pages only.",
    )
    done = serializers.IntegerField()
    of = serializers.IntegerField()


class OwnStudyShape(Shape):
    id = serializers.UUIDField(source="trial.pk")
    cohort = serializers.CharField(source="trial.cohort.name", help_text="Its name.")
    cohort_id = serializers.UUIDField(source="trial.cohort_id")
    title = serializers.CharField(source="trial.title")
    description = serializers.CharField(source="trial.description")
    opens_at = serializers.DateTimeField(source="trial.opens_at")
    closes_at = serializers.DateTimeField(source="trial.closes_at", allow_null=True)
    is_open = serializers.BooleanField()
    stage = serializers.ChoiceField(
        choices=[stage.value for stage in pages.Stage],
        help_text="Invited: you have not agreed yet to take part, which is done on its page.",
    )
    next = StudyPartShape(many=True, help_text="Empty where nothing can be done now.")
    example = {
        "id": A_STUDY,
        "cohort": "First year",
        "cohort_id": "0c7a0e1e-7a3d-4d5b-9f5e-0b1f6f3c2d10",
        "title": "Feedback or films",
        "description": "Forty minutes, in one go or several.",
        "opens_at": "2026-11-02T07:00:00Z",
        "closes_at": "2026-12-18T22:59:00Z",
        "is_open": True,
        "stage": "pre",
        "next": [
            {
                "assignment": "7d1e2c3b-4a5f-4e6d-8c7b-9a0b1c2d3e4f",
                "game": "localize",
                "mode": "test",
                "done": 3,
                "of": 20,
            }
        ],
    }


class OwnStudies(Operation):
    scopes = (Scope.PLAY,)

    @operation("studies", "Studies you may take part in", gives=OwnStudyShape, listed=True)
    def get(self, request: Request) -> Response:
        """Those you take part in, and those open to you: how far you are, and what is next."""
        return page(request, pages.studies_of(person_of(request)), OwnStudyShape)


class CohortStudies(Operation):
    scopes = (Scope.TEACH,)

    @operation("cohort_studies", "A cohort's studies", gives=StudyShape, listed=True)
    def get(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """The newest first."""
        found = get_cohort(person_of(request), cohort_id)
        trials = found.trials.annotate(people=Count("enrolments")).order_by("-opens_at", "-pk")
        return page(request, trials, StudyShape, _told)


def _told(trials: list[Any]) -> list[Any]:
    now = timezone.now()
    for trial in trials:
        trial.is_closed = is_closed(trial, now)
    return trials


def _taught(request: Request, trial_id: uuid.UUID) -> Trial:
    return get_taught_trial(person_of(request), trial_id)


class StudyTable(Operation):
    scopes = (Scope.TEACH,)

    @operation("study_table", "A table of a study's results", gives=TableShape)
    def get(self, request: Request, trial_id: uuid.UUID, table: str) -> Response:
        """Whole, as the page saves it: arms, comparisons, learners, attempts or shown."""
        found = _taught(request, trial_id)
        if table not in pages.TABLES:
            raise Http404
        head, rows = exports.table(found, table)
        return answer(TableShape, {"head": head, "rows": rows})


class StudyDocument(Operation):
    scopes = (Scope.TEACH,)

    @operation("study_document", "A study with all its results", gives=StudyDocumentShape)
    def get(self, request: Request, trial_id: uuid.UUID) -> HttpResponse:
        """The file of its page: protocol, order of drawing, every attempt, every film shown."""
        return exports.study_response(_taught(request, trial_id))


urlpatterns = [
    path("studies/", OwnStudies.as_view(), name="studies"),
    path("cohorts/<uuid:cohort_id>/studies/", CohortStudies.as_view(), name="cohort_studies"),
    path("studies/<uuid:trial_id>/document/", StudyDocument.as_view(), name="study_document"),
    path("studies/<uuid:trial_id>/tables/<slug:table>/", StudyTable.as_view(), name="study_table"),
]
