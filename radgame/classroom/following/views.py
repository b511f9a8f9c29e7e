"""The pages on which instructors follow a cohort: fetch through access, render once."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from radgame.accounts.access import reader_required
from radgame.classroom.access import get_cohort
from radgame.classroom.views import person_of
from radgame.tables import FileKind, file_response

from . import pages


@reader_required
@require_safe
@never_cache
def findings(request: HttpRequest, cohort_id: uuid.UUID) -> HttpResponse:
    """Who finds what, and who has not begun."""
    cohort = get_cohort(person_of(request), cohort_id)
    context = pages.findings_context(cohort, request.GET)
    return render(request, "classroom/following/findings.html", context)


@reader_required
@require_safe
@never_cache
def findings_file(request: HttpRequest, cohort_id: uuid.UUID, kind: FileKind) -> HttpResponse:
    cohort = get_cohort(person_of(request), cohort_id)
    table = pages.findings_table(cohort, request.GET)
    return file_response(kind, "cohort-findings", *table)
