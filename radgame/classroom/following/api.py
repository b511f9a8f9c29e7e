"""Following by the API: the heat map of a cohort, who has not begun, and the pages' tables."""

import uuid
from collections.abc import Callable
from typing import Any, Final

from django.http import Http404, QueryDict
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from radgame.cases.models import Play
from radgame.classroom.access import get_cohort
from radgame.classroom.models import Cohort
from radgame.rest.errors import accept
from radgame.rest.models import Scope
from radgame.rest.operations import Operation, answer, asked, person_of
from radgame.rest.schema import operation
from radgame.rest.shapes import Shape, TableShape, day, text, whole, words

from . import case_pages, curve_pages, false_pages, pages
from .asked import Order
from .frame import follow
from .heatmap import Measure

# By the name in the address; what is not here is on the pages and in their files only.
TABLES: Final[dict[str, Callable[[Cohort, QueryDict], tuple[list[str], list[list[object]]]]]] = {
    "findings": pages.findings_table,
    "cases": case_pages.cases_table,
    "time": case_pages.times_table,
    "time-steps": case_pages.time_steps_table,
    "curves": curve_pages.curves_table,
    "false": false_pages.false_table,
}


class WorkQuestion(Shape):
    work = text(
        40, required=False, help_text="A game, or the id of an assignment; left out: a game."
    )
    since = day(help_text="By the cohort's clock.")
    until = day()
    order = serializers.ChoiceField(
        choices=[order.value for order in Order], required=False, help_text="Of the learners."
    )


class TableQuestion(WorkQuestion):
    by = serializers.ChoiceField(
        choices=[by.value for by in case_pages.By],
        required=False,
        help_text="What comes first in the table of cases; left out: what is hard.",
    )


class FollowQuestion(WorkQuestion):
    show = serializers.ChoiceField(
        choices=[measure.value for measure in Measure],
        required=False,
        help_text="What the cells tell: found and missed of those there, false ones a case.",
    )
    page = whole(minimum=1, default=1, help_text="Of fifty learners, from 1.")


class CellShape(Shape):
    count = serializers.IntegerField()
    of = serializers.IntegerField(help_text="Of so many on the films; of cases, for false ones.")
    share = serializers.FloatField(allow_null=True, help_text="Null below five occasions.")


class FollowedShape(Shape):
    """Somebody's work, or that of all."""

    cases = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField()
    missed = serializers.IntegerField()
    false_marks = serializers.IntegerField()
    cells = CellShape(many=True, help_text="In the order of the findings.")


class FollowedLearnerShape(FollowedShape):
    username = serializers.CharField()
    name = serializers.CharField()


class UnstartedShape(Shape):
    assignment = serializers.UUIDField(source="assignment.pk")
    title = serializers.CharField(source="assignment.title")
    names = words(help_text="The first of those who have not begun.")
    count = serializers.IntegerField()
    of = serializers.IntegerField()


class HeatMapShape(Shape):
    game = serializers.ChoiceField(choices=Play.choices)
    show = serializers.ChoiceField(choices=[measure.value for measure in Measure])
    findings = words(help_text="Names; what is hardest first.")
    everybody = FollowedShape()
    count = serializers.IntegerField(help_text="Of learners.")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = FollowedLearnerShape(many=True)
    unstarted = UnstartedShape(many=True)
    example = {
        "game": "localize",
        "show": "found",
        "findings": ["Nodule/Mass"],
        "everybody": {
            "cases": 40,
            "mean": 0.61,
            "seconds": 2400.0,
            "missed": 19,
            "false_marks": 11,
            "cells": [{"count": 12, "of": 30, "share": 0.4}],
        },
        "count": 1,
        "page": 1,
        "pages": 1,
        "results": [
            {
                "username": "alice",
                "name": "Alice Meier",
                "cases": 40,
                "mean": 0.61,
                "seconds": 2400.0,
                "missed": 19,
                "false_marks": 11,
                "cells": [{"count": 12, "of": 30, "share": 0.4}],
            }
        ],
        "unstarted": [],
    }


def _work(row: Any) -> dict[str, Any]:
    work = row.work
    return {
        "cases": work.cases if work else 0,
        "mean": work.mean if work else None,
        "seconds": work.seconds if work else 0.0,
        "missed": row.missed,
        "false_marks": row.false,
        "cells": row.cells,
    }


class HeatMap(Operation):
    scopes = (Scope.TEACH,)

    @operation("heat_map", "Learners by findings", asks=FollowQuestion, gives=HeatMapShape)
    def get(self, request: Request, cohort_id: uuid.UUID) -> Response:
        """Of what was on the films, how much each found; and who has not begun what is open."""
        cohort = get_cohort(person_of(request), cohort_id)
        asked(request, FollowQuestion)
        question: QueryDict = request.query_params
        told = pages.findings_context(cohort, question)
        accept(told["form"])
        people = told["page"]
        return answer(
            HeatMapShape,
            {
                **told,
                "game": Play.REPORT if told["is_report"] else Play.LOCALIZE,
                "show": told["measure"],
                "everybody": _work(told["everybody"]),
                "count": people.paginator.count,
                "page": people.number,
                "pages": people.paginator.num_pages,
                "results": [
                    {
                        "username": one.learner.person.username,
                        "name": one.learner.person.display_name,
                        **_work(one.row),
                    }
                    for one in told["rows"]
                ],
            },
        )


class FollowTable(Operation):
    scopes = (Scope.TEACH,)

    @operation("following_table", "A table of following", asks=TableQuestion, gives=TableShape)
    def get(self, request: Request, cohort_id: uuid.UUID, table: str) -> Response:
        """Whole, as the pages save it: findings, cases, time, time-steps, curves or false."""
        cohort = get_cohort(person_of(request), cohort_id)
        if table not in TABLES:
            raise Http404
        asked(request, TableQuestion)
        question: QueryDict = request.query_params
        accept(follow(cohort, question).form)
        head, rows = TABLES[table](cohort, question)
        return answer(TableShape, {"head": head, "rows": rows})


urlpatterns = [
    path("cohorts/<uuid:cohort_id>/heat-map/", HeatMap.as_view(), name="heat_map"),
    path(
        "cohorts/<uuid:cohort_id>/following/<slug:table>/",
        FollowTable.as_view(),
        name="following_table",
    ),
]
