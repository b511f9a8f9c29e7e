"""The pages on which instructors follow a cohort."""

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from radgame.accounts.access import reader_required
from radgame.accounts.models import User
from radgame.classroom.access import get_cohort
from radgame.tables import csv_response

from . import pages


def person_of(request: HttpRequest) -> User:
    return cast(User, request.user)


@reader_required
@require_safe
@never_cache
def follow(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Who finds what, and who has not begun."""
    cohort = get_cohort(person_of(request), cohort_id)
    context = pages.follow_context(cohort, request.GET)
    return render(request, "classroom/following/follow.html", context)


@reader_required
@require_safe
@never_cache
def follow_csv(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    return csv_response("cohort-findings", *pages.follow_table(cohort, request.GET))
